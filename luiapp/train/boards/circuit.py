"""Learned settings as a circuit of the bench, and how such circuits fare: on any set of parts, before and after tuning.

Nothing is simulated here: whoever calls brings `run`, which takes a network and a duration and gives the recording,
such as ``luiapp.run``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.data.recording import Recording
from luiapp.errors import NetworkError
from luiapp.model.lui import N_SYNAPSES, knob, leds_lit
from luiapp.model.network import Network
from luiapp.model.stimulus import Train, spike_train
from luiapp.train.boards.settings import N_STEPS, LayerSettings, weight_ohms
from luiapp.train.boards.tasks import BoardTask

Run = Callable[[Network, float], Recording]
PERIOD = 1.0  # s from one pattern to the next on the bench
_PITCH = (320.0, 300.0)  # between boards there
TEST_RATE, TEST_WIDTH, TEST_PULSES = 100.0, 5e-3, 30  # Hz, s: the pulse-count test
_TEST_START = 20e-3  # s
_FINE = 4  # tuning by hand, guided by the test: parts of a step


@dataclass(frozen=True)
class Wire:
    """One plugged-in dendrite: which layer and board, where it comes from, and how it is set.

    `step` counts as in `LayerSettings.weight`; `source` and `board` count within their layers.
    """

    layer: int
    board: int
    dendrite: int
    source: int
    step: int


@dataclass(frozen=True, eq=False)
class Verdict:
    """How many patterns sets of boards answer as they shall.

    Attributes
    ----------
    right : (n_sets, n_patterns) bool
        Whether all outputs were right.
    """

    right: NDArray[np.bool_]

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """(n_sets,) share of patterns."""
        return self.right.mean(axis=1)

    @property
    def perfect(self) -> float:
        """Share of sets that get every pattern right."""
        return float(self.right.all(axis=1).mean())


def wires(layers: Sequence[LayerSettings]) -> list[Wire]:
    """Every wire, board by board, dendrites in the order of their sources."""
    found = []
    for depth, one in enumerate(layers):
        if one.fan_in > N_SYNAPSES:
            raise NetworkError("a Lu.i has {n} dendrites; a board here would need {m}: prune to {n}",
                               n=N_SYNAPSES, m=one.fan_in)  # fmt: skip
        for board in range(one.weight.shape[1]):
            for dendrite, (source, step) in enumerate(one.dendrites(board)):
                found.append(Wire(depth, board, dendrite, source, step))
    return found


def board_names(task: BoardTask) -> list[list[str]]:
    """Names of the boards, layer by layer."""
    return [*([[f"H{i + 1}" for i in range(task.hidden)]] if task.hidden else []), list(task.outputs)]


def circuit(task: BoardTask, layers: Sequence[LayerSettings], *, lot: int = 1) -> Network:
    """The boards as the bench opens them; the patterns come one after another, a second apart, again and again.

    Parameters
    ----------
    lot : int
        Parts of the first board; the others have the lots after it. 0: all nominal.
    """
    net = Network("lui", name=task.key)
    begin = np.arange(len(task.times)) * PERIOD
    for depth, (names, one) in enumerate(zip(board_names(task), layers, strict=True)):
        for board, name in enumerate(names):
            y = (board - (len(names) - 1) / 2) * _PITCH[1]
            net.neuron(name, position=(depth * _PITCH[0], y), **_parameters(one, board))
    first = _firsts(layers)
    for wire in wires(layers):
        target = first[wire.layer] + wire.board
        if wire.layer:
            net.connect(first[wire.layer - 1] + wire.source, target, synapse=wire.dendrite)
        else:
            times = task.times[:, wire.source]
            on = np.isfinite(times)
            if on.any():
                pulses = Train(PERIOD * len(task.times), tuple(sorted((times[on] + begin[on]).tolist())))
                net.stimulus(pulses, to=target, synapse=wire.dendrite)
    for i in range(net.n_neurons):
        net.set_parameter(i, "parts_seed", lot + i if lot else 0)
    net.probe(range(net.n_neurons), "membrane")
    net.extra["trained"] = {
        "task": task.key, "inputs": list(task.inputs), "outputs": list(task.outputs), "period": PERIOD,
        "patterns": [[t if np.isfinite(t) else None for t in row] for row in task.times.tolist()],
        "targets": task.targets.astype(int).tolist(),
    }  # fmt: skip
    return net


def judge(
    task: BoardTask, layers: Sequence[LayerSettings], run: Run, *, lots: Sequence[Sequence[int]],
    ohms: Sequence[NDArray[np.float64]] | None = None,
) -> Verdict:  # fmt: skip
    """Let sets of boards answer the patterns.

    Parameters
    ----------
    lots : sequence of sequences of int
        For each set, the lot numbers of its boards.
    ohms : sequence of (n_wires,) arrays or None
        For each set, the weight trimmers [Ω] in the order of `wires`, if they were tuned.
    """
    side_by_side = _side_by_side(task, layers)
    n, n_patterns = side_by_side.n_neurons // len(task.times), len(task.times)
    n_out, first = len(task.outputs), _firsts(layers)
    right = np.empty((len(lots), n_patterns), bool)
    for k, lot in enumerate(lots):
        for i in range(side_by_side.n_neurons):
            side_by_side.set_parameter(i, "parts_seed", lot[i % n])
        if ohms is not None:
            for wire, value in zip(wires(layers), ohms[k], strict=True):
                for p in range(n_patterns):
                    side_by_side.set_parameter(p * n + first[wire.layer] + wire.board, f"r_w{wire.dendrite + 1}",
                                               float(value))  # fmt: skip
        recording = run(side_by_side, task.duration)
        fired = np.zeros(side_by_side.n_neurons, bool)
        fired[recording.spike_neurons] = True
        right[k] = (fired.reshape(n_patterns, n)[:, n - n_out :] == task.targets).all(axis=1)
    return Verdict(right)


def pulse_counts(
    layers: Sequence[LayerSettings], run: Run, *, lots: Sequence[int] | None = None
) -> list[tuple[int | None, int]]:
    """The pulse-count test of every wire: its dendrite alone, switch at +, gets a train of 100 Hz of short pulses.

    Returns
    -------
    list of (count, leds)
        With which pulse the board fires (None: not within 30), and the LEDs that its membrane lit at most.
    """
    every = wires(layers)
    steps = np.array([[weight_ohms(wire.step)] for wire in every])
    counts, leds = _counted(layers, every, steps, run, lots)
    return [(int(c) if c else None, int(n)) for c, n in zip(counts[:, 0], leds[:, 0], strict=True)]


def tuned(
    layers: Sequence[LayerSettings], run: Run, *, lots: Sequence[int], wanted: Sequence[int | None]
) -> NDArray[np.float64]:
    """Weight trimmers [Ω] after somebody turned each until its board fires with the pulse that the sheet says.

    Where a board doesn't fire within the test, or never with the right pulse, the trimmer stays at its step.

    Parameters
    ----------
    lots : (n_boards,) lot numbers of this set
    wanted : counts of nominal boards, from `pulse_counts`
    """
    every = wires(layers)
    turns = np.arange(N_STEPS * _FINE + 1) / (N_STEPS * _FINE)
    track = knob("w1").track
    tried = np.tile(track * (1 - turns), (len(every), 1))
    counts, _ = _counted(layers, every, tried, run, lots)
    found = np.array([weight_ohms(wire.step) for wire in every])
    for i, want in enumerate(wanted):
        if want is None:
            continue
        miss = np.where(counts[i] > 0, np.abs(counts[i] - want), 1000)
        good = np.flatnonzero(miss == miss.min())
        if miss.min() <= 1:
            found[i] = tried[i, good[len(good) // 2]]
    return found


def _counted(
    layers: Sequence[LayerSettings], every: Sequence[Wire], ohms: NDArray[np.float64], run: Run,
    lots: Sequence[int] | None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Counts (0: none) and LEDs for each wire and each of its `ohms`, (n_wires, n_ohms)."""
    net, first = Network("lui"), _firsts(layers)
    train = spike_train(_TEST_START + np.arange(TEST_PULSES) / TEST_RATE, width=TEST_WIDTH)
    n_tried = ohms.shape[1]
    for wire, row in zip(every, ohms, strict=True):
        plain = _parameters(layers[wire.layer], wire.board)
        plain["parts_seed"] = 0 if lots is None else lots[first[wire.layer] + wire.board]
        cells = net.neurons(n_tried, **{**plain, f"r_w{wire.dendrite + 1}": row, f"sign_{wire.dendrite + 1}": 1.0})
        for cell in cells:
            net.stimulus(train, to=cell, synapse=wire.dendrite)
    if n_tried == 1:
        net.probe(range(net.n_neurons), "membrane")
    recording = run(net, _TEST_START + (TEST_PULSES + 2) / TEST_RATE)
    count = np.zeros(net.n_neurons, np.int64)
    times, neurons = recording.spike_times[::-1], recording.spike_neurons[::-1]  # the first of each is written last
    count[neurons] = np.floor((times - _TEST_START) * TEST_RATE + 1e-9).astype(np.int64) + 1
    leds = np.zeros(net.n_neurons, np.int64)
    if n_tried == 1:
        leds = leds_lit(recording.samples.max(axis=0))
    shape = ohms.shape
    return np.clip(count, 0, TEST_PULSES + 1).reshape(shape), leds.reshape(shape)


