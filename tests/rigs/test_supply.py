"""VDD from spikes: against the supply that the simulated board was given, and against a membrane by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.rigs.supply import SupplyEstimate
from luiapp.simulate.engine import run


def ramps(vdd: float, *, slope: float, n_spikes: int, dt: float = 1e-3, noise: float = 0.0) -> Chunk:
    """A membrane that rises to the threshold, is short-circuited for 16 ms, and rises again; one neuron."""
    rng = np.random.default_rng(3)
    threshold = 0.5167 * vdd
    samples, spikes, t_next = [], [], 0.0
    t_rise = threshold / slope
    i = 0
    while len(spikes) < n_spikes or i * dt < t_next:
        t = i * dt
        if t >= t_next + t_rise:
            spikes.append(t_next + t_rise)
            t_next += t_rise + 16e-3
        samples.append(max(0.0, slope * (t - t_next)) + noise * rng.standard_normal())
        i += 1
    layout = Layout(dt, (Trace("N1"),), ("N1",), "board")
    return Chunk(layout, 0, np.array(samples, np.float32)[:, None], np.array(spikes), np.zeros(len(spikes), np.int32))


@given(st.floats(1.7, 5.0), st.floats(2.0, 40.0))
def test_it_is_low_by_less_than_a_samples_rise(vdd: float, slope: float) -> None:
    estimate = SupplyEstimate()
    estimate.feed(ramps(vdd, slope=slope, n_spikes=6))
    assert vdd - slope * 1e-3 / 0.5167 - 1e-4 <= estimate.vdd[0] <= vdd + 1e-4


def test_noise_of_the_converter_shifts_it_by_a_fraction_of_a_per_cent() -> None:
    estimate = SupplyEstimate()
    estimate.feed(ramps(3.0, slope=5.0, n_spikes=9, noise=1.5e-3))
    assert estimate.vdd[0] == pytest.approx(3.0, rel=5e-3)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_it_does_not_matter_how_a_stream_is_cut(cuts: list[int]) -> None:
    whole = ramps(2.7, slope=10.0, n_spikes=5)
    one, cut = SupplyEstimate(), SupplyEstimate()
    one.feed(whole)
    at = 0
    for n in [*cuts, len(whole.samples)]:
        end = min(at + n, len(whole.samples))
        due = (whole.spike_times >= at * 1e-3) & (whole.spike_times < end * 1e-3)
        cut.feed(Chunk(whole.layout, at, whole.samples[at:end], whole.spike_times[due], whole.spike_neurons[due]))
        at = end
    np.testing.assert_array_equal(one.vdd, cut.vdd)


@pytest.mark.parametrize(("cell", "resistance"), [(3.0, 0.1), (2.6, 20.0)])
def test_it_finds_the_supply_of_a_board_twin(cell: float, resistance: float) -> None:
    net = Network("lui")
    net.neuron(r_vleak=80e3, r_leak=5e3, v_cell=cell, r_cell=resistance)
    net.probe([0], "membrane")
    ran = run(net, 2.0)
    estimate = SupplyEstimate()
    estimate.feed(Chunk(ran.layout, 0, np.asarray(ran.samples, np.float32), ran.spike_times, ran.spike_neurons))
    # Just before a spike all six LEDs load the cell.
    true = float(lui.supply_voltage(cell, resistance, n_leds=lui.N_LEDS))
    assert estimate.vdd[0] == pytest.approx(true, rel=0.01)


def test_a_spike_in_a_gap_tells_nothing() -> None:
    """Only the time after it was sampled: how high the membrane came before wasn't seen."""
    whole = ramps(3.0, slope=10.0, n_spikes=5)
    estimate = SupplyEstimate()
    for spike in whole.spike_times[1:4]:
        falling = np.full((20, 1), 0.93, np.float32)
        estimate.feed(Chunk(whole.layout, int(spike * 1e3) + 1, falling, np.array([spike]), np.zeros(1, np.int32)))
    assert np.isnan(estimate.vdd).all()


def test_what_tells_nothing_stays_unknown() -> None:
    estimate = SupplyEstimate()
    whole = ramps(3.0, slope=10.0, n_spikes=3)
    silent = Chunk(whole.layout, 0, whole.samples)
    estimate.feed(silent)
    assert np.isnan(estimate.vdd).all()
    counts = Layout(1e-3, (Trace("A", "counts"),), ("A",), "board")
    estimate.feed(Chunk(counts, 0, whole.samples, whole.spike_times, whole.spike_neurons))
    assert np.isnan(estimate.vdd).all()
    lost = np.full_like(whole.samples, np.nan)
    estimate.feed(Chunk(whole.layout, 0, lost, whole.spike_times, whole.spike_neurons))
    assert np.isnan(estimate.vdd).all()
    estimate.feed(Chunk(whole.layout, 10_000, whole.samples * 5, whole.spike_times + 10, whole.spike_neurons))
    assert np.isnan(estimate.vdd).all(), "no board runs at 15 V"
