"""Learning from measured first spikes: the times come from elsewhere, a chip for instance, the derivatives from the
closed form at these times (Göltz et al., Nat Mach Intell 3 (2021) 823).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import train_batch
from luiapp.train.event.first_spike import FirstSpikeNetwork, LayerPass
from luiapp.train.event.learner import TimedData, TimingLearner
from luiapp.train.learner import Outcome
from luiapp.train.optimise import Adam, AdamState

Floats = NDArray[np.float64]
LEAST_SLOPE = 0.3  # thresholds per tau_syn: a measured spike may be where the model's membrane doesn't rise


class MeasuredTimingLearner(TimingLearner):
    """A `TimingLearner` of first spikes whose forward pass happens elsewhere."""

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
            If the network is none of first spikes without learned delays, or a layer's spikes are missing.
        """
        network = self.network
        if not isinstance(network, FirstSpikeNetwork) or network.spec.delays != "none":
            raise ParameterError("measured spikes teach networks of first spikes without learned delays")
        if len(spikes) != network.spec.n_layers:
            raise ParameterError("measured spikes of {n} layers are needed", n=network.spec.n_layers)
        passes = []
        given = data.times[order]
        for layer, fired in enumerate(spikes):
            passes.append(_pass(network, layer, given, np.ascontiguousarray(fired)))
            given = fired
        labels = data.labels[order]
        return self._teach(passes, labels, push)


def _pass(network: FirstSpikeNetwork, layer: int, given: Floats, fired: Floats) -> LayerPass:
    """What the closed form would have noted, had it fired then: with the slopes of its membranes at these times."""
    spec, bias = network.spec, network.spec.bias(layer)
    arrivals = given if bias is None else np.column_stack([given, np.full(len(given), bias)])
    weights = network.parameters[f"weights_{layer}"]
    slopes = np.zeros_like(fired)
    for i in range(weights.shape[0]):
        since = np.where(np.isfinite(fired), fired, -1.0) - arrivals[:, i : i + 1]
        before = since > 0
        fast = np.exp(-np.where(before, since, 0.0))
        rise = fast - 0.5 * np.sqrt(fast) if spec.tau_mem == 2.0 else (1 - since) * fast
        slopes += np.where(before, weights[i] * rise, 0.0)
    slopes = np.where(np.isfinite(fired), np.maximum(slopes, LEAST_SLOPE), 0.0)
    return LayerPass(np.ascontiguousarray(arrivals), fired, slopes, fired)
