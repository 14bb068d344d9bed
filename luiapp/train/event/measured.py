"""Learning from measured first spikes: the times come from elsewhere, a chip for instance, the derivatives from the
model at these times (Göltz et al., Nat Mach Intell 3 (2021) 823), the saturation of synaptic lines included.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import event_bent, train_batch
from luiapp.train.event.first_spike import FirstSpikeNetwork, LayerPass
from luiapp.train.event.learner import TimedData, TimingLearner
from luiapp.train.learner import Outcome
from luiapp.train.optimise import Adam, AdamState

Floats = NDArray[np.float64]
LEAST_SLOPE = 0.3  # thresholds per tau_syn: a measured spike may be where the model's membrane doesn't rise
KINDS = ("none", "inputs")
Lines = tuple[tuple[float, float], tuple[float, float]]
STRAIGHT: Lines = ((math.inf, 1.0), (math.inf, 1.0))


class MeasuredTimingLearner(TimingLearner):
    """A `TimingLearner` of first spikes whose forward pass happens elsewhere.

    Attributes
    ----------
    lines : bound and depth of excitatory and inhibitory lines, in the unit of the weights
        Beyond the bound they saturate, see `luiapp.kernels.event_bent`; by default they don't.
    """

    lines: Lines = STRAIGHT

    def learn_measured(
        self, data: TimedData, order: NDArray[np.int64], spikes: Sequence[Floats], adam: Adam, state: AdamState
    ) -> Outcome:
        """One mini-batch: the samples `order` fired at `spikes`, and one step of `adam`.

        Parameters
        ----------
        spikes : for each layer (n_samples, n)
            First spike times in tau_syn, infinite where silent.
        """
        outcome = self.measured_gradient(data, order, spikes, push=self.rule.push)
        rate, epsilon, shrink = adam.corrected(state)
        train_batch.adam(self.weight, self.gradient, self.gradient[None].copy(), state.first, state.second, 1,
                         rate, adam.decay_1, adam.decay_2, epsilon, shrink)  # fmt: skip
        return outcome

    def measured_gradient(
        self, data: TimedData, order: NDArray[np.int64], spikes: Sequence[Floats], *, push: float = 0.0
    ) -> Outcome:
        """How the samples fared; the gradient of their mean loss goes into ``gradient``.

        Raises
        ------
        ParameterError
            If the network is none of first spikes, has delays behind its inputs, or a layer's spikes are missing.
        """
        network = self.network
        if not isinstance(network, FirstSpikeNetwork) or network.spec.delays not in KINDS:
            raise ParameterError("measured spikes teach networks of first spikes without delays, or with delays at "
                                 "the inputs")  # fmt: skip
        if len(spikes) != network.spec.n_layers:
            raise ParameterError("measured spikes of {n} layers are needed", n=network.spec.n_layers)
        passes, given = [], data.times[order]
        for layer, fired in enumerate(spikes):
            fired = np.ascontiguousarray(fired, np.float64)
            delays = network.delay(layer) if f"delays_{layer}" in network.parameters else np.empty(0)
            passes.append(LayerPass(network.arrivals(layer, given, delays), fired, np.zeros_like(fired), fired, delays))
            given = fired
        labels = data.labels[order]
        return self._teach(passes, labels, push)

    def _backward(self, passes: Any, errors: Floats, limit: float) -> dict[str, Floats]:
        network = self.network
        assert isinstance(network, FirstSpikeNetwork)
        spec = network.spec
        gradients: dict[str, Floats] = {}
        for layer in reversed(range(spec.n_layers)):
            arrivals, fired = passes[layer].arrivals, passes[layer].spikes
            weights = network.parameters[f"weights_{layer}"]
            d_weights, d_times = np.zeros_like(weights), np.zeros_like(arrivals)
            event_bent.bent_gradients(
                arrivals, np.argsort(arrivals, axis=1, kind="stable"), weights, np.array(self.lines), spec.threshold,
                spec.tau_mem, LEAST_SLOPE, fired, np.ascontiguousarray(errors), limit,
                np.empty((3, arrivals.shape[1])), d_weights, d_times,
            )  # fmt: skip
            gradients[f"weights_{layer}"] = d_weights
            if f"delays_{layer}" in network.parameters:
                gradients[f"delays_{layer}"] = network.by_parameter(passes[layer].delays, d_times.sum(axis=0))
            errors = d_times[:, : spec.sizes[layer]]
        return gradients
