"""Pulses that nobody told of, found by the potentials that they leave in a membrane."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from luiapp.experiments.fitting import Fit
from luiapp.experiments.twin_model import Membrane, membrane
from luiapp.experiments.twin_solve import TAUS_SYN, Problem, coarse, linear, search
from luiapp.model.lui import N_SYNAPSES, SPIKE_WIDTH

Floats = NDArray[np.float64]
MOST = 40
_SMOOTH = (8e-3, 16e-3, 32e-3)  # s over which a slope is taken; the clearest counts
_APART = 20e-3  # s between two found in one round
_LEAST = 0.08  # of the largest, what is tried
_CLEAR = 6.0  # times the usual scatter of what is searched
_SOFT = 5e-3  # V, from which a difference counts less in the first search
_NEAR = 12e-3  # s between two pulses at least
_GAIN = 0.04  # of the sum of squares, below which a round was the last
_SAME = 0.15  # amplitudes nearer than this are those of one weight


def find_pulses(problem: Problem) -> Problem:
    """The problem with pulses where its trace shows some, each as wide as a board's own; unchanged without any.

    All places where the drive rises or falls suddenly are tried at once, with the synaptic time constant that leaves
    least; then what is still missing is added, and what the data don't need is taken away. Amplitudes that agree
    within their errors become one weight; there are at most three, else each pulse keeps its own.
    """
    work = coarse(problem, 1000)
    fit = work.solve(most_steps=30, soft=_SOFT)
    work = _settled(work, fit)
    kept, cost = work, _cost(work)
    noise = max(work.trace.noise(), 1e-4) ** 2 * len(work.trace.time)
    for _ in range(4):
        if cost < 1.2 * noise:
            break
        trial = _extended(kept)
        if trial is None:
            break
        trial = _settled(trial, trial.solve(most_steps=12))
        separate = _separate(trial)
        if separate is not trial:
            trial = _settled(separate, separate.solve(most_steps=12))
        new = _cost(trial)
        if new > cost * (1 - _GAIN):
            break
        kept, cost = trial, new
    if not len(kept.inputs.onsets):
        return problem
    return _onto(problem, _grouped(_needed(kept)))


def clear_ones(problem: Problem, fit: Fit) -> Problem:
    """Without the weights that `fit` leaves unclear, and their pulses."""
    at, n = problem.place("amplitudes"), len(problem.known.amplitudes)
    sizes, errors = np.abs(np.array(problem.known.amplitudes)), fit.errors[at : at + n]
    kept = [g for g in range(n) if np.isfinite(errors[g]) and sizes[g] > 3 * errors[g]]
    if len(kept) == n or not kept:
        return problem
    k = np.flatnonzero(np.isin(problem.inputs.groups, kept))
    groups = np.searchsorted(kept, problem.inputs.groups[k])
    inputs = replace(problem.inputs, onsets=problem.inputs.onsets[k], widths=problem.inputs.widths[k], groups=groups)
    amplitudes = tuple(problem.known.amplitudes[g] for g in kept)
    return replace(problem, inputs=inputs, known=replace(problem.known, amplitudes=amplitudes))


def _cost(problem: Problem) -> float:
    rest = (membrane(problem.inputs, problem.known) - problem.trace.v)[problem.trace.counts()]
    return float(rest @ rest)


def _extended(problem: Problem) -> Problem | None:
    """The problem with the pulses that it lacks, for the synaptic time constant that leaves least; None without any."""
    rest = problem.trace.v - membrane(problem.inputs, problem.known)
    first = not len(problem.inputs.onsets)
    best: tuple[float, Problem | None] = (np.inf, None)
    for tau_syn in TAUS_SYN if first else (problem.known.tau_syn,):
        found = _candidates(problem, rest, replace(problem.known, tau_syn=tau_syn))
        if not found:
            continue
        trial = _with(problem, found)
        trial = search(trial) if first else replace(trial, known=linear(trial)[1])
        cost = _cost(trial) * (1 + 0.01 * len(found))
        if cost < best[0]:
            best = (cost, trial)
    return best[1]


def _candidates(problem: Problem, rest: Floats, p: Membrane) -> list[tuple[float, float]]:
    """Onset [s] and amplitude [V/s²] of pulses in what the model leaves, the likeliest first."""
    rest = np.where(problem.trace.counts(), rest, 0.0)
    best: tuple[float, Floats, Floats] | None = None
    apart = _APART
    for smooth in _SMOOTH:
        onset, rise = _rises(problem, rest, p, smooth)
        if len(rise):
            clear = np.abs(rise) / (float(np.median(np.abs(rise))) / 0.6745 + 1e-12)
            if best is None or clear.max() > best[0]:
                best = float(clear.max()), onset, np.where(clear > _CLEAR, rise, 0.0)
                apart = max(_APART, SPIKE_WIDTH + 3 * smooth)  # beside a rise, what smooths it sees others
    if best is None:
        return []
    _, onset, rise = best
    taken, size, found = problem.inputs.onsets, np.abs(rise), list[tuple[float, float]]()
    strongest = float(size.max(initial=0.0))
    for k in np.argsort(-size).tolist():
        if size[k] <= _LEAST * strongest or len(found) + len(taken) >= MOST:
            break
        near = any(abs(t - onset[k]) < apart for t, _ in found)
        if not near and not (len(taken) and (np.abs(taken - onset[k]) < _NEAR).any()):
            found.append((float(onset[k]), float(rise[k]) / SPIKE_WIDTH))
    return found


def _rises(problem: Problem, rest: Floats, p: Membrane, smooth: float) -> tuple[Floats, Floats]:
    """Where the synaptic drive may have risen [s], and by how much [V/s], with slopes taken over `smooth` seconds."""
    time, dt = problem.trace.time, problem.trace.dt
    n, lag = max(1, round(smooth / dt)), max(1, round((SPIKE_WIDTH + smooth) / dt))
    if len(time) < 2 * n + lag + 1:
        return np.empty(0), np.empty(0)
    sums = np.concatenate([[0.0], np.cumsum(rest)])
    means = (sums[n:] - sums[:-n]) / n  # of samples k … k + n - 1
    drive = (means[n:] - means[:-n]) / (n * dt) + 0.5 * (means[n:] + means[:-n]) / p.tau_mem  # around sample k + n
    rise = drive[lag:] - drive[:-lag] * np.exp(-lag * dt / p.tau_syn)
    onset = time[np.minimum(np.arange(len(rise)) + n + max(1, n // 2), len(time) - 1)]
    for spike in problem.trace.spikes:
        rise = np.where((onset > spike - SPIKE_WIDTH - 2 * smooth) & (onset < spike + p.tau_ref + smooth), 0.0, rise)
    return onset, rise


def _with(problem: Problem, found: list[tuple[float, float]]) -> Problem:
    """The problem with more pulses, each with an amplitude of its own."""
    onsets = np.concatenate([problem.inputs.onsets, [t for t, _ in found]])
    sizes = np.concatenate([np.array(problem.known.amplitudes)[problem.inputs.groups]
                            if len(problem.inputs.onsets) else np.empty(0), [a for _, a in found]])  # fmt: skip
    order = np.argsort(onsets, kind="stable")
    n = len(onsets)
    inputs = replace(problem.inputs, onsets=onsets[order], widths=np.full(n, SPIKE_WIDTH), groups=np.arange(n))
    free = tuple(dict.fromkeys([*problem.free, "tau_syn", "amplitudes", "onsets"]))
    return replace(problem, inputs=inputs, free=free,
                   known=replace(problem.known, amplitudes=tuple(sizes[order].tolist())))  # fmt: skip


def _separate(problem: Problem) -> Problem:
    """Of pulses nearer than `_NEAR`, the larger stays."""
    onsets = problem.inputs.onsets
    sizes = np.abs(np.array(problem.known.amplitudes))[problem.inputs.groups]
    near = (np.abs(onsets[:, None] - onsets) < _NEAR) & (sizes[None, :] > sizes[:, None])
    return _only(problem, ~near.any(axis=1)) if near.any() else problem


def _needed(problem: Problem) -> Problem:
    """Only the pulses whose amplitude is clear of its error, taken away weakest first, a few at a time."""
    while len(problem.inputs.onsets):
        fit = problem.solve(most_steps=12)
        problem = _settled(problem, fit)
        at = problem.place("amplitudes")
        errors = fit.errors[at : at + len(problem.known.amplitudes)]
        ratio = np.abs(np.array(problem.known.amplitudes)) / np.where(np.isfinite(errors), errors, np.inf)
        ratio = ratio[problem.inputs.groups]
        if (ratio > 4).all():
            return problem
        weak = np.sort(ratio)[: max(1, np.count_nonzero(ratio <= 4) // 2)][-1]
        problem = _only(problem, ratio > weak)
    return problem


def _only(problem: Problem, keep: NDArray[np.bool_]) -> Problem:
    k = np.flatnonzero(keep)
    amplitudes = tuple(problem.known.amplitudes[g] for g in problem.inputs.groups[k].tolist())
    inputs = replace(problem.inputs, onsets=problem.inputs.onsets[k], widths=problem.inputs.widths[k],
                     groups=np.arange(len(k)))  # fmt: skip
    return replace(problem, inputs=inputs, known=replace(problem.known, amplitudes=amplitudes))


def _settled(problem: Problem, fit: Fit) -> Problem:
    """The problem at what was fitted, its pulses in order."""
    p, inputs = problem.unpack(fit.values)
    order = np.argsort(inputs.onsets, kind="stable")
    return replace(problem, known=p, inputs=replace(inputs, onsets=inputs.onsets[order], groups=inputs.groups[order]))


def _grouped(problem: Problem) -> Problem:
    """Amplitudes that agree become one."""
    fit = problem.solve(most_steps=15)
    problem = _settled(problem, fit)
    at = problem.place("amplitudes")
    sizes = np.array(problem.known.amplitudes)
    if not len(sizes):
        return problem
    errors = fit.errors[at : at + len(sizes)]
    order = np.argsort(sizes)
    groups = np.zeros(len(sizes), np.int64)
    members: list[list[int]] = [[int(order[0])]]
    for k in order[1:].tolist():
        mean = float(np.mean(sizes[members[-1]]))
        error = float(errors[k]) if np.isfinite(errors[k]) else 0.0
        if abs(sizes[k] - mean) < max(_SAME * abs(mean), 3 * error):
            members[-1].append(k)
        else:
            members.append([k])
    if len(members) > N_SYNAPSES:
        return problem
    for i, group in enumerate(members):
        groups[group] = i
    return replace(
        problem,
        inputs=replace(problem.inputs, groups=groups[problem.inputs.groups]),
        known=replace(problem.known, amplitudes=tuple(float(np.mean(sizes[group])) for group in members)),
    )


def _onto(problem: Problem, found: Problem) -> Problem:
    """The pulses of a coarse problem on the samples of the whole one."""
    pulses = found.inputs
    inputs = replace(problem.inputs, onsets=pulses.onsets, widths=pulses.widths, groups=pulses.groups)
    return replace(problem, inputs=inputs, free=found.free, known=found.known)
