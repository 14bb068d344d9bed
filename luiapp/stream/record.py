"""Record a stretch of a rig's stream in a script, without any thread."""

from __future__ import annotations

import time
from collections.abc import Callable

from luiapp.data.chunk import Chunk
from luiapp.data.provenance import provenance
from luiapp.data.recording import Recording, join
from luiapp.errors import ParameterError, RigError
from luiapp.stream.source import Rig
from luiapp.units import parse_quantity


def record(
    rig: Rig, duration: float | str, *, patience: float = 10.0, clock: Callable[[], float] = time.monotonic
) -> Recording:
    """Record `duration` seconds of the rig's own time, from its next sample on.

    Works with rigs of every pace: a simulation that runs as fast as it can returns at once, a board after
    `duration` seconds.

    Parameters
    ----------
    rig : Rig
        Nobody else may read its source meanwhile.
    duration : float
        In s, or as text such as ``"500 ms"``; rounded to whole samples.
    patience : float
        How long [s] to wait for a rig that sends nothing.

    Returns
    -------
    Recording
        Exactly ``round(duration / dt)`` samples, not-a-number in gaps. Shorter only if the stream ended, or stood
        still for `patience` seconds, before; its metadata then has ``incomplete``.

    Raises
    ------
    ParameterError
        If `duration` isn't positive, or the columns of the stream change on the way.
    RigError
        If nothing at all comes for `patience` seconds.
    """
    if isinstance(duration, str):
        duration = parse_quantity(duration, "s")
    if not 0 < duration < float("inf"):
        raise ParameterError("a recording must be longer than 0 s, not {value} s", value=f"{duration:g}")
    source = rig.source
    parts: list[Chunk] = []
    i_end: int | None = None
    last = clock()
    while i_end is None or parts[-1].i_end < i_end:
        try:
            chunk = source.read(0.05)
        except EOFError:
            break
        if chunk is None or not (chunk.n_samples or parts):
            if clock() - last > patience:
                if parts:
                    break  # what was measured before the cable came off is worth keeping
                raise RigError("'{name}' has sent nothing for {seconds} s. Is it plugged in, and not paused?",
                               name=rig.name, seconds=f"{patience:g}")  # fmt: skip
            continue
        last = clock()
        if i_end is None:
            i_end = chunk.i_first + max(1, round(duration / chunk.layout.dt))
        parts.append(chunk.until(i_end))
    if not parts:
        raise RigError("'{name}' ended before anything was recorded", name=rig.name)
    network = rig.network
    more = {} if i_end is not None and parts[-1].i_end >= i_end else {"incomplete": True}
    about = provenance(None if network is None else network.to_dict(), rig=rig.name, kind=rig.kind, **more)
    return join(parts, about)
