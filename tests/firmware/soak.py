"""Minutes of several simulated adapters: is anything lost, does memory grow? ``make soak``, or with ``--minutes 1``."""

from __future__ import annotations

import argparse
import contextlib
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from devices import FIRMWARE, device, lacking

from luiapp.link.adapter import Adapter
from luiapp.rigs.adapter import AdapterRig
from luiapp.stream.source import Pulse

TROUBLE = ("missing", "gaps", "lost_sets", "overruns", "lost_frames", "bad_frames", "lost_spikes", "restarts")
_GROWTH = 4.0  # MB that may come and go


def memory() -> float:
    """What this process holds at present [MB]."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def soak(rig: AdapterRig, seconds: float) -> tuple[int, float, float]:
    """Read for a while, and give a pulse now and then. Returns samples, memory [MB] after a third and at the end."""
    begun, n, early, next_pulse = time.monotonic(), 0, 0.0, 2.0
    while (elapsed := time.monotonic() - begun) < seconds:
        chunk = rig.source.read(0.5)
        n += chunk.n_samples if chunk is not None else 0
        if elapsed > next_pulse:
            next_pulse = elapsed + 0.5
            rig.send(Pulse(6, 1))
        if elapsed > seconds / 3 and not early:
            early = memory()
    return n, early or memory(), memory()


@dataclass
class Turned:
    """How a ring fared."""

    n_spikes: int
    n_breaks: int
    n_lost: int
    median_ms: float
    most_ms: float


@contextlib.contextmanager
def ring_of_six(build: Path, folder: Path, seconds: float) -> Iterator[Future[Turned]]:
    """A hybrid ring (tests/rigs/hybrid_ring.py) on a quiet adapter of its own, in a thread beside the rest."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "rigs"))
    from hybrid_ring import breaks, run

    def turn(adapter: Adapter) -> Turned:
        spikes, health, _ = run(adapter, seconds)
        lost = sum(int(health[name]) for name in ("missing", "lost_sets", "lost_spikes", "lost_frames"))
        return Turned(len(spikes), breaks(spikes), lost, float(health["delay_ms"]), float(health["delay_99_ms"]))

    with device("simavr", build, folder, "--relay", "1", name="ring") as client, ThreadPoolExecutor(1) as pool:
        yield pool.submit(turn, client())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--adapters", type=int, default=4)
    parser.add_argument("--kind", choices=("simavr", "native", "virtual"), default="simavr")
    parser.add_argument("--build", type=Path, default=FIRMWARE / "build")
    options = parser.parse_args()
    if missing := lacking(options.kind):
        print(f"needs {missing}")
        return 2
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        adapters: list[Adapter] = [stack.enter_context(device(options.kind, options.build, folder, name=f"port{k}"))()
                                   for k in range(options.adapters)]  # fmt: skip
        rig = AdapterRig(adapters)
        stack.callback(rig.close)
        ring = None
        if options.kind == "simavr":
            ring = stack.enter_context(ring_of_six(options.build, folder, 60 * options.minutes))
        n, early, late = soak(rig, 60 * options.minutes)
        turned = ring.result(60) if ring is not None else None
        health = rig.health()
        trips = [1000 * one.device_clock.round_trip for one in adapters]
    print(f"{options.adapters} adapters, {options.kind}: {n} grid points,",
          f"{health['samples']} sets, {health['spikes']} spikes")  # fmt: skip
    print(f"lost: {health['missing']} samples, {health['lost_spikes']} spikes;",
          ", ".join(f"{name} {health[name]}" for name in (*TROUBLE, "late_edges")))  # fmt: skip
    print("round trip, median:", ", ".join(f"{trip:.1f} ms" for trip in trips))
    print(f"memory: {early:.1f} MB after a third, {late:.1f} MB at the end")
    grown = options.minutes >= 1 and late - early > _GROWTH
    broken = False
    if turned is not None:
        broken = bool(turned.n_breaks or turned.n_lost) or turned.n_spikes < 600 * options.minutes
        print(f"ring of three simulated neurons and three boards: {turned.n_spikes} spikes,",
              f"{turned.n_breaks} out of turn, {turned.n_lost} lost; out and back in {turned.median_ms} ms,",
              f"99 % in {turned.most_ms} ms")  # fmt: skip
    return int(grown or broken or any(health[name] for name in TROUBLE))


if __name__ == "__main__":
    sys.exit(main())
