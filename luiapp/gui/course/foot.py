"""Below a lesson: its circuit anew, the report, the teacher's notes, back to the list."""

from __future__ import annotations

from collections.abc import Callable

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.course.play import Play
from luiapp.course.sheets import notes_page
from luiapp.gui.controls import label, push
from luiapp.gui.late import late
from luiapp.texts import tr


class Foot(QtWidgets.QWidget):
    """The buttons; what they do is the panel's, which `forward` takes some steps on.

    Attributes
    ----------
    notes_window : Notes or None
        The teacher's notes, once they were asked for.
    """

    def __init__(self, circuit: Callable[[], object], report: Callable[[], object], leave: Callable[[], object],
                 again: Callable[[], object], forward: Callable[[int], object]) -> None:  # fmt: skip
        super().__init__()
        self._forward = forward
        self._play: Play | None = None
        self.notes_window: Notes | None = None
        self.circuit, self.report, self.notes = push(circuit), push(report), push(self.show_notes)
        self.leave, self.again = push(leave), push(again)
        self.listen = push(self._listen)
        self.listen.setCheckable(True)
        self._action: QtGui.QAction | None = None  # of the scope, once that is there
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.circuit)
        column.addWidget(self.listen)
        for pair in ((self.report, self.notes), (self.leave, self.again)):
            row = QtWidgets.QHBoxLayout()
            for button in pair:
                row.addWidget(button, 1)
            column.addLayout(row)

    def show_notes(self) -> None:
        """What the teacher has to know, in a window that follows the steps."""
        if self._play is not None:
            self.notes_window = self.notes_window or Notes(self, self._forward)
            self.notes_window.follow(self._play)
            self.notes_window.show()
            self.notes_window.raise_()

    def _listen(self) -> None:
        if self._action is not None:
            self._action.trigger()
        self._show_listening()

    def _show_listening(self) -> None:
        """The button is the scope's action: it does and shows the same."""
        action = self._action
        self.listen.setVisible(action is not None and self._play is not None and not self._play.step.page)
        if action is not None:
            self.listen.setText(action.text())
            self.listen.setToolTip(action.toolTip())
            self.listen.setChecked(action.isChecked())

    def follow(self, play: Play) -> None:
        """Another step, or another language."""
        self._play = play
        if self._action is None:
            self._action = self.window().findChild(QtGui.QAction, "scope.listen")
            if self._action is not None:
                self._action.changed.connect(self._show_listening)
        self._show_listening()
        if self.notes_window is not None:
            self.notes_window.follow(play)
        self.circuit.setText(tr("The lesson's set-up anew") if play.step.page else tr("The lesson's circuit anew"))
        self.again.setText(tr("Begin anew"))
        self.report.setText(tr("Save the report"))
        self.notes.setText(tr("Teacher's notes"))
        self.leave.setText(tr("All lessons"))


class Notes(QtWidgets.QWidget):
    """The teacher's notes in a window of their own, on the second screen if there is one; they follow the step."""

    def __init__(self, parent: QtWidgets.QWidget, forward: Callable[[int], object]) -> None:
        super().__init__(parent, QtGui.Qt.WindowType.Window)
        self.setProperty("role", "window")
        self.title = label("title", wrap=True)
        self.page = QtWidgets.QTextBrowser()
        self.page.setOpenLinks(False)
        self.page.setStyleSheet("background: #ffffff; color: #000000;")
        self.back, self.next = push(lambda: forward(-1)), push(lambda: forward(1), "primary")
        self._forward = forward
        self.page.installEventFilter(self)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.title, 1)
        row.addWidget(self.back)
        row.addWidget(self.next)
        column = QtWidgets.QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.page)
        self.resize(760, 720)
        screens = QtGui.QGuiApplication.screens()
        here = parent.window().screen()
        other = next((one for one in screens if one is not here), None)
        if other is not None:
            self.setGeometry(other.availableGeometry().adjusted(40, 60, -40, -40))

    def eventFilter(self, watched: QtCore.QObject, event: QtCore.QEvent) -> bool:
        """A clicker's keys lead on, whichever window has the focus."""
        return isinstance(event, QtGui.QKeyEvent) and event.type() == event.Type.KeyPress and self._clicked(event)

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if not self._clicked(event):
            super().keyPressEvent(event)

    def _clicked(self, event: QtGui.QKeyEvent) -> bool:
        by = {QtCore.Qt.Key.Key_PageUp: -1, QtCore.Qt.Key.Key_PageDown: 1}.get(QtCore.Qt.Key(event.key()), 0)
        if by:
            self._forward(by)
        return bool(by)

    def follow(self, play: Play) -> None:
        """Show what the teacher has to know at this step."""
        lesson, i_step, step = play.lesson, play.i_step, play.step
        self.setWindowTitle(tr("{title}: notes", title=lesson.title))
        self.title.setText(tr("Step {i} of {n} · {minutes} min", i=i_step + 1, n=len(lesson.steps),
                              minutes=step.minutes) + f" · {step.title}")  # fmt: skip
        self.back.setText(tr("Back"))
        self.next.setText(tr("Next"))
        self.page.setHtml(late("luiapp.gui.paper:for_qt")(notes_page(lesson, i_step), self.page.document()))
