"""The learning page in the window: found in the rail, played by keys, left without a trace."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from shell_kit import Kit, close_window, open_window, settle, use_fake_panels

from luiapp.gui.controls import Elided
from luiapp.gui.training.knobs import KnobBox
from luiapp.gui.training.panel import LearnPage
from luiapp.gui.training.setup_state import Setup
from luiapp.stream.source import Kick
from luiapp.texts import set_language

Key = QtCore.Qt.Key
DIRECT = QtCore.Qt.FindChildOption.FindDirectChildrenOnly


def learn(qtbot: Any, kit: Kit) -> LearnPage:
    qtbot.mouseClick(kit.shell.rail.buttons["learn"], QtCore.Qt.MouseButton.LeftButton)
    page = kit.shell.pages.page
    assert isinstance(page, LearnPage)
    qtbot.waitUntil(lambda: page.latest is not None, timeout=120_000)
    return page


def press(qtbot: Any, kit: Kit, key: Any, modifier: Any = QtCore.Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.keyClick(QtWidgets.QApplication.focusWidget() or kit.shell, key, modifier)


def test_the_page_is_made_when_it_is_first_shown_and_takes_the_middle(qtbot: Any, kit: Kit) -> None:
    assert not [t for t in threading.enumerate() if t.name == "learn"]
    page = learn(qtbot, kit)
    assert page.isVisible() and not kit.shell.main.isVisible() and not kit.shell.side.isVisible()
    assert kit.shell.rail.buttons["learn"].isChecked() and not kit.shell.rail.buttons["bench"].isChecked()
    assert not kit.shell.top.record.isVisible() and kit.shell.top.badge.isVisible()
    kit.shell.choose_place("learn")
    assert page.isVisible(), "there is no column to fold"
    qtbot.mouseClick(kit.shell.rail.buttons["bench"], QtCore.Qt.MouseButton.LeftButton)
    assert not page.isVisible() and kit.shell.main.isVisible() and kit.shell.side.isVisible()
    assert kit.shell.top.record.isVisible() and kit.shell.rail.buttons["bench"].isChecked()


def test_space_learns_and_pauses_and_no_neuron_of_the_bench_is_kicked(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    page.knobs.pace.setValue(page.knobs.pace.maximum())
    press(qtbot, kit, Key.Key_Space)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.marks[-1].accuracy > 0.85, timeout=120_000)
    assert page.knobs.play.text() == "Pause"
    press(qtbot, kit, Key.Key_P)
    qtbot.waitUntil(lambda: page.latest is not None and not page.latest.playing)
    qtbot.waitUntil(lambda: page.knobs.play.text() == "Learn")
    assert not kit.live.paused and not [c for c in kit.rig.sent if isinstance(c, Kick)]
    assert not kit.shell.actions_["pause"].isChecked()
    n = page.latest.n_batches  # type: ignore[union-attr]
    press(qtbot, kit, Key.Key_Period)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.n_batches == n + 1)
    press(qtbot, kit, Key.Key_Backspace)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.n_batches == 0)


def test_the_map_and_the_curves_show_what_the_snapshot_says(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    press(qtbot, kit, Key.Key_E)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.epochs >= 1, timeout=120_000)
    snapshot = page.latest
    assert snapshot is not None
    series = page.figures.accuracy.series[-1]
    assert series.y.tolist() == [m.accuracy for m in snapshot.marks] and series.x[-1] == 1.0
    assert (page.figures.confusion.table == snapshot.marks[-1].confusion).all()
    image = page.map.grab().toImage()
    for i_class, (x, y) in enumerate(((0.75, 0.12), (0.25, 0.88))):
        expected = page.map.to_pixel(x, y)
        colour = image.pixelColor(round(expected.x() * image.devicePixelRatio()), round(expected.y()))
        blue = colour.blue() > colour.red()
        place = np.argmin(((page_places() - (x, y)) ** 2).sum(axis=1))
        assert snapshot.shares[place].argmax() == i_class, "an epoch is enough for these"
        assert blue == (i_class == 0)


def page_places() -> Any:
    from luiapp.gui.training.engine import MAP_SIZE
    from luiapp.gui.training.insight import disc

    return disc(MAP_SIZE)[1]


def test_the_probe_is_put_down_by_mouse_and_by_keys(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    at = page.map.to_pixel(0.25, 0.5)
    qtbot.mouseClick(page.map, QtCore.Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert page.map.place == pytest.approx((0.25, 0.5), abs=0.01)
    page.map.setFocus()
    press(qtbot, kit, Key.Key_Up)
    press(qtbot, kit, Key.Key_Right, QtCore.Qt.KeyboardModifier.ShiftModifier)
    assert page.map.place == pytest.approx((0.26, 0.54), abs=0.01)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.inside.place == page.map.place)
    assert "is dot" in page.verdict.text()


def test_a_knob_is_undone(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    box = page.knobs.boxes["hidden"]
    box.choice.setCurrentIndex(box._values.index(10))
    box.choice.activated.emit(box.choice.currentIndex())
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.setup.hidden == 10)
    assert kit.shell.actions_["undo"].isEnabled()
    press(qtbot, kit, Key.Key_Z, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert page.studio.setup == Setup() and box.choice.currentText() == "120"
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.setup.hidden == 120)
    assert kit.shell.actions_["redo"].isEnabled()
    kit.shell.choose_place("bench")
    assert not kit.shell.actions_["redo"].isEnabled(), "the bench has nothing to redo"


def test_knobs_that_mean_nothing_are_put_away(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    shown = {name for name, box in page.knobs.boxes.items() if box.isVisible()}
    assert {"method", "surrogate", "beta"} <= shown and not {"delays", "dropout"} & shown
    page.turn("method", "ttfs")
    page.knobs.more.setChecked(True)
    shown = {name for name, box in page.knobs.boxes.items() if box.isVisible()}
    assert "delays" in shown and "decay" in shown and not {"surrogate", "beta", "dropout"} & shown


def test_the_timeline_goes_back_and_learns_on_from_there(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    for n in (1, 2):
        press(qtbot, kit, Key.Key_E)
        qtbot.waitUntil(lambda n=n: page.latest is not None and page.latest.epochs >= n, timeout=120_000)  # type: ignore[misc]
    line = page.timeline
    assert line.slider.maximum() == len(page.studio.marks) - 1 and not line.now.isEnabled()
    first, last = page.studio.marks[0], page.studio.marks[-1]
    line.slider.setFocus()
    press(qtbot, kit, Key.Key_Home)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.past is first)
    assert page.figures.confusion.table.tolist() == first.confusion.tolist() != last.confusion.tolist()
    assert "looking back at epoch 0.0" in line.told.text() and page.knobs.epoch.text() == "Epoch 0.0"
    press(qtbot, kit, Key.Key_End)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.past is None)
    assert page.studio.at is None and page.figures.confusion.table.tolist() == last.confusion.tolist()
    line.slider.setValue(1)
    qtbot.mouseClick(line.go_on, QtCore.Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.engine.playing and page.studio.at is None)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.marks[0] is first and page.latest.epochs < 2)


def test_the_run_is_seen_again_from_its_beginning(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    press(qtbot, kit, Key.Key_E)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.epochs >= 1, timeout=120_000)
    page.timeline.replay.setFocus()
    press(qtbot, kit, Key.Key_Return)
    assert page.timeline.replaying and page.studio.at == 0
    seen = set()
    page.timeline.looked.connect(seen.add)
    qtbot.waitUntil(lambda: not page.timeline.replaying, timeout=120_000)
    assert seen == {*range(1, len(page.studio.marks) - 1), None} and page.studio.at is None


def test_a_sample_is_watched_by_key_while_learning_pauses(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    page.kick()
    press(qtbot, kit, Key.Key_W)
    assert not page.engine.playing and page.watch.on
    qtbot.waitUntil(lambda: page.middle.network.now is not None and page.middle.network.now > 0)
    assert page.middle.watch.text() == "Stop watching"
    press(qtbot, kit, Key.Key_W)
    qtbot.waitUntil(lambda: page.middle.network.now is None)
    press(qtbot, kit, Key.Key_V)
    assert page.middle.network.mode == "membrane"


def test_leaving_pauses_and_coming_back_goes_on(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    page.kick()
    kit.shell.choose_place("bench")
    assert not page.engine.playing
    kit.shell.choose_place("learn")
    assert page.engine.playing


def test_the_setup_comes_back_at_the_next_start(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    page.turn("beta", 20.0)
    state = page.state()
    other = LearnPage(kit.desk)
    other.restore(state)
    assert other.studio.setup == Setup(beta=20.0)
    other.restore({"setup": "luiapp://learn?beta=-3"})
    assert other.studio.setup == Setup()
    other.shut()
    other.deleteLater()


def test_closing_the_window_ends_the_thread_that_learns(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fake_panels(monkeypatch)
    kit = open_window(qtbot, tmp_path)
    page = learn(qtbot, kit)
    page.kick()
    timers = kit.shell.findChildren(QtCore.QTimer)
    kit.shell.close()
    assert not [t for t in threading.enumerate() if t.name == "learn"]
    assert not any(timer.isActive() for timer in timers)
    close_window(kit)


def test_every_text_of_the_page_follows_the_language(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    page.knobs.more.setChecked(True)
    english = _texts(page)
    press(qtbot, kit, Key.Key_L, QtCore.Qt.KeyboardModifier.ControlModifier)
    german = _texts(page)
    alike = {"Yin-Yang", "Randman", "EventProp", "SuperSpike", "Esser", "Dropout", "Pause", "Spikes", "A", "B", "C"}
    same = {text for key, text in english.items() if german.get(key) == text}
    assert len(english) > 40 and {t for t in same if any(c.isalpha() for c in t)} <= alike


def _texts(page: QtWidgets.QWidget) -> dict[tuple[int, str], str]:
    found = {}
    for widget in page.findChildren(QtWidgets.QWidget):
        if not widget.isVisibleTo(page) or isinstance(widget, Elided):
            continue
        found[id(widget), "name"] = widget.accessibleName()
        if isinstance(widget, QtWidgets.QLabel | QtWidgets.QAbstractButton):
            found[id(widget), "text"] = widget.text()
        elif isinstance(widget, QtWidgets.QComboBox):
            found |= {(id(widget), str(i)): widget.itemText(i) for i in range(widget.count())}
    return {key: text for key, text in found.items() if text and not any(c.isdigit() for c in text)}


@pytest.mark.parametrize("theme", ["dark", "light", "stage"])
def test_nothing_of_the_page_is_cut_at_1366_by_768_in_german(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    use_fake_panels(monkeypatch)
    set_language("de")
    kit = open_window(qtbot, tmp_path, theme=theme)
    try:
        page = learn(qtbot, kit)
        kit.shell.resize(1366, 768)
        for method in ("surrogate", "ttfs"):
            page.turn("method", method)
            settle()
            settle()
            assert (kit.shell.width(), kit.shell.height()) == (1366, 768)
            for widget in page.findChildren(QtWidgets.QWidget):
                if not widget.isVisible():
                    continue
                corner = widget.mapTo(page, widget.rect().bottomRight())
                assert corner.x() < page.width() and corner.y() < page.height(), (type(widget), widget.accessibleName())
                if isinstance(widget, QtWidgets.QLabel) and not widget.wordWrap() and widget.text():
                    need = widget.fontMetrics().horizontalAdvance(widget.text())
                    assert need <= widget.width() + 1, (widget.text(), need, widget.width())
                if isinstance(widget, QtWidgets.QAbstractButton) and widget.text():
                    assert widget.minimumSizeHint().width() <= widget.width() + 1, widget.text()
                if isinstance(widget, KnobBox):
                    assert widget.choice.width() >= widget.choice.sizeHint().width() - 1, widget.knob.name
    finally:
        close_window(kit)


@pytest.mark.parametrize(("theme", "size"), [("light", (960, 600)), ("stage", (1280, 720)), ("dark", (1920, 1080))])
def test_cards_never_overlap_and_the_secondary_gives_way(
    qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, theme: str, size: tuple[int, int]
) -> None:
    use_fake_panels(monkeypatch)
    set_language("de")
    kit = open_window(qtbot, tmp_path, theme=theme)
    try:
        page = learn(qtbot, kit)
        kit.shell.resize(*size)
        for more in (False, True):
            page.knobs.more.setChecked(more)
            for _ in range(4):
                settle()
            assert (kit.shell.width(), kit.shell.height()) == size
            for card in (page.data, page.middle, *page.figures.rows):
                inner = [w for w in card.findChildren(QtWidgets.QWidget, options=DIRECT) if w.isVisible()]
                for i, one in enumerate(inner):
                    assert card.rect().contains(one.geometry()), (type(one), one.geometry(), card.rect())
                    for other in inner[:i]:
                        assert not one.geometry().intersects(other.geometry()), (type(one), type(other))
            for box in page.knobs.boxes.values():
                assert not box.isVisible() or page.knobs.rect().contains(box.geometry()), box.knob.name
        assert page.middle.neuron.isVisible() or size[1] < 1000
    finally:
        close_window(kit)


def test_everything_on_the_page_has_a_name_and_the_tab_key_reaches_it(qtbot: Any, kit: Kit) -> None:
    page = learn(qtbot, kit)
    page.knobs.more.setChecked(True)
    wanted = [w for w in page.findChildren(QtWidgets.QWidget)
              if w.isVisible() and w.isEnabled() and w.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus]  # fmt: skip
    unnamed = [type(w).__name__ for w in wanted if not _accessible_name(w)]
    assert not unnamed
    # Of buttons that exclude each other Tab reaches the pressed one, and the arrow keys the others.
    wanted = [w for w in wanted if not (isinstance(w, QtWidgets.QAbstractButton) and w.group() and not w.isChecked())]
    reached = set()
    page.knobs.play.setFocus()
    for _ in range(3 * len(wanted) + 20):
        focus = QtWidgets.QApplication.focusWidget()
        reached.add(focus)
        qtbot.keyClick(focus, Key.Key_Tab)
    assert [w.accessibleName() for w in wanted if w not in reached] == []


def _accessible_name(widget: QtWidgets.QWidget) -> str:
    interface = QtGui.QAccessible.queryAccessibleInterface(widget)
    return interface.text(QtGui.QAccessible.Text.Name) if interface is not None else widget.accessibleName()
