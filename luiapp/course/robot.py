"""A robot that does a lesson: as it stands, nothing may be reached; with the solution, everything. On any rig."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from luiapp.course.acts import commands
from luiapp.course.checks import told
from luiapp.course.history import History
from luiapp.course.lab import Lab, Readings
from luiapp.course.lesson import Act, Button, Check, Entry, Experiment, Lesson, Prediction, Question, Step
from luiapp.course.metrics import measure, unit_of
from luiapp.course.play import Play
from luiapp.course.sight import Sight
from luiapp.course.trial import Found, settings
from luiapp.data.chunk import Chunk
from luiapp.data.recording import Recording, join
from luiapp.errors import FormatError, RigError
from luiapp.model.network import Network
from luiapp.stream.source import Rig
from luiapp.texts import tr

_MOST_READS = 200_000
_READ_OFF = 0.04  # how far off the robot reads a number, as a person with a cursor would
_TURNS = 24  # settings of a trimmer that it tries, from one end to the other, as a patient pupil would
_GLANCE = 1.0  # s: how long it waits at least before it looks
_START = 0.5  # s before it begins: a board fires once when it is switched on

Runner = Callable[[Experiment, dict[str, object]], Found]


@dataclass
class Outcome:
    """How it went: what is wrong, in sentences; how the play stands; and all that the rig sent."""

    messages: list[str] = field(default_factory=list)
    play: Play | None = None
    chunks: list[Chunk] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)  # s: when each step was judged
    readings: list[Readings] = field(default_factory=list)  # of pages and experiments, then

    def recording(self, network: Network | None = None) -> Recording:
        """Everything from the beginning, to be replayed."""
        return join(self.chunks, {} if network is None else {"network": network.to_dict()})


class Robot:
    """Does one lesson on one rig, whose source nobody else reads.

    Parameters
    ----------
    solve : bool
        Whether to do what the solution says; otherwise every step is looked at untouched.
    at : sequence of float
        On a replay: at what time [s] each step is judged, as the robot before it did.
    seen : sequence of readings
        On a replay: what pages and experiments then said.
    lab : Lab, optional
        Where pages are opened and something is learned.
    run : callable, optional
        Runs an experiment with its settings; without it, those stay undone.
    """

    def __init__(
        self, lesson: Lesson, rig: Rig, *, solve: bool = True, at: list[float] | None = None,
        seen: list[Readings] | None = None, lab: Lab | None = None, run: Runner | None = None,
    ) -> None:  # fmt: skip
        self._lesson, self._rig, self._solve, self._at = lesson, rig, solve, at
        self._seen, self._lab, self._run = seen, lab, run
        self._play = Play(lesson)
        self._history = History()
        tasks = [task for step in lesson.steps for task in step.tasks]
        self._asked = {t.options.get("of") for t in tasks if isinstance(t, Check) and t.metric == "reading"}
        self.outcome = Outcome(play=self._play)

    def run(self) -> Outcome:
        """All steps in order."""
        self._pass(_START)
        for i, step in enumerate(self._lesson.steps):
            if self._lab is not None and step.page:
                self._lab.open(step.page, step.link)
            if self._at is not None:
                self._pass(self._at[i] - self._history.now)
            elif self._solve:
                for act in self._lesson.solution.get(step.id, ()):
                    self._act(step, act)
            else:
                self._pass(max((t.seconds for t in step.tasks if isinstance(t, Check | Entry)), default=0.0))
                for task in (t for t in step.tasks if isinstance(t, Experiment) and t.id in self._asked):
                    self._experiment(task, {})  # as it is shipped
            self.outcome.ends.append(self._history.now)
            self.outcome.readings.append(self._readings() if self._seen is None else self._seen[i])
            self._judge(step)
            self._play.go(1)
        return self.outcome

    def _readings(self) -> Readings:
        pages = {} if self._lab is None else self._lab.readings()
        return {**pages, **self._play.readings()}

    def _sight(self, seconds: float) -> Sight | None:
        sight = self._history.sight(seconds, self._rig.network)
        return None if sight is None else replace(sight, readings=self.outcome.readings[-1])

    def _experiment(self, task: Experiment, given: dict[str, object]) -> None:
        if self._run is not None:
            set_to = settings(task, given)
            self._play.found(task, set_to, self._run(task, set_to))

    def _judge(self, step: Step) -> None:
        blind = self._at is not None and self._seen is None  # a recording knows nothing of pages and experiments
        for check in (t for t in step.tasks if isinstance(t, Check) and not (blind and t.metric == "reading")):
            sight = self._sight(check.seconds)
            verdict = self._play.look(check, sight) if sight is not None else None
            if self._solve and not (verdict is not None and verdict.ok):
                why = verdict.sentence if verdict is not None else "–"
                self.outcome.messages.append(tr("step '{step}', '{task}': the solution doesn't reach it. {why}",
                                                step=step.id, task=check.id, why=why))  # fmt: skip
            if not self._solve and verdict is not None and verdict.ok:
                self.outcome.messages.append(
                    tr("step '{step}', '{task}' is reached before anybody did anything ({value}): move the goal",
                       step=step.id, task=check.id, value=verdict.sentence))  # fmt: skip
        if self._solve and self._at is None:
            for task in step.tasks:
                if not isinstance(task, Check) and not self._play.task_done(task):
                    self.outcome.messages.append(tr("step '{step}': the solution leaves '{task}' open",
                                                    step=step.id, task=task.id))  # fmt: skip

    def _act(self, step: Step, act: Act) -> None:
        match act.verb:
            case "wait":
                self._pass(act.value)
            case "pick" | "draw" | "enter" | "press":
                self._task(step, act)
            case "tune":
                self._tune(step, act)
            case "run":
                self._task(step, act)
            case "knob" | "learn" | "go":
                if self._lab is None:
                    raise FormatError("the solution of step '{step}' needs a page to act on, which no step opens",
                                      step=step.id)  # fmt: skip
                self._lab.obey(act)
            case _:
                self._send(act)

    def _tune(self, step: Step, act: Act) -> None:
        """Turn a trimmer, little by little, until a goal is reached; if it never is, `_judge` says so."""
        goal = next((t for t in step.tasks if t.id == act.goal and isinstance(t, Check)), None)
        if goal is None:
            raise FormatError("the solution of step '{step}' can't {verb} '{task}'", step=step.id, verb=act.verb,
                              task=act.goal)  # fmt: skip
        first, last = act.times
        for k in range(_TURNS + 1):
            self._send(Act("turn", act.target, first + (last - first) * k / _TURNS))
            begun = self._history.now
            if act.press:
                self._pass(0.3)
                self._task(step, Act("press", act.press))
            over = begun + goal.seconds - self._history.now  # what was pressed for is to be still in sight
            self._pass(max(over, _GLANCE))
            sight = self._history.sight(goal.seconds, self._rig.network)
            if sight is not None and self._play.look(goal, sight).ok:
                return

    def _task(self, step: Step, act: Act) -> None:
        task = next((t for t in step.tasks if t.id == act.target), None)
        if isinstance(task, Button) and act.verb == "press":
            for one in task.acts:
                self._act(step, one)
        elif isinstance(task, Experiment) and act.verb == "run":
            self._experiment(task, act.given)
        elif isinstance(task, Question) and act.verb == "pick":
            self._play.answer(task, round(act.value) - 1, round(act.times[0] if act.times else 1) - 1)
        elif isinstance(task, Prediction) and act.verb in ("pick", "draw"):
            self._predict(step, task, act)
        elif isinstance(task, Entry) and act.verb == "enter":
            self._enter(step, task)
        else:
            raise FormatError("the solution of step '{step}' can't {verb} '{task}'", step=step.id, verb=act.verb,
                              task=act.target)  # fmt: skip

    def _predict(self, step: Step, task: Prediction, act: Act) -> None:
        middle = (task.low + task.high) / 2
        drawn = [(0.0, middle), (task.seconds, middle)] if task.kind == "draw" else []
        acts = self._play.lock(task, option=round(act.value) - 1,
                               reason=round(act.times[0] if act.times else 1) - 1, drawn=drawn)  # fmt: skip
        begun = self._history.now
        for one in acts:
            self._act(step, one)
        self._pass(begun + task.seconds - self._history.now)
        seen = seen_trace(self._history.sight, task, begun)
        self._play.observe(task, seen)

    def _enter(self, step: Step, task: Entry) -> None:
        sight = self._history.sight(task.seconds, self._rig.network)
        value = math.nan if sight is None else measure(task.metric, sight, task.options)
        if sight is None or math.isnan(value):
            self.outcome.messages.append(tr("step '{step}', '{task}': there is nothing to measure",
                                            step=step.id, task=task.id))  # fmt: skip
            return
        wrong = self._play.enter(task, value * (1 + 3 * task.tolerance), sight)
        right = self._play.enter(task, value * (1 + _READ_OFF), sight)
        if wrong.ok or not right.ok:
            self.outcome.messages.append(tr("step '{step}', '{task}': {value} read off 4 % wrong isn't judged well",
                                            step=step.id, task=task.id,
                                            value=told(value, unit_of(task.metric, task.options))))  # fmt: skip

    def _send(self, act: Act) -> None:
        network = self._rig.network
        if network is None:
            return
        begun = self._history.now
        for due in commands(act, network):
            self._pass(begun + due.after - self._history.now)
            try:
                if isinstance(due.what, Network):
                    self._rig.apply(due.what)
                else:
                    self._rig.send(due.what)
            except RigError as error:  # a replay can't be turned, and needn't be
                if self._rig.kind != "replay":
                    raise error
        self._pass(1e-6)

    def _pass(self, seconds: float) -> None:
        """Read until so much of the rig's own time has passed."""
        goal = self._history.now + seconds
        for _ in range(_MOST_READS):
            if self._history.now >= goal - 1e-9:
                return
            chunk = self._rig.source.read(0.05)
            if chunk is not None:
                self._history.take(chunk)
                self.outcome.chunks.append(chunk)
        raise RigError("'{name}' stands still", name=self._rig.name)


