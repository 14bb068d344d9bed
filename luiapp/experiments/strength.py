"""Strength–duration: how wide a pulse must be to make the neuron fire, for several weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from luiapp.data.recording import Recording
from luiapp.errors import ParameterError, RigError
from luiapp.experiments.fitting import least_squares
from luiapp.experiments.levels import READY, Steps, need_pulses, pulse_and_wait, replay, rest
from luiapp.experiments.result import Axis, Progress, Quantity, Request, Result, undetermined
from luiapp.experiments.session import Session
from luiapp.experiments.stretches import model_of, stretches
from luiapp.model import lui
from luiapp.texts import mark, tr

WEIGHT_PERCENT = (0.0, 20.0, 40.0, 60.0, 75.0, 88.0)
SHORTEST, LONGEST = 0.5e-3, 0.5  # s
N_TRIES = 9
_AXES = Axis(mark("width of the pulse"), "s"), Axis(mark("current in a pulse"), "A")
_RHEOBASE = mark("rheobase: the least current in a pulse that makes it fire, however long")
_CHRONAXIE = mark("chronaxie: how long a pulse of twice that current must be")


def strength_duration(session: Session) -> Iterator[Progress | Request | Result]:
    """For each weight, halve the range of widths again and again."""
    if session.network.model != "lui":
        raise RigError("a textbook neuron takes pulses as having no width; strength–duration needs a board")
    need_pulses(session)
    yield from (replay(session) if session.is_replay else _measure(session))
    yield evaluate(session.recording(), session.i_neuron)


def _measure(session: Session) -> Steps:
    yield session.report(0.0, tr("bringing the membrane to rest"))
    yield from rest(session, READY)
    for k, percent in enumerate(WEIGHT_PERCENT):
        yield from session.turn("r_w1", lui.knob("w1").ohms(percent))
        low, high = SHORTEST, LONGEST
        for i in range(N_TRIES):
            done = (k + i / N_TRIES) / len(WEIGHT_PERCENT)
            yield session.report(done, tr("weight {k} of {n}", k=k + 1, n=len(WEIGHT_PERCENT)))
            width = math.sqrt(low * high)
            begun = session.now
            yield from pulse_and_wait(session, width=width)
            if session.n_spikes_since(begun):
                high = width
            else:
                low = width
        if low > SHORTEST and high < LONGEST:
            point = math.sqrt(low * high), lui.weight_current(session.value("r_w1"), vdd=session.value("v_cell"))
            yield session.report((k + 1) / len(WEIGHT_PERCENT), session.text, point, _AXES)


def evaluate(recording: Recording, i_neuron: int = 0) -> Result:
    """The least width that made it fire, for each weight of the first dendrite.

    Fitted is Weiss's law: current = rheobase·(1 + chronaxie/width). Raises `ParameterError` with fewer than three
    weights at which some widths made it fire and some didn't.
    """
    if model_of(recording) != "lui":
        raise ParameterError("strength–duration needs a recording of a board")
    rows: list[tuple[float, float, float]] = []
    last: dict[str, float] = {}
    for stretch in stretches(recording, i_neuron):
        yes: list[float] = []
        no: list[float] = []
        for k, pulse in enumerate(stretch.pulses):
            stop = stretch.pulses[k + 1].time if k + 1 < len(stretch.pulses) else stretch.stop
            fired = ((stretch.spikes > pulse.time) & (stretch.spikes < stop)).any()
            (yes if fired else no).append(pulse.width)
        below = [w for w in no if yes and w < min(yes)]
        if below and stretch.parameters:
            current = lui.weight_current(stretch.parameters["r_w1"], vdd=stretch.parameters["v_cell"])
            low, high = max(below), min(yes)
            slope = current / math.sqrt(low * high)
            rows.append((math.sqrt(low * high), current, slope * (high - low) / math.sqrt(12)))
            last = dict(stretch.parameters)
    points = np.array(sorted(rows), np.float64).reshape(-1, 3)
    if len(points) < 3:
        raise ParameterError("strength–duration needs at least three weights at which some widths made it fire and "
                             "some didn't, not {n}; raise the leak a little", n=len(points))  # fmt: skip
    t, i = points[:, 0], points[:, 1]
    start = [float(i.min()) / 2, float(t.max()) / 2]
    fit = least_squares(lambda p: np.log(p[0] * (1 + p[1] / t) / i), start, low=[1e-9, 1e-6], scale=start)
    grid = np.geomspace(t.min(), t.max(), 80)
    curve = fit.values[0] * (1 + fit.values[1] / grid)
    quantities = (
        _quantity("rheobase", float(fit.values[0]), "A", float(fit.errors[0]), _RHEOBASE),
        _quantity("chronaxie", float(fit.values[1]), "s", float(fit.errors[1]), _CHRONAXIE),
    )
    left = i - fit.values[0] * (1 + fit.values[1] / t)
    theory = np.column_stack([grid, _theory(grid, last)])
    return Result("strength-duration", *_AXES, points, theory, np.column_stack([grid, curve]), left, quantities)


def _quantity(name: str, value: float, unit: str, error: float, about: str) -> Quantity:
    if not error < 0.5 * value:  # all pulses short against the time constants: only their charge counts
        return undetermined(name, unit, about, tr("these data don't determine it"))
    return Quantity(name, value, unit, error, about)


def _theory(grid: NDArray[np.float64], parameters: Mapping[str, float]) -> NDArray[np.float64]:
    """The current whose potential just reaches the threshold, off the rails (`lui.psp_height`, nominal parts)."""
    vdd = parameters["v_cell"]
    gap = lui.v_threshold(vdd) - lui.resting_potential(parameters["r_vleak"], parameters["r_leak"], vdd=vdd)
    r_w = 10e3
    one = lui.weight_current(r_w, vdd=vdd)
    heights = [lui.psp_height(float(t), r_w=r_w, r_tsyn=parameters["r_tsyn"], r_leak=parameters["r_leak"], vdd=vdd)
               for t in grid]  # fmt: skip
    return gap * one / np.array(heights)
