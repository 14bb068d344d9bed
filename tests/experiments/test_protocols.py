"""The other protocols, on simulated neurons, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.errors import ParameterError, RigError
from luiapp.experiments import jitter, psp, strength
from luiapp.experiments.registry import EXPERIMENTS
from luiapp.experiments.result import Progress, Request, Result
from luiapp.experiments.session import Session
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.rigs.replay import ReplayRig
from luiapp.rigs.sim import SimRig


def done(name: str, network: Network) -> tuple[Result, Session]:
    session = Session(SimRig(network))
    result: Progress | Request | Result | None = None
    for result in EXPERIMENTS[name].begin(session):
        assert not isinstance(result, Request)
    assert isinstance(result, Result)
    return result, session


def one(model: str, **parameters: float) -> Network:
    net = Network(model=model)
    net.neuron(**parameters)
    return net


def again(name: str, session: Session) -> Result:
    """The same from the recording, played back."""
    *_, result = list(EXPERIMENTS[name].begin(Session(ReplayRig(session.recording()))))
    assert isinstance(result, Result)
    return result


def test_height_against_weight_of_a_board() -> None:
    """Its closed form at each weight, and through zero."""
    result, session = done("psp-weight", one("lui", r_leak=6e3))
    r_w = [lui.knob("w1").ohms(percent) for percent in psp.WEIGHT_PERCENT]
    closed = sorted(lui.psp_height(lui.SPIKE_WIDTH, r_w=r, r_tsyn=5e3, r_leak=6e3) for r in r_w)
    assert result.points[:, 1] == pytest.approx(closed, rel=0.01)
    assert np.interp(result.points[:, 0], *result.theory.T) == pytest.approx(closed, rel=1e-6)
    slope = result.parameter("slope")
    assert slope.value == pytest.approx(closed[-1] / result.points[-1, 0], rel=5e-3)
    assert abs(result.parameter("offset").value) < 1e-3
    assert again("psp-weight", session).points == pytest.approx(result.points, rel=1e-5)


def test_height_against_weight_of_a_textbook_neuron() -> None:
    result, _ = done("psp-weight", one("lif", tau_mem=80e-3, tau_syn=10e-3))
    assert psp.lif_height(80e-3, 10e-3) == pytest.approx(8 ** (-8 / 7))
    assert psp.lif_height(1.0, 1.0) == pytest.approx(np.exp(-1))
    assert result.parameter("slope").value == pytest.approx(psp.lif_height(80e-3, 10e-3), rel=5e-3)


def test_two_pulses_add_up_and_the_refractory_time() -> None:
    """Off its rails the synapse is linear: what is left of superposition is a thousandth of the height."""
    result, _ = done("paired-pulses", one("lui", r_leak=6e3))
    assert len(result.points) == len(psp.INTERVALS)
    assert result.rms_residual < 5e-3 * result.points[:, 1].max()
    assert result.points[:, 0] == pytest.approx(sorted(psp.INTERVALS), abs=1e-3)
    assert result.parameter("tau_ref").value == pytest.approx(lui.SPIKE_WIDTH, abs=0.2e-3)
    assert (np.diff(result.points[1:, 1]) < 0).all()


@pytest.mark.parametrize(("model", "mem", "syn"), [("lui", 6e3 * lui.C_MEM, 0.03), ("lif", 0.1, 0.03)])
def test_both_time_constants(model: str, mem: float, syn: float) -> None:
    """Told apart by the climbs after spikes, though potentials after pulses alone couldn't."""
    own = {"r_leak": 6e3, "r_tsyn": 3e3} if model == "lui" else {"tau_mem": mem, "tau_syn": syn}
    result, _ = done("time-constants", one(model, **own))
    for name, truth in (("tau_mem", mem), ("tau_syn", syn)):
        assert result.parameter(name).value == pytest.approx(truth, rel=0.01)
        assert result.parameter(name).state == "determined"
    assert result.rms_residual < 2e-3


def test_strength_against_duration() -> None:
    """The least width at each weight meets the closed form of the potential's height."""
    result, _ = done("strength-duration", one("lui", r_leak=6e3))
    expected = np.interp(result.points[:, 0], *result.theory.T)
    assert len(result.points) == len(strength.WEIGHT_PERCENT)
    assert result.points[:, 1] == pytest.approx(expected, rel=0.03)
    assert (np.diff(result.points[:, 1]) < 0).all()
    with pytest.raises(RigError, match="no width"):
        list(EXPERIMENTS["strength-duration"].begin(Session(SimRig(one("lif")))))


def test_jitter_is_noise_over_slope() -> None:
    net = one("lui", r_leak=6e3, noise=1e-3)
    result, session = done("jitter", net)
    found, expected = result.parameter("jitter"), result.parameter("jitter_expected")
    assert abs(found.value - expected.value) < 4 * found.error
    period = lui.inter_spike_interval(62e3, 6e3)
    assert result.parameter("interval").value == pytest.approx(period, rel=0.01)
    assert len(result.points) >= jitter.N_INTERVALS
    assert again("jitter", session).points[:, 1] == pytest.approx(result.points[:, 1])
    silent, _ = done("jitter", one("lif", tau_mem=50e-3))
    assert silent.parameter("jitter").value < 1e-9


def test_a_recording_without_what_it_needs_is_told() -> None:
    _, session = done("psp-weight", one("lif"))
    for name, part in (("jitter", "four spikes"), ("paired-pulses", "single pulse")):
        with pytest.raises(ParameterError, match=part):
            again(name, session)


def test_stopping_half_way_puts_everything_back() -> None:
    net = one("lui", r_vleak=20e3)
    rig = SimRig(net)
    session = Session(rig)
    steps = EXPERIMENTS["psp-weight"].begin(session)
    for _ in range(5):
        next(steps)
    steps.close()  # type: ignore[attr-defined]
    session.close()
    rig.read(0.0)
    assert rig.network.parameter("r_vleak")[0] == 20e3
    assert rig.network.parameter("r_w1")[0] == net.parameter("r_w1")[0]
