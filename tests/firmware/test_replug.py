"""Cables pulled for real: a device that is a process of its own dies, hangs, or comes back, while a rig reads it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from devices import lacking

from luiapp.data.chunk import Chunk
from luiapp.link.adapter import Adapter
from luiapp.model.network import Network
from luiapp.rigs.adapter import AdapterRig, open_adapter
from luiapp.rigs.hybrid import HybridRig
from luiapp.stream.source import Pulse

pytestmark = pytest.mark.skipif(bool(lacking("native")), reason=f"needs {lacking('native')}")


class Device:
    """The adapter's core as a program behind a pty, which remembers its name in a file."""

    def __init__(self, build: Path, folder: Path) -> None:
        self.link = folder / "port"
        self._command = [str(build / "adapter-host"), "pty", str(self.link), "--store", str(folder / "store")]
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdin=subprocess.PIPE)
        until = time.monotonic() + 10
        while not self.link.exists():
            assert time.monotonic() < until
            time.sleep(0.01)

    def pull(self) -> None:
        """Power and cable at once."""
        self.process.kill()
        self.process.wait(5)
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.link.unlink(missing_ok=True)


def read_until(rig: AdapterRig, enough: Callable[[list[Chunk]], bool], patience: float = 20.0) -> list[Chunk]:
    """Chunks until there are enough; no single read may take longer than it was told to."""
    chunks: list[Chunk] = []
    until = time.monotonic() + patience
    while not enough(chunks):
        assert time.monotonic() < until
        begun = time.monotonic()
        chunk = rig.source.read(0.1)
        assert time.monotonic() - begun < 2.0, "a read was held up"
        if chunk is not None:
            chunks.append(chunk)
    return chunks


def n_samples(chunks: list[Chunk]) -> int:
    return sum(chunk.n_samples for chunk in chunks)


def links(chunks: list[Chunk]) -> list[str]:
    return [event.name for chunk in chunks for event in chunk.events if event.kind == "link"]


def test_pulled_and_plugged_in_again_it_goes_on_under_its_name(build, tmp_path):
    device = Device(build, tmp_path)
    with contextlib.closing(open_adapter(str(device.link))) as rig:
        before = read_until(rig, lambda got: n_samples(got) > 300)
        rig.rename("Hugo")
        read_until(rig, lambda _: rig.source.adapters[0].label == "Hugo")
        device.pull()
        begun = time.monotonic()
        gone = read_until(rig, lambda _: rig.source.adapters[0].state == "waiting")
        assert rig.health()["ports_open"] == 0 and links(gone)
        time.sleep(0.5)
        device.start()
        after = read_until(rig, lambda got: n_samples(got) > 300)
        away = time.monotonic() - begun
    health = rig.health()
    device.pull()
    gaps = [event.value for chunk in after for event in chunk.events if event.kind == "gap"]
    assert len(gaps) == 1 and 500 <= gaps[0] <= 1000 * away
    assert (health["unplugged"], health["reconnects"]) == (1, 1) and rig.source.adapters[0].label == "Hugo"
    first = next(chunk for chunk in before if chunk.n_samples)
    assert all(chunk.layout is first.layout for chunk in after if chunk.n_samples), (
        "the same columns: a gap, no new start"
    )
    places = np.concatenate([np.arange(c.i_first, c.i_end) for c in [*before, *after] if c.n_samples])
    assert (np.diff(places) > 0).all()


def test_a_device_that_hangs_is_told_and_goes_on_when_it_wakes(build, tmp_path):
    device = Device(build, tmp_path)
    with contextlib.closing(open_adapter(str(device.link))) as rig:
        read_until(rig, lambda got: n_samples(got) > 200)
        os.kill(device.process.pid, signal.SIGSTOP)
        try:
            read_until(rig, lambda _: rig.source.adapters[0].state != "ready")
            with contextlib.suppress(Exception):
                rig.send(Pulse(0, 0, 0.0159))  # to one that doesn't listen: refused or lost, never a freeze
        finally:
            os.kill(device.process.pid, signal.SIGCONT)
        after = read_until(rig, lambda got: n_samples(got) > 200)
        assert n_samples(after) > 200
    device.pull()


def test_the_verb_offers_a_port_that_a_rig_can_open(build, tmp_path):
    """`luiapp firmware simulate`, as a person types it, and a rig in another program."""
    link = tmp_path / "simulated"
    code = (f"import luiapp.cli.firmware as f, pathlib, sys; f.SOURCES = pathlib.Path({str(tmp_path)!r});"
            "from luiapp.cli.main import main; sys.exit(main(sys.argv[1:]))")  # fmt: skip
    (tmp_path / "build").symlink_to(build)
    command = [sys.executable, "-c", code, "firmware", "simulate", str(link), "--seconds", "20"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as verb:
        try:
            assert verb.stderr is not None
            said = verb.stderr.readline()
            assert f"luiapp run --rig board:{link}" in said
            until = time.monotonic() + 10
            while not link.exists():
                assert time.monotonic() < until
                time.sleep(0.01)
            with contextlib.closing(open_adapter(str(link))) as rig:
                read_until(rig, lambda got: n_samples(got) > 200)
        finally:
            verb.send_signal(signal.SIGINT)
            assert verb.wait(10) == 0
    assert not link.exists()


def test_of_a_hybrid_circuit_only_the_pulled_board_falls_silent(build, tmp_path):
    """Simulated neurons go on without the adapter, on one time, and the board is there again afterwards."""
    net = Network("lui")
    net.neuron("A", r_vleak=80e3, r_leak=5e3)  # fires by itself
    net.neuron("B")
    net.connect("A", "B", synapse=0)
    device = Device(build, tmp_path)
    with contextlib.closing(HybridRig(net, {"B": 1}, Adapter(str(device.link)))) as rig:
        before = read_until(rig, lambda got: _share(got, 1) > 0.9 and n_samples(got) > 300)
        device.pull()
        gone = read_until(rig, lambda _: rig.source.adapters[0].state == "waiting")
        gone += read_until(rig, lambda got: n_samples(got) > 700)
        assert rig.real_boards()[1].silent and "gone" in links(gone)
        assert _share(gone[-20:], 0) == 1.0 and _share(gone[-20:], 1) == 0.0
        assert any((chunk.spike_neurons == 0).any() for chunk in gone[-40:]), "A fires on"
        device.start()
        after = read_until(rig, lambda got: _share(got[-20:], 1) > 0.9 and n_samples(got) > 300)
        assert not rig.real_boards()[1].silent
    device.pull()
    chunks = [c for c in [*before, *gone, *after] if c.n_samples]
    assert all(a.i_end == b.i_first for a, b in pairwise(chunks)), "one time without a hole"
    assert all(c.layout.neurons == ("A", "B") for c in chunks)


def _share(chunks: list[Chunk], column: int) -> float:
    """Which share of a column's samples was measured."""
    found = [c.samples[:, column] for c in chunks if c.n_samples]
    return float(np.isfinite(np.concatenate(found)).mean()) if found else 0.0
