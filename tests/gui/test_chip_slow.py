"""Slow motion: both clocks, what glows when, and the neuron in biological time against its closed form."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from chip_desk import small_network

from luiapp.chip.core import Chip
from luiapp.chip.spec import SPEC
from luiapp.deploy.onchip import OnChip, plain_codes
from luiapp.gui.bench import shape
from luiapp.gui.chip.slow_card import SlowCard
from luiapp.gui.chip.slow_state import PACES, REPEATS, Slow, Watched, lights, reference, watch
from luiapp.gui.chip.slow_view import LuiView, TraceView
from luiapp.gui.theme import Look
from luiapp.model.layered import psp_peak
from luiapp.train.task import yin_yang_sets


@cache
def sample(ideal: bool = True) -> Watched:
    model = small_network()
    on_chip = OnChip(model.task, model.weight, Chip(7, ideal=ideal))
    on_chip.chip.configure(plain_codes(on_chip), seed=0)
    on_chip.fit_readout(yin_yang_sets()[0].samples[:100])
    test = yin_yang_sets()[2]
    return watch(on_chip, test.samples[4], int(test.labels[4]), seed=2)


def test_time_passes_as_many_times_slower_as_is_said() -> None:
    slow = Slow()
    assert not slow.advance(1.0) and slow.pace == 1e5
    slow.begin(100e-6)
    assert slow.advance(2.5) and slow.at == pytest.approx(2.5 / 1e5)
    for _ in range(20):
        slow.change_pace(1)
    assert slow.pace == PACES[0] == SPEC.speedup, "at its fastest, biology passes as it does in the world"
    slow.advance(0.010)
    assert slow.at == pytest.approx(35e-6)
    slow.advance(1.0)
    assert slow.at == slow.duration and not slow.playing
    slow.toggle()
    assert slow.at == 0.0 and slow.playing
    slow.step()
    assert slow.at == pytest.approx(SPEC.cadc_period) and not slow.playing
    slow.step(-3)
    assert slow.at == 0.0


def test_what_glows_is_what_an_event_is_at() -> None:
    one = sample()
    wiring = one.placed.wiring
    at = float(one.time[1])
    rows, circuits = lights(one, at)
    source = int(one.source[1])
    wanted = {(half, int(r)) for half in (0, 1) for r in wiring.row[source, :, :, half].ravel() if r >= 0}
    assert len(wanted) == 2 * 2 * wiring.n_copies()[source]
    assert {key for key, share in rows.items() if share == 1.0} == wanted
    spike, neuron = float(one.spike_time[0]), int(one.spike_neuron[0])
    assert lights(one, spike)[1][int(wiring.circuit[neuron, 0])] == 1.0
    own = {(h, int(r)) for h in (0, 1) for r in wiring.row[wiring.n_inputs + neuron, :, :, h].ravel() if r >= 0}
    assert own and {key for key in own if lights(one, spike)[0].get(key) == 1.0} == own, "its own rows, to the outputs"
    late = lights(one, spike + 0.02 * one.duration)[1][int(wiring.circuit[neuron, 0])]
    assert 0 < late < 1
    first = min(float(one.time[0]), spike)
    assert lights(one, first - 1e-9) == ({}, {})
    shares = [share for part in lights(one, one.duration) for share in part.values()]
    assert all(0 < share <= 1 for share in shares) and len(shares) < 20, "what is long past doesn't glow"
    assert set(circuits) <= set(wiring.circuit[wiring.circuit >= 0].tolist())


def alone(weight: float, neuron: int) -> tuple[Watched, float]:
    """One event of the first input at 10 µs, into a neuron whose other weights don't matter."""
    one = sample()
    wiring = one.placed.wiring
    source, target = wiring.ends()
    here = np.flatnonzero((source == 0) & (target == neuron))
    weights = np.zeros_like(wiring.weight)
    weights[here] = weight
    placed = replace(one.placed, wiring=wiring.reweighted(weights))
    nothing: Any = np.zeros(0)
    return replace(one, placed=placed, time=np.array([10e-6]), source=np.array([0]), spike_time=nothing,
                   spike_neuron=nothing.astype(np.int64)), weight * one.placed.unit  # fmt: skip


