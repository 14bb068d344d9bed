"""Boards by forward Euler, straight from the circuit's equations: traces that owe nothing to the twin or to the fit.

The synaptic capacitor, its integrator between its rails, both current stages and the membrane, in steps of 5 µs; a
spike pulls the membrane down with 0.6 ms and lets it go after the hold. Every part and trimmer is drawn anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from luiapp.experiments.twin_fit import TwinFit, fit_trace
from luiapp.experiments.twin_trace import from_columns

STEP = 5e-6  # s
PULSE, FALL = 15.9e-3, 0.6e-3  # s
R_STAGE, R_SERIES, LADDER, BIAS = 2.2e3, 490.0, 22 / 69, 175e-9
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Setting:
    """Parts and trimmers of one board [SI]."""

    v_leak: float
    r_leak: float
    c_mem: float
    r_syn: float
    c_syn: float
    r_weights: tuple[float, ...]
    signs: tuple[int, ...]
    vdd: float
    top: float  # threshold, as a share of the supply
    hold: float
    ladder: float
    r_source: float  # of the stage that pushes, and of the one that pulls
    r_sink: float

    @property
    def tau_mem(self) -> float:
        return self.r_leak * self.c_mem

    @property
    def tau_syn(self) -> float:
        return self.r_syn * self.c_syn


def draw(seed: int, *, fires: bool | None = None) -> Setting:
    """A board with a membrane time constant of 5 to 200 ms that fires by itself, or doesn't; either, if None."""
    rng = np.random.default_rng(seed)
    vdd, top = rng.uniform(2.4, 3.1), 0.5167 * (1 + 0.005 * rng.standard_normal())
    by_itself = bool(rng.random() < 0.5) if fires is None else fires
    share = rng.uniform(top + 0.03, 0.85) if by_itself else rng.uniform(0.2, top - 0.05)
    c_mem = rng.uniform(13e-6, 25e-6)
    tau_mem = float(np.exp(rng.uniform(math.log(5e-3), math.log(0.2))))
    return Setting(share * vdd, tau_mem / c_mem, c_mem, float(rng.uniform(500, 15e3)), 10e-6 * rng.uniform(0.85, 1.15),
                   tuple(rng.uniform(2e3, 21e3, 3).tolist()), tuple(rng.choice([-1, 1, 1], 3).tolist()), vdd, top,
                   rng.uniform(14.5e-3, 17e-3), LADDER * (1 + 0.004 * rng.standard_normal()),
                   R_STAGE * (1 + 0.006 * rng.standard_normal()),
                   R_STAGE * (1 + 0.006 * rng.standard_normal()))  # fmt: skip


def stimulus(seed: int, duration: float) -> tuple[tuple[float, ...], ...]:
    """Pulses at random on three dendrites, about two a second on all together."""
    rng = np.random.default_rng(10_000 + seed)
    times: list[list[float]] = [[], [], []]
    t = 0.2
    while t < duration - 0.1:
        times[int(rng.integers(3))].append(t)
        t += float(rng.uniform(0.1, 0.9))
    return tuple(tuple(one) for one in times)


def simulate(
    board: Setting, duration: float, rate: float, *, pulses: tuple[tuple[float, ...], ...] = ()
) -> tuple[Floats, Floats, Floats]:
    """Sample times [s], membrane there [V], and spikes [s]."""
    n = round(duration / STEP)
    up, down = np.zeros(n), np.zeros(n)  # conductance to the supply and to ground, while pulses are high
    for times, r, sign in zip(pulses, board.r_weights, board.signs, strict=False):
        gate = np.zeros(n, bool)
        for t in times:
            gate[round(t / STEP) : round((t + PULSE) / STEP)] = True
        (up if sign > 0 else down)[gate] += 1 / (r + R_SERIES)
    v, spikes = np.empty(n), np.zeros(n, bool)
    parts = (board.v_leak, board.r_leak, board.c_mem, board.r_syn, board.c_syn, board.vdd, board.top, board.hold,
             board.ladder, board.r_source, board.r_sink)  # fmt: skip
    _steps(parts, up, down, v, spikes)
    time = np.arange(math.floor(duration * rate)) / rate
    return time, v[np.minimum(np.round(time / STEP).astype(np.int64), n - 1)], np.flatnonzero(spikes) * STEP


