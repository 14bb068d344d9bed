"""Batch normalisation through time: a whole mini-batch, layer by layer (Kim and Panda, Front. Neurosci. 15, 2021).

What reaches a layer from below, filtered by its synapses, is normalised over the mini-batch, for each neuron at each
step by itself, before the membranes take it up::

    I[n+1] = a I[n] + W X[n]                           r[n+1] = a r[n] + V S[n]
    y[n]   = (I[n] - mean[n]) / sqrt(variance[n] + epsilon)
    U[n+1] = (b U[n] + c[n]) (1 - S[n]),               c[n] = gain[n] y[n] + r[n]

with ``c = I`` in a layer that is not normalised, such as a readout. Backward, with d for the derivative by c and sums
over the n samples of a mini-batch::

    d_gain = sum(d y),    dI = gain / sqrt(variance + epsilon) (d - sum(d) / n - y d_gain / n)

All functions here work on the samples ``begin … end - 1`` of a mini-batch; arrays are (n_samples, n_steps, n).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from luiapp.kernels.train_loss import activity, cross_entropy, score_gradients, scores
from luiapp.kernels.train_rows import (
    FASTMATH,
    add_row,
    add_times_row,
    fire_row,
    primitive_row,
    reset_row,
    surrogate_row,
)

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)


@_kernel
def drive_by_events(begin, end, data, order, a, weight, x):  # type: ignore[no-untyped-def]
    """The currents `x` of the first layer, whose spikes stand in `data`."""
    current = np.zeros(x.shape[2], x.dtype)
    for k in range(begin, end):
        e, last = data.first[order[k]], data.first[order[k] + 1]
        current[:] = 0
        for t in range(x.shape[1]):
            x[k, t, :] = current
            current *= a
            while e < last and data.step[e] == t:
                add_row(current, weight[data.channel[e]])
                e += 1


@_kernel
def drive(begin, end, s, a, weight, x):  # type: ignore[no-untyped-def]
    """The currents `x` that the spikes `s` of the layer below make."""
    current = np.zeros(x.shape[2], x.dtype)
    for k in range(begin, end):
        current[:] = 0
        for t in range(x.shape[1]):
            x[k, t, :] = current
            current *= a
            for j in range(s.shape[2]):
                if s[k, t, j] != 0:
                    add_times_row(current, s[k, t, j], weight[j])


@_kernel
def add_up(begin, end, x, total):  # type: ignore[no-untyped-def]
    """The sum over samples into `total`."""
    total[:] = 0
    for k in range(begin, end):
        for t in range(x.shape[1]):
            add_row(total[t], x[k, t])


@_kernel
def add_up_squares(begin, end, x, mean, total):  # type: ignore[no-untyped-def]
    """The sum of squares around `mean` into `total`."""
    total[:] = 0
    for k in range(begin, end):
        for t in range(x.shape[1]):
            for j in range(x.shape[2]):
                d = x[k, t, j] - mean[t, j]
                total[t, j] += d * d


@_kernel
def add_up_products(begin, end, d, y, total, product):  # type: ignore[no-untyped-def]
    """The sums of `d` and of ``d y``."""
    total[:] = 0
    product[:] = 0
    for k in range(begin, end):
        for t in range(d.shape[1]):
            for j in range(d.shape[2]):
                total[t, j] += d[k, t, j]
                product[t, j] += d[k, t, j] * y[k, t, j]


@_kernel
def standardise(begin, end, x, mean, narrow, gain, c):  # type: ignore[no-untyped-def]
    """`x` becomes y, with `narrow` one over the standard deviation; ``gain y`` into `c`."""
    for k in range(begin, end):
        for t in range(x.shape[1]):
            for j in range(x.shape[2]):
                y = (x[k, t, j] - mean[t, j]) * narrow[t, j]
                x[k, t, j] = y
                c[k, t, j] = gain[t, j] * y


@_kernel
def copy(begin, end, x, c):  # type: ignore[no-untyped-def]
    """`x` into `c`, for a layer without normalisation."""
    c[begin:end] = x[begin:end]


@_kernel
def unstandardise(begin, end, d, y, total, product, slope):  # type: ignore[no-untyped-def]
    """`d` becomes dI; `total` and `product` are means over the mini-batch, zero where the statistics are given."""
    for k in range(begin, end):
        for t in range(d.shape[1]):
            for j in range(d.shape[2]):
                d[k, t, j] = slope[t, j] * (d[k, t, j] - total[t, j] - y[k, t, j] * product[t, j])


@_kernel
def neurons_forward(begin, end, plan, spiking, a, b, one, loop, c, u, s):  # type: ignore[no-untyped-def]
    """Membranes and spikes from currents; where neurons reach each other, `c` gets what they say."""
    n = u.shape[2]
    r = np.zeros(n, u.dtype)
    recurrent = loop.shape[0] > 0
    for k in range(begin, end):
        u[k, 0, :] = 0
        r[:] = 0
        for t in range(u.shape[1]):
            if not spiking:
                s[k, t, :] = 0
            elif plan.smooth:
                primitive_row(plan.kind, plan.beta[0], one, u[k, t], s[k, t])
            else:
                fire_row(u[k, t], one, s[k, t])
            if recurrent:
                add_row(c[k, t], r)
                r *= a
                for j in range(n):
                    if s[k, t, j] != 0:
                        add_times_row(r, s[k, t, j], loop[j])
            if t + 1 < u.shape[1]:
                for j in range(n):
                    u[k, t + 1, j] = (b * u[k, t, j] + c[k, t, j]) * (one - s[k, t, j])


@_kernel
def neurons_backward(begin, end, plan, spiking, a, b, one, loop_t, c, u, s, outer, base, d, loop_grad):  # type: ignore[no-untyped-def]
    """From what is said of a layer's spikes (`outer`, `base` at every step) to the derivatives `d` by its currents."""
    n = u.shape[2]
    u_grad, r_grad = np.zeros(n, u.dtype), np.zeros(n, u.dtype)
    s_grad, h = np.zeros(n, u.dtype), np.zeros(n, u.dtype)
    recurrent = loop_t.shape[0] > 0
    loop_grad[:] = 0
    for k in range(begin, end):
        u_grad[:] = 0
        r_grad[:] = 0
        for t in range(u.shape[1] - 1, -1, -1):
            if not spiking:
                for j in range(n):
                    d[k, t, j] = u_grad[j]
                    u_grad[j] = b * u_grad[j] + outer[k, t, j]
                continue
            s_grad[:] = outer[k, t]
            add_row(s_grad, base[k])
            if recurrent:
                for j in range(n):
                    add_times_row(s_grad, r_grad[j], loop_t[j])
                    if s[k, t, j] != 0:
                        add_times_row(loop_grad[j], s[k, t, j], r_grad)
            if plan.attached:
                reset_row(s_grad, u[k, t], c[k, t], b, u_grad)
            surrogate_row(plan.kind, plan.beta[0], one, u[k, t], h)
            for j in range(n):
                kept = (one - s[k, t, j]) * u_grad[j]
                d[k, t, j] = kept
                r_grad[j] = a * r_grad[j] + kept
                u_grad[j] = b * kept + h[j] * s_grad[j]


