"""Experiments and pages beside a lesson: they run, are read, and nothing from outside runs unasked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6 import QtCore, QtGui
from shell_kit import Kit, use_fake_panels, window

from luiapp.course.lesson import Button
from luiapp.course.library import lessons_folder
from luiapp.course.reading import read_lesson
from luiapp.course.results import read_result
from luiapp.course.sheets import student_sheet
from luiapp.course.template import write_template
from luiapp.course.trial import FILE
from luiapp.errors import FileError
from luiapp.gui import paper
from luiapp.gui.course.experiment import ExperimentBox
from luiapp.gui.course.panel import CoursePanel
from luiapp.gui.training.panel import LearnPage
from luiapp.gui.training.setup_state import turned

Key = QtCore.Qt.Key
FENCE = '\n```experiment\nid = "go"\ntext = "Go"\nseconds = 20\nvalues = ["y V"]\nvalue_names = ["Height"]\n```\n'


@pytest.fixture
def kit(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    use_fake_panels(monkeypatch)
    monkeypatch.setattr("luiapp.gui.course.trials.any_seed", lambda: 1)  # a beginning that can be learned from
    with window(qtbot, tmp_path) as made:
        yield made


@pytest.fixture
def panel(course: CoursePanel) -> CoursePanel:
    return course


def box(panel: CoursePanel, name: str) -> Any:
    assert panel.page is not None
    return panel.page.tasks[name]


def test_an_experiment_waits_for_the_prediction_runs_and_reaches_the_goal(
    qtbot: Any, kit: Kit, panel: CoursePanel
) -> None:
    panel.begin("12-a-neuron-learns")
    panel.go(2)
    one = box(panel, "teach")
    assert isinstance(one, ExperimentBox) and not one.go.isEnabled() and one.go.text() == "Predict first"
    first = box(panel, "true-slope")
    first.options.buttons[1].setChecked(True)
    first.reasons.buttons[0].setChecked(True)
    first.go.click()
    assert panel.play.stage(first.task) == "locked" and one.go.isEnabled()
    one.go.click()
    assert not one.go.isEnabled() and panel.trials.running == "teach"
    qtbot.waitUntil(lambda: not panel.trials.running, timeout=120_000)
    assert panel.play.stage(first.task) == "observed" and first.explanation.text().startswith("✓")
    assert "50 %" in one.numbers.text() and len(one.chart.curves["right"]) > 50 and one.chart.isVisible()
    row = one.rows["rule"]
    row.buttons[1].setFocus()
    qtbot.keyClick(row.buttons[1], Key.Key_Return)
    assert row.value == "surrogate" and not row.buttons[0].isChecked()
    one.rows["steepness"].turner.setValue(0)
    assert one.rows["steepness"].value == 0.5
    one.rows["steepness"].turner.setValue(1000)
    assert one.rows["steepness"].value == 100
    panel.trials.settings["teach"] |= {"steepness": 2, "rate": 2}
    panel._show()
    box(panel, "teach").run()
    qtbot.waitUntil(lambda: not panel.trials.running, timeout=120_000)
    assert panel.play.known["teach"]["given"] == {"rule": "surrogate", "steepness": 2.0, "rate": 2.0}
    assert panel.play.task_done(box(panel, "learned").task)


def test_closing_the_lesson_ends_what_runs(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    panel.begin("12-a-neuron-learns")
    panel.go(2)
    box(panel, "stairs").go.click()
    trial = panel.trials._trial
    panel.close_lesson()
    assert trial is not None and trial._process.returncode is not None and not panel.trials.running
    assert "stairs" not in (panel.session.progress.get("–", "12-a-neuron-learns") or {"known": {}})["known"]


def test_a_program_from_outside_asks_first(qtbot: Any, kit: Kit, panel: CoursePanel, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    write_template(mine)
    (mine / "lesson.md").write_text((mine / "lesson.md").read_text("utf-8") + FENCE, "utf-8")
    (mine / FILE).write_text("def go(seed):\n    return {'values': {'y': 0.5}}", "utf-8")
    panel.begin(str(mine))
    one = box(panel, "go")
    assert one.go.isHidden() and not one.agree.isHidden() and "def go" in one.code.toPlainText()
    one.run()
    assert not panel.trials.running
    one.agree.click()
    assert not one.go.isHidden() and one.code.isHidden()
    one.go.click()
    qtbot.waitUntil(lambda: not panel.trials.running, timeout=120_000)
    assert "Height: 500 mV" in one.numbers.text()
    state = panel.state()
    (mine / FILE).write_text("def go(seed):\n    raise SystemExit('changed')", "utf-8")
    again = CoursePanel(kit.desk)
    qtbot.addWidget(again)
    again.restore({**state, "lesson": ""})
    again.begin(str(mine))
    assert not again.trials.allowed, "what was changed has to be agreed to anew"
    again.shut()


def test_the_learning_page_stands_beside_its_lesson_and_is_read(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    assert (lessons_folder() / "13-yin-yang").is_dir()
    panel.begin("13-yin-yang")
    qtbot.waitUntil(lambda: kit.shell.pages.page is not None, timeout=5_000)
    page = kit.shell.pages.page
    assert isinstance(page, LearnPage) and page.isVisible() and panel.isVisible() and not kit.shell.main.isVisible()
    assert page.studio.setup.hidden == 30 and "dropout" in page.hidden
    assert kit.shell.rail.buttons["course"].isChecked()
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.setup.hidden == 30, timeout=120_000)
    said = panel.beside.readings()["learn"]
    assert said["hidden"] == 30 and 0 <= float(said["accuracy"]) < 90 and said["epochs"] == 0
    panel.go(1)
    panel._numbers()
    assert "right so far" in box(panel, "ninety").now.text()
    page.studio.put(turned(page.studio.setup, "hidden", 7))  # what is changed by hand stays with the next step …
    panel.go(1)
    qtbot.waitUntil(lambda: page.studio.setup.hidden == 3, timeout=5_000)  # … unless that has a set-up of its own
    page.studio.put(turned(page.studio.setup, "hidden", 7))
    panel.open_circuit()
    assert page.studio.setup.hidden == 3
    panel.close_lesson()
    qtbot.waitUntil(lambda: kit.shell.pages.page is None, timeout=5_000)
    assert kit.shell.main.isVisible() and panel.isVisible()


def test_the_teacher_sees_the_class_and_results_carry_its_word(
    qtbot: Any, kit: Kit, panel: CoursePanel, tmp_path: Path
) -> None:
    panel.teacher.word.setText("owl")
    panel.person.setText("Ada")
    panel._renamed()
    panel.begin("12-a-neuron-learns")
    question = panel.play.lesson.task("direction")
    panel.play.answer(question, 0, 0)  # type: ignore[arg-type]
    panel.save_report()
    folder = kit.recording.folder
    (file,) = folder.glob("*.json")
    assert read_result(file, "owl").genuine and not read_result(file, "hawk").genuine
    assert file.with_suffix(".pdf").read_bytes().startswith(b"%PDF-")
    panel.close_lesson()
    panel.teacher.show_folder(folder)
    glance = panel.teacher.glance
    assert glance is not None and "Ada" in glance.page.toPlainText() and "does not fit" not in glance.page.toPlainText()
    glance.keep.click()
    assert (folder / "overview.pdf").read_bytes().startswith(b"%PDF-")
    panel.teacher.word.setText("hawk")
    panel.teacher.show_folder(folder)
    assert panel.teacher.glance is not None and "does not fit" in panel.teacher.glance.page.toPlainText()


def test_a_sheet_on_paper_has_its_boxes_and_figures(qtbot: Any, tmp_path: Path) -> None:
    lesson = read_lesson(lessons_folder() / "04-adding-up", "de")
    page = student_sheet(lesson)
    document = QtGui.QTextDocument()
    document.setHtml(paper.for_qt(page, document))
    n_tasks = sum(1 for s in lesson.steps for t in s.tasks if not isinstance(t, Button))
    tables = [f for f in document.rootFrame().childFrames() if isinstance(f, QtGui.QTextTable)]
    assert len(tables) >= n_tasks and lesson.steps[-1].title in document.toPlainText()
    figure = document.resource(QtGui.QTextDocument.ResourceType.ImageResource, QtCore.QUrl("figure0"))
    assert isinstance(figure, QtGui.QImage) and figure.width() == 3 * 480
    dark = sum(figure.pixelColor(x, 200).lightness() < 80 for x in range(figure.width()))
    assert 2 < dark < 200, "lines in black on white"
    text = paper.write_pdf(tmp_path / "a.pdf", page).read_bytes()
    assert text.startswith(b"%PDF-") and text.rstrip().endswith(b"%%EOF") and b"/Page" in text
    with pytest.raises(FileError):
        paper.write_pdf(tmp_path / "nowhere" / "a.pdf", page)


def test_a_lesson_that_is_written_is_shown_anew_and_its_faults_are_told(
    qtbot: Any, kit: Kit, panel: CoursePanel, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    write_template(mine)
    panel.watch(str(mine))
    assert panel.preview is not None and panel.step_title.text() == "The first step"
    panel.play.more_hints(box(panel, "faster").task)
    text = (mine / "lesson.md").read_text("utf-8")
    (mine / "lesson.md").write_text(text.replace("The first step", "Quite another"), "utf-8")
    panel.preview.look()
    assert panel.step_title.text() == "Quite another" and panel.play.known["faster"]["hints"] == 1
    (mine / "lesson.md").write_text(text.replace('metric = "rate"', 'metric = "no"'), "utf-8")
    panel.preview.look()
    assert "no metric 'no'" in kit.shell.banner.text.text() and panel.step_title.text() == "Quite another"
    (mine / "lesson.md").write_text(text, "utf-8")
    panel.preview.look()
    assert "right again" in kit.shell.banner.text.text() and panel.step_title.text() == "The first step"


def test_notes_follow_the_step_and_a_clicker_steps_on_the_stage(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    panel.begin("12-a-neuron-learns")
    panel.foot.notes.click()
    notes = panel.foot.notes_window
    assert notes is not None and "Step = − rate × error × slope" in notes.page.toPlainText()
    assert "Misconceptions" in notes.page.toPlainText()
    notes.next.click()
    assert panel.play.i_step == 1 and "Step 2 of 4" in notes.title.text()
    action = next(a for a in panel.actions() if a.objectName() == "lesson_next")
    assert [k.toString() for k in action.shortcuts()] == ["Alt+Right"]
    kit.look.choose("stage")
    panel.restyle()
    assert "PgDown" in [k.toString() for k in action.shortcuts()]


def test_opening_a_lesson_can_be_undone(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    before = kit.live.network
    assert before is not None
    kit.live.turn(
        0, kit.live.network.kind.parameters[0].name, before.parameter(before.kind.parameters[0].name)[0] * 0.9
    )
    n, names = kit.live.undo.count(), tuple(before.names)
    panel.begin("12-a-neuron-learns")
    assert kit.live.undo.count() == n + 1 and kit.live.network.names == ["N1"]
    kit.live.undo.undo()
    assert tuple(kit.live.network.names) == names


def test_a_circuit_with_stimuli_begins_at_their_beginning(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    before = kit.live.rig
    panel.begin("18-real-and-virtual")
    qtbot.waitUntil(lambda: kit.live.rig is not before and kit.live.network is not None, timeout=120_000)
    assert kit.live.network is not None and kit.live.network.stimuli
    qtbot.waitUntil(lambda: kit.live.ring is not None and kit.live.ring.head > 0)
    assert kit.live.ring is not None and kit.live.ring.oldest == 0
