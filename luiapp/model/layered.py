"""A layered network: what training hands to the chip, to files and to other simulators. A description; nothing evolves.

Weights are *PSP heights in thresholds*: one event of weight w takes a membrane at rest to the peak w, in units of the
distance from rest to threshold. Time constants, gains and steps of a simulator therefore don't hide in a weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import NetworkError

Floats = NDArray[np.float64]
MAX_WEIGHTS = 2**26


@dataclass(frozen=True, eq=False)
class Layer:
    """Neurons with the same time constants, and what reaches them.

    Attributes
    ----------
    weight : (n_in, n) float64
        PSP heights from the layer before (or from the inputs), in thresholds.
    kind : str
        ``"lif"`` fires; ``"li"``, a leaky integrator, doesn't.
    tau_mem, tau_syn, tau_ref : float
        [s]; `tau_ref` infinite: a neuron fires once at most.
    loop : (n, n) float64 or None
        PSP heights among the layer's own neurons.
    delay : (n_in, n) float64 or None
        From a spike to its arrival [s], one for each synapse; None: no delays.
    bias : float or None
        The last row of `weight` belongs to a further input that fires once in every sample, at this time [s]; None:
        there is no such input.
    """

    weight: Floats
    kind: Literal["lif", "li"] = "lif"
    tau_mem: float = 20e-3
    tau_syn: float = 10e-3
    tau_ref: float = 0.0
    loop: Floats | None = None
    delay: Floats | None = None
    bias: float | None = None

    def __post_init__(self) -> None:
        if self.weight.ndim != 2 or not 0 < self.weight.size <= MAX_WEIGHTS or not np.isfinite(self.weight).all():
            raise NetworkError("a layer's weights are a finite matrix of inputs by neurons, not {shape}",
                               shape=self.weight.shape)  # fmt: skip
        if self.kind not in ("lif", "li"):
            raise NetworkError("a layer is of 'lif' or of 'li' neurons, not '{name}'", name=self.kind)
        times = (self.tau_mem, self.tau_syn)
        if not all(0 < tau < math.inf for tau in times) or not self.tau_ref >= 0:
            raise NetworkError("a layer's time constants are above zero, and finite")
        wanted = {"loop": (self.n, self.n), "delay": self.weight.shape}
        for name, shape in wanted.items():
            array = getattr(self, name)
            if array is not None and (array.shape != shape or not np.isfinite(array).all()):
                raise NetworkError("'{name}' of a layer must have the shape {shape}", name=name, shape=shape)
        if self.delay is not None and self.delay.min() < 0:
            raise NetworkError("delays can't be negative")

    @property
    def n(self) -> int:
        """Neurons."""
        return int(self.weight.shape[1])

    @property
    def n_in(self) -> int:
        """Inputs from the layer before, without the bias."""
        return int(self.weight.shape[0]) - (self.bias is not None)


@dataclass(frozen=True, eq=False)
class Layered:
    """Layers in a row.

    Attributes
    ----------
    layers : tuple of Layer
        The first takes the inputs.
    decision : str
        How the last layer tells the class: ``"maximum"``, ``"last"`` or ``"mean"`` of its membranes, its
        ``"first spike"``, or the ``"count"`` of its spikes.
    duration : float
        Of a sample [s].
    name : str
        For people.
    extra : dict
        JSON-ready; what files carry and this program doesn't know.
    """

    layers: tuple[Layer, ...]
    decision: Literal["maximum", "last", "mean", "first spike", "count"] = "maximum"
    duration: float = 100e-3
    name: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.layers:
            raise NetworkError("a layered network has one layer or more")
        if self.decision not in ("maximum", "last", "mean", "first spike", "count"):
            raise NetworkError("there is no decision '{name}'", name=self.decision)
        for before, after in zip(self.layers, self.layers[1:], strict=False):
            if before.kind != "lif" or before.n != after.n_in:
                raise NetworkError("a layer of {n} '{kind}' neurons can't feed one with {m} inputs",
                                   n=before.n, kind=before.kind, m=after.n_in)  # fmt: skip

    @property
    def n_in(self) -> int:
        """Inputs."""
        return self.layers[0].n_in

    @property
    def n_out(self) -> int:
        """Classes."""
        return self.layers[-1].n


def psp_peak(tau_mem: float, tau_syn: float) -> float:
    """Peak of a membrane whose synaptic current jumps to 1, for ``dv/dt = -v / tau_mem + i / tau_syn``.

    The closed form of the difference of two exponentials; e^-1 for equal time constants.
    """
    ratio = tau_mem / tau_syn
    if abs(ratio - 1) < 1e-6:
        return math.exp(-1.0)
    return float(ratio ** (1.0 / (1.0 - ratio)))
