"""The lesson that is open: what it does to the bench and when, what it sees, what is kept. Without Qt."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from luiapp.course.acts import commands
from luiapp.course.checks import Verdict
from luiapp.course.history import History
from luiapp.course.lab import Readings, blank
from luiapp.course.lesson import Act, Check, Entry, Lesson, Prediction
from luiapp.course.library import by_name, circuit, lessons_folder, open_lesson
from luiapp.course.metrics import METRICS
from luiapp.course.play import Play
from luiapp.course.progress import Progress
from luiapp.course.results import result, write_result
from luiapp.course.robot import seen_trace
from luiapp.course.sheets import report_sheet
from luiapp.course.sight import Sight
from luiapp.data.chunk import Chunk
from luiapp.errors import LuiError
from luiapp.gui.bench.state import KNOB_LABELS
from luiapp.gui.recording import free_path, safe_name
from luiapp.model.lui import knob
from luiapp.model.network import Network
from luiapp.stream.source import Command, SetParameter
from luiapp.texts import language, tr

_log = logging.getLogger(__name__)
_LONG = 15.0  # s of signal
_LEAST = 0.05  # s of signal, where a step has only just begun
NOBODY = "–"  # whose progress it is while nobody has typed a name


@dataclass
class _Running:
    """A prediction that is being observed."""

    task: Prediction
    begun: float


@dataclass
class Session:
    """One window's lesson.

    Attributes
    ----------
    person : str
        Whose progress is kept.
    play : Play or None
        The open lesson's; None where the list of lessons is shown.
    names : tuple of str
        The boards of the lesson, in order.
    home : Path
        The folder of the open lesson, which may lie outside the course.
    bench : dict
        The open lesson's circuit as it was left; {} for as it begins.
    """

    progress: Progress
    folder: Path = field(default_factory=lessons_folder)
    person: str = NOBODY
    play: Play | None = None
    names: tuple[str, ...] = ()
    home: Path = field(default_factory=Path)
    bench: dict[str, Any] = field(default_factory=dict)
    history: History = field(default_factory=History)
    _plan: list[tuple[float, Command | Network]] = field(default_factory=list)
    _running: _Running | None = None
    _begun: tuple[str, float] = ("", 0.0)  # the step that is looked at, and since when [s]
    _told: set[str] = field(default_factory=set)
    _read: dict[str, list[Lesson]] = field(default_factory=dict)  # by language: reading takes a tenth of a second

    # -- lessons -------------------------------------------------------------------------------------------------

    def lessons(self) -> list[tuple[Lesson, tuple[int, int]]]:
        """Every lesson, and (steps done, steps) of this person."""
        if language() not in self._read:
            self._read[language()] = list(by_name(language(), self.folder).values())
        return [(one, Play(one, self._kept(one.name)).progress()) for one in self._read[language()]]

    def begin(self, name: str) -> Network:
        """Open a lesson where it was left. Returns the circuit that it starts with. Raises `LuiError`."""
        lesson, self.home = open_lesson(name, language(), self.folder)
        self.play = self._resume(lesson)
        network = circuit(lesson, self.home, self.play.lot)
        self.names = tuple(network.names)
        self.forget()
        return network

    def reread(self) -> None:
        """The open lesson from its files once more, with all that was done. Raises `LuiError`."""
        if self.play is not None:
            lesson, _ = open_lesson(self.called, language(), self.folder)
            self.play = Play(lesson, self.play.to_dict())
            self._read.clear()

    @property
    def called(self) -> str:
        """How the open lesson is found again: its name, or the path of one from outside; "" for none."""
        if self.play is None:
            return ""
        return self.play.lesson.name if self.home.parent == self.folder else str(self.home.resolve())

    def leave(self) -> None:
        """Back to the list."""
        self.play, self.bench = None, {}
        self.forget()

    def reset(self) -> None:
        """The open lesson from its beginning."""
        if self.play is not None:
            self.play.reset()
            self.progress.reset(self.person, self.play.lesson.name)
            self._plan, self._running, self.bench = [], None, {}

    def speak(self) -> None:
        """The open lesson in the language in use."""
        if self.play is not None and self.play.lesson.language != language():
            self.play.lesson = open_lesson(self.called, language(), self.folder)[0]

    def rename(self, person: str) -> None:
        """Go on as somebody else; the open lesson is then where that person left it."""
        self.keep()
        self.person = person.strip() or NOBODY
        if self.play is not None:
            self.play = self._resume(self.play.lesson)

    def keep(self) -> None:
        """Put the open lesson on disk. Raises `FileError` once for each new reason."""
        if self.play is None:
            return
        left = {"circuit": self.bench} if self.bench else {}
        try:
            self.progress.keep(self.person, self.play.lesson.name, {**self.play.to_dict(), **left})
        except LuiError as error:
            _log.error("%s", error)
            if str(error) not in self._told:
                self._told.add(str(error))
                raise

    def _resume(self, lesson: Lesson) -> Play:
        kept = self._kept(lesson.name)
        circuit_ = kept.get("circuit") if kept is not None else None
        self.bench = circuit_ if isinstance(circuit_, dict) else {}
        return Play(lesson, kept)

    def _kept(self, lesson: str) -> dict[str, object] | None:
        try:
            return self.progress.get(self.person, lesson)
        except LuiError as error:
            _log.error("%s", error)
            return None

    # -- the stream ------------------------------------------------------------------------------------------------

    def forget(self) -> None:
        """Another stream began."""
        self.history.clear()
        self._plan, self._running, self._begun = [], None, ("", 0.0)

    def take(self, chunks: list[Chunk]) -> list[Command | Network]:
        """New chunks. Returns what is due by now, in order."""
        for chunk in chunks:
            self.history.take(chunk)
        now = self.history.now
        due = [what for at, what in self._plan if at <= now]
        self._plan = [(at, what) for at, what in self._plan if at > now]
        return due

    @property
    def own_circuit(self) -> bool:
        """Whether the open lesson brings a circuit of its own rather than an example."""
        return self.play is not None and self.play.lesson.circuit.endswith(".toml")

    @property
    def busy(self) -> bool:
        """Whether a prediction is being observed."""
        return self._running is not None

    def plan(self, acts: tuple[Act, ...], network: Network | None) -> float:
        """Do these acts from now on, one after the other. Returns how long that takes [s]."""
        if network is None:  # real boards: how they are wired isn't known, but what they are called is
            network = stand_in(self.history.neurons)
        at = 0.0
        for act in acts:
            if act.verb == "wait":
                at += act.value
                continue
            dues = commands(_as_here(act, self.names, network), network)
            for one in dues:
                self._plan.append((self.history.now + at + one.after, one.what))
                if isinstance(one.what, Network):
                    network = one.what
                elif isinstance(one.what, SetParameter):  # a wire that is drawn later keeps this turn
                    network = network.copy()
                    network.set_parameter(one.what.i_neuron, one.what.name, one.what.value)
            at += max((one.after for one in dues), default=0.0)
        return at

    def pointed(self, network: Network | None) -> tuple[int, str] | None:
        """Board and part that the present step is about; the part is empty where it is the whole board."""
        target = self.play.step.point_at if self.play is not None else ""
        name, part = (target, "") if target in self.names else target.rpartition(".")[::2]
        i_neuron = here(name, self.names, network)
        return (i_neuron, part) if i_neuron >= 0 else None

    # -- what is done --------------------------------------------------------------------------------------------------

    def run(self, task: Prediction, network: Network | None) -> None:
        """A prediction was locked: let it happen."""
        if not task.until:
            self._running = _Running(task, self.history.now)
        self.plan(task.acts, network)

    def observed(self) -> Prediction | None:
        """The prediction whose time is over by now, once; what was seen is in the play."""
        running = self._running
        if self.play is None:
            return None
        waiting = self.play.waiting()
        if waiting is not None:
            self.play.observe(waiting)
            return waiting
        if running is None or self.history.now < running.begun + running.task.seconds:
            return None
        self._running = None
        look = partial(self.history.sight, names=self.names)
        self.play.observe(running.task, seen_trace(look, running.task, running.begun))
        return running.task

    def look(self, network: Network | None, readings: Readings | None = None) -> dict[str, Verdict]:
        """Hold the goals of the present step against the stream, and against what pages and experiments say."""
        if self.play is None:
            return {}
        found = {}
        known = as_called(network, self.names)
        if self._begun[0] != self.play.step.id:
            self._begun = (self.play.step.id, self.history.now)
        here_for = self.history.now - self._begun[1]
        sights: dict[float, Sight | None] = {}
        for check in (t for t in self.play.step.tasks if isinstance(t, Check)):
            if check.seconds > _LONG and self.play.task_done(check):
                continue  # reached, and long stretches cost time
            seconds = check.seconds if METRICS[check.metric].whole else min(check.seconds, max(here_for, _LEAST))
            if seconds not in sights:
                sights[seconds] = self.history.sight(seconds, known, names=self.names)
            sight = sights[seconds]
            if check.metric == "reading":
                sight = Sight(blank(), known, {**(readings or {}), **self.play.readings()})
            if sight is not None:
                found[check.id] = self.play.look(check, sight)
        return found

    def enter(self, entry: Entry, typed: float, network: Network | None) -> Verdict:
        """Hold a measured number against the stream."""
        assert self.play is not None
        sight = self.history.sight(entry.seconds, as_called(network, self.names), names=self.names)
        if sight is None:
            return Verdict(False, float("nan"), tr("There is no signal yet."))
        return self.play.enter(entry, typed, sight)


def save_report(play: Play, person: str, folder: Path, word: str = "") -> list[Path]:
    """Write the report and the result sealed with the class's `word` into `folder`.

    Returns the files. Raises `FileError` or `OSError`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = datetime.now()
    stem = safe_name(f"{now:%Y-%m-%d %H.%M} {play.lesson.name} {'' if person == NOBODY else person}".strip())
    data = result(play, person, created=f"{now:%Y-%m-%d %H:%M}", word=word)
    page = free_path(folder, stem, ".html")
    page.write_text(report_sheet(play.lesson, data), encoding="utf-8")
    return [page, write_result(page.with_suffix(".json"), data)]


