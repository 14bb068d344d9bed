"""Half a minute of known pulses, after which a twin is fitted to the board."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np

from luiapp.experiments.levels import Steps, need_pulses, replay
from luiapp.experiments.result import Axis, Progress, Request, Result, told
from luiapp.experiments.session import Session
from luiapp.experiments.twin_fit import TwinFit, fit_trace
from luiapp.experiments.twin_trace import from_recording
from luiapp.model import lui
from luiapp.texts import mark, tr

SINGLE, TRAIN, FREE = 15.0, 8.0, 6.0  # s: single pulses, trains that make it fire, and what it does by itself
N_TRAIN, PERIOD = 40, 25e-3  # pulses and s of a train
MOST_POINTS = 900
SHOWN = 5.0  # s of the trace that are plotted
AXES = Axis(mark("time since the beginning"), "s"), Axis(mark("membrane potential"), "V")


def twin(session: Session) -> Iterator[Progress | Request | Result]:
    """The protocol, and the twin that fits best: its parameters with standard errors, and what the fit leaves."""
    need_pulses(session)
    yield from (replay(session) if session.is_replay else _protocol(session))
    yield session.report(0.9, tr("fitting the model"))
    yield evaluate(fit_trace(from_recording(session.recording(), session.i_neuron)))


def _protocol(session: Session) -> Steps:
    whole = SINGLE + TRAIN + FREE
    yield session.report(0.0, tr("listening"))
    yield from session.run(FREE)
    random = np.random.default_rng(3)
    begun = session.now
    while session.now - begun < SINGLE:
        yield session.report(0.9 * (FREE + session.now - begun) / whole, tr("single pulses"))
        yield from session.pulse(width=lui.SPIKE_WIDTH, synapse=int(random.integers(3)))
        yield from session.run(float(random.uniform(0.25, 0.6)))
    begun = session.now
    for k in range(3):
        yield session.report(0.9 * (FREE + SINGLE + session.now - begun) / whole, tr("a train of pulses"))
        yield from session.train(n=N_TRAIN, width=lui.SPIKE_WIDTH, period=PERIOD, synapse=k)
        yield from session.run(TRAIN / 3)


def evaluate(fit: TwinFit) -> Result:
    """The fit as a result: some seconds of the trace with the twin on top, what is left there, and the parameters."""
    begin = float(fit.onsets[0]) - 1.0 if len(fit.onsets) else float(fit.time[0])
    shown = np.flatnonzero((fit.time >= begin) & (fit.time <= begin + SHOWN))
    shown = shown[:: max(1, math.ceil(len(shown) / MOST_POINTS))]
    time = fit.time[shown] - fit.time[0]
    points = np.column_stack([time, fit.v[shown], np.full(len(time), max(fit.noise, 1e-9))])
    note = tr("Over all {seconds} the fit leaves {rms} rms.", seconds=told(float(np.ptp(fit.time)), "s", 2),
              rms=told(fit.rms_residual, "V", 2))  # fmt: skip
    return Result("twin", *AXES, points, fit=np.column_stack([time, fit.fitted[shown]]),
                  residuals=fit.residuals[shown], parameters=fit.parameters, notes=(*fit.notes, note),
                  more={"twin": fit.trimmers(),
                        "membrane": asdict(fit.membrane) if fit.pulses_known else None})  # fmt: skip
