"""Minutes of several simulated adapters: is anything lost, does memory grow? ``make soak``, or with ``--minutes 1``."""

from __future__ import annotations

import argparse
import contextlib
import resource
import sys
import tempfile
import time
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
        n, early, late = soak(rig, 60 * options.minutes)
        health = rig.health()
        trips = [1000 * one.device_clock.round_trip for one in adapters]
    print(f"{options.adapters} adapters, {options.kind}: {n} grid points,",
          f"{health['samples']} sets, {health['spikes']} spikes")  # fmt: skip
    print(f"lost: {health['missing']} samples, {health['lost_spikes']} spikes;",
          ", ".join(f"{name} {health[name]}" for name in (*TROUBLE, "late_edges")))  # fmt: skip
    print("round trip, median:", ", ".join(f"{trip:.1f} ms" for trip in trips))
    print(f"memory: {early:.1f} MB after a third, {late:.1f} MB at the end")
    grown = options.minutes >= 1 and late - early > _GROWTH
    return int(grown or any(health[name] for name in TROUBLE))


if __name__ == "__main__":
    sys.exit(main())
