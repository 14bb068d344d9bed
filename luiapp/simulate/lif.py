"""Simulation of networks of the textbook neuron, `luiapp.model.neuron.LIF`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.errors import NetworkError, ParameterError
from luiapp.kernels import lif_arrays as lay
from luiapp.model.network import Network
from luiapp.model.neuron import LIF
from luiapp.simulate.drive import EventTimes, mean_current
from luiapp.simulate.engine import Options
from luiapp.simulate.lif_exact import ExactGrid
from luiapp.simulate.lif_grid import Grid

_ROWS = {"membrane": lay.V, "synapse": lay.I0, "synapse_1": lay.I1}


class LifSimulation:
    """A `luiapp.simulate.engine.Simulation` of a ``"lif"`` network.

    Delays, refractory times and the times of events are rounded to the grid, and a neuron spikes at the first grid
    point where it has reached its threshold: spike times are of first order in dt. With ``interpolate`` nothing is
    rounded: spike times are exact up to rounding errors at any dt. In both cases a delay is at least one step, and a
    stimulus current enters each step with its mean over that step; between grid points the solution is exact.
    """

    def __init__(self, network: Network, options: Options) -> None:
        if network.model != "lif":
            raise NetworkError("this simulation is for 'lif' networks, not for '{name}'", name=network.model)
        if network.n_neurons == 0:
            raise NetworkError("there is no neuron to simulate; add one")
        self._parameters = {p.name: network.parameter(p.name).copy() for p in LIF.parameters}
        _check_resets(network.names, self._parameters)
        self._names = tuple(network.names)
        self._options = options
        self._n_step = 0
        self._kicked: list[tuple[int, int]] = []
        probes = [(p.i_neuron, p.quantity) for p in network.probes if p.quantity in _ROWS]
        units = dict(LIF.probes)
        traces = tuple(Trace(network.names[i] if q == "membrane" else f"{network.names[i]} {q}", units[q], q, i)
                       for i, q in probes)  # fmt: skip
        self.layout = Layout(options.dt * options.record_every, traces, self._names, "sim")
        self._shift = [i if q == "membrane" else -1 for i, q in probes]
        probe = np.full((3, network.n_neurons), -1, np.int32)
        for column, (i, quantity) in enumerate(probes):
            probe[_ROWS[quantity], i] = column
        self._events = [(EventTimes(s.stimulus), s) for s in network.stimuli if s.stimulus.is_event]
        self._waiting = np.empty((0, 3))  # step, time, index into _events: drawn, but not due yet
        self._currents = [s for s in network.stimuli if not s.stimulus.is_event]
        self._driven = sorted({s.i_neuron for s in self._currents})
        drive_row = np.full(network.n_neurons, -1, np.int32)
        drive_row[self._driven] = np.arange(len(self._driven))
        engine = ExactGrid if options.interpolate else Grid
        self._grid = engine(self._parameters, network.connections, network.synapse_shape, options,
                            drive_row=drive_row, probe=probe)  # fmt: skip
        self._start()

    def _start(self) -> None:
        initial = {"membrane": self._parameters["v_leak"], **(self._options.initial or {})}
        n = len(self._names)
        for name, values in initial.items():
            if name not in _ROWS:
                raise ParameterError("'{name}' has no initial value; {names} have", name=name, names=", ".join(_ROWS))
            column = np.asarray(values, np.float64)
            if column.shape not in ((), (n,)) or not np.isfinite(column).all():
                raise ParameterError("the initial '{name}' must be a finite number, or one for each of the {n} neurons",
                                     name=name, n=n)  # fmt: skip
            self._grid.set_state(_ROWS[name], np.array(np.broadcast_to(column, (n,))))
        for row in self._due(0):
            link = self._events[int(row[2])][1]
            self._grid.add_now(link.i_neuron, link.synapse, link.weight)

    @property
    def i_sample(self) -> int:
        """Index of the next sample."""
        return self._n_step // self._options.record_every

    @property
    def t(self) -> float:
        """Time of the next sample [s]."""
        return self.i_sample * self.layout.dt

    def advance(self, n_samples: int) -> Chunk:
        """Go on by exactly `n_samples` samples."""
        if n_samples < 0:
            raise ParameterError("the number of samples must not be negative, but is {n}", n=n_samples)
        i_first, n0 = self.i_sample, self._n_step
        n_end = n0 + n_samples * self._options.record_every
        in_volts = self._grid.in_volts
        trace = np.empty(
            (n_samples, len(self.layout.traces)), self._options.samples if in_volts else self._options.dtype
        )
        due = self._due(n_end)
        links = [self._events[int(k)][1] for k in due[:, 2]]
        events = lay.Events(due[:, 0], np.array([s.i_neuron for s in links], np.int64),
                            np.array([s.synapse for s in links], np.int64),
                            np.array([s.weight for s in links], np.float64))  # fmt: skip
        spikes = self._grid.advance(n0, n_end, events, self._drive(n0, n_end), trace, i_first) if n_samples else None
        self._n_step = n_end
        kicked, self._kicked = (self._kicked, []) if n_samples else ([], self._kicked)
        steps = np.array([k[0] for k in kicked], np.float64)
        neurons = np.array([k[1] for k in kicked], np.int32)
        if spikes is not None:
            steps, neurons = np.concatenate([steps, spikes.step]), np.concatenate([neurons, spikes.neuron])
        return Chunk(
            self.layout,
            i_first,
            trace if in_volts else self._in_volts(trace),
            steps * self._options.dt,
            neurons.astype(np.int32),
        )

    def set_parameter(self, i_neuron: int, name: str, value: float) -> None:
        """Turn a knob now; what flows and what is charged stays. Raises `ParameterError` if out of range."""
        number = LIF.parameter(name).check(value)
        self._check_neuron(i_neuron)
        old = float(self._parameters[name][i_neuron])
        v_leak = float(self._parameters["v_leak"][i_neuron])
        self._parameters[name][i_neuron] = number
        try:
            _check_resets(
                (self._names[i_neuron],), {k: v[i_neuron : i_neuron + 1] for k, v in self._parameters.items()}
            )
        except ParameterError:
            self._parameters[name][i_neuron] = old
            raise
        self._grid.refresh(i_neuron, v_leak)

    def pulse(self, i_neuron: int, synapse: int, *, width: float, weight: float) -> None:
        """An event at synapse 0 or 1 now: it arrives with the next step. `width` doesn't matter here."""
        self._check_neuron(i_neuron)
        if not 0 <= synapse < LIF.n_synapses:
            raise ParameterError("a neuron has no synapse {value}; it has {n}", value=synapse, n=LIF.n_synapses)
        if not np.isfinite(weight):
            raise ParameterError("every weight must be a finite number")
        self._grid.add(i_neuron, synapse, weight, step=self._n_step + 1)

    def kick(self, i_neuron: int) -> None:
        """Make a neuron spike now (nothing happens while it is refractory)."""
        self._check_neuron(i_neuron)
        if self._grid.kick(i_neuron, step=self._n_step):
            self._kicked.append((self._n_step, i_neuron))

    def _check_neuron(self, i_neuron: int) -> None:
        if not 0 <= i_neuron < len(self._names):
            raise ParameterError("there is no neuron {value}; there are {n}", value=i_neuron, n=len(self._names))

    def _due(self, n_end: int) -> NDArray[np.float64]:
        """Events up to grid point `n_end`, as rows of (step, time, index), in an order that depends on nothing else."""
        dt = self._options.dt
        drawn = [self._waiting]
        for k, (times, _) in enumerate(self._events):
            new = times.until((n_end + 1) * dt)
            step = new / dt if self._options.interpolate else np.floor(new / dt + 0.5)
            drawn.append(np.column_stack([step, new, np.full(len(new), float(k))]))
        rows = np.concatenate(drawn)
        rows = rows[np.lexsort((rows[:, 1], rows[:, 2], rows[:, 0]))]
        n = int(np.searchsorted(rows[:, 0], n_end, "right"))
        self._waiting = rows[n:]
        return rows[:n]

    def _drive(self, n0: int, n_end: int) -> NDArray[np.float64]:
        """Mean stimulus current of each step times r_leak [V], shape (n_end - n0, n_driven)."""
        drive = np.zeros((n_end - n0, len(self._driven)))
        if self._currents:
            edges = np.arange(n0, n_end + 1, dtype=np.float64) * self._options.dt
            for link in self._currents:
                resistance = self._parameters["r_leak"][link.i_neuron]
                drive[:, self._driven.index(link.i_neuron)] += mean_current(link.stimulus, edges) * resistance
        return drive

    def _in_volts(self, trace: NDArray[Any]) -> NDArray[Any]:
        """The membrane counts from v_leak inside."""
        v_leak = self._parameters["v_leak"]
        shift = np.array([v_leak[i] if i >= 0 else 0.0 for i in self._shift])
        return (trace + shift).astype(self._options.samples)


def _check_resets(names: tuple[str, ...] | list[str], parameters: dict[str, NDArray[np.float64]]) -> None:
    bad = np.flatnonzero(parameters["v_reset"] >= parameters["v_threshold"])
    if len(bad):
        i = int(bad[0])
        raise ParameterError(
            "neuron '{name}' is reset to {reset} V, which must lie below its threshold of {threshold} V",
            name=names[i], reset=f"{parameters['v_reset'][i]:g}", threshold=f"{parameters['v_threshold'][i]:g}",
        )  # fmt: skip
