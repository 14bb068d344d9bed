"""The lesson beside the bench: it drives the circuit, follows it, and loses nothing."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6 import QtCore, QtGui, QtWidgets
from shell_kit import Kit

from luiapp.course.lesson import Act
from luiapp.course.library import by_name, lesson_names, lessons_folder
from luiapp.course.markdown import spans
from luiapp.course.play import EXPLAINED, LOCKED, OBSERVED, Play
from luiapp.course.progress import Progress
from luiapp.course.results import read_result
from luiapp.data.chunk import Chunk, Layout
from luiapp.gui.bench.panel import BenchPanel
from luiapp.gui.course.draw import DrawPad
from luiapp.gui.course.page import StepPage, rich
from luiapp.gui.course.panel import CoursePanel
from luiapp.gui.course.state import Session, as_called, by_hand, here
from luiapp.gui.theme import Look
from luiapp.model.network import Network
from luiapp.stream.source import Kick, Pulse, SetParameter
from luiapp.texts import set_language

Key = QtCore.Qt.Key
FIRST = lesson_names()[0]


@pytest.fixture
def kit(single: Kit) -> Kit:
    return single


@pytest.fixture
def panel(course: CoursePanel) -> CoursePanel:
    return course


def begin(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    with qtbot.waitSignal(kit.live.network_changed, timeout=120_000):
        panel.begin(FIRST)
    qtbot.waitUntil(lambda: panel.session.history.now > 0.1, timeout=120_000)


def box(panel: CoursePanel, name: str) -> Any:
    assert panel.page is not None
    return panel.page.tasks[name]


def test_the_list_opens_a_lesson_and_its_circuit(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    buttons = [b for b in panel.list_part.findChildren(QtWidgets.QPushButton) if b is not panel.teacher.look]
    assert len(buttons) == len(lesson_names()) + 2  # and the concept check, before and after
    assert panel.list_part.isVisible() and not panel.lesson_part.isVisible()
    with qtbot.waitSignal(kit.live.network_changed, timeout=120_000):
        buttons[1].click()
    assert panel.play.lesson.name == FIRST and panel.lesson_part.isVisible()
    assert kit.live.network is not None and kit.live.network.name == "single"


def test_questions_by_keys(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    one = box(panel, "order")
    assert not one.go.isEnabled()
    one.options.buttons[1].setFocus()
    qtbot.keyClick(one.options.buttons[1], Key.Key_Return)
    qtbot.keyClick(one.reasons.buttons[0], Key.Key_Return)
    one.reasons.buttons[0].setChecked(True)
    assert one.go.isEnabled()
    one.go.click()
    assert panel.play.known["order"] == {"answer": 1, "reason": 0, "right": True}
    assert one.outcome.text().startswith("✓ ") and not one.options.buttons[0].isEnabled()
    assert panel.next.text().startswith("✓")


@pytest.mark.parametrize("theme", ["dark", "stage"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_step_is_wider_than_the_narrowest_column(kit: Kit, panel: CoursePanel, theme: str, language: str) -> None:
    kit.look.choose(theme)
    room = kit.shell.side.minimumWidth() - 2 * 20 - 8  # margins of the panel, and the bar that scrolls
    wide = []
    for lesson in by_name(language, lessons_folder()).values():
        panel.session.play = Play(lesson)
        for step in lesson.steps:
            page = StepPage(panel, step)
            page.setParent(panel)
            if page.minimumSizeHint().width() > room:
                wide.append((lesson.name, step.id, page.minimumSizeHint().width()))
            page.deleteLater()
    panel.session.play = None
    assert not wide, f"at most {room} px"


def test_the_explanation_comes_into_sight(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    kit.shell.resize(1100, 520)
    begin(qtbot, kit, panel)
    one = box(panel, "order")
    for picker, i in ((one.options, 2), (one.reasons, 0)):
        picker.buttons[i].setChecked(True)
    one.go.click()
    qtbot.waitUntil(lambda: one.outcome.visibleRegion().boundingRect().height() >= one.outcome.height() - 1)
    panel.go(3)
    push = box(panel, "kick")
    qtbot.waitUntil(push.isVisible)
    area = next(a for a in kit.shell.findChildren(QtWidgets.QScrollArea) if a.isAncestorOf(panel))
    panel.play.lock(push.task, drawn=[(0, 1.0), (2.0, 1.0)])
    area.verticalScrollBar().setValue(0)
    panel.play.observe(push.task, [(0.0, 1.0), (2.0, 1.0)])
    panel.changed()
    qtbot.waitUntil(lambda: push.words.visibleRegion().boundingRect().height() >= push.words.height() - 1)


def test_turning_in_the_text_turns_the_bench_and_reaches_the_goal(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    panel.go(1)
    goal, (text, row) = box(panel, "fast"), panel.page.turners  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: "3.5 Hz is the goal" in goal.now.text(), timeout=120_000)
    assert kit.live.selected == 0
    row.turner.setValue(1000)
    assert kit.live.network is not None and kit.live.network.parameter("r_vleak")[0] == pytest.approx(100e3)
    assert "100" in text.text()
    kit.live.undo.undo()
    assert "56" in text.text() and row.turner.percent == pytest.approx(55.5)
    row.turner.setValue(100)  # below what the lesson allows
    assert kit.live.network.parameter("r_vleak")[0] == pytest.approx(40e3)
    row.turner.setValue(950)
    qtbot.waitUntil(lambda: panel.play.task_done(goal.task), timeout=120_000)
    assert goal.title.text().startswith("✓ ")


def test_the_bench_shows_what_is_meant(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    assert kit.live.pointed is None
    panel.go(1)
    assert kit.live.pointed == (0, "leak")
    bench = BenchPanel(kit.live, kit.look)
    qtbot.addWidget(bench)
    bench.resize(600, 400)
    bench.show()
    canvas = bench.canvas
    part = canvas.scene.meant()
    assert part is not None and (part.kind, part.name) == ("trimmer", "leak")
    at, r = canvas.view.to_pixel(canvas.scene.place_of(part)[0]).toPoint(), canvas.scene.place_of(part)[1]
    above = at - QtCore.QPoint(0, round(r * canvas.view.scale + 13))  # inside the arrow
    amber = QtGui.QColor(kit.look.theme.amber)
    assert canvas.grab().toImage().pixelColor(above) == amber
    panel.close_lesson()
    assert kit.live.pointed is None and canvas.scene.meant() is None
    assert canvas.grab().toImage().pixelColor(above) != amber


def test_a_step_sets_the_scope_once_and_a_hand_may_change_it(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    wanted: list[float] = []
    kit.live.window_wanted.connect(wanted.append)
    panel.begin("06-noise-and-pause")
    qtbot.waitUntil(lambda: wanted == [10.0])
    panel.go(1)
    panel.go(1)
    qtbot.waitUntil(lambda: wanted == [10.0, 0.2])
    panel.retranslate()
    qtbot.wait(20)
    assert wanted == [10.0, 0.2]


def test_settings_count_from_the_beginning_of_their_step(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    panel.begin("05-f-i-curve")
    qtbot.waitUntil(lambda: panel.session.history.now > 3, timeout=120_000)  # three spikes by now
    check = panel.play.lesson.task("five")
    assert panel.session.history.sight(60.0) is not None
    panel.go(1)
    found = panel.session.look(kit.live.network)[check.id]
    assert not found.ok and "0" in found.sentence


def test_hints_one_by_one_and_nothing_is_lost(qtbot: Any, kit: Kit, panel: CoursePanel, tmp_path: Path) -> None:
    begin(qtbot, kit, panel)
    panel.person.setText("Ada & Ben")
    panel._renamed()
    panel.go(1)
    goal = box(panel, "fast")
    for n in (1, 2, 3):
        goal.hints.more.click()
        assert goal.hints.text.text().count("\n") == n - 1
    assert not goal.hints.more.isVisible()
    kept = Progress(kit.paths.progress).get("Ada & Ben", FIRST)
    assert kept is not None and kept["step"] == "faster" and kept["known"]["fast"]["hints"] == 3
    state = panel.state()
    own = state.pop("own")
    assert own["neurons"][0]["name"] == "N1"
    assert state == {"person": "Ada & Ben", "lesson": FIRST, "agreed": [], "track": "", "word": ""}
    again = CoursePanel(kit.desk)
    qtbot.addWidget(again)
    again.restore(state)
    assert again.play.i_step == 1 and again.play.hints(goal.task) == goal.task.hints
    again.shut()


def test_predict_observe_explain(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    panel.turn("N1", "leak", 42)
    panel.go(3)
    one = box(panel, "kick")
    assert not one.go.isEnabled()
    pad: DrawPad = one.pad
    qtbot.mousePress(pad, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(60, 80))
    qtbot.mouseMove(pad, QtCore.QPoint(pad.width() - 20, 40))
    pad._put(QtCore.QPointF(pad.width() - 20, 40))
    assert len(pad.points()) > 50 and one.go.isEnabled()
    one.go.click()
    assert panel.play.stage(one.task) == LOCKED and panel.session.busy and not panel.next.isEnabled()
    panel.go(1)  # not while it runs
    assert panel.play.i_step == 3
    qtbot.waitUntil(lambda: panel.play.stage(one.task) == OBSERVED, timeout=120_000)
    seen = panel.play.known["kick"]["seen"]
    assert seen[0][0] == pytest.approx(0, abs=0.05) and seen[-1][0] == pytest.approx(2, abs=0.05)
    assert max(v for t, v in seen if t < 0.4) > 0.8 and min(v for t, v in seen if 0.45 < t < 0.75) < 0.2  # emptied
    assert one.explanation.isVisible()
    one.words.setText("it was emptied")
    one.words.editingFinished.emit()
    assert panel.play.stage(one.task) == EXPLAINED


def test_drawing_by_keys_alone(qtbot: Any) -> None:
    pad = DrawPad(Look(), 2.0, 0.0, 2.0)
    qtbot.addWidget(pad)
    pad.show()
    for key, n in ((Key.Key_Up, 4), (Key.Key_Right, 30), (Key.Key_Down, 8), (Key.Key_Right, 20)):
        for _ in range(n):
            qtbot.keyClick(pad, key)
    points = pad.points()
    assert len(points) == 51
    assert points[0] == (0.0, pytest.approx(1.2)) and points[-1][1] == pytest.approx(0.8)
    pad.show_points([(0, 1.0), (2.0, 1.0)], [(0, 1.0), (1.0, 0.5)])
    qtbot.keyClick(pad, Key.Key_Up)
    assert [v for _, v in pad.points()] == [1.0, 1.0]
    assert not pad.grab().isNull()


def test_language_changes_while_it_is_open(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    english = panel.step_title.text()
    try:
        kit.shell.choose_language("de")
        assert panel.step_title.text() != english and panel.play.lesson.language == "de"
        assert panel.next.text() == "Weiter"
    finally:
        set_language("en")


def test_steps_by_keys_and_the_end_leads_to_the_list(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    on, back = panel._actions["next"], panel._actions["back"]
    assert (on.shortcut().toString(), back.shortcut().toString()) == ("Alt+Right", "Alt+Left")
    on.trigger()
    on.trigger()
    back.trigger()
    assert panel.play.i_step == 1
    for _ in range(4):
        on.trigger()
    assert panel.session.play is None and panel.list_part.isVisible()


def test_begin_anew_forgets(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    panel.play.answer(panel.play.lesson.task("order"), 0, 0)
    panel.changed()
    panel.reset()
    assert panel.play.known == {} and panel.play.i_step == 0


def test_the_report_is_saved_beside_the_recordings(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    panel.play.answer(panel.play.lesson.task("order"), 1, 0)
    panel.report.click()
    page, data = (next(kit.recording.folder.glob(f"*{suffix}")) for suffix in (".html", ".json"))
    assert page.stem == data.stem and read_result(data).genuine
    assert "It falls to almost nothing at once." in page.read_text("utf-8")


def test_what_a_lesson_says_is_never_markup() -> None:
    said = rich(spans("<img src=x> **a<b** [t](https://example.org/?a=1&b=2) [[N1.leak 1..2]]"), lambda n, k: 12.0)
    assert "<img" not in said and "&lt;img" in said and "<b>a&lt;b</b>" in said
    assert 'href="https://example.org/?a=1&amp;b=2"' in said and "12&nbsp;%" in said


def test_boards_by_their_place_where_the_names_differ(tmp_path: Path) -> None:
    net = Network(model="lui")
    for name in ("left", "right"):
        net.neuron(name)
    session = Session(Progress(tmp_path / "x.db"))
    session.names = ("A", "B")
    assert [here(n, session.names, net) for n in ("A", "B", "right", "C")] == [0, 1, 1, -1]
    renamed = as_called(net, session.names)
    assert renamed is not None and renamed.names == ["A", "B"] and net.names == ["left", "right"]
    took = session.plan((Act("turn", "B.leak", 50), Act("wait", value=0.5), Act("kick", "A", times=(0.1,))), net)
    assert took == pytest.approx(0.6)
    (first, turn), (second, kick) = session._plan
    assert isinstance(turn, SetParameter) and turn.i_neuron == 1 and first == 0
    assert isinstance(kick, Kick) and kick.i_neuron == 0 and math.isclose(second, 0.6)
    session.plan((Act("wire", "A>B.2"), Act("wire", "B>A.1")), net)
    last = session._plan[-1][1]
    assert isinstance(last, Network) and len(last.connections) == 2


def test_real_boards_get_pulses_by_wire_and_people_turn_by_hand(tmp_path: Path) -> None:
    layout = Layout(1e-3, (), ("left", "right"))
    session = Session(Progress(tmp_path / "x.db"))
    session.names = ("A", "B")
    session.take([Chunk(layout, 0, np.empty((10, 0), np.float32))])
    session.plan((Act("pulse", "B.2", times=(0.0,)), Act("turn", "A.leak", 42), Act("flip", "B.3", -1)), None)
    (_, pulse), (_, turn), (_, flip) = session._plan
    assert pulse == Pulse(1, 1)
    assert isinstance(turn, SetParameter) and isinstance(flip, SetParameter)
    names = session.history.neurons
    assert "left" in by_hand(turn, names) and "42 %" in by_hand(turn, names)
    assert "right" in by_hand(flip, names) and "−" in by_hand(flip, names)


def test_a_wire_that_a_lesson_draws_keeps_what_it_turned_before(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    begin(qtbot, kit, panel)
    acts = (Act("turn", "N1.leak", 73.0), Act("flip", "N1.2", -1.0), Act("wire", "N1>N1.1"))
    panel.do(acts)
    qtbot.waitUntil(
        lambda: kit.live.network is not None and len(kit.live.network.connections.pre) == 1, timeout=120_000
    )
    network = kit.live.network
    assert network is not None
    assert network.parameter("r_vleak")[0] == pytest.approx(73e3)
    assert network.parameter("sign_2")[0] == -1


def test_a_step_listens_by_the_action_of_the_scope(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    from luiapp.gui.scope.panel import ScopePanel

    scope = ScopePanel(kit.live, kit.shell.look, kit.shell)
    begin(qtbot, kit, panel)
    pressed: list[bool] = []
    action = scope.findChild(QtGui.QAction, "scope.listen")
    assert action is not None
    action.triggered.disconnect()
    action.toggled.connect(lambda on: pressed.append(on))
    panel.retranslate()
    listen = panel.foot.listen
    assert not listen.isHidden() and listen.text() == action.text()
    listen.click()
    assert pressed == [True] and listen.isChecked()
    listen.click()
    assert pressed == [True, False] and not listen.isChecked()
    scope.shutdown()
