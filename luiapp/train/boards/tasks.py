"""What a handful of boards can learn: patterns of pulses, and which board shall answer to each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.texts import mark

_BEGIN = 50e-3  # s, when the first pulse of a pattern comes
_APART = 150e-3  # s, pulses that are not meant to meet


@dataclass(frozen=True, eq=False)
class BoardTask:
    """Patterns and answers.

    Attributes
    ----------
    key, title : str
        Its name on the command line, and for people (to be translated where it is shown).
    times : (n_patterns, n_in) float64
        When each input gives its pulse [s]; infinite: not at all.
    targets : (n_patterns, n_out) bool
        Whether each output board shall fire.
    inputs, outputs : tuple of str
        Names of the inputs and of the output boards.
    hidden : int
        Boards between them.
    duration : float
        Of a pattern [s].
    """

    key: str
    title: str
    times: NDArray[np.float64]
    targets: NDArray[np.bool_]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    hidden: int = 0
    duration: float = 0.3

    @property
    def sizes(self) -> tuple[int, ...]:
        """Inputs, then the boards of each layer."""
        return (len(self.inputs), *((self.hidden,) if self.hidden else ()), len(self.outputs))

    @property
    def n_boards(self) -> int:
        """Boards that it takes."""
        return sum(self.sizes[1:])


def board_task(key: str, *, hidden: int | None = None) -> BoardTask:
    """The task called `key`, with another number of hidden boards if asked for."""
    if key not in TASKS:
        raise ParameterError("there is no task '{name}'; there are {names}", name=key, names=", ".join(TASKS))
    task = TASKS[key]()
    if hidden is None:
        return task
    if not 0 <= hidden <= 64:
        raise ParameterError("'{name}' must lie between {low} and {high}, not {value}",
                             name="hidden", low=0, high=64, value=hidden)  # fmt: skip
    return BoardTask(task.key, task.title, task.times, task.targets, task.inputs, task.outputs, hidden, task.duration)


def _switches(n: int) -> NDArray[np.bool_]:
    return np.array(list(itertools.product((False, True), repeat=n)))


def _at_once(on: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.where(on, _BEGIN, math.inf)


def _coincidence() -> BoardTask:
    """Two pulses together, one alone, or both apart."""
    never, late = math.inf, _BEGIN + _APART
    times = [(_BEGIN, _BEGIN), (_BEGIN, _BEGIN + 10e-3), (_BEGIN + 10e-3, _BEGIN),
             (_BEGIN, never), (never, _BEGIN), (_BEGIN, late), (late, _BEGIN), (never, never)]  # fmt: skip
    targets = np.arange(len(times))[:, None] < 3
    return BoardTask("coincidence", mark("two pulses at the same time"), np.array(times), targets, ("A", "B"), ("OUT",),
                     duration=0.4)  # fmt: skip


def _majority() -> BoardTask:
    on = _switches(3)
    return BoardTask("majority", mark("two out of three"), _at_once(on), on.sum(axis=1, keepdims=True) >= 2,
                     ("A", "B", "C"), ("OUT",))  # fmt: skip


def _xor() -> BoardTask:
    on = _switches(2)
    return BoardTask("xor", mark("one or the other, but not both"), _at_once(on), on.sum(axis=1, keepdims=True) == 1,
                     ("A", "B"), ("OUT",), hidden=2)  # fmt: skip


def _order() -> BoardTask:
    """Which of two pulses came first, 20 to 60 ms before the other."""
    gaps = (20e-3, 30e-3, 40e-3, 60e-3)
    times = [(_BEGIN, _BEGIN + gap) for gap in gaps] + [(_BEGIN + gap, _BEGIN) for gap in gaps]
    first = np.arange(len(times)) < len(gaps)
    return BoardTask("order", mark("which pulse came first"), np.array(times), np.column_stack([first, ~first]),
                     ("A", "B"), ("A first", "B first"))  # fmt: skip


def _bars() -> BoardTask:
    """Four pixels in a square, two of them lit: a row, a column or a diagonal."""
    pairs = [(0, 1), (2, 3), (0, 2), (1, 3), (0, 3), (1, 2)]
    on = np.array([[pixel in pair for pixel in range(4)] for pair in pairs])
    targets = np.repeat(np.eye(3, dtype=bool), 2, axis=0)
    return BoardTask("bars", mark("rows, columns and diagonals of four pixels"), _at_once(on), targets,
                     ("P11", "P12", "P21", "P22"), ("row", "column", "diagonal"), hidden=6)  # fmt: skip


TASKS: dict[str, Callable[[], BoardTask]] = {
    "coincidence": _coincidence,
    "majority": _majority,
    "xor": _xor,
    "order": _order,
    "bars": _bars,
}
