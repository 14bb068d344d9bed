"""The f–I curve: how fast a neuron fires at a constant current."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luiapp.data.analysis import inter_spike_intervals
from luiapp.data.recording import Recording
from luiapp.errors import ParameterError, RigError
from luiapp.experiments.fitting import Fit, least_squares
from luiapp.experiments.levels import replay
from luiapp.experiments.result import Axis, Progress, Quantity, Request, Result, undetermined
from luiapp.experiments.session import Session, settle_time
from luiapp.experiments.stretches import Stretch, model_of, stretches
from luiapp.model import lui
from luiapp.texts import mark, tr

LEAK_PERCENT = (44.0, 50.0, 52.0, 54.0, 57.0, 60.0, 64.0, 70.0, 78.0, 88.0, 100.0)
N_INTERVALS = 8  # to be measured at each current
LONGEST = 12.0  # s at each current
X = Axis(mark("driving current"), "A")
Y = Axis(mark("firing rate"), "Hz")
_TAU_MEM, _TAU_REF = mark("membrane time constant"), mark("refractory time")
_RHEOBASE = mark("rheobase: the least current that makes it fire")
_OFFSET = mark("current that would hold the membrane at its reset potential")


def f_i(session: Session) -> Iterator[Progress | Request | Result]:
    """Measure it at the currents of `LEAK_PERCENT`; a recording played back is only evaluated.

    The leak potential drives the neuron: the current is V_leak / R_leak, from 0 V.
    """
    yield from (replay(session) if session.is_replay else _measure(session))
    yield evaluate(session.recording(), session.i_neuron)


def _measure(session: Session) -> Iterator[Progress | Request]:
    name, levels = _levels(session)
    pause = settle_time(session.network, session.i_neuron, 1.0)
    for k, level in enumerate(levels):
        yield from session.turn(name, level)
        parameters = {p.name: session.value(p.name) for p in session.network.kind.parameters}
        text = tr("rate at {k} of {n} currents", k=k + 1, n=len(levels))
        yield session.report(k / len(levels), text)
        yield from session.run(pause)
        passed = pause
        begun = session.now
        while passed < LONGEST:
            yield from session.run(0.5)
            passed += 0.5
            count = session.n_spikes_since(begun)
            if count > N_INTERVALS or (count == 0 and passed > max(2.0, 12 * pause)):
                break
        count = session.n_spikes_since(begun)
        point = (current_of(parameters, session.network.model), count / (session.now - begun))
        yield session.report((k + 1) / len(levels), text, point, (X, Y))


def _levels(session: Session) -> tuple[str, list[float]]:
    if session.network.model == "lui":
        return "r_vleak", [lui.knob("leak").ohms(percent) for percent in LEAK_PERCENT]
    top, reset = session.value("v_threshold"), session.value("v_reset")
    return "v_leak", [reset + (top - reset) * share for share in (0.9, 1.01, 1.05, 1.1, 1.2, 1.35, 1.6, 2.0, 2.6, 3.5)]


def current_of(parameters: Mapping[str, float], model: str) -> float:
    """The current [A] that drives a neuron at rest: its leak potential over its leak resistance.

    For 'lif' from the reset potential on; a board resets to 0 V.
    """
    if not parameters:
        raise RigError("nobody knows which currents these rates belong to; give them as a table with --pairs")
    if model == "lui":
        r = max(parameters["r_leak"], lui.R_END)
        return lui.v_leak(parameters["r_vleak"], vdd=parameters["v_cell"]) / r + lui.I_BIAS
    return (parameters["v_leak"] - parameters["v_reset"]) / parameters["r_leak"]


def evaluate(recording: Recording, i_neuron: int = 0) -> Result:
    """The f–I curve in a recording in which the leak was turned, by its events.

    Raises
    ------
    RigError
        If it doesn't know what was turned.
    ParameterError
        If the neuron fired at fewer than three currents.
    """
    model = model_of(recording)
    rows: list[tuple[float, float, float]] = []
    found = stretches(recording, i_neuron)
    for stretch in found:
        rate = _rate(stretch)
        if rate is not None:
            rows.append((current_of(stretch.parameters, model), *rate))
    points = np.array(sorted(rows), np.float64).reshape(-1, 3)
    last = found[-1].parameters
    theory = _theory(points, last, model)
    if model == "lui":
        return _result(points, theory, _Board(lui.v_threshold(last["v_cell"])))
    return _result(points, theory, _Textbook(0.0))


def from_pairs(current: ArrayLike, rate: ArrayLike) -> Result:
    """The curve through pairs of current [A] and rate [Hz], as measured with a current source.

    Fitted is a textbook neuron's rate, 1/(tau_ref + tau_mem·ln((I − I_reset)/(I − I_rheobase))), first with I_reset
    at zero; freed where that fits clearly better (by Akaike's criterion for small samples).

    Raises
    ------
    ParameterError
        If there are fewer than three currents at which it fires, or a rate is negative.
    """
    i, f = np.asarray(current, np.float64), np.asarray(rate, np.float64)
    good = np.isfinite(i) & np.isfinite(f)
    i, f = i[good], f[good]
    if (f < 0).any():
        raise ParameterError("a rate can't be negative, as {value} Hz is", value=f"{f.min():g}")
    order = np.argsort(i, kind="stable")
    points = np.column_stack([i[order], f[order], np.full(len(i), np.nan)])
    none = np.empty((0, 2))
    plain = _result(points, none, _Textbook(0.0))
    if np.count_nonzero(f > 0) < 6:
        return plain
    free = _result(points, none, _Textbook(None))
    return free if _akaike(free, 4) < _akaike(plain, 3) - 2 else plain


def _akaike(result: Result, k: int) -> float:
    n = len(result.residuals)
    if n <= k + 2:
        return math.inf
    scale = max(float(np.mean(result.points[:, 1] ** 2)), 1e-300)
    return n * math.log(max(result.rms_residual**2 / scale, 1e-24)) + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def _rate(stretch: Stretch) -> tuple[float, float] | None:
    """Rate and its standard error [Hz] of a stretch, without the first interval; None where that can't be told."""
    intervals = inter_spike_intervals(stretch.spikes)[1:]
    if len(intervals) >= 2:
        mean = float(intervals.mean())
        return 1 / mean, float(intervals.std(ddof=1)) / math.sqrt(len(intervals)) / mean**2
    if len(stretch.spikes) == 0 and stretch.stop - stretch.start > 1.0:
        return 0.0, math.nan
    return None


@dataclass(frozen=True)
class _Textbook:
    """A neuron without a floor; its offset current is known or not."""

    offset: float | None

    def rate(self, i: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
        tau_ref, tau_mem, rheobase = p[:3]
        offset = float(p[3]) if len(p) > 3 else self.offset or 0.0
        above = i > rheobase
        with np.errstate(divide="ignore", invalid="ignore"):
            rise = np.log((i - offset) / (i - rheobase))
        return np.where(above, 1 / (tau_ref + tau_mem * np.where(above, np.maximum(rise, 0), 1.0)), 0.0)


@dataclass(frozen=True)
class _Board:
    """A board that fires at `top` [V]: below its floor the source stage helps (see `lui.inter_spike_interval`)."""

    top: float
    offset: float = 0.0

    def rate(self, i: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.float64]:
        tau_ref, tau_mem, rheobase = p[:3]
        r = self.top / rheobase
        floor = lui.K_LADDER * self.top / lui.THRESHOLD_RATIO / 2
        conductance = 1 / lui.R_SOURCE + 1 / r
        above = i > rheobase
        goal = np.where(above, i * r, 2 * self.top)
        below = (floor / lui.R_SOURCE + goal / r) / conductance
        lift = -tau_mem / r / conductance * np.log(1 - floor / below)
        period = tau_ref + lift + tau_mem * np.log((goal - floor) / (goal - self.top))
        return np.where(above, 1 / period, 0.0)


def _result(points: NDArray[np.float64], theory: NDArray[np.float64], model: _Textbook | _Board) -> Result:
    fires = points[:, 1] > 0
    if np.count_nonzero(fires) < 3 or np.ptp(points[fires, 0]) <= 0:
        raise ParameterError("an f–I curve needs at least three currents at which the neuron fires, not {n}",
                             n=int(np.count_nonzero(fires)))  # fmt: skip
    i, f = points[:, 0], points[:, 1]
    fit = _fit(i, f, model)
    grid = np.linspace(min(0.0, float(i.min())), float(i.max()), 200)
    curve = np.column_stack([grid, model.rate(grid, fit.values)])
    names = [("tau_ref", "s", _TAU_REF), ("tau_mem", "s", _TAU_MEM), ("i_rheobase", "A", _RHEOBASE)]
    if len(fit.values) > 3:
        names.append(("i_reset", "A", _OFFSET))
    quantities = tuple(_quantity(fit, k, *about) for k, about in enumerate(names))
    return Result("f-i", X, Y, points, theory, curve, f - model.rate(i, fit.values), quantities)


def _quantity(fit: Fit, k: int, name: str, unit: str, about: str) -> Quantity:
    value, error = float(fit.values[k]), float(fit.errors[k])
    if not math.isfinite(error) or (name != "i_reset" and error > abs(value) and name != "tau_ref"):
        return undetermined(name, unit, about, tr("these rates don't determine it"))
    return Quantity(name, value, unit, error, about)


def _fit(i: NDArray[np.float64], f: NDArray[np.float64], model: _Textbook | _Board) -> Fit:
    """From the best of several rheobases and offsets, at each of which the rest follows from a straight line."""
    fires = f > 0
    first = float(i[fires].min())
    if first <= 0:
        raise ParameterError("the currents at which the neuron fires must be positive; turn their sign")
    quiet = max(0.0, float(i[~fires & (i < first)].max(initial=0.0)))
    offsets = [0.0] if model.offset is not None else [-first * k for k in (0.0, 0.3, 1.0, 3.0, 10.0)]
    best: tuple[float, NDArray[np.float64]] = (math.inf, np.zeros(3))
    for share in (0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9):
        for offset in offsets:
            rheobase = first - (first - quiet) * share
            rise = np.log((i[fires] - offset) / (i[fires] - rheobase))
            design = np.column_stack([np.ones(len(rise)), rise])
            weight = f[fires] ** 2  # an error of the period is one of the rate times the rate squared
            line, *_ = np.linalg.lstsq(design * weight[:, None], weight / f[fires], rcond=None)
            guess = np.array([*np.maximum(line, 1e-4), rheobase] + ([] if model.offset is not None else [offset]))
            error = float(np.sum((model.rate(i, guess) - f) ** 2))
            best = min(best, (error, guess), key=lambda one: one[0])
    start, n_free = best[1], len(best[1]) - 3
    low = [0.0, 1e-6, max(quiet, 1e-9 * first)] + [-100 * first] * n_free
    high = [10.0, 1e3, first * (1 - 1e-9)] + [0.99 * quiet] * n_free
    scale = np.append(np.maximum(start[:3], [1e-3, 1e-3, 1e-15]), [first] * n_free)
    return least_squares(lambda p: model.rate(i, p) - f, start, low=low, high=high, scale=scale)


def _theory(points: NDArray[np.float64], parameters: Mapping[str, float], model: str) -> NDArray[np.float64]:
    """What the parameters as they are set let expect: nominal parts, no noise."""
    if not len(points) or not parameters:
        return np.empty((0, 2))
    grid = np.linspace(float(points[:, 0].min()), float(points[:, 0].max()), 200)
    if model == "lui":
        r, vdd = max(parameters["r_leak"], lui.R_END), parameters["v_cell"]
        ohms = (grid - lui.I_BIAS) * r / vdd * lui.knob("leak").track
        rate = [1 / lui.inter_spike_interval(one, r, vdd=vdd) for one in ohms]
    else:
        size = (parameters["v_threshold"] - parameters["v_reset"]) / parameters["r_leak"]
        p = np.array([parameters["tau_ref"], parameters["tau_mem"], size])
        rate = _Textbook(0.0).rate(grid, p).tolist()
    return np.column_stack([grid, rate])
