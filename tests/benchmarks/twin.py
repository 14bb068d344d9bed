"""How much faster than real time board twins run, on one thread."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from luiapp.model.network import Network
from luiapp.simulate.twin import TwinOptions, TwinSimulation

_DT = 1e-4  # s, internal step


def _network(n: int, r_cell: float) -> Network:
    """`n` different boards, each driving two dendrites, all membranes recorded."""
    bits = np.random.default_rng(0)
    net = Network(model="lui")
    net.neurons(n, r_vleak=bits.uniform(0, 100e3, n), r_leak=bits.uniform(0, 50e3, n), r_cell=r_cell,
                parts_seed=1 + np.arange(n))  # fmt: skip
    if n > 1:
        net.connect(np.repeat(np.arange(n), 2), bits.integers(0, n, 2 * n), synapse=bits.integers(0, 3, 2 * n))
    net.probe(range(n))
    return net


def _ratio(n: int, r_cell: float, *, duration: float, repeats: int) -> tuple[float, float]:
    """Simulated seconds for each second of processor time (the best of `repeats`), and spikes per board and second."""
    sim = TwinSimulation(_network(n, r_cell), TwinOptions(dt=_DT))
    sim.advance(100)
    n_samples, best, spikes = round(duration / _DT), 0.0, 0
    for _ in range(repeats):
        start = time.process_time()
        chunk = sim.advance(n_samples)
        best = max(best, duration / max(time.process_time() - start, 1e-9))
        spikes += len(chunk.spike_times)
    return best, spikes / (repeats * duration * n)


def rows(quick: bool = False) -> list[dict[str, Any]]:
    """Rows of the report: name, value, unit, ratio, against, note."""
    duration, repeats = (1.0, 2) if quick else (5.0, 5)
    out = []
    for n, r_cell, cell, goal in ((64, 0.1, "fresh cells", 20.0), (64, 20.0, "worn cells (20 Ω)", 20.0),
                                  (1, 0.1, "a fresh cell", None)):  # fmt: skip
        ratio, rate = _ratio(n, r_cell, duration=duration, repeats=repeats)
        note = f"10 kHz internal rate, all membranes recorded, {rate:.1f} spikes a second and board, one thread"
        if goal is not None:
            note += f"; goal ≥ {goal:g}×"
        out.append({"name": f"{n} board twin{'s' if n > 1 else ''}, {cell}", "value": ratio, "unit": "× real time",
                    "ratio": ratio, "against": "real time", "note": note})  # fmt: skip
    return out
