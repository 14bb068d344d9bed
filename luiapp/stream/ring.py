"""The ring: the latest stretch of a stream, for views that draw a window of it at frame rate.

Samples are kept as long as the memory budget allows. Least and greatest values in bins of 16, 256 and 4096 samples
(the pyramid) are kept for the whole history, so that ten minutes are drawn as fast as ten seconds. With the budget of
256 MB, 660 s of history are kept as follows; pages of memory are only taken once data fills them:

============== ================ ====================== ==========
stream         all samples for  bins of 16 samples for memory
============== ================ ====================== ==========
1 × 10 kHz     660 s            660 s                  29 MB
8 × 10 kHz     660 s            660 s                  228 MB
32 × 2 kHz     660 s            660 s                  183 MB
32 × 10 kHz    121 s            660 s                  256 MB
64 × 10 kHz    20 s             635 s                  256 MB
============== ================ ====================== ==========
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Chunk, Event, Layout, Trace

BUDGET = 256 * 2**20  # bytes, samples and pyramid together
_BIN, _N_LEVELS = 16, 3  # as in kernels.trace, which is only imported once something is drawn
_COARSEST = _BIN**_N_LEVELS
_SHARE = sum(_BIN**-level for level in range(1, _N_LEVELS + 1))  # bins per sample, all levels together
_MOST_SPIKES = 1 << 23
_SHORTEST = 20.0  # s of samples that are kept whatever the budget says


class Ring:
    """Remembers at least `seconds` of one layout's stream. One thread writes and reads it.

    Parameters
    ----------
    layout : Layout
    seconds : float
        Length of the history.
    budget : int
        Bytes for samples and pyramid.

    Attributes
    ----------
    layout : Layout
    n_gaps : int
        How often samples were missing.
    n_restarts : int
        How often the stream began anew (its index jumped back).
    n_late : int
        How often spikes came that lie before others.
    """

    def __init__(self, layout: Layout, seconds: float = 600.0, *, budget: int = BUDGET) -> None:
        self.layout = layout
        self.n_gaps = 0
        self.n_restarts = 0
        self.n_late = 0
        n_traces = max(len(layout.traces), 1)
        per_sample = 4 * n_traces
        shortest = _up(min(seconds, _SHORTEST) / layout.dt)
        n_most = max(budget - shortest * per_sample, 0) / (per_sample * 2 * _SHARE)
        n_history = max(min(_up(max(seconds / layout.dt, 1)), _up(n_most, down=True)), shortest)
        pyramid = n_history * per_sample * 2 * _SHARE
        self._n_raw = max(min(_up((budget - pyramid) / per_sample, down=True), n_history), shortest)
        self._n_history = n_history
        self._n_bins = np.array([n_history // _BIN**level + 1 for level in range(1, _N_LEVELS + 1)], np.int64)
        self._offset = np.concatenate([[0], np.cumsum(self._n_bins)[:-1]]).astype(np.int64)
        # Pages of an empty array are only taken when data comes.
        self._raw = np.empty((len(layout.traces), self._n_raw), np.float32)
        self._low = np.empty((len(layout.traces), int(self._n_bins.sum())), np.float32)
        self._high = np.empty_like(self._low)
        self._restart(None)

    def _restart(self, i_first: int | None) -> None:
        self._first = i_first
        self._head = self._folded = i_first or 0
        self._spikes = _Spikes()
        self._events: list[Event] = []
        self._gaps: list[tuple[int, int]] = []

    @property
    def head(self) -> int:
        """Index of the sample after the newest."""
        return self._head

    @property
    def tail(self) -> int:
        """Index of the oldest sample that is still there."""
        return max(self._first or 0, self._head - self._n_raw)

    @property
    def oldest(self) -> int:
        """Index of the oldest sample of which at least the least and greatest values are still there."""
        return max(self._first or 0, self._head - self._n_history)

    @property
    def now(self) -> float:
        """Time of the head [s]."""
        return self._head * self.layout.dt

    @property
    def n_bytes(self) -> int:
        """What samples and pyramid take once they are full."""
        return self._raw.nbytes + self._low.nbytes + self._high.nbytes

    def push(self, chunk: Chunk) -> None:
        """Append a chunk; a jump of its index becomes not-a-number, counted in `n_gaps`. A jump back starts anew."""
        if self._first is None or chunk.i_first < self._head:
            self.n_restarts += self._first is not None
            self._restart(chunk.i_first)
        if chunk.i_first > self._head:
            self._skip(chunk.i_first)
        self._write(chunk.samples)
        oldest = self.oldest * self.layout.dt
        self.n_late += self._spikes.add(chunk.spike_times, chunk.spike_neurons)
        self._spikes.forget(oldest)
        for event in chunk.events:
            bisect.insort(self._events, event, key=_time)
        if self._events and self._events[0].time < oldest - 60:
            del self._events[: bisect.bisect_left(self._events, oldest, key=_time)]

    def inherit(self, old: Ring, traces: Sequence[int], neurons: Sequence[int]) -> None:
        """Begin with what `old` remembers, where the columns of a stream change and its time goes on.

        Samples that only bins are left of stay behind if this ring has room for more samples than `old` had.

        Parameters
        ----------
        old : Ring
            Of the same sampling interval.
        traces : sequence of n_traces int
            For each of this layout's traces its column in `old`; −1 where it is new: not-a-number.
        neurons : sequence of int
            For each neuron of this layout its index in `old`, or −1. Spikes of neurons that are gone are forgotten.
        """
        if old._first is None:
            return
        old.fold()
        self._restart(old.oldest if self._n_raw <= old._n_raw else old.tail)
        self._head = self._folded = old._head
        self.n_gaps, self.n_restarts, self.n_late = old.n_gaps, old.n_restarts, old.n_late
        self._gaps, self._events = old._gaps.copy(), old._events.copy()
        rows = np.array(traces, np.int64)
        _take_rows(self._raw, old._raw, rows, self.tail, self._head)
        for level, (offset, n) in enumerate(zip(self._offset, self._n_bins, strict=True)):
            size = _BIN ** (level + 1)
            there = old._offset[level], old._n_bins[level]
            for mine, theirs in ((self._low, old._low), (self._high, old._high)):
                _take_rows(mine[:, offset : offset + n], theirs[:, there[0] : there[0] + there[1]], rows,
                           self.oldest // size, -(-self._head // size))  # fmt: skip
        index = np.full(len(old.layout.neurons) + 1, -1, np.int32)  # the last is where what is new points to
        index[np.array(neurons, np.int64)] = np.arange(len(neurons), dtype=np.int32)
        times, sources = old._spikes.between(self.oldest * self.layout.dt, np.inf)
        kept = index[sources] >= 0
        self._spikes.add(times[kept], index[sources[kept]])

    def latest(self) -> NDArray[np.float32]:
        """(n_traces,) the newest sample; not-a-number before the first."""
        if self._head == self.tail:
            return np.full(len(self.layout.traces), np.nan, np.float32)
        return self._raw[:, (self._head - 1) % self._n_raw].copy()

    def copy(self, i_first: int, i_end: int) -> NDArray[np.float32]:
        """(i_end − i_first, n_traces) samples; not-a-number where the ring has none."""
        out = np.full((max(i_end - i_first, 0), len(self.layout.traces)), np.nan, np.float32)
        a, b = max(i_first, self.tail), min(i_end, self._head)
        if b > a:
            out[a - i_first : b - i_first] = self._raw[:, np.arange(a, b) % self._n_raw].T
        return out

    def trace(self, i_trace: int, i_first: int, i_end: int) -> NDArray[np.float32]:
        """(i_end − i_first,) samples of one trace; not-a-number where the ring has none."""
        out = np.full(max(i_end - i_first, 0), np.nan, np.float32)
        a, b = max(i_first, self.tail), min(i_end, self._head)
        if b > a:
            out[a - i_first : b - i_first] = self._raw[i_trace, np.arange(a, b) % self._n_raw]
        return out

    def fill(self, i_trace: int, i_first: int, values: NDArray[np.float32]) -> None:
        """Replace samples of one trace from `i_first` on, as far as they are still there."""
        a, b = max(i_first, self.tail), min(i_first + len(values), self._head)
        if b > a:
            self._raw[i_trace, np.arange(a, b) % self._n_raw] = values[a - i_first : b - i_first]
            whole = a if a == self._first else -(-a // _BIN) * _BIN  # a bin whose samples are all there
            self._folded = min(self._folded, whole)

    def columns(
        self,
        chosen: NDArray[np.int32],
        start: float,
        step: float,
        where: tuple[int, int],
        out: tuple[NDArray[np.float32], NDArray[np.float32]],
        number: int = 0,
    ) -> None:
        """Least and greatest values of the chosen traces in columns of `step` samples, from sample `start` on.

        Parameters
        ----------
        chosen : (n_chosen,) int32
            Indices of traces.
        where : (j_from, j_end)
            Columns of `out` to fill.
        out : two arrays (n_chosen, n_columns) float32
            Not-a-number where nothing was measured.
        number : int
            The first column to fill is the one of this number, counted from `start`.
        """
        from luiapp.kernels import trace

        j_from, j_end = max(where[0], 0), min(where[1], out[0].shape[1])
        if j_end <= j_from or not len(chosen):
            return
        self.fold()
        if self._head == self.oldest or step <= 0:
            out[0][:, j_from:j_end] = out[1][:, j_from:j_end] = np.nan
            return
        rows = np.ascontiguousarray(chosen, np.int32)
        trace.columns(self._raw, self._low, self._high, self._offset, self._n_bins, self.oldest, self._head,
                      rows, float(start), int(number), float(step), j_from, j_end, *out)  # fmt: skip

    def fold(self) -> None:
        """Bring the pyramid up to date. `columns` does it; calling it earlier only spreads the work."""
        if self._folded == self._head:
            return
        from luiapp.kernels import trace

        trace.fold(self._raw, self._low, self._high, self._offset, self._n_bins, self._first or 0,
                   self._folded, self._head)  # fmt: skip
        self._folded = self._head

    def spikes(self, t_first: float, t_end: float) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Times [s] and neurons of the spikes in [t_first, t_end). Valid until the next `push`."""
        return self._spikes.between(t_first, t_end)

    def events(self, t_first: float, t_end: float) -> list[Event]:
        """Events in [t_first, t_end)."""
        a = bisect.bisect_left(self._events, t_first, key=_time)
        return self._events[a : bisect.bisect_left(self._events, t_end, lo=a, key=_time)]

    def gaps(self, t_first: float, t_end: float) -> Sequence[tuple[float, float]]:
        """Stretches [s] within [t_first, t_end) of which no sample came."""
        dt = self.layout.dt
        a = bisect.bisect_right(self._gaps, t_first / dt, key=lambda gap: gap[1])
        b = bisect.bisect_left(self._gaps, t_end / dt, lo=a, key=lambda gap: gap[0])
        return [(i * dt, j * dt) for i, j in self._gaps[a:b]]

    def _skip(self, i_next: int) -> None:
        """Nothing came from the head up to `i_next`."""
        self.n_gaps += 1
        self._gaps.append((self._head, i_next))
        del self._gaps[:-4096]
        if i_next - self._head >= self._n_history:
            # Nothing of what was before is within reach: what counts as the past begins in this gap.
            self._first = self._head = self._folded = i_next - self._n_history
        while self._head < i_next:
            n = min(i_next - self._head, self._n_raw // 2)
            self._write(np.full((n, len(self.layout.traces)), np.nan, np.float32))

    def _write(self, samples: NDArray[np.float32]) -> None:
        done = 0
        while done < len(samples):
            piece = samples[done : done + self._n_raw // 2]
            n = len(piece)
            if self._head + n - self._folded > self._n_raw - _BIN:
                self.fold()  # before what it has not seen is overwritten
            a = self._head % self._n_raw
            fits = min(n, self._n_raw - a)
            self._raw[:, a : a + fits] = piece[:fits].T
            self._raw[:, : n - fits] = piece[fits:].T
            self._head += n
            done += n


class _Spikes:
    """Spikes in order of time, in arrays that grow."""

    def __init__(self) -> None:
        self._times = np.empty(1024, np.float64)
        self._neurons = np.empty(1024, np.int32)
        self._begin = self._end = 0

    def add(self, times: NDArray[np.float64], neurons: NDArray[np.int32]) -> bool:
        """Take in spikes; whether some lie before others that came earlier."""
        n = len(times)
        if n == 0:
            return False
        if not np.isfinite(times).all():
            keep = np.isfinite(times)
            times, neurons, n = times[keep], neurons[keep], int(keep.sum())
        if self._end + n > len(self._times):
            self._make_room(n)
        end = self._end + n
        self._times[self._end : end] = times
        self._neurons[self._end : end] = neurons
        late = bool(n and self._end > self._begin and times.min() < self._times[self._end - 1])
        if late or (n > 1 and (np.diff(times) < 0).any()):
            a = self._begin + int(np.searchsorted(self._times[self._begin : self._end], times.min(), "right"))
            order = a + np.argsort(self._times[a:end], kind="stable")
            self._times[a:end], self._neurons[a:end] = self._times[order], self._neurons[order]
        self._end = end
        return late

    def forget(self, before: float) -> None:
        if self._end > self._begin and self._times[self._begin] < before:
            self._begin += int(np.searchsorted(self._times[self._begin : self._end], before))
        self._begin = max(self._begin, self._end - _MOST_SPIKES)

    def between(self, t_first: float, t_end: float) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        a, b = self._begin + np.searchsorted(self._times[self._begin : self._end], (t_first, t_end))
        return self._times[a:b], self._neurons[a:b]

    def _make_room(self, n: int) -> None:
        kept = self._end - self._begin
        size = max(2 * (kept + n), 1024)
        times, neurons = np.empty(size, np.float64), np.empty(size, np.int32)
        times[:kept] = self._times[self._begin : self._end]
        neurons[:kept] = self._neurons[self._begin : self._end]
        self._times, self._neurons, self._begin, self._end = times, neurons, 0, kept


def heirs(before: Layout, after: Layout) -> tuple[list[int], list[int]]:
    """For each trace and each neuron of `after` its index in `before`; −1 where it is new.

    Neurons are known by their names; where no neuron came or went, one of another name was renamed.
    """
    neurons = [before.neurons.index(name) if name in before.neurons else -1 for name in after.neurons]
    if len(before.neurons) == len(after.neurons):
        neurons = [i if j < 0 and before.neurons[i] not in after.neurons else j for i, j in enumerate(neurons)]
    column = {_identity(trace, trace.i_neuron): k for k, trace in reversed(list(enumerate(before.traces)))}
    traces = []
    for trace in after.traces:
        known = neurons[trace.i_neuron] if trace.i_neuron >= 0 else -1
        is_new = trace.i_neuron >= 0 > known
        traces.append(-1 if is_new else column.get(_identity(trace, known), -1))
    return traces, neurons


def _identity(trace: Trace, i_neuron: int) -> tuple[str, str, int | str]:
    """What a trace measures; a signal of no neuron, or beside others of the same kind, is known by its name."""
    return trace.quantity, trace.unit, trace.name if i_neuron < 0 or trace.quantity == "signal" else i_neuron


def _take_rows(
    mine: NDArray[np.float32], theirs: NDArray[np.float32], rows: NDArray[np.int64], i_first: int, i_end: int
) -> None:
    """Columns [i_first, i_end), counted since the stream began, from one cyclic array into another; row −1: none."""
    while i_first < i_end:
        a, b = i_first % mine.shape[1], i_first % theirs.shape[1]
        n = min(i_end - i_first, mine.shape[1] - a, theirs.shape[1] - b)
        for k, row in enumerate(rows):
            mine[k, a : a + n] = theirs[row, b : b + n] if row >= 0 else np.nan
        i_first += n


def _time(event: Event) -> float:
    return event.time


def _up(n: float, *, down: bool = False) -> int:
    """`n` samples, rounded to whole bins of the coarsest level, at least one."""
    whole = n // _COARSEST if down else -(-n // _COARSEST)
    return int(max(whole, 1)) * _COARSEST
