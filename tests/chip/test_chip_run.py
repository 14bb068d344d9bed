"""The core in motion: closed forms without noise, order of convergence, converters, saturation, what a seed settles."""

from __future__ import annotations

import math

import numpy as np
import pytest
from chip_kit import layered, silence, wired

from luiapp.chip.codes import Targets, height, linear, nominal, power
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import events
from luiapp.errors import NetworkError, ParameterError

STEP = 0.25e-6


def ideal(targets: Targets | None = None, **codes: float) -> Chip:
    chip = Chip(0, ideal=True)
    chip.configure(nominal(targets or Targets()).changed(**codes))
    return chip


def membrane(chip: Chip, wiring: object, times: list[float], *, duration: float = 60e-6, dt: float = STEP,
             threshold: bool = False) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Membrane of neuron 0 by the fast converter, in LSB of the slow one above the leak, and its times."""
    out = chip.run(wiring, events(np.array([times])), duration,
                   RunOptions(madc=(0,), cadc=False, dt=dt, threshold=threshold))  # fmt: skip
    leak = linear(SPEC.leak_law, chip.codes.leak[0])
    return (out.madc[0, :, 0] - SPEC.madc_law[1]) / SPEC.madc_law[0] - leak, out.madc_time


@pytest.mark.parametrize("taus", [(6e-6, 6e-6), (12e-6, 6e-6), (5e-6, 15e-6)])
@pytest.mark.parametrize("weight", [63, -40])
def test_a_psp_is_the_difference_of_two_exponentials(taus: tuple[float, float], weight: int) -> None:
    """On a grid point, to the resolution of the fast converter (half of its LSB)."""
    chip = ideal(Targets(tau_mem=taus[0], tau_syn=taus[1]))
    found, time = membrane(chip, wired(np.array([[weight]])), [10e-6])
    tau_mem = power(SPEC.tau_mem_law, chip.codes.tau_mem[0])
    tau_syn = power(SPEC.tau_syn_law, chip.codes.tau_exc[0])
    gain = SPEC.peak * math.e * chip.codes.gain_exc[0] / SPEC.gain_code / 63
    since = np.maximum(time - 10e-6, 0)
    if abs(tau_mem / tau_syn - 1) < 1e-6:
        expected = gain * weight * since / tau_mem * np.exp(-since / tau_mem)
    else:
        apart = np.exp(-since / tau_mem) - np.exp(-since / tau_syn)
        expected = gain * weight * tau_mem / (tau_mem - tau_syn) * apart
    assert np.abs(found - expected).max() < 0.5 / SPEC.madc_law[0] + 0.02
    assert np.abs(found).max() == pytest.approx(SPEC.peak * abs(weight) / 63, rel=0.02)
    assert height(tau_mem, tau_syn) * gain * 63 / math.e == pytest.approx(SPEC.peak, rel=0.01)


@pytest.mark.parametrize("n_inputs", [3, 12], ids=["linear", "saturating"])
def test_the_error_of_a_step_vanishes(n_inputs: int) -> None:
    """A fourth of it for half the step; half where lines saturate. Without saturation also against the closed form."""
    chip = ideal()
    times = np.random.default_rng(4).uniform(1e-6, 4e-6, (40, n_inputs))
    steps = (1, 2, 4, 16)
    reads = [
        chip.run(wired(np.full((n_inputs, 1), 63)), events(times), 30e-6,
                 RunOptions(madc=(0,), cadc=False, dt=STEP / n, threshold=False)).trace[:, ::n, 0]
        for n in steps
    ]  # fmt: skip
    errors = [float(np.sqrt(np.mean((read - reads[-1]) ** 2))) for read in reads[:-1]]
    assert errors[0] < 0.01 * n_inputs
    least = 3.0 if n_inputs == 3 else 1.7
    assert least < errors[0] / errors[1] < 5.0
    assert least < errors[1] / errors[2] < 5.0
    if n_inputs == 3:
        leak, tau = linear(SPEC.leak_law, chip.codes.leak[0]), power(SPEC.tau_mem_law, chip.codes.tau_mem[0])
        since = np.maximum(np.arange(121)[:, None, None] * STEP - np.rint(times / SPEC.tick) * SPEC.tick, 0) / tau
        expected = leak + SPEC.peak * math.e * (since * np.exp(-since)).sum(axis=2).T
        assert np.abs(reads[0] - expected).max() < 0.1


@pytest.mark.parametrize("tau_ref", [0.4e-6, 2e-6, 7.3e-6])
def test_leak_over_threshold_fires_at_the_analytic_rate(tau_ref: float) -> None:
    chip = ideal(Targets(reset=60, threshold=110, tau_ref=tau_ref), leak=810)
    spikes = chip.run(wired(np.zeros((1, 1))), silence(), 1e-3).time
    leak = linear(SPEC.leak_law, 810)
    reset, threshold = linear(SPEC.reset_law, chip.codes.reset[0]), linear(SPEC.threshold_law, chip.codes.threshold[0])
    tau = power(SPEC.tau_mem_law, chip.codes.tau_mem[0])
    expected = tau_ref + tau * math.log((leak - reset) / (leak - threshold))
    assert np.diff(spikes).mean() == pytest.approx(expected, rel=5e-3)
    assert np.allclose(np.rint(spikes / SPEC.tick) * SPEC.tick, spikes)


def test_an_infinite_refractory_time_lets_everybody_fire_once() -> None:
    chip = ideal(Targets(tau_ref=math.inf, threshold=110), leak=700)
    assert chip.run(wired(np.zeros((1, 3))), silence(2), 200e-6).counts(3).tolist() == [[1] * 3] * 2


def test_a_spike_excites_the_next_layer_after_the_latency() -> None:
    chip = ideal(Targets(peak=40.0, tau_ref=math.inf))
    wiring = layered(np.full((4, 1), 63), np.array([[63]]))
    out = chip.run(wiring, events(np.full((1, 4), 5e-6)), 40e-6, RunOptions(madc=(1,), threshold=True))
    assert out.neuron.tolist()[:1] == [0]
    rise = out.trace[0, :, 0]
    arrival = out.time[0] + SPEC.latency
    grid = np.arange(len(rise)) * STEP
    fitted = (grid - arrival) * np.exp(-(grid - arrival) / power(SPEC.tau_mem_law, chip.codes.tau_mem[0]))
    later = grid > arrival + STEP
    peak = (rise - rise[0])[later].max()
    assert np.abs((rise - rise[0])[later] / peak - (fitted / fitted[later].max())[later]).max() < 0.02


def test_excitation_is_linear_further_than_inhibition() -> None:
    """Published: excitation linear to a summed weight of 288; inhibition bends at 96, with a floor at about 169."""
    chip = ideal()
    peaks = {}
    for sign in (1, -1):
        for n in (1, 4, 5, 8):
            found, _ = membrane(chip, wired(np.full((8, 1), sign * 36)), [5e-6] * n + [math.inf] * (8 - n))
            peaks[sign * n] = sign * (sign * found).max() * SPEC.madc_law[0]
    assert peaks[8] == pytest.approx(8 * peaks[1], rel=0.03)
    assert peaks[-4] > 0.93 * 4 * peaks[-1]  # bent
    assert 155 < -peaks[-8] / peaks[1] * 36 < 180


def test_the_slow_converter_rounds_and_clips() -> None:
    chip = ideal(leak=1022)
    out = chip.run(wired(np.zeros((1, 1))), silence(), 17e-6, RunOptions(threshold=False))
    assert set(out.cadc.ravel()) == {round(linear(SPEC.leak_law, 1022))}
    assert len(out.cadc_time) == 10
    assert np.diff(out.cadc_time) == pytest.approx(1.7e-6)
    loud = ideal(Targets(leak=150))
    strong = loud.run(wired(np.full((8, 1), 63)), events(np.full((1, 8), 1e-6)), 17e-6, RunOptions(threshold=False))
    assert strong.cadc.max() == 255


def test_noise_of_the_converters_is_as_measured() -> None:
    chip = Chip(3)
    out = chip.run(wired(np.zeros((1, 100))), silence(20), 60e-6, RunOptions(seed=1, threshold=False, madc=(0,)))
    assert 0.65 < out.cadc.std(axis=(0, 1)).mean() < 0.9  # published: 0.65 to 0.85, rounding to whole LSB included
    assert 1.5 < out.madc.std() < 2.0


def test_a_seed_settles_everything_and_no_seed_nothing() -> None:
    chip = Chip(5)
    wiring = wired(np.full((10, 30), 63))
    given = events(np.random.default_rng(0).uniform(1e-6, 20e-6, (12, 10)))
    one, same, other = (chip.run(wiring, given, 60e-6, RunOptions(seed=seed)) for seed in (1, 1, None))
    assert np.array_equal(one.cadc, same.cadc)
    assert np.array_equal(one.time, same.time)
    assert not np.array_equal(one.cadc, other.cadc)
    assert len(one.time) > 50


def test_a_batch_is_its_pieces_bit_for_bit() -> None:
    chip = Chip(5)
    wiring = wired(np.full((10, 30), 63))
    times = np.random.default_rng(0).uniform(1e-6, 20e-6, (12, 10))
    whole = chip.run(wiring, events(times), 60e-6, RunOptions(seed=1))
    parts = [chip.run(wiring, events(times[a : a + 5]), 60e-6, RunOptions(seed=1, first_sample=a)) for a in (0, 5, 10)]
    assert np.array_equal(whole.cadc, np.concatenate([part.cadc for part in parts]))
    assert np.array_equal(whole.time, np.concatenate([part.time for part in parts]))


def test_events_get_lost_when_everybody_fires_at_once() -> None:
    """Published: of 512 at once, 250 and more must get through; about twenty in 10 µs lose nothing."""
    chip = Chip(1)
    chip.configure(nominal(Targets(tau_ref=math.inf, threshold=110)).changed(leak=900), seed=0)
    out = chip.run(wired(np.zeros((1, 512))), silence(20), 60e-6, RunOptions(seed=0))
    assert 250 <= len(out.time) / 20 <= 350
    assert out.fired.sum() - out.lost.sum() == len(out.time)
    few = chip.run(wired(np.zeros((1, 20))), silence(20), 60e-6, RunOptions(seed=0))
    assert few.lost.sum() == 0
    assert chip.counters.lost.sum() == out.lost.sum()


def test_wrong_wishes_are_told() -> None:
    with pytest.raises(NetworkError, match="63"):
        wired(np.array([[64]]))
    with pytest.raises(ParameterError, match="2 channels"):
        RunOptions(madc=(0, 1, 2))
    with pytest.raises(ParameterError, match="tau_mem"):
        Targets(tau_mem=1e-3)
    with pytest.raises(ParameterError, match="source"):
        Chip(0).run(wired(np.zeros((1, 1))), events(np.zeros((1, 3))), 10e-6)
