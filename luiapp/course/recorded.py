"""A lesson's recording: the robot's way through it, so that it can be watched and checked without any hardware.

It lies in the lesson's folder and travels with it, so it is kept small: a sample every two milliseconds, rounded to
two millivolts, which is half a pixel of the scope.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from luiapp.data.recording import Recording
from luiapp.errors import FormatError

RECORDING = "recording.npz"
DT = 2e-3  # s
_STEPS_PER_VOLT = 512  # a power of two, so that what is rounded is packed well
_ENDS = "step_ends"  # in the metadata: when each step was over [s]


def light(recording: Recording, ends: Sequence[float]) -> Recording:
    """The same with rounded samples, and the times at which the steps were over [s, on the stream's clock]."""
    samples = np.round(np.asarray(recording.samples, np.float32) * _STEPS_PER_VOLT) / np.float32(_STEPS_PER_VOLT)
    return replace(recording, samples=samples, metadata={**recording.metadata, _ENDS: [round(t, 6) for t in ends]})


def step_ends(recording: Recording) -> list[float]:
    """When each step was over [s from the first sample]. Raises `FormatError` if it isn't a lesson's recording."""
    found = recording.metadata.get(_ENDS)
    if not isinstance(found, list) or not all(isinstance(t, int | float) for t in found):
        raise FormatError("this recording doesn't tell when a lesson's steps were over; record the lesson anew")
    return [float(t) - recording.t_start for t in found]


def recording_of(folder: Path) -> Path | None:
    """The recording in a lesson's folder; None where there is none."""
    path = folder / RECORDING
    return path if path.is_file() else None
