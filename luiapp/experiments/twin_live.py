"""A twin that runs beside its board: the same pulses, reset at the board's own spikes, a moment behind."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Event
from luiapp.experiments.twin_model import KAPPA, Inputs, Membrane, membrane, synapse
from luiapp.experiments.twin_trace import BLIND
from luiapp.model import lui

Floats = NDArray[np.float64]
LAG = 0.25  # s behind the stream: what a pulse truly was is told after it
KEPT = 120.0  # s
SHORTEST = 0.05  # s that are computed at once
_LONGEST_PULSE = 0.7  # s, by wire


def twin_of(values: Mapping[str, float]) -> Membrane:
    """The membrane of a board with these parameters (of the model ``"lui"``) and nominal parts.

    The inverse of `TwinFit.trimmers`: dV/dt and A as in `twin_model`, with A_k = ± k·κ·VDD / ((R_w + 470 Ω)·C_syn).
    """
    vdd, r_leak = values["v_cell"], max(values["r_leak"], lui.R_END)
    sizes = tuple(math.copysign(lui.K_LADDER * KAPPA * vdd / (values[f"r_w{k}"] + lui.R_WEIGHT_SERIES) / lui.C_SYN,
                                values[f"sign_{k}"]) for k in (1, 2, 3))  # fmt: skip
    v_leak = values["r_vleak"] / lui.knob("leak").track * vdd + lui.I_BIAS * r_leak
    return Membrane(v_leak, r_leak * lui.C_MEM, tau_syn=max(values["r_tsyn"], lui.R_END) * lui.C_SYN,
                    amplitudes=sizes, vdd=vdd)  # fmt: skip


class LiveTwin:
    """Follows one board's stream.

    Parameters
    ----------
    parameters : Membrane
        With an amplitude for each of the three dendrites.
    name : str
        The board's.
    cables : sequence of (int, int)
        Neurons whose axons are plugged into it without any adapter between, and the dendrites they end at.

    Attributes
    ----------
    time, v, measured : (n,) float64
        What was computed [s, V], and the board's samples there; of the last two minutes.
    """

    def __init__(self, parameters: Membrane, name: str, cables: Sequence[tuple[int, int]] = ()) -> None:
        self.parameters, self.name, self.cables = parameters, name, tuple(cables)
        self.time = self.v = self.measured = np.empty(0)
        self._counts = np.empty(0, bool)
        self._state: tuple[float, float, float] | None = None  # time, membrane, synaptic drive

    def follow(
        self, t: Floats, v: Floats, spikes: tuple[Floats, NDArray[np.int32]], events: Sequence[Event], i_neuron: int
    ) -> None:
        """Go on over samples `v` [V] at times `t` [s], which follow those before.

        `spikes` are times and neurons, and `events` hold the pulses, both also of the second before.
        """
        good = np.isfinite(v)
        for part in np.split(np.arange(len(t)), np.flatnonzero(good[1:] != good[:-1]) + 1):
            if len(part) > 1 and good[part[0]]:
                self._run(t[part], v[part], spikes, events, i_neuron)
            else:  # unplugged: it begins anew afterwards
                self._state = None
                self._keep(t[part], np.full(len(part), np.nan), v[part], np.zeros(len(part), bool))

    def _run(
        self, t: Floats, v: Floats, spikes: tuple[Floats, NDArray[np.int32]], events: Sequence[Event], i_neuron: int
    ) -> None:
        own, pulses = self._inputs(t, spikes, events, i_neuron)
        first = self._state
        fresh = first is None or abs(t[0] - first[0]) > 3 * (t[1] - t[0])
        start, drive = (float(v[0]), 0.0) if fresh or first is None else first[1:]
        time = t if fresh or first is None else np.concatenate([[first[0]], t])
        guess = v if len(time) == len(t) else np.concatenate([[start], v])
        p = self.parameters
        p = Membrane(p.v_leak, p.tau_mem, p.v_reset, start, p.tau_syn, p.tau_ref, drive, p.amplitudes, p.kappa, p.vdd,
                     p.board)  # fmt: skip
        inputs = Inputs(time, guess, own, *pulses)
        course = membrane(inputs, p)
        scale = 2 * lui.K_LADDER * p.kappa * p.vdd if p.board else 1.0
        self._state = float(time[-1]), float(course[-1]), float(synapse(inputs, p)[-1]) * scale
        counts = np.ones(len(t), bool)
        for spike in own:
            counts &= (t < spike - 1.5e-3) | (t > spike + BLIND)
        self._keep(t, course[len(time) - len(t) :], v, counts)

    def rms(self, seconds: float) -> float:
        """Root mean square of board minus twin [V] over the last `seconds`, without falls; not-a-number at first."""
        if not len(self.time):
            return math.nan
        part = self._counts & (self.time > self.time[-1] - seconds)
        return float(np.sqrt(np.mean((self.measured[part] - self.v[part]) ** 2))) if part.any() else math.nan

    def _inputs(
        self, t: Floats, spikes: tuple[Floats, NDArray[np.int32]], events: Sequence[Event], i_neuron: int
    ) -> tuple[Floats, tuple[Floats, Floats, NDArray[np.int64]]]:
        """Its own spikes, and onsets, widths and dendrites of what reaches it around `t`."""
        begin, end = float(t[0]) - _LONGEST_PULSE, float(t[-1])
        times, neurons = spikes
        own = times[(neurons == i_neuron) & (times > t[0] - self.parameters.tau_ref) & (times <= end)]
        mine = [e for e in events if (e.kind, e.target) == ("pulse", self.name) and begin < e.time <= end]
        rows = [(e.time, float(e.value), int(e.name)) for e in mine if e.name.isdigit()]
        for pre, dendrite in self.cables:
            rows += [(s, lui.SPIKE_WIDTH, dendrite) for s in times[neurons == pre].tolist() if begin < s <= end]
        first = self._state[0] if self._state is not None else float(t[0])
        rows = sorted(row for row in rows if row[0] + row[1] > first)
        columns = np.array(rows, np.float64).reshape(-1, 3)
        return own, (columns[:, 0], columns[:, 1], columns[:, 2].astype(np.int64))

    def _keep(self, t: Floats, v: Floats, measured: Floats, counts: NDArray[np.bool_]) -> None:
        first = int(np.searchsorted(self.time, t[-1] - KEPT)) if len(t) else 0
        self.time = np.concatenate([self.time[first:], t])
        self.v = np.concatenate([self.v[first:], v])
        self.measured = np.concatenate([self.measured[first:], measured])
        self._counts = np.concatenate([self._counts[first:], counts])
