"""The simulated rig keeps time, obeys at once, and writes down what was done to it."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.data.chunk import Chunk
from luiapp.data.recording import Recording, join
from luiapp.errors import ParameterError, RigError
from luiapp.model.network import Network
from luiapp.rigs.sim import SimRig
from luiapp.stream.source import (
    Kick,
    Mark,
    Pulse,
    Seek,
    SetParameter,
    SetPaused,
    SetSpeed,
    StepOnce,
)


def quiet() -> Network:
    """One LIF at rest below threshold, and one it drives."""
    net = Network(name="quiet")
    a = net.neuron("A", v_leak=0.5)
    b = net.neuron("B", v_leak=0.5)
    net.connect(a, b, weight=1.0, delay=5e-3)
    return net


def play(rig: SimRig, n_reads: int) -> Recording:
    chunks = [rig.read(0.0) for _ in range(n_reads)]
    return join([c for c in chunks if isinstance(c, Chunk)])


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_kick_makes_exactly_one_spike_and_is_recorded() -> None:
    rig = SimRig(quiet(), real_time=False)
    play(rig, 3)
    rig.send(Kick(0))
    out = play(rig, 10)
    assert len(out.spike_train("A")) == 1
    assert [(e.kind, e.target) for e in out.events] == [("kick", "A")]


def test_a_turned_knob_acts_and_is_recorded() -> None:
    rig = SimRig(quiet(), real_time=False)
    assert len(play(rig, 100).spike_times) == 0
    rig.send(SetParameter(0, "v_leak", 3.0))
    out = play(rig, 100)
    assert len(out.spike_train("A")) > 0
    assert (out.events[0].kind, out.events[0].name, out.events[0].value) == ("parameter", "v_leak", 3.0)
    assert rig.network.parameter("v_leak")[0] == 3.0


def test_pulse_and_marker() -> None:
    rig = SimRig(quiet(), real_time=False)
    rest = play(rig, 300).samples[-1, 0]  # 3 s: from v = 0 to rest
    rig.send(Pulse(0, 0, weight=0.5))
    rig.send(Mark(3))
    out = play(rig, 10)
    assert out.samples[:, 0].max() > rest + 0.01
    assert [(e.kind, e.value) for e in out.events if e.kind == "marker"] == [("marker", 3)]


@pytest.mark.parametrize("speed", [0.1, 1.0, 10.0])
def test_time_runs_at_the_chosen_speed(speed: float) -> None:
    clock = Clock()
    rig = SimRig(quiet(), clock=clock)
    rig.send(SetSpeed(speed))
    rig.read(0.0)
    n = 0
    for _ in range(100):
        clock.now += 0.010
        n += getattr(rig.read(0.0), "n_samples", 0)
    assert n * rig.layout.dt == pytest.approx(1.0 * speed, rel=0.03)


def test_paused_time_stands_and_steps() -> None:
    clock = Clock()
    rig = SimRig(quiet(), clock=clock)
    rig.read(0.0)
    rig.send(SetPaused(True))
    for _ in range(5):
        clock.now += 0.010
        assert rig.read(0.0) is None
    rig.send(StepOnce(20e-3))
    clock.now += 0.010
    chunk = rig.read(0.0)
    assert chunk is not None and chunk.n_samples * rig.layout.dt == pytest.approx(20e-3)


def test_a_machine_that_slept_does_not_run_after_its_debt() -> None:
    clock = Clock()
    rig = SimRig(quiet(), clock=clock)
    rig.read(0.0)
    clock.now += 3600
    chunk = rig.read(0.0)
    assert chunk is not None and chunk.n_samples * rig.layout.dt <= 0.05
    assert rig.health()["slowed"] == 1


def test_samples_follow_one_another_without_gaps() -> None:
    rig = SimRig(quiet(), real_time=False)
    out = play(rig, 50)
    assert np.isfinite(out.samples).all()
    assert out.duration == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (SetSpeed(0.0), RigError),
        (SetSpeed(float("nan")), RigError),
        (Kick(2), RigError),
        (SetParameter(0, "tau_mem", -1.0), ParameterError),
        (SetParameter(0, "colour", 1.0), ParameterError),
        (Seek(1.0), RigError),
    ],
)
def test_what_it_cant_do_is_refused_at_once(command: object, error: type[Exception]) -> None:
    rig = SimRig(quiet(), real_time=False)
    with pytest.raises(error):
        rig.send(command)  # type: ignore[arg-type]


def test_a_new_circuit_takes_over() -> None:
    rig = SimRig(quiet(), real_time=False)
    play(rig, 3)
    bigger = rig.network
    bigger.neuron("C")
    rig.apply(bigger)
    chunk = rig.read(0.0)
    assert chunk is not None and chunk.layout.neurons == ("A", "B", "C")
    assert any(e.kind == "network" for e in chunk.events)


def test_closed_is_closed() -> None:
    rig = SimRig(quiet(), real_time=False)
    rig.close()
    with pytest.raises(EOFError):
        rig.read(0.0)
