"""Speed of LIF networks, side by side with other simulators, and the limits of the machine beside it."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from luiapp.kernels import lif as kernels
from luiapp.kernels import lif_delivery
from luiapp.model.network import Network
from luiapp.simulate import Options, Simulation, build
from luiapp.simulate.engine import samples_per_call

sys.path.insert(0, str(Path(__file__).parent))
import cuba
import others

Row = dict[str, object]
_SIZES = {"in cache": 4000, "in memory": 4_000_000}


def rows(quick: bool = False) -> list[Row]:
    """All measurements; `quick` takes shorter ones, for a look."""
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for part in (_cuba(Path(folder), quick), _eight(Path(folder), quick), _limits(quick)):
            found += part
    return found


def _row(name: str, value: float, unit: str, *, ratio: float | None = None, against: str = "", note: str = "") -> Row:
    return {"name": name, "value": value, "unit": unit, "ratio": ratio, "against": against, "note": note}


def _seconds(simulation: Simulation, n_samples: int) -> float:
    """Processor time of that many samples, in calls as `luiapp.simulate.run` makes them."""
    n_most = samples_per_call(simulation.layout)
    began = time.thread_time()
    for i in range(0, n_samples, n_most):
        simulation.advance(min(n_most, n_samples - i))
    return time.thread_time() - began


def _compared(
    names: list[str], ours: list[Callable[[], float]], theirs: dict[str, Callable[[], float]], n_rounds: int,
    per: float, unit: str, note: str,
) -> Iterator[Row]:  # fmt: skip
    """Take turns, so that whatever else the machine does hits all alike; medians of the rounds' ratios.

    All times are processor time of one thread: that is what Brian2's own clock tells, too.
    """
    times = [[measure() for measure in (*ours, *theirs.values())] for _ in range(n_rounds)]
    columns = list(zip(*times, strict=True))
    for k, name in enumerate(names):
        if not theirs:
            yield _row(name, statistics.median(columns[k]) / per, unit, note=note)
        for j, other in enumerate(theirs):
            ratios = sorted(b / a for a, b in zip(columns[k], columns[len(ours) + j], strict=True))
            yield _row(name, statistics.median(columns[k]) / per, unit, ratio=statistics.median(ratios), against=other,
                       note=f"{note}; ratios {ratios[0]:.2f} to {ratios[-1]:.2f} in {n_rounds} rounds")  # fmt: skip
    for j, other in enumerate(theirs):
        yield _row(other, statistics.median(columns[len(ours) + j]) / per, unit, note=note)


def _cuba(folder: Path, quick: bool) -> Iterator[Row]:
    arrays, net = cuba.cuba(), cuba.network(cuba.cuba())
    duration = 0.5 if quick else 2.0
    n_rounds = 3 if quick else 9
    ours = []
    for dtype in ("float64", "float32"):
        simulation = build(net, Options(dtype=dtype, initial={"membrane": arrays.v0}))  # type: ignore[arg-type]
        simulation.advance(1000)
        ours.append(lambda s=simulation: _seconds(s, round(duration / cuba.DT)))
    theirs: dict[str, Callable[[], float]] = {}
    if not others.missing("brian2"):
        for dtype in ("float64", "float32"):
            problem = cuba.problem(arrays, duration=duration, dtype=dtype)
            theirs[f"Brian2 C++ standalone, {dtype}"] = others.Standalone(problem, folder / dtype).seconds
    if not others.missing("nest"):
        problem = cuba.problem(arrays, duration=duration)
        theirs["NEST"] = lambda: others.nest(problem, folder / "nest")[0]
    yield from _compared(["CUBA, 4000 neurons, float64", "CUBA, 4000 neurons, float32"], ours, theirs, n_rounds,
                         duration, "s per s of biology", "one thread, dt 0.1 ms")  # fmt: skip


def _eight(folder: Path, quick: bool) -> Iterator[Row]:
    """Eight neurons, all to all, each connection with a delay of its own up to 20 ms, all membranes recorded."""
    random = np.random.default_rng(7)
    n, duration = 8, 2.0 if quick else 10.0
    pre, post = (a.ravel() for a in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    synapse = (pre >= 6).astype(np.int64)
    weight = np.where(synapse == 0, 1.0, -2.0) * random.uniform(1e-3, 3e-3, n * n)
    delay = random.integers(1, 201, n * n) * cuba.DT
    v0 = cuba.V_RESET + (cuba.V_THRESHOLD - cuba.V_RESET) * random.random(n)
    net = Network()
    net.neurons(n, tau_mem=cuba.TAU_MEM, tau_syn=cuba.TAU_EXC, tau_syn_1=cuba.TAU_INH, tau_ref=cuba.TAU_REF,
                v_leak=cuba.V_LEAK, v_threshold=cuba.V_THRESHOLD, v_reset=cuba.V_RESET)  # fmt: skip
    net.connect(pre, post, synapse=synapse, weight=weight, delay=delay)
    net.probe(range(n))
    simulation = build(net, Options(initial={"membrane": v0}))
    simulation.advance(1000)
    n_steps = round(duration / cuba.DT)
    theirs: dict[str, Callable[[], float]] = {}
    if not others.missing("brian2"):
        problem = {**cuba.problem(cuba.cuba(5), duration=duration), "n": n, "pre": pre, "post": post, "v0": v0,
                   "synapse": synapse, "weight": weight, "delay": delay, "record": True}  # fmt: skip
        theirs["Brian2 C++ standalone"] = others.Standalone(problem, folder / "eight").seconds
    yield from _compared(["8 neurons, own delays, all recorded"], [lambda: _seconds(simulation, n_steps)], theirs,
                         5 if quick else 15, n_steps * 1e-9, "ns per step", "float64, dt 0.1 ms")  # fmt: skip


@njit(cache=True, nogil=True)
def _triad(a: Any, b: Any, c: Any, n: int) -> None:
    for _ in range(n):
        for i in range(a.shape[0]):
            a[i] = b[i] + 0.5 * c[i]


@njit(cache=True, nogil=True)
def _windows(part: Any, n: int) -> None:
    for k in range(n):
        kernels._sweep_8(part.state[0], part.state[1], part.ring, part.watched, part.hot, part.left, part.coef, 8 * k)


def _best(measure: Callable[[], object], n: int) -> float:
    measure()
    times = []
    for _ in range(n):
        began = time.thread_time()
        measure()
        times.append(time.thread_time() - began)
    return min(times)


def _limits(quick: bool) -> Iterator[Row]:
    n_rounds = 3 if quick else 7
    for where, size in _SIZES.items():
        a, b, c = (np.ones(size) for _ in range(3))
        repeats = max(1, 8_000_000 // size)
        took = _best(lambda a=a, b=b, c=c, k=repeats: _triad(a, b, c, k), n_rounds)
        yield _row(f"limit: triad {where}", 24 * size * repeats / took / 1e9, "GB/s", note="float64, one thread")
    arrays = cuba.cuba()
    net = cuba.network(arrays)
    for dtype in ("float64", "float32"):
        simulation: Any = build(net, Options(dtype=dtype, initial={"membrane": arrays.v0}))  # type: ignore[arg-type]
        simulation.advance(1000)
        one = simulation._grid._slices[0]
        took = _best(lambda part=one.part: _windows(part, 250), n_rounds)
        yield _row(f"limit: update without spikes, {dtype}", 4000 * 2000 / took / 1e9, "10⁹ neuron steps/s")
        sources = np.random.default_rng(0).integers(0, 4000, 20_000)
        steps = np.zeros(len(sources), np.int64)
        n_events = int(np.bincount(arrays.pre, minlength=4000)[sources].sum())
        took = _best(lambda o=one, s=steps, k=sources: lif_delivery.deliver(o.part, o.routes, s, k), n_rounds)
        yield _row(f"limit: delivery of spikes, {dtype}", n_events / took / 1e6, "10⁶ synaptic events/s")


if __name__ == "__main__":
    for line in rows(quick="--quick" in sys.argv):
        ratio = f"{line['ratio']:6.2f} × {line['against']}" if line["ratio"] else ""
        sys.stdout.write(f"{line['name']:48} {line['value']:10.4g} {line['unit']:24} {ratio}  {line['note']}\n")
