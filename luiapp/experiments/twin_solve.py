"""The search for a membrane's parameters: which of them are free, where to begin, and the search itself."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from luiapp.experiments.fitting import Fit, least_squares
from luiapp.experiments.twin_model import KAPPA, Inputs, Membrane, membrane
from luiapp.experiments.twin_spikes import rough_threshold
from luiapp.experiments.twin_trace import Trace, averaged
from luiapp.model.lui import FLOOR_RATIO, SPIKE_WIDTH, THRESHOLD_RATIO, VDD

Floats = NDArray[np.float64]
TAUS = (0.01, 0.025, 0.06, 0.12, 0.25, 0.6)  # s, where a search begins
TAUS_SYN = (0.006, 0.015, 0.04, 0.1, 0.2)
_MANY = 20  # spikes
_UNIT = 1.0  # V/s², an amplitude far from the rails
_COARSEST = 4e-3  # s between samples of the first searches
_FEW, _FEWER = 1500, 500  # samples of the first searches
_THRESHOLD_SPREAD = 0.012  # of V_threshold / VDD from board to board
PRIORS = {"kappa": 0.3, "vdd": 0.3}  # what is known of any board: the logarithm of its capacitance, its cell [V]
_USUAL = {"kappa": math.log(KAPPA), "vdd": VDD}
_LOST = 1e-18  # what is known beforehand weighs little beside a trace, and is not to be taken for nothing
STEADIEST = 1e-4  # V: no converter is better than that
_LOG = ("tau_mem", "tau_syn", "kappa")
_LIMITS = {
    "v_leak": (-10.0, 20.0),
    "tau_mem": (math.log(5e-4), math.log(30.0)),
    "tau_syn": (math.log(2e-4), math.log(10.0)),
    "tau_ref": (0.0, 0.5),
    "v_reset": (-5.0, 5.0),
    "v_start": (-20.0, 20.0),
    "s_start": (-500.0, 500.0),
    "kappa": (math.log(KAPPA / 6), math.log(KAPPA * 6)),
    "vdd": (1.2, 6.0),
}
_SCALES = {"v_leak": 0.2, "tau_ref": 2e-3, "v_reset": 0.02, "v_start": 0.1, "s_start": 1.0, "vdd": 0.2}


@dataclass(frozen=True)
class Problem:
    """What is fitted to what.

    Attributes
    ----------
    trace : Trace
    inputs : Inputs
        With the pulses assumed at present.
    free : tuple of str
        Parameters of `Membrane` by name; ``"amplitudes"`` and ``"onsets"`` stand for all of them.
    known : Membrane
        The values of all others.
    v_threshold : float
        With it, a board's supply is tied to it within its parts' spread; not-a-number without spikes.
    threshold_error, late : float
        Of `v_threshold` [V]; how far all spikes together may be off [s].
    noise : float
        What that tie is weighed against [V].
    """

    trace: Trace
    inputs: Inputs
    free: tuple[str, ...]
    known: Membrane
    v_threshold: float = math.nan
    threshold_error: float = 0.0
    late: float = 0.0
    noise: float = 1e-3

    def pack(self, p: Membrane) -> Floats:
        """The free parameters as numbers."""
        values: list[float] = []
        for name in self.free:
            if name == "amplitudes":
                values += p.amplitudes
            elif name == "onsets":
                values += self.inputs.onsets.tolist()
            else:
                value = getattr(p, name)
                values.append(math.log(value) if name in _LOG else value)
        return np.array(values)

    def unpack(self, x: Floats) -> tuple[Membrane, Inputs]:
        """Parameters and pulses from numbers."""
        i, changed, inputs = 0, dict[str, object](), self.inputs
        n_groups = len(self.known.amplitudes)
        for name in self.free:
            if name == "amplitudes":
                changed[name] = tuple(x[i : i + n_groups].tolist())
                i += n_groups
            elif name == "onsets":
                inputs = replace(inputs, onsets=x[i : i + len(inputs.onsets)])
                i += len(inputs.onsets)
            else:
                changed[name] = math.exp(x[i]) if name in _LOG else float(x[i])
                i += 1
        return replace(self.known, **changed), inputs  # type: ignore[arg-type]

    def place(self, name: str) -> int:
        """Where a free parameter stands among the numbers (the first of several)."""
        i = 0
        for one in self.free:
            if one == name:
                return i
            i += {"amplitudes": len(self.known.amplitudes), "onsets": len(self.inputs.onsets)}.get(one, 1)
        raise KeyError(name)

    def bounds(self) -> tuple[Floats, Floats, Floats]:
        """Lowest, highest value and scale of each number."""
        low: list[float] = []
        high: list[float] = []
        scale: list[float] = []
        for name in self.free:
            if name == "amplitudes":
                sizes = [max(abs(a), 10.0) for a in self.known.amplitudes]
                low += [-1e7] * len(sizes)
                high += [1e7] * len(sizes)
                scale += sizes
            elif name == "onsets":
                low += (self.inputs.onsets - 0.02).tolist()
                high += (self.inputs.onsets + 0.02).tolist()
                scale += [2e-3] * len(self.inputs.onsets)
            else:
                low.append(_LIMITS[name][0])
                high.append(_LIMITS[name][1])
                scale.append(_SCALES.get(name, 0.3))
        return np.array(low), np.array(high), np.array(scale)

    def _ties(self, p: Membrane) -> list[float]:
        """What is known of every board, as differences [V] beside those of the trace."""
        ties = []
        if "kappa" in self.free:
            ties.append((math.log(p.kappa) - _USUAL["kappa"]) / PRIORS["kappa"])
        if "vdd" in self.free and math.isfinite(self.v_threshold):
            ties.append((p.vdd * THRESHOLD_RATIO / self.v_threshold - 1) / _THRESHOLD_SPREAD)
        elif "vdd" in self.free:
            ties.append((p.vdd - _USUAL["vdd"]) / PRIORS["vdd"])
        return [self.noise * one for one in ties]

    def solve(self, *, most_steps: int = 40, soft: float = 0.0) -> Fit:
        """From `known` on; with `soft` [V], larger differences count in proportion, not by their square."""
        counts = self.trace.counts()

        def residuals(x: Floats) -> Floats:
            p, inputs = self.unpack(x)
            rest = (membrane(inputs, p) - self.trace.v)[counts]
            if soft:
                rest = np.sign(rest) * soft * np.sqrt(2 * (np.sqrt(1 + (rest / soft) ** 2) - 1))
            return np.append(rest, self._ties(p)) if self.known.board else rest

        low, high, scale = self.bounds()
        return least_squares(residuals, self.pack(self.known), low=low, high=high, scale=scale, most_steps=most_steps,
                             lost=_LOST)  # fmt: skip


def begin(trace: Trace, *, board: bool, noise: float) -> Problem:
    """The problem with everything free that the trace can tell about, at the best of several beginnings."""
    inputs = trace.inputs()
    first = _guess(trace, board)
    n_groups = int(inputs.groups.max()) + 1 if len(inputs.groups) else 0
    first = replace(first, amplitudes=(100.0,) * n_groups)
    if not len(trace.spikes) and not n_groups and float(trace.v.std()) <= max(1.3 * trace.noise(), 1e-6):  # at rest
        still = replace(first, tau_mem=1e-3)
        return Problem(trace, inputs, ("v_leak",), still, noise=max(noise, 1e-4))
    free = ["v_leak", "tau_mem", "v_start"]
    if n_groups:
        free += ["tau_syn", "s_start", "amplitudes"]
    if len(trace.spikes):
        free += ["v_reset", "tau_ref"]
    if board:
        free += ["kappa", "vdd"]
    top = rough_threshold(trace)
    problem = Problem(trace, inputs, tuple(free), first, top, noise=max(noise, 1e-4))
    found = search(problem)
    return _from_climbs(problem, found) if n_groups and len(trace.spikes) > _MANY else found


def _from_climbs(problem: Problem, found: Problem) -> Problem:
    """The better of `found` and what comes of beginning with the climbs alone: where a neuron fires fast, its pulses
    hardly show, and a search for everything at once loses its way."""
    alone = tuple(name for name in problem.free if name not in ("tau_syn", "s_start", "amplitudes"))
    still = replace(problem.known, amplitudes=(0.0,) * len(problem.known.amplitudes))
    bare = coarse(search(replace(problem, free=alone, known=still)))
    known, _ = bare.unpack(bare.solve(most_steps=15).values)
    trials = [found, *(replace(found, known=replace(known, tau_syn=tau)) for tau in TAUS_SYN)]
    solved = [(few, few.solve(most_steps=12)) for few in map(coarse, trials)]
    few, fit = min(solved, key=lambda one: float(one[1].residuals @ one[1].residuals))
    return replace(found, known=few.unpack(fit.values)[0])


def search(problem: Problem, *, n_best: int = 3) -> Problem:
    """The same problem, its `known` at the best of several beginnings, on few of its samples.

    For each pair of time constants the other levels and amplitudes follow from linear equations, as long as the
    membrane stays on its side of the floor and the synapse off its rails; the best pairs are then searched in full.
    """
    few = coarse(problem)
    pairs = [(m, s) for m in TAUS for s in (TAUS_SYN if "tau_syn" in problem.free else (problem.known.tau_syn,))]
    fewer = coarse(problem, _FEWER)
    tried = [linear(replace(fewer, known=replace(few.known, tau_mem=m, tau_syn=s))) for m, s in pairs]
    tried.sort(key=lambda one: one[0])
    best, found = tried[0]
    if "onsets" in problem.free:
        return replace(problem, known=found)
    best = math.inf
    for _, start in tried[:n_best]:
        trial = replace(few, known=start)
        fit = trial.solve(most_steps=10)
        cost = float(fit.residuals @ fit.residuals)
        if cost < best:
            best, (found, _) = cost, trial.unpack(fit.values)
    return replace(problem, known=found)


def linear(problem: Problem) -> tuple[float, Membrane]:
    """Sum of squares [V²] and parameters with the best leak, start and amplitudes for the time constants as known."""
    p, counts, v = problem.known, problem.trace.counts(), problem.trace.v
    zero = replace(p, v_leak=0.0, v_start=0.0, s_start=0.0, amplitudes=(0.0,) * len(p.amplitudes))
    base = membrane(problem.inputs, zero, fixed=True)
    trials = [replace(zero, v_leak=1.0), replace(zero, v_start=1.0)]
    sizes = np.eye(len(p.amplitudes)) * _UNIT
    trials += [replace(zero, amplitudes=tuple(row)) for row in sizes.tolist()]
    columns = np.array([membrane(problem.inputs, one, fixed=True) - base for one in trials]).T[counts]
    norm = np.maximum(np.sqrt((columns**2).sum(axis=0)), 1e-12)
    scaled = columns / norm
    curvature = scaled.T @ scaled + 1e-9 * np.eye(len(norm))
    found = np.linalg.solve(curvature, scaled.T @ (v - base)[counts]) / norm
    best = replace(p, v_leak=float(found[0]), v_start=float(found[1]), s_start=0.0,
                   amplitudes=tuple((found[2:] * _UNIT).tolist()))  # fmt: skip
    rest = (membrane(problem.inputs, best) - v)[counts]
    return float(rest @ rest), best


def coarse(problem: Problem, n: int = _FEW) -> Problem:
    """The problem on about `n` means of its samples."""
    span = float(problem.trace.time[-1] - problem.trace.time[0])
    n = max(n, math.ceil(span / _COARSEST))
    step = max(1, len(problem.trace.time) // n)
    if step == 1:
        return problem
    trace = averaged(problem.trace, step, beside=1)
    inputs = replace(problem.inputs, time=trace.time, v=trace.v)
    return replace(problem, trace=trace, inputs=inputs)


def has_floor(trace: Trace) -> bool:
    """Whether the membrane was below a board's floor for a while, other than held there by a spike."""
    top = rough_threshold(trace)
    vdd = top / THRESHOLD_RATIO if math.isfinite(top) else VDD
    below = (trace.v < 0.8 * FLOOR_RATIO * vdd) & trace.counts()
    for spike in trace.spikes:
        below &= (trace.time < spike) | (trace.time > spike + 1.1 * SPIKE_WIDTH)
    return int(np.count_nonzero(below)) >= 5


