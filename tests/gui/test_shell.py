"""The window does what its keys, buttons and places say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6 import QtCore, QtGui, QtWidgets
from shell_kit import FakePanel, Kit, close_window, open_window, settle, use_fake_panels

from luiapp.errors import LinkError
from luiapp.gui.actions import COMMANDS, adopt
from luiapp.gui.controls import Elided
from luiapp.gui.helpcard import _even
from luiapp.stream.source import Kick, Mark, Seek, SetParameter, SetPaused, SetSpeed, StepOnce
from luiapp.texts import language

Key = QtCore.Qt.Key
ALIKE = {"Chip", "SIM", "EN · DE", "Export", "Details", "Pause", "two boards  ˅"}  # the same in both languages


@pytest.fixture
def kit(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    use_fake_panels(monkeypatch)
    kit = open_window(qtbot, tmp_path)
    yield kit
    close_window(kit)


def press(qtbot: Any, kit: Kit, key: Any, modifier: Any = QtCore.Qt.KeyboardModifier.NoModifier) -> None:
    target = QtWidgets.QApplication.focusWidget() or kit.shell
    qtbot.keyClick(target, key, modifier)


def sent(kit: Kit, kind: type) -> list[Any]:
    return [c for c in kit.rig.sent if isinstance(c, kind)]


@pytest.mark.parametrize("kind, word", [("board", "BOARD"), ("replay", "REPLAY"), ("chip", "CHIP")])
def test_the_badge_tells_where_the_data_comes_from(qtbot: Any, kit: Kit, kind: str, word: str) -> None:
    badge = kit.shell.top.badge
    assert badge.text() == "SIM"
    before = badge.styleSheet()
    with qtbot.waitSignal(kit.live.rig_changed):
        kit.live.open(lambda: kit.open_rig(f"{kind}:x"))
    assert badge.text() == word and badge.isVisible()
    assert badge.styleSheet() != before
    kit.shell.look.choose("stage")
    assert badge.isVisible()


def test_space_kicks_the_selected_neuron_even_when_a_button_has_the_focus(qtbot: Any, kit: Kit) -> None:
    kit.live.select(1)
    press(qtbot, kit, Key.Key_Space)
    kit.shell.top.record.setFocus()
    qtbot.waitUntil(kit.shell.top.record.hasFocus)
    press(qtbot, kit, Key.Key_Space)
    assert sent(kit, Kick) == [Kick(1), Kick(1)]
    assert not kit.recording.active


def test_enter_presses_the_focused_button(qtbot: Any, kit: Kit) -> None:
    kit.shell.top.record.setFocus()
    qtbot.waitUntil(kit.shell.top.record.hasFocus)
    press(qtbot, kit, Key.Key_Return)
    assert kit.recording.active
    press(qtbot, kit, Key.Key_Return)
    assert not kit.recording.active


def test_letters_typed_into_a_field_are_text(qtbot: Any, kit: Kit) -> None:
    kit.shell.show_place("boards")
    field = kit.shell.panels["boards side"].path
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    for key in (Key.Key_P, Key.Key_Space, Key.Key_R, Key.Key_1, Key.Key_Period):
        press(qtbot, kit, key)
    assert field.text().lower() == "p r1."
    assert not sent(kit, Kick) and not sent(kit, SetPaused) and not sent(kit, Mark) and not kit.recording.active


def test_pause_step_speed_and_markers(qtbot: Any, kit: Kit) -> None:
    press(qtbot, kit, Key.Key_P)
    assert kit.live.paused and sent(kit, SetPaused) == [SetPaused(True)]
    press(qtbot, kit, Key.Key_Period)
    assert sent(kit, StepOnce) == [StepOnce(10e-3)]
    press(qtbot, kit, Key.Key_P)
    assert not kit.live.paused
    press(qtbot, kit, Key.Key_Up, QtCore.Qt.KeyboardModifier.AltModifier)
    press(qtbot, kit, Key.Key_Down, QtCore.Qt.KeyboardModifier.AltModifier)
    press(qtbot, kit, Key.Key_Down, QtCore.Qt.KeyboardModifier.AltModifier)
    assert [c.factor for c in sent(kit, SetSpeed)] == [2.0, 1.0, 0.5]
    assert kit.shell.top.speed_label.text() == "0.5×"
    for digit in (Key.Key_0, Key.Key_7):
        press(qtbot, kit, digit)
    assert sent(kit, Mark) == [Mark(0), Mark(7)]


def test_the_speed_slider_is_logarithmic_with_a_magnet_at_one(kit: Kit) -> None:
    slider = kit.shell.top.speed
    for value, factor in ((-100, 0.1), (100, 10.0), (3, 1.0), (50, 10**0.5)):
        slider.setValue(value)
        assert sent(kit, SetSpeed)[-1].factor == pytest.approx(factor)


def test_a_rig_that_cannot_pause_leaves_the_button_as_it_was(qtbot: Any, kit: Kit) -> None:
    kit.rig.describe = lambda: type("D", (), {"commands": frozenset(), "duration": None})()  # type: ignore[method-assign]
    press(qtbot, kit, Key.Key_P)
    assert not kit.shell.actions_["pause"].isChecked()
    assert not kit.live.paused
    assert kit.shell.banner.isVisible()


def test_undo_says_what_it_undoes_and_does_it(qtbot: Any, kit: Kit) -> None:
    undo = kit.shell.actions_["undo"]
    assert not undo.isEnabled()
    kit.live.turn(0, "r_vleak", 70e3)
    assert undo.text() == "Undo: turn leak trimmer, ground to wiper of N1"
    press(qtbot, kit, Key.Key_Z, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert [c.value for c in sent(kit, SetParameter)] == [70e3, 65e3]
    assert kit.live.network is not None and kit.live.network.parameter("r_vleak")[0] == 65e3
    assert kit.shell.actions_["redo"].text().startswith("Redo: turn leak")
    press(qtbot, kit, Key.Key_Y, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert kit.live.network.parameter("r_vleak")[0] == 70e3


def test_stage_is_large_and_full_screen_and_goes_back(qtbot: Any, kit: Kit) -> None:
    press(qtbot, kit, Key.Key_T)
    assert kit.look.theme.name == "light"
    press(qtbot, kit, Key.Key_F11)
    assert kit.look.theme.name == "stage" and kit.shell.isFullScreen() and not kit.shell.side.isVisible()
    assert kit.shell.actions_["stage"].isChecked()
    press(qtbot, kit, Key.Key_Escape)
    assert kit.look.theme.name == "light" and not kit.shell.isFullScreen() and kit.shell.side.isVisible()
    assert not kit.shell.actions_["stage"].isChecked()


def test_the_rail_chooses_what_stands_beside_and_folds_it(qtbot: Any, kit: Kit) -> None:
    buttons = kit.shell.rail.buttons
    qtbot.mouseClick(buttons["boards"], QtCore.Qt.MouseButton.LeftButton)
    assert kit.shell.panels["boards side"].isVisible() and buttons["boards"].isChecked()
    assert not kit.shell.panels["bench side"].isVisible() and not buttons["bench"].isChecked()
    qtbot.mouseClick(buttons["boards"], QtCore.Qt.MouseButton.LeftButton)
    assert not kit.shell.side.isVisible() and not buttons["boards"].isChecked()
    press(qtbot, kit, Key.Key_F9)
    assert kit.shell.panels["boards side"].isVisible()


def test_the_card_of_keys_lists_every_command_and_those_of_panels(qtbot: Any, kit: Kit) -> None:
    before = kit.shell.top.record
    before.setFocus()
    press(qtbot, kit, Key.Key_F1)
    assert kit.shell.help.isAncestorOf(QtWidgets.QApplication.focusWidget()), "the arrow keys scroll it"
    assert kit.shell.help.isVisible() and not kit.shell.help.isModal()
    shown = {widget.text() for widget in kit.shell.help.findChildren(QtWidgets.QLabel)}
    for command in COMMANDS:
        if command.keys:
            assert kit.shell.actions_[command.name].text().replace("…", "") in shown
    assert "Ctrl+Shift+J" in shown
    press(qtbot, kit, Key.Key_Space)
    assert sent(kit, Kick), "nothing stops while it is read"
    press(qtbot, kit, Key.Key_Escape)
    assert not kit.shell.help.isVisible() and before.hasFocus()


def test_no_two_commands_have_the_same_key() -> None:
    keys = [key for command in COMMANDS for key in command.keys] + [str(d) for d in range(10)]
    assert len(keys) == len(set(keys))
    assert all(not QtGui.QKeySequence(key).isEmpty() for key in keys)


def test_a_panel_cannot_take_a_key_of_the_window(qtbot: Any) -> None:
    window = QtWidgets.QWidget()
    qtbot.addWidget(window)
    actions = []
    for keys in (["R"], ["Ctrl+J", "P"], ["Del"]):
        action = QtGui.QAction(window)
        action.setShortcuts(keys)
        actions.append(action)
    assert len(adopt(window, actions, {"R", "P"})) == 2
    assert [[k.toString() for k in a.shortcuts()] for a in actions] == [[], ["Ctrl+J"], ["Del"]]
    assert actions[2].shortcutContext() == QtCore.Qt.ShortcutContext.WidgetWithChildrenShortcut
    assert actions[1].shortcutContext() == QtCore.Qt.ShortcutContext.WindowShortcut


def test_falling_behind_is_told_while_it_is_news(kit: Kit) -> None:
    status, now, slowed = kit.shell.status, [100.0], [2]
    status.clock = lambda: now[0]
    kit.rig.health = lambda: {"slowed": slowed[0]}  # type: ignore[method-assign]
    said = []
    for at, n in ((100.0, 2), (101.0, 3), (104.0, 3), (105.0, 4), (107.0, 6), (120.0, 6), (121.0, 6)):
        now[0], slowed[0] = at, n
        status._rig = None if at == 100.0 else status._rig  # type: ignore[assignment]
        status.show_live(kit.live, None)
        said.append(status.trouble.text())
    # A stumble while the window loads is no news; what is long past isn't either.
    assert said == ["", "", "", "⚠ fell behind 1×", "⚠ fell behind 3×", "", ""]


def test_the_hint_gives_way_when_there_is_no_room(qtbot: Any, kit: Kit) -> None:
    assert kit.shell.top.hint.isVisible() and "Space: spike" in kit.shell.top.hint.text()
    kit.shell.resize(1000, 700)
    qtbot.waitUntil(lambda: not kit.shell.top.hint.isVisible())
    assert kit.shell.top.badge.isVisible() and kit.shell.top.record.isVisible() and kit.shell.top.menu.isVisible()


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_button_of_the_top_bar_is_cut_in_the_narrowest_window(qtbot: Any, kit: Kit, language: str) -> None:
    kit.shell.choose_language(language)
    kit.shell.resize(kit.shell.minimumSize())
    top = kit.shell.top
    qtbot.waitUntil(lambda: not top.hint.isVisible())
    settle()
    shown = [b for b in top.findChildren(QtWidgets.QToolButton) if b.isVisible()]
    assert {top.circuit, top.record, top.menu} <= set(shown)
    assert [(b.text(), b.width()) for b in shown if b.width() < b.sizeHint().width()] == []


def test_all_keys_are_seen_without_scrolling(qtbot: Any, kit: Kit) -> None:
    kit.shell.resize(1366, 768)
    kit.shell.help.toggle()
    scroll = kit.shell.help.findChild(QtWidgets.QScrollArea)
    qtbot.waitUntil(lambda: scroll.isVisible())
    settle()
    assert scroll.verticalScrollBar().maximum() == 0
    kit.shell.help.toggle()


@given(st.lists(st.integers(1, 20), min_size=3, max_size=8))
def test_columns_of_the_card_are_as_even_as_can_be(heights: list[int]) -> None:
    def highest(cut: tuple[int, ...]) -> int:
        return max(sum(heights[a:b]) for a, b in pairwise((0, *cut, len(heights))))

    cut = tuple(sorted(_even(heights, 3)))
    inner = range(1, len(heights))
    assert len(cut) == 2 and all(highest(cut) <= highest((a, b)) for a in inner for b in inner if a < b)


def test_a_missing_file_is_a_message_and_the_neurons_go_on(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    rig = kit.rig
    for name in ("gone.mcap", "gone.json"):
        kit.shell.deeds.dropped([str(tmp_path / name)])
        assert kit.shell.banner.isVisible()
        assert name in kit.shell.banner.text.text()
        press(qtbot, kit, Key.Key_Escape)
        assert not kit.shell.banner.isVisible()
    assert kit.live.rig is rig


def test_a_rig_that_does_not_open_leaves_the_one_before(qtbot: Any, kit: Kit) -> None:
    rig = kit.rig
    with qtbot.waitSignal(kit.live.problem):
        kit.sources.open_text("broken:x")
    qtbot.waitUntil(kit.shell.banner.isVisible)
    assert kit.live.rig is rig and not kit.live.opening


def test_a_replay_is_scrubbed_and_left_for_what_was_live(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    file = tmp_path / "a.mcap"
    file.write_bytes(b"")
    kit.live.turn(0, "r_vleak", 71e3)
    with qtbot.waitSignal(kit.live.rig_changed):
        kit.sources.open_recording(file)
    scrub = kit.shell.panels["scrub"]
    assert scrub.isVisible() and scrub.length.text() == "0:20.0"
    for value in range(0, 2001, 100):
        scrub.slider.setValue(value)
    qtbot.waitUntil(lambda: bool(sent(kit, Seek)) and sent(kit, Seek)[-1].time == 20.0)
    assert len(sent(kit, Seek)) < 10, "a drag doesn't flood the rig"
    press(qtbot, kit, Key.Key_Space)
    assert kit.live.paused, "the space bar plays and pauses where nothing can be kicked"
    with qtbot.waitSignal(kit.live.rig_changed):
        kit.shell.actions_["live"].trigger()
    assert kit.rig.kind == "sim" and not scrub.isVisible()
    assert kit.rig.network.parameter("r_vleak")[0] == 71e3


def test_every_text_follows_the_language(qtbot: Any, kit: Kit) -> None:
    for place in ("boards", "recordings", "bench"):
        kit.shell.show_place(place)
    kit.live.turn(0, "r_vleak", 72e3)
    english = _texts(kit.shell)
    press(qtbot, kit, Key.Key_L, QtCore.Qt.KeyboardModifier.ControlModifier)
    assert language() == "de"
    german = _texts(kit.shell)
    assert len(english) > 35
    same = {text for key, text in english.items() if german.get(key, "") == text and any(c.isalpha() for c in text)}
    assert {text for text in same if not text.startswith("/dev/")} <= ALIKE
    assert kit.shell.actions_["undo"].text().startswith("Rückgängig: ")
    press(qtbot, kit, Key.Key_L, QtCore.Qt.KeyboardModifier.ControlModifier)
    again = _texts(kit.shell)
    assert {key: text for key, text in again.items() if key in english} == {
        k: v for k, v in english.items() if k in again
    }


def test_everything_has_a_name_and_the_tab_key_reaches_it(qtbot: Any, kit: Kit) -> None:
    for place in ("recordings", "boards", "bench"):
        kit.shell.show_place(place)
        wanted = [w for w in kit.shell.findChildren(QtWidgets.QWidget)
                  if w.isVisible() and w.isEnabled() and w.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus]  # fmt: skip
        unnamed = [w for w in wanted if not _accessible_name(w)]
        assert not unnamed, [(type(w).__name__, w.objectName(), type(w.parent()).__name__) for w in unnamed]
        reached = set()
        kit.shell.top.circuit.setFocus()
        for _ in range(3 * len(wanted)):
            focus = QtWidgets.QApplication.focusWidget()
            reached.add(focus)
            qtbot.keyClick(focus, Key.Key_Tab)
        missed = [w for w in wanted if w not in reached and w.focusProxy() is None]
        assert not missed, [(type(w).__name__, w.objectName()) for w in missed]


def test_closing_lets_go_of_everything(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_fake_panels(monkeypatch)
    kit = open_window(qtbot, tmp_path)
    kit.shell.show_place("boards")
    kit.recording.start()
    rig = kit.rig
    qtbot.waitUntil(lambda: kit.writers[0].bytes_written > 0)
    timers = kit.shell.findChildren(QtCore.QTimer)
    close_window_only = kit.shell.close
    close_window_only()
    assert rig._closed
    assert kit.writers[0].closed
    assert not any(timer.isActive() for timer in timers)
    close_window(kit)


def test_a_rig_that_comes_after_closing_is_closed(qtbot: Any, kit: Kit) -> None:
    gate = QtCore.QSemaphore(0)
    made: list[Any] = []
    network = kit.rig.network

    def slow() -> Any:
        gate.acquire()
        made.append(kit.make_sim(network))
        return made[-1]

    kit.live.open(slow)
    kit.shell.close()
    gate.release()
    qtbot.waitUntil(lambda: bool(made) and made[0]._closed)


def test_a_fault_in_a_panel_action_does_not_take_the_window_down(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    scope = kit.shell.panels["scope"]
    assert isinstance(scope, FakePanel)
    kit.shell.deeds.export_figure(str(tmp_path / "a.svg"))
    assert (tmp_path / "a.svg").read_text() == "figure"
    scope.export_figure = lambda path: (_ for _ in ()).throw(LinkError("disk full"))  # type: ignore[method-assign]
    kit.shell.deeds.export_figure(str(tmp_path / "b.svg"))
    assert "Disk full" in kit.shell.banner.text.text()


def _accessible_name(widget: QtWidgets.QWidget) -> str:
    interface = QtGui.QAccessible.queryAccessibleInterface(widget)
    return interface.text(QtGui.QAccessible.Text.Name) if interface is not None else widget.accessibleName()


def _texts(shell: QtWidgets.QWidget) -> dict[tuple[int, str], str]:
    """Every text that is seen, and every name that is read out, but for those with figures: they change anyway."""
    found = {}
    for widget in shell.findChildren(QtWidgets.QWidget):
        if not widget.isVisibleTo(shell):
            continue
        texts = {"name": widget.accessibleName()}
        if isinstance(widget, Elided):
            texts = {}
        elif isinstance(widget, QtWidgets.QLabel | QtWidgets.QAbstractButton):
            texts["text"] = widget.text()
        elif isinstance(widget, QtWidgets.QComboBox):
            texts |= {str(i): widget.itemText(i) for i in range(widget.count())}
        found.update({(id(widget), what): text for what, text in texts.items()})
    found.update({(id(a), "text"): a.text() for a in shell.actions_.all()})  # type: ignore[attr-defined]
    return {key: text for key, text in found.items() if text and not any(c.isdigit() for c in text)}


def test_the_menu_of_circuits_has_a_shelf_for_each_group(qtbot: Any, kit: Kit) -> None:
    from luiapp.model.library import EXAMPLES, GROUPS

    kit.shell.top.set_examples([(title, [(key, one.title) for key, one in EXAMPLES.items() if one.group == group])
                                for group, title in GROUPS.items()])  # fmt: skip
    kit.shell.top.fill_circuits()
    shelves = [a.menu() for a in kit.shell.top.circuit.menu().actions() if a.menu() is not None]
    assert [shelf.title() for shelf in shelves] == list(GROUPS.values())
    assert sum(len(shelf.actions()) for shelf in shelves) == len(EXAMPLES)
    with qtbot.waitSignal(kit.shell.top.example_chosen) as chosen:
        shelves[2].actions()[0].trigger()
    assert chosen.args == ["or"]
