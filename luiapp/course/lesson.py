"""What a lesson is made of. Values; `reading` makes them from files, `play` walks through them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from luiapp.course.markdown import Block

PERSON_HINTS = 3  # every check has as many, each telling more than the one before


@dataclass(frozen=True)
class Act:
    """Something that is done to the bench: ``verb`` and the numbers or names it needs (see `acts`)."""

    verb: str
    target: str = ""
    value: float = 0.0
    times: tuple[float, ...] = ()
    goal: str = ""  # of a robot that turns until a check is reached: which, and the button it presses before it looks
    press: str = ""
    words: str = ""  # of a page's knob that is set to a word
    given: dict[str, Any] = field(default_factory=dict)  # what an experiment's knobs are set to


@dataclass(frozen=True)
class Question:
    """An answer and a reason to pick. `answer` and `reason` count from 0."""

    id: str
    text: str
    options: tuple[str, ...]
    answer: int
    reasons: tuple[str, ...]
    reason: int
    explain: str


@dataclass(frozen=True)
class Prediction:
    """Something to commit to before it runs.

    Attributes
    ----------
    kind : str
        ``"pick"`` (one of `options` and a reason) or ``"draw"`` (a trace over `seconds`, between `low` and `high` V).
    acts : tuple of Act
        What then happens.
    until : str
        The experiment or check of the same step with which it is observed; by default that is so after `seconds`.
    """

    id: str
    kind: str
    text: str
    explain: str
    acts: tuple[Act, ...]
    seconds: float
    options: tuple[str, ...] = ()
    answer: int = -1
    reasons: tuple[str, ...] = ()
    reason: int = -1
    neuron: str = ""
    low: float = 0.0
    high: float = 0.0
    until: str = ""


@dataclass(frozen=True)
class Check:
    """A goal that the running circuit is held against: `metric` between `low` and `high`.

    Attributes
    ----------
    seconds : float
        How much of the latest stream is looked at.
    below, above : str
        Why it isn't there yet, with ``{value}``.
    missing : str
        What has to happen first, where there is nothing to tell yet.
    """

    id: str
    text: str
    metric: str
    options: dict[str, Any]
    low: float
    high: float
    seconds: float
    below: str
    above: str
    hints: tuple[str, ...]
    missing: str = ""


@dataclass(frozen=True)
class Entry:
    """A number that the learner has measured, held against what the stream itself says (`metric`)."""

    id: str
    text: str
    unit: str
    metric: str
    options: dict[str, Any]
    tolerance: float  # fraction of the value
    seconds: float
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Button:
    """Something that the lesson offers to do: a press runs its acts."""

    id: str
    text: str
    acts: tuple[Act, ...]


@dataclass(frozen=True)
class Experiment:
    """A function of the lesson's ``experiment.py`` that is run with what its knobs are set to.

    Attributes
    ----------
    id : str
        The function's name, with ``-`` for ``_``.
    knobs : tuple of str
        ``rate 0..1 0.5`` (range and beginning) or ``rule true|surrogate true``; see `trial.Knob`.
    names : tuple of str
        What each knob is called, and behind a colon its words: ``Rule: true slope|surrogate``.
    values : tuple of str
        Numbers that come out, with their unit: ``right %``.
    axes : tuple of str
        What stands along the figure's two axes; none: no figure.
    curves : tuple of str
        Curves that come out.
    seconds : float
        How long it may take.
    """

    id: str
    text: str
    seconds: float
    knobs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    value_names: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    curve_names: tuple[str, ...] = ()


Task = Question | Prediction | Check | Entry | Button | Experiment
TASKS: dict[str, type[Any]] = {"question": Question, "predict": Prediction, "check": Check, "entry": Entry,
                               "button": Button, "experiment": Experiment}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step: what stands there, in order."""

    id: str
    title: str
    minutes: int
    parts: tuple[Block | Task, ...]
    point_at: str = ""  # what the bench is to highlight, such as "N1.leak"
    page: str = ""  # a page of the window that stands beside the lesson instead of the bench, such as "learn"
    link: str = ""  # that page's set-up
    scope: float = 0.0  # s that the scope is to show at once; 0: as it is

    @property
    def tasks(self) -> list[Task]:
        """All there is to do."""
        return [part for part in self.parts if not isinstance(part, Block)]


@dataclass(frozen=True)
class Lesson:
    """A lesson in one language.

    Attributes
    ----------
    circuit : str
        An example's key, or the name of a network file in the lesson's folder.
    solution : dict
        What the robot does in each step, by the step's id.
    teacher : str
        The teacher's page, as it stands in its file.
    by_chance : bool
        Everybody gets boards of other parts, and points are counted.
    quiet : str
        "always": answers are never marked; "until-done": only once all questions are answered; "": at once.
    free : tuple of str
        What a teacher's lock leaves free; none: what its steps use (see `lock`).
    """

    name: str
    language: str
    title: str
    about: str
    circuit: str
    steps: tuple[Step, ...]
    solution: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    teacher: tuple[Block, ...] = ()
    quiet: str = ""
    by_chance: bool = False
    free: tuple[str, ...] = ()

    @property
    def minutes(self) -> int:
        """How long it takes, all steps together."""
        return sum(step.minutes for step in self.steps)

    def task(self, id_: str) -> Task:
        """The task of that name."""
        return next(task for step in self.steps for task in step.tasks if task.id == id_)
