"""Times as files have them, put onto the even grid that a recording has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FormatError
from luiapp.files.codec import check_dt
from luiapp.files.disk import MAX_VALUES

_OFF = 0.25  # of a sampling interval: how far from its place on the grid a sample may lie


def on_grid(
    times: NDArray[np.float64], values: NDArray[Any], dt: float | None = None
) -> tuple[NDArray[Any], float, int, str]:
    """Samples at even intervals.

    Parameters
    ----------
    times : (n,) float64
        In s, in order.
    values : (n, n_traces)
    dt : float, optional
        The sampling interval [s] where it is known.

    Returns
    -------
    values : (m, n_traces)
        At ``(i_first + i)·dt``; not-a-number in gaps.
    dt : float
    i_first : int
    how : str
        ``"even"``: as they were; ``"gaps"``: missing samples were filled with not-a-number; ``"interpolated"``: the
        times were too uneven for that.

    Raises
    ------
    FormatError
        If the times are not finite or don't increase, or the grid would be out of proportion.
    """
    if len(times) == 0:
        raise FormatError("it has no samples")
    if not np.isfinite(times).all():
        raise FormatError("row {row} has no time", row=int(np.argmin(np.isfinite(times))) + 1)
    steps = np.diff(times)
    if (steps <= 0).any():
        raise FormatError("the time doesn't increase at row {row}", row=int(np.argmax(steps <= 0)) + 2)
    if dt is None:
        if len(times) < 2:
            raise FormatError("one row doesn't tell how often was sampled; at least two are needed")
        dt = _interval(times, steps)
    dt = check_dt(dt)
    index = np.rint((times - times[0]) / dt)
    if index[-1] + 1 > max(64 * len(times), 1000) or (index[-1] + 1) * max(1, values.shape[1]) > MAX_VALUES:
        raise FormatError("its times are too far apart for one recording at {dt} s", dt=f"{dt:g}")
    i_first = round(times[0] / dt)
    if (np.diff(index) < 1).any() or (np.abs(times - times[0] - index * dt) > _OFF * dt).any():
        grid = times[0] + np.arange(int(index[-1]) + 1) * dt
        columns = [np.interp(grid, times, column) for column in values.T]
        return np.stack(columns, axis=1).astype(values.dtype) if columns else values, dt, i_first, "interpolated"
    if index[-1] == len(times) - 1:
        return values, dt, i_first, "even"
    filled = np.full((int(index[-1]) + 1, values.shape[1]), np.nan, values.dtype)
    filled[index.astype(np.int64)] = values
    return filled, dt, i_first, "gaps"


def _interval(times: NDArray[np.float64], steps: NDArray[np.float64]) -> float:
    """The sampling interval: the middle step, or the mean one where printing has rounded the times."""
    middle = float(np.median(steps))
    mean = float(times[-1] - times[0]) / (len(times) - 1)
    dt = mean if abs(mean - middle) < 0.5 * middle and np.ptp(steps) < 0.9 * middle else middle
    round_number = float(f"{dt:.5g}")  # 0.001, not 0.00099999998
    return round_number if abs(round_number - dt) * len(times) < 0.1 * dt else dt
