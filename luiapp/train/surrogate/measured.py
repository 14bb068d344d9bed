"""Learning from measurements: what a network did elsewhere, and the gradient that the model makes of it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import train_batch, train_measured
from luiapp.train.learner import Outcome
from luiapp.train.optimise import Adam, AdamState
from luiapp.train.surrogate.learner import SurrogateLearner


class Measured(NamedTuple):
    """What was measured of some samples, on the grid of the network.

    Attributes
    ----------
    spikes : (n_samples, n_steps, n_hidden) bool
        Of all hidden layers, side by side.
    membranes : (n_samples, n_steps, n_out)
        Of the readout, in thresholds.
    hidden : (n_samples, n_steps, n_hidden) or None
        Membranes of the hidden neurons, in thresholds, for the surrogate; None: those that the model has when it fires
        as measured.
    """

    spikes: NDArray[np.bool_]
    membranes: NDArray[Any]
    hidden: NDArray[Any] | None = None


class MeasuredLearner(SurrogateLearner):
    """A `SurrogateLearner` whose forward pass happens elsewhere; on one thread."""

    def learn_measured(
        self, data: train_batch.Data, order: NDArray[np.int64], measured: Measured, adam: Adam, state: AdamState
    ) -> Outcome:
        """One mini-batch: the samples `order`, of which `measured` tells what they did, and one step of `adam`."""
        outcome, gradient = self.measured_gradient(data, order, measured)
        rate, epsilon, shrink = adam.corrected(state)
        train_batch.adam(self.weight, self.gradient, gradient[None], state.first, state.second, len(order),
                         rate, adam.decay_1, adam.decay_2, epsilon, shrink)  # fmt: skip
        return outcome

    def measured_gradient(
        self, data: train_batch.Data, order: NDArray[np.int64], measured: Measured
    ) -> tuple[Outcome, NDArray[Any]]:
        """How the samples fared, and the gradient of the sum of their losses (n_parameters,).

        Raises
        ------
        ParameterError
            If the loss is on the readout's spikes, the reset takes part in the gradient, or shapes don't fit.
        """
        net, real = self.net, self.real
        n, n_hidden = len(order), sum(net.hidden)
        if self.rule.loss == "first spike" or self.rule.attached:
            raise ParameterError("measurements teach by membranes of the readout, with a detached reset")
        wanted = ((n, net.n_steps, n_hidden), (n, net.n_steps, net.n_out))
        if (measured.spikes.shape, measured.membranes.shape) != wanted:
            raise ParameterError("measurements of {n} samples have the shapes {shapes}", n=n, shapes=wanted)
        known = np.zeros((n, 0, 0), real) if measured.hidden is None else measured.hidden.astype(real)
        gradient, predicted = np.zeros(net.n_parameters, real), np.zeros(n, np.int64)
        room = self._room()
        base = np.zeros((len(self._layers), room.rows.shape[1]), real)
        loss, n_correct, n_spikes = train_measured.run_measured(
            self._plan, data, order, net.n_steps, self.weight, room, measured.spikes.astype(real),
            np.ascontiguousarray(measured.membranes, real), known, gradient, predicted, base,
        )  # fmt: skip
        return Outcome(n, loss / n, n_correct / n, n_spikes / n, predicted), gradient
