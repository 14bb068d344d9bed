"""The forward pass once more, in plain numpy with smooth spikes, for many sets of weights at once."""

from __future__ import annotations

import numpy as np

from luiapp.train.surrogate.network import Rule, SpikingNet


def smooth(kind: str, beta: float, x: np.ndarray) -> np.ndarray:
    """The integral of each surrogate, 0.5 at x = 0."""
    sign, size = np.sign(x), np.abs(x)
    if kind == "superspike":
        return 0.5 + x / (1 + beta * size)
    if kind == "asymptotic":
        return 0.5 + beta * x / (1 + beta * size)
    if kind == "sigmoid":
        return 0.5 + np.tanh(beta * x / 2) / (2 * beta)
    if kind == "arctan":
        return 0.5 + np.arctan(beta * x) / beta
    if kind == "none":
        return np.full_like(x, 0.5)
    inside = np.minimum(size, 1 / beta)
    area = sign * (inside - beta * inside**2 / 2)
    return 0.5 + area * (beta if kind == "triangular" else 1)


def losses(net: SpikingNet, rule: Rule, weights: np.ndarray, x: np.ndarray, labels: np.ndarray,
           held: list[np.ndarray] | None = None) -> tuple[np.ndarray, list[np.ndarray]]:  # fmt: skip
    """Mean loss of each set of weights.

    Parameters
    ----------
    weights : (n_sets, n_parameters)
    x : (n_samples, n_steps, n_in)
    held : list of (1, n_samples, n_steps, n)
        Spikes that reset, instead of the layers' own: what a detached reset means.

    Returns
    -------
    tuple
        (n_sets,) losses, and each layer's spikes (n_sets, n_samples, n_steps, n).
    """
    n_sets, n_samples, n_steps = len(weights), len(x), net.n_steps
    a, tau_out = np.exp(-net.dt / net.tau_syn), net.tau_mem if net.tau_out is None else net.tau_out
    incoming = np.broadcast_to(x, (n_sets, *x.shape))
    spikes, penalty, begin, n_in = [], np.zeros(n_sets), 0, net.n_in
    for depth, n in enumerate((*net.hidden, net.n_out)):
        last = depth == len(net.hidden)
        b = np.exp(-net.dt / (tau_out if last else net.tau_mem))
        weight = weights[:, begin : begin + n_in * n].reshape(n_sets, n_in, n)
        begin += n_in * n
        loop = None
        if net.recurrent and not last:
            loop = weights[:, begin : begin + n * n].reshape(n_sets, n, n)
            begin += n * n
        fires = not last or rule.loss == "first spike"
        u, i = np.zeros((n_sets, n_samples, n)), np.zeros((n_sets, n_samples, n))
        us, ss = [], []
        for t in range(n_steps):
            s = smooth(rule.surrogate, rule.beta, u - 1) if fires else np.zeros_like(u)
            us.append(u)
            ss.append(s)
            resets = s if held is None else held[depth][:, :, t]
            u = (b * u + i) * (1 - resets)
            i = a * i + np.einsum("psi,pij->psj", incoming[:, :, t], weight)
            if loop is not None:
                i = i + np.einsum("psi,pij->psj", s, loop)
        spikes.append(np.stack(ss, axis=2))
        if not last:
            penalty += bounds(rule, spikes[-1].sum(axis=2))
        incoming, n_in = spikes[-1], n
    score = scores(rule, net, np.stack(us, axis=2), spikes[-1])
    log = np.log(np.exp(score - score.max(-1, keepdims=True)).sum(-1)) + score.max(-1)
    return (log - score[:, np.arange(n_samples), labels]).mean(axis=1) + penalty, spikes


def scores(rule: Rule, net: SpikingNet, u: np.ndarray, s: np.ndarray) -> np.ndarray:
    """(n_sets, n_samples, n_out)."""
    if rule.loss == "maximum":
        return u.max(axis=2)
    if rule.loss == "last":
        return u[:, :, -1]
    if rule.loss == "mean":
        return u.mean(axis=2)
    return -np.cumprod(1 - s, axis=2).sum(axis=2) * net.dt / rule.tau_loss


def bounds(rule: Rule, count: np.ndarray) -> np.ndarray:
    """(n_sets,) from counts (n_sets, n_samples, n)."""
    total = np.zeros(len(count))
    for bound in rule.bounds:
        found = count.mean(axis=2, keepdims=True) if bound.population else count
        over = np.maximum(found - bound.count if bound.upper else bound.count - found, 0)
        total += bound.strength * (over**bound.power).mean(axis=(1, 2))
    return total
