"""Which input moves which membrane: the potentials of everybody's pulses taken apart by least squares.

A membrane between its own spikes obeys, off the rails of its synaptic stage, a linear equation:
dV/dt = (V_leak − V)/tau_mem + floor·max(0, a − V) + Σ A_k·s_k(t), with s_k the pulses of input k through a low pass of
tau_syn. Integrated over short windows, that is a line through data for every tau_syn; the best of them counts.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.data.recording import Recording
from luiapp.experiments.fitting import correlation_factor
from luiapp.experiments.stretches import membrane_column, pulse_events
from luiapp.model import lui

Array = NDArray[np.float64]
GRID = 1e-3  # s, on which it is looked at
WINDOW = 8  # grid steps over which the equation is integrated
STRIDE = 3
BLIND = (2e-3, 26e-3)  # s before and after a board's own spike that say nothing of its inputs
SHORT = 1.5 * lui.SPIKE_WIDTH  # s; longer pulses drive the synaptic stage to its rails
TAUS = np.geomspace(1.5e-3, 0.22, 15)
CLEAR = 5.0  # standard errors that a wire stands out by
LEAST = 0.05  # of the strongest input of a board, below which nothing is called a wire
HAND = "hand"  # events: a hand turned the leak of `target`, for `value` seconds
_SAME = 0.4  # logarithm of the ratio of two membrane time constants that are taken for the same
WEAKEST = 0.6  # of the weakest dendrite: no wire can be weaker
TWICE = 4.0  # in squares of an error: what it takes to believe that an axon takes two dendrites
ALIKE = 0.15  # by which the weights of one dendrite differ when measured by a line and by an axon


@dataclass(frozen=True)
class Input:
    """What an input does to a membrane: its amplitude and standard error [V/s] while its current is full."""

    size: float
    error: float

    @property
    def clear(self) -> bool:
        """Whether it stands out of the noise."""
        return abs(self.size) > CLEAR * self.error


@dataclass(frozen=True)
class Board:
    """A board as its membrane tells it.

    Attributes
    ----------
    lines : tuple of Input
        Of the stimulus lines of its three dendrites.
    axons : tuple of Input
        Of the axons of all boards, its own included (which isn't looked for).
    n_fired : tuple of int
        Spikes of each axon in the data that are looked at.
    tau_syn, tau_mem, v_leak : float
        In s and V, rough; not-a-number where they can't be told.
    """

    lines: tuple[Input, ...]
    axons: tuple[Input, ...]
    n_fired: tuple[int, ...]
    tau_syn: float
    tau_mem: float
    v_leak: float


@dataclass(frozen=True)
class Wire:
    """A wire from the axon of board `pre` to dendrite `synapse` (0…2) of board `post`, and whether that is sure."""

    pre: int
    post: int
    synapse: int
    sure: bool


def look(
    recording: Recording, only: int | None = None, *, tau_syn: float = math.nan, tau_mem: float = math.nan
) -> list[Board]:
    """What is seen of every neuron of `recording` (or of one), from its samples, spikes and pulse events.

    With a synaptic time constant `tau_syn` [s] that is known already, only the rest is looked for; a known membrane
    time constant `tau_mem` [s] tells which of the two is which.
    """
    names, stride = recording.layout.neurons, max(1, round(GRID / recording.layout.dt))
    time = recording.time[::stride]
    n = len(names)
    axons = np.array([_gate(time, recording.spike_train(i), np.full(recording.spike_train(i).size, lui.SPIKE_WIDTH))
                      for i in range(n)])  # fmt: skip
    lines = np.zeros((n, 3, 2, len(time)))  # short pulses, long ones
    for j, name in enumerate(names):
        for synapse, long in itertools.product(range(3), range(2)):
            own = [p for p in pulse_events(recording, name) if p.synapse == synapse and (p.width > SHORT) == long]
            lines[j, synapse, long] = _gate(time, np.array([p.time for p in own]), np.array([p.width for p in own]))
    volts = np.array([np.asarray(recording.samples[::stride, membrane_column(recording, j)], np.float64)
                      for j in range(n)])  # fmt: skip
    spikes = [recording.spike_train(i) for i in range(n)]
    chosen = range(n) if only is None else (only,)
    hands = [[(e.time, e.time + float(e.value)) for e in recording.events if (e.kind, e.target) == (HAND, name)]
             for name in names]  # fmt: skip
    return [_board(time, volts[j], spikes, j, axons, lines[j], (tau_syn, tau_mem), hands[j]) for j in chosen]


def _gate(time: Array, begins: Array, widths: Array) -> Array:
    """(n,) which share of each grid step an input is high; pulses on top of each other count once."""
    dt = float(time[1] - time[0])
    edges = np.zeros(len(time) + 1)
    end = -np.inf
    for begin, width in sorted(zip(begins.tolist(), widths.tolist(), strict=True)):
        start, stop = max(begin, end), begin + width
        if stop <= start:
            continue
        end = stop
        a, b = (start - time[0]) / dt, (stop - time[0]) / dt
        i, k = math.floor(a), math.floor(b)
        if i < 0 or k >= len(time):
            continue
        if i == k:
            edges[i] += b - a
        else:
            edges[i] += i + 1 - a
            edges[i + 1 : k] += 1.0
            edges[k] += b - k
    return edges[:-1]


def _low_pass(gates: Array, tau: float) -> Array:
    """Rows through an exponential low pass of unit gain; each value is a mean over its grid step."""
    decay = math.exp(-GRID / tau)
    first = 1 - tau / GRID * (1 - decay)  # the mean of a rise that has just begun
    later = tau / GRID * (1 - decay) ** 2
    sums, last = np.empty_like(gates), np.zeros(gates.shape[:-1])
    n, block = gates.shape[-1], max(16, int(200 * tau / GRID))  # so that no power of `decay` underflows
    for i in range(0, n, block):
        part = gates[..., i : i + block]
        powers = decay ** np.arange(part.shape[-1])
        sums[..., i : i + block] = powers * (np.cumsum(part / powers, axis=-1) + decay * last[..., None])
        last = sums[..., min(i + block, n) - 1]
    out = first * gates
    out[..., 1:] += later * sums[..., :-1]
    return np.asarray(out, np.float64)


@dataclass(frozen=True, eq=False)
class _Equation:
    """Rises of a membrane over many windows, and what makes it rise."""

    time: Array
    starts: NDArray[np.int64]
    rise: Array
    base: tuple[Array, ...]
    gates: Array
    turned: tuple[Array, ...] = ()

    def columns(self, tau: float) -> Array:
        """What makes it rise, for a synaptic time constant."""
        before = np.exp(-(self.time - self.time[0]) / tau)  # what pulses before the recording have left behind
        rows = (*_low_pass(self.gates, tau), before)
        return np.column_stack([*self.base, *(_integral(one, self.starts) for one in (*rows, *self.turned))])

    def at(self, tau: float) -> tuple[float, float, float]:
        """What is left unexplained [V²], `tau`, and the membrane time constant that goes with it [s]."""
        x = self.columns(tau)
        square, mixed = x.T @ x, x.T @ self.rise
        scale = np.sqrt(np.maximum(np.diag(square), 1e-300))
        seen = scale > 1e-7 * math.sqrt(len(self.starts))
        matrix = (square / np.outer(scale, scale))[np.ix_(seen, seen)]
        solved = np.linalg.lstsq(matrix, (mixed / scale)[seen], rcond=1e-12)[0]
        power = float(self.rise @ self.rise - solved @ (mixed / scale)[seen])
        leak = -solved[1] / scale[1]
        return power, tau, 1 / leak if leak > 0 else math.inf

    def best(self, tau_mem: float = math.nan) -> float:
        """The synaptic time constant [s]. A potential looks the same with both time constants exchanged: then the
        synaptic one is taken for the shorter, unless the data say clearly that it isn't, or `tau_mem` is known."""
        found = [self.at(float(tau)) for tau in TAUS]
        least = min(one[0] for one in found)
        if math.isfinite(tau_mem):
            usual = [one for one in found if abs(math.log(min(one[2], 99.0) / tau_mem)) < _SAME]
        else:
            usual = [one for one in found if one[1] <= one[2] and one[0] <= 1.15 * least]
        _, tau, _ = min(usual or found)
        step = float(TAUS[1] / TAUS[0])
        for _ in range(3):
            step = math.sqrt(step)
            tau = min(self.at(one) for one in (tau / step, tau, tau * step))[1]
        return tau


def _board(
    time: Array,
    v: Array,
    spikes: Sequence[Array],
    j: int,
    axons: Array,
    lines: Array,
    known: tuple[float, float],
    hands: Sequence[tuple[float, float]],
) -> Board:
    usable = np.isfinite(v)
    for t in spikes[j].tolist():
        a, b = np.searchsorted(time, (t - BLIND[0], t + BLIND[1]))
        usable[a:b] = False
    for begin, end in hands:
        usable[(time >= begin) & (time <= end)] = False
    starts = np.arange(0, len(v) - WINDOW, STRIDE)
    bad = np.concatenate([[0], np.cumsum(~usable)])
    starts = starts[bad[starts + WINDOW + 1] == bad[starts]]
    nothing = Input(0.0, math.inf)
    n_fired = tuple(len(one) for one in spikes)
    if len(starts) < 200:
        return Board((nothing,) * 3, (nothing,) * len(spikes), n_fired, math.nan, math.nan, math.nan)
    rise = v[starts + WINDOW] - v[starts]
    height = np.where(usable, v, 0.0)
    floor = lui.FLOOR_RATIO * lui.VDD
    base = [np.ones(len(v)), height, np.maximum(floor - height, 0.0)]
    base = [_integral(one, starts) for one in base]
    gates = np.concatenate([lines.transpose(1, 0, 2).reshape(6, -1), axons])
    turned = tuple((time > end).astype(np.float64) for _, end in hands)  # the leak is another one from then on
    equation = _Equation(time, starts, rise, tuple(base), gates, turned)
    tau = known[0] if math.isfinite(known[0]) else equation.best(known[1])
    values, errors = _solved(equation.columns(tau), rise)
    inputs = [Input(float(a), float(e)) for a, e in zip(values, errors, strict=True)]
    leak = -values[1]
    tau_mem = 1 / leak if leak > 0.2 else math.nan
    v_leak = float(values[0] * tau_mem)
    axon = [nothing if i == j else one for i, one in enumerate(inputs[9 : 9 + len(spikes)])]
    return Board(tuple(inputs[3:6]), tuple(axon), n_fired, tau, float(tau_mem), v_leak)


def _solved(x: Array, y: Array) -> tuple[Array, Array]:
    """Least squares and standard errors; a column without data has value 0 and an endless error."""
    scale = np.sqrt((x**2).mean(axis=0))
    seen = scale > 1e-9
    values, errors = np.zeros(x.shape[1]), np.full(x.shape[1], np.inf)
    q = x[:, seen] / scale[seen]
    solved, *_ = np.linalg.lstsq(q, y, rcond=1e-10)
    left = y - q @ solved
    variance = float(left @ left) / max(1, len(y) - q.shape[1]) * correlation_factor(left)
    values[seen] = solved / scale[seen]
    errors[seen] = np.sqrt(np.maximum(np.diag(np.linalg.pinv(q.T @ q)) * variance, 0.0)) / scale[seen]
    return values, errors


def _integral(values: Array, starts: NDArray[np.int64]) -> Array:
    """Over each window [unit·s]."""
    total = np.concatenate([[0.0], np.cumsum(values)]) * GRID
    return np.asarray(total[starts + WINDOW] - total[starts], np.float64)


def wires_of(boards: Sequence[Board], post: int) -> list[Wire]:
    """The wires that end at board `post`: of all ways to plug axons into its dendrites, the one that fits best.

    A dendrite takes one axon; an axon may take several dendrites, whose weights add. A dendrite whose line moves
    nothing can have any weight.
    """
    board = boards[post]
    strongest = max((abs(one.size) for one in (*board.lines, *board.axons) if one.clear), default=0.0)
    least = LEAST * strongest
    if all(line.clear for line in board.lines):
        least = max(least, WEAKEST * min(abs(line.size) for line in board.lines))
    sources = [i for i, one in enumerate(board.axons) if one.clear and abs(one.size) > least]
    sources = sorted(sources, key=lambda i: -abs(board.axons[i].size))[:3]
    if not sources:
        return []
    ways = []
    for way in itertools.product([-1, *sources], repeat=3):
        if all(i in way for i in sources):
            ways.append((_misfit(board, way), way))
    ways.sort(key=lambda one: one[0])
    best = ways[0][1]
    close = [way for misfit, way in ways if misfit < ways[0][0] + 4.0]
    return [Wire(i, post, k, all(way[k] == i for way in close)) for k, i in enumerate(best) if i >= 0]


def _misfit(board: Board, way: Sequence[int]) -> float:
    """How badly the weights of the dendrites explain those of the axons plugged into them, in squares of an error."""
    total = 0.0
    for i in set(way) - {-1}:
        mine = [board.lines[k] for k in range(3) if way[k] == i]
        axon = board.axons[i]
        known = [one for one in mine if one.clear]
        if len(known) < len(mine):  # an unknown weight explains whatever is left, if that has a size
            total += 6.0 * (len(mine) - len(known)) + (6.0 if known else 0.0)
            continue
        wanted = sum(one.size for one in known)
        room = ALIKE * max(abs(axon.size), abs(wanted)) * (1.0 if len(known) == 1 else 1.33)
        off = (axon.size - wanted) ** 2 / (axon.error**2 + room**2)
        total += off + (TWICE * (len(mine) - 1) * (1.0 if off < 1.0 else 3.0) if len(mine) > 1 else 0.0)
    return total
