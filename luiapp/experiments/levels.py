"""Where an experiment puts a neuron: at rest below its threshold, or firing by itself; and what it does with pulses."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import RigError
from luiapp.experiments.result import Progress, Request
from luiapp.experiments.session import Session, settle_time
from luiapp.experiments.stretches import Stretch
from luiapp.model import lui
from luiapp.model.lui import SPIKE_WIDTH
from luiapp.stream.source import Pulse
from luiapp.texts import tr

Steps = Iterator[Progress | Request]
QUIET, READY, FIRING = 0.35, 0.41, 0.62  # of the leak trimmer: low, nearer to the threshold, above it
BASE = 40e-3  # s before a pulse, whose median is the level that its potential starts from


def leak(session: Session, share: float) -> tuple[str, float]:
    """The parameter and value that bring the membrane's rest to `share` of a board's supply, or as high for 'lif'."""
    if session.network.model == "lui":
        return "r_vleak", lui.knob("leak").ohms(100 * share)
    top, reset = session.value("v_threshold"), session.value("v_reset")
    return "v_leak", reset + (top - reset) * share / lui.THRESHOLD_RATIO


def rest(session: Session, share: float) -> Steps:
    """Turn the leak there and wait until the membrane has followed."""
    yield from session.turn(*leak(session, share))
    yield from session.run(settle_time(session.network, session.i_neuron, 7.0))


def pulse_and_wait(session: Session, *, width: float = SPIKE_WIDTH, weight: float = 1.0, n_tau: float = 7.0) -> Steps:
    """One pulse at the first dendrite from rest, and its potential to the end."""
    yield from session.run(2 * BASE)
    yield from session.pulse(width=width, weight=weight)
    yield from session.run(width + settle_time(session.network, session.i_neuron, n_tau))


def need_pulses(session: Session) -> None:
    """Raise a `RigError` where pulses can't go by wire."""
    if not session.can(Pulse) and not session.is_replay:
        raise RigError("this experiment needs pulses of known width by wire, and {name} can't give them; "
                       "use an adapter or a simulation", name=session.rig.name)  # fmt: skip


def replay(session: Session) -> Steps:
    """Read a whole recording."""
    yield session.report(0.0, tr("reading the recording"))
    yield from session.run(session.length)


def potential(stretch: Stretch, k: int) -> tuple[NDArray[np.float64], NDArray[np.float64], bool]:
    """Time since the onset [s], membrane above its level before [V], and whether a spike came: of the k-th pulse."""
    pulse = stretch.pulses[k]
    stop = stretch.pulses[k + 1].time if k + 1 < len(stretch.pulses) else stretch.stop
    _, before = stretch.window(pulse.time - BASE, pulse.time)
    t, v = stretch.window(pulse.time, stop)
    level = float(np.median(before)) if len(before) else float(v[0]) if len(v) else np.nan
    fired = bool(((stretch.spikes > pulse.time) & (stretch.spikes < stop)).any())
    return t - pulse.time, v - level, fired


def height(time: NDArray[np.float64], v: NDArray[np.float64]) -> tuple[float, float]:
    """Largest deflection [V] either way and its standard error, from a parabola around it."""
    if len(v) < 8:
        return np.nan, np.nan
    dt = float(np.median(np.diff(time)))
    half = max(2, round(6e-3 / dt))
    smooth = np.convolve(v, np.ones(3) / 3, "same")
    i = int(np.argmax(np.abs(smooth[1:-1]))) + 1
    part = slice(max(0, i - half), i + half + 1)
    x = (time[part] - time[i]) / (half * dt)
    if len(x) < 5:
        return float(v[i]), np.nan
    curve, covariance = np.polyfit(x, v[part], 2, cov=True)
    a, b, c = curve
    peak = -b / (2 * a) if a else 0.0
    if abs(peak) > 1:
        peak = 0.0
    return float(c + b * peak + a * peak * peak), float(np.sqrt(max(covariance[2, 2], 0.0)))


def height_since(session: Session, start: float) -> float:
    """Largest deflection [V] of the membrane since a pulse at `start` [s], from its level before."""
    time, v = session.tail(start - BASE)
    before = v[time < start]
    level = float(np.median(before)) if len(before) else float(v[0]) if len(v) else np.nan
    after = time >= start
    return height(time[after] - start, v[after] - level)[0]
