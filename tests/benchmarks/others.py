"""Other simulators, in processes of their own and, where they need it, another Python."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

_HERE = Path(__file__).parent
_PYTHON = "LUIAPP_ORACLES"  # environment variable: the Python that has Brian2 and NEST; this one without it


def python() -> str:
    """The interpreter that has the other simulators."""
    return os.environ.get(_PYTHON, sys.executable)


@cache
def missing(module: str) -> str:
    """Why `module` can't be used, or an empty string."""
    done = subprocess.run([python(), "-c", f"import {module}"], capture_output=True, text=True, timeout=300)
    if done.returncode == 0:
        return ""
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    return f"{module} can't be imported by {python()} ({last}); install the extra 'oracles' or set {_PYTHON}"


class Standalone:
    """A Brian2 C++ standalone program, built once."""

    def __init__(self, problem: dict[str, Any], folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, out = folder / "program", folder / "spikes.npz"
        np.savez(folder / "problem.npz", **problem)
        _run([python(), str(_HERE / "brian_standalone.py"), str(folder / "problem.npz"), str(out), str(self._folder)])
        with np.load(out) as found:
            self.step, self.neuron = found["step"], found["neuron"]
            self.v = found["v"] if "v" in found.files else None

    def seconds(self) -> float:
        """Run it again; the time of its simulation loop, by its own clock [s]."""
        _run(["./main"], cwd=self._folder)
        return float((self._folder / "results" / "last_run_info.txt").read_text().split()[0])


def nest(problem: dict[str, Any], folder: Path) -> tuple[float, np.ndarray, np.ndarray]:
    """Seconds of the simulation, steps and neurons of the spikes."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "problem.npz", **problem)
    arguments = [str(folder / "problem.npz"), str(folder / "spikes.npz")]
    printed = _run([python(), str(_HERE / "nest_single.py"), *arguments])
    seconds = float(printed.rsplit("seconds", 1)[1].split()[0])
    with np.load(folder / "spikes.npz") as found:
        return seconds, found["step"], found["neuron"]


def _run(command: list[str], cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=900)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout
