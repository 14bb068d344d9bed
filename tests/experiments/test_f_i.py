"""The f–I curve: of a textbook neuron, of the board twin, from pairs, and from a recording."""

from __future__ import annotations

import math

import numpy as np
import pytest

from luiapp.errors import ParameterError, RigError
from luiapp.experiments.f_i import evaluate, f_i, from_pairs
from luiapp.experiments.result import Progress, Result
from luiapp.experiments.session import Session
from luiapp.model.lui import TAU_RESET, inter_spike_interval, v_threshold
from luiapp.model.network import Network
from luiapp.rigs.replay import ReplayRig
from luiapp.rigs.sim import SimRig
from luiapp.stream.record import record


def measured(network: Network) -> tuple[Result, Session, SimRig]:
    rig = SimRig(network)
    session = Session(rig)
    *steps, result = list(f_i(session))
    assert isinstance(result, Result)
    assert all(isinstance(step, Progress) for step in steps)
    assert [s.fraction for s in steps] == sorted(s.fraction for s in steps)  # type: ignore[union-attr]
    return result, session, rig


def test_a_textbook_neuron_gives_its_parameters_back() -> None:
    net = Network()
    net.neuron(tau_mem=80e-3, tau_ref=12e-3, v_threshold=1.2, v_reset=0.2, r_leak=10e3)
    result, session, rig = measured(net)
    assert result.parameter("tau_mem").value == pytest.approx(80e-3, rel=2e-3)
    assert result.parameter("tau_ref").value == pytest.approx(12e-3, abs=2e-4)
    assert result.parameter("i_rheobase").value == pytest.approx(1.0 / 10e3, rel=1e-3)
    assert result.rms_residual < 0.01 * result.points[:, 1].max()
    closed = [1 / (12e-3 + 80e-3 * math.log(i / (i - 1e-4))) if i > 1e-4 else 0 for i in result.points[:, 0]]
    assert result.points[:, 1] == pytest.approx(closed, rel=0.01)
    session.close()
    record(rig, 0.02)
    assert float(rig.network.parameter("v_leak")[0]) == net.parameter("v_leak")[0]  # put back


def test_a_board_follows_its_closed_form() -> None:
    net = Network(model="lui")
    net.neuron(r_leak=6e3)
    result, _, _ = measured(net)
    fires = result.points[:, 1] > 0
    percent = np.array([52, 54, 57, 60, 64, 70, 78, 88, 100])
    closed = [1 / inter_spike_interval(p * 1e3, 6e3) for p in percent]
    assert result.points[fires, 1] == pytest.approx(closed, rel=0.01)
    assert result.theory[:, 1].max() == pytest.approx(closed[-1])
    assert result.parameter("tau_mem").value == pytest.approx(6e3 * 22e-6, rel=0.01)
    assert result.parameter("i_rheobase").value == pytest.approx(v_threshold() / 6e3, rel=0.01)
    assert result.parameter("tau_ref").value == pytest.approx(15.52e-3, abs=2 * TAU_RESET)


def test_pairs_from_a_current_source() -> None:
    i = np.linspace(0.5e-4, 5e-4, 14)
    with np.errstate(invalid="ignore", divide="ignore"):
        rise = np.log(i / (i - 1e-4))
    rate = np.where(i > 1e-4, 1 / (5e-3 + 50e-3 * rise), 0)
    result = from_pairs(i, rate)
    assert [q.name for q in result.parameters] == ["tau_ref", "tau_mem", "i_rheobase"]
    assert [q.value for q in result.parameters] == pytest.approx([5e-3, 50e-3, 1e-4], rel=1e-4)


def test_pairs_of_a_neuron_that_rests_above_its_reset() -> None:
    """Its rate is that of a larger current from the reset on; the offset is found."""
    i = np.linspace(0.5e-4, 5e-4, 14)
    with np.errstate(invalid="ignore", divide="ignore"):
        rise = np.log((i + 2e-4) / (i - 1e-4))
    rate = np.where(i > 1e-4, 1 / (5e-3 + 50e-3 * rise), 0)
    result = from_pairs(i, rate)
    assert [q.value for q in result.parameters] == pytest.approx([5e-3, 50e-3, 1e-4, -2e-4], rel=1e-3)


def test_pairs_with_scatter_lie_within_their_intervals() -> None:
    """95 % intervals hold the truth in most of 100 noisy measurements, for each parameter."""
    rng = np.random.default_rng(7)
    i = np.linspace(1.1e-4, 5e-4, 12)
    clean = 1 / (5e-3 + 50e-3 * np.log(i / (i - 1e-4)))
    truth, held = (5e-3, 50e-3, 1e-4), np.zeros(3)
    for _ in range(100):
        quantities = from_pairs(i, clean + rng.normal(0, 0.1, len(i))).parameters[:3]
        held += [q.low <= t <= q.high for q, t in zip(quantities, truth, strict=True)]
    assert (held > 80).all()


def test_a_recording_of_it_gives_the_same() -> None:
    net = Network()
    net.neuron(tau_mem=60e-3)
    result, session, _ = measured(net)
    recording = session.recording()
    assert evaluate(recording).points == pytest.approx(result.points, nan_ok=True)
    *_, again = list(f_i(Session(ReplayRig(recording))))
    assert isinstance(again, Result)
    assert again.points[:, 1] == pytest.approx(result.points[:, 1], rel=1e-6)


def test_what_cannot_be_told() -> None:
    with pytest.raises(ParameterError, match="at least three currents"):
        from_pairs([1e-4, 2e-4, 3e-4], [0, 1, 2])
    with pytest.raises(ParameterError, match="negative"):
        from_pairs([1e-4, 2e-4, 3e-4], [0, 1, -2])
    net = Network()
    net.neuron()
    rig = SimRig(net, real_time=False)
    recording = record(rig, 2.0)
    recording.metadata.clear()
    with pytest.raises(RigError, match="--pairs"):
        evaluate(recording)
