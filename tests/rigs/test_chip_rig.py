"""The chip as a rig: unequal neurons, commands, and networks that it can't run."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from luiapp.chip.calibrate import calibrate
from luiapp.chip.codes import Targets
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.free import place_network, volts
from luiapp.chip.store import open_calibration, save_calibration
from luiapp.errors import FileError, NetworkError, ParameterError, RigError
from luiapp.model.network import Network
from luiapp.model.stimulus import Poisson, Step, spike_train
from luiapp.rigs.chip import ChipRig, unequal
from luiapp.rigs.registry import open_rig
from luiapp.stream.source import Kick, SetParameter, SetPaused, StepOnce


class Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 0.05
        return self.now


def listen(rig: ChipRig, n: int) -> list:
    return [chunk for chunk in (rig.read(0.0) for _ in range(n)) if chunk is not None]


def test_neurons_that_should_be_equal_are_not() -> None:
    rig = ChipRig(serial=3, clock=Clock(), seed=1)
    chunks = listen(rig, 100)
    rates = np.bincount(np.concatenate([c.spike_neurons for c in chunks]), minlength=8)
    assert rates.min() > 10
    assert rates.std() / rates.mean() > 0.05
    assert chunks[0].layout.dt == pytest.approx(1.7e-3)
    other = np.bincount(
        np.concatenate([c.spike_neurons for c in listen(ChipRig(serial=4, clock=Clock(), seed=1), 100)])
    )
    assert not np.array_equal(rates, other)


def test_a_calibration_to_other_targets_makes_them_alike(tmp_path: Path) -> None:
    """The rig's neurons want other time constants and potentials than those that the chip was calibrated to."""
    path = save_calibration(tmp_path / "three.npz", calibrate(Chip(3), Targets(), seed=1))
    spreads = []
    for calibration in (None, open_calibration(path)):
        chunks = listen(ChipRig(serial=3, clock=Clock(), seed=1, calibration=calibration), 200)
        rates = np.bincount(np.concatenate([c.spike_neurons for c in chunks]), minlength=8)
        spreads.append(rates.std() / rates.mean())
    assert spreads[1] < 0.5 * spreads[0]
    rig = open_rig(f"chip:3?calibration={path}")
    assert rig.source.describe()
    with pytest.raises(ParameterError, match="chip 3"):
        open_rig(f"chip:4?calibration={path}")
    with pytest.raises(FileError):
        open_rig("chip:4?calibration=missing.npz")


def test_without_faults_a_network_does_what_its_equation_says() -> None:
    """Placed on equal circuits: the period of leak over threshold, and a PSP as high as its weight makes it."""
    network = unequal(2)
    network.neuron("silent", tau_mem=20e-3, tau_syn=20e-3, tau_ref=5e-3, v_leak=0.4)
    network.stimulus(spike_train([0.1]), to="silent", weight=0.5)
    placed, chip = place_network(network), Chip(0, ideal=True)
    chip.configure(placed.codes)
    out = chip.run(placed.wiring, placed.events(1.0), 1.0 / placed.time_scale, RunOptions(madc=(2,)))
    period = np.diff(out.time[out.neuron == 0]).mean() * placed.time_scale
    assert period == pytest.approx(5e-3 + 20e-3 * math.log(2.0 / (2.0 - 1.55)), rel=0.02)
    trace = volts(out.cadc[0, :, 2].astype(float))
    assert trace[:40].mean() == pytest.approx(0.4, abs=0.02)
    assert trace.max() - trace[:40].mean() == pytest.approx(0.5 / math.e, abs=0.02)


def test_parameters_take_effect_and_are_told() -> None:
    rig = ChipRig(serial=3, clock=Clock(), seed=1)
    listen(rig, 3)
    rig.send(SetParameter(0, "v_leak", 0.5))
    chunks = listen(rig, 60)
    events = [event for chunk in chunks for event in chunk.events]
    assert [(e.kind, e.name, e.value) for e in events] == [("parameter", "v_leak", 0.5)]
    assert not any((chunk.spike_neurons == 0).any() for chunk in chunks[1:])
    assert rig.network.parameter("v_leak")[0] == 0.5
    indices = [(chunk.i_first, chunk.i_end) for chunk in chunks]
    assert all(a[1] == b[0] for a, b in pairwise(indices))


def test_pause_and_step() -> None:
    rig = ChipRig(serial=3, clock=Clock(), seed=1)
    rig.send(SetPaused(True))
    assert listen(rig, 3) == []
    rig.send(StepOnce(17e-3))
    assert sum(chunk.n_samples for chunk in listen(rig, 3)) == 10


def test_what_it_cannot_do_is_refused_at_once() -> None:
    rig = ChipRig(serial=3, clock=Clock())
    with pytest.raises(RigError, match="trials"):
        rig.send(Kick(0))
    with pytest.raises(ParameterError, match="serial"):
        open_rig("chip:seven")
    slow, delayed, current, strong = (unequal(2) for _ in range(4))
    slow.neuron(tau_mem=900.0)
    delayed.connect(0, 1, weight=0.1, delay=20e-3)
    current.stimulus(Step(1e-6), to=0)
    strong.connect(0, 1, weight=100.0)
    for network, words in ((slow, "too long"), (delayed, "delays"), (current, "currents"), (strong, "weaker"),
                           (Network(model="lui"), "LIF")):  # fmt: skip
        with pytest.raises(NetworkError, match=words):
            rig.apply(network)


def test_another_network_begins_another_stream() -> None:
    rig = ChipRig(serial=3, clock=Clock(), seed=1)
    listen(rig, 3)
    network = unequal(3)
    network.connect(0, 1, weight=1.0)
    assert rig.apply(network) == []
    chunk = listen(rig, 1)[0]
    assert chunk.i_first == 0
    assert chunk.layout.neurons == tuple(network.names)


def noisy(n: int, stop: float = math.inf) -> Network:
    """Neurons with a Poisson train of 100 events a second each."""
    network = Network(name="noisy")
    for k in range(n):
        network.neuron(tau_mem=20e-3, tau_syn=5e-3, tau_ref=5e-3)
        network.stimulus(Poisson(100.0, seed=k, stop=stop), to=k, weight=1.5)
    return network


def test_poisson_trains_come_from_the_chips_own_sources_as_far_as_they_go() -> None:
    placed = place_network(noisy(10))
    assert sorted(one.number for one in placed.sources) == list(range(8))
    outside = placed.events(10.0)
    assert set(outside.source.tolist()) == set(range(10)) - {one.inputs[0] for one in placed.sources}
    first, second = placed.background(0), placed.background(1)
    assert len({one.seed for one in (*first, *second)}) == 16, "another trial, other events"
    assert place_network(noisy(2, stop=1.0)).sources == (), "a train that ends comes from outside"
    rig = ChipRig(noisy(10), serial=3, clock=Clock(), seed=1)
    health = rig.health()
    assert abs(int(health["background_events"]) - 8 * 100 * 10) < 4.5 * math.sqrt(8000) + 160  # and rates to 2 %
    assert health["background_lost"] == 0
    spikes = np.bincount(np.concatenate([c.spike_neurons for c in listen(rig, 200)]), minlength=10)
    assert spikes.min() > 0, "wherever its train comes from"
