"""What a board tells while one only listens: the mean course around its spikes, and the spectrum of its membrane."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from luiapp.data.measure import courses_around, find_spikes, spectrum
from luiapp.data.recording import Recording
from luiapp.errors import ParameterError
from luiapp.experiments.levels import Steps, replay
from luiapp.experiments.result import Axis, Progress, Request, Result, told
from luiapp.experiments.session import Session
from luiapp.experiments.stretches import membrane_column
from luiapp.texts import mark, tr

PIECE = 0.5  # s between two looks
BEFORE, AFTER = 0.2, 0.1  # s around a spike
LAG = Axis(mark("time from the spike"), "s")
MEAN = Axis(mark("mean membrane potential"), "V")
FREQUENCY = Axis(mark("frequency"), "Hz")
DENSITY = Axis(mark("spectral density of the membrane"), "V/√Hz")
HIGHEST = 200.0  # Hz that is shown


def triggered_average(session: Session, *, seconds: int = 10) -> Iterator[Progress | Request | Result]:
    """The mean course of the membrane around the neuron's own spikes."""
    yield from _listen(session, seconds)
    yield average(session.recording(), session.i_neuron)


def membrane_spectrum(session: Session, *, seconds: int = 10) -> Iterator[Progress | Request | Result]:
    """How much the membrane swings at which frequency."""
    yield from _listen(session, seconds)
    yield spread(session.recording(), session.i_neuron)


def _listen(session: Session, seconds: int) -> Steps:
    if session.is_replay:
        yield from replay(session)
        return
    for k in range(max(1, round(seconds / PIECE))):
        yield session.report(k * PIECE / seconds, tr("listening"))
        yield from session.run(PIECE)


def average(recording: Recording, i_neuron: int = 0) -> Result:
    """Against the time from the spike; the scatter of single courses is the error. `ParameterError` without spikes."""
    v = np.asarray(recording.samples[:, membrane_column(recording, i_neuron)], np.float64)
    spikes = recording.spike_train(i_neuron) if recording.layout.neurons else find_spikes(recording.time, v)
    dt = recording.layout.dt
    about = {"before": BEFORE, "after": AFTER, "t_start": recording.t_start}
    lag, courses = courses_around(v, dt, spikes, **about)
    n = len(courses)
    if n == 0:
        raise ParameterError("it didn't fire, so there is nothing to average; turn the leak up, or send pulses")
    n_good = np.maximum(np.isfinite(courses).sum(axis=0), 1)
    mean = np.nansum(courses, axis=0) / n_good
    error = np.sqrt(np.nansum((courses - mean) ** 2, axis=0) / n_good / max(1, n - 1))
    stride = max(1, len(lag) // 300)
    points = np.column_stack([lag, mean, error])[::stride]
    return Result("sta", LAG, MEAN, points, notes=(tr("Mean of {n} spikes.", n=n),))


def spread(recording: Recording, i_neuron: int = 0) -> Result:
    """Amplitude density up to `HIGHEST` or half the sampling rate. `ParameterError` where nothing was sampled."""
    v = np.asarray(recording.samples[:, membrane_column(recording, i_neuron)], np.float64)
    frequency, power = spectrum(v, recording.layout.dt)
    shown = (frequency > 0) & (frequency <= HIGHEST)
    root = np.sqrt(power[shown])
    points = np.column_stack([frequency[shown], root, np.full(len(root), np.nan)])
    top = float(frequency[shown][int(np.argmax(root))])
    swing = float(np.sqrt(np.nanvar(v)))
    note = tr("Largest at {f}; all together {v} rms.", f=told(top, "Hz"), v=told(swing, "V"))
    return Result("spectrum", FREQUENCY, DENSITY, points, notes=(note,))
