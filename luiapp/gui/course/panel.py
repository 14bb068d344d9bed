"""The course beside the bench: the list of lessons, and the lesson that is open."""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.course.lesson import Act, Entry, Prediction
from luiapp.course.lock import Free, free
from luiapp.course.play import Play
from luiapp.course.progress import LONGEST_NAME, Progress
from luiapp.errors import LuiError
from luiapp.gui.banner import Notice
from luiapp.gui.controls import label, push, thin_line
from luiapp.gui.course.beside import Beside
from luiapp.gui.course.cards import TrackBox, fill_cards, points_line
from luiapp.gui.course.circuits import Circuits
from luiapp.gui.course.foot import Foot
from luiapp.gui.course.keys import KEYS, keys_of, leaf, step_actions, to_top
from luiapp.gui.course.page import StepPage
from luiapp.gui.course.preview import Preview
from luiapp.gui.course.replay import ReplayRow
from luiapp.gui.course.state import NOBODY, Session, here, save_report
from luiapp.gui.course.teacher import TeacherPart
from luiapp.gui.course.trials import Trials
from luiapp.gui.desk import Desk
from luiapp.gui.paper import write_pdf
from luiapp.gui.theme import Look
from luiapp.model.lui import knob
from luiapp.stream.pump import Tap
from luiapp.texts import tr


