"""What a network must keep to so that the chip can hold it. Each rule names what is too large, its limit, a way out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from luiapp.chip.spec import SPEC
from luiapp.errors import NetworkError
from luiapp.model.layered import Layered


class Wish(NamedTuple):
    """A network, and how often the inputs of each of its layers are repeated."""

    net: Layered
    repeat: tuple[int, ...]


def n_merged(wish: Wish, layer: int) -> int:
    """Circuits that each neuron of a layer needs, for the sake of its inputs: a power of two."""
    one = wish.net.layers[layer]
    n_in = one.weight.shape[0] + (one.n if one.loop is not None else 0)
    needed = math.ceil(n_in * wish.repeat[layer] / SPEC.fan_in)
    return 1 << (needed - 1).bit_length()


def inputs_per_neuron(wish: Wish) -> None:
    """Rows of a column, of as many circuits as can be merged."""
    for i, layer in enumerate(wish.net.layers):
        merged = n_merged(wish, i)
        if merged > SPEC.n_merged_max:
            n_in = layer.weight.shape[0] + (layer.n if layer.loop is not None else 0)
            raise NetworkError(
                "each neuron of layer {layer} has {n} inputs, repeated {repeat} times; a circuit has {limit} signed "
                "inputs, and {merged} circuits can be merged. Repeat less, or drop {surplus} inputs.",
                layer=i + 1, n=n_in, repeat=wish.repeat[i], limit=SPEC.fan_in, merged=SPEC.n_merged_max,
                surplus=n_in - SPEC.fan_in * SPEC.n_merged_max // wish.repeat[i],
            )  # fmt: skip


def circuits(wish: Wish) -> None:
    """Circuits of the chip."""
    needed = [layer.n * n_merged(wish, i) for i, layer in enumerate(wish.net.layers)]
    if sum(needed) > SPEC.n_circuits:
        i = max(range(len(needed)), key=lambda k: needed[k])
        raise NetworkError(
            "the network needs {n} circuits, but the chip has {limit}; layer {layer} alone needs {part} "
            "({merged} for each neuron). Take fewer neurons, or fewer inputs.",
            n=sum(needed), limit=SPEC.n_circuits, layer=i + 1, part=needed[i], merged=n_merged(wish, i),
        )  # fmt: skip


def delays(wish: Wish) -> None:
    """Synapses act at once."""
    for i, layer in enumerate(wish.net.layers):
        if layer.delay is not None and (layer.delay != layer.delay[:, :1]).any():
            raise NetworkError(
                "the synapses of layer {layer} have delays of their own, but on the chip all synapses "
                "of a neuron act at once; train with axonal delays or with none",
                layer=i + 1,
            )
        if i > 0 and layer.delay is not None and layer.delay.any():
            raise NetworkError("layer {layer} has delays, but events between neurons of the chip can't wait; "
                               "only inputs can be delayed", layer=i + 1)  # fmt: skip


def time_constants(wish: Wish) -> None:
    """All circuits share their targets."""
    first = wish.net.layers[0]
    for i, layer in enumerate(wish.net.layers):
        if not (math.isclose(layer.tau_mem, first.tau_mem) and math.isclose(layer.tau_syn, first.tau_syn)):
            raise NetworkError("layer {layer} has other time constants than the first; "
                               "one calibration serves the whole chip, train with equal ones", layer=i + 1)  # fmt: skip


def repeats(wish: Wish) -> None:
    """An input is on one pair of rows at least."""
    if len(wish.repeat) != len(wish.net.layers) or min(wish.repeat) < 1:
        raise NetworkError("inputs are repeated once or more, in each of the {n} layers", n=len(wish.net.layers))


RULES: Sequence[Callable[[Wish], None]] = (repeats, time_constants, delays, inputs_per_neuron, circuits)


def check(wish: Wish) -> None:
    """Raise what the first rule that is broken says.

    Raises
    ------
    NetworkError
    """
    for rule in RULES:
        rule(wish)
