"""Layered networks out of NIR graphs: what `luiapp.files.export.write_nir` writes, and such as others write alike."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np

from luiapp.errors import FormatError
from luiapp.files.disk import MAX_JSON, naming, small_file
from luiapp.model.layered import Layer, Layered, psp_peak

_NEURONS = ("CubaLIF", "CubaLI")
_CLOSE = 1e-6


def read_nir(path: Path) -> Layered:
    """The network of a NIR graph: inputs, then `Linear` or `Affine`, `Delay` and `CubaLIF` or `CubaLI` in a row.

    Events are pulses of area 1. What NIR has no place for (refractory times, decision, duration, times of bias spikes)
    is taken from the metadata, or is none, the largest membrane or the count of spikes, and 0.1 s.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it is no such graph, or the package ``nir`` is missing; says what is in the way.
    """
    small_file(path, MAX_JSON)  # there, readable, and of a size that fits
    try:
        nir = importlib.import_module("nir")
    except ImportError:
        raise FormatError("NIR files need the package nir, which isn't installed; type: {python} -m pip install nir",
                          python=Path(sys.executable).name) from None  # fmt: skip
    with naming(path):
        try:
            graph = nir.read(path)
            return _Graph(graph.nodes, [tuple(edge) for edge in graph.edges]).layered(dict(graph.metadata or {}))
        except (
            OSError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            IndexError,
            RecursionError,
            AssertionError,
        ) as error:
            raise FormatError("it is not a graph of layers: {reason}", reason=str(error)[:120]) from None


class _Graph:
    def __init__(self, nodes: dict[str, Any], edges: list[tuple[str, str]]) -> None:
        self._nodes, self._edges = nodes, edges

    def layered(self, about: dict[str, Any]) -> Layered:
        inputs = [name for name, node in self._nodes.items() if _kind(node) == "Input"]
        biases = {name: _about(self._nodes[name])["time"] for name in inputs if "time" in _about(self._nodes[name])}
        main = [name for name in inputs if name not in biases]
        if len(main) != 1:
            raise FormatError("it has {n} inputs; one is needed", n=len(main))
        held = {(path := self._only(name))[-1]: (path, float(time)) for name, time in biases.items()}
        path, layers = self._only(main[0]), []
        while _kind(self._nodes[path[-1]]) in _NEURONS:
            end = path[-1]
            behind = [self._path(one) for one in self._after(end)]
            loops = [one for one in behind if one[-1] == end]
            layers.append(self._layer(path, loops, held.get(end)))
            path = _one([one for one in behind if one[-1] != end], end)
        decision = _text(about.get("decision", "")) or ("maximum" if layers and layers[-1].kind == "li" else "count")
        return Layered(tuple(layers), decision, float(about.get("duration", 0.1)), _text(about.get("name", "")))  # type: ignore[arg-type]

    def _after(self, name: str) -> list[str]:
        return [b for a, b in self._edges if a == name]

    def _path(self, name: str) -> list[str]:
        """From a node to the next neurons, or to the output."""
        path = [name]
        while _kind(self._nodes[path[-1]]) not in (*_NEURONS, "Output") and len(path) <= len(self._nodes):
            path.append(_one(self._after(path[-1]), path[-1]))
        return path

    def _only(self, name: str) -> list[str]:
        return self._path(_one(self._after(name), name))

    def _wires(self, path: list[str]) -> tuple[Any, Any]:
        """(n_in, n) weights of a path, and delays [s]."""
        before: Any = 0.0
        behind: Any = 0.0
        weight = None
        for name in path[:-1]:
            node = self._nodes[name]
            if _kind(node) == "Delay":
                delay = np.ravel(np.asarray(node.delay, np.float64))
                before, behind = (before + delay, behind) if weight is None else (before, behind + delay)
            elif _kind(node) in ("Linear", "Affine") and weight is None:
                weight = np.atleast_2d(np.asarray(node.weight, np.float64)).T
                if _kind(node) == "Affine" and np.any(node.bias):
                    raise FormatError("'{name}' adds a constant current, but layers get events only", name=name)
            else:
                raise FormatError("'{name}' is a '{kind}', which has no place in a layer here",
                                  name=name, kind=_kind(node))  # fmt: skip
        if weight is None:
            raise FormatError("there are no weights before '{name}'", name=path[-1])
        ones = np.ones(weight.shape)
        return weight, ones * np.reshape(before, (-1, 1)) + ones * np.reshape(behind, (1, -1))

    def _layer(self, path: list[str], loops: list[list[str]], bias: tuple[list[str], float] | None) -> Layer:
        name, node = path[-1], self._nodes[path[-1]]
        weight, delay = self._wires(path)
        time = None
        if bias is not None:
            row, late = self._wires(bias[0])
            time, weight, delay = bias[1], np.concatenate([weight, row]), np.concatenate([delay, late])
        fires = _kind(node) == "CubaLIF"
        tau_mem, tau_syn = (_shared(getattr(node, key), name, key) for key in ("tau_mem", "tau_syn"))
        if fires and np.any(np.abs(_column(node.v_reset) - _column(node.v_leak)) > _CLOSE):
            raise FormatError("neurons of '{name}' are reset to another potential than they rest at", name=name)
        gap = _column(node.v_threshold) - _column(node.v_leak) if fires else 1.0
        height = _column(node.r) * _column(node.w_in) * psp_peak(tau_mem, tau_syn) / tau_mem / gap
        loop = self._wires(_one(loops, name)) if loops else None
        if loop is not None and loop[1].any():
            raise FormatError("the loop of '{name}' has delays, which have no place in a layer here", name=name)
        tau_ref = float(_about(node).get("tau_ref", 0.0))
        return Layer(weight * height, "lif" if fires else "li", tau_mem, tau_syn, tau_ref,
                     None if loop is None else loop[0] * height, delay if delay.any() else None, time)  # fmt: skip


def _one(found: list[Any], name: str) -> Any:
    if len(found) != 1:
        raise FormatError("'{name}' leads to {n} places; layers stand in a row", name=name, n=len(found))
    return found[0]


def _kind(node: Any) -> str:
    return type(node).__name__


def _about(node: Any) -> dict[str, Any]:
    return dict(node.metadata or {})


def _column(value: Any) -> Any:
    return np.ravel(np.asarray(0.0 if value is None else value, np.float64))


def _shared(value: Any, name: str, key: str) -> float:
    column = _column(value)
    if np.ptp(column) > _CLOSE * abs(column[0]):
        raise FormatError("neurons of '{name}' differ in '{key}'; a layer's are equal", name=name, key=key)
    if not column[0] > 0:
        raise FormatError("a layer's time constants are above zero, and finite")
    return float(column[0])


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
