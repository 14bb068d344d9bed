"""A chip that runs on and on, a microsecond at a time, so that what it says can be answered meanwhile.

A real chip doesn't wait: at 1000 times the speed of biology nothing outside is fast enough to answer. The emulated one
takes its next microsecond when it is asked to.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.plan import DT
from luiapp.chip.spec import SPEC
from luiapp.kernels import chip as kernel

Ints = NDArray[np.int64]
STEPS = 4  # of a piece; whole rounds of the ring of events on their way
PIECE = STEPS * DT  # s


class Piece(NamedTuple):
    """What a microsecond gave.

    Attributes
    ----------
    time : (n_spikes,) float64
        [s] since the begin of the piece.
    neuron : (n_spikes,) int64
    cadc : (n_recorded,) uint8 or None
        What the parallel converter read [LSB], if it did: its period is longer than a piece.
    """

    time: NDArray[np.float64]
    neuron: Ints
    cadc: NDArray[np.uint8] | None


class Flow:
    """Made by `Chip.flow`; it keeps membranes, lines and queues from piece to piece."""

    def __init__(self, plan: kernel.Plan, n_inputs: int, neuron: Ints, seed: Any, start: NDArray[np.float32],
                 room: kernel.Room, count: Callable[[kernel.Output, int], None]) -> None:  # fmt: skip
        assert STEPS % room.ring.shape[0] == 0
        self._plan, self._n_inputs, self._neuron, self._seed = plan, n_inputs, neuron, seed
        self._start, self._room, self._count = start, room, count
        self._n = 0  # pieces so far
        self._read = 0  # readings of the converter so far
        size = plan.circuit.shape[1] * STEPS  # nobody fires twice in a step
        self._first, self._tick, self._circuit = (
            np.zeros(2, np.int64),
            np.empty(size, np.int64),
            np.empty(size, np.int32),
        )
        self._trace = np.zeros((1, STEPS + 1, 0), np.float32)

    def advance(self, time: NDArray[np.float64], source: Ints) -> Piece:
        """The next piece, with events at `time` [s since its begin], in order, of these inputs."""
        tick = np.minimum(np.rint(time / SPEC.tick), round(PIECE / SPEC.tick) - 1).astype(np.int64)
        given = kernel.Input(np.array([0, len(tick)]), tick, source.astype(np.int32))
        ahead = self._read * SPEC.cadc_period - self._n * PIECE
        reads = int(ahead < PIECE - 1e-12 and len(self._plan.recorded) > 0)
        self._plan.number[kernel.CADC_FIRST] = ahead / DT
        out = kernel.Output(
            self._first, self._tick, self._circuit, np.zeros((1, reads, len(self._plan.recorded)), np.uint8),
            self._trace, np.zeros((SPEC.n_quadrants, 2), np.int64),
        )  # fmt: skip
        n = int(kernel.run_samples(self._plan, self._n_inputs, STEPS, given, self._seed, self._n, self._start,
                                   self._room, out))  # fmt: skip
        self._room.going[0] = True
        self._n += 1
        self._read += reads
        self._count(out, int(self._n == 1))
        return Piece(self._tick[:n] * SPEC.tick, self._neuron[self._circuit[:n]], out.cadc[0, 0] if reads else None)
