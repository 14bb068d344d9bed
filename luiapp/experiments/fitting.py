"""Least squares: the method of Levenberg and Marquardt, with limits, standard errors, and what stays open."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luiapp.errors import ParameterError

Residuals = Callable[[NDArray[np.float64]], NDArray[np.float64]]
_STEP = 1e-5  # of a parameter's scale, for its derivative
_SMALL = 1e-9  # relative gain below which it's done
_LOST = 1e-10  # of the largest eigenvalue: a direction that the data don't see


@dataclass(frozen=True)
class Fit:
    """The best values and how well they are known.

    Attributes
    ----------
    values, errors : (n,) float64
        Parameters and their standard errors; infinite where the data don't determine one.
    covariance : (n, n) float64
    residuals : (m,) float64
        At the best values, as the function returned them.
    rms : float
        Root of their mean square.
    converged : bool
    """

    values: NDArray[np.float64]
    errors: NDArray[np.float64]
    covariance: NDArray[np.float64]
    residuals: NDArray[np.float64]
    rms: float
    converged: bool


def least_squares(
    residuals: Residuals,
    start: ArrayLike,
    *,
    low: ArrayLike | None = None,
    high: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    most_steps: int = 100,
    lost: float = _LOST,
) -> Fit:
    """Parameters that make the sum of squares of `residuals` smallest.

    Parameters
    ----------
    residuals : callable
        From (n,) parameters to (m,) differences between model and data. Non-finite ones count as a bad step.
    start : (n,) float64
    low, high : (n,) float64, optional
        Limits that no value leaves.
    scale : (n,) float64, optional
        How large a change of each parameter is; the size of its start value if not given.
    lost : float
        Share of the largest eigenvalue of the curvature below which the data count as silent about a direction.

    Returns
    -------
    Fit
        Errors come from the curvature and the scatter of the residuals (inflated where successive ones go together,
        see `correlation_factor`).

    Raises
    ------
    ParameterError
        If there are fewer data than parameters, or `start` gives no finite residuals.

    Notes
    -----
    Marquardt, J. Soc. Indust. Appl. Math. 11 (1963) 431; damping scaled by the curvature of each parameter, derivatives
    by one-sided differences on the way and central ones at its end.
    """
    x = np.array(start, np.float64)
    lowest = np.full_like(x, -np.inf) if low is None else np.asarray(low, np.float64)
    highest = np.full_like(x, np.inf) if high is None else np.asarray(high, np.float64)
    size = np.where(x == 0, 1.0, np.abs(x)) if scale is None else np.asarray(scale, np.float64)
    x = np.clip(x, lowest, highest)
    r = np.asarray(residuals(x), np.float64)
    if len(r) < len(x):
        raise ParameterError("{n} numbers can't determine {k} parameters; measure more", n=len(r), k=len(x))
    if not np.isfinite(r).all():
        raise ParameterError("the fit can't begin: the model gives no number at its starting values")
    cost, damping, converged = float(r @ r), 1e-3, False
    jacobian = _forward(residuals, x, r, size, highest)
    for _ in range(most_steps):
        gradient, curvature = jacobian.T @ r, jacobian.T @ jacobian
        free = ~(((x <= lowest) & (gradient > 0)) | ((x >= highest) & (gradient < 0)))
        better = None
        while damping < 1e12:
            trial = np.clip(x + _step(curvature, gradient, free, damping, size), lowest, highest)
            r_trial = np.asarray(residuals(trial), np.float64)
            new = float(r_trial @ r_trial) if np.isfinite(r_trial).all() else math.inf
            if new <= cost:
                better = (trial, r_trial, new)
                break
            damping *= 4
        if better is None:
            converged = True
            break
        gain = cost - better[2]
        moved = np.max(np.abs(better[0] - x) / size)
        x, r, cost = better
        damping = max(damping / 6, 1e-12)
        if gain <= _SMALL * cost + 1e-300 or moved < 1e-10:
            converged = True
            break
        jacobian = _forward(residuals, x, r, size, highest)
    return _finish(x, r, _jacobian(residuals, x, size, lowest, highest), size, converged, lost)


def correlation_factor(residuals: ArrayLike) -> float:
    """How many successive residuals count as one (at least 1): twice the integrated autocorrelation.

    Summed until the autocorrelation falls below 0.05, over a quarter of the data at most. White noise gives 1.
    """
    r = np.asarray(residuals, np.float64)
    r = r - r.mean() if len(r) else r
    power = float(r @ r)
    if power <= 0 or len(r) < 16:
        return 1.0
    n = 1 << (2 * len(r) - 1).bit_length()
    spectrum = np.fft.rfft(r, n)
    rho = np.fft.irfft(spectrum * spectrum.conj(), n)[: len(r) // 4] / power
    below = np.flatnonzero(rho[1:] < 0.05)
    last = int(below[0]) + 1 if len(below) else len(rho)
    return max(1.0, float(1 + 2 * rho[1:last].sum()))


def _forward(
    residuals: Residuals,
    x: NDArray[np.float64],
    r: NDArray[np.float64],
    size: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Derivatives by one-sided differences, good enough to find the way."""
    columns = []
    for i in range(len(x)):
        h = _STEP * size[i] * (1 if x[i] + _STEP * size[i] <= high[i] else -1)
        there = x.copy()
        there[i] += h
        column = (np.asarray(residuals(there), np.float64) - r) / (there[i] - x[i])
        columns.append(np.where(np.isfinite(column), column, 0.0))
    return np.array(columns, np.float64).T


