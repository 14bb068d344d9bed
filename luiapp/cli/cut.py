"""Part of a recording."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from luiapp.errors import ParameterError
from luiapp.units import format_quantity

if TYPE_CHECKING:
    from luiapp.data.recording import Recording


def cut(recording: Recording, *, start: float | None = None, stop: float | None = None) -> Recording:
    """What lies between `start` (included) and `stop` (left out), both in s on the recording's clock.

    Raises
    ------
    ParameterError
        If nothing lies between them.
    """
    dt, n = recording.layout.dt, recording.samples.shape[0]
    low = recording.t_start if start is None else start
    high = recording.t_start + recording.duration if stop is None else stop
    # A sample on the edge belongs to the part, however its time was rounded.
    first = min(max(math.ceil(low / dt - 1e-6) - recording.i_first, 0), n)
    last = min(max(math.ceil(high / dt - 1e-6) - recording.i_first, 0), n)
    if last <= first:
        raise ParameterError(
            "nothing lies between {start} and {stop}; the recording goes from {first} to {last}",
            start=format_quantity(low, "s"), stop=format_quantity(high, "s"),
            first=format_quantity(recording.t_start, "s"),
            last=format_quantity(recording.t_start + recording.duration, "s"),
        )  # fmt: skip
    keep = (recording.spike_times >= low) & (recording.spike_times < high)
    return replace(
        recording,
        samples=recording.samples[first:last],
        spike_times=recording.spike_times[keep],
        spike_neurons=recording.spike_neurons[keep],
        # What was set before counts on: knobs and circuit keep their events, moved to the beginning of the part.
        events=tuple(
            replace(e, time=max(e.time, low))
            for e in recording.events
            if low <= e.time < high or (e.time < low and e.kind in ("parameter", "network"))
        ),
        i_first=recording.i_first + first,
    )
