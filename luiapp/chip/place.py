"""A layered network onto circuits, drivers and rows.

Neurons of a layer are dealt out over all blocks of 32 columns, so that their events leave on all four buses and through
all four quadrants. An event of a neuron leaves on the bus of its block and reaches the 32 drivers of that bus in each
half; events from outside reach all. Layers lie on different columns, so a row may serve one source in each.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.codes import Targets
from luiapp.chip.rules import Wish, check, n_merged
from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import Events, Wiring, events
from luiapp.errors import NetworkError
from luiapp.model.layered import Layered

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BLOCK = 32  # columns
_PER_BUS = SPEC.n_drivers // SPEC.n_padi
_ORDER = (0, 5, 2, 7, 4, 1, 6, 3)  # blocks of a half, so that any four in a row have four buses, two left, two right
USUAL_REPEAT = 5


@dataclass(frozen=True, eq=False)
class Placed:
    """A network and its place on the chip.

    Attributes
    ----------
    net : Layered
    wiring : Wiring
        Sources: the inputs, each layer's bias, and the neurons, layer by layer.
    targets : Targets
        What the circuits should be.
    time_scale : float
        How many times faster than the network the chip runs.
    unit : float
        Weight of one, in thresholds.
    scale : (n_layers,) float64
        By what each layer's weights are multiplied beforehand; 1 where the neurons fire.
    clipped : float
        Share of the weights that are stronger than their synapses can be.
    repeat : tuple of int
        Copies of the inputs of each layer.
    """

    net: Layered
    wiring: Wiring
    targets: Targets
    time_scale: float
    unit: float
    scale: Floats
    clipped: float
    repeat: tuple[int, ...]

    @property
    def n_outputs(self) -> int:
        """Neurons of the last layer; they are the last of the wiring."""
        return self.net.n_out

    @property
    def hidden(self) -> list[slice]:
        """Where the neurons of the layers but the last are in the wiring."""
        cuts = self.wiring.segment.tolist()
        return [slice(a, b) for a, b in pairwise(cuts[:-1])]

    @property
    def outputs(self) -> tuple[int, ...]:
        """Their numbers in the wiring."""
        return tuple(range(self.wiring.n - self.net.n_out, self.wiring.n))

    def events(self, times: Floats) -> Events:
        """Input events (n_samples, n_in) in the network's time [s], infinite for none; with delays and biases."""
        first = self.net.layers[0]
        extra = [np.full((len(times), 1), layer.bias) for layer in self.net.layers if layer.bias is not None]
        given = np.concatenate([times, *extra], axis=1)
        if first.delay is not None:
            given[:, : len(first.delay)] += first.delay[:, 0]
        return events(given / self.time_scale)


def place(
    net: Layered,
    *,
    repeat: int | tuple[int, ...] | None = None,
    time_scale: float | None = None,
    leak: float = 80.0,
    threshold: float = 150.0,
    peak: float = SPEC.peak,
    numbers: tuple[int, ...] = (),
) -> Placed:
    """Find a place for `net`.

    Parameters
    ----------
    repeat : int or tuple of int, optional
        On how many pairs of rows an input is; a tuple: an input of each layer. By default as many as its strongest
        weight needs, up to five, where there is room.
    time_scale : float, optional
        By default as many times as the chip is faster than biology, or what its time constants need.
    numbers : tuple of int
        For each input the background source that feeds it, so that it lies on that one's drivers; none: from outside.

    Raises
    ------
    NetworkError
        If a rule of the chip is broken.
    ParameterError
        If its circuits can't have these time constants.
    """
    unit = peak / (threshold - leak) / SPEC.weight_max
    plain = Wish(net, (1,) * len(net.layers))
    check(plain)
    chosen = _repeats(net, unit) if repeat is None else repeat
    wish = Wish(net, _shared(net, (chosen, *plain.repeat[1:]) if isinstance(chosen, int) else tuple(chosen)))
    check(wish)
    scale = time_scale or SPEC.speedup
    tau_ref = net.layers[0].tau_ref / scale
    targets = Targets(
        leak, leak, threshold, net.layers[0].tau_mem / scale, net.layers[0].tau_syn / scale, peak, tau_ref
    )
    circuit, segment = _circuits(wish)
    target, row, member = _rows(wish, circuit, segment, numbers)
    readout = np.repeat([layer.kind == "li" for layer in net.layers], [layer.n for layer in net.layers])
    n_inputs = net.n_in + sum(layer.bias is not None for layer in net.layers)
    size = int((target[:, 1] - target[:, 0]).sum())
    blank = Wiring(n_inputs, circuit, segment, target, row, member, np.zeros(size, np.int64), readout)
    scales = np.array([_scale(net, i, wish.repeat[i], unit) for i in range(len(net.layers))])
    whole, clipped = weights(net, blank, unit, scales)
    return Placed(net, blank.reweighted(whole), targets, scale, unit, scales, clipped, wish.repeat)


