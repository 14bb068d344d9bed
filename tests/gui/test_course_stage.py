"""The lesson on the stage: nothing is wider than its column, and a clicker leads through all of it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6 import QtCore, QtWidgets
from shell_kit import Kit

from luiapp.course.library import by_name
from luiapp.gui import session
from luiapp.gui.course.page import StepPage
from luiapp.gui.course.panel import CoursePanel
from luiapp.texts import set_language

Key = QtCore.Qt.Key
COLUMN = round(session.SIDE_WIDTH[0] * 1.4)  # px of the right column on the stage of a screen of 1366


@pytest.fixture
def kit(single: Kit) -> Kit:
    return single


@pytest.fixture
def panel(course: CoursePanel) -> CoursePanel:
    return course


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_step_is_wider_than_its_column(kit: Kit, panel: CoursePanel, language: str) -> None:
    kit.look.choose("stage")
    set_language(language)
    wide = {}
    try:
        panel.begin("01-meet-lui", circuit="")
        for name, lesson in by_name(language).items():
            for step in lesson.steps:
                panel.play.lesson, panel.play._i_step = lesson, lesson.steps.index(step)
                page = StepPage(panel, step)
                page.setParent(panel)
                page.ensurePolished()
                if page.minimumSizeHint().width() > COLUMN - 40 - 10:  # margins, and the scroll bar
                    parts = [(type(one).__name__, one.minimumSizeHint().width()) for one in page.tasks.values()]
                    wide[f"{name} {step.id}"] = parts
                page.setParent(None)
                page.deleteLater()
    finally:
        set_language("en")
    assert wide == {}


def test_a_clicker_leads_through_all_of_a_lesson(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    kit.shell.resize(1366, 768)
    panel.begin("04-adding-up")
    kit.shell.deeds.stage(True)
    assert kit.shell.side_open and panel.isVisible()  # with a lesson the stage keeps its column
    area = panel.parentWidget()
    while not isinstance(area, QtWidgets.QScrollArea):
        assert area is not None
        area = area.parentWidget()
    bar = area.verticalScrollBar()
    seen: dict[int, float] = {}
    for _ in range(40):
        play = panel.session.play
        if play is None:
            break
        qtbot.wait(1)  # the column takes its height
        QtWidgets.QApplication.processEvents()
        foot = panel.next.mapTo(panel, QtCore.QPoint(0, panel.next.height())).y()
        top = seen.get(play.i_step, 0.0)
        assert bar.value() <= top + 1, "something was left out between two presses"
        seen[play.i_step] = bar.value() + bar.pageStep() * 0.9
        last = bar.value() + bar.pageStep() >= foot
        before = play.i_step
        qtbot.keyClick(kit.shell, Key.Key_PageDown)
        after = panel.session.play.i_step if panel.session.play is not None else before + 1
        assert (after == before + 1) == last, "a step goes on once its end was seen, and not before"
    assert panel.session.play is None and sorted(seen) == [0, 1, 2, 3]


def test_the_clicker_leads_on_from_the_notes_too(qtbot: Any, kit: Kit, panel: CoursePanel) -> None:
    panel.begin("01-meet-lui")
    panel.foot.show_notes()
    notes = panel.foot.notes_window
    assert notes is not None
    qtbot.waitExposed(notes)
    notes.activateWindow()
    qtbot.keyClick(notes.page, Key.Key_PageDown)
    qtbot.waitUntil(lambda: panel.play.i_step == 1, timeout=10_000)
    assert panel.play.step.title in notes.title.text()
    qtbot.keyClick(notes.page, Key.Key_PageUp)
    qtbot.waitUntil(lambda: panel.play.i_step == 0, timeout=10_000)
