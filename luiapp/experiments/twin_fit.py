"""The twin fit: which board (or textbook neuron) a membrane was measured on, and how well the data tell."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.experiments.fitting import Fit, correlation_factor
from luiapp.experiments.result import Quantity, told
from luiapp.experiments.trouble import hum
from luiapp.experiments.twin_model import KAPPA, Membrane, membrane
from luiapp.experiments.twin_pulses import clear_ones, find_pulses
from luiapp.experiments.twin_report import quantities
from luiapp.experiments.twin_solve import STEADIEST, Problem, begin, has_floor
from luiapp.experiments.twin_spikes import aligned
from luiapp.experiments.twin_trace import Trace
from luiapp.model import lui
from luiapp.texts import tr

Floats = NDArray[np.float64]
_GOOD = 1.5  # times the noise: no other model is asked
_WORSE = 1.2  # times what another model leaves: not looked at further
_HUM = 2e-3  # V
_ROUNDS = 3  # of moving spikes and fitting again
_BETTER = 0.85  # of the rms, for a textbook neuron to be preferred to a board


@dataclass(frozen=True, repr=False)
class TwinFit:
    """What was found.

    Attributes
    ----------
    model : str
        ``"lui"`` or ``"lif"``: with a board's floor or without.
    parameters : tuple of Quantity
    membrane : Membrane
        The values in the form of the equations.
    time, v, fitted : (n,) float64
        Samples that were compared [s, V], and the model there.
    compared : (n,) bool
        False where a spike falls, which isn't modelled.
    rms_residual, noise : float
        What the fit leaves, and the white part of the trace [V].
    spikes, onsets : (n,) float64
        Spikes and pulses [s].
    pulses_known : bool
        Whether the pulses were told, or found in the trace.
    notes : tuple of str
    """

    model: str
    parameters: tuple[Quantity, ...]
    membrane: Membrane
    time: Floats
    v: Floats
    fitted: Floats
    compared: NDArray[np.bool_]
    rms_residual: float
    noise: float
    spikes: Floats
    onsets: Floats
    pulses_known: bool
    notes: tuple[str, ...] = ()

    def parameter(self, name: str) -> Quantity:
        """The quantity called `name`. Raises `KeyError` where there is none."""
        for one in self.parameters:
            if one.name == name:
                return one
        raise KeyError(name)

    @property
    def residuals(self) -> Floats:
        """(n,) measured minus fitted [V]; not-a-number where nothing is compared."""
        return np.where(self.compared, self.v - self.fitted, np.nan)

    def trimmers(self) -> dict[str, float]:
        """A twin's parameters [Ω] with which a simulated board of nominal parts behaves like this one, as far as known.

        Nominal parts make up for a membrane's other capacitance by another leak resistance. Weights only where pulses
        were told, in the order of the dendrites.
        """
        if self.model != "lui":
            return {}
        p, found = self.membrane, dict[str, float]()

        def put(name: str, value: float) -> None:
            low, high = lui.LUI.parameter(name).low, lui.LUI.parameter(name).high
            found[name] = min(max(value, low), high)

        def known(name: str) -> bool:
            return self.parameter(name).state != "undetermined"

        if known("tau_mem"):
            put("r_leak", p.tau_mem / lui.C_MEM)
        if known("tau_syn"):
            put("r_tsyn", p.tau_syn / lui.C_SYN)
        if known("v_leak"):
            put("r_vleak", self.parameter("v_leak").value / p.vdd * lui.knob("leak").track)
        if known("vdd"):
            put("v_cell", p.vdd)
        for k, size in enumerate(p.amplitudes if self.pulses_known else ()):
            if known(f"weight_{k + 1}") and size:
                put(f"r_w{k + 1}", lui.K_LADDER * p.kappa * p.vdd / abs(size) / lui.C_SYN - lui.R_WEIGHT_SERIES)
                found[f"sign_{k + 1}"] = 1.0 if size > 0 else -1.0
        return found

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; what is not a number becomes null where it is written."""
        return {
            "model": self.model,
            "parameters": [one.to_dict() for one in self.parameters],
            "rms_residual": self.rms_residual,
            "noise": self.noise,
            "n_samples": int(np.count_nonzero(self.compared)),
            "duration": float(self.time[-1] - self.time[0]),
            "spike_times": self.spikes.tolist(),
            "pulse_times": self.onsets.tolist(),
            "pulses_known": self.pulses_known,
            "twin": self.trimmers(),
            "notes": list(self.notes),
        }

    def summary(self) -> list[str]:
        """Lines for people."""
        kind = tr("as a Lu.i board") if self.model == "lui" else tr("as a textbook neuron (no floor of a board in it)")
        lines = [tr("{duration} with {n} spikes and {k} pulses, fitted {kind}:", kind=kind, n=len(self.spikes),
                    k=len(self.onsets), duration=told(float(self.time[-1] - self.time[0]), "s"))]  # fmt: skip
        lines += [one.told() for one in self.parameters]
        lines.append(tr("What the fit leaves: {rms} rms", rms=told(self.rms_residual, "V", 2)))
        return [*lines, *self.notes]


