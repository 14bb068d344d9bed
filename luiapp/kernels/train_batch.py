"""A slice of a mini-batch through a network of LIF layers and back, on one thread, without the interpreter's lock."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from luiapp.kernels.train_layers import backward, forward
from luiapp.kernels.train_loss import FIRST_SPIKE, activity, cross_entropy, score_gradients, scores
from luiapp.kernels.train_rows import FASTMATH

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)

# Columns of `Plan.layers`: inputs, neurons, where the weights and the recurrent weights (-1: none) begin.
N_IN, N, WEIGHT, LOOP = range(4)


class Plan(NamedTuple):
    """A network, and what is asked of it. `Real` is float32 or float64, one for all."""

    layers: NDArray[np.int64]  # (n_layers, 4) the last is the readout
    decay: NDArray[Any]  # (n_layers, 2) Real: of currents and of membranes, in a step
    bounds: NDArray[Any]  # (n_bounds, 5) Real, on the activity of every hidden layer
    beta: NDArray[Any]  # (2,) Real: steepness of the surrogate, and the scale of the scores
    kind: int  # of the surrogate
    loss: int
    attached: bool  # the reset takes part in the gradient
    smooth: bool  # spikes are the surrogate's primitive: for tests


class Data(NamedTuple):
    """Samples as spikes, and their classes."""

    first: NDArray[np.int64]  # (n_samples + 1,)
    step: NDArray[np.int32]  # (n_spikes,)
    channel: NDArray[np.int32]  # (n_spikes,)
    labels: NDArray[np.int64]  # (n_samples,)


class Room(NamedTuple):
    """Scratch of one thread; n is the number of neurons of the largest layer or of inputs."""

    u: NDArray[Any]  # (sum of steps * neurons,) membranes, layer after layer
    s: NDArray[Any]  # the same for spikes
    kept: NDArray[Any]  # the same for currents
    outer: NDArray[Any]  # the same for gradients
    first: NDArray[np.int64]  # (n_layers + 1, n_steps + 1) spikes by step; row 0 is the input
    found: NDArray[np.int32]  # the places of spikes, layer after layer
    rows: NDArray[Any]  # (8, n)
    where: NDArray[np.int64]  # (n,)
    weight_t: NDArray[Any]  # (n_parameters,) transposed, matrix by matrix
    time: NDArray[Any]  # (n_steps,)


@_kernel
def transpose(layers, weight, weight_t):  # type: ignore[no-untyped-def]
    """All matrices of the flat `weight`, transposed."""
    for layer in range(layers.shape[0]):
        n_in, n = layers[layer, N_IN], layers[layer, N]
        for k in range(2):
            begin = layers[layer, WEIGHT + k]
            if begin >= 0:
                n_rows = n_in if k == 0 else n
                for c in range(n_rows):
                    for j in range(n):
                        weight_t[begin + j * n_rows + c] = weight[begin + c * n + j]


@_kernel
def matrix(flat, begin, n_rows, n_columns):  # type: ignore[no-untyped-def]
    """A stretch of `flat` as a matrix; empty if it begins below zero."""
    if begin < 0:
        return flat[0:0].reshape(0, 0)
    return flat[begin : begin + n_rows * n_columns].reshape(n_rows, n_columns)


@_kernel
def input_steps(data, i, first):  # type: ignore[no-untyped-def]
    """Where each step's input spikes begin, in `data.step` from ``data.first[i]`` on."""
    e, end = data.first[i], data.first[i + 1]
    begin = e
    for t in range(first.shape[0] - 1):
        first[t] = e - begin
        while e < end and data.step[e] == t:
            e += 1
    first[first.shape[0] - 1] = e - begin
    return begin, end


@_kernel
def sample_forward(plan, data, i, n_steps, weight, room):  # type: ignore[no-untyped-def]
    """One sample through all layers. Returns the spikes of the hidden layers."""
    one = weight.dtype.type(1)
    begin, end = input_steps(data, i, room.first[0])
    in_list, in_value, valued = data.channel[begin:end], room.u[0:0].reshape(0, 0), False
    n_spikes, place, n_layers = 0, 0, plan.layers.shape[0]
    for layer in range(n_layers):
        n_in, n = plan.layers[layer, N_IN], plan.layers[layer, N]
        size = n_steps * n
        hidden = layer < n_layers - 1
        kept = matrix(room.kept, place if plan.attached else -1, n_steps, n)
        s = matrix(room.s, place, n_steps, n)
        found = room.found[place : place + size]
        n_found = forward(
            hidden or plan.loss == FIRST_SPIKE, plan.smooth, plan.kind, plan.beta[0], one,
            plan.decay[layer, 0], plan.decay[layer, 1], n_steps, room.first[layer], in_list, in_value, valued,
            matrix(weight, plan.layers[layer, WEIGHT], n_in, n), matrix(weight, plan.layers[layer, LOOP], n, n),
            matrix(room.u, place, n_steps, n), s, room.rows[0, :n], kept, room.first[layer + 1], found,
        )  # fmt: skip
        if hidden:
            n_spikes += n_found
        in_list, in_value, valued = found, s, plan.smooth
        place += size
    return n_spikes


