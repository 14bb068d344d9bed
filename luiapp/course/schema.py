"""What may stand in a lesson's fences, and what of it is text: the German page holds the texts alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from luiapp.course.lesson import PERSON_HINTS, Act
from luiapp.errors import FormatError
from luiapp.texts import mark, tr

MOST_TEXT = 2000  # characters of one text
MOST_ITEMS = 40


@dataclass(frozen=True)
class Key:
    """A key of a fence: what it holds (``text``, ``texts``, ``number``, ``count``, ``acts``, ``table``)."""

    holds: str
    needed: bool = True
    is_text: bool = False


_TEXT, _TEXTS = Key("text", is_text=True), Key("texts", is_text=True)
_MAYBE_TEXT, _MAYBE_TEXTS = Key("text", False, True), Key("texts", False, True)
_ID = Key("text")
_NUMBER, _COUNT = Key("number"), Key("count")
_MAYBE, _MAYBE_NUMBER, _MAYBE_COUNT = Key("text", False), Key("number", False), Key("count", False)
FENCES: dict[str, dict[str, Key]] = {
    "lesson": {"about": _TEXT, "circuit": _ID, "parts": _MAYBE, "free": Key("texts", False)},
    "step": {"minutes": _COUNT, "point_at": _MAYBE, "page": _MAYBE, "link": _MAYBE,
             "scope": _MAYBE_NUMBER},
    "question": {"id": _ID, "text": _TEXT, "options": _TEXTS, "answer": _COUNT, "reasons": _TEXTS, "reason": _COUNT,
                 "explain": _TEXT},
    "predict": {"id": _ID, "kind": _ID, "text": _TEXT, "explain": _TEXT, "seconds": _NUMBER, "do": Key("acts"),
                "options": _MAYBE_TEXTS, "answer": _MAYBE_COUNT, "reasons": _MAYBE_TEXTS, "reason": _MAYBE_COUNT,
                "neuron": _MAYBE, "low": _MAYBE_NUMBER, "high": _MAYBE_NUMBER, "until": _MAYBE},
    "check": {"id": _ID, "text": _TEXT, "metric": _ID, "of": Key("table", False), "low": _NUMBER, "high": _NUMBER,
              "seconds": _NUMBER, "below": _TEXT, "above": _TEXT, "hints": _TEXTS, "missing": _MAYBE_TEXT},
    "entry": {"id": _ID, "text": _TEXT, "unit": _ID, "metric": _ID, "of": Key("table", False), "tolerance": _NUMBER,
              "seconds": _NUMBER, "hints": _TEXTS},
    "button": {"id": _ID, "text": _TEXT, "do": Key("acts")},
    "experiment": {"id": _ID, "text": _TEXT, "seconds": _NUMBER, "knobs": Key("texts", False), "names": _MAYBE_TEXTS,
                   "values": Key("texts", False), "value_names": _MAYBE_TEXTS, "axes": _MAYBE_TEXTS,
                   "curves": Key("texts", False), "curve_names": _MAYBE_TEXTS},
}  # fmt: skip
# Each act by its verb: what else it needs beside its target.
ACTS = {"turn": "to", "flip": "to", "pulse": "at", "kick": "at", "wire": "", "unwire": "", "wait": "", "press": "",
        "pick": "answer", "draw": "", "enter": "", "tune": "goal", "knob": "to", "learn": "", "go": "",
        "run": ""}  # fmt: skip
_WANTED = {"text": mark("text of at most 2000 characters"), "texts": mark("a list of texts"),
           "count": mark("a whole number from 1 to 240"), "table": mark('a table with names and values')}  # fmt: skip
_ROBOT_ONLY = {"press", "pick", "draw", "enter", "tune", "knob", "learn", "go", "run"}
_MORE = {"pick": ("reason",), "tune": ("from", "to", "press"), "run": ("with",)}


def take(kind: str, data: dict[str, Any], place: str, *, translated: bool = False) -> dict[str, Any]:
    """The checked contents of a fence; of a translated page its texts alone.

    Raises `FormatError`: an unknown key, one that lacks, one of the wrong kind, or a number on a translated page.
    """
    keys = FENCES[kind]
    for name in data:
        if name not in keys:
            raise FormatError("{place}: '{name}' is unknown; a '{kind}' has {names}",
                              place=place, name=name, kind=kind, names=", ".join(keys))  # fmt: skip
        if translated and not keys[name].is_text and name != "id":
            raise FormatError("{place}: '{name}' belongs into lesson.md alone; a translated page holds the texts",
                              place=place, name=name)  # fmt: skip
    needed = {n for n, key in keys.items() if key.needed and (key.is_text or n == "id" or not translated)}
    lacking = sorted(needed - data.keys())
    if lacking:
        raise FormatError("{place}: '{name}' is missing; a '{kind}' needs it", place=place, name=lacking[0], kind=kind)
    return {name: _value(value, keys[name].holds, f"{place}, {name}") for name, value in data.items()}


def acts(value: Any, place: str, *, robot: bool = False) -> tuple[Act, ...]:
    """The acts of a list of tables such as ``{turn = "N1.leak", to = 60}``."""
    if not isinstance(value, list) or len(value) > MOST_ITEMS or not all(isinstance(one, dict) for one in value):
        raise FormatError('{place}: acts are a list of at most {most} tables such as {{turn = "N1.leak", to = 60}}',
                          place=place, most=MOST_ITEMS)  # fmt: skip
    return tuple(_act(one, place, robot=robot) for one in value)


def hints(value: tuple[str, ...], place: str) -> tuple[str, ...]:
    """Three of them, or a `FormatError`."""
    if len(value) != PERSON_HINTS:
        raise FormatError("{place}: there are {n} hints; write {most}, each telling more than the one before",
                          place=place, n=len(value), most=PERSON_HINTS)  # fmt: skip
    return value


def _act(data: dict[str, Any], place: str, *, robot: bool) -> Act:
    verbs = [name for name in data if name in ACTS and (robot or name not in _ROBOT_ONLY)]
    if "tune" in verbs:  # to which a button belongs
        verbs = ["tune"]
    if len(verbs) != 1:
        allowed = [name for name in ACTS if robot or name not in _ROBOT_ONLY]
        raise FormatError("{place}: an act has one verb of {names}", place=place, names=", ".join(allowed))
    verb = verbs[0]
    extra = ACTS[verb]
    unknown = sorted(data.keys() - {verb, extra, *_MORE.get(verb, ())})
    if unknown:
        raise FormatError("{place}: '{name}' is unknown to the act '{verb}'", place=place, name=unknown[0], verb=verb)
    if extra and extra not in data:
        raise FormatError("{place}: the act '{verb}' needs '{name}'", place=place, verb=verb, name=extra)
    if verb in ("wait", "learn"):  # seconds, and epochs
        return Act(verb, value=_number(data[verb], place))
    target = _value(data[verb], "text", place)
    if extra == "at":
        times = data["at"] if isinstance(data["at"], list) else [data["at"]]
        if len(times) > MOST_ITEMS:
            raise FormatError("{place}: at most {most} times in one act", place=place, most=MOST_ITEMS)
        return Act(verb, target, times=tuple(sorted(_number(t, place) for t in times)))
    if verb == "tune":
        ends = tuple(_number(data.get(name, default), place) for name, default in (("from", 0), ("to", 100)))
        goal, press = (_value(data[name], "text", place) if name in data else "" for name in ("goal", "press"))
        return Act(verb, target, times=ends, goal=goal, press=press)
    if verb == "knob" and isinstance(data["to"], str):
        return Act(verb, target, words=_value(data["to"], "text", place))
    if verb == "run":
        return Act(verb, target, given=_value(data.get("with", {}), "table", place))
    value = _number(data[extra], place) if extra else 0.0
    return Act(verb, target, value, (_number(data["reason"], place),) if "reason" in data else ())


def _value(value: Any, holds: str, place: str) -> Any:
    if holds == "text" and isinstance(value, str) and value.strip() and len(value) <= MOST_TEXT:
        return value.strip()
    if holds == "texts" and isinstance(value, list) and 0 < len(value) <= MOST_ITEMS:
        return tuple(_value(one, "text", place) for one in value)
    if holds == "number":
        return _number(value, place)
    if holds == "count" and isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 240:
        return value
    if holds == "acts":
        return acts(value, place)
    if holds == "table" and isinstance(value, dict) and len(value) <= MOST_ITEMS:
        return value
    raise FormatError("{place}: this must be {wanted}", place=place, wanted=tr(_WANTED[holds]))


def _number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e6:
        raise FormatError("{place}: {value} must be a finite number", place=place, value=repr(value)[:40])
    return float(value)
