"""Least squares against closed forms: the straight line, known minima, the scatter of many fits."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.errors import ParameterError
from luiapp.experiments.fitting import correlation_factor, least_squares


def test_a_straight_line_has_the_textbook_errors() -> None:
    """Slope and its standard error: s / sqrt(sum (x - mean)²), n - 2 degrees of freedom."""
    rng = np.random.default_rng(4)
    x = np.linspace(0, 1, 15)
    y = 2 + 3 * x + rng.normal(0, 0.1, 15)
    fit = least_squares(lambda p: p[0] + p[1] * x - y, [0.0, 0.0])
    slope, offset = np.polyfit(x, y, 1)
    assert fit.values == pytest.approx([offset, slope], abs=1e-8)
    s = np.sqrt(np.sum((offset + slope * x - y) ** 2) / 13)
    spread = np.sum((x - x.mean()) ** 2)
    assert fit.errors == pytest.approx([s * np.sqrt(1 / 15 + x.mean() ** 2 / spread), s / np.sqrt(spread)], rel=1e-5)
    assert fit.converged


def test_rosenbrocks_valley() -> None:
    fit = least_squares(lambda p: np.array([10 * (p[1] - p[0] ** 2), 1 - p[0]]), [-1.2, 1.0])
    assert fit.values == pytest.approx([1, 1], abs=1e-8)


def test_standard_errors_are_the_scatter_of_many_fits() -> None:
    """An exponential decay, measured 200 times: errors told and errors made agree within their own statistics."""
    rng = np.random.default_rng(5)
    t = np.linspace(0, 1, 60)
    fits = []
    for _ in range(200):
        y = 1.5 * np.exp(-t / 0.2) + 0.3 + rng.normal(0, 0.02, len(t))
        fits.append(least_squares(lambda p, y=y: p[0] * np.exp(-t / p[1]) + p[2] - y, [1.0, 0.5, 0.0]))  # type: ignore[misc]
    values, errors = np.array([f.values for f in fits]), np.array([f.errors for f in fits])
    assert values.std(axis=0) == pytest.approx(np.median(errors, axis=0), rel=0.2)
    assert np.abs(values.mean(axis=0) - [1.5, 0.2, 0.3]).max() < 0.004


def test_limits_hold() -> None:
    x = np.linspace(0, 1, 9)
    fit = least_squares(lambda p: p[0] * x + p[1] - (3 * x + 1), [0.5, 0.5], high=[2.0, 10.0])
    assert fit.values[0] == 2.0
    assert fit.values[1] == pytest.approx(1.5)  # the mean of what is left of the line


def test_what_the_data_do_not_see_has_an_infinite_error() -> None:
    x = np.linspace(1, 2, 20)
    fit = least_squares(lambda p: p[0] * p[1] * x + p[2] - 6 * x - 1, [1.0, 1.0, 0.0])
    assert np.isinf(fit.errors).tolist() == [True, True, False]
    assert fit.values[0] * fit.values[1] == pytest.approx(6)


def test_successive_residuals_that_go_together_count_less() -> None:
    """For an autoregressive process of order one it is (1 + a) / (1 - a)."""
    rng = np.random.default_rng(6)
    white = rng.normal(0, 1, 40_000)
    assert correlation_factor(white) == pytest.approx(1, abs=0.1)
    red = np.zeros_like(white)
    for i in range(1, len(red)):
        red[i] = 0.8 * red[i - 1] + white[i]
    assert correlation_factor(red) == pytest.approx(9, rel=0.2)


def test_too_few_data_are_told() -> None:
    with pytest.raises(ParameterError, match="1 numbers can't determine 2"):
        least_squares(lambda p: np.array([p[0] - 1]), [0.0, 0.0])
