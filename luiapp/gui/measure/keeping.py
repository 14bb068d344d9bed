"""Results that outlive the window: a small JSON file for each, in a folder among the person's things. No Qt."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FormatError, LuiError
from luiapp.experiments.export import plain
from luiapp.experiments.finding import Finding
from luiapp.experiments.result import Axis, Quantity, Result
from luiapp.files.disk import atomic, naming, small_file
from luiapp.model.network import Network

MOST_BYTES = 8 * 2**20
MOST_FILES = 200  # the oldest go when there are more
_MOST_POINTS = 100_000


@dataclass(frozen=True)
class Kept:
    """A result, and where and when it was measured.

    Attributes
    ----------
    title : str
        Of the experiment (marked).
    who : str
        Neuron and rig, in words.
    circuit : str
        Name of the circuit that was on the bench; empty without one.
    path : Path or None
        Where it lies; None where it couldn't be written.
    """

    result: Result | Finding
    title: str
    who: str
    when: datetime
    circuit: str = ""
    path: Path | None = None


def write_kept(folder: Path, kept: Kept) -> Path:
    """Write it under a name of its time, which nothing else has.

    Raises `FileError` if it can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path, n = folder / f"{kept.when:%Y-%m-%d %H.%M.%S} {kept.result.experiment}.json", 1
    while path.exists():
        n += 1
        path = path.with_name(f"{kept.when:%Y-%m-%d %H.%M.%S} {kept.result.experiment} {n}.json")
    about = {"luiapp_result": 1, "title": kept.title, "who": kept.who, "when": kept.when.isoformat(),
             "circuit": kept.circuit}  # fmt: skip
    with atomic(path) as file:
        file.write((json.dumps(plain(about | _content(kept.result)), allow_nan=False) + "\n").encode())
    return path


def read_kept(path: Path) -> Kept:
    """What `write_kept` wrote.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it is damaged or something else.
    """
    raw = small_file(path, MOST_BYTES)
    with naming(path):
        try:
            found = json.loads(raw)
            if found["luiapp_result"] != 1:
                raise ValueError("version")
            text = {name: str(found[name])[:400] for name in ("title", "who", "circuit", "when")}
            result = _result(found) if "points" in found else _finding(found)
            return Kept(result, text["title"], text["who"], datetime.fromisoformat(text["when"]), text["circuit"], path)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, LuiError) as error:
            raise FormatError("it is no result of a measurement, or it is damaged ({reason}); delete it if nobody "
                              "needs it", reason=f"{type(error).__name__}: {error}"[:120]) from None  # fmt: skip


def read_all(folder: Path) -> tuple[list[Kept], list[LuiError]]:
    """All results of a folder, the newest first, and what is wrong with files that aren't any."""
    kept, wrong = list[Kept](), list[LuiError]()
    for path in sorted(folder.glob("*.json"), reverse=True)[:MOST_FILES] if folder.is_dir() else []:
        try:
            kept.append(read_kept(path))
        except LuiError as error:
            wrong.append(error)
    return sorted(kept, key=lambda one: one.when, reverse=True), wrong


def _content(result: Result | Finding) -> dict[str, Any]:
    if isinstance(result, Finding):
        network = None if result.network is None else result.network.to_dict()
        return {"experiment": result.experiment, "headline": result.headline, "lines": result.lines,
                "table": result.table, "network": network, "well": result.well, "more": result.more}  # fmt: skip
    quantities = [{"name": q.name, "value": q.value, "unit": q.unit, "error": q.error, "about": q.about,
                   "state": q.state, "reason": q.reason} for q in result.parameters]  # fmt: skip
    return {"experiment": result.experiment, "x": [result.x.name, result.x.unit], "y": [result.y.name, result.y.unit],
            "points": result.points.tolist(), "theory": result.theory.tolist(), "fit": result.fit.tolist(),
            "residuals": result.residuals.tolist(), "parameters": quantities, "notes": result.notes}  # fmt: skip


def _result(found: dict[str, Any]) -> Result:
    x, y = (Axis(str(found[name][0]), str(found[name][1])) for name in ("x", "y"))
    quantities = []
    for q in found["parameters"]:
        if q["state"] not in ("determined", "ambiguous", "undetermined"):
            raise ValueError("state")
        quantities.append(Quantity(str(q["name"]), _number(q["value"]), str(q["unit"]), _number(q["error"]),
                                   str(q["about"]), q["state"], str(q["reason"])))  # fmt: skip
    residuals = _array([[one] for one in found["residuals"]], 1)[:, 0]
    return Result(str(found["experiment"]), x, y, _array(found["points"], 3), _array(found["theory"], 2),
                  _array(found["fit"], 2), residuals, tuple(quantities), tuple(map(str, found["notes"])))  # fmt: skip


def _finding(found: dict[str, Any]) -> Finding:
    network = None if found["network"] is None else Network.from_dict(found["network"])
    table = tuple(tuple(map(str, row)) for row in found["table"])
    return Finding(str(found["experiment"]), str(found["headline"]), tuple(map(str, found["lines"])), table, network,
                   bool(found["well"]), dict(found["more"]))  # fmt: skip


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _array(rows: Any, n: int) -> NDArray[np.float64]:
    if len(rows) > _MOST_POINTS:
        raise ValueError("too many points")
    return np.array([[_number(value) for value in row] for row in rows], np.float64).reshape(len(rows), n)
