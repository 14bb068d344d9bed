"""Gradients from what was measured: spikes and readouts come from elsewhere, a chip for instance, and are put in where
the model would have its own (Cramer et al., PNAS 119 (2022) e2109194119). Beyond that, all is as in `train_batch`.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from luiapp.kernels.train_batch import LOOP, N_IN, WEIGHT, N, input_steps, matrix, sample_backward, transpose
from luiapp.kernels.train_layers import list_spikes
from luiapp.kernels.train_loss import cross_entropy, score_gradients, scores
from luiapp.kernels.train_rows import FASTMATH, add_row, advance_row, fire_row

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)


@_kernel
def follow(a, b, one, in_first, in_list, weight, loop, given, u, s, current, first, found):  # type: ignore[no-untyped-def]
    """A hidden layer that fires when it is told: the membranes that the model has then. Returns the spikes.

    Parameters
    ----------
    given : (n_steps, n)
        0 or 1. The other parameters are those of `train_layers.forward`.
    """
    n_steps = u.shape[0]
    current[:] = one - one
    u[0, :] = one - one
    first[0] = 0
    for t in range(n_steps):
        end, n_found = first[t], fire_row(given[t], one, s[t])
        if n_found > 0:
            end = list_spikes(s[t], n_found, end, found)
        first[t + 1] = end
        if t + 1 == n_steps:
            break
        advance_row(u[t], s[t], current, a, b, one, u[t + 1])
        for e in range(in_first[t], in_first[t + 1]):
            add_row(current, weight[in_list[e]])
        if loop.shape[0] > 0:
            for e in range(first[t], end):
                add_row(current, loop[found[e]])
    return first[n_steps]


@_kernel
def put_in(plan, data, i, n_steps, weight, room, spikes, membranes, known):  # type: ignore[no-untyped-def]
    """One sample with its measured spikes and readout into `room`. Returns the spikes of the hidden layers."""
    one = weight.dtype.type(1)
    begin, end = input_steps(data, i, room.first[0])
    in_list = data.channel[begin:end]
    n_spikes, place, column = 0, 0, 0
    n_layers = plan.layers.shape[0]
    for layer in range(n_layers):
        n_in, n = plan.layers[layer, N_IN], plan.layers[layer, N]
        u, s = matrix(room.u, place, n_steps, n), matrix(room.s, place, n_steps, n)
        if layer == n_layers - 1:
            for t in range(n_steps):
                for j in range(n):
                    u[t, j] = membranes[t, j]
            break
        found = room.found[place : place + n_steps * n]
        n_spikes += follow(
            plan.decay[layer, 0], plan.decay[layer, 1], one, room.first[layer], in_list,
            matrix(weight, plan.layers[layer, WEIGHT], n_in, n), matrix(weight, plan.layers[layer, LOOP], n, n),
            spikes[:, column : column + n], u, s, room.rows[0, :n], room.first[layer + 1], found,
        )  # fmt: skip
        if known.shape[0] > 0:
            for t in range(n_steps):
                for j in range(n):
                    u[t, j] = known[t, column + j]
        in_list = found
        place += n_steps * n
        column += n
    return n_spikes


@_kernel
def run_measured(plan, data, order, n_steps, weight, room, spikes, membranes, known, grad, predicted, base):  # type: ignore[no-untyped-def]
    """Samples `order` of `data`, of which spikes and readouts are known.

    Parameters
    ----------
    spikes : (len(order), n_steps, n_hidden) Real
        0 or 1, of all hidden layers side by side.
    membranes : (len(order), n_steps, n_out) Real
        Of the readout, in thresholds.
    known : (len(order), n_steps, n_hidden) or (len(order), 0, 0) Real
        Measured membranes of the hidden neurons, in thresholds, where the surrogate shall use them.
    grad : (n_parameters,) Real
        The gradient of the sum of the samples' losses is written here.
    predicted : (len(order),) int64
    base : (n_layers, n) Real
        Zeros.

    Returns
    -------
    tuple
        Sum of losses, number classified correctly, and spikes of hidden layers.
    """
    n_layers = plan.layers.shape[0]
    n_out = plan.layers[n_layers - 1, N]
    one = weight.dtype.type(1)
    score, slope = room.rows[5, :n_out], room.rows[6, :n_out]
    place = 0
    for layer in range(n_layers - 1):
        place += n_steps * plan.layers[layer, N]
    u, s = matrix(room.u, place, n_steps, n_out), matrix(room.s, place, n_steps, n_out)
    outer = matrix(room.outer, place, n_steps, n_out)
    grad[:] = one - one
    transpose(plan.layers, weight, room.weight_t)
    total, n_correct, n_spikes = 0.0, 0, 0
    for k in range(order.shape[0]):
        i = order[k]
        n_spikes += put_in(plan, data, i, n_steps, weight, room, spikes[k], membranes[k], known[k])
        scores(plan.loss, plan.beta[1], u, s, score, room.where)
        loss, best = cross_entropy(score, data.labels[i], slope)
        predicted[k] = best
        total += loss
        n_correct += best == data.labels[i]
        n_back = score_gradients(plan.loss, plan.beta[1], s, slope, room.where, outer, room.time)
        sample_backward(plan, data, i, n_steps, n_back, room, base, grad)
    return total, n_correct, n_spikes
