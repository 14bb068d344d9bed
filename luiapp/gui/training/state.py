"""What happened in a run, where the window stands in it, and the knobs with their undo. No Qt, no thread."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.gui.training.setup_state import Setup, turned

MOST_MARKS = 400  # of a run that are kept with their weights
MOST_BYTES = 64_000_000  # of all their weights together
_LEAST_MARKS = 16
_EARLY = 34  # mini-batches of the beginning, in which marks lie denser


@dataclass(frozen=True, eq=False)
class Mark:
    """A moment of a run to which the timeline can go back.

    Attributes
    ----------
    n_batches : int; epochs : float, how far the run has come; seconds : float, spent with learning
    loss, accuracy : of unseen samples; spikes : of hidden neurons per sample
    learned : float, share of the samples learned last that were right before; not-a-number at the start
    confusion : (n_classes, n_classes) int, unseen samples by true class (rows) and answer
    weight : the parameters
    run : int, which run of its thread it belongs to
    """

    n_batches: int
    epochs: float
    seconds: float
    loss: float
    accuracy: float
    spikes: float
    learned: float
    confusion: NDArray[np.int64]
    weight: NDArray[Any]
    run: int = 0


def due(n_batches: int, ends_epoch: bool) -> bool:
    """Whether a mark is to be set: at the end of every epoch, and before that at 1, 2, 4, 8, 16."""
    return ends_epoch or (0 < n_batches < _EARLY and n_batches & (n_batches - 1) == 0)


def thinned(marks: Sequence[Mark]) -> list[Mark]:
    """Every second mark of a history that has grown too long or too large; the first and the last stay."""
    most = min(MOST_MARKS, max(_LEAST_MARKS, MOST_BYTES // max(marks[0].weight.nbytes, 1))) if marks else 0
    if len(marks) <= most:
        return list(marks)
    kept = list(marks[::2])
    return kept if kept[-1] is marks[-1] else [*kept, marks[-1]]


def confusion(labels: NDArray[np.int64], answers: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    """(n_classes, n_classes) samples by true class and answer; those without an answer count nowhere."""
    said = answers >= 0
    flat = np.bincount(labels[said] * n_classes + answers[said], minlength=n_classes * n_classes)
    return flat.reshape(n_classes, n_classes).astype(np.int64)


def history_csv(marks: Sequence[Mark], *, german: bool = False) -> str:
    """The history as a table; with decimal commas and semicolons if `german`."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if german else ",", lineterminator="\r\n")
    writer.writerow(["batches", "epochs", "seconds", "loss", "accuracy", "spikes_per_sample", "accuracy_training"])
    for one in marks:
        values = [f"{one.epochs:.4f}", f"{one.seconds:.4f}", f"{one.loss:.6g}", f"{one.accuracy:.4f}",
                  f"{one.spikes:.3f}", "" if math.isnan(one.learned) else f"{one.learned:.4f}"]  # fmt: skip
        writer.writerow([str(one.n_batches), *(v.replace(".", ",") if german else v for v in values)])
    return out.getvalue()


class Studio:
    """The knobs, their undo, and where on the timeline the window stands.

    Attributes
    ----------
    setup : Setup
    marks : list of Mark, of the present run
    at : int or None, the mark that is looked at; None: the present
    """

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()
        self.marks: list[Mark] = []
        self.at: int | None = None
        self._before: list[Setup] = []
        self._after: list[Setup] = []

    def turn(self, name: str, value: Any) -> bool:
        """One knob to another value. Returns whether anything changed.

        Raises
        ------
        ParameterError
            If it can't be.
        """
        return self.put(turned(self.setup, name, value))

    def put(self, setup: Setup) -> bool:
        """Another set-up, as one step of undo. Returns whether it is another."""
        if setup == self.setup:
            return False
        self._before.append(self.setup)
        self._after.clear()
        self.setup = setup
        return True

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._after)

    def undo(self) -> bool:
        """The set-up before. Returns whether there was one."""
        if self._before:
            self._after.append(self.setup)
            self.setup = self._before.pop()
            return True
        return False

    def redo(self) -> bool:
        """What was undone last. Returns whether there was anything."""
        if self._after:
            self._before.append(self.setup)
            self.setup = self._after.pop()
            return True
        return False

    # -- timeline ------------------------------------------------------------------------------------------------

    def take(self, marks: list[Mark]) -> None:
        """The history as it is now; where the window looks at a mark, it stays with that moment."""
        before, self.marks = self.marks, marks
        if self.at is not None:
            seen = before[min(self.at, len(before) - 1)] if before else None
            epochs = [one.epochs for one in marks]
            same_run = bool(marks) and seen is not None and bool(before) and marks[0] is before[0]
            self.go(int(np.abs(np.array(epochs) - seen.epochs).argmin()) if same_run and seen is not None else None)

    @property
    def mark(self) -> Mark | None:
        """The moment that is shown: the one looked at, or the latest."""
        if not self.marks:
            return None
        return self.marks[-1 if self.at is None else min(self.at, len(self.marks) - 1)]

    def go(self, at: int | None) -> None:
        """Look at mark `at`; the last one, or None, is the present."""
        self.at = None if at is None or at >= len(self.marks) - 1 else max(at, 0)


def readings(
    setup: Setup, epochs: float, accuracy: float, loss: float, spikes: float, parameters: int
) -> dict[str, float | str]:
    """What a lesson may read off the page: the knobs, and how well it does; accuracy in percent of unseen samples."""
    knobs = {name: float(v) if isinstance(v, bool | int | float) else v for name, v in asdict(setup).items()}
    return {**knobs, "epochs": epochs, "accuracy": 100 * accuracy, "loss": loss, "spikes": spikes,
            "parameters": float(parameters)}  # fmt: skip
