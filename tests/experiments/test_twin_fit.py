"""The twin fit, against boards and neurons whose parameters are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from random_boards import errors, fitted, random_board

from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.experiments.twin_fit import TwinFit, fit_trace
from luiapp.experiments.twin_model import Membrane, membrane
from luiapp.experiments.twin_trace import from_columns, from_recording
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.model.parts import draw_parts
from luiapp.model.stimulus import spike_train
from luiapp.simulate import Options, run

PULSES = ([0.1, 0.3, 0.35, 0.9, 1.3, 1.32], [0.6, 0.62])


def board(**parameters: float) -> Network:
    net = Network(model="lui")
    net.neuron(**parameters)
    net.probe(0)
    for synapse, times in enumerate(PULSES):
        net.stimulus(spike_train(times), to=0, synapse=synapse)
    return net


def recorded(net: Network, duration: float = 2.0) -> Recording:
    return run(net, duration, options=Options(record_every=10))


def noisy(recording: Recording, sigma: float = 1e-3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return recording.time, recording.samples[:, 0] + rng.normal(0, sigma, len(recording.time))


def value(fit: TwinFit, name: str) -> float:
    found = fit.parameter(name)
    assert found.state != "undetermined", found
    return found.value


def test_a_quiet_board_with_known_pulses() -> None:
    """Each parameter of a nominal board to a few parts in a thousand; what only spikes tell is not invented."""
    net = board(r_vleak=30e3, r_leak=6e3, r_w1=11e3, r_w2=5e3, sign_2=-1)
    fit = fit_trace(from_recording(recorded(net)))
    assert value(fit, "v_leak") == pytest.approx(0.9, abs=2e-3)
    assert value(fit, "tau_mem") == pytest.approx(0.132, rel=3e-3)
    assert value(fit, "tau_syn") == pytest.approx(0.05, rel=3e-3)
    heights = [lui.psp_height(lui.SPIKE_WIDTH, r_w=r, r_tsyn=5e3, r_leak=6e3) for r in (11e3, 5e3)]
    assert value(fit, "weight_1") == pytest.approx(heights[0], rel=3e-3)
    assert value(fit, "weight_2") == pytest.approx(-heights[1], rel=3e-3)
    for name in ("tau_ref", "v_threshold", "v_reset", "c_mem", "vdd"):
        assert fit.parameter(name).state == "undetermined"
        assert math.isnan(fit.parameter(name).value)
        assert fit.parameter(name).reason
    assert fit.rms_residual < 1e-4
    twin = fit.trimmers()
    assert [twin[n] for n in ("r_leak", "r_tsyn", "r_w1", "r_w2")] == pytest.approx([6e3, 5e3, 11e3, 5e3], rel=5e-3)
    assert (twin["sign_1"], twin["sign_2"]) == (1, -1)


def test_a_firing_board_of_real_parts() -> None:
    """Capacitance and supply come from what happens below the floor, which depends on nothing else."""
    net = board(r_vleak=62e3, r_leak=6e3, r_w1=11e3, r_w2=3e3, sign_2=-1, parts_seed=7, v_cell=2.7)
    parts = draw_parts(7)
    fit = fit_trace(from_recording(recorded(net)))
    assert fit.model == "lui"
    assert value(fit, "tau_mem") == pytest.approx(6e3 * parts.track_leak * parts.c_mem, rel=0.01)
    assert value(fit, "c_mem") == pytest.approx(parts.c_mem, rel=0.03)
    assert value(fit, "vdd") == pytest.approx(2.7, rel=0.02)
    assert value(fit, "v_threshold") == pytest.approx(2.7 * parts.threshold + parts.offset_threshold, abs=5e-3)
    assert value(fit, "tau_ref") == pytest.approx(parts.hold + lui.TAU_RESET * 0.7, abs=0.5e-3)
    assert value(fit, "tau_syn") == pytest.approx(5e3 * parts.track_tsyn * parts.c_syn, rel=0.02)
    assert value(fit, "weight_2") < 0 < value(fit, "weight_1")


def test_a_bare_table_of_a_firing_board() -> None:
    """No pulses, no spike times, a millivolt of noise: only what a trace holds."""
    net = Network(model="lui")
    net.neuron(r_vleak=60e3, r_leak=8e3)
    net.probe(0)
    fit = fit_trace(from_columns(*noisy(recorded(net, 3.0))))
    assert fit.model == "lui"
    assert value(fit, "tau_mem") == pytest.approx(8e3 * lui.C_MEM, rel=0.02)
    assert value(fit, "v_leak") == pytest.approx(1.8, abs=0.02)
    assert value(fit, "vdd") == pytest.approx(3.0, rel=0.01)
    assert value(fit, "c_mem") == pytest.approx(lui.C_MEM, rel=0.03)
    assert value(fit, "tau_ref") == pytest.approx(15.9e-3, abs=0.3e-3)
    assert value(fit, "v_threshold") == pytest.approx(1.55, abs=5e-3)
    assert len(fit.onsets) == 0
    assert fit.parameter("tau_syn").state == "undetermined"
    assert 0.8e-3 < fit.rms_residual < 1.3e-3


def test_a_textbook_neuron_is_told_from_a_board() -> None:
    net = Network()
    net.neuron(tau_mem=80e-3, tau_ref=10e-3, v_leak=2.0, v_threshold=1.2, v_reset=0.1)
    net.probe(0)
    fit = fit_trace(from_columns(*noisy(recorded(net))))
    assert fit.model == "lif"
    assert value(fit, "tau_mem") == pytest.approx(80e-3, rel=0.01)
    assert value(fit, "v_leak") == pytest.approx(2.0, abs=0.02)
    assert value(fit, "tau_ref") == pytest.approx(10e-3, abs=0.3e-3)
    assert value(fit, "v_reset") == pytest.approx(0.1, abs=2e-3)
    assert value(fit, "v_threshold") == pytest.approx(1.2, abs=5e-3)
    assert fit.parameter("c_mem").state == "undetermined"
    assert fit.trimmers() == {}


def test_weights_of_a_textbook_neuron_are_those_it_was_given() -> None:
    net = Network()
    net.neuron(tau_mem=80e-3, tau_syn=15e-3, v_leak=0.6)
    net.stimulus(spike_train([0.1, 0.4, 0.5]), to=0, synapse=0, weight=0.8)
    net.probe(0)
    fit = fit_trace(from_recording(recorded(net, 1.0)))
    assert value(fit, "weight_1") == pytest.approx(0.8, rel=0.02)
    assert sorted([value(fit, "tau_mem"), value(fit, "tau_syn")]) == pytest.approx([15e-3, 80e-3], rel=0.02)


def test_time_constants_that_potentials_alone_cannot_tell_apart() -> None:
    """A cascade of two filters is the same either way round: the fit says so."""
    net = board(r_vleak=30e3, r_leak=6e3, r_w1=11e3, r_w2=5e3)
    fit = fit_trace(from_columns(*noisy(recorded(net)), pulses=[*PULSES[0], *PULSES[1]], synapses=[0] * 6 + [1] * 2))
    for name in ("tau_mem", "tau_syn"):
        assert fit.parameter(name).state == "ambiguous"
        assert "other way round" in fit.parameter(name).reason
    assert value(fit, "tau_mem") == pytest.approx(0.132, rel=0.02)


def test_pulses_that_nobody_told_of() -> None:
    net = board(r_vleak=30e3, r_leak=6e3, r_w1=11e3, r_w2=5e3, sign_2=-1)
    fit = fit_trace(from_columns(*noisy(recorded(net))))
    truth = sorted([*PULSES[0], *PULSES[1]])
    assert fit.onsets == pytest.approx(truth, abs=5e-3)
    assert value(fit, "tau_mem") == pytest.approx(0.132, rel=0.03)
    assert value(fit, "tau_syn") == pytest.approx(0.05, rel=0.03)
    assert any("found in the trace" in note for note in fit.notes)


def test_a_flat_trace_tells_its_level_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    fit = fit_trace(from_columns(np.arange(500) * 1e-3, 0.7 + rng.normal(0, 1e-3, 500)))
    assert value(fit, "v_leak") == pytest.approx(0.7, abs=3e-3)
    assert [q.name for q in fit.parameters if q.state != "undetermined"] == ["v_leak"]


def test_standard_errors_hold_the_truth() -> None:
    """Over 12 noises, 95 % intervals hold the truth about that often (at least 9 of 12 each)."""
    net = Network(model="lui")
    net.neuron(r_vleak=60e3, r_leak=4e3, r_cell=0.0)
    net.probe(0)
    recording = recorded(net, 1.0)
    held = np.zeros(2)
    for seed in range(12):
        fit = fit_trace(from_columns(*noisy(recording, 3e-3, seed)))
        for i, (name, truth) in enumerate((("tau_mem", 4e3 * lui.C_MEM), ("v_leak", 1.8))):
            one = fit.parameter(name)
            held[i] += one.low <= truth <= one.high
    assert (held >= 9).all()


def test_the_model_is_the_twin() -> None:
    """Without a spike, against the board's own simulation, beyond the rails of its synapse."""
    net = board(r_vleak=5e3, r_leak=2e3, r_w1=100.0, r_w2=11e3)
    recording = run(net, 1.5, options=Options(record_every=10, samples="float64"))
    trace = from_recording(recording)
    p = Membrane(0.15 + lui.I_BIAS * 2e3, 2e3 * lui.C_MEM, v_start=float(trace.v[0]), tau_syn=0.05)
    sizes = tuple(lui.K_LADDER * p.kappa * p.vdd / (r + lui.R_WEIGHT_SERIES) / lui.C_SYN for r in (100.0, 11e3))
    told = membrane(trace.inputs(), replace(p, amplitudes=sizes))
    assert np.abs(told - trace.v).max() < 0.01
    assert len(trace.spikes) == 0 and np.ptp(trace.v) > 0.4


@pytest.mark.parametrize(
    ("time", "v", "part"),
    [
        (np.arange(5), np.zeros(5), "at least 20 samples"),
        (np.zeros(30), np.zeros(30), "times must rise"),
        (np.arange(30), np.full(30, 700.0), "millivolts"),
    ],
)
def test_what_is_no_membrane(time: np.ndarray, v: np.ndarray, part: str) -> None:
    with pytest.raises(FormatError, match=part):
        from_columns(time, v)


@pytest.mark.slow
def test_boards_nobody_has_seen() -> None:
    """Random trimmers and parts; time constants and weights to a few percent on every one (`make bench` has 50)."""
    for seed in (1, 3, 4):
        board_at_hand = random_board(seed)
        found = errors(board_at_hand, fitted(board_at_hand, seed))
        for name in ("tau_mem", "tau_syn", "weight_1", "weight_2", "weight_3"):
            assert found[name] < 0.02, (seed, name)
        for name in ("v_leak", "c_mem", "vdd", "tau_ref", "v_threshold"):
            assert found.get(name, 0) < 0.05, (seed, name)
