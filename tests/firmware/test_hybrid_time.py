"""A spike that goes to a real board is drawn there where it truly was: with the real image in its simulator."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import numpy as np
import pytest
from devices import device, lacking

from luiapp.data.chunk import Chunk
from luiapp.data.recording import join
from luiapp.model.network import Network
from luiapp.rigs.hybrid import HybridRig
from luiapp.stream.source import Kick

pytestmark = pytest.mark.skipif(bool(lacking("simavr")), reason=f"needs {lacking('simavr')}")
N_KICKS = 20
THRESHOLD = 1.55  # V, of the boards in the simulator


def test_a_pulse_and_what_it_does_stand_where_they_truly_were(build: Path, tmp_path: Path) -> None:
    """A is simulated, B on the table. Whatever the way took, B's membrane begins to rise when its pulse begins, and its
    spike is where the membrane falls. (How much later than A's spike is tested where a clock stands still if told to.)
    """
    net = Network("lui")
    net.neuron("A", r_vleak=30e3)  # rests
    net.neuron("B")
    net.connect("A", "B", synapse=0)
    with (
        device("simavr", build, tmp_path, "--relay", "1") as client,
        contextlib.closing(HybridRig(net, {"B": 2}, client())) as rig,
    ):
        chunks = _kicked(rig)
        health = rig.health()
    if abs(float(health["drift_ppm"])) > 300 or float(health["round_trip_ms"]) > 12:
        pytest.skip("the simulated chip can't keep real time on this computer at present, so its clock means nothing")
    recording = join(chunks)
    pulses = np.array([e.time for e in recording.events if (e.kind, e.target, e.name) == ("pulse", "B", "0")])
    assert len(recording.spike_train(0)) == N_KICKS == len(pulses), "every spike went out, once"
    time_, v = recording.time, np.asarray(recording.samples[:, 1], np.float64)
    rises = []
    for pulse in pulses:
        part = (time_ > pulse - 0.02) & (time_ < pulse + 0.02)
        t, y = time_[part] - pulse, v[part]
        rest = y[t < -1e-3]
        above = np.flatnonzero((y > rest.mean() + 6 * max(rest.std(), 1.5e-3)) & (t > -5e-3))
        rises.append(t[above[0]])
    # 150 · 2.5 V/s into the drive, 0.2 s: the membrane has risen by 10 mV after 3 ms
    assert 0 < np.median(rises) < 5e-3 and np.ptp(rises) < 4e-3
    for spike in recording.spike_train(1):
        assert v[(time_ > spike - 0.02) & (time_ < spike)].max() > THRESHOLD - 0.06
        assert v[(time_ > spike + 2e-3) & (time_ < spike + 10e-3)].max() < 0.6, "it is drawn at its fall"


def _kicked(rig: HybridRig) -> list[Chunk]:
    """Listen until the board's clock is known, kick A again and again, and return what was heard."""
    chunks: list[Chunk] = []
    until, kicked, n = time.monotonic() + 60, 0.0, 0
    while n < N_KICKS or time.monotonic() < kicked + 0.6:
        assert time.monotonic() < until, "the adapter didn't answer"
        chunk = rig.source.read(0.1)
        if chunk is None:
            continue
        chunks.append(chunk)
        known = chunk.n_samples and np.isfinite(chunk.samples).all() and chunk.i_end > 2500
        if n < N_KICKS and time.monotonic() > kicked + 0.4 and (known or n):
            rig.send(Kick(0))
            kicked, n = time.monotonic(), n + 1
    first = next(k for k, c in enumerate(chunks) if c.n_samples and np.isfinite(c.samples).all())
    return chunks[first:]
