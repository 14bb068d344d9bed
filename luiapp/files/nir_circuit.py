"""Circuits as NIR graphs, and NIR graphs as circuits (Pedersen et al., Nature Communications 15 (2024) 8122).

NIR's spikes are pulses of area 1 in time, and its neurons obey

    CubaLIF:  tau_syn dI/dt = -I + w_in S,   tau_mem dv/dt = v_leak - v + r I
    LIF:      tau dv/dt = v_leak - v + r S

so that through a `Linear` of weight W the synaptic drive r·I jumps by r·w_in·W/tau_syn, a LIF's membrane by r·W/tau:
these are the weights [V] of our exponential and delta synapses. A `Delay` before a `Linear` delays what each neuron
sends, so that wires of one neuron with different delays go through several pairs of both.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FormatError
from luiapp.files.circuit_lif import as_lif
from luiapp.files.disk import atomic, naming, small_file
from luiapp.files.export import nir_library
from luiapp.model.network import Network
from luiapp.model.stimulus import SpikeTrain

MAX_BYTES = 64 * 2**20
MAX_WAYS = 32  # pairs of delays and weights
MAX_NEURONS = 4_000  # weights of a graph are full matrices
NEURONS, RECURRENT, INPUT, TO_NEURONS, OUTPUT = "neurons", "recurrent", "input", "input_linear", "output"
_KNOWN = ("Input", "Output", "CubaLIF", "LIF", "Linear", "Affine", "Delay", "Flatten")


def write_nir_circuit(path: str | Path, network: Network) -> None:
    """Write a circuit as a NIR graph (HDF5): one population, its wires, and an input for each event stimulus.

    Boards become textbook neurons first, see `as_lif`. Names, refractory times and stimuli stand in the metadata.

    Raises
    ------
    FormatError
        If NIR can't hold it: alpha synapses, two time constants in one neuron, too many different delays, or a missing
        package.
    FileError
        If it can't be written.
    """
    nir, net = nir_library(), as_lif(network)
    _fits(net)
    n = net.n_neurons
    events = [link for link in net.stimuli if link.stimulus.is_event]
    given = np.zeros((n, max(len(events), 1)))
    for k, link in enumerate(events):
        given[link.i_neuron, k] = link.weight
    nodes = {
        INPUT: nir.Input(input_type={"input": np.array([given.shape[1]])}),
        TO_NEURONS: nir.Linear(weight=given),
        NEURONS: _neurons(nir, net),
        OUTPUT: nir.Output(output_type={"output": np.array([n])}),
    }
    edges = [(INPUT, TO_NEURONS), (TO_NEURONS, NEURONS), (NEURONS, OUTPUT)]
    for k, (delay, weight) in enumerate(_ways(net)):
        name = RECURRENT if k == 0 else f"{RECURRENT}_{k + 1}"
        nodes[name] = nir.Linear(weight=weight)
        way = [NEURONS, name, NEURONS]
        if delay.any():
            nodes[f"{name}_delay"] = nir.Delay(delay=delay)
            way.insert(1, f"{name}_delay")
        edges += list(itertools.pairwise(way))
    graph = nir.NIRGraph(nodes=nodes, edges=edges, metadata={"name": net.name, "names": "\n".join(net.names)})
    content = io.BytesIO()
    nir.write(content, graph)
    with atomic(Path(path)) as file:
        file.write(content.getvalue())


def read_nir_circuit(path: str | Path) -> Network:
    """The circuit in a NIR graph of `CubaLIF` or `LIF` neurons joined by `Linear` or `Affine`.

    Each entry of an input is a spike train without spikes, to be filled in.

    Raises
    ------
    FormatError
        If it is no NIR file, holds other nodes, or mixes both kinds of neurons.
    """
    nir, path = nir_library(), Path(path)
    content = small_file(path, MAX_BYTES)
    with naming(path):
        try:
            graph = nir.read(io.BytesIO(content))
        except Exception as error:  # whatever HDF5 and nir find wrong
            raise FormatError("this is no NIR graph ({reason})", reason=str(error)[:200]) from None
        return _Reader(graph).network()


def _fits(net: Network) -> None:
    if net.synapse_shape == "alpha":
        raise FormatError("NIR has no alpha synapses; choose exponential ones")
    if net.n_neurons > MAX_NEURONS:
        raise FormatError(
            "a graph holds up to {limit} neurons, this circuit has {n}", limit=MAX_NEURONS, n=net.n_neurons
        )
    every = net.connections
    used = {*every.synapse.tolist(), *(link.synapse for link in net.stimuli if link.stimulus.is_event)}
    if 1 in used and (net.parameter("tau_syn") != net.parameter("tau_syn_1")).any():
        raise FormatError("a NIR neuron has one synaptic time constant; make both equal")


def _ways(net: Network) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Delays (n,) of what each neuron sends, and weights (n, n) of what gets it so late; as few pairs as will do."""
    n, every = net.n_neurons, net.connections
    seen: dict[int, list[float]] = {}
    ways: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    rows = zip(every.pre.tolist(), every.post.tolist(), every.weight.tolist(), every.delay.tolist(), strict=True)
    for pre, post, weight, delay in sorted(rows, key=lambda row: row[3]):
        mine = seen.setdefault(pre, [])
        if delay not in mine:
            mine.append(delay)
            if len(mine) > MAX_WAYS:
                raise FormatError("the wires of '{name}' have more than {limit} different delays; make some equal",
                                  name=net.names[pre], limit=MAX_WAYS)  # fmt: skip
        k = mine.index(delay)
        if k == len(ways):
            ways.append((np.zeros(n), np.zeros((n, n))))
        ways[k][0][pre] = delay
        ways[k][1][post, pre] += weight
    return ways


