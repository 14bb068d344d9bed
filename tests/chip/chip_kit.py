"""Small wirings for the tests of the chip."""

from __future__ import annotations

import numpy as np

from luiapp.chip.wiring import Events, Wiring


def wired(weight: np.ndarray, circuits: list[int] | None = None) -> Wiring:
    """Inputs by neurons, every input on a pair of rows of its own."""
    n_in, n = weight.shape
    circuit = np.array(circuits if circuits is not None else range(n), np.int64)[:, None]
    target = np.zeros((n_in + n, 2), np.int64)
    target[:n_in] = 0, n
    row = np.full((n_in + n, 1, 2, 2), -1, np.int64)
    for sign in range(2):
        row[:n_in, 0, sign, :] = (2 * np.arange(n_in) + sign)[:, None]
    return Wiring(n_in, circuit, np.array([0, n]), target, row, np.zeros((n_in + n, 1), np.int64),
                  weight.astype(np.int64).ravel(), np.zeros(n, bool))  # fmt: skip


def layered(first: np.ndarray, second: np.ndarray) -> Wiring:
    """Two layers; the second's circuits lie behind the first's."""
    (n_in, n), n_out = first.shape, second.shape[1]
    total = n + n_out
    target = np.zeros((n_in + total, 2), np.int64)
    target[:n_in] = 0, n
    target[n_in : n_in + n] = n, total
    row = np.full((n_in + total, 1, 2, 2), -1, np.int64)
    row[: n_in + n, 0, 0, :] = np.concatenate([2 * np.arange(n_in), 2 * np.arange(n)])[:, None]
    row[: n_in + n, 0, 1, :] = row[: n_in + n, 0, 0, :] + 1
    weight = np.concatenate([first.ravel(), second.ravel()]).astype(np.int64)
    return Wiring(n_in, np.arange(total)[:, None], np.array([0, n, total]), target, row,
                  np.zeros((n_in + total, 1), np.int64), weight, np.zeros(total, bool))  # fmt: skip


def silence(n_samples: int = 1) -> Events:
    return Events(np.zeros(n_samples + 1, np.int64), np.zeros(0), np.zeros(0, np.int64))
