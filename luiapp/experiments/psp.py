"""Potentials after pulses: their height against the weight, and two of them close together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Event
from luiapp.data.recording import Recording
from luiapp.errors import ParameterError
from luiapp.experiments.fitting import least_squares
from luiapp.experiments.levels import (
    BASE,
    FIRING,
    QUIET,
    Steps,
    height,
    height_since,
    need_pulses,
    potential,
    pulse_and_wait,
    replay,
    rest,
)
from luiapp.experiments.result import Axis, Progress, Quantity, Request, Result, undetermined
from luiapp.experiments.session import Session, settle_time
from luiapp.experiments.stretches import Stretch, model_of, stretches
from luiapp.experiments.twin_fit import fit_trace
from luiapp.experiments.twin_trace import from_stretch
from luiapp.model import lui
from luiapp.texts import mark, tr

WEIGHT_PERCENT = (0.0, 25.0, 45.0, 60.0, 72.0, 82.0, 90.0)
LIF_WEIGHTS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7)  # of the way from rest to the threshold
INTERVALS = (0.02, 0.03, 0.045, 0.07, 0.11, 0.17, 0.26, 0.4)  # s
_SLOPE = mark("height per weight")
_OFFSET = mark("height at no weight")
_HEIGHT = mark("height of a single potential")
_TAU_REF = mark("refractory time")
_HIGH = Axis(mark("height of the potential"), "V")
_PAIRS = Axis(mark("time between the pulses"), "s"), Axis(mark("height of both"), "V")


def psp_weight(session: Session) -> Iterator[Progress | Request | Result]:
    """Height of the potential after one pulse, for several weights of the first dendrite."""
    yield from (replay(session) if session.is_replay else _weights(session))
    yield evaluate_weights(session.recording(), session.i_neuron)


def _weights(session: Session) -> Steps:
    board = session.network.model == "lui"
    yield session.report(0.0, tr("bringing the membrane to rest"))
    yield from rest(session, QUIET)
    levels = WEIGHT_PERCENT if board else LIF_WEIGHTS
    for k, level in enumerate(levels):
        yield session.report(k / len(levels), tr("weight {k} of {n}", k=k + 1, n=len(levels)))
        if board:
            yield from session.turn("r_w1", lui.knob("w1").ohms(level))
            weight, size = 1.0, lui.weight_current(session.value("r_w1"), vdd=session.value("v_cell"))
        else:
            size = weight = level * (session.value("v_threshold") - session.value("v_leak"))
            session.note(Event(session.now, "marker", session.name, "weight", weight))
        begun = session.now
        yield from pulse_and_wait(session, weight=weight)
        if not session.n_spikes_since(begun):
            point = (size, height_since(session, begun + 2 * BASE))
            yield session.report(
                (k + 1) / len(levels), session.text, point, (_weight_axis(session.network.model), _HIGH)
            )


def evaluate_weights(recording: Recording, i_neuron: int = 0) -> Result:
    """The heights in a recording of single pulses, against the weight: current in a pulse [A], for a 'lif' volts.

    Pulses that made the neuron fire, or to other dendrites than the first, are left out.
    """
    model, rows, parameters = model_of(recording), list[tuple[float, float, float]](), dict[str, float]()
    told = {e.time: float(e.value) for e in recording.events if e.kind == "marker" and e.name == "weight"}
    width = lui.SPIKE_WIDTH
    for stretch in stretches(recording, i_neuron):
        for k, pulse in enumerate(stretch.pulses):
            time, v, fired = potential(stretch, k)
            if pulse.synapse != 0 or fired or not stretch.parameters:
                continue
            before = [w for t, w in told.items() if t <= pulse.time]
            size = before[-1] if before else _weight(stretch.parameters, model)
            if math.isfinite(size):
                rows.append((size, *height(time, v)))
                parameters, width = dict(stretch.parameters), pulse.width
    points = np.array(sorted(rows), np.float64).reshape(-1, 3)
    points = points[np.isfinite(points[:, 1])]
    if len(points) < 3:
        raise ParameterError("heights against weights need at least three pulses that made no spike, not {n}",
                             n=len(points))  # fmt: skip
    x, y = points[:, 0], points[:, 1]
    fit = least_squares(lambda p: p[0] + p[1] * x - y, [0.0, float(y[-1] / x[-1])], scale=[0.1, abs(y[-1] / x[-1])])
    grid = np.linspace(0, float(x.max()), 50)
    unit = "A" if model == "lui" else "V"
    quantities = (
        Quantity("slope", float(fit.values[1]), "Ω" if unit == "A" else "", float(fit.errors[1]), _SLOPE),
        Quantity("offset", float(fit.values[0]), "V", float(fit.errors[0]), _OFFSET),
    )
    return Result("psp-weight", _weight_axis(model), _HIGH, points,
                  np.column_stack([grid, _theory(grid, parameters, model, width)]),
                  np.column_stack([grid, fit.values[0] + fit.values[1] * grid]), -fit.residuals,
                  quantities)  # fmt: skip


def _weight_axis(model: str) -> Axis:
    return Axis(mark("current in a pulse"), "A") if model == "lui" else Axis(mark("weight of a pulse"), "V")


def _weight(parameters: Mapping[str, float], model: str) -> float:
    if model != "lui":
        return math.nan
    return lui.weight_current(parameters["r_w1"], vdd=parameters["v_cell"]) * parameters["sign_1"]


def _theory(
    grid: NDArray[np.float64], parameters: Mapping[str, float], model: str, width: float
) -> NDArray[np.float64]:
    """Closed forms, off floor, rails and threshold: proportional to the weight."""
    if model == "lui":
        r_w, vdd = 10e3, parameters["v_cell"]
        one = lui.psp_height(width, r_w=r_w, r_tsyn=parameters["r_tsyn"], r_leak=parameters["r_leak"], vdd=vdd)
        return grid * one / lui.weight_current(r_w, vdd=vdd)
    return grid * lif_height(parameters["tau_mem"], parameters["tau_syn"])


def lif_height(tau_mem: float, tau_syn: float) -> float:
    """Peak of a 'lif' potential per weight, for an exponential synapse: (tau_syn/tau_mem)^(tau_syn/(tau_mem−tau_syn))
    times tau_syn/tau_mem."""
    if abs(tau_mem - tau_syn) < 1e-6 * tau_mem:
        return math.exp(-1)
    ratio = tau_syn / tau_mem
    return float(ratio ** (tau_mem / (tau_mem - tau_syn)))


def paired_pulses(session: Session) -> Iterator[Progress | Request | Result]:
    """Two pulses at shrinking distance, beside a single one; and the refractory time, from a few spikes."""
    need_pulses(session)
    yield from (replay(session) if session.is_replay else _pairs(session))
    yield evaluate_pairs(session.recording(), session.i_neuron)


def _pairs(session: Session) -> Steps:
    yield session.report(0.0, tr("letting it fire"))
    yield from rest(session, FIRING)
    yield from session.run(min(6.0, 8 * settle_time(session.network, session.i_neuron, 1.0)))
    yield from rest(session, QUIET)
    weight = 0.5 * (session.value("v_threshold") - session.value("v_leak")) if session.network.model == "lif" else 1.0
    yield session.report(0.1, tr("a single pulse"))
    yield from pulse_and_wait(session, weight=weight)
    for k, interval in enumerate(INTERVALS):
        yield session.report(0.15 + 0.85 * k / len(INTERVALS), tr("pair {k} of {n}", k=k + 1, n=len(INTERVALS)))
        yield from session.run(2 * BASE)
        begun = session.now
        yield from session.pulse(width=lui.SPIKE_WIDTH, weight=weight)
        yield from session.run(interval)
        yield from session.pulse(width=lui.SPIKE_WIDTH, weight=weight)
        yield from session.run(settle_time(session.network, session.i_neuron, 8.0))
        if not session.n_spikes_since(begun):
            yield session.report(session.fraction, session.text, (interval, height_since(session, begun)), _PAIRS)


def evaluate_pairs(recording: Recording, i_neuron: int = 0) -> Result:
    """Height of two potentials together against their distance; expected is the single one added to itself.

    Raises `ParameterError` without a single pulse, or with fewer than two pairs that made no spike.
    """
    parts = stretches(recording, i_neuron)
    single, pairs, tau_ref = None, list[tuple[float, float, float]](), None
    for stretch in parts:
        if tau_ref is None and len(stretch.spikes) >= 4 and not stretch.pulses:
            tau_ref = fit_trace(from_stretch(recording, stretch, i_neuron)).parameter("tau_ref")
        for first, last in _events(stretch):
            time, v, fired = _together(stretch, first, last)
            if fired:
                continue
            if first == last:
                single = (time, v) if single is None else single
            else:
                distance = stretch.pulses[last].time - stretch.pulses[first].time
                pairs.append((distance, *height(time, v)))
    if single is None or len(pairs) < 2:
        raise ParameterError("paired pulses need a single pulse and at least two pairs that made no spike, not {n}",
                             n=len(pairs))  # fmt: skip
    points = np.array(sorted(pairs), np.float64)
    time, v = single
    sums = np.array([_added(time, v, distance) for distance in points[:, 0]])
    one, error = height(time, v)
    quantities = (
        Quantity("height", one, "V", error, _HEIGHT),
        tau_ref if tau_ref is not None else undetermined("tau_ref", "s", _TAU_REF, tr("it never fired by itself")),
    )
    grid = np.linspace(0.0, float(points[-1, 0]), 100)
    curve = np.column_stack([grid, [_added(time, v, d) for d in grid]])
    left = points[:, 1] - sums
    return Result("paired-pulses", *_PAIRS, points, curve, residuals=left, parameters=quantities)


def _events(stretch: Stretch) -> list[tuple[int, int]]:
    """First and last pulse of each group of at most two that lie within half a second."""
    groups: list[tuple[int, int]] = []
    for k, pulse in enumerate(stretch.pulses):
        if groups and groups[-1][0] == groups[-1][1] and pulse.time - stretch.pulses[groups[-1][0]].time < 0.5:
            groups[-1] = (groups[-1][0], k)
        else:
            groups.append((k, k))
    return groups


def _together(stretch: Stretch, first: int, last: int) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    start = stretch.pulses[first].time
    stop = stretch.pulses[last + 1].time if last + 1 < len(stretch.pulses) else stretch.stop
    _, before = stretch.window(start - BASE, start)
    t, v = stretch.window(start, stop)
    level = float(np.median(before)) if len(before) else 0.0
    return t - start, v - level, bool(((stretch.spikes > start) & (stretch.spikes < stop)).any())


def _added(time: NDArray[np.float64], v: NDArray[np.float64], distance: float) -> float:
    """Height of a potential added to itself, `distance` seconds later."""
    late = np.interp(time - distance, time, v, left=0.0, right=0.0)
    return height(time, v + late)[0]