def _neurons(nir: Any, net: Network) -> Any:
    p = {one.name: net.parameter(one.name).copy() for one in net.kind.parameters}
    shared = {"v_leak": p["v_leak"], "v_threshold": p["v_threshold"], "v_reset": p["v_reset"],
              "metadata": {"tau_ref": p["tau_ref"]}}  # fmt: skip
    if net.synapse_shape == "delta":
        return nir.LIF(tau=p["tau_mem"], r=p["tau_mem"].copy(), **shared)
    return nir.CubaLIF(tau_mem=p["tau_mem"], tau_syn=p["tau_syn"], r=np.ones(net.n_neurons), w_in=p["tau_syn"].copy(),
                       **shared)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Way:
    """Weights (n_out, n_source) from a source up to here (None: one to one), and delays [s] that broadcast to them."""

    weight: NDArray[np.float64] | None = None
    delay: NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))

    def later(self, delay: NDArray[np.float64]) -> _Way:
        """After a delay of each entry; a `ValueError` where it doesn't fit."""
        return _Way(self.weight, self.delay + (delay if self.weight is None else delay[:, None] + 0 * self.weight))

    def weighed(self, matrix: NDArray[np.float64]) -> _Way:
        """After further weights; a `ValueError` where they don't fit."""
        if self.weight is None:
            return _Way(matrix, self.delay + 0 * matrix)
        if np.ptp(self.delay + 0 * self.weight, axis=0).any():
            raise FormatError("the graph has weights, different delays and weights again in a row; join the weights")
        weight = matrix @ self.weight
        return _Way(weight, (self.delay + 0 * self.weight)[:1] + 0 * weight)