def seen_trace(look: Callable[..., Sight | None], task: Prediction, begun: float) -> list[tuple[float, float]]:
    """(s, V) of the membrane that a drawn prediction is about, from when it began; `look` is a history's `sight`."""
    if not task.neuron:
        return []
    sight = look(task.seconds, until=begun + task.seconds)
    if sight is None or task.neuron not in sight.recording.layout.neurons:
        return []
    values = sight.trace(task.neuron)
    times = sight.recording.time - begun
    return [(float(t), float(v)) for t, v in zip(times, values, strict=False) if math.isfinite(v)]


def play_both(
    lesson: Lesson, make: Callable[[], Rig], *, lab: Callable[[], Lab] | None = None, run: Runner | None = None
) -> tuple[list[str], Outcome]:
    """What is wrong with a lesson on the rigs that `make` makes: untouched it must fail, solved it must pass.

    `lab` makes what pages of the window stand for, `run` runs experiments; see `Robot`.
    """
    messages: list[str] = []
    outcome = Outcome()
    for solve in (False, True):
        rig, pages = make(), None if lab is None else lab()
        try:
            outcome = Robot(lesson, rig, solve=solve, lab=pages, run=run).run()
        finally:
            rig.close()
            if pages is not None:
                pages.close()
        messages += outcome.messages
    return messages, outcome
