"""A set-up handed on: as a link, as a QR code, with knobs that a class doesn't see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from shell_kit import Kit, close_window, open_window, settle, use_fake_panels

from luiapp.gui.training.panel import LearnPage
from luiapp.gui.training.setup_state import Setup, from_link, link
from luiapp.gui.widgets.hand_on import QUIET, qr_image
from luiapp.texts import set_language

Key = QtCore.Qt.Key
FINDER = ["#######", "#     #", "# ### #", "# ### #", "# ### #", "#     #", "#######"]


def shared(qtbot: Any, kit: Kit) -> LearnPage:
    kit.shell.choose_place("learn")
    page = kit.shell.pages.page
    assert isinstance(page, LearnPage)
    qtbot.keyClick(kit.shell, Key.Key_L)
    assert page.share.isVisible()
    return page


@pytest.mark.parametrize("setup", [Setup(), Setup(method="ttfs", delays="synaptic", hidden=30, seed=7)])
def test_a_code_has_its_finders_and_its_quiet_zone(setup: Setup) -> None:
    """The parts that ISO 18004 fixes whatever the text: three finders, timing patterns, four modules of white."""
    image = qr_image(link(setup))
    size = image.width()
    assert image.height() == size and (size - 2 * QUIET - 17) % 4 == 0
    dark = [[image.pixelColor(x, y).value() < 128 for x in range(size)] for y in range(size)]
    n = size - 2 * QUIET
    for left, top in ((0, 0), (n - 7, 0), (0, n - 7)):
        part = ["".join("#" if dark[QUIET + top + y][QUIET + left + x] else " " for x in range(7)) for y in range(7)]
        assert part == FINDER
    assert [dark[QUIET + 6][QUIET + x] for x in range(8, n - 8)] == [x % 2 == 0 for x in range(8, n - 8)]
    rim = [dark[y][x] for y in range(size) for x in range(size) if min(x, y, size - 1 - x, size - 1 - y) < QUIET]
    assert not any(rim)


def test_hidden_knobs_are_gone_from_the_bar_and_in_the_link(qtbot: Any, kit: Kit) -> None:
    page = shared(qtbot, kit)
    page.share.boxes["seed"].click()
    page.share.boxes["beta"].click()
    assert not page.knobs.boxes["seed"].isVisible() and page.knobs.boxes["rate"].isVisible()
    assert from_link(page.share.line.text()) == (Setup(), frozenset({"seed", "beta"}))
    page.share.copy.click()
    assert QtGui.QGuiApplication.clipboard().text() == page.share.line.text()
    assert page.state() == {"setup": page.share.line.text()}
    qtbot.keyClick(kit.shell, Key.Key_Escape)  # the notice
    qtbot.keyClick(kit.shell, Key.Key_Escape)
    assert not page.share.isVisible()


def test_a_link_is_pasted_and_opened(qtbot: Any, kit: Kit) -> None:
    page = shared(qtbot, kit)
    page.share.line.selectAll()
    qtbot.keyClicks(page.share.line, "luiapp://learn?hidden=20&beta=5&hide=method")
    qtbot.keyClick(page.share.line, Key.Key_Return)
    assert page.studio.setup == Setup(hidden=20, beta=5.0) and not page.share.isVisible()
    assert not page.knobs.boxes["method"].isVisible()
    page.undo()
    assert page.studio.setup == Setup()


def test_painted_points_are_in_the_code_as_long_as_it_can_be_read(qtbot: Any, kit: Kit) -> None:
    """At most two pixels a module on the card; beyond that a sentence says how to hand the points on."""
    page = shared(qtbot, kit)
    for n_dabs, fits in ((20, True), (200, False)):
        painting = page.painter.painting
        for i in range(n_dabs):
            painting.dab(0.2 + 0.6 * (i % 2), 0.3 + 0.4 * i / n_dabs, i % 2)
        page.painter.follow()
        assert from_link(page.share.line.text())[0] == page.studio.setup
        assert page.studio.setup.points == painting.text
        assert (page.share.code.isVisible(), page.share.dense.isVisible()) == (fits, not fits)
        if fits:
            assert 2 * page.share.code.image.width() <= page.share.code.sizeHint().width()
    assert str(len(page.painter.painting.labels)) in page.share.dense.text()


def test_a_bad_link_is_explained_where_it_stands(qtbot: Any, kit: Kit) -> None:
    page = shared(qtbot, kit)
    page.share.line.setText("luiapp://learn?beta=steep")
    page.share.open_.click()
    assert "beta" in page.share.problem.text() and page.share.problem.isVisible() and page.share.isVisible()
    page.open_text("nonsense")
    assert "luiapp://learn" in kit.shell.banner.text.text() and page.studio.setup == Setup()


@pytest.mark.parametrize("theme", ["dark", "stage"])
def test_the_card_fits_into_the_window_in_german(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    use_fake_panels(monkeypatch)
    set_language("de")
    kit = open_window(qtbot, tmp_path, theme=theme)
    try:
        kit.shell.resize(1366, 768)
        page = shared(qtbot, kit)
        settle()
        settle()
        inside = page.share.rect()
        for one in page.share.findChildren(QtWidgets.QWidget):
            if one.isVisible():
                assert inside.contains(one.geometry()), (type(one), one.accessibleName())
                if isinstance(one, QtWidgets.QCheckBox):
                    assert one.width() >= one.sizeHint().width() - 1, one.text()
        assert page.rect().contains(page.share.geometry())
    finally:
        close_window(kit)
