"""What the world does to board twins, step by step: edges at dendrites and currents into membranes.

Everything is a function of absolute time and of seeds, so that a run is the same however it is cut.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from luiapp.model.network import StimulusLink
from luiapp.model.stimulus import Noise, Poisson, Ramp, Sine, SpikeTrain, Step, Stimulus

_BLOCK = 4096
Edges = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]


def block_of_normals(key: tuple[int, ...], i_block: int) -> NDArray[np.float64]:
    """Block number `i_block` of a reproducible row of standard normal numbers, shape (4096,)."""
    seed = np.random.SeedSequence((*key, i_block))
    return np.random.Generator(np.random.Philox(seed)).standard_normal(_BLOCK)


class Normals:
    """A row of standard normal numbers that can be read anywhere; remembers the last block."""

    def __init__(self, *key: int) -> None:
        self._key = key
        self._i_block = -1
        self._block = np.empty(0)

    def read(self, i_first: int, n: int) -> NDArray[np.float64]:
        """Numbers `i_first` to `i_first` + `n`, shape (n,)."""
        out = np.empty(n)
        done = 0
        while done < n:
            i_block, offset = divmod(i_first + done, _BLOCK)
            if i_block != self._i_block:
                self._i_block, self._block = i_block, block_of_normals(self._key, i_block)
            part = self._block[offset : offset + n - done]
            out[done : done + len(part)] = part
            done += len(part)
        return out


class Pulses:
    """Pulses at dendrites from stimuli and by hand, given out as edges sorted by time."""

    def __init__(self, links: Iterable[StimulusLink]) -> None:
        self._heap: list[tuple[float, int, int, int]] = []  # time, order, row of the dendrite, rise
        self._trains: list[tuple[float, int, int, float, Iterator[float]]] = []
        self._order = 0
        for i, link in enumerate(links):
            one = link.stimulus
            if isinstance(one, SpikeTrain | Poisson):
                times = iter(one.times) if isinstance(one, SpikeTrain) else _poisson_times(one, i)
                self._next(3 * link.i_neuron + link.synapse, one.width, times)

    def add(self, line: int, time: float, width: float) -> None:
        """One pulse at row `line` (3·board + dendrite)."""
        for t, rise in ((time, 1), (time + width, 0)):
            heapq.heappush(self._heap, (t, self._order, line, rise))
            self._order += 1

    def take(self, i_first: int, n_steps: int, dt: float) -> Edges:
        """All edges of `n_steps` steps: step, time within it [s], row, 1 for rise."""
        end = i_first + n_steps
        while self._trains and self._trains[0][0] < (end + 1) * dt:
            time, _, line, width, times = heapq.heappop(self._trains)
            self.add(line, time, width)
            self._next(line, width, times)
        rows = []
        while self._heap and (step := _step_of(self._heap[0][0], dt)) < end:
            time, _, line, rise = heapq.heappop(self._heap)
            rows.append((max(step, i_first), min(max(time - step * dt, 0.0), dt), line, rise))
        if not rows:
            none = np.empty(0, np.int64)
            return none, np.empty(0), none, none
        step_column, t_column, line_column, rise_column = zip(*rows, strict=True)
        return (np.array(step_column, np.int64), np.array(t_column), np.array(line_column, np.int64),
                np.array(rise_column, np.int64))  # fmt: skip

    def _next(self, line: int, width: float, times: Iterator[float]) -> None:
        time = next(times, None)
        if time is not None:
            heapq.heappush(self._trains, (time, self._order, line, width, times))
            self._order += 1


def _step_of(time: float, dt: float) -> int:
    """The step that contains `time`; an edge within rounding of a step's beginning belongs to that step."""
    return math.floor(time / dt + 1e-9)


def _poisson_times(stimulus: Poisson, i_stimulus: int) -> Iterator[float]:
    if stimulus.rate <= 0:
        return
    bits = np.random.Generator(np.random.Philox(np.random.SeedSequence((stimulus.seed, i_stimulus))))
    time = stimulus.start
    while True:
        for gap in bits.standard_exponential(64):
            time += float(gap) / stimulus.rate
            if time >= stimulus.stop:
                return
            yield time


class Currents:
    """Current stimuli, one column for each board that has any; each value is the mean over its step (sine: middle)."""

    def __init__(self, links: Iterable[StimulusLink], n_neurons: int) -> None:
        self._links = [link for link in links if not link.stimulus.is_event]
        boards = sorted({link.i_neuron for link in self._links})
        self.column = np.full(n_neurons, -1, np.int64)
        self.column[boards] = np.arange(len(boards))
        self._n_columns = len(boards)
        self._normals = [Normals(link.stimulus.seed, 7) if isinstance(link.stimulus, Noise) else None
                         for link in self._links]  # fmt: skip

    def take(self, i_first: int, n_steps: int, dt: float) -> NDArray[np.float64]:
        """Currents [A] of `n_steps` steps, shape (n_steps, n_columns)."""
        out = np.zeros((n_steps, self._n_columns))
        if not self._links or n_steps == 0:
            return out
        start = np.arange(i_first, i_first + n_steps, dtype=np.float64) * np.float64(dt)
        for link, normals in zip(self._links, self._normals, strict=True):
            out[:, self.column[link.i_neuron]] += _current(link.stimulus, start, dt, normals)
        return out


def _current(one: Stimulus, start: NDArray[np.float64], dt: float, normals: Normals | None) -> NDArray[np.float64]:
    begin, stop = getattr(one, "start", 0.0), getattr(one, "stop", math.inf)
    low, high = np.clip(start, begin, stop), np.clip(start + dt, begin, stop)
    share, middle = (high - low) / dt, (high + low) / 2
    if isinstance(one, Step):
        return one.amplitude * share
    if isinstance(one, Ramp):
        return share * (one.first + (one.last - one.first) * (middle - begin) / (stop - begin))
    if isinstance(one, Sine):
        phase = 2 * math.pi * one.frequency * (middle - begin) + one.phase
        return np.asarray(share * (one.offset + one.amplitude * np.sin(phase)), np.float64)
    if isinstance(one, Noise) and normals is not None:
        index = np.maximum(np.floor((middle - begin) / one.hold + 1e-9).astype(np.int64), 0)
        values = normals.read(int(index[0]), int(index[-1] - index[0]) + 1)
        return np.asarray(share * (one.mean + one.sigma * values[index - index[0]]), np.float64)
    return np.zeros_like(start)
