"""What stands in the synapse array: the weight and the label of every synapse, the sign of every row. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.place import Placed
from luiapp.chip.spec import SPEC

Ints = NDArray[np.int64]
NONE = -1
SHAPE = (SPEC.n_halves, SPEC.n_rows, SPEC.n_columns)


@dataclass(frozen=True, eq=False)
class Array:
    """A core as it is configured.

    Attributes
    ----------
    weight : (n_halves, n_rows, n_columns) int64
        0 … 63; the sign is the row's.
    label : (n_halves, n_rows, n_columns) int64
        Of the source that a synapse listens to, -1 where there is none. Sources on one driver count from 0.
    source : (n_halves, n_rows, n_columns) int64
        Number of that source in the wiring, -1 for none.
    sign : (n_halves, n_rows) int64
        1 excitatory, -1 inhibitory, 0 switched off.
    neuron : (n_circuits,) int64
        The neuron that a circuit belongs to, -1 for none.
    layer : (n_circuits,) int64
        Its layer, -1 for none.
    n_layers : int
    """

    weight: Ints
    label: Ints
    source: Ints
    sign: Ints
    neuron: Ints
    layer: Ints
    n_layers: int

    def signed(self) -> Ints:
        """(n_halves, n_rows, n_columns): weights with the signs of their rows."""
        return self.weight * self.sign[:, :, None]

    def runs(self, half: int) -> list[tuple[int, int, int]]:
        """Neighbouring circuits of one layer in a half: (first column, column after the last, layer)."""
        n = SPEC.n_columns
        layers = self.layer[half * n : (half + 1) * n]
        cuts = np.flatnonzero(np.diff(layers)) + 1
        bounds = [0, *sorted({*cuts.tolist(), n // 2}), n]
        parts = pairwise(bounds)
        return [(a, b, int(layers[a])) for a, b in parts if layers[a] != NONE]


def empty() -> Array:
    """A core that nothing was written to."""
    none = np.full(SHAPE, NONE, np.int64)
    circuits = np.full(SPEC.n_circuits, NONE, np.int64)
    return Array(np.zeros(SHAPE, np.int64), none, none, np.zeros(SHAPE[:2], np.int64), circuits, circuits, 0)


def configured(placed: Placed) -> Array:
    """The core with a network on it; copies of an input share its weight as evenly as whole numbers can."""
    wiring = placed.wiring
    weight, sign = np.zeros(SHAPE, np.int64), np.zeros(SHAPE[:2], np.int64)
    label, source_of = np.full(SHAPE, NONE, np.int64), np.full(SHAPE, NONE, np.int64)
    source, neuron = wiring.ends()
    n_copies = wiring.n_copies()[source]
    numbers = _labels(wiring.row)
    for k in range(wiring.row.shape[1]):
        circuit = wiring.circuit[neuron, wiring.member[source, k]]
        half, column = circuit // SPEC.n_columns, circuit % SPEC.n_columns
        for way, of_row in enumerate((1, -1)):
            row = wiring.row[source, k, way, half]
            there = row >= 0
            part = (np.maximum(of_row * wiring.weight, 0) + n_copies - 1 - k) // n_copies
            at = half[there], row[there], column[there]
            weight[at] = part[there]
            source_of[at] = source[there]
            label[at] = numbers[source, k, half][there]
            sign[half[there], row[there]] = of_row
    owner, layer = np.full(SPEC.n_circuits, NONE, np.int64), np.full(SPEC.n_circuits, NONE, np.int64)
    layer_of = np.repeat(np.arange(len(wiring.segment) - 1), np.diff(wiring.segment))
    for j, circuits in enumerate(wiring.circuit):
        mine = circuits[circuits >= 0]
        owner[mine], layer[mine] = j, layer_of[j]
    return Array(weight, label, source_of, sign, owner, layer, len(wiring.segment) - 1)


def _labels(row: Ints) -> Ints:
    """(n_sources, n_copies, n_halves): a number for each source on a driver, in their order."""
    found = np.full((row.shape[0], row.shape[1], row.shape[3]), NONE, np.int64)
    taken: dict[tuple[int, int], int] = {}
    for source, k, half in zip(*(axis.tolist() for axis in np.nonzero(row[:, :, 0, :] >= 0)), strict=True):
        driver = half, int(row[source, k, 0, half]) // 2
        found[source, k, half] = taken.get(driver, 0)
        taken[driver] = taken.get(driver, 0) + 1
    return found


def source_name(placed: Placed, source: int, bias: str) -> str:
    """What a source is called: ``x``, ``y`` … for inputs of Yin-Yang, `bias`, or a neuron's name."""
    net, n_inputs = placed.net, placed.wiring.n_inputs
    if source < n_inputs:
        plain = ("x", "y", "1−x", "1−y")
        return plain[source] if source < len(plain) and net.n_in <= len(plain) + 1 else bias
    return neuron_name(placed, source - n_inputs)


def neuron_name(placed: Placed, neuron: int) -> str:
    """Layer and place of a neuron, such as ``1.7`` or ``out.2``."""
    cuts: Any = placed.wiring.segment
    layer = int(np.searchsorted(cuts, neuron, side="right")) - 1
    last = len(cuts) - 2
    return f"{'out' if layer == last else layer + 1}.{neuron - int(cuts[layer]) + 1}"
