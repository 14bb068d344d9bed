"""Layered networks for other programs: NIR, scripts for PyNN and Norse, and a table of their synapses.

A `Layered` counts weights as PSP heights in thresholds; each program gets them in the way that its own equations want.
Thresholds are 1, rest and reset 0.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from luiapp.errors import FormatError
from luiapp.files.code_norse import norse_script
from luiapp.files.code_pynn import pynn_script
from luiapp.files.disk import atomic
from luiapp.model.layered import Layer, Layered, psp_peak
from luiapp.texts import mark


@dataclass(frozen=True)
class Exporter:
    """A way out.

    Attributes
    ----------
    about : str
        For people (marked).
    ending : str
        Of a file's name where nobody chose one.
    write : callable
        Writes a network to a path.
    """

    about: str
    ending: str
    write: Callable[[Path, Layered], None]


def write_nir(path: Path, layered: Layered) -> None:
    """Write a NIR graph (HDF5), as ``nir.read`` and what builds on it take it; needs the package ``nir``.

    ``Input → (Delay) → Linear → (Delay) → CubaLIF or CubaLI → … → Output``; bias spikes are inputs of their own, named
    ``bias_k``. NIR's spikes are pulses of area 1 in time, so `Linear` holds PSP heights, and ``w_in`` of a neuron the
    factor ``tau_mem / peak`` that makes them so. What NIR has no place for (refractory times, decision, bias times)
    stands in the metadata.

    Raises
    ------
    FormatError
        If NIR can't hold it: delays that differ from synapse to synapse, or a missing package.
    FileError
        If it can't be written.
    """
    nir = nir_library()
    nodes, edges = _graph(nir, layered)
    graph = nir.NIRGraph(nodes=nodes, edges=edges, metadata={"decision": layered.decision, "name": layered.name,
                                                             "duration": layered.duration})  # fmt: skip
    content = io.BytesIO()  # HDF5 reads while it writes
    nir.write(content, graph)
    with atomic(path) as file:
        file.write(content.getvalue())


def nir_library() -> Any:
    """The package nir; `FormatError` with what to type where it is missing."""
    try:
        return importlib.import_module("nir")
    except ImportError:
        raise FormatError("NIR files need the package nir, which isn't installed; type: {python} -m pip install nir",
                          python=Path(sys.executable).name) from None  # fmt: skip


def _graph(nir: Any, layered: Layered) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    nodes: dict[str, Any] = {"input": nir.Input(input_type={"input": np.array([layered.n_in])})}
    edges: list[tuple[str, str]] = []
    before = "input"
    for k, layer in enumerate(layered.layers):
        name = f"{layer.kind}_{k}"
        weight = layer.weight if layer.bias is None else layer.weight[:-1]
        chain = [(f"linear_{k}", nir.Linear(weight=np.ascontiguousarray(weight.T)))]
        if layer.delay is not None:
            chain = _delayed(nir, layer.delay, len(weight), k, chain)
        for node, value in chain:
            nodes[node] = value
            edges.append((before, node))
            before = node
        nodes[name] = _neurons(nir, layer)
        edges.append((before, name))
        if layer.bias is not None:
            behind = chain[-1][0] == f"delay_{k}"  # which then holds the bias spike back as well
            at = layer.bias + (0.0 if behind or layer.delay is None else float(layer.delay[-1, 0]))
            nodes[f"bias_{k}"] = nir.Input(input_type={"input": np.array([1])}, metadata={"time": at})
            nodes[f"bias_linear_{k}"] = nir.Linear(weight=np.ascontiguousarray(layer.weight[-1:].T))
            edges += [(f"bias_{k}", f"bias_linear_{k}"), (f"bias_linear_{k}", chain[-1][0] if behind else name)]
        if layer.loop is not None:
            nodes[f"loop_{k}"] = nir.Linear(weight=np.ascontiguousarray(layer.loop.T))
            edges += [(name, f"loop_{k}"), (f"loop_{k}", name)]
        before = name
    nodes["output"] = nir.Output(output_type={"output": np.array([layered.n_out])})
    return nodes, [*edges, (before, "output")]


def _delayed(nir: Any, delay: Any, n_in: int, k: int, chain: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """NIR delays whole channels: before the weights (one for each source) or behind them (one for each neuron)."""
    if not np.ptp(delay, axis=1).any():
        return [(f"delay_{k}", nir.Delay(delay=np.array(delay[:n_in, 0]))), *chain]
    if not np.ptp(delay, axis=0).any():
        return [*chain, (f"delay_{k}", nir.Delay(delay=np.array(delay[0])))]
    raise _no_delays()


def _no_delays() -> FormatError:
    return FormatError("NIR delays whole neurons, but here each synapse has a delay of its own; "
                       "export to pynn or csv, or train with axonal delays")  # fmt: skip


def _neurons(nir: Any, layer: Layer) -> Any:
    def column(value: float) -> Any:
        return np.full(layer.n, value)

    gain = layer.tau_mem / psp_peak(layer.tau_mem, layer.tau_syn)
    shared = {"tau_mem": column(layer.tau_mem), "tau_syn": column(layer.tau_syn), "r": column(1.0),
              "v_leak": column(0.0), "w_in": column(gain)}  # fmt: skip
    if layer.kind == "li":
        return nir.CubaLI(**shared)
    return nir.CubaLIF(**shared, v_threshold=column(1.0), v_reset=column(0.0), metadata={"tau_ref": layer.tau_ref})


def write_csv_table(path: Path, layered: Layered) -> None:
    """Write a table of all synapses: layer, kind, from, to, PSP height in thresholds, delay [s]."""
    lines = ["layer,kind,from,to,weight,delay_s"]
    for k, layer in enumerate(layered.layers):
        for i, j in np.ndindex(*layer.weight.shape):
            source = "bias" if layer.bias is not None and i == len(layer.weight) - 1 else str(i)
            delay = 0.0 if layer.delay is None else float(layer.delay[i, j])
            lines.append(f"{k},{layer.kind},{source},{j},{float(layer.weight[i, j])!r},{delay!r}")
        if layer.loop is not None:
            lines += [f"{k},loop,{i},{j},{float(layer.loop[i, j])!r},0.0" for i, j in np.ndindex(*layer.loop.shape)]
    _write(path, "\n".join(lines) + "\n")


def _script(make: Callable[[Layered], str]) -> Callable[[Path, Layered], None]:
    def write(path: Path, layered: Layered) -> None:
        _write(path, make(layered))

    return write


def _write(path: Path, text: str) -> None:
    with atomic(path) as file:
        file.write(text.encode("utf-8"))


EXPORTERS: dict[str, Exporter] = {
    "nir": Exporter(mark("a graph that Norse, snnTorch, Lava, Nengo and chips read (HDF5)"), ".nir", write_nir),
    "pynn": Exporter(mark("a script for NEST, Brian or a chip behind PyNN"), "_pynn.py", _script(pynn_script)),
    "norse": Exporter(mark("a script for Norse on PyTorch"), "_norse.py", _script(norse_script)),
    "csv": Exporter(mark("a table of all synapses"), ".csv", write_csv_table),
}
