"""What an oscilloscope measures, against sums and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from luiapp.data.measure import find_spikes, peaks, rate_over_time, spectrum, spike_triggered_average
from luiapp.errors import ParameterError
from luiapp.model.network import Network
from luiapp.simulate import Options, run


def test_peaks_of_a_sine() -> None:
    """One a period, in its middle; a prominence above its swing finds none, a distance thins them out."""
    t = np.arange(1000) / 1000
    v = np.sin(2 * np.pi * 5 * t)
    assert peaks(v, prominence=0.5).tolist() == [50, 250, 450, 650, 850]
    assert peaks(v, prominence=2.5).tolist() == []
    assert peaks(v + t, prominence=0.5, distance=300)[-1] > 840
    assert len(peaks(v + t, prominence=0.5, distance=300)) == 3


def test_ripple_is_no_peak_and_a_flat_top_is_one() -> None:
    v = np.array([0, 1, 0.9, 1.5, 0.2, 0.5, 0, 2, 2, 2, 0])
    assert peaks(v, prominence=0.2).tolist() == [3, 5, 8]
    assert peaks(v, prominence=0.05).tolist() == [1, 3, 5, 8]
    with pytest.raises(ParameterError, match="more than 0"):
        peaks(v, prominence=0)


@pytest.mark.parametrize("dt", [1e-4, 1e-3, 2e-3])
def test_spikes_are_found_in_the_trace_alone(dt: float) -> None:
    """Those of a simulated board, each within a sample; noise and long pulses change nothing."""
    net = Network(model="lui")
    net.neuron(r_vleak=70e3, r_leak=4e3, noise=2e-3, parts_seed=3)
    net.probe(0)
    recording = run(net, 3.0, options=Options(dt=1e-4, record_every=round(dt / 1e-4)))
    found = find_spikes(recording.time, recording.samples[:, 0])
    assert len(recording.spike_times) > 10
    assert found == pytest.approx(recording.spike_times[: len(found)], abs=1.01 * dt)
    assert len(found) == len(recording.spike_times)


def test_a_membrane_that_only_relaxes_does_not_spike() -> None:
    t = np.arange(0, 2, 1e-3)
    assert len(find_spikes(t, 1.4 * np.exp(-t / 0.05))) == 0
    assert len(find_spikes(t, np.full(len(t), 0.5))) == 0


def test_the_average_around_spikes_brings_out_what_they_share() -> None:
    rng = np.random.default_rng(1)
    dt, n = 1e-3, 20_000
    spikes = np.sort(rng.uniform(0.1, 19.9, 400))
    v = rng.normal(0, 0.1, n)
    time = np.arange(n) * dt
    for spike in spikes:
        v += np.exp(-(((time - spike + 0.02) / 5e-3) ** 2))  # a bump 20 ms before each
    lag, mean, n_used = spike_triggered_average(v, dt, spikes, before=0.05, after=0.05)
    assert n_used == 400
    assert lag[np.argmax(mean)] == pytest.approx(-0.02, abs=1.5e-3)
    assert mean.max() - mean[0] == pytest.approx(1, abs=0.1)


def test_the_average_takes_the_spikes_own_time() -> None:
    """A straight line averages to a straight line, whatever the spikes' place between samples; ends are left out."""
    v = 3.0 * np.arange(100) * 0.01
    lag, mean, n_used = spike_triggered_average(v, 0.01, [0.001, 0.5033, 0.61], before=0.1, after=0.1)
    assert n_used == 2
    assert mean == pytest.approx(3.0 * (np.mean([0.5033, 0.61]) + lag))
    assert np.isnan(spike_triggered_average(v, 0.01, [], before=0.1, after=0.0)[1]).all()


def test_rates_count_every_spike_once() -> None:
    spikes = np.array([0.0, 0.1, 0.25, 0.5, 0.99, 1.0])
    middle, rate = rate_over_time(spikes, 0.0, 1.0, 0.25)
    assert middle.tolist() == [0.125, 0.375, 0.625, 0.875]
    assert rate.tolist() == [8, 4, 4, 4]


def test_the_spectrum_integrates_to_the_variance() -> None:
    """Parseval, for noise; and a sine's power, a²/2, stands at its frequency."""
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 0.3, 50_000)
    f, density = spectrum(noise, 1e-3)
    assert np.sum(density) * f[1] == pytest.approx(noise.var(), rel=0.02)
    assert density[10:-10].mean() == pytest.approx(2 * 0.09 * 1e-3, rel=0.02)
    t = np.arange(8000) * 1e-3
    f, density = spectrum(0.5 * np.sin(2 * np.pi * 40 * t) + 7, 1e-3, n_segment=1000)
    assert f[np.argmax(density)] == pytest.approx(40)
    near = np.abs(f - 40) < 5
    assert np.sum(density[near]) * f[1] == pytest.approx(0.125, rel=1e-3)


def test_a_gap_does_not_reach_the_spectrum() -> None:
    v = np.sin(np.arange(2000) * 0.1)
    v[1500] = math.nan
    f, density = spectrum(v, 1e-3, n_segment=500)
    assert np.isfinite(density).all()
    assert f[np.argmax(density)] == pytest.approx(100 / (2 * np.pi), abs=1)
    with pytest.raises(ParameterError, match="at least 8"):
        spectrum([1.0, 2.0], 1e-3)
