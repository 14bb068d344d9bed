"""The board twin: Lu.i boards as simulated neurons, trimmer by trimmer.

The reduced model of the circuit (two states a board), checked against a circuit simulation of our own in
``hardware/spice``. See `luiapp.kernels.twin` for how it is solved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.errors import NetworkError, ParameterError
from luiapp.kernels import twin as kernel
from luiapp.kernels import twin_columns as col
from luiapp.model.lui import N_LEDS, R_END, R_RESET, R_WEIGHT_SERIES, SPIKE_WIDTH, knob, leds_lit, supply_voltage
from luiapp.model.network import Network
from luiapp.model.parts import Parts, draw_parts
from luiapp.simulate.twin_inputs import Currents, Normals, Pulses

SOFT_CELL = 0.5  # Ω, above which the membrane's own currents are seen in the supply
PROBES = {"membrane": 0, "synapse": 1, "supply": 2}


class Timing(Protocol):
    """What a twin reads of a simulation's options; others don't apply to it."""

    @property
    def dt(self) -> float:
        """Internal step [s]."""

    @property
    def record_every(self) -> int:
        """Steps a sample."""

    @property
    def seed(self) -> int:
        """Of the membrane noise."""


@dataclass(frozen=True)
class TwinOptions:
    """How to run twins.

    Attributes
    ----------
    dt : float
        Internal step [s].
    record_every : int
        Steps a sample.
    seed : int
        Of the membrane noise.
    initial : dict or None
        State at t = 0, each value one number or one per board: ``"membrane"`` and ``"synapse"`` [V], and ``"power_on"``
        (1: just switched on, with the spike that every board then gives). What isn't named is at rest; boards that
        fire by themselves start just released.
    samples : str
        Type of the recorded samples, ``"float32"`` or ``"float64"``.
    """

    dt: float = 1e-4
    record_every: int = 1
    seed: int = 0
    initial: dict[str, Any] | None = None
    samples: str = "float32"


class TwinSimulation:
    """A network of Lu.i boards in motion.

    Parameters
    ----------
    network : Network
        Of model ``"lui"``; copied. Weights and delays of its connections are not used: a board's weight is a trimmer.
    options : Timing, optional
        See `TwinOptions`; any object with these fields will do.
    """

    def __init__(self, network: Network, options: Timing | None = None) -> None:
        if network.model != "lui":
            raise NetworkError("a board twin needs neurons of the model 'lui', not '{name}'", name=network.model)
        chosen = options if options is not None else TwinOptions()
        if not 0 < chosen.dt <= 2e-3:
            raise ParameterError("the step must be longer than 0 and at most 2 ms, not {value} s", value=chosen.dt)
        if chosen.record_every < 1:
            raise ParameterError("at most every step can be recorded; record_every is {value}",
                                 value=chosen.record_every)  # fmt: skip
        self._network = network.copy()
        self._dt, self._every, self._seed = float(chosen.dt), int(chosen.record_every), int(chosen.seed)
        self._i_step = 0
        n = network.n_neurons
        self.layout = Layout(dt=self._dt * self._every, traces=_traces(network), neurons=tuple(network.names))
        self._parts = [draw_parts(int(seed)) for seed in network.parameter("parts_seed")]
        self._par, self._table = np.zeros((n, col.N_PAR)), np.zeros((n, col.N_TABLE))
        for i in range(n):
            self._wire(i)
        self._state, self._mode = np.zeros((n, col.N_STATE)), np.zeros((n, col.N_MODE))
        self._early: list[int] = []  # spikes at the very beginning, by power-on
        self._start(getattr(chosen, "initial", None) or {})
        self._samples_type = np.dtype(getattr(chosen, "samples", "float32"))
        self._axon_start, self._axon_line = _axons(network)
        self._pulses = Pulses(network.stimuli)
        self._currents = Currents(network.stimuli, n)
        self._normals = [Normals(self._seed, i, 11) for i in range(n)]
        probes = network.probes
        self._probe_neuron = np.array([p.i_neuron for p in probes], np.int64)
        self._probe_kind = np.array([PROBES[p.quantity] for p in probes], np.int64)

    @property
    def i_sample(self) -> int:
        """Index of the next sample."""
        return self._i_step // self._every

    @property
    def t(self) -> float:
        """Present time [s]."""
        return self._i_step * self._dt

    def advance(self, n_samples: int) -> Chunk:
        """Go on by exactly `n_samples` samples; the result doesn't depend on how a run is cut into calls."""
        if n_samples < 0:
            raise ParameterError("a simulation can't go back by {value} samples", value=-n_samples)
        n_steps, i_first, n = n_samples * self._every, self._i_step, self._network.n_neurons
        samples = np.empty((n_samples, len(self._probe_neuron)), self._samples_type)
        capacity = n * (int(n_steps * self._dt / 5e-3) + 2)
        spike_step, spike_t = np.empty(capacity, np.int64), np.empty(capacity)
        spike_neuron = np.empty(capacity, np.int64)
        noise, noise_column = self._noise(i_first, n_steps)
        n_spikes = kernel.run_twins(
            n_steps, i_first, self._dt, self._every, self._par, self._table, self._state, self._mode,
            self._axon_start, self._axon_line, *self._pulses.take(i_first, n_steps, self._dt),
            self._currents.take(i_first, n_steps, self._dt), self._currents.column, noise, noise_column,
            self._probe_neuron, self._probe_kind, samples, spike_step, spike_t, spike_neuron,
        )  # fmt: skip
        self._i_step += n_steps
        times = spike_step[:n_spikes] * self._dt + spike_t[:n_spikes]
        neurons = spike_neuron[:n_spikes].astype(np.int32)
        if n_samples and self._early:
            times = np.concatenate([np.zeros(len(self._early)), times])
            neurons = np.concatenate([np.array(self._early, np.int32), neurons])
            self._early = []
        order = np.lexsort((neurons, times))
        return Chunk(self.layout, i_first // self._every, samples, times[order], neurons[order])

    def set_parameter(self, i_neuron: int, name: str, value: float) -> None:
        """Turn a trimmer, flip a switch, change the cell: from now on."""
        self._network.set_parameter(i_neuron, name, value)
        if name == "parts_seed":
            self._parts[i_neuron] = draw_parts(int(value))
        self._wire(i_neuron)
        self._state[i_neuron, col.S_DIRTY] = 1.0

    def pulse(self, i_neuron: int, synapse: int, *, width: float = SPIKE_WIDTH, weight: float = 1.0) -> None:
        """A pulse at dendrite `synapse`, from now on and `width` seconds wide; a board has its weight at a trimmer."""
        if not 0 <= i_neuron < self._network.n_neurons or not 0 <= synapse < 3:
            raise ParameterError("there is no dendrite {synapse} at neuron {neuron}", synapse=synapse, neuron=i_neuron)
        if not 0 < width < 1e6:
            raise ParameterError("a pulse must be wider than 0 s, not {width} s", width=f"{width:g}")
        self._pulses.add(3 * i_neuron + synapse, self.t, width)

    def kick(self, i_neuron: int) -> None:
        """Lift the membrane to the threshold now; nothing happens while the output is high."""
        if not 0 <= i_neuron < self._network.n_neurons:
            raise ParameterError("there is no neuron {value}", value=i_neuron)
        row, par = self._state[i_neuron], self._par[i_neuron]
        if row[col.S_PHASE] == 0.0:
            level = par[col.P_TH] * row[col.S_VDD] + par[col.P_THO]
            row[col.S_V] = max(row[col.S_V], np.nextafter(level, np.inf))
            row[col.S_DIRTY] = 1.0

    def take_over(self, old: object) -> None:
        """Go on where `old` stands: on its clock, and boards of the same name keep their state and half-done pulses."""
        if not isinstance(old, TwinSimulation) or old._dt != self._dt:
            return
        self._i_step = -(-old._i_step // self._every) * self._every
        self._pulses.skip(self.t)
        places = {name: i for i, name in enumerate(old._network.names)}
        came_from = [places.get(name, -1) for name in self._network.names]
        for i, j in enumerate(came_from):
            if j >= 0:
                self._state[i] = old._state[j]
                self._normals[i] = old._normals[j]
        self._state[:, col.S_HIGH : col.S_HIGH + 3] = 0.0
        for i, start in enumerate(self._axon_start[:-1]):
            if self._state[i, col.S_PHASE] > 0.0:
                for line in self._axon_line[start : self._axon_start[i + 1]]:
                    self._state[line // 3, col.S_HIGH + line % 3] += 1.0
        for line, end in old._pulses.begun():
            for i, j in enumerate(came_from):
                if j == line // 3:
                    self._state[i, col.S_HIGH + line % 3] += 1.0
                    self._pulses.end(3 * i + line % 3, end)
        self._state[:, col.S_DIRTY] = 1.0
        self._early = []

    def _wire(self, i: int) -> None:
        values = {p.name: float(self._network.parameter(p.name)[i]) for p in self._network.kind.parameters}
        self._par[i] = board_constants(values, self._parts[i])
        self._table[i] = _supply_table(values, self._par[i])

    def _start(self, initial: dict[str, Any]) -> None:
        for name in initial:
            if name not in ("membrane", "synapse", "power_on"):
                raise ParameterError("'{name}' is not part of a board's state; {names} are",
                                     name=name, names="membrane, synapse, power_on")  # fmt: skip
        state, par, n = self._state, self._par, self._network.n_neurons
        state[:, col.S_DIRTY] = 1.0
        vdd = self._table[:, 0]
        rest = _rest(par, vdd)
        released = np.where(rest > par[:, col.P_TH] * vdd + par[:, col.P_THO], 0.0, rest)
        on = np.broadcast_to(np.asarray(initial.get("power_on", 0), np.float64) > 0, (n,))
        state[:, col.S_PHASE] = on
        self._early = [int(i) for i in np.flatnonzero(on)]
        state[:, col.S_V] = np.asarray(initial.get("membrane", np.where(on, 0.0, released)), np.float64)
        pulse, leds = on.astype(int), leds_lit(state[:, col.S_V], vdd)
        state[:, col.S_LEDS] = leds
        state[:, col.S_VDD] = vdd = self._table[np.arange(n), pulse * 7 + leds]
        if "synapse" in initial:
            node = np.asarray(initial["synapse"], np.float64)
            state[:, col.S_U] = par[:, col.P_XR] * vdd + par[:, col.P_XO] - node

    def _noise(self, i_first: int, n_steps: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Exact steps of an Ornstein-Uhlenbeck process with the leak's time constant, for boards that are noisy."""
        sigma = self._network.parameter("noise")
        noisy = np.flatnonzero(sigma > 0)
        column = np.full(len(sigma), -1, np.int64)
        column[noisy] = np.arange(len(noisy))
        out = np.empty((n_steps, len(noisy)))
        for k, i in enumerate(noisy):
            rate = self._par[i, col.P_GL] / self._par[i, col.P_CM]
            step = sigma[i] * np.sqrt(-np.expm1(-2 * rate * self._dt))
            out[:, k] = step * self._normals[i].read(i_first, n_steps)
        return out, column


def board_constants(values: dict[str, float], parts: Parts) -> NDArray[np.float64]:
    """The kernel's constants of one board from its `values` (parameters of the model ``"lui"``) and its parts."""
    row = np.zeros(col.N_PAR)
    row[col.P_GL] = 1 / max(values["r_leak"] * parts.track_leak, R_END)
    row[col.P_PL] = values["r_vleak"] / knob("leak").track
    row[col.P_VLO] = parts.offset_leak
    row[col.P_CM], row[col.P_CS] = parts.c_mem, parts.c_syn
    row[col.P_GT] = 1 / max(values["r_tsyn"] * parts.track_tsyn, R_END)
    for k in range(3):
        row[col.P_W + k] = 1 / (values[f"r_w{k + 1}"] * parts.track_weights[k] + R_WEIGHT_SERIES)
        row[col.P_SIGN + k] = 1.0 if values[f"sign_{k + 1}"] >= 0 else -1.0
    row[col.P_XR], row[col.P_XO] = parts.middle, parts.offset_synapse
    row[col.P_GP], row[col.P_KN], row[col.P_GN] = parts.source, parts.sink_ratio, parts.sink_conductance
    row[col.P_IB], row[col.P_TH], row[col.P_THO] = parts.bias, parts.threshold, parts.offset_threshold
    row[col.P_FALL], row[col.P_HOLD], row[col.P_GR] = parts.fall, parts.hold, 1 / R_RESET
    row[col.P_LED], row[col.P_SOFT] = parts.led_step, float(values["r_cell"] > SOFT_CELL)
    return row


def _supply_table(values: dict[str, float], par: NDArray[np.float64]) -> NDArray[np.float64]:
    """Supply voltages for every pattern of inputs, with and without pulse, and every number of lit LEDs; then, in the
    same order, what the supply loses per ampere drawn beside that [Ω].
    """
    pattern, pulse, leds = np.meshgrid(np.arange(8), np.arange(2), np.arange(N_LEDS + 1), indexing="ij")
    load = np.zeros((2, 8))
    for k in range(3):
        side = 0 if par[col.P_SIGN + k] >= 0 else 1
        load[side] += np.where(np.arange(8) >> k & 1, par[col.P_W + k], 0.0)
    # Half the supply stands at each weight; opposite currents meet in the summing node and are drawn only once.
    synapses = 0.5 * load.max(axis=0)[pattern]
    row = np.empty((2, col.N_TABLE // 2))
    for k, current in enumerate((0.0, 1e-3)):
        row[k] = supply_voltage(values["v_cell"], values["r_cell"], n_leds=leds, pulse=pulse, conductance=synapses,
                                current=current).ravel()  # fmt: skip
    row[1] = (row[0] - row[1]) / 1e-3
    return row.ravel()


def _rest(par: NDArray[np.float64], vdd: NDArray[np.float64]) -> NDArray[np.float64]:
    """Resting membranes [V] of boards with their own parts, threshold out of reach, shape (n,)."""
    x = par[:, col.P_XR] * vdd + par[:, col.P_XO]
    leak = par[:, col.P_GL] * (par[:, col.P_PL] * vdd + par[:, col.P_VLO])
    inflow = leak + par[:, col.P_IB] + (vdd - x) * par[:, col.P_GP]
    corner = par[:, col.P_KN] * x
    above = (inflow - corner * par[:, col.P_GN]) / par[:, col.P_GL]
    below = inflow / (par[:, col.P_GL] + par[:, col.P_GN])
    return np.where(above >= corner, above, below)


def _axons(network: Network) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The dendrites each board drives, as rows of a compressed table. Doubled wires are one wire."""
    every = network.connections
    wires = np.unique(np.stack([every.pre, 3 * every.post + every.synapse]).astype(np.int64), axis=1)
    start = np.zeros(network.n_neurons + 1, np.int64)
    np.cumsum(np.bincount(wires[0], minlength=network.n_neurons), out=start[1:])
    return start, np.ascontiguousarray(wires[1])


def _traces(network: Network) -> tuple[Trace, ...]:
    units = dict(network.kind.probes)
    traces = []
    for probe in network.probes:
        name = network.names[probe.i_neuron]
        label = name if probe.quantity == "membrane" else f"{name} {probe.quantity}"
        traces.append(Trace(label, units.get(probe.quantity, "V"), probe.quantity, probe.i_neuron))
    return tuple(traces)
