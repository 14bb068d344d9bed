"""Exports in the hands of those they are for: the nir library, PyNN with NEST and Brian, and Norse."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from luiapp.errors import FormatError
from luiapp.files.code_norse import norse_script
from luiapp.files.code_pynn import pynn_script
from luiapp.files.export import write_nir
from luiapp.model.layered import Layer, Layered
from luiapp.train.datasets import yin_yang
from luiapp.train.event.task import first_spike_task
from luiapp.train.fit import Schedule, fit
from luiapp.train.layered import to_layered
from luiapp.train.store import Model
from luiapp.train.surrogate.network import SpikingNet
from luiapp.train.task import SurrogateTask

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]
POINTS = yin_yang(300, 5)


def need(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is in the extra 'oracles'", exc_type=ImportError)


def taught(task: Any, epochs: int = 3) -> Model:
    task = replace(task, schedule=Schedule(epochs, 50))
    with task.learner() as learner:
        for _ in fit(learner, task.data(learner, POINTS), task.schedule):
            pass
        return Model(task, learner.weight)


def script(text: str) -> ModuleType:
    module = ModuleType("script")
    exec(compile(text, "script", "exec"), module.__dict__)
    return module


def settled(tau_mem: float, tau_syn: float, jump: float) -> float:
    """Peak of tau_mem dv/dt = -v + i, tau_syn di/dt = -i after i jumped, on a fine grid."""
    t = np.linspace(0, 10 * max(tau_mem, tau_syn), 400_001)
    if tau_mem == tau_syn:
        return float((jump * t / tau_mem * np.exp(-t / tau_mem)).max())
    return float((jump * tau_syn / (tau_mem - tau_syn) * (np.exp(-t / tau_mem) - np.exp(-t / tau_syn))).max())


@pytest.mark.parametrize("delays", ["none", "axonal", "dendritic"])
def test_nir_reads_what_was_written(tmp_path: Path, delays: str) -> None:
    nir = need("nir")
    layered = to_layered(taught(first_spike_task(12, delays=delays)))
    write_nir(tmp_path / "net.nir", layered)
    graph = nir.read(str(tmp_path / "net.nir"))
    assert set(graph.nodes) >= {"input", "output", "linear_0", "lif_0", "linear_1", "lif_1", "bias_0", "bias_1"}
    for k, layer in enumerate(layered.layers):
        linear, cell = graph.nodes[f"linear_{k}"], graph.nodes[f"lif_{k}"]
        assert np.array_equal(linear.weight.T, layer.weight[:-1])
        assert np.array_equal(graph.nodes[f"bias_linear_{k}"].weight.T, layer.weight[-1:])
        # A spike of area 1: tau_syn di/dt = -i + w_in s lets i jump by w_in / tau_syn. What peaks is the height.
        jump = cell.w_in[0] / cell.tau_syn[0] * cell.r[0]
        assert settled(cell.tau_mem[0], cell.tau_syn[0], jump) == pytest.approx(1.0, rel=1e-6)
        assert (cell.v_threshold == 1).all() and not cell.v_reset.any() and not cell.v_leak.any()
        if delays == "none":
            assert f"delay_{k}" not in graph.nodes
            continue
        edge = (f"delay_{k}", f"linear_{k}") if delays == "axonal" else (f"linear_{k}", f"delay_{k}")
        assert edge in graph.edges
        expected = layer.delay[:-1, 0] if delays == "axonal" else layer.delay[0]  # type: ignore[index]
        assert np.array_equal(graph.nodes[f"delay_{k}"].delay, expected)


def test_nir_has_loops_and_readouts_but_no_synaptic_delays(tmp_path: Path) -> None:
    nir = need("nir")
    model = taught(SurrogateTask(net=SpikingNet(5, hidden=(10,), recurrent=True)), 1)
    layered = to_layered(model)
    write_nir(tmp_path / "net.nir", layered)
    graph = nir.read(str(tmp_path / "net.nir"))
    assert {("lif_0", "loop_0"), ("loop_0", "lif_0"), ("li_1", "output")} <= set(graph.edges)
    assert np.array_equal(graph.nodes["loop_0"].weight.T, layered.layers[0].loop)  # type: ignore[arg-type]
    with pytest.raises(FormatError, match="each synapse"):
        write_nir(tmp_path / "other.nir", to_layered(taught(first_spike_task(5, delays="synaptic"), 1)))
    assert [one.name for one in tmp_path.iterdir()] == ["net.nir"]


@pytest.mark.parametrize(("simulator", "delays"), [("nest", "none"), ("nest", "synaptic"), ("brian2", "synaptic")])
def test_a_pynn_script_fires_when_training_says(simulator: str, delays: str) -> None:
    """First spikes within the steps of 0.1 ms that wires without delay and the grid take, for two samples."""
    need(f"pyNN.{simulator}")
    if simulator == "brian2":
        need("brian2").prefs.codegen.target = "numpy"  # spares the compiler a minute for each network
    model = taught(first_spike_task(12, delays=delays))
    task: Any = model.task
    with task.learner(weight=model.weight) as learner:
        expected = 10.0 * learner.network.run(task.data(learner, POINTS).times)[-1].out  # ms
    text = pynn_script(to_layered(model))
    times = 10.0 * task.code.times(POINTS.samples)
    for i in range(2):
        module = script(text)
        module.EXAMPLE = times[i].tolist()  # type: ignore[attr-defined]
        found = module.main(simulator)
        for j, train in enumerate(found.spiketrains):
            spikes = np.asarray(train.rescale("ms").magnitude)
            if math.isfinite(expected[i, j]) and expected[i, j] < module.DURATION - 1:
                assert spikes[0] == pytest.approx(expected[i, j], abs=0.6)


def test_a_norse_module_decides_as_the_learner() -> None:
    torch = need("torch")
    need("norse.torch")
    model = taught(SurrogateTask(net=SpikingNet(5, hidden=(40,))), 20)
    task: Any = model.task
    with task.learner(weight=model.weight) as learner:
        outcome = learner.evaluate(task.data(learner, POINTS))
    module = script(norse_script(to_layered(model)))
    times = task.code.times(POINTS.samples)[:, :4]
    spikes = np.zeros((module.N_STEPS, len(times), 4), np.float32)
    sample, channel = np.indices(times.shape)
    spikes[np.rint(times / module.DT).astype(int), sample, channel] = 1
    with torch.no_grad():
        classes = module.decide(module.Network()(torch.tensor(spikes))).numpy()
    assert (classes == outcome.predicted).mean() >= 0.95  # they reset a step earlier
    assert (classes == POINTS.labels).mean() == pytest.approx(outcome.accuracy, abs=0.04)


def test_a_norse_neuron_rises_to_the_height_that_was_described() -> None:
    torch = need("torch")
    need("norse.torch")
    heights = np.array([[0.9, 0.3]])
    for tau_mem in (20e-3, 10e-3):
        module = script(norse_script(Layered((Layer(heights, "li", tau_mem, 10e-3),), duration=0.2)))
        spikes = torch.zeros(module.N_STEPS, 1, 1)
        spikes[3] = 1
        with torch.no_grad():
            assert module.Network()(spikes).numpy().max(axis=0)[0] == pytest.approx(heights[0], rel=1e-4)