def weights(net: Layered, wiring: Wiring, unit: float, scale: Floats) -> tuple[Ints, float]:
    """The network's weights in whole numbers, as the wiring has them; and the share that is clipped."""
    source_rows = _matrix(net, scale)
    source, neuron = wiring.ends()
    wanted = source_rows[source, neuron] / unit
    limit = SPEC.weight_max * wiring.n_copies()[source]
    clipped = float((np.abs(wanted) > limit + 0.5).mean()) if len(wanted) else 0.0
    return np.clip(np.rint(wanted), -limit, limit).astype(np.int64), clipped


def _matrix(net: Layered, scale: Floats) -> Floats:
    """(n_sources, n): all weights of a network in thresholds, in the order of the wiring."""
    biased = [i for i, layer in enumerate(net.layers) if layer.bias is not None]
    begins = np.concatenate([[0], np.cumsum([layer.n for layer in net.layers])])
    n_inputs, n = net.n_in + len(biased), int(begins[-1])
    full = np.zeros((n_inputs + n, n))
    for i, layer in enumerate(net.layers):
        to = slice(begins[i], begins[i + 1])
        at = 0 if i == 0 else n_inputs + begins[i - 1]
        full[at : at + layer.n_in, to] = layer.weight[: layer.n_in] * scale[i]
        if i in biased:
            full[net.n_in + biased.index(i), to] = layer.weight[-1] * scale[i]
        if layer.loop is not None:
            full[n_inputs + begins[i] : n_inputs + begins[i + 1], to] = layer.loop * scale[i]
    return full


def _repeats(net: Layered, unit: float) -> tuple[int, ...]:
    """Copies that the strongest weights need, as far as one circuit a neuron has room for them."""
    found = []
    for i, layer in enumerate(net.layers):
        n_in = layer.weight.shape[0] + (layer.n if layer.loop is not None else 0)
        room = SPEC.fan_in // n_in if i == 0 else min(SPEC.fan_in // n_in, _PER_BUS // math.ceil(layer.n_in / 4))
        needed = math.ceil(float(np.abs(layer.weight).max()) / (unit * SPEC.weight_max))
        found.append(max(1, min(USUAL_REPEAT, needed, room)))
    return tuple(found)


def _shared(net: Layered, repeat: tuple[int, ...]) -> tuple[int, ...]:
    """Neurons that reach their own layer and the next have the same rows for both, so as many copies."""
    found = list(repeat)
    loops = [i for i, layer in enumerate(net.layers[:-1]) if layer.loop is not None and i + 1 < len(found)]
    for i in loops * len(found):
        found[i] = found[i + 1] = max(found[i], found[i + 1])
    return tuple(found)


def _scale(net: Layered, i: int, repeat: int, unit: float) -> float:
    """A readout has no threshold: what counts is how its neurons compare, so its weights may shrink to fit."""
    layer = net.layers[i]
    strongest = float(np.abs(layer.weight).max())
    if layer.kind == "lif" or strongest == 0:
        return 1.0
    return min(1.0, repeat * unit * SPEC.weight_max / strongest)


def bus(circuit: Any) -> Any:
    """The bus on which events of circuits leave."""
    return circuit % SPEC.n_columns // BLOCK % SPEC.n_padi


def _circuits(wish: Wish) -> tuple[Ints, Ints]:
    """(n, n_merged) circuits of all neurons, and the bounds of the layers."""
    widths = [n_merged(wish, i) for i in range(len(wish.net.layers))]
    n = sum(layer.n for layer in wish.net.layers)
    found, at = np.full((n, max(widths)), -1, np.int64), 0
    free = np.ones(SPEC.n_circuits, np.bool_)
    # Wide neurons first: they need neighbours.
    begins = np.concatenate([[0], np.cumsum([layer.n for layer in wish.net.layers])])
    for i in sorted(range(len(widths)), key=lambda k: -widths[k]):
        width = widths[i]
        places = _dealt(free, width)
        if len(places) < wish.net.layers[i].n:
            raise NetworkError("there is no room left for {n} neurons of {merged} circuits each",
                               n=wish.net.layers[i].n, merged=width)  # fmt: skip
        for k in range(wish.net.layers[i].n):
            at = int(begins[i]) + k
            found[at, :width] = places[k] + np.arange(width)
            free[places[k] : places[k] + width] = False
    return found, begins.astype(np.int64)


