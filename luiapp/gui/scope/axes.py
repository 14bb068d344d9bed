"""Axes: round ranges, ticks and numbers. No Qt."""

from __future__ import annotations

import math

from luiapp.texts import language

WINDOWS = tuple(float(f"{m}e{e}") for e in (-3, -2, -1, 0, 1, 2) for m in (1, 2, 5))  # s
LONGEST = 600.0  # s, the last of the windows


def nice_step(span: float, n_most: int) -> float:
    """The smallest step of 1, 2 or 5 times a power of ten that divides `span` into at most `n_most` parts."""
    least = span / max(n_most, 1)
    if not (least > 0 and math.isfinite(least)):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    for factor in (1, 2, 5):
        if factor * power >= least * (1 - 1e-9):
            return factor * power
    return 10 * power


def ticks(low: float, high: float, n_most: int) -> tuple[list[float], int]:
    """Round values in [low, high], at most `n_most` + 1 of them, and the decimal places they need."""
    step = nice_step(high - low, n_most)
    first = math.ceil(low / step - 1e-6)
    last = math.floor(high / step + 1e-6)
    return [i * step for i in range(first, last + 1)], places(step)


def places(step: float) -> int:
    """Decimal places that tell multiples of a round `step` apart."""
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0


def round_range(low: float, high: float) -> tuple[float, float]:
    """A range with round ends that holds [low, high] with a little air; never empty."""
    if not (math.isfinite(low) and math.isfinite(high)) or high < low:
        return 0.0, 1.0
    span = max(high - low, 1e-3, 1e-6 * abs(high))
    step = nice_step(span, 4) / 2
    bottom = math.floor((low - 0.01 * span) / step) * step
    if low >= 0 and bottom < 0:
        bottom = 0.0
    return bottom, max(math.ceil((high + 0.02 * span) / step), bottom / step + 1) * step


class Follower:
    """An axis that follows its data: wider at once, narrower only after some calm.

    Attributes
    ----------
    limits : (low, high)
    """

    def __init__(self) -> None:
        self.limits = (0.0, 1.0)
        self._calm = 0

    def follow(self, low: float, high: float, *, at_once: bool = False) -> bool:
        """Data that reach from `low` to `high`. Returns whether the axis changed."""
        bottom, top = round_range(low, high)
        now = self.limits
        fits = bottom >= now[0] - 1e-9 and top <= now[1] + 1e-9
        self._calm = self._calm + 1 if fits and top - bottom < 0.7 * (now[1] - now[0]) else 0
        if fits and self._calm <= 10 and not at_once:
            return False
        self._calm = 0
        self.limits = (bottom, top)
        return self.limits != now


def next_window(window: float, direction: int) -> float:
    """The next longer (+1) or shorter (−1) window of 1, 2, 5, 10 … and at most ten minutes."""
    choices = [*WINDOWS[:-1], LONGEST]
    if direction > 0:
        return next((w for w in choices if w > window * 1.001), LONGEST)
    return next((w for w in reversed(choices) if w < window * 0.999), choices[0])


def number(value: float, n_places: int) -> str:
    """A number in the reader's language, with a true minus sign; a dash for not-a-number."""
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):.{n_places}f}"
    if language() == "de":
        text = text.replace(".", ",")
    return f"−{text}" if value < 0 and float(f"{abs(value):.{n_places}f}") != 0 else text


def decimal() -> str:
    """The decimal mark of the reader's language."""
    return "," if language() == "de" else "."


def duration(seconds: float) -> str:
    """A round duration, such as ``5 ms``, ``2 s`` or ``10 min``."""
    if seconds < 1:
        return f"{number(seconds * 1e3, 0 if seconds >= 1e-3 else 1)} ms"
    if seconds >= 120 and seconds % 60 == 0:
        return f"{seconds / 60:.0f} min"
    return f"{number(seconds, 0 if seconds == round(seconds) else 1)} s"
