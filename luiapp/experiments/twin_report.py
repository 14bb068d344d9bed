"""What a twin fit says of each parameter: value, standard error, or why the data don't determine it."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from luiapp.experiments.fitting import Fit
from luiapp.experiments.result import Quantity, undetermined
from luiapp.experiments.twin_model import Inputs, Membrane, membrane
from luiapp.experiments.twin_solve import PRIORS, STEADIEST, Problem
from luiapp.experiments.twin_spikes import levels
from luiapp.experiments.twin_trace import IMPULSE
from luiapp.model.lui import I_BIAS, K_LADDER, R_SOURCE, SPIKE_WIDTH
from luiapp.texts import mark, tr

Floats = NDArray[np.float64]
_VAGUE = 0.5  # relative standard error from which a value says nothing
_VAGUE_VOLTS = 0.3
_LOOKED_AT = 60  # spikes, for the error of the threshold
_MISFIT = 1.5  # times the noise of the trace
_METER = 1e-3  # relative: no clock or converter is better
_WEIGHT_SPREAD = 5e-3  # relative, by stages that aren't quite equal
_NEWS = 0.5  # of what is known beforehand, above which a trace has told nothing
_R_SPREAD = 0.01  # of R_s
_LADDER_SPREAD = 0.004  # of the level of the floor, by resistors of 1 %
_BALANCE = 0.007  # of a stage's current, from resistors of 1 %
_ABOUT = {
    "v_leak": mark("leak potential"),
    "tau_mem": mark("membrane time constant"),
    "tau_syn": mark("synaptic time constant"),
    "tau_ref": mark("refractory time"),
    "v_threshold": mark("threshold"),
    "v_reset": mark("reset potential"),
    "c_mem": mark("membrane capacitance"),
    "vdd": mark("supply voltage"),
}
_WEIGHT = mark("height of the potential after one pulse, from rest")
_LIF_WEIGHT = mark("weight: step of the synaptic drive at a pulse")


def quantities(problem: Problem, fit: Fit, *, ambiguous: bool) -> tuple[Quantity, ...]:
    """All parameters of a fit, determined or not."""
    reader = _Reader(problem, fit)
    p, spikes = problem.known, problem.trace.spikes
    no_spike = tr("there is no spike in these data")
    no_pulse = tr("there is no pulse in these data")
    no_floor = tr("the membrane was never below the floor of the circuit") if p.board else tr(
        "these data show no floor as a board has")  # fmt: skip
    bias = (lambda m: I_BIAS * m.tau_mem * R_SOURCE * m.kappa) if p.board else (lambda m: 0.0)
    both = tr("tau_mem and tau_syn may be the other way round: potentials after pulses alone don't tell")
    also = both if ambiguous else ""
    found = [
        reader.take("v_leak", "V", lambda m: m.v_leak - bias(m), also_volts=unbalanced(p)),
        reader.take("tau_mem", "s", lambda m: m.tau_mem, also=also),
        reader.take("tau_syn", "s", lambda m: m.tau_syn, why=no_pulse, also=also),
    ]
    for k in range(len(p.amplitudes)):
        found.append(reader.weight(k))
    if not p.amplitudes:
        found.append(undetermined("weight_1", "V", _WEIGHT, no_pulse))
    found.append(reader.take("tau_ref", "s", lambda m: m.tau_ref, why=no_spike))
    top = problem.v_threshold
    error = reader.threshold_error() if len(spikes) and math.isfinite(top) else math.inf
    if error < _VAGUE_VOLTS:
        found.append(Quantity("v_threshold", top, "V", error, _ABOUT["v_threshold"]))
    else:
        why = tr("these data don't determine it") if len(spikes) else no_spike
        found.append(undetermined("v_threshold", "V", _ABOUT["v_threshold"], why))
    found.append(reader.take("v_reset", "V", lambda m: m.v_reset, why=no_spike))
    if ambiguous:  # they hang on which is which
        found += [undetermined(name, unit, _ABOUT[name], both) for name, unit in (("c_mem", "F"), ("vdd", "V"))]
        return tuple(found)
    found.append(reader.take("c_mem", "F", lambda m: 1 / (R_SOURCE * m.kappa), why=no_floor, needs="kappa",
                             spread=_R_SPREAD))  # fmt: skip
    found.append(reader.take("vdd", "V", lambda m: m.vdd, why=no_floor, spread=_LADDER_SPREAD))
    return tuple(found)


def unbalanced(p: Membrane) -> float:
    """How far [V] the two current stages of a board, not quite equal at rest, may hold it off its leak potential."""
    return _BALANCE * K_LADDER * p.vdd * p.kappa * p.tau_mem if p.board else 0.0


class _Reader:
    """Values and errors of functions of the parameters, by the covariance of the fit."""

    def __init__(self, problem: Problem, fit: Fit) -> None:
        self.problem, self.fit = problem, fit
        self.x = problem.pack(problem.known)
        self.lost = ~np.isfinite(fit.errors)
        misfit = fit.rms / max(problem.trace.noise(), STEADIEST)  # what is left isn't noise: who knows what it did
        steady = STEADIEST / max(fit.rms, 1e-12)
        self.covariance = fit.covariance * max(1.0, steady, misfit if misfit > _MISFIT else 0.0) ** 2

    def spread(self, function: Callable[[Membrane], float]) -> float:
        """Standard error of a function of the parameters; infinite if it hangs on one that isn't determined."""
        slopes = np.zeros(len(self.x))
        scale = self.problem.bounds()[2]
        for i in range(len(self.x)):
            ends = []
            for sign in (1, -1):
                x = self.x.copy()
                x[i] += sign * 1e-4 * scale[i]
                ends.append(function(self.problem.unpack(x)[0]))
            slopes[i] = (ends[0] - ends[1]) / (2e-4 * scale[i])
        if np.any(np.abs(slopes[self.lost]) > 0):
            return math.inf
        return math.sqrt(max(float(slopes @ self.covariance @ slopes), 0.0))

    def take(
        self,
        name: str,
        unit: str,
        function: Callable[[Membrane], float],
        *,
        why: str = "",
        needs: str = "",
        spread: float = 0.0,
        also_volts: float = 0.0,
        also: str = "",
    ) -> Quantity:
        """One quantity, or why it isn't determined."""
        about = _ABOUT[name]
        if (needs or name) not in self.problem.free:
            return undetermined(name, unit, about, why or tr("these data don't determine it"))
        value, trace = function(self.problem.known), self.problem.trace
        told = self.spread(function)
        prior = PRIORS.get(needs or name, math.inf) * (abs(value) if needs == "kappa" else 1.0)
        if told > _NEWS * prior:  # no better known than of any board
            return undetermined(name, unit, about, why or tr("these data don't determine it"))
        error = math.sqrt(told**2 + (spread * value) ** 2 + also_volts**2 + (_METER * value) ** 2)
        if name == "tau_ref" and not trace.exact:  # a shift of all spikes is one of this
            error = math.hypot(error, self.problem.late)
        vague = error > (_VAGUE_VOLTS if unit == "V" else max(_VAGUE * abs(value), 1e-3 if name == "tau_ref" else 0.0))
        if not math.isfinite(error) or vague:
            return undetermined(name, unit, about, tr("these data don't determine it"))
        return Quantity(name, value, unit, error, about, "ambiguous" if also else "determined", also)

    def weight(self, k: int) -> Quantity:
        """The weight of the `k`-th group of pulses."""
        lif = bool(len(self.problem.inputs.widths)) and float(self.problem.inputs.widths.max()) <= IMPULSE
        about, name = (_LIF_WEIGHT if lif else _WEIGHT), f"weight_{k + 1}"
        if not (self.problem.inputs.groups == k).any():
            return undetermined(name, "V", about, tr("no pulse came in by this dendrite"))

        def height(m: Membrane) -> float:
            return m.amplitudes[k] * IMPULSE * m.tau_mem if lif else psp_height(m, m.amplitudes[k])

        value = height(self.problem.known)
        error = math.hypot(self.spread(height), (_METER if lif else _WEIGHT_SPREAD) * value)
        if not math.isfinite(error) or error > _VAGUE * abs(value):
            return undetermined(name, "V", about, tr("these data don't determine it"))
        return Quantity(name, value, "V", error, about)

    def threshold_error(self) -> float:
        """Of the threshold [V]: what lies between two samples, and how well the membrane before it is known."""
        problem = self.problem
        spikes = problem.inputs.spikes
        some = spikes[:: max(1, len(spikes) // _LOOKED_AT)]

        def level(m: Membrane) -> float:
            return float(np.median(levels(problem.inputs, m, some)[0]))

        spread = self.spread(level)
        meter = _METER * problem.v_threshold
        return math.sqrt(problem.threshold_error**2 + meter**2 + (spread**2 if math.isfinite(spread) else 0.0))


def psp_height(p: Membrane, amplitude: float) -> float:
    """Peak [V] of the potential that one pulse of a board's width adds to a membrane at rest, off floor and rails."""
    stop = 6 * max(p.tau_mem, p.tau_syn) + SPIKE_WIDTH
    time = np.concatenate([np.linspace(0, 2 * SPIKE_WIDTH, 100, endpoint=False),
                           np.linspace(2 * SPIKE_WIDTH, max(stop, 3 * SPIKE_WIDTH), 400)])  # fmt: skip
    one = Inputs(time, np.zeros(len(time)), np.empty(0), np.zeros(1), np.array([SPIKE_WIDTH]), np.zeros(1, np.int64))
    plain = Membrane(0.0, p.tau_mem, tau_syn=p.tau_syn, amplitudes=(amplitude,), board=False)
    v = membrane(one, plain)
    i = int(np.argmax(np.abs(v)))
    if not 0 < i < len(v) - 1:
        return float(v[i])
    curve = np.polyfit(time[i - 1 : i + 2] - time[i], v[i - 1 : i + 2], 2)
    return float(curve[2] - curve[1] ** 2 / (4 * curve[0])) if curve[0] else float(v[i])
