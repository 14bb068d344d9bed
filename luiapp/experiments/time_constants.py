"""Membrane and synaptic time constant: from climbs after spikes, and from potentials after pulses."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from luiapp.data.recording import Recording
from luiapp.errors import ParameterError
from luiapp.experiments.levels import FIRING, QUIET, Steps, pulse_and_wait, replay, rest
from luiapp.experiments.result import Axis, Progress, Quantity, Request, Result
from luiapp.experiments.session import Session, settle_time
from luiapp.experiments.stretches import Stretch, stretches
from luiapp.experiments.twin_fit import TwinFit, fit_trace
from luiapp.experiments.twin_trace import from_stretch
from luiapp.texts import mark, tr

N_PULSES = 3
MOST_POINTS = 600


def time_constants(session: Session) -> Iterator[Progress | Request | Result]:
    """Let it fire for a while, then rest and answer a few pulses; both are fitted."""
    yield from (replay(session) if session.is_replay else _measure(session))
    yield session.report(0.9, tr("fitting the model"))
    yield evaluate(session.recording(), session.i_neuron)


def _measure(session: Session) -> Steps:
    yield session.report(0.0, tr("letting it fire"))
    yield from rest(session, FIRING)
    yield from session.run(min(6.0, 8 * settle_time(session.network, session.i_neuron, 1.0)))
    yield session.report(0.4, tr("bringing the membrane to rest"))
    yield from rest(session, QUIET)
    weight = 0.5 * (session.value("v_threshold") - session.value("v_leak")) if session.network.model == "lif" else 1.0
    for k in range(N_PULSES):
        yield session.report(0.5 + 0.4 * k / N_PULSES, tr("pulse {k} of {n}", k=k + 1, n=N_PULSES))
        yield from pulse_and_wait(session, weight=weight, n_tau=5.0)


def evaluate(recording: Recording, i_neuron: int = 0) -> Result:
    """Both time constants of a recording with spikes of its own, with pulses, or (better) both.

    Raises `ParameterError` if there is neither.
    """
    parts = stretches(recording, i_neuron)
    fires = max((p for p in parts if len(p.spikes) >= 2), key=lambda p: len(p.spikes), default=None)
    rests = max((p for p in parts if p.pulses and len(p.spikes) == 0), key=lambda p: len(p.pulses), default=None)
    climbs = _fit(recording, fires, i_neuron)
    answers = _fit(recording, rests, i_neuron)
    if climbs is None and answers is None:
        raise ParameterError("time constants need a neuron that fires or is given pulses; this recording has neither")
    shown = answers if answers is not None else climbs
    assert shown is not None
    quantities = _joined(climbs, answers)
    stride = max(1, math.ceil(len(shown.time) / MOST_POINTS))
    time = shown.time[::stride] - shown.time[0]
    points = np.column_stack([time, shown.v[::stride], np.full(len(time), max(shown.noise, 1e-9))])
    x, y = Axis(mark("time since the beginning"), "s"), Axis(mark("membrane potential"), "V")
    return Result("time-constants", x, y, points,
                  fit=np.column_stack([time, shown.fitted[::stride]]), residuals=shown.residuals[::stride],
                  parameters=quantities, notes=shown.notes)  # fmt: skip


def _fit(recording: Recording, stretch: Stretch | None, i_neuron: int) -> TwinFit | None:
    return None if stretch is None else fit_trace(from_stretch(recording, stretch, i_neuron))


def _joined(climbs: TwinFit | None, answers: TwinFit | None) -> tuple[Quantity, ...]:
    """tau_mem from the climbs; of the two that potentials leave open, the other one is tau_syn."""
    if answers is None:
        assert climbs is not None
        return tuple(climbs.parameter(name) for name in ("tau_mem", "tau_syn", "tau_ref", "c_mem"))
    pair = [answers.parameter("tau_mem"), answers.parameter("tau_syn")]
    if climbs is None:
        return tuple(pair)
    sure = climbs.parameter("tau_mem")
    if sure.state == "determined" and all(q.state != "undetermined" for q in pair):
        off = [abs(math.log(q.value / sure.value)) for q in pair]
        if pair[0].state == "ambiguous" and off[1] < off[0]:
            pair = [replace(pair[1], name="tau_mem", about=pair[0].about),
                    replace(pair[0], name="tau_syn", about=pair[1].about)]  # fmt: skip
        pair = [replace(q, state="determined", reason="") for q in pair]
        better = min((sure, pair[0]), key=lambda q: q.error)
        pair[0] = better
    return (*pair, climbs.parameter("tau_ref"), climbs.parameter("c_mem"))
