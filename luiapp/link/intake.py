"""Rows of one port to samples with a place in time, and spikes. No I/O; the time is an argument."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from luiapp.link.columns import N_MISFITS, BoardSettings, infer_columns, misfits
from luiapp.link.detect import LineClock, is_nice, nice_rate
from luiapp.link.lines import Rows
from luiapp.link.listener import Note
from luiapp.link.membrane import SLOWEST, SpikeFinder
from luiapp.link.setup import Setup, make_setup, stamp_advance, stamp_interval
from luiapp.texts import tr

NOMINAL_RATE = 1000.0  # Hz, where a burst without a sequel tells none
FILL = 256  # samples; a shorter gap is filled with not-a-number, a longer one jumps
RATE_OFF = 0.04  # as much off three times running, and the rate is measured anew


@dataclass(frozen=True)
class Piece:
    """Consecutive samples of one port.

    Attributes
    ----------
    i_first : int
        Since this `setup` began.
    samples : (n, n_traces) float32
    spikes : (n_spikes,) float64
        In samples since the setup began, sorted, inside the piece.
    neurons : (n_spikes,) int32
    n_gap : int
        Samples missing before it.
    """

    setup: Setup
    i_first: int
    samples: NDArray[np.float32]
    spikes: NDArray[np.float64]
    neurons: NDArray[np.int32]
    n_gap: int = 0


class Intake:
    """Learns what a port's columns mean, then gives every line its place.

    Without a time stamp the place is the line's number: nothing is resampled, lines that could not be read leave a
    hole, and where the port was silent the computer's clock says how long. With a stamp, the stamp says it.

    Attributes
    ----------
    setup : Setup or None
        What is understood at present.
    clock : LineClock
        When which sample came, by the computer's clock.
    n_samples, n_missing, n_gaps, n_spikes : int
        Since it was made. Gaps are counted where at least one sample is missing.
    """

    def __init__(self, name: str, *, settings: BoardSettings | None = None, several: bool = False) -> None:
        self.name = name
        self.vref: float | None = None  # of the board that the port is known to be
        self.setup: Setup | None = None
        self.clock = LineClock()
        self.notes: list[Note] = []
        self.n_samples = self.n_missing = self.n_gaps = self.n_spikes = 0
        self._settings = settings or BoardSettings()
        self._several = several
        self._dt_known: float | None = None
        self._quiet = self._t_poll = 0.0  # s without a row while we looked; when we looked last
        self._odd: list[NDArray[np.float64]] = []  # rows outside the range believed
        self._rate_checks: list[float] = []
        self._start(None)
        self._begin_learning()

    # -- in ---------------------------------------------------------------------------------------------------------

    def feed(self, rows: list[Rows], now: float) -> None:
        """Lines that arrived up to `now` [s]; empty lists tell that time passes."""
        self._quiet += min(max(now - self._t_poll, 0.0), 0.05)  # a stall of ours is no silence of theirs
        self._t_poll = now
        for block in rows:
            self._feed_block(block, now)
        if rows:
            self._quiet = 0.0
        if self._learning:
            self._maybe_learned(now)
        elif self.setup is not None:
            self._watch_rate(now)

    def interrupt(self) -> None:
        """The port went away: what comes next lies as much later as the computer's clock says."""
        self._quiet = max(self._quiet, 1e9)
        self._stamp = np.nan
        self._rate_checks = []
        if self._learning:
            self._begin_learning()

    def _feed_block(self, block: Rows, now: float) -> None:
        setup = self.setup
        if self._learning:
            if self._learned and block.labels != self._learned[0].labels:
                self._begin_learning()
            self._learn(block, now)
        elif setup is None or block.labels != setup.labels:
            if setup is not None:
                self.notes.append(Note("columns", tr("{port} sends other columns now", port=self.name)))
            self._dt_known = None
            self._begin_learning()
            self._learn(block, now)
        elif self._misfits(setup, block, now):
            self.notes.append(Note("columns", tr("{port} sends values of another range now", port=self.name)))
            self._dt_known = setup.dt
            self._begin_learning()
            self._learn(block, now)
        else:
            self._place(setup, block, now)
            self.clock.add(self._i_last, now)

    # -- learning ---------------------------------------------------------------------------------------------------

    def _begin_learning(self) -> None:
        self._learning = True
        self._learned: list[Rows] = []
        self._n_learned = 0
        self._t_learning = np.nan
        self._learning_clock = LineClock()

    def _learn(self, block: Rows, now: float) -> None:
        if not self._learned:
            self._t_learning = now
            block = Rows(block.labels, block.values)
        self._learned.append(block)
        self._n_learned += len(block.values) + block.n_lost
        self._learning_clock.add(self._n_learned - 1, now)

    def _maybe_learned(self, now: float) -> None:
        elapsed, n = now - self._t_learning, self._n_learned
        fixed = self._settings.rate or (1 / self._dt_known if self._dt_known else None)
        if n < 2 or not elapsed > 0:
            return
        if fixed is not None:
            done = (n >= 16 and elapsed > 0.2) or elapsed > 2.0
        else:
            span, lines = self._learning_clock.span, self._learning_clock.n_lines
            rate = self._learning_clock.rate()
            wait = 0.5 if rate is not None and is_nice(rate) else 1.5  # what is near no round number is measured longer
            done = (span > wait and lines >= 16) or (span > 1.5 and lines >= 4) or (elapsed > 3.0 and lines >= 2)
            done = done or (elapsed > 3.0 and lines == 0 and n >= 16)
        if done:
            self._finish_learning(fixed, now)

    def _finish_learning(self, fixed: float | None, now: float) -> None:
        labels = self._learned[0].labels
        values = np.concatenate([block.values for block in self._learned])
        clock = self._learning_clock
        host_rate = clock.rate() or (clock.n_lines / clock.span if clock.n_lines and clock.span > 0 else None)
        seen = values if not self._odd or len(self._odd[0]) != len(labels) else np.vstack([values, *self._odd])
        columns = list(infer_columns(labels, values, rate=host_rate, vref=self.vref,
                                     settings=self._settings, port=self.name))  # fmt: skip
        if len(seen) > len(values):  # the range is known wider than the last moment shows
            wider = infer_columns(labels, seen, vref=self.vref, settings=self._settings, port=self.name)
            columns = [c if c.use == "time" else replace(w, name=c.name) for c, w in zip(columns, wider, strict=True)]
        self._odd = []
        i_time = next((i for i, c in enumerate(columns) if c.use == "time"), None)
        dt = 1 / (fixed or nice_rate(host_rate or NOMINAL_RATE))
        if i_time is not None:
            stamps = values[:, i_time] * columns[i_time].scale
            found = stamp_interval(stamps)
            if found and not self._settings.rate:
                dt = 1 / nice_rate(1 / found, max(1e-3, columns[i_time].scale / max(np.ptp(stamps), 1e-9)))
        prefix = self.name if self._several or not any(labels) else ""
        learned, self._learned, self._learning = self._learned, [], False
        self._start(make_setup(labels, columns, dt, prefix))
        self._t_poll = self._t_rows = now
        self.clock = clock if i_time is None else LineClock()  # a stamp counts otherwise
        assert self.setup is not None
        for block in learned:
            self._place(self.setup, block, now)
        self.clock.add(self._i_last, now)
        if dt > SLOWEST and any(i >= 0 for i in self.setup.membrane_traces):
            self.notes.append(Note("rate", tr("{port} sends {rate} lines a second: too few to see every spike (70 are "
                                              "enough)", port=self.name, rate=f"{1 / dt:.3g}")))  # fmt: skip

    def _start(self, setup: Setup | None) -> None:
        self.setup = setup
        self._i_last = -1
        self._stamp = np.nan
        self._t_poll = self._t_rows = 0.0
        self._quiet = 0.0
        self._pending: list[tuple[int, NDArray[np.float32]]] = []
        self._edge = 0  # all before it has been taken
        self._spikes: list[tuple[float, int]] = []
        self._odd = []
        self._t_odd = -np.inf
        self._rate_checks = []
        self._rate_since = (0.0, 0)
        low, high = self._settings.spike_low, self._settings.spike_high
        self._finders = {} if setup is None else {
            i: (trace, SpikeFinder(setup.dt, high=high, low=low))
            for i, trace in enumerate(setup.membrane_traces)
            if trace >= 0 and setup.traces[trace].unit == "V"
        }  # fmt: skip
        self._levels = [(1.0, False) for _ in (setup.spike_columns if setup else ())]  # largest seen; is high

    def _misfits(self, setup: Setup, block: Rows, now: float) -> bool:
        if now - self._t_odd > 1.0:
            self._odd = []
        odd = sum(misfits(c, block.values[:, i]) for i, c in enumerate(setup.columns) if c.use != "time")
        if not odd:
            return False
        if not self._odd:
            self._t_odd = now
        for row in block.values[: 50 * N_MISFITS]:
            if any(misfits(c, row[i : i + 1]) for i, c in enumerate(setup.columns) if c.use != "time"):
                self._odd.append(row)
        return len(self._odd) >= N_MISFITS

    def _watch_rate(self, now: float) -> None:
        """Measure the rate anew where it has clearly changed; a stamp or a person may have fixed it."""
        setup = self.setup
        if setup is None or setup.i_time is not None or self._settings.rate:
            return
        since, i_last = self._rate_since
        if self._quiet > 0.25 or since == 0.0:
            self._rate_since = (now, self._i_last)
            self._rate_checks = []
        elif now - since > max(1.0, 30 * setup.dt):
            self._rate_since = (now, self._i_last)
            ratio = (self._i_last - i_last) * setup.dt / (now - since)
            self._rate_checks = [*self._rate_checks, ratio][-3:]
            checks = self._rate_checks
            if len(checks) == 3 and min(abs(r - 1) for r in checks) > RATE_OFF and max(checks) < 1.1 * min(checks):
                self.notes.append(Note("rate", tr("{port} sends at another rate now", port=self.name)))
                self._dt_known = None
                self._begin_learning()

    # -- placing ----------------------------------------------------------------------------------------------------

    def _place(self, setup: Setup, block: Rows, now: float) -> None:
        was_silent = self._quiet > max(0.3, 5 * setup.dt)
        advance = self._advances(setup, block, now, was_silent)
        positions = self._i_last + np.cumsum(advance)
        samples = setup.convert(block.values)
        missing = int((advance - 1).sum())
        self.n_missing += missing
        self.n_gaps += int((advance > 1).sum())
        self.n_samples += len(samples)
        cuts = [0, *(np.flatnonzero(advance[1:] > FILL) + 1), len(samples)]
        for start, stop in pairwise(cuts):
            first = int(positions[start])
            if not (was_silent and start == 0) and self._i_last < first - 1 <= self._i_last + FILL:
                first = self._i_last + 1
            part = np.full((int(positions[stop - 1]) + 1 - first, samples.shape[1]), np.nan, np.float32)
            part[positions[start:stop] - first] = samples[start:stop]
            self._pending.append((first, part))
            for neuron, (trace, finder) in self._finders.items():
                self._spikes += [(float(s), neuron) for s in finder.feed(part[:, trace], first)]
            self._i_last = int(positions[stop - 1])
        for k, (i_column, neuron) in enumerate(setup.spike_columns):
            self._spikes += [(float(positions[i]), neuron) for i in self._rises(k, block.values[:, i_column])]
        self._t_rows = now

    def _advances(self, setup: Setup, block: Rows, now: float, was_silent: bool) -> NDArray[np.int64]:
        """How many samples each row lies after the one before."""
        n = len(block.values)
        silence = 1
        if was_silent:
            silence = max(1, round((now - self._t_rows) / setup.dt) - n + 1)
        if setup.i_time is None:
            advance = np.ones(n, np.int64)
            advance[0] = max(1 + block.n_lost, silence)
        else:
            unit = setup.columns[setup.i_time].scale
            stamps = block.values[:, setup.i_time] * unit
            last = self._stamp if np.isfinite(self._stamp) else stamps[0] - silence * setup.dt
            advance = stamp_advance(stamps, last, setup.dt, unit)
            advance[advance == 0] = max(1, silence)
            self._stamp = float(stamps[-1])
        if self._i_last < 0:
            advance[0] = 1
        self._quiet = 0.0
        return advance

    def _rises(self, k: int, values: NDArray[np.float64]) -> list[int]:
        largest, is_high = self._levels[k]
        rises = []
        for i, value in enumerate(values.tolist()):
            largest = max(largest, value)
            if not is_high and value > 0.5 * largest:
                is_high = True
                rises.append(i)
            elif is_high and value < 0.25 * largest:
                is_high = False
        self._levels[k] = (largest, is_high)
        return rises

    # -- out --------------------------------------------------------------------------------------------------------

    @property
    def i_end(self) -> int:
        """Index of the sample after the last that was taken."""
        return self._edge

    def take(self) -> list[Piece]:
        """What is complete since the last call. The last samples of a fall stay until it is known to be a spike."""
        setup = self.setup
        if setup is None or not self._pending:
            return []
        edge = self._i_last + 1
        if not self._learning and self._quiet < max(0.05, 3 * setup.dt):
            undecided = [finder.undecided for _, finder in self._finders.values()]
            edge = min([edge, *(i for i in undecided if i is not None)])
        pieces: list[Piece] = []
        for first, parts in _runs(self._cut(edge)):
            samples = np.concatenate(parts)
            end = first + len(samples)
            here = sorted((max(s, float(first)), neuron) for s, neuron in self._spikes if s < end)
            self._spikes = [one for one in self._spikes if one[0] >= end]
            self.n_spikes += len(here)
            pieces.append(Piece(setup, first, samples, np.array([s for s, _ in here], np.float64),
                                np.array([i for _, i in here], np.int32), max(0, first - self._edge)))  # fmt: skip
            self._edge = end
        return pieces

    def _cut(self, edge: int) -> list[tuple[int, NDArray[np.float32]]]:
        done, kept = [], []
        for first, part in self._pending:
            n = min(max(edge - first, 0), len(part))
            if n:
                done.append((first, part[:n]))
            if n < len(part):
                kept.append((first + n, part[n:]))
        self._pending = kept
        return done


def _runs(parts: list[tuple[int, NDArray[np.float32]]]) -> list[tuple[int, list[NDArray[np.float32]]]]:
    runs: list[tuple[int, list[NDArray[np.float32]]]] = []
    end = -1
    for first, part in parts:
        if runs and first == end:
            runs[-1][1].append(part)
        else:
            runs.append((first, [part]))
        end = first + len(part)
    return runs
