"""A goal held against the stream: reached or not, and why it isn't there yet."""

from __future__ import annotations

import math
from dataclasses import dataclass

from luiapp.course.lesson import Check, Entry
from luiapp.course.metrics import METRICS, measure, unit_of
from luiapp.course.sight import Sight
from luiapp.texts import language, mark, tr
from luiapp.units import format_quantity

_ENOUGH = 0.98  # of the stretch that a check wants to see
_SILENT = mark("Nothing to measure yet: do what the text says, and wait. The last {seconds} s are looked at.")


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes
    ----------
    ok : bool
    value : float
        In the metric's unit; not-a-number where there is nothing to tell.
    sentence : str
        For the learner: the value where it is reached, else why it isn't there yet.
    """

    ok: bool
    value: float
    sentence: str


def told(value: float, unit: str, *, fine: bool = False) -> str:
    """A number with its unit, as the language in use writes it; large ones with decimals only where `fine`."""
    decimal = "," if language() == "de" else "."
    if unit in ("", "%"):
        whole = abs(value - round(value)) < 0.005 or (abs(value) >= 20 and not fine)
        number = f"{value:.0f}" if whole else f"{value:.2f}".rstrip("0")
        return number.replace(".", decimal).replace("-", "−") + (" %" if unit == "%" else "")
    return format_quantity(value, unit, 3, decimal)


def judge(check: Check, sight: Sight) -> Verdict:
    """Hold `check` against what is seen."""
    value = measure(check.metric, sight, check.options)
    unit = unit_of(check.metric, check.options)
    if math.isnan(value) or (METRICS[check.metric].whole and not _long_enough(check.seconds, sight)):
        return Verdict(False, math.nan, check.missing or tr(_SILENT, seconds=told(check.seconds, "")))
    if check.low <= value <= check.high:
        return Verdict(True, value, told(value, unit))
    sentence, bound = (check.below, check.low) if value < check.low else (check.above, check.high)
    near = told(value, unit) == told(bound, unit)  # such as 79.6 of the 80 % that are wanted
    # Only this one word is filled in: a lesson from outside isn't handed to a formatter.
    return Verdict(False, value, sentence.replace("{value}", told(value, unit, fine=near)))


def judge_entry(entry: Entry, typed: float, sight: Sight) -> Verdict:
    """Hold a number that the learner has measured against what the stream says."""
    value = measure(entry.metric, sight, entry.options)
    if math.isnan(value) or not _long_enough(entry.seconds, sight):
        return Verdict(False, math.nan, tr(_SILENT, seconds=told(entry.seconds, "")))
    off = (typed - value) / abs(value) if value else math.inf
    here = told(typed, entry.unit)
    if abs(off) <= entry.tolerance:
        return Verdict(True, value, tr("{typed} is right; the program measures {value}.", typed=here,
                                       value=told(value, entry.unit)))  # fmt: skip
    if off > 0:
        return Verdict(False, value, tr("{typed} is too much; measure once more.", typed=here))
    return Verdict(False, value, tr("{typed} is too little; measure once more.", typed=here))


def _long_enough(seconds: float, sight: Sight) -> bool:
    return sight.recording.duration >= _ENOUGH * seconds
