"""A lesson's own program, ``experiment.py``, run in a process of its own: numbers go in, numbers and curves come out.

The lessons of this program run as they are. A program from outside runs only once somebody has agreed to it, by its
digest: what is changed afterwards has to be agreed to anew.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from luiapp.course.lesson import Experiment
from luiapp.errors import FileError, FormatError, ParameterError, RigError

FILE = "experiment.py"
MOST_BYTES = 1_000_000  # of what comes out
MOST_POINTS, MOST_CURVES, MOST_VALUES = 2000, 24, 40
MOST_SECONDS = 300
_TAIL = 300  # characters of a program's complaint that are told
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Knob:
    """A knob of an experiment: a number between `low` and `high`, or one of `words`, called `labels` on the screen."""

    name: str
    label: str
    low: float = 0.0
    high: float = 1.0
    start: Any = 0.0
    words: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @staticmethod
    def read(text: str, label: str) -> Knob:
        """From ``rate 0..1 0.5`` or ``rule true|surrogate true``. Raises `FormatError`."""
        fault = FormatError("a knob is written 'rate 0..1 0.5' or 'rule true|surrogate true', not '{text}'", text=text)
        parts = text.split()
        if len(parts) != 3 or not parts[0].isidentifier():
            raise fault
        name, span, start = parts
        called, _, rest = label.partition(": ")
        if ".." in span:
            try:
                low, high, begin = (float(x) for x in (*span.split(".."), start))
            except ValueError:
                raise fault from None
            if not low <= begin <= high or not math.isfinite(low + high) or low == high:
                raise fault
            return Knob(name, label, low, high, begin)
        words = tuple(span.split("|"))
        labels = tuple(rest.split("|")) if rest else words
        if start not in words or len(labels) != len(words):
            raise fault
        return Knob(name, called, start=start, words=words, labels=labels)

    @property
    def whole(self) -> bool:
        """Whether it counts in whole numbers: its beginning and its ends are, and they lie apart."""
        return not self.words and all(float(x).is_integer() for x in (self.low, self.high, self.start)) and (
            self.high - self.low >= 3
        )  # fmt: skip

    def take(self, value: Any) -> Any:
        """The value as the program gets it. Raises `ParameterError` if the knob can't be turned there."""
        if self.words:
            if str(value) in self.words:
                return str(value)
        elif isinstance(value, int | float) and not isinstance(value, bool) and self.low <= value <= self.high:
            return round(value) if self.whole else float(value)
        raise ParameterError("'{name}' can't be '{value}'", name=self.name, value=str(value)[:40])


def knobs(task: Experiment) -> tuple[Knob, ...]:
    """The knobs of an experiment."""
    return tuple(Knob.read(text, name) for text, name in zip(task.knobs, task.names, strict=True))


def settings(task: Experiment, given: dict[str, Any]) -> dict[str, Any]:
    """What each knob is set to: as `given`, else as it begins. Raises `ParameterError`."""
    every = {knob.name: knob for knob in knobs(task)}
    for name in given:
        if name not in every:
            raise ParameterError("the experiment '{task}' has no knob '{name}'; it has {names}", task=task.id,
                                 name=name, names=", ".join(every))  # fmt: skip
    return {name: knob.take(given.get(name, knob.start)) for name, knob in every.items()}


@dataclass(frozen=True)
class Found:
    """What came out: numbers by name, and curves as points (x, y)."""

    values: dict[str, float] = field(default_factory=dict)
    curves: dict[str, list[tuple[float, float]]] = field(default_factory=dict)


def digest(folder: Path) -> str:
    """What a lesson's program is known by once somebody has agreed to it; empty where there is none."""
    try:
        return hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
    except OSError:
        return ""


class Trial:
    """A running program.

    Parameters
    ----------
    folder : Path
        The lesson's.
    given : dict
        As `settings` gives it.
    seed : int
        Of everything that the program leaves to chance.
    """

    def __init__(self, folder: Path, task: Experiment, given: dict[str, Any], *, seed: int) -> None:
        if not (folder / FILE).is_file():
            raise FileError("'{path}' isn't there, but the lesson has an experiment", path=folder / FILE)
        self.task = task
        self.given = settings(task, given)
        self._room = tempfile.TemporaryDirectory(prefix="luiapp-", ignore_cleanup_errors=True)
        self._out, self._err = Path(self._room.name) / "out.json", Path(self._room.name) / "err.txt"
        order = {"file": str((folder / FILE).resolve()), "call": task.id.replace("-", "_"),
                 "given": {**self.given, "seed": seed}, "out": str(self._out)}  # fmt: skip
        package = str(Path(__file__).parents[2])
        paths = os.pathsep.join(p for p in (package, os.environ.get("PYTHONPATH", "")) if p)
        environment = {**os.environ, "PYTHONPATH": paths, **dict.fromkeys(_THREADS, "1")}
        with self._err.open("wb") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "luiapp.course.child", json.dumps(order)],
                cwd=self._room.name, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=complaints,
            )  # fmt: skip
        self._until = time.monotonic() + task.seconds

    def poll(self) -> Found | None:
        """What came out, once it is there. Raises `RigError` or `FormatError`: it failed, or took too long."""
        code = self._process.poll()
        if code is None:
            if time.monotonic() < self._until:
                return None
            self.stop()
            raise RigError("the experiment took longer than its {seconds} s and was stopped",
                           seconds=f"{self.task.seconds:g}")  # fmt: skip
        try:
            if code:
                raise RigError("the experiment failed: {why}", why=self._complaint())
            return read_found(self._out)
        finally:
            self._room.cleanup()

    def wait(self) -> Found:
        """Until it is there."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(max(self._until - time.monotonic(), 0.0))
            found = self.poll()
            if found is not None:
                return found

    def stop(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._room.cleanup()

    def _complaint(self) -> str:
        lines = self._err.read_text("utf-8", "replace").strip().splitlines()
        return (lines[-1] if lines else "–")[-_TAIL:]


def read_found(path: Path) -> Found:
    """What a program wrote, checked like anything from outside. Raises `FormatError`."""
    fault = FormatError("the experiment must give {{'values': {{name: number}}, 'curves': {{name: [[x, y], …]}}}}, "
                        "of at most {most} points each", most=MOST_POINTS)  # fmt: skip
    try:
        with path.open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise fault
        data = json.loads(raw)
        values = {str(k): float(v) for k, v in data.get("values", {}).items()}
        curves = {str(k): [(float(x), float(y)) for x, y in v] for k, v in data.get("curves", {}).items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise fault from None
    if len(values) > MOST_VALUES or len(curves) > MOST_CURVES or any(len(c) > MOST_POINTS for c in curves.values()):
        raise fault
    return Found(values, {k: [p for p in c if all(map(math.isfinite, p))] for k, c in curves.items()})
