"""From what is written into the chip and what its circuits truly are to the arrays of the kernel."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.spec import ChipSpec
from luiapp.chip.wiring import Wiring
from luiapp.kernels import chip as kernel

Floats = NDArray[np.float64]
DT = 0.25e-6


class Truth(NamedTuple):
    """What circuits are after a write; (n_circuits,) or (2, n_circuits) by sign each. In LSB and s."""

    leak: Floats
    reset: Floats
    threshold: Floats
    tau_mem: Floats
    tau_syn: Floats
    gain: Floats  # LSB per weight, for equal time constants e times the peak
    saturation: Floats
    cadc_gain: Floats
    cadc_offset: Floats
    tau_ref: float


class Parts(NamedTuple):
    """What of a plan doesn't depend on the weights; circuits in blocks, as the kernel has them."""

    place: NDArray[np.int64]  # (n,) of each neuron among the circuits
    segment: NDArray[np.int64]
    circuit: NDArray[np.float32]
    constant: NDArray[np.float32]
    target: NDArray[np.int64]
    slot: NDArray[np.int64]  # (n_weights,) of each weight among the kernel's
    strength: NDArray[np.float32]  # (2, n_copies, n_weights) by sign: what a weight of one adds to the line
    n_copies: NDArray[np.int64]  # (n_weights,) among which a weight is shared
    n_slots: int
    cadc: NDArray[np.float32]


def prepared(wiring: Wiring, truth: Truth, synapse: Floats, dt: float, spec: ChipSpec) -> Parts:
    """Circuits of `wiring` for steps of `dt`, and how strong its synapses are."""
    own, there = wiring.circuit[:, 0], wiring.circuit >= 0
    share = there / there.sum(axis=1, keepdims=True)

    def mean(values: Floats) -> Floats:
        return (np.where(there, values[wiring.circuit], 0.0) * share).sum(axis=1)

    tau_mem, leak = mean(truth.tau_mem), mean(truth.leak)
    place, segment = _blocks(wiring.segment)
    n = int(segment[-1])
    circuit = np.zeros((kernel.N_ROWS, n))
    circuit[kernel.THRESHOLD] = np.inf
    circuit[:, place] = (
        leak,
        truth.reset[own] - leak,
        truth.threshold[own] - leak,
        np.full(wiring.n, truth.tau_ref / dt),
    )
    work = np.zeros((kernel.N_WORK, n))
    work[[kernel.EXC_DEPTH, kernel.INH_DEPTH]] = 1.0
    work[kernel.DECAY, place] = np.exp(-dt / tau_mem)
    lines = (
        (kernel.DECAY_EXC, kernel.EXC_0, kernel.EXC_1, kernel.EXC_LINEAR, kernel.EXC_DEPTH, spec.excitation),
        (kernel.DECAY_INH, kernel.INH_0, kernel.INH_1, kernel.INH_LINEAR, kernel.INH_DEPTH, spec.inhibition),
    )
    for sign, (decay, begin, end, linear, depth, bound) in enumerate(lines):
        tau_syn = mean(truth.tau_syn[sign])
        work[decay, place] = np.exp(-dt / tau_syn)
        work[begin, place], work[end, place] = (truth.gain[sign][own] * one for one in fitted(dt, tau_mem, tau_syn))
        work[linear, place], work[depth, place] = (truth.saturation[sign][own] * one for one in bound)
    cadc = np.zeros((2, n))
    cadc[:, place] = truth.cadc_gain[own], truth.cadc_offset[own]
    target, slot, n_slots = _targets(wiring, place, n)
    circuit[kernel.THRESHOLD, place[wiring.readout]] = np.inf
    sizes = wiring.target[:, 1] - wiring.target[:, 0]
    return Parts(
        place, segment, circuit.astype(np.float32),
        np.ascontiguousarray(work.reshape(kernel.N_WORK, -1, kernel.LANES).swapaxes(0, 1), np.float32),
        target, slot, _strengths(wiring, truth, synapse, spec),
        np.maximum(np.repeat(wiring.n_copies(), sizes), 1), n_slots,
        cadc.astype(np.float32),
    )  # fmt: skip


