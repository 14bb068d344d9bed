"""Contrast, sizes, no cut texts, icons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6 import QtGui, QtWidgets
from shell_kit import settle, use_fake_panels, window

from luiapp.gui import fonts
from luiapp.gui.icons import ICONS, icon, picture
from luiapp.gui.style import contrast, text_pairs
from luiapp.gui.theme import STAGE, THEMES
from luiapp.texts import set_language


def test_contrast_agrees_with_the_published_figures() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the known grey that just fails AA
    assert contrast("#ff0000", "#ffffff") == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize("name", list(THEMES))
def test_every_text_can_be_read(name: str) -> None:
    theme = THEMES[name]
    least = 7.0 if theme is STAGE else 4.5
    low = [(what, round(contrast(text, ground), 2)) for what, text, ground in text_pairs(theme)
           if contrast(text, ground) < (4.5 if what.startswith("badge") else least)]  # fmt: skip
    assert not low
    for ground in (theme.ground, theme.panel, theme.raised):
        assert contrast(theme.focus, ground) >= 3.0, "the focus ring is seen"


def test_stage_has_targets_for_fingers() -> None:
    assert STAGE.touch >= 48 and STAGE.font_px >= 20 and STAGE.trace_width >= 3


def test_the_typeface_is_ours_with_figures_of_equal_width(qapp: Any) -> None:
    assert fonts.load()
    font = fonts.interface_font(40)
    assert QtGui.QFontInfo(font).family() == fonts.FAMILY
    metrics = QtGui.QFontMetricsF(font)
    widths = {round(metrics.horizontalAdvance(d * 10), 3) for d in "0123456789"}
    assert len(widths) == 1
    raw = QtGui.QRawFont.fromFont(font)
    assert all(raw.supportsCharacter(ord(c)) for c in "äöüßÄÖÜ„“µτΩ×−·…●⚠˅")


@pytest.mark.parametrize("name", list(ICONS))
def test_every_icon_draws_something_inside_its_frame(qapp: Any, name: str) -> None:
    image = picture(name, "#ffffff", 48).toImage()
    lit = [(x, y) for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() > 128]
    assert len(lit) > 40
    assert all(0 < x < 47 and 0 < y < 47 for x, y in lit)


@pytest.mark.parametrize("theme", list(THEMES))
def test_nothing_is_cut_at_1366_by_768_in_german(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    use_fake_panels(monkeypatch)
    set_language("de")
    with window(qtbot, tmp_path, theme=theme) as kit:
        kit.shell.resize(1366, 768)
        (tmp_path / "2026-11-22 14.03 a rather long name of a recording.mcap").touch()
        for place in ("boards", "recordings", "replay"):
            if place == "replay":
                with qtbot.waitSignal(kit.live.rig_changed):
                    kit.sources.open_recording(next(tmp_path.glob("*.mcap")))
                kit.rig.name = "2026-11-22 14.03 a rather long name of a recording.mcap"
                kit.live.network_changed.emit()
            else:
                kit.shell.show_place(place)
            settle()
            assert kit.shell.width() == 1366
            for widget in kit.shell.findChildren(QtWidgets.QWidget):
                if not widget.isVisible():
                    continue
                if isinstance(widget, QtWidgets.QLabel) and not widget.wordWrap() and widget.text():
                    need = widget.fontMetrics().horizontalAdvance(widget.text())
                    assert need <= widget.width() + 1, (widget.text(), need, widget.width())
                if isinstance(widget, QtWidgets.QAbstractButton) and widget.text():
                    assert widget.minimumSizeHint().width() <= widget.width() + 1, widget.text()
                right = widget.mapTo(kit.shell, widget.rect().topRight()).x()
                assert right < 1366 or not isinstance(widget, QtWidgets.QAbstractButton), widget


def test_an_icon_that_cannot_be_pressed_looks_like_it(qapp: Any) -> None:
    def strongest(mode: QtGui.QIcon.Mode) -> int:
        image = icon("pause", "#ffffff").pixmap(24, mode).toImage()
        return max(image.pixelColor(x, y).alpha() for x in range(image.width()) for y in range(image.height()))

    assert strongest(QtGui.QIcon.Mode.Normal) > 240
    assert 60 < strongest(QtGui.QIcon.Mode.Disabled) < 120
