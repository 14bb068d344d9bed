"""Mini-batches through a network whose layers are normalised through time: phase by phase, all samples in step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.kernels import train_batch, train_norm
from luiapp.kernels.train_loss import FIRST_SPIKE
from luiapp.train.surrogate.network import SpikingNet

MOMENTUM, EPSILON = 0.1, 1e-4  # of the running statistics; below the root of the variance. As Kim and Panda have them
Phase = Callable[..., None]


class Layer(NamedTuple):
    """A layer's arrays for a whole mini-batch, (n_samples, n_steps, n) but for `base`, (n_samples, n)."""

    x: NDArray[Any]  # currents from below; once normalised, y
    c: NDArray[Any]  # what the membranes take up
    u: NDArray[Any]
    s: NDArray[Any]
    outer: NDArray[Any]  # derivatives by spikes
    d: NDArray[Any]  # derivatives by currents
    base: NDArray[Any]
    narrow: NDArray[Any]  # (n_steps, n) one over the standard deviation, of the last pass


class Batch:
    """One mini-batch on its way through the network.

    Parameters
    ----------
    net : SpikingNet
    plan : train_batch.Plan
    weight : (n_values,)
    n_samples : int
    each : callable
        Runs a phase for every slice of the mini-batch, and waits: ``each(phase)`` calls ``phase(i_slice, begin,
        end)``. As slices are always the same, so are all sums, whatever the number of threads.
    n_slices : int
    """

    def __init__(
        self, net: SpikingNet, plan: train_batch.Plan, weight: NDArray[Any], n_samples: int, each: Callable[..., None],
        n_slices: int,
    ) -> None:  # fmt: skip
        self.net, self.plan, self.each, self.n_slices = net, plan, each, n_slices
        self.n_samples = n_samples
        self.weights, self.gains, self.statistics = net.matrices(weight), net.gains(weight), net.statistics(weight)
        self.real = weight.dtype
        shapes = [(n_samples, net.n_steps, n) for n in (*net.hidden, net.n_out)]
        self.layers = []
        for shape in shapes:
            x, c, u, s, outer, d = np.zeros((6, *shape), self.real)
            base, narrow = np.zeros((n_samples, shape[2]), self.real), np.ones(shape[1:], self.real)
            self.layers.append(Layer(x, c, u, s, outer, d, base, narrow))
        self.sums = np.zeros((n_slices, 3))
        self.predicted = np.zeros(n_samples, np.int64)
        self.scores = np.zeros((n_samples, net.n_out), self.real)
        self.one = self.real.type(1)
        self.by_batch = False
        self.found: list[tuple[NDArray[Any], NDArray[Any]]] = []

    def forward(self, data: train_batch.Data, order: NDArray[np.int64], *, by_batch: bool) -> None:
        """All layers, and the loss; `by_batch`: with the mini-batch's own statistics instead of the running ones."""
        self.by_batch, self.found = by_batch, []
        for depth in range(len(self.layers)):
            self._up(depth, data, order)
        last = self.layers[-1]
        self.each(lambda k, i, j: train_norm.judge(
            i, j, self.plan, data.labels, order, last.u, last.s, last.outer, self.scores, self.predicted,
            self.sums[k]))  # fmt: skip

    def _up(self, depth: int, data: train_batch.Data, order: NDArray[np.int64]) -> None:
        layer, below = self.layers[depth], self.layers[depth - 1].s
        weight, loop = self.weights[depth]
        a, b = self.plan.decay[depth]
        if depth == 0:
            self.each(lambda _, i, j: train_norm.drive_by_events(i, j, data, order, a, weight, layer.x))
        else:
            self.each(lambda _, i, j: train_norm.drive(i, j, below, a, weight, layer.x))
        self._normalise(depth, layer)
        spiking, own = self._fires(depth), self._matrix(loop)
        self.each(lambda _, i, j: train_norm.neurons_forward(
            i, j, self.plan, spiking, a, b, self.one, own, layer.c, layer.u, layer.s))  # fmt: skip
        if depth < len(self.net.hidden):
            self.each(lambda k, i, j: train_norm.count(i, j, self.plan, layer.s, layer.base, self.sums[k]))

    def _normalise(self, depth: int, layer: Layer) -> None:
        if depth == len(self.net.hidden):
            self.each(lambda _, i, j: train_norm.copy(i, j, layer.x, layer.c))
            return
        mean, variance = self.moments(layer) if self.by_batch else self.statistics[depth]
        layer.narrow[:] = 1.0 / np.sqrt(variance + EPSILON)
        centre, gain = mean.astype(self.real), self.gains[depth]
        self.each(lambda _, i, j: train_norm.standardise(i, j, layer.x, centre, layer.narrow, gain, layer.c))
        self.found.append((mean, variance))

    def moments(self, layer: Layer) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n_steps, n) mean and variance of a layer's currents over the mini-batch."""
        parts = np.zeros((self.n_slices, *layer.x.shape[1:]))
        self.each(lambda k, i, j: train_norm.add_up(i, j, layer.x, parts[k]))
        mean = parts.sum(axis=0) / self.n_samples
        self.each(lambda k, i, j: train_norm.add_up_squares(i, j, layer.x, mean, parts[k]))
        return mean, parts.sum(axis=0) / self.n_samples

    def remember(self) -> None:
        """Take the mini-batch's statistics into the running ones."""
        n = self.n_samples
        for (mean, variance), (mean_now, variance_now) in zip(self.statistics, self.found, strict=True):
            mean += MOMENTUM * (mean_now - mean)
            variance += MOMENTUM * (variance_now * (n / max(n - 1, 1)) - variance)

    def backward(self, data: train_batch.Data, order: NDArray[np.int64], grads: NDArray[Any]) -> None:
        """The gradient of the sum of all losses, into `grads` (n_slices, n_parameters)."""
        grads[:] = 0
        for depth in reversed(range(len(self.layers))):
            self._down(depth, data, order, grads)

    def _down(self, depth: int, data: train_batch.Data, order: NDArray[np.int64], grads: NDArray[Any]) -> None:
        layer, below = self.layers[depth], self.layers[depth - 1]
        by_weight = [self.net.matrices(row)[depth] for row in grads]
        weight, loop = self.weights[depth]
        a, b = self.plan.decay[depth]
        spiking, loop_t = self._fires(depth), np.ascontiguousarray(self._matrix(loop).T)
        self.each(lambda k, i, j: train_norm.neurons_backward(
            i, j, self.plan, spiking, a, b, self.one, loop_t, layer.c, layer.u, layer.s, layer.outer, layer.base,
            layer.d, self._matrix(by_weight[k][1])))  # fmt: skip
        if depth < len(self.net.hidden):
            self._unnormalise(depth, layer, grads)
        if depth == 0:
            self.each(lambda k, i, j: train_norm.drive_by_events_backward(
                i, j, data, order, a, layer.d, by_weight[k][0]))  # fmt: skip
        else:
            weight_t = np.ascontiguousarray(weight.T)
            self.each(lambda k, i, j: train_norm.drive_backward(
                i, j, below.s, a, layer.d, weight_t, by_weight[k][0], below.outer))  # fmt: skip

    def _unnormalise(self, depth: int, layer: Layer, grads: NDArray[Any]) -> None:
        total, product = np.zeros((2, self.n_slices, *layer.x.shape[1:]))
        self.each(lambda k, i, j: train_norm.add_up_products(i, j, layer.d, layer.x, total[k], product[k]))
        self.net.gains(grads[0])[depth][:] = product.sum(axis=0)
        share = 1.0 / self.n_samples if self.by_batch else 0.0
        means = [(one.sum(axis=0) * share).astype(self.real) for one in (total, product)]
        slope = layer.narrow * self.gains[depth]
        self.each(lambda _, i, j: train_norm.unstandardise(i, j, layer.d, layer.x, *means, slope))

    def counts(self) -> NDArray[np.int32]:
        """(n_samples, n_hidden) spikes of each hidden neuron, layer after layer."""
        each = [layer.s.sum(axis=1) for layer in self.layers[:-1]] or [np.zeros((self.n_samples, 0))]
        return np.concatenate(each, axis=1).astype(np.int32)

    def _fires(self, depth: int) -> bool:
        return depth < len(self.net.hidden) or self.plan.loss == FIRST_SPIKE

    def _matrix(self, loop: NDArray[Any] | None) -> NDArray[Any]:
        return np.zeros((0, 0), self.real) if loop is None else loop