def spread(parts: Parts, sign: int, weight: NDArray[np.int64]) -> NDArray[np.float32]:
    """What the weights of one sign add to the lines, where the kernel looks for it.

    The copies of a source share its weight as evenly as whole numbers can.
    """
    size = np.maximum(weight, 0) if sign == 0 else np.maximum(-weight, 0)
    total = np.zeros(len(weight), np.float32)
    for k, strength in enumerate(parts.strength[sign]):
        total += strength * ((size + parts.n_copies - 1 - k) // parts.n_copies)
    flat = np.zeros(parts.n_slots, np.float32)
    flat[parts.slot] = total
    return flat


def _blocks(segment: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Each layer filled up to whole blocks: places of the neurons, and the layers' new bounds."""
    sizes = np.diff(segment)
    padded = -(-sizes // kernel.LANES) * kernel.LANES
    bounds = np.concatenate([[0], np.cumsum(padded)]).astype(np.int64)
    return np.arange(segment[-1]) + np.repeat(bounds[:-1] - segment[:-1], sizes), bounds


def _targets(wiring: Wiring, place: NDArray[np.int64], n: int) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Ranges of circuits that sources reach, with the gaps between layers, and the place of each weight."""
    target = np.zeros((wiring.n_inputs + n, 3), np.int64)
    where = np.concatenate([np.arange(wiring.n_inputs), wiring.n_inputs + place])
    reach = wiring.target[:, 1] > wiring.target[:, 0]
    target[where[reach], 0] = place[wiring.target[reach, 0]]
    target[where[reach], 1] = place[wiring.target[reach, 1] - 1] + 1
    sizes = target[:, 1] - target[:, 0]
    target[:, 2] = np.cumsum(sizes) - sizes
    source, neuron = wiring.ends()
    own = target[where[source]]
    return target, own[:, 2] + place[neuron] - own[:, 0], int(sizes.sum())


def fitted(dt: float, tau_mem: Floats, tau_syn: Floats) -> tuple[Floats, Floats]:
    """What a current at the begin and at the end of a step adds to a membrane: ``du/dt = -u/tau_mem + j/tau_syn``.

    Exact for a current that decays with `tau_syn`, and for a constant one.
    """
    a, b = np.exp(-dt / tau_syn), np.exp(-dt / tau_mem)
    equal = np.abs(tau_mem / tau_syn - 1) < 1e-6
    with np.errstate(divide="ignore", invalid="ignore"):
        decaying = np.where(equal, dt / tau_syn * a, tau_mem / (tau_mem - tau_syn) * (b - a))
    steady = tau_mem / tau_syn * (1 - b)
    end = (steady - decaying) / (1 - a)
    return steady - end, end


def _strengths(wiring: Wiring, truth: Truth, synapse: Floats, spec: ChipSpec) -> NDArray[np.float32]:
    source, neuron = wiring.ends()
    found = np.zeros((2, wiring.row.shape[1], len(source)), np.float32)
    for k in range(wiring.row.shape[1]):
        circuit = wiring.circuit[neuron, wiring.member[source, k]]
        half, column = circuit // spec.n_columns, circuit % spec.n_columns
        for sign in range(2):
            row = wiring.row[source, k, sign, half]
            relative = truth.gain[sign][circuit] / truth.gain[sign][wiring.circuit[neuron, 0]]
            found[sign, k] = np.where(row >= 0, synapse[half, row, column], 0.0) * relative
    return found


def clocks(dt: float, phase: float, spec: ChipSpec, *, noisy: bool) -> NDArray[np.float64]:
    """`kernel.Plan.number`."""
    number = np.zeros(kernel.N_NUMBERS)
    noise = 1.0 if noisy else 0.0
    number[kernel.TICKS_PER_STEP] = dt / spec.tick
    number[kernel.TICK_JITTER] = noise * round(spec.jitter / spec.tick)
    number[kernel.TICK_LATENCY] = round(spec.latency / spec.tick)
    number[kernel.THRESHOLD_NOISE] = noise * spec.threshold_noise
    number[kernel.CADC_FIRST], number[kernel.CADC_PERIOD] = phase / dt, spec.cadc_period / dt
    number[kernel.CADC_NOISE], number[kernel.CADC_MAX] = noise * spec.cadc_noise, spec.cadc_max
    number[kernel.QUEUE_FREE], number[kernel.QUEUE_SLOPE] = spec.queue_free, spec.queue_slope
    number[kernel.QUEUE_DECAY] = spec.tick / spec.queue_drain
    return number
