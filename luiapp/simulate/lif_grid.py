"""LIF networks on a time grid: arrays for the kernels, and the loop over windows, on one thread or several."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.kernels import lif, lif_delivery, lif_small
from luiapp.kernels import lif_arrays as lay
from luiapp.kernels.lif_propagators import propagators
from luiapp.model.network import Connections
from luiapp.simulate.engine import Options
from luiapp.simulate.routes import Paths, paths, routes

SHAPES = {"exponential": lay.EXPONENTIAL, "alpha": lay.ALPHA, "delta": lay.DELTA}
_SPIKES_PER_CALL = 1 << 16
_NOTES_PER_SLOT = 1 << 13
_SMALL = 64  # neurons below which windows aren't worth their while
_LONGEST_WALK = 64  # steps of a window when all neurons are walked


@dataclass
class Spikes:
    """Spikes by time and then neuron: time in steps, and neurons, each of shape (n_spikes,)."""

    step: NDArray[Any]
    neuron: NDArray[np.int64]


@dataclass
class _Slice:
    """Neurons `first` … `end` - 1, which one thread works on."""

    first: int
    end: int
    part: lay.Part
    routes: lay.Routes
    out: lay.Output


class Grid:
    """State of a network between grid points, and how it goes on.

    Parameters
    ----------
    parameters : dict of (n_neurons,) float64
        By the names of the model's parameters; kept, and read again by `refresh`.
    drive_row : (n_neurons,) int32
        Column of the stimulus currents of each neuron, -1: none.
    probe : (3, n_neurons) int32
        Column of the trace of each neuron's membrane and synapses, -1: none.
    """

    def __init__(
        self, parameters: dict[str, NDArray[np.float64]], connections: Connections, shape: str, options: Options,
        *, drive_row: NDArray[np.int32], probe: NDArray[np.int32],
    ) -> None:  # fmt: skip
        self.parameters = parameters
        self.n_neurons = len(parameters["tau_mem"])
        self._shape = SHAPES[shape]
        self._options = options
        self._dtype = np.dtype(options.dtype)
        self._paths: Paths = paths(connections, options.dt)
        self._flip = 0
        self._drive_row, self._probe = drive_row, probe
        watched = (drive_row >= 0) | (probe >= 0).any(axis=0)
        small = self._shape == lay.EXPONENTIAL and self.n_neurons < _SMALL
        sweeps = self._shape == lay.EXPONENTIAL and self.n_neurons >= _SMALL and watched.mean() < 0.5
        self._swept = bool(sweeps)
        self._stepped = self._shape == lay.EXPONENTIAL and not sweeps
        shortest = self._paths.shortest or _LONGEST_WALK
        self._widest = (8 if shortest >= 8 else 1) if sweeps else min(shortest, _LONGEST_WALK)
        n_slots = 1 << math.ceil(math.log2(max(self._paths.longest, self._widest, lif_small.AHEAD)))
        self._coef, self._scale = self._coefficients()
        cuts = np.linspace(0, self.n_neurons, 1 + (1 if small else min(options.threads, self.n_neurons))).astype(int)
        self._slices = [self._slice(int(a), int(b), n_slots, watched)
                        for a, b in pairwise(cuts)]  # fmt: skip
        self._plan = self._planned(self._slices[0]) if small else None

    @property
    def in_volts(self) -> bool:
        """`advance` writes samples in volts and of the type that the options ask for."""
        return self._plan is not None

    def _coefficients(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """``(N_COEF, n)`` for the kernels, and the factor of a weight at each receptor ``(2, n)``."""
        values, dt = self.parameters, self._options.dt
        coef = np.zeros((lay.N_COEF, self.n_neurons))
        scale = np.ones((2, self.n_neurons))
        coef[lay.DECAY_V] = np.exp(-dt / values["tau_mem"])
        coef[lay.THRESHOLD] = values["v_threshold"] - values["v_leak"]
        coef[lay.RESET] = values["v_reset"] - values["v_leak"]
        for k, name in enumerate(("tau_syn", "tau_syn_1")):
            four = np.empty((4, self.n_neurons))
            propagators(dt, values["tau_mem"], values[name], four)
            (
                coef[lay.DECAY_0 + k],
                coef[lay.I_TO_V_0 + k],
                coef[lay.G_TO_V_0 + k],
                coef[lay.G_TO_I_0 + k],
            ) = four
            scale[k] = {lay.EXPONENTIAL: four[1], lay.ALPHA: np.full(self.n_neurons, math.e)}.get(
                self._shape, np.ones(self.n_neurons)
            )
        return coef, scale

    def _slice(self, first: int, end: int, n_slots: int, watched: NDArray[np.bool_]) -> _Slice:
        n = end - first
        size = max(lay.LANES * math.ceil(n / lay.LANES), lay.LANES)

        def padded(column: NDArray[Any], fill: float, dtype: Any) -> NDArray[Any]:
            full = np.full((*column.shape[:-1], size), fill, dtype)
            full[..., :n] = column[..., first:end]
            return full

        hot = padded(watched, 0, np.uint8)
        ways = self._routes(first, end, size)
        capacity = min(len(ways.delay) + size, _NOTES_PER_SLOT)
        part = lay.Part(
            state=np.zeros((2, 5, size), self._dtype),
            coef=np.zeros((lay.N_COEF, size), self._dtype),
            left=np.zeros(size, np.int32),
            hold=np.zeros(size, np.int32),
            watched=hot.copy(),
            hot=hot,
            hot_words=hot.view(np.uint64),
            drive_row=padded(self._drive_row, -1, np.int32),
            probe=padded(self._probe, -1, np.int32),
            ring=np.zeros((n_slots, 2, size), self._dtype),
            sent=np.zeros((n_slots, capacity), np.int64),
            n_sent=np.zeros(n_slots, np.int64),
        )
        capacity = size * self._widest
        out = lay.Output(np.empty((0, 0), self._dtype), np.empty(capacity + _SPIKES_PER_CALL, np.int64),
                         np.empty(capacity + _SPIKES_PER_CALL, np.int64), np.empty(capacity, np.int64),
                         np.empty(capacity, np.int64))  # fmt: skip
        made = _Slice(first, end, part, ways, out)
        self._fill(made)
        return made

    def _routes(self, first: int, end: int, size: int) -> lay.Routes:
        return routes(self._paths, self.n_neurons, first, end, n_padded=size, scale=self._scale[:, first:end],
                      dtype=self._dtype, delivery=self._options.delivery)  # fmt: skip

    def _fill(self, one: _Slice) -> None:
        """Write the coefficients into the kernels' arrays. Neurons that only pad never reach their threshold."""
        part, n = one.part, one.end - one.first
        part.coef[:, :n] = self._coef[:, one.first : one.end]
        part.coef[:, n:] = part.coef[:, :1] if n else 0.0
        if n < part.left.shape[0]:
            part.coef[lay.THRESHOLD, n:] = np.inf
        hold = np.rint(self.parameters["tau_ref"][one.first : one.end] / self._options.dt)
        part.hold[:n] = np.minimum(hold, (1 << 31) - 1).astype(np.int32)

    def _planned(self, one: _Slice) -> lay.Plan:
        """For a small network: all neurons are in one slice."""
        n_columns = self._probe.max(initial=-1) + 1
        neuron, row = np.empty(n_columns, np.int64), np.empty(n_columns, np.int64)
        for k in range(3):
            mine = np.flatnonzero(self._probe[k] >= 0)
            neuron[self._probe[k, mine]], row[self._probe[k, mine]] = mine, k
        in_volts = np.where(row == lay.V, lay.V, lay.I_TO_V_0 + row - lay.I0)  # any row will do for a membrane
        return lay.Plan(
            work=np.zeros((one.part.left.shape[0] // lay.LANES, lif_small.N_WORK), self._dtype),
            group=neuron // lay.LANES,
            place=np.array(lif_small.PLACES, np.int64)[row] + neuron % lay.LANES,
            divisor=np.where(row == lay.V, 1, one.part.coef[in_volts, neuron]).astype(self._dtype),
            shift=np.where(row == lay.V, self.parameters["v_leak"][neuron], 0.0),
            plain=bool((row == lay.V).all() and (neuron == np.arange(n_columns)).all()),
        )

    def _find(self, i_neuron: int) -> tuple[_Slice, int]:
        for one in self._slices:
            if i_neuron < one.end:
                return one, i_neuron - one.first
        raise IndexError(i_neuron)

    def set_state(self, row: int, values: NDArray[np.float64]) -> None:
        """Membrane (row 0) or synaptic drive (rows 1, 2) of all neurons [V]; an alpha synapse's slope becomes 0."""
        shift = self.parameters["v_leak"] if row == lay.V else np.zeros(self.n_neurons)
        factor = self._scale[row - 1] if row != lay.V and self._shape == lay.EXPONENTIAL else np.ones(self.n_neurons)
        for one in self._slices:
            n, cut = one.end - one.first, slice(one.first, one.end)
            one.part.state[self._flip, row, :n] = ((values - shift) * factor)[cut]

    def refresh(self, i_neuron: int, old_v_leak: float) -> None:
        """Parameters of one neuron have changed: its membrane and its synaptic drives stay what they are in volts."""
        old_scale = self._scale[:, i_neuron].copy()
        self._coef, self._scale = self._coefficients()
        one, i = self._find(i_neuron)
        self._fill(one)
        state = one.part.state[self._flip]
        state[lay.V, i] += old_v_leak - self.parameters["v_leak"][i_neuron]
        ratio = self._scale[:, i_neuron] / old_scale
        if (ratio != 1.0).any():
            state[lay.I0, i] *= ratio[0]
            state[lay.I1, i] *= ratio[1]
            one.part.ring[:, :, i] *= ratio.astype(self._dtype)
            one.routes = self._routes(one.first, one.end, one.part.left.shape[0])
        if self._plan is not None:
            self._plan = self._planned(one)

    def add(self, i_neuron: int, receptor: int, weight: float, *, step: int) -> None:
        """An event that arrives at grid point `step`, the next one at the earliest."""
        one, i = self._find(i_neuron)
        slot = step & (one.part.ring.shape[0] - 1)
        one.part.ring[slot, receptor, i] += self._dtype.type(weight * self._scale[receptor, i_neuron])
        one.part.n_sent[slot] = one.part.sent.shape[1] + 1

    def add_now(self, i_neuron: int, receptor: int, weight: float) -> None:
        """An event that arrives at the present grid point (before the first step)."""
        one, i = self._find(i_neuron)
        row = {
            lay.EXPONENTIAL: lay.I0 + receptor,
            lay.ALPHA: lay.G0 + receptor,
            lay.DELTA: lay.V,
        }[self._shape]
        one.part.state[self._flip, row, i] += self._dtype.type(weight * self._scale[receptor, i_neuron])

    def kick(self, i_neuron: int, *, step: int) -> bool:
        """A spike at the present grid point; returns False, and nothing happens, while it is refractory."""
        one, i = self._find(i_neuron)
        if one.part.left[i] > 0:
            return False
        one.part.state[self._flip, lay.V, i] = one.part.coef[lay.RESET, i]
        one.part.left[i] = one.part.hold[i]
        for each in self._slices:
            lif_delivery.deliver(each.part, each.routes, np.array([step], np.int64), np.array([i_neuron], np.int64))
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
        """From grid point n0 to n_end.

        Parameters
        ----------
        events : Events
            Weights in V, neurons of the whole network, sorted by step (rounded to grid points here).
        drive : (n_end - n0, n_driven) float64
            Mean stimulus current of each step times r_leak [V].
        trace : (n_samples, n_probes)
            Filled; of the state's type, or the samples' if `in_volts`.
        i_first : int
            Sample that the first row of `trace` is.
        """
        driven = np.argsort(self._drive_row, kind="stable")[self.n_neurons - drive.shape[1] :]
        added = (drive * (1.0 - self._coef[lay.DECAY_V][driven])).astype(self._dtype)
        if self._plan is not None:
            return self._march_small(self._plan, self._own_events(self._slices[0], events), (driven, added), trace,
                                     n0, n_end, i_first)  # fmt: skip
        jobs = [self._job(one, added, n0, i_first) for one in self._slices]
        for one in self._slices:
            one.out = one.out._replace(trace=trace)
        mine = [self._own_events(one, events) for one in self._slices]
        if len(self._slices) == 1:
            return self._march(self._slices[0], jobs[0], mine[0], n0, n_end)
        return self._march_together(jobs, mine, n0, n_end)

    def _job(self, one: _Slice, drive: NDArray[Any], n0: int, i_first: int) -> lay.Job:
        neuron, row = (
            np.full(self._probe.max(initial=-1) + 1, -1, np.int64),
            np.zeros(self._probe.max(initial=-1) + 1, np.int64),
        )
        for k in range(3):
            mine = np.flatnonzero(self._probe[k, one.first : one.end] >= 0)
            columns = self._probe[k, one.first : one.end][mine]
            neuron[columns], row[columns] = mine, k
        return lay.Job(
            one.end - one.first, drive, n0, self._options.record_every, i_first, self._shape, self._swept,
            self._stepped, neuron, row,
        )  # fmt: skip

    def _own_events(self, one: _Slice, events: lay.Events) -> lay.Events:
        own = (events.neuron >= one.first) & (events.neuron < one.end)
        neuron, receptor = events.neuron[own], events.receptor[own]
        weight = (events.weight[own] * self._scale[receptor, neuron]).astype(self._dtype)
        return lay.Events(events.step[own].astype(np.int64), neuron - one.first, receptor, weight)

    def _march(self, one: _Slice, job: lay.Job, events: lay.Events, n0: int, n_end: int) -> Spikes:
        steps, neurons = [], []
        while n0 < n_end:
            n0, self._flip, n_used, n_spikes = lif.march(
                one.part, one.routes, events, job, one.out, self._flip, n0, n_end, self._widest
            )
            events = lay.Events(*(column[n_used:] for column in events))
            steps.append(one.out.step[:n_spikes].copy())
            neurons.append(one.out.neuron[:n_spikes].copy())
        return Spikes(np.concatenate(steps), np.concatenate(neurons))

    def _march_small(
        self, plan: lay.Plan, events: lay.Events, drive: tuple[NDArray[np.int64], NDArray[Any]], samples: NDArray[Any],
        n0: int, n_end: int, i_first: int,
    ) -> Spikes:  # fmt: skip
        one, n_first = self._slices[0], n0
        driven, added = drive
        full = np.full((len(added) if len(driven) else 0, one.part.left.shape[0]), -0.0, self._dtype)  # x + -0.0 is x
        full[:, driven] = added[: len(full)]
        steps, neurons = [], []
        while n0 < n_end:
            n0, n_used, n_spikes = lif_small.march_small(
                one.part, one.routes, events, plan, full, samples, one.out, self._flip, n0, n_end, n_first,
                self._options.record_every, i_first,
            )  # fmt: skip
            events = lay.Events(*(column[n_used:] for column in events))
            steps.append(one.out.step[:n_spikes].copy())
            neurons.append(one.out.neuron[:n_spikes].copy())
        return Spikes(np.concatenate(steps), np.concatenate(neurons))

    def _march_together(self, jobs: list[lay.Job], events: list[lay.Events], n0: int, n_end: int) -> Spikes:
        """Slices side by side, meeting after every window to tell each other their spikes."""
        steps, neurons = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        used = [0] * len(jobs)

        def through_window(k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
            one = self._slices[k]
            used[k] = lif_delivery.receive(one.part, events[k], used[k], n0 + width)
            n_out = lif.window(one.part, one.routes, self._flip, n0, width, jobs[k], one.out)
            n_out = lif.sort_spikes(one.out, n_out, n0, width, 0)
            return one.out.step[:n_out].copy(), one.out.neuron[:n_out] + one.first

        def tell(k: int) -> None:
            lif_delivery.deliver(self._slices[k].part, self._slices[k].routes, step, neuron)

        with ThreadPoolExecutor(len(jobs), "lif") as pool:
            while n0 < n_end:
                if n0 % lay.SETTLE == 0:
                    for one in self._slices:
                        lif.settle(one.part, self._flip)
                width = lif.window_width(n0, n_end, self._widest, self._swept)
                found = list(pool.map(through_window, range(len(jobs))))
                self._flip = 1 - self._flip
                step = np.concatenate([f[0] for f in found])
                neuron = np.concatenate([f[1] for f in found])
                if len(step):
                    order = np.lexsort((neuron, step))
                    step, neuron = step[order], neuron[order]
                    list(pool.map(tell, range(len(jobs))))
                    steps.append(step)
                    neurons.append(neuron)
                n0 += width
        return Spikes(np.concatenate(steps), np.concatenate(neurons))