def test_a_psp_in_biological_time_is_the_closed_form() -> None:
    one, height = alone(40, neuron=3)
    found = reference(one, 3)
    layer = one.placed.net.layers[0]
    assert found.v.max() == pytest.approx(height, rel=1e-3), "weights are heights of PSPs, in thresholds"
    t = found.time - 10e-3
    a, b = layer.tau_mem, layer.tau_syn
    shape_ = np.where(t > 0, (np.exp(-t / a) - np.exp(-t / b)) * a / (a - b), 0.0) / psp_peak(a, b)
    assert np.abs(found.v - height * shape_).max() < 2e-3 * height
    assert not len(found.spikes)


def test_it_fires_at_the_threshold_and_begins_anew() -> None:
    one, height = alone(63, neuron=3)
    many = replace(one, time=np.full(5, 10e-6), source=np.zeros(5, np.int64))
    found = reference(many, 3)
    assert 5 * height > 1.0 and len(found.spikes) >= 1 and found.v.max() <= 1.0
    t = found.spikes[0] - 10e-3
    layer = one.placed.net.layers[0]
    a, b = layer.tau_mem, layer.tau_syn
    v = 5 * height * (np.exp(-t / a) - np.exp(-t / b)) * a / (a - b) / psp_peak(a, b)
    assert v == pytest.approx(1.0, abs=0.05), "when the closed form crosses the threshold, to a step"


def test_without_faults_the_converter_reads_what_biology_says() -> None:
    one = sample()
    n = one.placed.wiring.n
    targets = one.placed.targets
    for neuron in range(n - one.placed.net.n_out, n):
        ref = reference(one, neuron)
        v = np.interp(one.cadc_time * one.placed.time_scale, ref.time, ref.v)
        expected = targets.leak + targets.gap * v
        assert np.abs(one.cadc[:, neuron] - expected).max() < 4.0, "LSB; rounding and 80 ns of latency"
    assert REPEATS >= one.agree >= 0 and one.fired > 0


def test_the_leds_are_the_membrane(qtbot: Any) -> None:
    one = sample()
    lui = LuiView(Look("dark"))
    qtbot.addWidget(lui)
    lui.resize(160, 96)
    ref = reference(one, int(one.spike_neuron[0]))
    lui.show_reference(ref)
    assert lui.lit() == 0
    for at in np.linspace(0, ref.time[-1], 40):
        lui.show_moment(float(at))
        v = float(np.clip(np.interp(at, ref.time, ref.v), 0, 1))
        assert abs(lui.lit() - v * len(shape.LEDS)) < 1.2
    if len(ref.spikes):
        lui.show_moment(float(ref.spikes[0]) + 1e-3)
        assert lui.flash
    assert not lui.grab().isNull()


def test_the_card_plays_says_and_draws(qtbot: Any) -> None:
    card = SlowCard(Look("dark"))
    qtbot.addWidget(card)
    card.resize(430, 380)
    card.show()
    card.retranslate()
    card.restyle()
    assert not card.play.isEnabled()
    card.show_sample(sample())
    card.advance(3.42)
    assert card.clocks.text() == "chip 34.2 µs · biology 34.2 ms"
    said = card.lui_says.text()
    assert "100 ms" in said and "100 µs" in said and "500 samples" in said
    neuron = int(sample().spike_neuron[0])
    card.pick(neuron)
    assert card.traces.neurons[0] == neuron and len(card.traces.neurons) == 2
    card.time.setValue(500)
    assert card.slow.at == pytest.approx(sample().duration / 2) and not card.slow.playing
    view: TraceView = card.traces
    x, y = view.x_of(float(sample().cadc_time[10])), view.y_of(float(sample().cadc[10, neuron]))
    colour = view.grab().toImage().pixelColor(round(x), round(y))
    wanted = Look("dark").theme.neuron_colour(0)
    assert abs(colour.red() - int(wanted[1:3], 16)) < 60 and abs(colour.blue() - int(wanted[5:7], 16)) < 60
