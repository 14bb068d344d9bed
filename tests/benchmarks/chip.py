"""The emulated chip: seconds of its hardware, beside steps in PyTorch with the mathematics of hxtorch's mock."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from luiapp.chip.calibrate import calibrate
from luiapp.chip.core import COARSEST, Chip, RunOptions
from luiapp.chip.measure import _wiring
from luiapp.chip.place import Placed, place
from luiapp.chip.plan import DT
from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import Events
from luiapp.model.layered import Layer, Layered
from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import yin_yang

try:
    import torch
except ImportError:
    torch = None  # type: ignore[assignment]

N, DURATION = 1000, 60e-6


def rows(quick: bool = False) -> list[dict[str, Any]]:
    """Yin-Yang through 5-120-3, the whole core, a calibration."""
    random = np.random.default_rng(0)
    hidden = Layer(random.normal(0, 0.8, (5, 120)), tau_mem=6e-3, tau_syn=6e-3)
    placed = place(
        Layered((hidden, Layer(random.normal(0.1, 0.1, (120, 3)), "li", 6e-3, 6e-3)), duration=60e-3), repeat=5
    )
    times = LatencyCode(2e-3, 40e-3, 18e-3).times(yin_yang(N).samples)
    chip, given = Chip(1), placed.events(times)
    repeats = 3 if quick else 9
    ours = {step: _median(lambda: chip.run(placed.wiring, given, DURATION,
                                           RunOptions(cadc=placed.outputs, dt=step)), repeats)  # noqa: B023
            for step in (COARSEST, DT)}  # fmt: skip
    found: list[dict[str, Any]] = [
        {"name": "chip, 1000 Yin-Yang samples of 60 µs, 5-120-3", "value": ours[DT], "unit": "s",
         "ratio": N * SPEC.sample_spacing / ours[DT], "against": "the silicon at 200 µs a sample",
         "note": "1 thread, CPU time, noise and read-back included"},
    ]  # fmt: skip
    for step in ours if torch is not None else ():
        theirs = _median(lambda: _torch(placed, times, step), 2 if quick else 5)  # noqa: B023
        found.append({"name": f"the same in steps of {1e6 * step:g} µs, PyTorch in the same", "value": ours[step],
                      "unit": "s", "ratio": theirs / ours[step], "against": f"PyTorch {torch.__version__}",
                      "note": f"1 thread; PyTorch: {theirs:.3g} s, without mismatch, noise, converters"})  # fmt: skip
    if torch is None:
        found[0]["note"] += "; PyTorch is not installed"
    n = 12_000
    source, when = random.integers(0, 120, n), np.sort(random.uniform(0, 1e-3, n))
    wiring, stream = _wiring(random.integers(-1, 4, (120, SPEC.n_circuits))), Events(np.array([0, n]), when, source)
    whole = _median(lambda: chip.run(wiring, stream, 1e-3), repeats)
    rate = chip.run(wiring, stream, 1e-3).fired.sum() / SPEC.n_circuits
    found.append({"name": "chip, all 512 circuits, share of hardware speed", "value": 1e-3 / whole, "unit": "",
                  "note": f"120 inputs at 100 kHz, neurons at {rate:.0f} kHz; all membranes read"})  # fmt: skip
    found.append(
        {
            "name": "chip, calibration of 512 circuits",
            "value": _median(lambda: calibrate(Chip(1), seed=0), 1 if quick else 3),
            "unit": "s",
            "note": "CPU time",
        }
    )
    return found


def _median(one: Callable[[], object], n: int) -> float:
    one()
    spent = []
    for _ in range(n):
        begun = time.process_time()
        one()
        spent.append(time.process_time() - begun)
    return statistics.median(spent)


def _torch(placed: Placed, times: np.ndarray, dt: float) -> Any:
    """hxtorch's mock mathematics: Euler steps of currents and membranes, spikes, reset, refractory time."""
    torch.set_num_threads(1)
    first, second = (torch.tensor(layer.weight, dtype=torch.float32) for layer in placed.net.layers)
    n_steps, share = round(DURATION / dt), dt / 6e-6
    spikes = torch.zeros(n_steps, N, 5)
    step = np.clip(np.rint(times / 1000 / dt).astype(int), 0, n_steps - 1)
    for channel in range(5):
        spikes[step[:, channel], np.arange(N), channel] = 1.0
    v, i, held = torch.zeros(N, 120), torch.zeros(N, 120), torch.zeros(N, 120)
    v_out, i_out, found = torch.zeros(N, 3), torch.zeros(N, 3), []
    with torch.no_grad():
        for t in range(n_steps):
            v = v + share * (i - v)
            i = i * (1 - share) + spikes[t] @ first * np.e
            z = ((v > 1) & (held <= 0)).float()
            held = torch.where(z > 0, torch.full_like(held, 2e-6 / dt), held - 1)
            v = torch.where(held > 0, torch.zeros_like(v), v)
            v_out = v_out + share * (i_out - v_out)
            i_out = i_out * (1 - share) + z @ second * np.e
            found.append(v_out)
    return torch.stack(found)