class _Reader:
    """Follows the edges of a graph from every source through weights to every population."""

    def __init__(self, graph: Any) -> None:
        self._nodes: dict[str, Any] = dict(graph.nodes)
        self._edges: list[tuple[str, str]] = [(str(a), str(b)) for a, b in graph.edges]
        self._metadata = getattr(graph, "metadata", None) or {}
        kinds = {name: type(node).__name__ for name, node in self._nodes.items()}
        if strange := sorted({kind for kind in kinds.values() if kind not in _KNOWN}):
            raise FormatError("the graph has nodes of the kind {names}, which no circuit here has; known are {known}",
                              names=", ".join(strange), known=", ".join(_KNOWN))  # fmt: skip
        self._populations = [name for name, kind in kinds.items() if kind in ("CubaLIF", "LIF")]
        found = {kinds[name] for name in self._populations}
        if not found:
            raise FormatError("the graph has no neurons")
        if len(found) > 1:
            raise FormatError("the graph mixes CubaLIF and LIF neurons; a circuit here has one kind")
        self._kind = found.pop()

    def network(self) -> Network:
        """The circuit."""
        shape = "exponential" if self._kind == "CubaLIF" else "delta"
        net = Network("lif", str(self._metadata.get("name", "")), shape)
        first: dict[str, int] = {}
        for name in self._populations:
            first[name] = net.n_neurons
            self._add(net, name)
        names = str(self._metadata.get("names", "")).split("\n")
        if len(names) == net.n_neurons and len(set(names)) == len(names) and all(names):
            for i in range(len(names)):
                net.rename(i, f"\0{i}")  # so that names that swap places don't meet
            for i, name in enumerate(names):
                net.rename(i, name)
        for source in [*self._populations, *(n for n in self._nodes if type(self._nodes[n]).__name__ == "Input")]:
            self._follow(net, first, source)
        net.probe(range(min(net.n_neurons, 64)))
        return net

    def _column(self, name: str, field: str, n: int) -> NDArray[np.float64]:
        value = np.asarray(getattr(self._nodes[name], field), np.float64).ravel()
        if value.size not in (1, n) or not np.isfinite(value).all():
            raise FormatError("'{field}' of node '{name}' isn't one number, or one for each of its {n} neurons",
                              field=field, name=name, n=n)  # fmt: skip
        return np.array(np.broadcast_to(value, (n,)))

    def _add(self, net: Network, name: str) -> None:
        node = self._nodes[name]
        tau = "tau_mem" if self._kind == "CubaLIF" else "tau"
        n = np.asarray(node.v_threshold).size
        if net.n_neurons + n > MAX_NEURONS:
            raise FormatError("a graph holds up to {limit} neurons, this circuit has {n}", limit=MAX_NEURONS,
                              n=net.n_neurons + n)  # fmt: skip
        columns = {"tau_mem": self._column(name, tau, n), "v_leak": self._column(name, "v_leak", n),
                   "v_threshold": self._column(name, "v_threshold", n)}  # fmt: skip
        columns["v_reset"] = (self._column(name, "v_reset", n) if getattr(node, "v_reset", None) is not None
                              else np.zeros(n))  # fmt: skip
        if self._kind == "CubaLIF":
            columns["tau_syn"] = columns["tau_syn_1"] = self._column(name, "tau_syn", n)
        tau_ref = (getattr(node, "metadata", None) or {}).get("tau_ref")
        columns["tau_ref"] = np.zeros(n) if tau_ref is None else np.broadcast_to(np.asarray(tau_ref, np.float64), (n,))
        start = len(net.names)
        net.neurons(n, prefix=_plain(name), **columns)
        for i in range(n):
            net.move(start + i, (160.0 * (i % 8), 160.0 * (start // 8 + i // 8)))

    def _gain(self, name: str, n: int) -> NDArray[np.float64]:
        """Volts of our weights per unit of the graph's."""
        if self._kind == "CubaLIF":
            return self._column(name, "r", n) * self._column(name, "w_in", n) / self._column(name, "tau_syn", n)
        return self._column(name, "r", n) / self._column(name, "tau", n)

    def _follow(self, net: Network, first: dict[str, int], source: str) -> None:
        """Everything that `source` reaches without passing another population."""
        ways: list[tuple[str, _Way, tuple[str, ...]]] = [(source, _Way(), ())]
        while ways:
            here, way, seen = ways.pop()
            for _, there in (edge for edge in self._edges if edge[0] == here):
                if there in first:
                    self._connect(net, first, source, there, way)
                elif there not in seen and there in self._nodes:
                    ways.append((there, self._through(there, way), (*seen, there)))

    def _through(self, name: str, way: _Way) -> _Way:
        node, kind = self._nodes[name], type(self._nodes[name]).__name__
        if kind == "Delay":
            delay = np.asarray(node.delay, np.float64).ravel()
            if not (np.isfinite(delay) & (delay >= 0)).all():
                raise FormatError("the delays of node '{name}' are not all 0 s or more", name=name)
            return self._fitting(name, lambda: way.later(delay))
        if kind not in ("Linear", "Affine"):
            return way
        matrix = np.asarray(node.weight, np.float64)
        if kind == "Affine" and np.asarray(node.bias).any():
            raise FormatError("node '{name}' has a bias, which is not read; leave it out", name=name)
        if matrix.ndim != 2 or not np.isfinite(matrix).all():
            raise FormatError("the weights of node '{name}' don't fit what comes before it", name=name)
        return self._fitting(name, lambda: way.weighed(matrix))

    def _fitting(self, name: str, change: Callable[[], _Way]) -> _Way:
        try:
            return change()
        except ValueError:
            raise FormatError("the weights of node '{name}' don't fit what comes before it", name=name) from None

    def _connect(self, net: Network, first: dict[str, int], source: str, there: str, way: _Way) -> None:
        n = np.asarray(self._nodes[there].v_threshold).size
        weight = np.eye(n) if way.weight is None else way.weight
        if weight.shape[0] != n:
            raise FormatError("the weights of node '{name}' don't fit what comes before it", name=there)
        delay = self._fitting(there, lambda: _Way(None, np.array(np.broadcast_to(way.delay, weight.shape)))).delay
        volts = weight * self._gain(there, n)[:, None]
        post, pre = np.nonzero(volts)
        if source not in first:
            if delay[post, pre].any():
                raise FormatError("the graph delays what comes in by '{name}', which has no place here; leave that "
                                  "delay out, and let the spikes come later", name=source)  # fmt: skip
            for j, i in zip(pre.tolist(), post.tolist(), strict=True):
                net.stimulus(SpikeTrain(()), to=first[there] + i, weight=float(volts[i, j]))
            return
        if len(pre) and pre.max() >= np.asarray(self._nodes[source].v_threshold).size:
            raise FormatError("the weights of node '{name}' don't fit what comes before it", name=there)
        if len(pre):
            net.connect(first[source] + pre, first[there] + post, weight=volts[post, pre], delay=delay[post, pre])


def _plain(name: str) -> str:
    return "".join(c for c in name if c.isalnum() or c in "_-") or "N"
