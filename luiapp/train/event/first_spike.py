"""Networks in which every neuron fires once at most, at a time known in closed form, with learned delays."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import event_first, event_owed

DELAYS = ("none", "axonal", "dendritic", "synaptic", "inputs")
_LATEST = 300.0  # exp() of it must stay far from overflow
_NONE = np.zeros((0, 0))

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FirstSpikeSpec:
    """What stays fixed while a network learns. Times are in units of tau_syn.

    Attributes
    ----------
    sizes : tuple of int, neurons per layer, inputs first
    tau_mem : float, 1 (equal time constants) or 2: the two ratios that have a closed form
    threshold : float, above rest
    delays : str, a key of `DELAYS`; every layer of connections has that kind; "inputs": axonal in the first, else none
    longest_delay : float, delays are this times the logistic function of their parameter
    biases : tuple, per layer of connections the time of a further input that fires in every sample, or None
    """

    sizes: tuple[int, ...]
    tau_mem: float = 2.0
    threshold: float = 1.0
    delays: str = "none"
    longest_delay: float = 1.0
    biases: tuple[float | None, ...] = ()

    def __post_init__(self) -> None:
        if self.tau_mem not in (1.0, 2.0):
            raise ParameterError(
                "first spikes have a closed form for tau_mem = 1 or 2 tau_syn, not {value}; EventProp takes any",
                value=f"{self.tau_mem:g}",
            )
        if self.delays not in DELAYS:
            raise ParameterError(
                "there are no '{kind}' delays; there are {known}", kind=self.delays, known=list(DELAYS)
            )
        if len(self.sizes) < 2 or min(self.sizes) < 1:
            raise ParameterError(
                "a network has two layers or more, each of one neuron or more, not {sizes}", sizes=self.sizes
            )
        if not (self.threshold > 0 and self.longest_delay >= 0):
            raise ParameterError("the threshold must be above 0 and the longest delay not below it")
        if len(self.biases) not in (0, self.n_layers):
            raise ParameterError(
                "{n} biases for {layers} layers of connections; give one for each (or none at all)",
                n=len(self.biases), layers=self.n_layers,
            )  # fmt: skip

    @property
    def n_layers(self) -> int:
        """Layers of connections."""
        return len(self.sizes) - 1

    def bias(self, layer: int) -> float | None:
        """Time of the layer's bias spike."""
        return self.biases[layer] if self.biases else None

    def kind(self, layer: int) -> str:
        """Of the layer's delays."""
        if self.delays == "inputs":
            return "axonal" if layer == 0 else "none"
        return self.delays

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the parameters: ``weights_0``, ``delays_0``, ``weights_1`` …"""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in range(self.n_layers):
            n_in = self.sizes[layer] + (self.bias(layer) is not None)
            n_out = self.sizes[layer + 1]
            shapes[f"weights_{layer}"] = (n_in, n_out)
            kinds = {"axonal": (n_in,), "dendritic": (n_out,), "synaptic": (n_in, n_out)}
            if self.kind(layer) in kinds:
                shapes[f"delays_{layer}"] = kinds[self.kind(layer)]
        return shapes


class LayerPass(NamedTuple):
    """What one layer of connections did; arrays (n_samples, …)."""

    arrivals: Floats  # (n_samples, n_in) with the bias, axonal delays included
    spikes: Floats  # (n_samples, n_out) of the neurons, before dendritic delays
    slopes: Floats  # dv/dt at the spike
    out: Floats  # spikes as the next layer gets them
    delays: Floats = _NONE  # of the layer, in tau_syn


@dataclass
class FirstSpikeNetwork:
    """A feed-forward network of neurons that fire once.

    Attributes
    ----------
    parameters : dict of arrays, see `FirstSpikeSpec.shapes`; weights in units of the threshold's, delays as the
        argument of the logistic function
    """

    spec: FirstSpikeSpec
    parameters: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, shape in self.spec.shapes().items():
            array = self.parameters.get(name, np.zeros(shape))
            if array.shape != shape:
                raise ParameterError(
                    "'{name}' must have shape {shape}, but has {found}", name=name, shape=shape, found=array.shape
                )
            self.parameters[name] = np.ascontiguousarray(array, dtype=np.float64)

    def delay(self, layer: int) -> Floats:
        """Delays of a layer in tau_syn, 0..longest_delay; shape as their parameter."""
        return self.spec.longest_delay / (1.0 + np.exp(-self.parameters[f"delays_{layer}"]))

    def forward(self, times: Floats) -> list[LayerPass]:
        """Run a batch through all layers.

        Parameters
        ----------
        times : (n_samples, n_in) float64, spike times of the inputs in tau_syn, inf where there is none

        Raises
        ------
        ParameterError
            For another number of inputs, or times outside 0..300 tau_syn.
        """
        times = np.ascontiguousarray(times, dtype=np.float64)
        self.check(times)
        return self.run(times)

    def check(self, times: Floats) -> None:
        """Raise what `forward` would raise."""
        spec = self.spec
        if times.ndim != 2 or times.shape[1] != spec.sizes[0]:
            raise ParameterError("the network has {n} inputs; the spike times have shape {shape}",
                                 n=spec.sizes[0], shape=times.shape)  # fmt: skip
        if not bool(np.all((times >= 0.0) & ((times <= _LATEST) | np.isinf(times)))):
            raise ParameterError(
                "spike times must lie between 0 and {limit} tau_syn (infinite: no spike)", limit=_LATEST
            )

    def run(self, times: Floats) -> list[LayerPass]:
        """`forward` without its checks."""
        spec = self.spec
        passes = []
        for layer in range(spec.n_layers):
            passes.append(self._forward(layer, times))
            times = passes[-1].out
        return passes

    def arrivals(self, layer: int, times: Floats, delays: Floats | None = None) -> Floats:
        """`times` (n_samples, n) of a layer's sources as its neurons get them, (n_samples, n_in): its bias is added,
        and its delays where they are axonal (worked out unless given).
        """
        bias = self.spec.bias(layer)
        if bias is not None:
            given, times = times, np.empty((len(times), times.shape[1] + 1))
            times[:, :-1], times[:, -1] = given, bias
        if self.spec.kind(layer) == "axonal":
            times = times + (self.delay(layer) if delays is None else delays)
        return np.ascontiguousarray(times)

    def by_parameter(self, delays: Floats, by_delay: Floats) -> Floats:
        """The derivative by a layer's `delays` turned into that by their parameters."""
        return np.asarray(by_delay * delays * (1.0 - delays / self.spec.longest_delay))

    def _forward(self, layer: int, times: Floats) -> LayerPass:
        spec, kind = self.spec, self.spec.kind(layer)
        delays = _NONE if kind == "none" else self.delay(layer)
        times = self.arrivals(layer, times, delays)
        weights = self.parameters[f"weights_{layer}"]
        spikes, slopes = np.empty((len(times), weights.shape[1])), np.empty((len(times), weights.shape[1]))
        synaptic = delays if kind == "synaptic" else _NONE
        event_first.first_spikes(times, weights, synaptic, spec.threshold, spec.tau_mem == 2.0, spikes, slopes)
        return LayerPass(times, spikes, slopes, spikes + delays if kind == "dendritic" else spikes, delays)

    def backward(
        self, passes: list[LayerPass], errors: Floats, *, limit: float = math.inf, trail: list[Floats] | None = None
    ) -> tuple[dict[str, Floats], Floats]:
        """Gradients of a loss by all parameters, and by the input times.

        Parameters
        ----------
        passes : what `forward` returned
        errors : (n_samples, n_out) float64, derivative of the loss by the times of the last layer
        limit : float, no sample may move a weight's gradient by more (near a grazing threshold they have no bound)
        trail : list, optional; every layer's own errors are appended, (n_samples, n_out) each, the last layer's first

        Returns
        -------
        dict of arrays as `parameters`; (n_samples, n_in) float64
        """
        spec, gradients = self.spec, {}
        for layer in reversed(range(spec.n_layers)):
            at, weights = passes[layer], self.parameters[f"weights_{layer}"]
            if trail is not None:
                trail.append(errors)
            kind = spec.kind(layer)
            synaptic = kind == "synaptic"
            delays = at.delays if synaptic else _NONE
            d_weights, d_delays, d_times = (np.zeros(one.shape) for one in (weights, delays, at.arrivals))
            event_owed.first_spike_gradients(
                at.arrivals, weights, delays, spec.tau_mem == 2.0, at.spikes, at.slopes,
                np.ascontiguousarray(errors), limit, d_weights, d_delays, d_times,
            )  # fmt: skip
            gradients[f"weights_{layer}"] = d_weights
            if kind != "none":
                by_delay = d_delays if synaptic else (d_times if kind == "axonal" else errors).sum(axis=0)
                gradients[f"delays_{layer}"] = self.by_parameter(at.delays, by_delay)
            errors = d_times[:, : spec.sizes[layer]]
        return gradients, errors
