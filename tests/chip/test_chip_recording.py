"""A run as a recording, in hardware's and in the model's units."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from luiapp.chip.codes import nominal, power
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.place import place
from luiapp.chip.recording import recording
from luiapp.chip.spec import SPEC
from luiapp.errors import ParameterError
from luiapp.files import read_recording, write_recording
from luiapp.model.layered import Layer, Layered


def run() -> tuple:
    hidden = Layer(np.full((4, 3), 0.34), "lif", 6e-3, 6e-3, 2e-3)
    net = Layered((hidden, Layer(np.full((3, 2), 0.3), "li", 6e-3, 6e-3, 2e-3)), duration=60e-3)
    placed, chip = place(net, repeat=1), Chip(0, ideal=True)
    chip.configure(nominal(placed.targets))
    times = np.array([[5e-3] * 4, [5e-3, math.inf, math.inf, math.inf]])
    return placed, chip, chip.run(placed.wiring, placed.events(times), 60e-6, RunOptions(madc=(0,)))


def test_both_units_tell_the_same(tmp_path: Path) -> None:
    placed, _, out = run()
    hard, model = recording(out, placed), recording(out, placed, units="model")
    assert hard.layout.kind == "chip"
    assert hard.layout.neurons == ("1.1", "1.2", "1.3", "out.1", "out.2")
    assert hard.layout.dt == SPEC.cadc_period
    assert model.layout.dt == pytest.approx(1000 * SPEC.cadc_period)
    assert hard.trace("1.1") == pytest.approx(80 + 70 * model.trace("1.1"), abs=1e-4)
    assert len(hard.spike_train("1.1")) >= 1
    assert model.spike_times == pytest.approx(1000 * hard.spike_times)
    write_recording(tmp_path / "a.npz", hard)
    again = read_recording(tmp_path / "a.npz")
    assert np.array_equal(again.samples, hard.samples)


def test_one_event_lifts_the_model_by_its_weight() -> None:
    """The fast converter in the model's units: a weight of 0.34 is a PSP of 0.34 thresholds after one tau."""
    placed, chip, out = run()
    fast = recording(out, placed, 1, units="model", source="madc")
    trace = fast.trace("1.1") - fast.trace("1.1")[0]
    assert trace.max() == pytest.approx(0.34, abs=0.01)
    tau = power(SPEC.tau_mem_law, chip.codes.tau_mem[0]) * 1000
    assert fast.time[trace.argmax()] == pytest.approx(5e-3 + tau, abs=0.6e-3)


def test_what_was_not_read_is_told() -> None:
    placed, chip, out = run()
    with pytest.raises(ParameterError, match="sample 2"):
        recording(out, placed, 2)
    blind = chip.run(placed.wiring, placed.events(np.full((1, 4), 5e-3)), 60e-6, RunOptions(cadc=False))
    for source in ("cadc", "madc"):
        with pytest.raises(ParameterError, match="converter"):
            recording(blind, placed, source=source)  # type: ignore[arg-type]