@njit(cache=True)  # type: ignore[untyped-decorator]
def _steps(parts: tuple[float, ...], up: Floats, down: Floats, course: Floats, spikes: Floats) -> None:
    v_leak, r_leak, c_mem, r_syn, c_syn, vdd, top, hold, ladder, r_source, r_sink = parts
    cap, v, release, falling = 0.0, min(v_leak, 0.9 * top * vdd), -1.0, False
    for i in range(len(course)):
        course[i] = v
        o = min(max(vdd / 2 - cap, 0.0), vdd)
        x = o + cap
        cap += STEP / c_syn * ((vdd - x) * up[i] - x * down[i] - cap / r_syn)
        t = i * STEP
        if falling or t < release:
            v -= v * STEP / FALL
            if falling and v < 0.264 * vdd:
                falling, release = False, t + hold
        else:
            sink = min(ladder * o, v) / r_sink
            v += STEP / c_mem * ((v_leak - v) / r_leak + (vdd - o) * ladder / r_source - sink + BIAS)
            if v >= top * vdd:
                falling, spikes[i] = True, True


def truth(board: Setting) -> dict[str, float]:
    """What a fit should find, by its names for it; a weight is the height of a small potential from rest."""
    found = {
        "v_leak": board.v_leak,
        "tau_mem": board.tau_mem,
        "tau_syn": board.tau_syn,
        "tau_ref": board.hold + FALL * math.log(board.top / 0.264),
        "v_threshold": board.top * board.vdd,
        "c_mem": board.c_mem,
        "vdd": board.vdd,
    }
    for k, (r, sign) in enumerate(zip(board.r_weights, board.signs, strict=True)):
        found[f"weight_{k + 1}"] = sign * _height(board, r)
    return found


def _height(board: Setting, r: float) -> float:
    """Peak of the closed form of two low passes in a row that a rectangle goes through."""
    drive = (
        board.ladder
        * (1 / board.r_source + 1 / board.r_sink)
        / board.c_mem
        * board.r_syn
        * board.vdd
        / 2
        / (r + R_SERIES)
    )  # V/s in the end
    m, s = board.tau_mem, board.tau_syn
    if abs(m / s - 1) < 1e-3:
        m *= 1.002
    t = np.linspace(0, PULSE + 6 * max(m, s), 20_000)

    def step(time: Floats) -> Floats:
        x = np.maximum(time, 0.0)
        return drive * m * (1 - (m * np.exp(-x / m) - s * np.exp(-x / s)) / (m - s))

    return float(np.max(step(t) - step(t - PULSE)))


def measured(seed: int, told: bool) -> tuple[Setting, TwinFit]:
    """A board of 2 to 8 s at 1 to 10 kHz with up to 3 mV of noise: with pulses that are told, or firing by itself."""
    rng = np.random.default_rng(77 + seed)
    rate, duration = float(rng.choice([1e3, 2e3, 5e3, 1e4])), float(rng.choice([2, 3, 5, 8]))
    noise = float(rng.choice([3e-4, 1e-3, 3e-3]))
    board = draw(seed, fires=None if told else True)
    pulses = stimulus(seed, duration) if told else ()
    time, v, _ = simulate(board, duration, rate, pulses=pulses)
    v = v + rng.normal(0, noise, len(v))
    if not told:
        return board, fit_trace(from_columns(time, v))
    onsets = [t for times in pulses for t in times]
    which = [k for k, times in enumerate(pulses) for _ in times]
    return board, fit_trace(from_columns(time, v, pulses=onsets, synapses=which))


def compared(board: Setting, fit: TwinFit) -> dict[str, tuple[float, float]]:
    """Relative error, and error in standard errors, of everything that was determined."""
    found = {}
    for name, true in truth(board).items():
        one = next((q for q in fit.parameters if q.name == name), None)
        if one is not None and one.state == "determined":
            found[name] = (abs(one.value / true - 1), (one.value - true) / one.error)
    return found
