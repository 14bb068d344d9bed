"""Trained networks as plain descriptions: the same output there, back again, and in the simulation of the bench."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from luiapp.errors import NetworkError
from luiapp.model.layered import Layered, psp_peak
from luiapp.model.network import Network
from luiapp.model.stimulus import spike_train
from luiapp.simulate import Options, run
from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import yin_yang
from luiapp.train.event.task import eventprop_task, first_spike_task
from luiapp.train.fit import Schedule, fit
from luiapp.train.layered import from_layered, to_layered
from luiapp.train.store import Model
from luiapp.train.surrogate.network import Rule, SpikingNet
from luiapp.train.task import SurrogateTask

STEP = 20e-6  # s
POINTS = yin_yang(200, 5)
SURROGATE = SurrogateTask(net=SpikingNet(5, hidden=(20,)), schedule=Schedule(2, 50))
TASKS = {
    "surrogate": SURROGATE,
    "recurrent": replace(SURROGATE, net=SpikingNet(5, hidden=(12, 9), recurrent=True, tau_mem=0.03)),
    "surrogate first spike": replace(SURROGATE, rule=Rule(loss="first spike")),
    "ttfs": replace(first_spike_task(15), schedule=Schedule(2, 50)),
    "axonal": replace(first_spike_task(15, delays="axonal"), schedule=Schedule(2, 50)),
    "inputs": replace(first_spike_task(15, delays="inputs"), schedule=Schedule(2, 50)),
    "dendritic": replace(first_spike_task(15, delays="dendritic"), schedule=Schedule(2, 50)),
    "synaptic": replace(first_spike_task(15, delays="synaptic"), schedule=Schedule(2, 50)),
    "eventprop": replace(eventprop_task(25), schedule=Schedule(2, 50)),
}


def taught(name: str) -> Model:
    task = TASKS[name]
    with task.learner() as learner:
        for _ in fit(learner, task.data(learner, POINTS), task.schedule):
            pass
        return Model(task, learner.weight.astype(np.float64))


def first_times(model: Model) -> np.ndarray:
    """First spikes of the output neurons (n_samples, n_out), in the unit of the task."""
    task = model.task
    with task.learner(weight=model.weight) as learner:
        return learner.network.run(task.data(learner, POINTS).times)[-1].out  # type: ignore[union-attr]


@pytest.mark.parametrize("name", TASKS)
def test_there_and_back_is_the_same_network(name: str) -> None:
    model = taught(name)
    layered = to_layered(model)
    assert (layered.n_in, layered.n_out) == (4 if SURROGATE.code.bias is not None else 5, 3)
    back = from_layered(layered)
    assert back.task.method == model.task.method
    assert back.weight == pytest.approx(model.weight, rel=1e-9, abs=1e-9)
    outcomes = []
    for one in (model, back):
        with one.task.learner(weight=one.weight) as learner:
            outcomes.append(learner.evaluate(one.task.data(learner, POINTS)))
    assert np.array_equal(outcomes[0].predicted, outcomes[1].predicted)
    assert outcomes[0].spikes == outcomes[1].spikes
    if name.startswith(("surrogate", "recurrent")):
        assert outcomes[0].loss == pytest.approx(outcomes[1].loss, rel=1e-5)
    else:  # in units of tau_syn, whatever the unit of the first
        assert first_times(back) == pytest.approx(first_times(model), rel=1e-7)


def on_the_bench(layered: Layered, times: np.ndarray) -> Network:
    """One sample as LIF neurons of the bench; built from nothing but the description. Threshold 1, rest 0."""
    net = Network("lif")
    before: list[object] = []
    for depth, layer in enumerate(layered.layers):
        once = 1e3 if math.isinf(layer.tau_ref) else 0.0
        cells = net.neurons(layer.n, prefix=f"L{depth}_", tau_mem=layer.tau_mem, tau_syn=layer.tau_syn, v_leak=0.0,
                            v_threshold=1.0, tau_ref=once)  # fmt: skip
        w = layer.weight / (psp_peak(layer.tau_mem, layer.tau_syn) * layer.tau_syn / layer.tau_mem)
        for i, row in enumerate(w):
            for j, cell in enumerate(cells):
                delay = 0.0 if layer.delay is None else float(layer.delay[i, j])
                bias = layer.bias is not None and i == len(w) - 1
                if depth == 0 or bias:
                    at = layer.bias if bias else times[i]
                    net.stimulus(spike_train([at + delay]), to=cell, weight=float(row[j]))
                else:
                    net.connect(before[i], cell, weight=float(row[j]), delay=delay)
        before = list(cells)
    return net


@pytest.mark.parametrize("name", ["ttfs", "axonal", "inputs", "dendritic", "synaptic", "eventprop"])
def test_the_description_fires_in_the_simulator_when_training_says(name: str) -> None:
    """The simulator of the bench has equations of its own; a wire without a delay takes one of its steps there."""
    model = taught(name)
    layered = to_layered(model, tau_syn=10e-3)
    expected = first_times(model) * 10e-3
    code = layered.extra["train"]["code"]
    for i in range(3):
        times = code["early"] + POINTS.samples[i] * (code["late"] - code["early"])
        recording = run(on_the_bench(layered, times), layered.duration, options=Options(dt=STEP, interpolate=True))
        for k in range(3):
            spikes = recording.spike_train(f"L1_{layered.layers[0].n + k + 1}")
            if math.isfinite(expected[i, k]) and expected[i, k] < layered.duration:
                assert spikes[0] == pytest.approx(expected[i, k], abs=STEP + 1e-6)
            else:
                assert len(spikes) == 0


def test_a_network_without_a_past_can_learn() -> None:
    layered = replace(to_layered(taught("surrogate")), extra={})
    back = from_layered(layered, dt=0.5e-3)
    assert isinstance(back.task, SurrogateTask)
    assert (back.task.net.dt, back.task.net.n_steps) == (0.5e-3, 200)
    assert back.task.net.matrices(back.weight)[0][0].max() * back.task.net.psp_peak() == pytest.approx(
        layered.layers[0].weight.max()
    )


def test_what_a_method_cannot_hold_is_said() -> None:
    delayed = to_layered(taught("synaptic"))
    with pytest.raises(NetworkError, match="no delays"):
        from_layered(delayed, method="surrogate")
    with pytest.raises(NetworkError, match="EventProp"):
        from_layered(delayed, method="eventprop")
    with pytest.raises(NetworkError, match="once at most"):
        from_layered(to_layered(taught("surrogate")), method="ttfs")
    with pytest.raises(NetworkError, match="no method 'magic'"):
        from_layered(delayed, method="magic")
    mixed = replace(delayed, layers=(delayed.layers[0], replace(delayed.layers[1], tau_mem=1.0)))
    with pytest.raises(NetworkError, match="different time constants"):
        from_layered(mixed)
    with pytest.raises(NetworkError, match="above zero"):
        to_layered(taught("ttfs"), tau_syn=0.0)
    assert LatencyCode(*delayed.extra["train"]["code"].values())
