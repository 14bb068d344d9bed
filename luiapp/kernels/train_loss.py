"""Losses on the last layer and bounds on activity: values and gradients, one sample at a time."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from luiapp.kernels.train_rows import FASTMATH

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)

MAXIMUM, LAST, MEAN, FIRST_SPIKE = range(4)
# Places in the row of a bound on activity.
BOUND, STRENGTH, POWER, POPULATION, IS_UPPER = range(5)


@_kernel
def cross_entropy(score, label, grad):  # type: ignore[no-untyped-def]
    """The cross-entropy of the softmax of `score`, and its gradient into `grad`; returns (loss, most likely class)."""
    best = 0
    for k in range(1, score.shape[0]):
        if score[k] > score[best]:
            best = k
    total = score[0] - score[0]
    for k in range(score.shape[0]):
        grad[k] = math.exp(score[k] - score[best])
        total += grad[k]
    for k in range(score.shape[0]):
        grad[k] /= total
    grad[label] -= grad.dtype.type(1)
    return math.log(total) + score[best] - score[label], best


@_kernel
def scores(loss, scale, u, s, score, where):  # type: ignore[no-untyped-def]
    """What the last layer says of each class.

    The maximum over time of its membranes (`where` gets its step), the last value, the mean, or minus the step of the
    first spike (the end, if there is none) over `scale`. For the latter, with S from 0 to 1, the step is
    ``sum_n prod_{m<=n} (1 - S[m])``.
    """
    n_steps = u.shape[0]
    one = u.dtype.type(1)
    for k in range(u.shape[1]):
        where[k] = n_steps - 1
        if loss == MAXIMUM:
            best = u[0, k]
            where[k] = 0
            for t in range(1, n_steps):
                if u[t, k] > best:
                    best = u[t, k]
                    where[k] = t
            score[k] = best
        elif loss == LAST:
            score[k] = u[n_steps - 1, k]
        else:
            total = one - one
            left = one
            for t in range(n_steps):
                if loss == MEAN:
                    total += u[t, k]
                else:
                    left *= one - s[t, k]
                    total += left
            score[k] = total / scale if loss == MEAN else -total / scale


@_kernel
def score_gradients(loss, scale, s, grad, where, outer, scratch):  # type: ignore[no-untyped-def]
    """From the gradient of the scores to that of membranes (first spike: spikes) at every step, into `outer`.

    Returns
    -------
    int
        The number of steps, from the first, beyond which it is all zero.
    """
    n_steps, n = outer.shape
    one = outer.dtype.type(1)
    zero = one - one
    if loss == FIRST_SPIKE:
        for k in range(n):
            left = one  # prod over m < t of (1 - S[m])
            for t in range(n_steps):
                scratch[t] = left
                left *= one - s[t, k]
            rest = one
            for t in range(n_steps - 1, -1, -1):
                outer[t, k] = grad[k] / scale * scratch[t] * rest
                rest = one + (one - s[t, k]) * rest
        return n_steps
    last = 0
    for k in range(n):
        last = max(last, where[k])
    for t in range(last + 1):
        for k in range(n):
            outer[t, k] = grad[k] / scale if loss == MEAN else zero
    if loss != MEAN:
        for k in range(n):
            outer[where[k], k] = grad[k]
    return last + 1


@_kernel
def activity(bounds, count, base):  # type: ignore[no-untyped-def]
    """Bounds on a layer's activity, of one sample.

    ``strength * [±(count - bound)]_+^power``, mean over the neurons; or of their mean count, for a population.

    Parameters
    ----------
    bounds : (n_bounds, 5)
        See the places above.
    count : (n,)
        Spikes of each neuron.
    base : (n,)
        The derivative with respect to each neuron's count is written here.

    Returns
    -------
    float
        The loss.
    """
    one = base.dtype.type(1)
    n = one * count.shape[0]
    base[:] = one - one
    loss = one - one
    mean = loss
    for j in range(count.shape[0]):
        mean += count[j]
    mean /= n
    for k in range(bounds.shape[0]):
        bound, strength, squared = bounds[k, BOUND], bounds[k, STRENGTH], bounds[k, POWER] > one
        sign = one if bounds[k, IS_UPPER] > 0 else -one
        if bounds[k, POPULATION] > 0:
            over = sign * (mean - bound)
            if over > 0:
                loss += strength * (over * over if squared else over)
                slope = sign * strength * ((over + over) if squared else one) / n
                for j in range(count.shape[0]):
                    base[j] += slope
        else:
            for j in range(count.shape[0]):
                over = sign * (count[j] - bound)
                if over > 0:
                    loss += strength * (over * over if squared else over) / n
                    base[j] += sign * strength * ((over + over) if squared else one) / n
    return loss