@_kernel
def sample_backward(plan, data, i, n_steps, n_back, room, base, grad):  # type: ignore[no-untyped-def]
    """Back through all layers; the last layer's gradients are in `room.outer` already."""
    one = grad.dtype.type(1)
    n_layers = plan.layers.shape[0]
    place = 0
    for layer in range(n_layers):
        place += n_steps * plan.layers[layer, N]
    for layer in range(n_layers - 1, -1, -1):
        n_in, n = plan.layers[layer, N_IN], plan.layers[layer, N]
        place -= n_steps * n
        below = place - n_steps * n_in
        if layer > 0:
            in_list, in_value = room.found[below:place], matrix(room.s, below, n_steps, n_in)
            in_grad = matrix(room.outer, below, n_steps, n_in)
        else:
            in_list = data.channel[data.first[i] : data.first[i + 1]]
            in_value, in_grad = matrix(room.s, -1, 0, 0), matrix(room.outer, -1, 0, 0)
        hidden = layer < n_layers - 1
        backward(
            hidden or plan.loss == FIRST_SPIKE, plan.kind, plan.beta[0], one,
            plan.decay[layer, 0], plan.decay[layer, 1], n_back,
            room.first[layer], in_list, in_value, plan.smooth and layer > 0,
            matrix(room.weight_t, plan.layers[layer, WEIGHT], n, n_in),
            matrix(room.weight_t, plan.layers[layer, LOOP], n, n),
            matrix(room.u, place, n_steps, n), matrix(room.s, place, n_steps, n),
            matrix(room.kept, place if plan.attached else -1, n_steps, n), room.first[layer + 1],
            room.found[place : place + n_steps * n], matrix(room.outer, place, n_steps, n), base[layer, :n],
            room.rows[0, :n], room.rows[1, :n], room.rows[2, :n], room.rows[3, :n],
            matrix(grad, plan.layers[layer, WEIGHT], n_in, n), matrix(grad, plan.layers[layer, LOOP], n, n), in_grad,
        )  # fmt: skip


@_kernel
def bound_activity(plan, n_steps, room, base):  # type: ignore[no-untyped-def]
    """The bounds' loss of a sample, and their gradients into `base`. Returns (loss, whether any is not zero)."""
    loss = base[0, 0] - base[0, 0]
    place, any_gradient = 0, False
    for layer in range(plan.layers.shape[0] - 1):
        n = plan.layers[layer, N]
        count = room.rows[4, :n]
        count[:] = loss - loss
        for t in range(n_steps):
            row = place + t * n
            if plan.smooth:
                for j in range(n):
                    count[j] += room.s[row + j]
            else:
                for e in range(room.first[layer + 1, t], room.first[layer + 1, t + 1]):
                    count[room.found[place + e]] += 1
        part = activity(plan.bounds, count, base[layer, :n])
        loss += part
        any_gradient = any_gradient or part > 0
        place += n_steps * n
    return loss, any_gradient


