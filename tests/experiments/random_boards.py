"""Boards nobody has seen: trimmers and parts at random, a protocol of known pulses, and what a fit should find."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from luiapp.experiments.twin_fit import TwinFit, fit_trace
from luiapp.experiments.twin_model import Membrane
from luiapp.experiments.twin_report import psp_height
from luiapp.experiments.twin_trace import from_columns
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.model.parts import draw_parts
from luiapp.model.stimulus import spike_train
from luiapp.simulate import Options, run

DURATION = 12.0  # s
NOISE = 1e-3  # V, white, as of a converter


@dataclass(frozen=True)
class Board:
    """A board, its protocol, and its true parameters (SI) by the names of a fit."""

    network: Network
    pulses: tuple[tuple[float, ...], ...]
    truth: dict[str, float]


def random_board(seed: int) -> Board:
    """Single pulses on each dendrite, then a train on the first that most boards answer with spikes."""
    rng = np.random.default_rng(seed)
    parts = draw_parts(seed)
    r = {"r_vleak": rng.uniform(25e3, 49e3), "r_leak": rng.uniform(3e3, 20e3), "r_tsyn": rng.uniform(1e3, 10e3)}
    weights = rng.uniform(1e3, 21e3, 3)
    sign = float(rng.choice([-1, 1]))
    vdd = float(rng.uniform(2.7, 3.1))
    net = Network(model="lui")
    net.neuron(**r, r_w1=weights[0], r_w2=weights[1], r_w3=weights[2], sign_3=sign, v_cell=vdd, parts_seed=seed)
    net.probe(0)
    times: list[list[float]] = [[], [], []]
    t = 0.2
    while t < 8.5:
        times[int(rng.integers(3))].append(t)
        t += float(rng.uniform(0.25, 0.6))
    times[0] += (9.0 + 0.025 * np.arange(60)).tolist()
    for k in range(3):
        net.stimulus(spike_train(times[k]), to=0, synapse=k)
    v = vdd / (1 + 0.1 * lui.IDLE_CURRENT / lui.VDD)
    tau_mem, tau_syn = (r["r_leak"] * parts.track_leak * parts.c_mem, r["r_tsyn"] * parts.track_tsyn * parts.c_syn)
    gain = (parts.source + parts.sink_ratio * parts.sink_conductance) / parts.c_mem / parts.c_syn
    truth = {
        "v_leak": r["r_vleak"] / 1e5 * v + parts.offset_leak,
        "tau_mem": tau_mem,
        "tau_syn": tau_syn,
        "tau_ref": parts.hold + lui.R_RESET * parts.c_mem * math.log(parts.threshold / parts.fall),
        "v_threshold": parts.threshold * v + parts.offset_threshold,
        "c_mem": parts.c_mem,
        "vdd": v,
    }
    for k in range(3):
        plus = k < 2 or sign > 0
        drop = v * (1 - parts.middle if plus else parts.middle)
        size = gain * drop / (weights[k] * parts.track_weights[k] + lui.R_WEIGHT_SERIES) * (1 if plus else -1)
        truth[f"weight_{k + 1}"] = psp_height(Membrane(0.0, tau_mem, tau_syn=tau_syn), size)
    return Board(net, tuple(tuple(one) for one in times), truth)


def fitted(board: Board, seed: int) -> TwinFit:
    """The fit of a trace at 1 kHz with noise, its pulses told, its spikes not."""
    recording = run(board.network, DURATION, options=Options(record_every=10))
    v = recording.samples[:, 0] + np.random.default_rng(seed).normal(0, NOISE, len(recording.time))
    onsets = [t for times in board.pulses for t in times]
    which = [k for k, times in enumerate(board.pulses) for _ in times]
    return fit_trace(from_columns(recording.time, v, pulses=onsets, synapses=which))


def errors(board: Board, fit: TwinFit) -> dict[str, float]:
    """Relative errors of what is determined; of a leak potential in parts of the supply."""
    found = {}
    for name, truth in board.truth.items():
        one = fit.parameter(name)
        if one.state != "undetermined":
            found[name] = abs(one.value - truth) / size(board, name)
    return found


def size(board: Board, name: str) -> float:
    """What an error of a parameter is relative to."""
    return abs(board.truth["vdd" if name == "v_leak" else name])