def _jacobian(
    residuals: Residuals,
    x: NDArray[np.float64],
    size: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
) -> NDArray[np.float64]:
    columns = []
    for i in range(len(x)):
        h = _STEP * size[i]
        up, down = x.copy(), x.copy()
        up[i], down[i] = min(x[i] + h, high[i]), max(x[i] - h, low[i])
        width = up[i] - down[i]
        column = (residuals(up) - residuals(down)) / width if width > 0 else np.zeros(len(residuals(x)))
        columns.append(np.where(np.isfinite(column), column, 0.0))
    return np.array(columns, np.float64).T


def _step(
    curvature: NDArray[np.float64],
    gradient: NDArray[np.float64],
    free: NDArray[np.bool_],
    damping: float,
    size: NDArray[np.float64],
) -> NDArray[np.float64]:
    step = np.zeros(len(gradient))
    if not free.any():
        return step
    s = size[free]
    matrix = curvature[np.ix_(free, free)] * np.outer(s, s)
    diagonal = np.diag(matrix)
    matrix = matrix + np.diag(damping * np.maximum(diagonal, 1e-12 * max(float(diagonal.max()), 1e-300)))
    try:
        step[free] = s * np.linalg.solve(matrix, -gradient[free] * s)
    except np.linalg.LinAlgError:
        step[free] = s * np.linalg.lstsq(matrix, -gradient[free] * s, rcond=1e-15)[0]
    return step


def _finish(
    x: NDArray[np.float64],
    r: NDArray[np.float64],
    jacobian: NDArray[np.float64],
    size: NDArray[np.float64],
    converged: bool,
    least: float,
) -> Fit:
    n_free = max(1, len(r) - len(x))
    variance = float(r @ r) / n_free * correlation_factor(r)
    _, singular, rows = np.linalg.svd(jacobian * size, full_matrices=False)
    vectors, top = rows.T, max(float(singular.max(initial=0.0)), 1e-150)
    seen = singular > math.sqrt(least) * top
    inverse = np.where(seen, 1 / np.where(seen, singular, 1.0), 0.0) ** 2
    covariance = (vectors * inverse) @ vectors.T * variance * np.outer(size, size)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    lost = (vectors[:, ~seen] ** 2).sum(axis=1) > 1e-3
    errors[lost] = np.inf
    return Fit(x, errors, covariance, r, float(np.sqrt(np.mean(r * r))), converged)
