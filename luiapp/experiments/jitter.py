"""Spike-time jitter: how much the intervals of a neuron that fires by itself differ."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from luiapp.data.analysis import inter_spike_intervals
from luiapp.data.recording import Recording
from luiapp.errors import ParameterError
from luiapp.experiments.levels import FIRING, Steps, replay, rest
from luiapp.experiments.result import Axis, Progress, Quantity, Request, Result
from luiapp.experiments.session import Session
from luiapp.experiments.stretches import model_of, stretches
from luiapp.model import lui
from luiapp.texts import mark, tr

N_INTERVALS = 60
LONGEST = 60.0  # s
_MEAN, _JITTER = mark("mean interval"), mark("jitter: standard deviation of the intervals")
_CV = mark("coefficient of variation")
_RUNNING = Axis(mark("interval number"), ""), Axis(mark("mean interval"), "s")
_EXPECTED = mark("jitter that the membrane's noise lets expect")


def spike_jitter(session: Session) -> Iterator[Progress | Request | Result]:
    """Let it fire `N_INTERVALS` times."""
    yield from (replay(session) if session.is_replay else _measure(session))
    yield evaluate(session.recording(), session.i_neuron)


def _measure(session: Session) -> Steps:
    yield session.report(0.0, tr("letting it fire"))
    yield from rest(session, FIRING)
    begun = session.now
    count = 0
    while count <= N_INTERVALS and session.now - begun < LONGEST:
        yield from session.run(0.5)
        before, count = count, session.n_spikes_since(begun)
        if count > before and count > 1:
            mean = float(np.diff(session.spikes_since(begun)).mean())
            yield session.report(min(1.0, count / N_INTERVALS), tr("counting spikes"), (count - 1.0, mean), _RUNNING)
        else:
            yield session.report(min(1.0, count / N_INTERVALS), tr("counting spikes"))


def evaluate(recording: Recording, i_neuron: int = 0) -> Result:
    """The intervals of the stretch with the most spikes.

    Raises `ParameterError` with fewer than four spikes.
    """
    best = max(stretches(recording, i_neuron), key=lambda s: len(s.spikes))
    intervals = inter_spike_intervals(best.spikes)
    if len(intervals) < 3:
        raise ParameterError("jitter needs at least four spikes in a row, not {n}", n=len(best.spikes))
    n = len(intervals)
    mean, jitter = float(intervals.mean()), float(intervals.std(ddof=1))
    quantities = [
        Quantity("interval", mean, "s", jitter / math.sqrt(n), _MEAN),
        Quantity("jitter", jitter, "s", jitter / math.sqrt(2 * (n - 1)), _JITTER),
        Quantity("cv", jitter / mean, "", jitter / mean / math.sqrt(2 * (n - 1)), _CV),
    ]
    index = np.arange(1, n + 1, dtype=np.float64)
    theory = np.empty((0, 2))
    if model_of(recording) == "lui" and best.parameters:
        expected = _expected(best.parameters)
        quantities.append(Quantity("jitter_expected", expected[1], "s", math.nan, _EXPECTED))
        theory = np.array([[1.0, expected[0]], [float(n), expected[0]]])
    points = np.column_stack([index, intervals, np.full(n, np.nan)])
    level = np.array([[1.0, mean], [float(n), mean]])
    return Result("jitter", Axis(mark("interval number"), ""), Axis(mark("interval"), "s"), points, theory, level,
                  intervals - mean, tuple(quantities))  # fmt: skip


def _expected(parameters: Mapping[str, float]) -> tuple[float, float]:
    """Interval and jitter [s] of nominal parts: noise of a standard deviation at rest, over the slope at the threshold.

    For small noise: sigma·sqrt(1 − exp(−2·T/tau_mem))·tau_mem/(V_leak − V_threshold), T the climb since the release.
    """
    r, vdd = parameters["r_leak"], parameters["v_cell"]
    period = lui.inter_spike_interval(parameters["r_vleak"], r, vdd=vdd)
    if not math.isfinite(period):
        return math.nan, math.nan
    tau = lui.tau_mem(r)
    slope = (lui.v_leak(parameters["r_vleak"], vdd=vdd) + lui.I_BIAS * r - lui.v_threshold(vdd)) / tau
    climb = period - lui.SPIKE_WIDTH
    return period, parameters["noise"] * math.sqrt(-math.expm1(-2 * climb / tau)) / slope
