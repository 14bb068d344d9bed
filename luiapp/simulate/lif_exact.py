"""LIF networks with spikes between grid points: arrays for the kernels, and room for events under way."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import lif_arrays as lay
from luiapp.kernels import lif_exact
from luiapp.model.network import Connections
from luiapp.simulate.engine import Options
from luiapp.simulate.lif_grid import SHAPES, Spikes

_SPIKES_PER_CALL = 1 << 14


class ExactGrid:
    """What `luiapp.simulate.lif_grid.Grid` is, without rounding times to the grid; on one thread."""

    in_volts = False

    def __init__(
        self, parameters: dict[str, NDArray[np.float64]], connections: Connections, shape: str, options: Options,
        *, drive_row: NDArray[np.int32], probe: NDArray[np.int32],
    ) -> None:  # fmt: skip
        if options.dtype != "float64":
            raise ParameterError("spikes between grid points need 'float64'")
        self.parameters = parameters
        self._options = options
        self._shape = SHAPES[shape]
        n = self.n_neurons = len(parameters["tau_mem"])
        order = np.lexsort((connections.post, connections.synapse, connections.delay, connections.pre))
        first = np.searchsorted(connections.pre[order], np.arange(n + 1)).astype(np.int64)
        self._wires = lif_exact.Wires(
            first, connections.post[order].astype(np.int64), connections.synapse[order].astype(np.int64),
            connections.weight[order], np.maximum(connections.delay[order] / options.dt, 1.0),
        )  # fmt: skip
        self._n_events = 0  # from outside so far
        room = 4 * len(order) + int(np.diff(first).max(initial=0)) * (lif_exact.MAX_SPIKES + 1) + 64
        self._queue = _empty_queue(n, room)
        state = np.zeros((5, n))
        self._cells = lif_exact.Cells(
            state, np.full(n, -1, np.int64), np.ones(n), np.empty(n), np.empty((2, n)), np.empty(n), np.empty(n),
            np.empty(n), drive_row, probe,
        )  # fmt: skip
        self._fill()

    def _fill(self) -> None:
        values, cells = self.parameters, self._cells
        cells.tau_mem[:] = values["tau_mem"]
        cells.tau[0], cells.tau[1] = values["tau_syn"], values["tau_syn_1"]
        cells.tau_ref[:] = values["tau_ref"] / self._options.dt
        cells.threshold[:] = values["v_threshold"] - values["v_leak"]
        cells.reset[:] = values["v_reset"] - values["v_leak"]

    def set_state(self, row: int, values: NDArray[np.float64]) -> None:
        """Membrane (row 0) or synaptic drive (rows 1, 2) of all neurons [V]; an alpha synapse's slope becomes 0."""
        self._cells.state[row] = values - self.parameters["v_leak"] if row == lay.V else values

    def refresh(self, i_neuron: int, old_v_leak: float) -> None:
        """Parameters of one neuron have changed: its membrane and its synaptic drives stay what they are in volts."""
        self._fill()
        self._cells.state[lay.V, i_neuron] += old_v_leak - self.parameters["v_leak"][i_neuron]

    def add(self, i_neuron: int, receptor: int, weight: float, *, step: int) -> None:
        """An event that arrives at grid point `step`."""
        self._put(i_neuron, receptor, weight, float(step))

    def _put(self, i_neuron: int, receptor: int, weight: float, moment: float) -> None:
        if self._queue.free[1] < 1:
            self._grow()
        step = max(int(np.ceil(moment)) - 1, 0)
        key = self.n_neurons + self._n_events
        self._n_events += 1
        lif_exact.put(self._queue, i_neuron, step, moment - step, key, receptor, weight)

    def add_now(self, i_neuron: int, receptor: int, weight: float) -> None:
        """An event that arrives at the present grid point (before the first step)."""
        row = {
            lay.EXPONENTIAL: lay.I0 + receptor,
            lay.ALPHA: lay.G0 + receptor,
            lay.DELTA: lay.V,
        }[self._shape]
        self._cells.state[row, i_neuron] += weight * (np.e if self._shape == lay.ALPHA else 1.0)

    def kick(self, i_neuron: int, *, step: int) -> bool:
        """A spike at the present grid point; returns False, and nothing happens, while it is refractory."""
        cells = self._cells
        if (cells.release_step[i_neuron], cells.release_offset[i_neuron]) > (step - 1, 1.0):
            return False
        cells.state[lay.V, i_neuron] = cells.reset[i_neuron]
        later = step + cells.tau_ref[i_neuron]
        release = max(int(np.ceil(later)) - 1, 0)
        cells.release_step[i_neuron], cells.release_offset[i_neuron] = release, later - release
        while self._queue.free[1] < self._wires.first[i_neuron + 1] - self._wires.first[i_neuron]:
            self._grow()
        lif_exact.send(self._queue, self._wires, i_neuron, step - 1, 1.0)
        return True

    def advance(
        self,
        n0: int,
        n_end: int,
        events: lay.Events,
        drive: NDArray[np.float64],
        trace: NDArray[Any],
        i_first: int,
    ) -> Spikes:
        """As `Grid.advance`; the steps of events and spikes have fractions here."""
        for moment, neuron, receptor, weight in zip(*events, strict=True):
            self._put(int(neuron), int(receptor), float(weight), float(moment))
        room = _SPIKES_PER_CALL
        found = lif_exact.Found(trace, np.empty(room, np.int64), np.empty(room), np.empty(room, np.int64))
        n, i, code = n0, 0, lif_exact.FULL
        times, neurons = [], []
        while code == lif_exact.FULL:
            code, n, i, n_out = lif_exact.march(
                self._cells, self._queue, self._wires, found, drive, n0, n, n_end, i, self._options.record_every,
                i_first, self._options.dt, self._shape,
            )  # fmt: skip
            times.append(found.step[:n_out] + found.offset[:n_out])
            neurons.append(found.neuron[:n_out].copy())
            if code == lif_exact.FULL and n_out == 0:
                self._grow()
        if code == lif_exact.RUNAWAY:
            raise ParameterError(
                "neuron {value} spikes more than {n} times within one step of {dt} s; give it a refractory time, or "
                "simulate with a shorter step", value=i, n=lif_exact.MAX_SPIKES, dt=f"{self._options.dt:g}",
            )  # fmt: skip
        moment, neuron_of = np.concatenate(times), np.concatenate(neurons)
        order = np.lexsort((neuron_of, moment))
        return Spikes(moment[order], neuron_of[order])

    def _grow(self) -> None:
        """Double the room for events under way."""
        old = self._queue
        size = len(old.after)
        new = _empty_queue(self.n_neurons, 2 * size)
        for before, after in zip(old, new, strict=True):
            if before is not old.free:
                after[: len(before)] = before
        new.free[:] = old.free[0], old.free[1] + size  # the last free place already points to the first new one
        self._queue = new


def _empty_queue(n_neurons: int, size: int) -> lif_exact.Queue:
    after = np.arange(1, size + 1, dtype=np.int64)
    return lif_exact.Queue(np.full(n_neurons, -1, np.int64), np.array([0, size], np.int64), after,
                           np.zeros(size, np.int64), np.zeros(size), np.zeros(size, np.int64),
                           np.zeros(size, np.int64), np.zeros(size))  # fmt: skip