def fit_trace(trace: Trace, *, tell: Callable[[float, str], None] | None = None) -> TwinFit:
    """Fit a membrane.

    Parameters
    ----------
    trace : Trace
        Of `luiapp.experiments.twin_trace`.
    tell : callable, optional
        Called with how far it is (0…1) and what it does.

    Raises
    ------
    ParameterError
        If there are fewer samples than parameters.

    Notes
    -----
    Spikes are those that were measured, so that a small error of a threshold doesn't add up. Standard errors take into
    account that successive residuals go together; the spread of parts that a trace can't see (1 % of R_s, 1.2 % of the
    threshold's divider, 0.7 % between the current stages) is part of those of C_mem, VDD and V_leak.
    """
    say = tell or (lambda _fraction, _text: None)
    kinds = [trace.model != "lif"]
    if not trace.model and len(trace.spikes) and has_floor(trace):
        kinds.append(False)
    best: tuple[Problem, Fit] | None = None
    bare = math.inf  # what is left of the trace without looking for pulses
    for i, board in enumerate(kinds):
        if best is not None and _plausible(best[0]) and best[1].rms < _GOOD * max(trace.noise(), 3e-4):
            break
        say(i / len(kinds), tr("fitting a board") if board else tr("fitting a textbook neuron"))
        problem = begin(trace, board=board, noise=trace.noise())
        found = _sharpened(problem, problem.solve())
        if best is not None and found[1].rms > _WORSE * bare:
            break
        bare = found[1].rms
        found = _with_pulses(*found)
        if not board and trace.onsets is None and len(found[0].inputs.onsets):
            again = _as_board(found[0])  # pulses are easier to find without a floor, and true of the board as well
            best = again if best is None or again[1].rms < best[1].rms else best
        if best is None or found[1].rms < (_BETTER if _plausible(best[0]) else 1.05) * best[1].rms:
            best = found
    assert best is not None
    say(1.0, tr("the fit is done"))
    return _finish(*best)


def _with_pulses(problem: Problem, fit: Fit) -> tuple[Problem, Fit]:
    """With the pulses that the trace shows, where nobody told of any and something is left."""
    trace = problem.trace
    if trace.onsets is not None or fit.rms < _GOOD * max(trace.noise(), 1e-4):
        return problem, fit
    found = find_pulses(problem)
    if not len(found.inputs.onsets):
        return problem, fit
    return _cleared(*_sharpened(found, found.solve()))


def _cleared(problem: Problem, fit: Fit) -> tuple[Problem, Fit]:
    """Without pulses that turn out to be none."""
    for _ in range(5):
        clearer = clear_ones(problem, fit) if problem.trace.onsets is None and problem.known.amplitudes else problem
        if clearer is problem:
            break
        problem, fit = _sharpened(clearer, clearer.solve())
    return problem, fit


def _plausible(problem: Problem) -> bool:
    """Whether a board could have this capacitance."""
    return "kappa" not in problem.free or KAPPA / 2.5 < problem.known.kappa < KAPPA * 3.5


def _at(problem: Problem, fit: Fit) -> Problem:
    """The problem at what was fitted."""
    p, inputs = problem.unpack(fit.values)
    return replace(problem, known=p, inputs=inputs)


def _as_board(problem: Problem) -> tuple[Problem, Fit]:
    """The same pulses at a board."""
    known = replace(problem.known, board=True, kappa=KAPPA, vdd=problem.v_threshold / lui.THRESHOLD_RATIO)
    free = tuple(dict.fromkeys([*problem.free, "kappa", "vdd"]))
    problem = replace(problem, known=known, free=free)
    return _sharpened(problem, problem.solve())


