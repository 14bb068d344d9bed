"""The verb ``bench``: how fast this computer simulates, in a few seconds."""

from __future__ import annotations

import os
import platform
import time
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any, Literal

from luiapp.cli.parser import Verb
from luiapp.cli.report import Report, table
from luiapp.texts import mark, tr
from luiapp.version import __version__

if TYPE_CHECKING:
    from luiapp.model.network import Network

_SHORT = 0.02  # s of biology: compiles the kernels, and tells how much fits into the time there is
_AIM = 1.0  # s to measure for


def bench(options: Namespace) -> Report:
    """Measure each circuit once for about a second, after its kernels are compiled."""
    start = resting_at_random(1000)
    rows = [
        measure("twin_64", tr("64 board twins in a ring"), twins(64), "float64"),
        measure("lif_1000_float64", tr("1000 LIF neurons, 2 % connected"), sparse(1000), "float64", start),
        measure("lif_1000_float32", tr("the same in float32"), sparse(1000), "float32", start),
    ]
    data = {"version": __version__, "cpu": cpu_name(), "n_cores": os.cpu_count(), "python": platform.python_version(),
            "rows": rows}  # fmt: skip
    lines = table([(row["about"], tr("{factor} × real time", factor=f"{row['value']:.1f}")) for row in rows])
    return Report(data, [cpu_name(), *lines])


def measure(
    name: str, about: str, network: Network, dtype: Literal["float64", "float32"], initial: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Seconds of biology per second, one thread."""
    from luiapp.simulate import Options, build

    dt = 1e-4
    simulation = build(network, Options(dt=dt, record_every=100, dtype=dtype, initial=initial))
    n_short = max(1, round(_SHORT / simulation.layout.dt))
    simulation.advance(n_short)
    begun = time.perf_counter()
    simulation.advance(n_short)
    trial = max(time.perf_counter() - begun, 1e-6)
    n = max(n_short, min(round(n_short * _AIM / trial), 100_000))
    begun = time.perf_counter()
    n_spikes = len(simulation.advance(n).spike_times)
    wall = time.perf_counter() - begun
    biology = n * simulation.layout.dt
    return {"name": name, "about": about, "value": biology / wall, "unit": "x real time", "seconds": wall,
            "biology": biology, "n_spikes": n_spikes, "dtype": dtype}  # fmt: skip


def twins(n: int) -> Network:
    """A ring of Lu.i boards that all fire by themselves; one membrane is recorded."""
    from luiapp.model.network import Network

    network = Network(model="lui")
    network.neurons(n, r_vleak=60e3)
    network.connect(range(n), [(i + 1) % n for i in range(n)], synapse=0)
    network.probe(0)
    return network


def sparse(n: int) -> Network:
    """LIF neurons with random connections of both signs, a fifth of them inhibitory; the same every time."""
    import numpy as np

    from luiapp.model.network import Network

    rng = np.random.default_rng(1)
    network = Network()
    network.neurons(n, tau_mem=20e-3, tau_syn=5e-3, tau_syn_1=10e-3, tau_ref=5e-3, v_leak=0.016, v_threshold=0.015)
    pre, post = np.nonzero(rng.random((n, n)) < 0.02)
    inhibits = pre >= n * 4 // 5
    network.connect(pre, post, synapse=inhibits.astype(int), weight=np.where(inhibits, -1.5e-3, 0.25e-3), delay=1e-3)
    network.probe(0)
    return network


def resting_at_random(n: int) -> dict[str, Any]:
    """Membranes of `sparse` between reset and threshold, so that they don't all fire at once."""
    import numpy as np

    return {"membrane": np.random.default_rng(2).uniform(0.0, 0.015, n)}


def cpu_name() -> str:
    """The processor, as people know it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _arguments(parser: ArgumentParser) -> None:
    """None of its own."""


BENCH = Verb(
    bench,
    mark("measure how fast this computer simulates (some seconds)"),
    _arguments,
    (
        ("luiapp bench", mark("in seconds of biology per second")),
        ("luiapp bench --json", mark("the same for a script")),
    ),
)