@_kernel
def run_slice(plan, data, order, n_steps, weight, room, grad, predicted):  # type: ignore[no-untyped-def]
    """Samples `order` of `data` through the network.

    Parameters
    ----------
    weight : (n_parameters,) Real
    grad : (n_parameters,) or (0,) Real
        The gradient of the sum of the samples' losses is written here, if not empty.
    predicted : (len(order),) int64
        The most likely class of each sample is written here.

    Returns
    -------
    tuple
        Sum of losses, number classified correctly, and spikes of hidden layers.
    """
    n_layers = plan.layers.shape[0]
    n_out = plan.layers[n_layers - 1, N]
    learns = grad.shape[0] > 0
    one = weight.dtype.type(1)
    base = np.zeros((n_layers, room.rows.shape[1]), weight.dtype)
    score, slope = room.rows[5, :n_out], room.rows[6, :n_out]
    place = 0
    for layer in range(n_layers - 1):
        place += n_steps * plan.layers[layer, N]
    u, s = matrix(room.u, place, n_steps, n_out), matrix(room.s, place, n_steps, n_out)
    outer = matrix(room.outer, place, n_steps, n_out)
    if learns:
        grad[:] = one - one
        transpose(plan.layers, weight, room.weight_t)
    total, n_correct, n_spikes = 0.0, 0, 0
    for k in range(order.shape[0]):
        i = order[k]
        n_spikes += sample_forward(plan, data, i, n_steps, weight, room)
        scores(plan.loss, plan.beta[1], u, s, score, room.where)
        loss, best = cross_entropy(score, data.labels[i], slope)
        predicted[k] = best
        total += loss
        n_correct += best == data.labels[i]
        bounded = False
        if plan.bounds.shape[0] > 0:
            bound_loss, bounded = bound_activity(plan, n_steps, room, base)
            total += bound_loss
        if learns:
            n_back = score_gradients(plan.loss, plan.beta[1], s, slope, room.where, outer, room.time)
            if bounded:
                outer[n_back:, :] = one - one
                n_back = n_steps
            sample_backward(plan, data, i, n_steps, n_back, room, base, grad)
    return total, n_correct, n_spikes


@_kernel
def run_slices(plan, data, order, cuts, i_first, i_end, n_steps, weight, room, grads, predicted, sums):  # type: ignore[no-untyped-def]
    """`run_slice` for the slices ``i_first … i_end - 1``, slice k being ``order[cuts[k] : cuts[k + 1]]``.

    Parameters
    ----------
    grads : (n_slices, n_parameters) or (n_slices, 0) Real
    predicted : (len(order),) int64
    sums : (n_slices, 3) float64
        What `run_slice` returns.
    """
    for k in range(i_first, i_end):
        begin, end = cuts[k], cuts[k + 1]
        loss, n_correct, n_spikes = run_slice(
            plan, data, order[begin:end], n_steps, weight, room, grads[k], predicted[begin:end]
        )
        sums[k, 0], sums[k, 1], sums[k, 2] = loss, n_correct, n_spikes


@_kernel
def run_counts(plan, data, n_steps, weight, room, said, counts):  # type: ignore[no-untyped-def]
    """What all samples of `data` look like to the network; labels don't matter.

    Parameters
    ----------
    said : (n_samples, n_out) Real
        The score of each class is written here.
    counts : (n_samples, n_hidden) int32
        Spikes of every hidden neuron, layer after layer, are written here.
    """
    n_layers = plan.layers.shape[0]
    n_out = plan.layers[n_layers - 1, N]
    place = 0
    for layer in range(n_layers - 1):
        place += n_steps * plan.layers[layer, N]
    u, s = matrix(room.u, place, n_steps, n_out), matrix(room.s, place, n_steps, n_out)
    counts[:] = 0
    for i in range(said.shape[0]):
        sample_forward(plan, data, i, n_steps, weight, room)
        scores(plan.loss, plan.beta[1], u, s, said[i], room.where)
        begin, offset = 0, 0
        for layer in range(n_layers - 1):
            for e in range(room.first[layer + 1, n_steps]):
                counts[i, offset + room.found[begin + e]] += 1
            begin += n_steps * plan.layers[layer, N]
            offset += plan.layers[layer, N]


@_kernel
def adam(weight, grad, slices, first, second, n, rate, decay_1, decay_2, epsilon, shrink):  # type: ignore[no-untyped-def]
    """One step of Adam (Kingma and Ba, arXiv 1412.6980) on the mean gradient.

    Parameters
    ----------
    weight : (n_parameters,) Real
    grad : (n_parameters,) Real
        The sum of `slices` over `n` samples is written here.
    slices : (n_slices, n_parameters) Real
        Added up in this order, whoever made them.
    first, second : (n_parameters,) float64
        Moments.
    n : int
        Samples.
    rate, decay_1, decay_2, epsilon : float
        With the correction of the moments' start in `rate` and `epsilon`.
    shrink : float
        What every weight loses, relative to itself (decoupled weight decay).
    """
    for p in range(weight.shape[0]):
        g = 0.0
        for k in range(slices.shape[0]):
            g += slices[k, p]
        g /= n
        grad[p] = g
        first[p] = decay_1 * first[p] + (1.0 - decay_1) * g
        second[p] = decay_2 * second[p] + (1.0 - decay_2) * g * g
        weight[p] -= rate * first[p] / (np.sqrt(second[p]) + epsilon) + shrink * weight[p]