def _sharpened(problem: Problem, fit: Fit) -> tuple[Problem, Fit]:
    """Spikes to a part of a sample, and the supply's tie to the threshold weighed against what is left."""
    problem = _at(problem, fit)
    if len(problem.trace.spikes):
        for _ in range(1 if problem.trace.exact else _ROUNDS):
            problem = _aligned(problem)
            problem = _at(problem, problem.solve(most_steps=5))
        problem = _aligned(problem)
    rest = _rest(problem)
    together = math.sqrt(correlation_factor(rest))  # what goes together weighs less than the tie
    problem = replace(problem, noise=max(float(np.sqrt(np.mean(rest**2))), STEADIEST) * together)
    fit = problem.solve()
    return _at(problem, fit), fit


def _aligned(problem: Problem) -> Problem:
    """The problem with its spikes where the climbs after them begin."""
    turns = aligned(problem.trace, problem.inputs, problem.known)
    trace = replace(problem.trace, spikes=turns.spikes)
    return replace(problem, trace=trace, inputs=replace(problem.inputs, spikes=turns.spikes), v_threshold=turns.level,
                   threshold_error=turns.error, late=turns.late)  # fmt: skip


def _rest(problem: Problem) -> Floats:
    return (membrane(problem.inputs, problem.known) - problem.trace.v)[problem.trace.counts()]


def _swapped(problem: Problem, fit: Fit) -> tuple[Problem, Fit] | None:
    """The fit with the two time constants exchanged, if the data allow it as well; None if not."""
    if "tau_syn" not in problem.free:
        return None
    p = problem.known
    other = replace(problem, known=replace(p, tau_mem=p.tau_syn, tau_syn=p.tau_mem)).solve()
    q, inputs = problem.unpack(other.values)
    if abs(math.log(q.tau_mem / p.tau_mem)) < 0.05:
        return None
    cost, new = float(fit.residuals @ fit.residuals), float(other.residuals @ other.residuals)
    i = problem.place("tau_mem")
    unit = cost / max(1, len(fit.residuals) - len(fit.values))
    if new - cost > 9 * unit * correlation_factor(fit.residuals) or not math.isfinite(fit.errors[i]):
        return None
    return replace(problem, known=q, inputs=inputs), other


def _finish(problem: Problem, fit: Fit) -> TwinFit:
    trace, notes = problem.trace, list[str]()
    other = _swapped(problem, fit) if not len(trace.spikes) else None
    if other is not None and other[0].known.tau_mem > problem.known.tau_mem:
        problem, fit = _cleared(*other)
    p, inputs = problem.known, problem.inputs
    pulses_known = trace.onsets is not None
    if not pulses_known and len(inputs.onsets):
        notes.append(tr("The {n} pulses were found in the trace, each taken to last {width}. Which dendrite they came "
                        "in by, a trace doesn't tell.", n=len(inputs.onsets),
                        width=told(lui.SPIKE_WIDTH, "s")))  # fmt: skip
    fitted = membrane(inputs, p)
    compared = trace.counts()
    left = (trace.v - fitted)[compared]
    rms = float(np.sqrt(np.mean(left**2)))
    noise = trace.noise()
    if rms > max(4 * noise, 0.02 * float(np.ptp(trace.v))) and rms > 2e-3:
        notes.append(tr("The fit leaves much more than the trace's noise: something drives this neuron that the model "
                        "doesn't know, or its pulses were not told (--pulses)."))  # fmt: skip
    humming = hum(trace.time[compared], left)
    if humming > max(_HUM, 0.5 * rms):
        notes.append(tr("The mains hum in it with {volts}: join the grounds, and keep the wires short.",
                        volts=told(humming, "V", 2)))  # fmt: skip
    if trace.left_out:
        notes.append(tr("It is long: its last {seconds} are left out.", seconds=told(trace.left_out, "s", 2)))
    start = trace.origin
    return TwinFit(
        "lui" if p.board else "lif", quantities(problem, fit, ambiguous=other is not None), p,
        trace.time + start, trace.v, fitted, compared, rms, noise, trace.spikes + start,
        inputs.onsets + start, pulses_known, tuple(notes),
    )  # fmt: skip