def _side_by_side(task: BoardTask, layers: Sequence[LayerSettings]) -> Network:
    """Every pattern on boards of its own."""
    net, first, every = Network("lui"), _firsts(layers), wires(layers)
    for row in task.times:
        base = net.n_neurons
        for one in layers:
            for board in range(one.weight.shape[1]):
                net.neuron(None, position=None, **_parameters(one, board))
        for wire in every:
            target = base + first[wire.layer] + wire.board
            if wire.layer:
                net.connect(base + first[wire.layer - 1] + wire.source, target, synapse=wire.dendrite)
            elif np.isfinite(row[wire.source]):
                net.stimulus(spike_train([row[wire.source]]), to=target, synapse=wire.dendrite)
    return net


def _firsts(layers: Sequence[LayerSettings]) -> list[int]:
    """Index of each layer's first board."""
    return [0, *np.cumsum([one.weight.shape[1] for one in layers]).tolist()]


def _parameters(one: LayerSettings, board: int) -> dict[str, float]:
    percent = 100.0 / N_STEPS
    found = {
        "r_vleak": knob("leak").ohms(float(one.leak[board]) * percent),
        "r_leak": knob("tau_mem").ohms(float(one.tau_mem[board]) * percent),
        "r_tsyn": knob("tau_syn").ohms(float(one.tau_syn[board]) * percent),
    }
    for dendrite, (_, step) in enumerate(one.dendrites(board)):
        found[f"r_w{dendrite + 1}"] = weight_ohms(step)
        found[f"sign_{dendrite + 1}"] = 1.0 if step > 0 else -1.0
    return found