def here(name: str, names: tuple[str, ...], network: Network | None) -> int:
    """Which neuron of the bench a lesson means by `name`: by its name, else by its place in the text; −1 for none."""
    if network is None:
        return -1
    if name in network.names:
        return network.index(name)
    place = names.index(name) if name in names else -1
    return place if place < network.n_neurons else -1


def stand_in(names: tuple[str, ...]) -> Network:
    """Boards of these names, for commands to boards of which nothing else is known."""
    network = Network(model="lui")
    for name in names:
        network.neuron(name)
    return network


def by_hand(what: SetParameter, names: tuple[str, ...]) -> str:
    """What a person is to turn or flip on a board that can't be set by wire."""
    board = names[what.i_neuron] if what.i_neuron < len(names) else str(what.i_neuron + 1)
    if what.name.startswith("sign_"):
        sign = "+" if what.value > 0 else "−"
        return tr("By hand: put the switch of dendrite {n} of {board} to {sign}.",
                  n=what.name.removeprefix("sign_"), board=board, sign=sign)  # fmt: skip
    one = knob(what.name)
    return tr("By hand: turn {knob} of {board} to about {percent} %.",
              knob=tr(KNOB_LABELS[one.name]), board=board, percent=f"{one.percent(what.value):.0f}")  # fmt: skip


def as_called(network: Network | None, names: tuple[str, ...]) -> Network | None:
    """The circuit with its boards called as the lesson calls them."""
    if network is None or set(names) <= set(network.names) or len(names) > network.n_neurons:
        return network
    copy = network.copy()
    for i, name in enumerate(names):
        if name not in copy.names:
            copy.rename(i, name)
    return copy


def _as_here(act: Act, names: tuple[str, ...], network: Network) -> Act:
    """The act with the names that the boards have on this bench."""
    swap: Callable[[str], str] = lambda n: network.names[i] if (i := here(n, names, network)) >= 0 else n  # noqa: E731
    if ">" in act.target:
        pre, _, post = act.target.partition(">")
        name, dot, rest = post.rpartition(".")
        return replace(act, target=f"{swap(pre)}>{swap(name)}{dot}{rest}")
    name, dot, rest = act.target.rpartition(".")
    return replace(act, target=f"{swap(name)}{dot}{rest}" if dot else swap(act.target))