def _dealt(free: NDArray[np.bool_], width: int) -> list[int]:
    """First circuits of free stretches of this width, so that neighbours in the list lie in different blocks."""
    blocks = [half * SPEC.n_columns + b * BLOCK for b in _ORDER for half in range(SPEC.n_halves)]
    return [block + k for k in range(0, BLOCK, width) for block in blocks if free[block + k : block + k + width].all()]


def _rows(wish: Wish, circuit: Ints, segment: Ints, numbers: tuple[int, ...]) -> tuple[Ints, Ints, Ints]:
    """Which neurons each source reaches, its rows, and the members of merged neurons that carry its synapses."""
    net = wish.net
    biased = [i for i, layer in enumerate(net.layers) if layer.bias is not None]
    n_inputs, n = net.n_in + len(biased), len(circuit)
    halves = [_halves(circuit[segment[i] : segment[i + 1]]) for i in range(len(net.layers))]
    most = max(wish.repeat)
    row = np.full((n_inputs + n, most, 2, SPEC.n_halves), -1, np.int64)
    member = np.zeros((n_inputs + n, most), np.int64)
    target = np.zeros((n_inputs + n, 2), np.int64)
    layer_of = np.repeat(np.arange(len(net.layers)), np.diff(segment))
    drivers = _Drivers([n_merged(wish, i) for i in range(len(net.layers))])
    order = [*range(n_inputs, n_inputs + n), *range(n_inputs)]  # who is bound to a bus comes first
    for source in order:
        if source >= n_inputs:
            own = int(layer_of[source - n_inputs])
            reached = [own] if net.layers[own].loop is not None else []
            reached += [own + 1] if own + 1 < len(net.layers) else []
            buses: tuple[int, ...] = (int(bus(circuit[source - n_inputs, 0])),)
        else:
            reached = [0] if source < net.n_in else [biased[source - net.n_in]]
            buses = tuple(range(SPEC.n_padi))
        number = numbers[source] if source < len(numbers) else None
        if number is not None:
            buses = (number % SPEC.n_padi,)
        if not reached:
            continue
        target[source] = segment[reached[0]], segment[reached[-1] + 1]
        for k in range(max(wish.repeat[layer] for layer in reached)):
            driver, at = drivers.take(reached, buses)
            member[source, k] = at
            there = {h for layer in reached for h in halves[layer]}
            for half in there if number is None else there & {number // SPEC.n_padi}:
                row[source, k, :, half] = 2 * driver, 2 * driver + 1
    return target, row, member


def _halves(circuit: Ints) -> set[int]:
    return set((circuit[circuit >= 0] // SPEC.n_columns).tolist())


class _Drivers:
    """Drivers in use, by layer and member."""

    def __init__(self, merged: list[int]) -> None:
        self._merged = merged
        self._used: set[tuple[int, int, int]] = set()
        self._labels: Counter[int] = Counter()
        self._next: Counter[tuple[int, int]] = Counter()

    def room(self, layer: int, on_bus: int) -> int:
        """Drivers of a bus that are free in a layer."""
        mine = range(on_bus * _PER_BUS, (on_bus + 1) * _PER_BUS)
        return sum((layer, 0, driver) not in self._used for driver in mine)

    def take(self, layers: list[int], buses: tuple[int, ...]) -> tuple[int, int]:
        """A driver on one of the buses, and a member, that are free in all these layers."""
        for at in range(min(self._merged[layer] for layer in layers)):
            for b in buses:
                for k in range(self._next[b, at] if len(layers) == 1 and len(buses) > 1 else 0, _PER_BUS):
                    driver = b * _PER_BUS + k
                    if all((layer, at, driver) not in self._used for layer in layers):
                        if self._labels[driver] >= SPEC.n_labels:
                            continue
                        self._used.update((layer, at, driver) for layer in layers)
                        self._labels[driver] += 1
                        return driver, at
        if len(buses) == 1:
            raise NetworkError("more neurons on bus {bus} reach layer {layer} than its {limit} drivers can take; "
                               "repeat less, or put fewer neurons in the layer before",
                               bus=buses[0], layer=layers[-1] + 1, limit=_PER_BUS)  # fmt: skip
        raise NetworkError("the inputs of layer {layer} need more than the {limit} drivers of a half; "
                           "repeat them less", layer=layers[0] + 1, limit=SPEC.n_drivers)  # fmt: skip