class CoursePanel(QtWidgets.QWidget):
    """Lessons, one step at a time."""

    def __init__(self, desk: Desk, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.session = Session(Progress(desk.paths.progress))
        self.circuits = Circuits(desk, self.session)
        self.trials = Trials(self, self._tried)
        self.beside = Beside(desk.open_page, desk.live.window_wanted.emit)
        self._tap: Tap | None = None
        self.preview: Preview | None = None
        self.page: StepPage | None = None
        self._actions = step_actions(self, self.leaf)
        self._build()
        live = desk.live
        live.rig_changed.connect(self._rig_changed)
        live.frame.connect(self._frame)
        live.numbers.connect(self._numbers)
        live.parameter_changed.connect(lambda *_: self._turned())
        live.network_changed.connect(self._turned)
        self._rig_changed()
        self.retranslate()

    def _build(self) -> None:
        self.title, self.about = label("title", wrap=True), label("secondary", wrap=True)
        self.person = QtWidgets.QLineEdit()
        self.person.setMaxLength(LONGEST_NAME)
        self.person.editingFinished.connect(self._renamed)
        self.track = TrackBox(self._show)
        self.cards = QtWidgets.QVBoxLayout()
        self.cards.setSpacing(10)
        self.step_of, self.step_title = label("secondary"), label("title", wrap=True)
        self.state_line = label("secondary", wrap=True)
        self.holder = QtWidgets.QVBoxLayout()
        self.back, self.next = push(lambda: self.go(-1)), push(lambda: self.go(1), "primary")
        self.foot = Foot(self.open_circuit, self.save_report, self.close_lesson, self.reset, self.leaf)
        self.report = self.foot.report
        self.lesson_part = QtWidgets.QWidget()
        inside = QtWidgets.QVBoxLayout(self.lesson_part)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(10)
        for one in (self.step_of, self.step_title):
            inside.addWidget(one)
        inside.addLayout(self.holder)
        self.replay = ReplayRow(self, self._desk)
        inside.addWidget(self.replay)
        inside.addWidget(self.state_line)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.back)
        row.addWidget(self.next, 1)
        inside.addLayout(row)
        inside.addWidget(thin_line())
        inside.addWidget(self.foot)
        self.list_part = QtWidgets.QWidget()
        listed = QtWidgets.QVBoxLayout(self.list_part)
        listed.setContentsMargins(0, 0, 0, 0)
        listed.addWidget(self.person)
        listed.addWidget(self.track)
        listed.addLayout(self.cards)
        self.teacher = TeacherPart(lambda: self._desk.recording.folder)
        listed.addWidget(self.teacher)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(12)
        for part in (self.title, self.about, self.list_part, self.lesson_part):
            column.addWidget(part)
        column.addStretch(1)

    # -- what all panels have ------------------------------------------------------------------------------------

    def actions(self) -> list[QtGui.QAction]:  # type: ignore[override]
        """A step back and a step on."""
        return list(self._actions.values())

    def state(self) -> dict[str, Any]:
        """What comes back at the next start."""
        return {"person": self.session.person, "lesson": self.session.called, "agreed": sorted(self.trials.agreed),
                "track": self.track.name, "word": self.teacher.word.text(),
                "own": self.circuits.state()}  # fmt: skip

    def restore(self, state: dict[str, Any]) -> None:
        """As it was left; what doesn't fit is ignored."""
        person = state.get("person")
        if isinstance(person, str) and len(person) <= LONGEST_NAME:
            self.session.person = person or NOBODY
        self.track.name = str(state.get("track", ""))
        self.teacher.word.setText(str(state.get("word", "")))
        agreed = state.get("agreed")
        self.trials.agreed = {one for one in agreed if isinstance(one, str)} if isinstance(agreed, list) else set()
        self.circuits.restore(state.get("own"))
        if isinstance(state.get("lesson"), str) and state["lesson"]:
            self.begin(state["lesson"], circuit="")
        self._show()

    def retranslate(self) -> None:
        """Texts in the language in use."""
        try:
            self.session.speak()
        except LuiError as error:
            self._desk.faults.take(error, "course")
        for name, text, _ in KEYS:
            self._actions[name].setText(tr(text))
        self.person.setPlaceholderText(tr("Name, or the names of a pair"))
        self.person.setAccessibleName(tr("Name, or the names of a pair"))
        self.back.setText(tr("Back"))
        self.teacher.retranslate()
        self._show()

    def restyle(self) -> None:
        """Everything in the theme in use; on the stage a clicker's keys go through the steps."""
        for name, _, key in KEYS:
            self._actions[name].setShortcuts(keys_of(name, key, self.look))
        self._show()

    def shut(self) -> None:
        """Keep what is done."""
        if self._tap is not None:
            self._desk.live.untap(self._tap)
        self.trials.stop()
        if self.preview is not None:
            self.preview.stop()
        self._keep()

    # -- lessons ---------------------------------------------------------------------------------------------------

    def begin(self, name: str, *, circuit: str = "left") -> None:
        """Open a lesson where it was left, and its circuit: as it was left, "anew", or "" for that on the bench."""
        try:
            if circuit:
                self.circuits.hold()
            network = self.session.begin(name)
        except LuiError as error:
            self._desk.faults.take(error, "course")
            return
        self.trials.open(self.session.home)
        if circuit:
            self.circuits.begin(network, anew=circuit == "anew")
        self._show()

    def open_circuit(self) -> None:
        """The circuit that the lesson begins with, as it was."""
        play = self.session.play
        if play is not None and play.step.page:
            self.beside.anew(play)
        elif play is not None:
            self.begin(self.session.called, circuit="anew")

    def close_lesson(self) -> None:
        """Back to the list."""
        self._keep()
        self.trials.open(None)
        self.session.leave()
        self.circuits.leave()
        self._show()

    def reset(self) -> None:
        """The open lesson from its beginning."""
        try:
            self.session.reset()
        except LuiError as error:
            self._desk.faults.take(error, "course")
        self.open_circuit()

    def save_report(self) -> None:
        """What was done, as a page to print and as a sealed file for the teacher, beside the recordings."""
        folder = self._desk.recording.folder
        try:
            files = save_report(self.play, self.session.person, folder, self.teacher.word.text())
            files.append(write_pdf(files[0].with_suffix(".pdf"), files[0].read_text("utf-8")))
        except (LuiError, OSError) as error:
            self._desk.faults.take(error, "course")
            return
        names = ", ".join(f.name for f in files)
        self._desk.tell(Notice(lambda: tr("Saved in {folder}: {files}", folder=folder, files=names)))

    def watch(self, path: str) -> None:
        """Open a lesson that is being written; it follows its files."""
        self.begin(path)
        if self.session.play is not None:
            self.preview = Preview(self, self.session, self._show, self._desk.tell)

    def go(self, by: int) -> None:
        """Some steps on or back."""
        play = self.session.play
        if play is None or self.session.busy:
            return
        if play.go(by):
            self._keep()
            self._show()
            to_top(self)
        elif by > 0:
            self.close_lesson()

    def leaf(self, by: int) -> None:
        """A step on or back; on the stage first through what a long step has below or above."""
        if not leaf(self, self.next, by, self.look):
            self.go(by)

    # -- what pages ask for ------------------------------------------------------------------------------------------

    @property
    def play(self) -> Play:
        """The open lesson."""
        assert self.session.play is not None
        return self.session.play

    @property
    def look(self) -> Look:
        """The theme."""
        return self._desk.look

    def percent(self, neuron: str, name: str) -> float | None:
        """How far a trimmer is turned; None where this rig isn't set by wire."""
        live = self._desk.live
        i_neuron, one = here(neuron, self.session.names, live.network), knob(name)
        if i_neuron < 0 or live.network is None or live.describe().parameters.get(one.parameter) != "by wire":
            return None
        return one.percent(float(live.network.parameter(one.parameter)[i_neuron]))

    def turn(self, neuron: str, name: str, percent: float) -> None:
        """Turn a trimmer; it can be undone."""
        i_neuron, one = here(neuron, self.session.names, self._desk.live.network), knob(name)
        if i_neuron >= 0:
            self._desk.live.turn(i_neuron, one.parameter, one.ohms(percent))

    def do(self, acts: tuple[Act, ...]) -> None:
        """Do something to the bench."""
        try:
            self.session.plan(acts, self._desk.live.network)
        except LuiError as error:
            self._desk.faults.take(error, "course")

    def run(self, task: Prediction) -> None:
        """A prediction was locked: let it happen."""
        try:
            self.session.run(task, self._desk.live.network)
        except LuiError as error:
            self._desk.faults.take(error, "course")

    def enter(self, task: Entry, value: float) -> str:
        """A number was measured; what is said about it."""
        return self.session.enter(task, value, self._desk.live.network).sentence

    def changed(self) -> None:
        """Something was done: keep it, show it."""
        self._keep()
        self._refresh()

    def _rig_changed(self) -> None:
        self.session.forget()
        self._tap = Tap()
        if not self._desk.live.tap(self._tap):
            self._tap = None
        self._refresh()
        self._point()

    def _frame(self) -> None:
        if self._tap is None:
            return
        chunks = self._tap.drain()
        if self.session.play is None:
            return
        due = self.session.take(chunks)
        for what in [] if self.replay.on else due:  # in a recording, what the lesson does was done
            self.circuits.obey(what)
        if self.session.observed() is not None:
            self.changed()

    def _numbers(self) -> None:
        if self.session.play is None or not self.isVisible():
            return
        before = self.session.play.progress()
        self.session.look(self._desk.live.network, self.beside.readings())
        if self.session.play.progress() != before:
            self._keep()
        self._refresh()

    def _tried(self) -> None:
        """An experiment began or ended."""
        if self.session.play is not None:
            self.session.observed()
            self.session.look(self._desk.live.network, self.beside.readings())
            self.changed()

    def _turned(self) -> None:
        if self.page is not None:
            for row in self.page.turners:
                row.refresh()

    def _show(self) -> None:
        """Everything anew: another lesson, step, language or theme."""
        if self.page is not None:
            self.holder.removeWidget(self.page)
            self.page.hide()
            self.page.deleteLater()
            self.page = None
        play = self.session.play
        self._desk.live.lock.leave_free(Free() if play is None else free(play.lesson), self.session.names)
        QtCore.QTimer.singleShot(0, self, lambda: self.beside.follow(self.session.play))
        self.list_part.setVisible(play is None)
        self.lesson_part.setVisible(play is not None)
        if play is None:
            self._point()
            self.title.setText(tr("Course"))
            self.about.setText(tr("Each lesson takes 15 to 30 minutes, with simulated boards or real ones."))
            self.person.setText("" if self.session.person == NOBODY else self.session.person)
            self._fill_cards()
            return
        self.title.setText(play.lesson.title)
        self.about.setText(play.lesson.about)
        self.about.setVisible(play.i_step == 0)
        self.step_of.setText(tr("Step {i} of {n} · {minutes} min", i=play.i_step + 1, n=len(play.lesson.steps),
                                minutes=play.step.minutes))  # fmt: skip
        self.step_title.setText(play.step.title)
        self.replay.follow()
        self.foot.follow(play)
        self.page = StepPage(self, play.step)
        self.holder.addWidget(self.page)
        self._refresh()
        self._point()

    def _refresh(self) -> None:
        play = self.session.play
        if play is None or self.page is None:
            return
        self.page.refresh()
        last = play.i_step == len(play.lesson.steps) - 1
        done = play.done()
        text = tr("Finish") if last else tr("Next")
        self.next.setText(("✓ " if done else "") + text)
        self.back.setEnabled(play.i_step > 0 and not self.session.busy)
        self.next.setEnabled(not self.session.busy)
        finished, n = play.progress()
        self.state_line.setText(
            " ".join("✓" if play.done(s) else "○" for s in play.lesson.steps) + "   "
            + tr("{done} of {n} steps done", done=finished, n=n) + points_line(play))  # fmt: skip

    def _fill_cards(self) -> None:
        self.track.show_tracks()
        fill_cards(self.cards, self.session.lessons(), self.track.chosen, self.begin)

    def _point(self) -> None:
        """Choose the board that the step is about, and show the part that is meant."""
        play, live = self.session.play, self._desk.live
        pointed = self.session.pointed(live.network) if play is not None else None
        if pointed is not None:
            live.select(pointed[0])
        live.point(pointed if pointed is not None and pointed[1] else None)

    def _renamed(self) -> None:
        if (self.person.text().strip() or NOBODY) != self.session.person:
            self.session.rename(self.person.text())
            QtCore.QTimer.singleShot(0, self, self._show)

    def _keep(self) -> None:
        self.circuits.remember()
        try:
            self.session.keep()
        except LuiError as error:
            self._desk.faults.take(error, "course")
