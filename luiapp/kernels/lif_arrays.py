"""The arrays that the kernels of `luiapp.kernels.lif` work on, and what their rows are."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

EXPONENTIAL, ALPHA, DELTA = 0, 1, 2
LANES = 8  # neurons are padded to a multiple of this, so that masks can be scanned a word at a time
# Rows of `Part.state`: membrane, then the synapses, then the alpha synapses' inner variables.
V, I0, I1, G0, G1 = range(5)
# Rows of `Part.coef`. The membrane counts from v_leak, and an exponential synapse is scaled by what it adds to the
# membrane within a step, so that a step costs four multiplications at most.
DECAY_V, DECAY_0, DECAY_1, THRESHOLD, RESET, I_TO_V_0, I_TO_V_1, G_TO_I_0, G_TO_I_1, G_TO_V_0, G_TO_V_1 = range(11)
N_COEF = 11
N_PROBES = 3
SETTLE = 512  # steps; a fixed grid, so that it doesn't matter how time is cut
NOTHING = 1e-27  # V


class Part(NamedTuple):
    """A stretch of neurons and everything that belongs to it; n is its number of neurons, padded."""

    state: NDArray[Any]  # (2, 5, n) now and next, in turns
    coef: NDArray[Any]  # (N_COEF, n)
    left: NDArray[np.int32]  # (n,) refractory steps left
    hold: NDArray[np.int32]  # (n,) refractory steps after a spike
    watched: NDArray[np.uint8]  # (n,) has a probe or a stimulus current
    hot: NDArray[np.uint8]  # (n,) must be walked through the window
    hot_words: NDArray[np.uint64]  # (n / 8,) the same memory
    drive_row: NDArray[np.int32]  # (n,) column of the stimulus currents, -1: none
    probe: NDArray[np.int32]  # (3, n) column of the trace of membrane, synapse 0 and 1, -1: none
    ring: NDArray[Any]  # (n_slots, 2, n) what arrives at which grid point; n_slots is a power of two
    sent: NDArray[np.int64]  # (n_slots, capacity) what is in a slot: runs, and -1 - (receptor * n + neuron)
    n_sent: NDArray[np.int64]  # (n_slots,) how many; more than the capacity: could be anything


class Routes(NamedTuple):
    """Where spikes go: each source has runs of equal delay and receptor, each run has targets."""

    first: NDArray[np.int64]  # (n_sources + 1,) its runs
    delay: NDArray[np.int64]  # (n_runs,) steps, at least 1
    receptor: NDArray[np.int64]  # (n_runs,)
    start: NDArray[np.int64]  # (n_runs + 1,) its targets
    equal: NDArray[np.uint8]  # (n_runs,) all weights of the run are the same
    target: NDArray[Any]  # (n_targets,) uint16 or uint32
    weight: NDArray[Any]  # (n_targets,)
    rows: NDArray[Any]  # (n_runs, n) weights of all targets, or (0, 0): sparse


class Events(NamedTuple):
    """Events from outside, sorted by step."""

    step: NDArray[Any]  # (n_events,) grid point at which it arrives
    neuron: NDArray[np.int64]  # (n_events,)
    receptor: NDArray[np.int64]  # (n_events,)
    weight: NDArray[Any]  # (n_events,)


class Job(NamedTuple):
    """What is asked for."""

    n_neurons: int  # of the part, without padding
    drive: NDArray[Any]  # (n_steps, n_driven) what stimulus currents add to the membrane in each step [V]
    n_first: int  # step of the first row of `drive`
    every: int  # steps per sample
    i_first: int  # sample of the first row of the trace
    shape: int  # EXPONENTIAL, ALPHA or DELTA
    swept: bool  # sweep first, and walk the hot ones only
    stepped: bool  # all neurons step by step: for few neurons with exponential synapses
    probe_neuron: NDArray[np.int64]  # (n_probes,) for each column of the trace, its neuron, -1: of another part
    probe_row: NDArray[np.int64]  # (n_probes,) and the row of the state


class Plan(NamedTuple):
    """What `luiapp.kernels.lif_small` needs besides; its rows of eight neurons are described there."""

    work: NDArray[Any]  # (n / LANES, N_WORK)
    group: NDArray[np.int64]  # (n_probes,) row of `work` for each column of the samples
    place: NDArray[np.int64]  # (n_probes,) and place in it
    divisor: NDArray[Any]  # (n_probes,) makes volts of a synapse's drive; 1 for a membrane
    shift: NDArray[np.float64]  # (n_probes,) v_leak, from which a membrane counts; 0 for a synapse
    plain: bool  # the columns are the membranes of the first neurons, in order


class Output(NamedTuple):
    """What comes out."""

    trace: NDArray[Any]  # (n_samples, n_probes)
    step: NDArray[np.int64]  # (capacity,) spikes of this call, by step and neuron
    neuron: NDArray[np.int64]  # (capacity,)
    window_step: NDArray[np.int64]  # (width * n,) scratch
    window_neuron: NDArray[np.int64]  # (width * n,) scratch
