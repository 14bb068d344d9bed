"""Boards that learn: fresh sets of parts in every step, settings rounded to what a hand can set, three wires a board.

The parameters are what is set: conductances of the weight trimmers with the switch as their sign, and turns (0…1) of
the other three. They are rounded in the forward pass and learned as if they weren't (straight through).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import train_batch
from luiapp.kernels import train_boards as kernel
from luiapp.model.lui import N_SYNAPSES, R_WEIGHT_SERIES, SPIKE_WIDTH, VDD, knob
from luiapp.model.parts import draw_parts
from luiapp.train.boards.settings import (
    LEAK,
    LEVELS,
    N_STEPS,
    TAU_MEM,
    TAU_SYN,
    LayerSettings,
    conductances,
    nearest_steps,
)
from luiapp.train.boards.tasks import BoardTask
from luiapp.train.learner import Outcome
from luiapp.train.optimise import Adam, AdamState

Floats = NDArray[np.float64]
DT = 1e-3  # s
PULSE = round(SPIKE_WIDTH / DT)  # steps
WIDTH = 0.15  # V, of the surrogate
N_SETS = 12  # of parts, in every step of learning
_POOL, _FIRST_LOT = 400, 1_000_000  # boards to learn with; none of them is tested with
_MILLI = 1e-3
_EQUAL = 1e-9  # V
_SCALE = 0.1  # V, how far from the threshold a membrane is safe
_WIDEST = float(LEVELS[-2])  # mS; the last step of a weight trimmer is a leap of three times
_TURNS = ("tau_syn", "tau_mem", "leak")
_RANGES = {"tau_syn": TAU_SYN, "tau_mem": TAU_MEM, "leak": LEAK}


class _Layer(NamedTuple):
    par: Floats  # (n_sets, n, N_PAR)
    weight: Floats  # (n_sets, n_in, n) signed conductances [S]
    share: Floats  # the same, real change per change of what is set


class _Pass(NamedTuple):
    """Inputs (n_sets, n_samples, n_in, n_steps) and what a layer did; see the kernel."""

    high: Floats
    c: Floats
    v: Floats
    free: Floats
    out: Floats


class _Parts(NamedTuple):
    columns: Floats  # (n_lots, N_PAR)
    track: Floats  # (n_lots,)


class BoardData(NamedTuple):
    """Patterns as levels on a grid (n_patterns, n_in, n_steps), which outputs shall fire, and a class for each."""

    high: Floats
    targets: NDArray[np.bool_]
    labels: NDArray[np.int64]


class BoardLearner:
    """Settings of boards in layers, and how they learn.

    Parameters
    ----------
    task : BoardTask
    seed : int
        Of the first settings and of the parts that are learned with.
    weight : (n_parameters,) or None
        Begin with these.
    rounded : bool
        Round to trimmer steps in the forward pass.
    """

    def __init__(self, task: BoardTask, *, seed: int = 0, weight: Floats | None = None, rounded: bool = True) -> None:
        self.task, self.rounded = task, rounded
        self._random = np.random.default_rng((seed, 7))
        self._shapes = list(zip(task.sizes[:-1], task.sizes[1:], strict=True))
        n = sum(n_in * n_out + 3 * n_out for n_in, n_out in self._shapes)
        self.weight: Floats = np.zeros(n)
        self.gradient: Floats = np.zeros(n)
        self.mask = [np.ones(shape, bool) for shape in self._shapes]
        if weight is None:
            self._draw(np.random.default_rng(seed))
        elif np.shape(weight) != (n,) or not np.isfinite(weight).all():
            raise ParameterError("the network takes {n} finite weights", n=n)
        else:
            self.weight[:] = weight
        self._pool = _drawn_parts(_FIRST_LOT, _POOL)
        self._test = self._indices(np.random.default_rng(99), 2 * N_SETS)

    def _draw(self, random: np.random.Generator) -> None:
        for part in self._views(self.weight):
            size = random.uniform(0.15, 0.45, part["weight"].shape)
            part["weight"][:] = np.where(random.random(size.shape) < 0.4, -size, size)
            part["tau_syn"][:] = random.uniform(0.1, 0.3, part["tau_syn"].shape)
            part["tau_mem"][:] = random.uniform(0.05, 0.15, part["tau_mem"].shape)
            part["leak"][:] = random.uniform(0.35, 0.45, part["leak"].shape)

    def _views(self, flat: Floats) -> list[dict[str, Floats]]:
        found, at = [], 0
        for n_in, n in self._shapes:
            part = {"weight": flat[at : at + n_in * n].reshape(n_in, n)}
            at += n_in * n
            for name in _TURNS:
                part[name] = flat[at : at + n]
                at += n
            found.append(part)
        return found

    def prune(self, fan_in: int = N_SYNAPSES) -> None:
        """From now on, leave each board only its strongest wires."""
        for part, mask in zip(self._views(self.weight), self.mask, strict=True):
            order = np.argsort(-np.abs(part["weight"]), axis=0, kind="stable")
            np.put_along_axis(mask, order[fan_in:], False, axis=0)
            part["weight"][~mask] = 0.0

    def settings(self) -> list[LayerSettings]:
        """The layers as they are to be set now."""
        found = []
        for part, mask in zip(self._views(self.weight), self.mask, strict=True):
            steps = [np.rint(part[name] * N_STEPS).astype(np.int64) for name in _TURNS]
            found.append(LayerSettings(np.where(mask, nearest_steps(part["weight"]), 0), *steps))
        return found

    def data(self, task: BoardTask | None = None) -> BoardData:
        """The task's patterns, as the methods below take them."""
        chosen = task or self.task
        edges = np.arange(round(chosen.duration / DT)) * DT
        start = np.where(np.isfinite(chosen.times), chosen.times, 1e9)[..., None]
        high = np.clip((np.minimum(edges + DT, start + SPIKE_WIDTH) - np.maximum(edges, start)) / DT, 0.0, 1.0)
        return BoardData(high, chosen.targets, _labels(chosen.targets))

    def learn(self, data: BoardData, order: NDArray[np.int64], adam: Adam, state: AdamState) -> Outcome:
        """One step, with the patterns `order` on fresh sets of parts."""
        chosen = BoardData(data.high[order], data.targets[order], data.labels[order])
        outcome = self._run(chosen, self._indices(self._random, N_SETS), gradient=True)
        rate, epsilon, shrink = adam.corrected(state)
        train_batch.adam(self.weight, self.gradient, self.gradient[None].copy(), state.first, state.second, 1,
                         rate, adam.decay_1, adam.decay_2, epsilon, shrink)  # fmt: skip
        for part, mask in zip(self._views(self.weight), self.mask, strict=True):
            np.clip(part["weight"], -_WIDEST, _WIDEST, out=part["weight"])
            part["weight"][~mask] = 0.0
            for name in _TURNS:
                low, high = _RANGES[name]
                np.clip(part[name], low / N_STEPS, high / N_STEPS, out=part[name])
        return outcome

    def loss_and_gradient(self, data: BoardData) -> tuple[float, Floats]:
        """Mean loss and its gradient on the sets that `evaluate` takes."""
        return self._run(data, self._test, gradient=True).loss, self.gradient.copy()

    def evaluate(self, data: BoardData) -> Outcome:
        """All patterns, on sets of parts that stay the same."""
        return self._run(data, self._test, gradient=False)

    def _indices(self, random: np.random.Generator, n_sets: int) -> list[NDArray[np.int64]]:
        """For each layer, parts of the pool for each board (n_sets, n), and for each of its wires (n_sets, n_in, n)."""
        found = []
        for n_in, n in self._shapes:
            found += [random.integers(0, _POOL, (n_sets, n)), random.integers(0, _POOL, (n_sets, n_in, n))]
        return found

    def _layer(self, part: dict[str, Floats], mask: NDArray[np.bool_], own: Any, wires: Any) -> _Layer:
        """Constants of a layer's boards, with the parts `own` and, at their weight trimmers, `wires`."""
        pool, turns = self._pool, self._turns(part)
        weight = part["weight"] * mask
        if self.rounded:
            weight = conductances(nearest_steps(weight))
        par = np.array(pool.columns[own])
        par[..., kernel.G_SYN] /= turns["tau_syn"]
        par[..., kernel.G_LEAK] /= turns["tau_mem"]
        par[..., kernel.V_LEAK] += turns["leak"] * VDD
        ohms = 1e3 / np.maximum(np.abs(weight), LEVELS[0] / 4) - R_WEIGHT_SERIES
        track = pool.track[wires]
        real = np.sign(weight) / (ohms * track + R_WEIGHT_SERIES)
        # What a track's tolerance leaves of a change: 1 / real = track / set + a constant.
        return _Layer(
            par, np.ascontiguousarray(real), track * (real / np.where(weight == 0, 1.0, weight * _MILLI)) ** 2
        )

    def _run(self, data: BoardData, sets: list[NDArray[np.int64]], *, gradient: bool) -> Outcome:
        n_sets = len(sets[0])
        layers = [self._layer(part, mask, own, wires) for part, mask, own, wires
                  in zip(self._views(self.weight), self.mask, sets[::2], sets[1::2], strict=True)]  # fmt: skip
        high = np.repeat(data.high[None], n_sets, axis=0)
        passes: list[_Pass] = []
        for i, layer in enumerate(layers):
            shape = (n_sets, len(data.labels), layer.weight.shape[2], high.shape[3] + 1)
            one = _Pass(high, *(np.empty(shape) for _ in range(4)))
            kernel.forward(layer.par, layer.weight, high, VDD, DT, PULSE, i < len(layers) - 1, *one[1:])
            passes.append(one)
            high = np.ascontiguousarray(one.out[..., 1:])
        last = passes[-1]
        # The last of equals: an output that only rests is judged where all that came before can still lift it.
        top = last.v.shape[3] - 1 - (last.v >= last.v.max(axis=3, keepdims=True) - _EQUAL)[..., ::-1].argmax(axis=3)
        peak = np.take_along_axis(last.v, top[..., None], 3)[..., 0]
        score = (peak - layers[-1].par[:, None, :, kernel.THRESHOLD]) / _SCALE
        sign = np.where(data.targets, 1.0, -1.0)
        share = data.targets.mean(axis=0).clip(0.05, 0.95)
        care = np.where(data.targets, 0.5 / share, 0.5 / (1 - share)) / score.size
        loss = float((care * np.logaddexp(0.0, -sign * score)).sum())
        if gradient:
            by_score = -care * sign / (1 + np.exp(np.clip(sign * score, -500, 500)))
            d_v = np.zeros_like(last.v)
            np.put_along_axis(d_v, top[..., None], (by_score / _SCALE)[..., None], 3)
            self._back(layers, passes, d_v)
        right = ((score >= 0) == data.targets).all(axis=2)
        spikes = sum(float(one.out.any(axis=3).sum()) for one in passes[:-1]) / (n_sets * len(data.labels))
        return Outcome(len(data.labels), loss, float(right.mean()), spikes, _labels(score.mean(axis=0) >= 0))

    def _back(self, layers: list[_Layer], passes: list[_Pass], d_v: Floats) -> None:
        d_out = np.zeros_like(d_v)
        out, parts = self._views(self.gradient), self._views(self.weight)
        for i in reversed(range(len(layers))):
            par, weight, share = layers[i]
            d_par, d_weight, d_high = np.zeros_like(par), np.zeros_like(weight), np.zeros_like(passes[i].high)
            kernel.backward(par, weight, passes[i].high, VDD, DT, PULSE, WIDTH, *passes[i][1:], d_out, d_v,
                            d_par, d_weight, d_high)  # fmt: skip
            turn = self._turns(parts[i])
            out[i]["weight"][:] = (d_weight * share).sum(axis=0) * self.mask[i] * _MILLI
            for name, row in (("tau_syn", kernel.G_SYN), ("tau_mem", kernel.G_LEAK)):
                out[i][name][:] = -(d_par[..., row] * par[..., row]).sum(axis=0) / turn[name]
            out[i]["leak"][:] = d_par[..., kernel.V_LEAK].sum(axis=0) * VDD
            d_out = np.concatenate([np.zeros_like(d_high[..., :1]), d_high], axis=3)
            d_v = np.zeros_like(d_out)

    def _turns(self, part: dict[str, Floats]) -> dict[str, Floats]:
        if not self.rounded:
            return part
        return {name: np.rint(part[name] * N_STEPS) / N_STEPS for name in _TURNS}


def _labels(fires: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Which outputs fire, as one whole number: bit k for output k."""
    return (fires * (1 << np.arange(fires.shape[1]))).sum(axis=1).astype(np.int64)


def _drawn_parts(first: int, n: int) -> _Parts:
    """Parts of `n` lots: the kernel's constants without what is set, and tolerances of weight trimmers."""
    lots = [draw_parts(first + i) for i in range(n)]
    columns = np.array([
        (1 / (knob("tau_syn").track * p.track_tsyn), 1 / (knob("tau_mem").track * p.track_leak), p.offset_leak,
         p.c_syn, p.c_mem, p.middle * VDD + p.offset_synapse, p.source, p.sink_ratio, p.sink_conductance, p.bias,
         p.threshold * VDD + p.offset_threshold)
        for p in lots
    ])  # fmt: skip
    return _Parts(columns, np.array([p.track_weights[0] for p in lots]))
