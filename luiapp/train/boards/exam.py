"""How learned settings fare on many sets of boards, set by eye and by the pulse-count test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from luiapp.train.boards.circuit import Run, Verdict, judge, pulse_counts, tuned
from luiapp.train.boards.settings import LayerSettings
from luiapp.train.boards.tasks import BoardTask

SETS = 100


@dataclass(frozen=True, eq=False)
class Exam:
    """What came of it.

    Attributes
    ----------
    nominal : Verdict, of one set of perfect parts
    by_eye, by_test : Verdict, of sets of random parts whose trimmers were set by eye, and by the pulse-count test
    counts : for each wire the pulse with which a nominal board fires (None: never), and the LEDs lit at most
    """

    nominal: Verdict
    by_eye: Verdict
    by_test: Verdict
    counts: list[tuple[int | None, int]]


def examine(
    task: BoardTask, layers: Sequence[LayerSettings], run: Run, *, sets: int = SETS,
    tell: Callable[[float], None] | None = None,
) -> Exam:  # fmt: skip
    """Let `sets` sets of boards answer, lot after lot.

    Parameters
    ----------
    run : simulates boards, see `circuit`
    tell : callable, optional
        Gets the share that is done, after every set; what it raises ends the exam.
    """
    n = task.n_boards
    lots = [list(range(1 + k * n, 1 + (k + 1) * n)) for k in range(sets)]
    nominal = judge(task, layers, run, lots=[[0] * n])
    by_eye = judge(task, layers, run, lots=lots)
    counts = pulse_counts(layers, run)
    wanted = [pulse for pulse, _ in counts]
    ohms = []
    for k, lot in enumerate(lots):
        ohms.append(tuned(layers, run, lots=lot, wanted=wanted))
        if tell is not None:
            tell((k + 1) / sets)
    return Exam(nominal, by_eye, judge(task, layers, run, lots=lots, ohms=ohms), counts)
