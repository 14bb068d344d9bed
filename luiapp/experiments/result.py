"""What an experiment says on its way, and what it ends with: points, theory, fit, residuals, a summary, files."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from luiapp.texts import language, mark, tr
from luiapp.units import format_quantity

State = Literal["determined", "ambiguous", "undetermined"]


@dataclass(frozen=True)
class Axis:
    """What is plotted along one direction: a name (marked) and an SI unit."""

    name: str
    unit: str


@dataclass(frozen=True)
class Progress:
    """How far it is (0…1), what it does at present, the point just measured, if one was, and what its axes are."""

    fraction: float
    text: str
    point: tuple[float, float] | None = None
    axes: tuple[Axis, Axis] | None = None


@dataclass(frozen=True)
class Request:
    """Something that a hand must do before the experiment goes on, in words."""

    fraction: float
    text: str


@dataclass(frozen=True)
class Quantity:
    """One number of the result.

    Attributes
    ----------
    value, error : float
        In `unit`; the standard error is not-a-number where there is none. Both are not-a-number if the data don't
        determine it.
    about : str
        What it is (marked).
    state : str
        ``"determined"``; ``"ambiguous"``, if the data allow another value as well; ``"undetermined"``.
    reason : str
        Why it isn't determined (a whole sentence, already in the reader's language).
    """

    name: str
    value: float
    unit: str
    error: float
    about: str
    state: State = "determined"
    reason: str = ""

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.value - 1.96 * self.error

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.value + 1.96 * self.error

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        interval = [self.low, self.high] if math.isfinite(self.error) else None
        return {"name": self.name, "value": self.value, "unit": self.unit, "standard_error": self.error,
                "interval_95": interval, "state": self.state, "about": tr(self.about),
                "reason": self.reason}  # fmt: skip

    def told(self) -> str:
        """Such as ``tau_mem = 201 ms ± 1.20 ms (membrane time constant)``."""
        if self.state == "undetermined" or not math.isfinite(self.value):
            return f"{self.name}: {self.reason or tr('not determined by these data')} ({tr(self.about)})"
        text = f"{self.name} = {told(self.value, self.unit, 4)}"
        if math.isfinite(self.error):
            text += f" ± {told(self.error, self.unit, 2)}"
        return f"{text} ({tr(self.about)})" + (f"; {self.reason}" if self.reason else "")


def undetermined(name: str, unit: str, about: str, reason: str) -> Quantity:
    """A quantity that these data don't determine, and why."""
    return Quantity(name, math.nan, unit, math.nan, about, "undetermined", reason)


def _none() -> NDArray[np.float64]:
    return np.empty(0, np.float64)


@dataclass(frozen=True, repr=False)
class Result:
    """What an experiment ends with.

    Attributes
    ----------
    experiment : str
    x, y : Axis
    points : (n, 3) float64
        x, y and the standard error of y (not-a-number where unknown).
    theory, fit : (k, 2) float64
        Curves: what is expected from the parameters as they are set, and what was fitted; empty where there is none.
    residuals : (n,) float64
        Measured minus fitted, in the unit of y; empty without a fit.
    parameters : tuple of Quantity
    notes : tuple of str
        What else must be said, in the reader's language.
    more : dict
        For machines, JSON-ready; such as the trimmers of a twin.
    """

    experiment: str
    x: Axis
    y: Axis
    points: NDArray[np.float64]
    theory: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    fit: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    residuals: NDArray[np.float64] = field(default_factory=_none)
    parameters: tuple[Quantity, ...] = ()
    notes: tuple[str, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Result of '{self.experiment}': {len(self.points)} points, {len(self.parameters)} parameters>"

    @property
    def rms_residual(self) -> float:
        """Root mean square of the residuals, in the unit of y; not-a-number without a fit."""
        found = self.residuals[np.isfinite(self.residuals)]
        return float(np.sqrt(np.mean(found**2))) if len(found) else math.nan

    def parameter(self, name: str) -> Quantity:
        """The quantity called `name`. Raises `KeyError` where there is none."""
        for one in self.parameters:
            if one.name == name:
                return one
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; what is not a number becomes null where it is written."""
        return {
            "experiment": self.experiment,
            "x": {"name": tr(self.x.name), "unit": self.x.unit},
            "y": {"name": tr(self.y.name), "unit": self.y.unit},
            "points": [{"x": x, "y": y, "error": e} for x, y, e in self.points.tolist()],
            "theory": {"x": self.theory[:, 0].tolist(), "y": self.theory[:, 1].tolist()},
            "fit": {"x": self.fit[:, 0].tolist(), "y": self.fit[:, 1].tolist()},
            "residuals": self.residuals.tolist(),
            "rms_residual": self.rms_residual,
            "parameters": [one.to_dict() for one in self.parameters],
            "notes": list(self.notes),
            "summary": self.summary(),
            **self.more,
        }

    def summary(self) -> list[str]:
        """Lines for people."""
        lines = [tr(_POINTS, n=len(self.points), y=tr(self.y.name), x=tr(self.x.name))]
        lines += [one.told() for one in self.parameters]
        if math.isfinite(self.rms_residual):
            lines.append(tr("What the fit leaves: {rms} rms", rms=told(self.rms_residual, self.y.unit, 2)))
        return [*lines, *self.notes]

    def rows(self) -> Iterator[list[str]]:
        """The points as lines of a table, with their header: x, y, error, fit residual. Numbers in SI."""
        residuals = self.residuals if len(self.residuals) == len(self.points) else np.full(len(self.points), np.nan)
        yield [_column(self.x), _column(self.y), "standard_error", "residual"]
        for (x, y, error), residual in zip(self.points.tolist(), residuals.tolist(), strict=True):
            yield ["" if math.isnan(value) else repr(value) for value in (x, y, error, residual)]


_POINTS = mark("{n} points: {y} against {x}")


def _column(axis: Axis) -> str:
    return f"{axis.name.replace(' ', '_')}_{axis.unit}" if axis.unit else axis.name.replace(" ", "_")


def told(value: float, unit: str, digits: int = 3) -> str:
    """A quantity in the reader's language."""
    return format_quantity(value, unit, digits, decimal="," if language() == "de" else ".")
