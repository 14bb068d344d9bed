"""Circuits in the hands of the nir library, and graphs of that library as circuits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from luiapp.errors import FormatError
from luiapp.files.circuit_lif import as_lif
from luiapp.files.nir_circuit import read_nir_circuit, write_nir_circuit
from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network
from luiapp.model.stimulus import spike_train
from luiapp.simulate.engine import Options, run

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]


def need(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is in the extra 'oracles'", exc_type=ImportError)


def some(shape: str = "exponential", seed: int = 1, *, delays: bool = False) -> Network:
    rng = np.random.default_rng(seed)
    net = Network(synapse_shape=shape)
    net.neurons(5, tau_mem=rng.uniform(0.01, 0.05, 5), tau_syn=0.01, tau_syn_1=0.01, tau_ref=2e-3, v_leak=0.0,
                v_threshold=rng.uniform(0.8, 1.2, 5))  # fmt: skip
    for pre, post in ((0, 1), (1, 2), (2, 0), (3, 4), (4, 3), (2, 2)):
        net.connect(pre, post, weight=float(rng.uniform(-1, 3)))
    if delays:
        for pre, post, delay in ((0, 3, 5e-3), (0, 4, 8e-3), (1, 3, 8e-3), (3, 1, 2e-3)):
            net.connect(pre, post, weight=float(rng.uniform(1, 3)), delay=delay)
    return net


def stepped(graph: Any, times: dict[int, list[float]], duration: float, dt: float) -> list[list[float]]:
    """Spikes of a graph as NIR defines it, by its own equations in small steps: an independent reading."""
    nodes = graph.nodes
    cell, given = nodes["neurons"], nodes["input_linear"].weight
    current, n = hasattr(cell, "tau_syn"), len(cell.v_threshold)
    tau_ref = np.broadcast_to(np.asarray(cell.metadata.get("tau_ref", 0.0)), (n,)) if cell.metadata else np.zeros(n)
    v, i, hold = np.array(cell.v_leak, float), np.zeros(n), np.zeros(n)
    spikes: list[list[float]] = [[] for _ in range(n)]
    fired = np.zeros((round(duration / dt) + 1, n))
    loops = []
    for way in (b for a, b in graph.edges if a == "neurons" and b != "output"):
        late = np.zeros(n)
        if type(nodes[way]).__name__ == "Delay":
            late, way = nodes[way].delay, next(b for a, b in graph.edges if a == way)
        loops.append((np.round(late / dt).astype(int), nodes[way].weight))
    for k in range(round(duration / dt)):
        s = np.zeros(given.shape[1])
        for j, train in times.items():
            s[j] = sum(abs(t - k * dt) < dt / 2 for t in train)
        drive = given @ s
        for late, weight in loops:
            drive = drive + weight @ np.where(late <= k, fired[np.maximum(k - late, 0), np.arange(n)], 0.0)
        if current:
            i = i + cell.w_in * drive / cell.tau_syn
            v = np.where(hold > 0, v, v + dt / cell.tau_mem * (cell.v_leak - v + cell.r * i))
            i = i * np.exp(-dt / cell.tau_syn)
        else:
            v = np.where(hold > 0, v, v + dt / cell.tau * (cell.v_leak - v) + cell.r * drive / cell.tau)
        hold = hold - dt
        now = fired[k + 1] = (v >= cell.v_threshold).astype(float)
        for neuron in np.flatnonzero(now):
            spikes[neuron].append((k + 1) * dt)
        v, hold = np.where(now > 0, cell.v_reset, v), np.where(now > 0, tau_ref, hold)
    return spikes


@pytest.mark.parametrize("delays", [False, True])
@pytest.mark.parametrize("shape", ["exponential", "delta"])
def test_a_graph_means_for_nir_what_the_circuit_means_here(tmp_path: Path, shape: str, delays: bool) -> None:
    nir, net = need("nir"), some(shape, delays=delays)
    if shape == "exponential":
        net._blocks = [type(net.connections)(*(getattr(net.connections, c) * (3.0 if c == "weight" else 1)
                                               for c in ("pre", "post", "synapse", "weight", "delay")))]  # fmt: skip
    trains = {0: [0.01, 0.03, 0.05, 0.09], 1: [0.02, 0.06]}
    for k, target in ((0, 0), (1, 3)):
        net.stimulus(spike_train(trains[k]), to=target, weight=6.0 if shape == "exponential" else 1.5)
    write_nir_circuit(tmp_path / "net.nir", net)
    there = stepped(nir.read(str(tmp_path / "net.nir")), trains, 0.2, 1e-5)
    here = run(net, 0.2, options=Options(dt=1e-5))
    assert sum(map(len, there)) >= 5
    for i in range(5):
        # later, a spike that only just comes may be one more in steps of another kind
        theirs, ours = (np.array([t for t in train if t < 0.1]) for train in (there[i], here.spike_train(i)))
        assert len(theirs) == len(ours)
        assert np.allclose(theirs, ours, rtol=0, atol=1e-3)


@pytest.mark.parametrize("delays", [False, True])
@pytest.mark.parametrize("shape", ["exponential", "delta"])
def test_there_and_back_is_the_same_circuit(tmp_path: Path, shape: str, delays: bool) -> None:
    nir, net = need("nir"), some(shape, delays=delays)
    net.rename(0, "first")
    write_nir_circuit(tmp_path / "net.nir", net)
    kinds = [type(node).__name__ for node in nir.read(str(tmp_path / "net.nir")).nodes.values()]
    assert kinds.count("Delay") == (2 if delays else 0), "as few as one neuron's different delays, without that of 0"
    back = read_nir_circuit(tmp_path / "net.nir")
    assert back.names == net.names and back.synapse_shape == shape
    for name in ("tau_mem", "tau_syn", "tau_ref", "v_leak", "v_threshold", "v_reset"):
        if shape == "exponential" or name != "tau_syn":
            assert np.allclose(back.parameter(name), net.parameter(name), rtol=1e-6), name

    def table(one: Network) -> dict[tuple[int, int, float], float]:
        every = one.connections
        wires = zip(every.pre.tolist(), every.post.tolist(), every.delay.round(9).tolist(), strict=True)
        return dict(zip(wires, every.weight.tolist(), strict=True))

    assert table(back) == pytest.approx(table(net), rel=1e-6)


@pytest.mark.parametrize("key", ["xor", "ring", "attractor"])
def test_examples_of_boards_leave_as_textbook_neurons_and_come_back(tmp_path: Path, key: str) -> None:
    nir, net = need("nir"), EXAMPLES[key].build()
    write_nir_circuit(tmp_path / "net.nir", net)
    graph = nir.read(str(tmp_path / "net.nir"))
    assert type(graph.nodes["neurons"]).__name__ == "CubaLIF"
    assert graph.nodes["input"].input_type["input"][0] == len(net.stimuli)
    back, flat = read_nir_circuit(tmp_path / "net.nir"), as_lif(net)
    assert back.names == net.names and len(back.connections) == len(net.connections)
    assert np.allclose(back.parameter("v_leak"), flat.parameter("v_leak"))
    assert len(back.stimuli) == len(net.stimuli)


def test_chains_of_linears_populations_and_strangers(tmp_path: Path) -> None:
    nir = need("nir")
    two, three = np.ones(2), np.ones(3)

    def cell(n: np.ndarray, **more: Any) -> Any:
        return nir.CubaLIF(tau_mem=0.02 * n, tau_syn=0.01 * n, r=2 * n, v_leak=0 * n, v_threshold=n, v_reset=0 * n,
                           w_in=0.5 * n, **more)  # fmt: skip

    a, b, w = np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 3.0], [1.0, 1.0]]), np.eye(3)
    nodes = {"input": nir.Input(input_type={"input": np.array([2])}), "a": nir.Linear(weight=a), "one": cell(two),
             "b": nir.Linear(weight=b), "c": nir.Linear(weight=w), "two": cell(three),
             "output": nir.Output(output_type={"output": np.array([3])})}  # fmt: skip
    edges = [("input", "a"), ("a", "one"), ("one", "b"), ("b", "c"), ("c", "two"), ("two", "output")]
    nir.write(str(tmp_path / "x.nir"), nir.NIRGraph(nodes=nodes, edges=edges))
    net = read_nir_circuit(tmp_path / "x.nir")
    assert net.n_neurons == 5 and sorted(zip(net.connections.pre.tolist(), net.connections.post.tolist(),
                                             net.connections.weight.tolist(), strict=True)) == [
        (0, 2, 100.0), (0, 4, 100.0), (1, 3, 300.0), (1, 4, 100.0)]  # fmt: skip
    assert sorted((s.i_neuron, s.weight) for s in net.stimuli) == [(0, 100.0), (0, 200.0), (1, 100.0)]
    nodes["one"] = nir.LIF(tau=0.02 * two, r=two, v_leak=0 * two, v_threshold=two, v_reset=0 * two)
    nir.write(str(tmp_path / "mixed.nir"), nir.NIRGraph(nodes=nodes, edges=edges))
    with pytest.raises(FormatError, match="mixes CubaLIF and LIF"):
        read_nir_circuit(tmp_path / "mixed.nir")
    nodes["one"] = nir.Threshold(threshold=two)
    nir.write(str(tmp_path / "odd.nir"), nir.NIRGraph(nodes=nodes, edges=edges))
    with pytest.raises(FormatError, match="nodes of the kind Threshold"):
        read_nir_circuit(tmp_path / "odd.nir")
    (tmp_path / "no.nir").write_bytes(b"not HDF5 at all")
    with pytest.raises(FormatError, match="no NIR graph"):
        read_nir_circuit(tmp_path / "no.nir")


def test_delays_of_other_makers_are_those_of_the_wires(tmp_path: Path) -> None:
    """Before weights they are axonal, after them dendritic, and both add; of an input they have no place."""
    nir, two = need("nir"), np.ones(2)
    cell = nir.CubaLIF(tau_mem=0.02 * two, tau_syn=0.01 * two, r=two, v_leak=0 * two, v_threshold=two,
                       v_reset=0 * two, w_in=two)  # fmt: skip
    nodes = {"input": nir.Input(input_type={"input": np.array([2])}), "first": nir.Linear(weight=np.eye(2)),
             "cell": cell, "axons": nir.Delay(delay=np.array([1e-3, 2e-3])),
             "weights": nir.Linear(weight=np.array([[0.0, 3.0], [4.0, 0.0]])),
             "dendrites": nir.Delay(delay=np.array([10e-3, 20e-3])),
             "output": nir.Output(output_type={"output": np.array([2])})}  # fmt: skip
    loop = [("cell", "axons"), ("axons", "weights"), ("weights", "dendrites"), ("dendrites", "cell")]
    edges = [("input", "first"), ("first", "cell"), ("cell", "output"), *loop]
    nir.write(str(tmp_path / "x.nir"), nir.NIRGraph(nodes=nodes, edges=edges))
    every = read_nir_circuit(tmp_path / "x.nir").connections
    delays = {(a, b): d for a, b, d in zip(every.pre.tolist(), every.post.tolist(), every.delay.tolist(), strict=True)}
    assert delays == pytest.approx({(1, 0): 12e-3, (0, 1): 21e-3})
    nodes["late"] = nir.Delay(delay=two * 1e-3)
    edges = [("input", "late"), ("late", "first"), ("first", "cell"), ("cell", "output")]
    kept = {name: nodes[name] for name in ("input", "late", "first", "cell", "output")}
    nir.write(str(tmp_path / "late.nir"), nir.NIRGraph(nodes=kept, edges=edges))
    with pytest.raises(FormatError, match="delays what comes in by 'input'"):
        read_nir_circuit(tmp_path / "late.nir")