@_kernel
def drive_by_events_backward(begin, end, data, order, a, d, weight_grad):  # type: ignore[no-untyped-def]
    """From the derivatives by currents to those by the weights of the first layer."""
    i_grad = np.zeros(d.shape[2], d.dtype)
    weight_grad[:] = 0
    for k in range(begin, end):
        e, first = data.first[order[k] + 1] - 1, data.first[order[k]]
        i_grad[:] = 0
        for t in range(d.shape[1] - 1, -1, -1):
            while e >= first and data.step[e] >= t:
                if data.step[e] == t:
                    add_row(weight_grad[data.channel[e]], i_grad)
                e -= 1
            for j in range(i_grad.shape[0]):
                i_grad[j] = a * i_grad[j] + d[k, t, j]


@_kernel
def drive_backward(begin, end, s, a, d, weight_t, weight_grad, outer):  # type: ignore[no-untyped-def]
    """The same for a layer above, which says something of the spikes below, too: into `outer`."""
    i_grad = np.zeros(d.shape[2], d.dtype)
    weight_grad[:] = 0
    for k in range(begin, end):
        i_grad[:] = 0
        for t in range(d.shape[1] - 1, -1, -1):
            outer[k, t, :] = 0
            for j in range(i_grad.shape[0]):
                add_times_row(outer[k, t], i_grad[j], weight_t[j])
            for j in range(s.shape[2]):
                if s[k, t, j] != 0:
                    add_times_row(weight_grad[j], s[k, t, j], i_grad)
            for j in range(i_grad.shape[0]):
                i_grad[j] = a * i_grad[j] + d[k, t, j]


@_kernel
def judge(begin, end, plan, labels, order, u, s, outer, said, predicted, sums):  # type: ignore[no-untyped-def]
    """Loss, scores, class and derivatives of the readout; `sums` (3,) gets loss and number right."""
    n_steps, n = u.shape[1], u.shape[2]
    slope = np.zeros(n, u.dtype)
    where, scratch = np.zeros(n, np.int64), np.zeros(n_steps, u.dtype)
    for k in range(begin, end):
        score = said[k]
        scores(plan.loss, plan.beta[1], u[k], s[k], score, where)
        loss, best = cross_entropy(score, labels[order[k]], slope)
        predicted[k] = best
        sums[0] += loss
        sums[1] += best == labels[order[k]]
        outer[k] = 0
        score_gradients(plan.loss, plan.beta[1], s[k], slope, where, outer[k], scratch)


@_kernel
def count(begin, end, plan, s, base, sums):  # type: ignore[no-untyped-def]
    """Spikes of a hidden layer and what the bounds say of them; `sums` (3,) gets their loss and the number."""
    counts = np.zeros(s.shape[2], s.dtype)
    for k in range(begin, end):
        counts[:] = 0
        for t in range(s.shape[1]):
            add_row(counts, s[k, t])
        sums[2] += counts.sum()
        base[k] = 0
        if plan.bounds.shape[0] > 0:
            sums[0] += activity(plan.bounds, counts, base[k])
