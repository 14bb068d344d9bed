"""Networks carried over to chips: the description says the same, and transfer fares as the literature has it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from deploy_kit import trained

from luiapp.chip.calibrate import Calibration
from luiapp.chip.codes import nominal
from luiapp.chip.core import Chip
from luiapp.deploy.describe import UNIT, layered
from luiapp.deploy.onchip import OnChip, calibrated_codes, decalibrated, plain_codes
from luiapp.deploy.transfer import transfer
from luiapp.errors import NetworkError, ParameterError
from luiapp.train.event.task import eventprop_task, first_spike_task
from luiapp.train.task import yin_yang_sets

TEST = yin_yang_sets()[2]


def test_weights_become_heights_of_psps() -> None:
    model = trained()
    net = layered(model.task, model.weight)
    assert (net.layers[0].weight.shape, net.layers[1].kind) == ((5, 120), "li")
    assert net.duration == pytest.approx(0.1)
    # One event of weight w through the task's own recursion: its highest membrane is the height.
    task = model.task.net
    a, b = math.exp(-task.dt / task.tau_syn), math.exp(-task.dt / task.tau_mem)
    u, i, top = 0.0, float(model.weight[0]), 0.0
    for _ in range(100):
        u, i = b * u + i, a * i
        top = max(top, abs(u))
    assert abs(net.layers[0].weight[0, 0]) == pytest.approx(top, rel=1e-6)


def test_networks_of_first_spikes_count_in_another_unit() -> None:
    task = first_spike_task(20)
    net = layered(task, task.start.draw(task.spec, 0))
    assert net.decision == "first spike"
    assert [layer.bias for layer in net.layers] == pytest.approx([0.9 * UNIT] * 2)
    assert net.layers[0].tau_ref == math.inf
    drawn = task.start.draw(task.spec, 0)[0]
    assert net.layers[0].weight[0, 0] == pytest.approx(drawn * math.exp(-1))  # peak of s exp(-s)


def test_a_description_on_a_chip_without_faults_does_what_the_network_does() -> None:
    """First spikes in closed form, weak weights so that nothing saturates: times agree to the grid's error."""
    task = first_spike_task(12, seed=3)
    weight = task.start.draw(task.spec, 3)
    learner = task.learner(weight=weight)
    shapes = task.spec.shapes()
    n = math.prod(shapes["weights_0"])
    learner.weight[:n] = np.clip(learner.weight[:n], 0.2, 1.2)  # excitatory, so that it is surely linear
    learner.weight[n:] = 0.01
    chip = Chip(0, ideal=True)
    one = OnChip(task, learner.weight, chip, repeat=5)
    chip.configure(plain_codes(one))
    out = one.run(TEST.samples[:60], seed=0)
    measured = out.first_spikes(one.placed.wiring.n)[:, :12] / (UNIT / one.placed.time_scale)
    exact = learner.network.run(task.code.times(TEST.samples[:60]))[0].spikes
    both = np.isfinite(measured) & np.isfinite(exact)
    assert both.mean() > 0.5
    assert (np.isfinite(measured) == np.isfinite(exact)).mean() > 0.98
    # Whole weights and codes cost about a per cent of a weight; a grazing threshold makes more of that.
    assert np.median(np.abs(measured - exact)[both]) < 0.03


@pytest.mark.parametrize("serial", [1, 2, 3, 4, 5])
def test_transfer_fails_without_calibration_and_loses_some_with(serial: int) -> None:
    """Cramer et al. (2022): transfer to an uncalibrated chip is far worse."""
    found = transfer(trained(), serial, trials=2, seed=serial)
    assert found.ideal > 0.94
    assert found.calibrated is not None
    assert found.uncalibrated.mean < found.ideal - 0.10
    assert found.calibrated.mean > found.uncalibrated.mean + 0.03
    assert found.ideal - 0.2 < found.calibrated.mean < found.ideal
    assert found.calibrated.spread < 0.02
    assert found.success > 0.98
    assert found.joules == pytest.approx(20e-6)


def test_trials_differ_unless_a_seed_is_asked_for() -> None:
    one, other = (transfer(trained(), 1, calibration="none", trials=2, seed=5) for _ in range(2))
    assert one == other
    assert one.calibrated is None
    assert one.uncalibrated.accuracies[0] != one.uncalibrated.accuracies[1]


def test_a_calibration_must_be_of_this_chip_and_for_this_network() -> None:
    model = trained()
    on_chip = OnChip(model.task, model.weight, Chip(3))
    targets = on_chip.targets
    good = Calibration(3, targets, nominal(targets), np.ones(512, bool))
    assert calibrated_codes(good, on_chip).tau_ref == targets.tau_ref
    with pytest.raises(ParameterError, match="belongs to chip 4"):
        calibrated_codes(replace(good, serial=4), on_chip)
    with pytest.raises(ParameterError, match="tau_mem"):
        calibrated_codes(replace(good, targets=replace(targets, tau_mem=6e-6)), on_chip)


def test_decalibration_spoils_by_the_share_asked_for() -> None:
    codes = nominal(OnChip(trained().task, trained().weight, Chip(3)).targets)
    spoilt = decalibrated(codes, 0.3, seed=1)
    assert np.std(spoilt.gain_exc / codes.gain_exc) == pytest.approx(0.3, abs=0.04)
    assert np.array_equal(spoilt.leak, codes.leak)


def test_what_the_chip_cannot_do_is_refused() -> None:
    synaptic = first_spike_task(10, delays="synaptic")
    with pytest.raises(NetworkError, match="delays of their own"):
        OnChip(synaptic, synaptic.start.draw(synaptic.spec, 0), Chip(0))
    dendritic = first_spike_task(10, delays="dendritic")
    with pytest.raises(NetworkError, match="dendritic"):
        OnChip(dendritic, dendritic.start.draw(dendritic.spec, 0), Chip(0))


def test_eventprop_networks_fit_too() -> None:
    task = eventprop_task(100)
    one = OnChip(task, task.start.draw(task.spec, 0), Chip(0))
    assert one.targets.tau_mem == pytest.approx(24e-6)
    assert one.placed.wiring.n == 103
