"""Networks whose neurons fire as often as they like, with exact gradients by the adjoint method (EventProp)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import event_adjoint

_MAX_SPIKES = 10_000  # of a neuron in a sample, on average

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class EventPropSpec:
    """What stays fixed while a network learns. Times are in one unit, whichever it is.

    Attributes
    ----------
    sizes : tuple of int, neurons per layer, inputs first
    tau_mem, tau_syn : float, time constants; they may be equal
    threshold : float, above rest; after a spike the membrane starts at rest again
    until : float, end of a sample
    output_spikes : int, spikes of an output neuron after which it isn't run further (0: any number)
    """

    sizes: tuple[int, ...]
    tau_mem: float = 4.0
    tau_syn: float = 1.0
    threshold: float = 1.0
    until: float = 12.0
    output_spikes: int = 1

    def __post_init__(self) -> None:
        for name in ("tau_mem", "tau_syn", "threshold", "until"):
            if not 0 < getattr(self, name) < math.inf:
                raise ParameterError("{name} must be more than zero, not {value}", name=name, value=getattr(self, name))
        if len(self.sizes) < 2 or min(self.sizes) < 1:
            raise ParameterError("a network has two layers or more, each of one neuron or more, not {sizes}",
                                 sizes=self.sizes)  # fmt: skip
        if self.output_spikes < 0:
            raise ParameterError("{name} must not be negative", name="output_spikes")

    @property
    def n_layers(self) -> int:
        """Layers of connections."""
        return len(self.sizes) - 1

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the parameters: ``weights_0``, ``weights_1`` …"""
        return {f"weights_{layer}": (self.sizes[layer], self.sizes[layer + 1]) for layer in range(self.n_layers)}


class Spikes(NamedTuple):
    """Spikes of a layer in many samples, sorted by sample and time.

    Attributes
    ----------
    first : (n_samples + 1,) int64, where each sample's spikes begin
    time : (n_spikes,) float64
    neuron : (n_spikes,) int64
    current : (n_spikes,) float64, synaptic current at the spike (inputs have none: empty)
    """

    first: Ints
    time: Floats
    neuron: Ints
    current: Floats


class SpikesPass(NamedTuple):
    """What one layer did; ``spikes`` and ``out`` (n_samples, n_out) are each neuron's first spike time."""

    inputs: Spikes
    events: Spikes
    spikes: Floats
    place: Ints  # (n_samples, n_out) where in `events` the first spike stands, -1: silent

    @property
    def out(self) -> Floats:
        """First spike times, as a loss wants them."""
        return self.spikes


@dataclass
class EventPropNetwork:
    """A feed-forward network of leaky integrate-and-fire neurons.

    Attributes
    ----------
    parameters : dict of arrays, see `EventPropSpec.shapes`; weights in units of the threshold's
    """

    spec: EventPropSpec
    parameters: dict[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, shape in self.spec.shapes().items():
            array = self.parameters.get(name, np.zeros(shape))
            if array.shape != shape:
                raise ParameterError(
                    "'{name}' must have shape {shape}, but has {found}", name=name, shape=shape, found=array.shape
                )
            self.parameters[name] = np.ascontiguousarray(array, dtype=np.float64)

    def forward(self, times: Floats) -> list[SpikesPass]:
        """Run a batch through all layers.

        Parameters
        ----------
        times : (n_samples, n_in) float64, one spike time per input, inf where there is none

        Raises
        ------
        ParameterError
            For another number of inputs, or times outside 0..until.
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
        if not bool(np.all((times >= 0.0) & ((times <= spec.until) | np.isinf(times)))):
            raise ParameterError("spike times must lie between 0 and {limit} (infinite: no spike)", limit=spec.until)

    def run(self, times: Floats) -> list[SpikesPass]:
        """`forward` without its checks."""
        spec = self.spec
        spikes = _listed(times)
        passes = []
        for layer in range(spec.n_layers):
            passes.append(self._forward(layer, spikes))
            spikes = passes[-1].events
        return passes

    def _forward(self, layer: int, inputs: Spikes) -> SpikesPass:
        spec, weights = self.spec, self.parameters[f"weights_{layer}"]
        n_samples, n_out = len(inputs.first) - 1, weights.shape[1]
        most = spec.output_spikes if layer == spec.n_layers - 1 else 0
        first, room = np.empty(n_samples + 1, np.int64), 2 * n_samples * n_out + 16
        while True:
            out = np.empty(room), np.empty(room, np.int64), np.empty(room)
            n = event_adjoint.run(
                inputs.first, inputs.time, inputs.neuron, weights, (spec.tau_mem, spec.tau_syn), spec.threshold,
                spec.until, most, first, out,
            )  # fmt: skip
            if n != event_adjoint.FULL:
                break
            room *= 4
            if room > _MAX_SPIKES * n_samples * n_out:
                raise ParameterError("layer {layer} fires without end; its weights are far too large", layer=layer + 1)
        events = Spikes(first, out[0][:n], out[1][:n], out[2][:n])
        times, place = np.empty((n_samples, n_out)), np.empty((n_samples, n_out), np.int64)
        event_adjoint.first_of_each(events.first, events.time, events.neuron, times, place)
        return SpikesPass(inputs, events, times, place)

    def backward(
        self, passes: list[SpikesPass], errors: Floats, *, limit: float = math.inf, trail: list[Floats] | None = None
    ) -> tuple[dict[str, Floats], Floats]:
        """Gradients of a loss by all parameters, and by the input times.

        Parameters
        ----------
        passes : what `forward` returned
        errors : (n_samples, n_out) float64, derivative of the loss by the first spike times of the last layer;
            or (n_spikes,), by each spike of it (``passes[-1].events``)
        limit : float, bound of the adjoint membranes (near a grazing threshold they have none)
        trail : list, optional; errors of every layer's spikes are appended, (n_spikes,) each, last layer first

        Returns
        -------
        dict of arrays as `parameters`; (n_samples, n_in) float64
        """
        spec, gradients = self.spec, {}
        last = passes[-1]
        if errors.ndim == 2:
            fired = last.place >= 0
            by_spike = np.zeros(len(last.events.time))
            by_spike[last.place[fired]] = errors[fired]
        else:
            by_spike = np.ascontiguousarray(errors, dtype=np.float64)
        for layer in reversed(range(spec.n_layers)):
            at, weights = passes[layer], self.parameters[f"weights_{layer}"]
            if trail is not None:
                trail.append(by_spike)
            d_weights, d_time = np.zeros_like(weights), np.zeros_like(at.inputs.time)
            event_adjoint.run_back(
                at.inputs.first, at.inputs.time, at.inputs.neuron, weights, (spec.tau_mem, spec.tau_syn),
                spec.threshold, spec.until, at.events.first, at.events[1:], by_spike, limit, d_weights, d_time,
            )  # fmt: skip
            gradients[f"weights_{layer}"] = d_weights
            by_spike = d_time
        inputs = passes[0].inputs
        by_input = np.zeros((len(inputs.first) - 1, spec.sizes[0]))
        by_input[np.repeat(np.arange(len(by_input)), np.diff(inputs.first)), inputs.neuron] = by_spike
        return gradients, by_input


def _listed(times: Floats) -> Spikes:
    first, time, source = np.empty(len(times) + 1, np.int64), np.empty(times.size), np.empty(times.size, np.int64)
    n = event_adjoint.listed(times, first, time, source)
    return Spikes(first, time[:n], source[:n], np.empty(0))
