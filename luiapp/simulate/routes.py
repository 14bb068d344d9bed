"""Connections, laid out for delivery: who hears of a spike, when, at which synapse, and with what weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import NetworkError
from luiapp.kernels import lif_arrays as lay
from luiapp.model.network import Connections

_DENSE_SHARE = 0.05  # of the entries of a row: adding whole rows is faster than walking lists above about this
_DENSE_LIMIT = 1 << 27  # entries; 1 GiB in float64


@dataclass(frozen=True)
class Paths:
    """Connections of a network with delays in steps, sorted by (pre, delay, receptor, post), parallel ones added up."""

    pre: NDArray[np.int64]
    post: NDArray[np.int64]
    receptor: NDArray[np.int64]
    weight: NDArray[np.float64]
    delay: NDArray[np.int64]

    @property
    def shortest(self) -> int | None:
        """Shortest delay in steps; None without connections."""
        return int(self.delay.min()) if len(self.delay) else None

    @property
    def longest(self) -> int:
        """Longest delay in steps."""
        return int(self.delay.max()) if len(self.delay) else 1


def paths(connections: Connections, dt: float) -> Paths:
    """Delays rounded to steps, at least one (a delay of 0 is one step), sorted, parallel connections added up."""
    delay = np.maximum(np.rint(connections.delay / dt), 1).astype(np.int64)
    if len(delay) and delay.max() > 1 << 24:
        raise NetworkError("a delay of {steps} steps is too long; the limit is {limit}: use a longer time step",
                           steps=int(delay.max()), limit=1 << 24)  # fmt: skip
    pre, post, receptor = (np.asarray(c, np.int64) for c in (connections.pre, connections.post, connections.synapse))
    order = np.lexsort((post, receptor, delay, pre))
    columns = [c[order] for c in (pre, delay, receptor, post)]
    weight = connections.weight[order]
    if len(order):
        new = np.zeros(len(order), bool)
        new[0] = True
        for column in columns:
            new[1:] |= column[1:] != column[:-1]
        begins = np.flatnonzero(new)
        weight = np.add.reduceat(weight, begins)
        columns = [c[begins] for c in columns]
    return Paths(columns[0], columns[3], columns[2], weight, columns[1])


def routes(
    every: Paths, n_sources: int, first: int, end: int, *, n_padded: int, scale: NDArray[np.float64], dtype: Any,
    delivery: str,
) -> lay.Routes:  # fmt: skip
    """The part of `every` that ends at neurons `first` … `end` - 1, which are counted from 0 here.

    Parameters
    ----------
    scale : (2, n) float64
        Factor of a weight at each receptor of each neuron of the part.
    """
    mine = (every.post >= first) & (every.post < end)
    pre, delay, receptor = every.pre[mine], every.delay[mine], every.receptor[mine]
    post = every.post[mine] - first
    weight = (every.weight[mine] * scale[receptor, post]).astype(dtype)
    new = np.ones(len(pre), bool)
    new[1:] = (np.diff(pre) != 0) | (np.diff(delay) != 0) | (np.diff(receptor) != 0)
    begins = np.flatnonzero(new)
    start = np.append(begins, len(pre)).astype(np.int64)
    firsts = np.searchsorted(pre[begins], np.arange(n_sources + 1)).astype(np.int64)
    equal = np.ones(len(begins), np.uint8)
    if len(begins):
        equal[:] = np.minimum.reduceat(weight, begins) == np.maximum.reduceat(weight, begins)
    rows = np.zeros((0, 0), dtype)
    if _wants_rows(delivery, len(pre), len(begins), n_padded):
        rows = np.zeros((len(begins), n_padded), dtype)
        rows[np.cumsum(new) - 1, post] = weight
    target = post.astype(np.uint16 if n_padded <= 1 << 16 else np.uint32)
    return lay.Routes(firsts, delay[begins], receptor[begins], start, equal, target, weight, rows)


def _wants_rows(delivery: str, n_targets: int, n_runs: int, n_padded: int) -> bool:
    n_entries = n_runs * n_padded
    if delivery == "dense":
        if n_entries > _DENSE_LIMIT:
            raise NetworkError("dense delivery would take {n} weights, the limit is {limit}: choose sparse delivery",
                               n=n_entries, limit=_DENSE_LIMIT)  # fmt: skip
        return n_runs > 0
    return delivery == "auto" and 0 < n_entries <= _DENSE_LIMIT and n_targets > _DENSE_SHARE * n_entries > 0 \
        and n_targets > 8 * n_runs  # fmt: skip