def _climb(since: Floats, height: Floats) -> float | None:
    """When a climb began that passes 5 and then 15 % of its height, as if it were straight [s]; None without one."""
    low = np.flatnonzero(height < 0.05)
    passed = [up[up > low[0]][:1] for up in (np.flatnonzero(height > 0.05), np.flatnonzero(height > 0.15)) if len(low)]
    if len(passed) < 2 or not (len(passed[0]) and len(passed[1])):
        return None
    first, second = (float(since[one[0]]) for one in passed)
    return first - 0.5 * (second - first)


def _guess(trace: Trace, board: bool) -> Membrane:
    v, t = trace.v, trace.time
    reset, tau_ref = 0.0, SPIKE_WIDTH
    if len(trace.spikes):
        held = np.concatenate([v[(t > s + 3e-3) & (t < s + 10e-3)] for s in trace.spikes] or [v[:0]])
        reset = float(np.median(held)) if len(held) else float(v.min())
        climbs = []
        for spike in trace.spikes:
            after = (t > spike + 1.1 * trace.dt) & (t < spike + 0.2)
            climb = _climb(t[after] - spike, (v[after] - reset) / (v.max() - reset))
            if climb is not None:
                climbs.append(climb)
        tau_ref = max(0.0, float(np.median(climbs))) if climbs else tau_ref
    top = float(np.max(v)) if len(trace.spikes) else float(np.median(v))
    return Membrane(v_leak=top * (1.1 if len(trace.spikes) else 1.0), tau_mem=0.1, v_reset=reset,
                    v_start=float(v[0]), tau_ref=tau_ref, board=board,
                    vdd=rough_threshold(trace) / THRESHOLD_RATIO if len(trace.spikes) and board else VDD)  # fmt: skip
