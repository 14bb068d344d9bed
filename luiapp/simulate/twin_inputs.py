"""What the world does to board twins, step by step: edges at dendrites, currents into membranes, noise.

Everything is a function of absolute time and of seeds, so that a run is the same however it is cut.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from luiapp.model.network import StimulusLink
from luiapp.model.stimulus import Poisson, SpikeTrain, Train
from luiapp.simulate.drive import EventTimes, mean_current

_BLOCK = 4096
Edges = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]


class Normals:
    """An endless row of standard normal numbers that belongs to `key`, read anywhere; remembers the last block."""

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
                seed = np.random.SeedSequence((*self._key, i_block))
                self._block = np.random.Generator(np.random.Philox(seed)).standard_normal(_BLOCK)
                self._i_block = i_block
            part = self._block[offset : offset + n - done]
            out[done : done + len(part)] = part
            done += len(part)
        return out


class Pulses:
    """Pulses at dendrites from stimuli and by hand, given out as edges sorted by time."""

    def __init__(self, links: Iterable[StimulusLink]) -> None:
        self._heap: list[tuple[float, int, int]] = []  # time, row of the dendrite, 0 for rise and 1 for fall
        self._trains = [(3 * link.i_neuron + link.synapse, link.stimulus.width, EventTimes(link.stimulus))
                        for link in links if isinstance(link.stimulus, SpikeTrain | Train | Poisson)]  # fmt: skip

    def add(self, line: int, time: float, width: float) -> None:
        """One pulse at row `line` (3·board + dendrite)."""
        heapq.heappush(self._heap, (time, line, 0))
        heapq.heappush(self._heap, (time + width, line, 1))

    def skip(self, time: float) -> None:
        """Leave out all pulses that begin before `time`."""
        for _, _, times in self._trains:
            times.until(time)

    def begun(self) -> list[tuple[int, float]]:
        """The pulses whose rise was given out and whose fall wasn't: row and time of the fall."""
        falls = sorted((time, line) for time, line, fall in self._heap if fall)
        n_open = Counter(line for _, line in falls)
        n_open.subtract(line for _, line, fall in self._heap if not fall)
        return [(line, time) for time, line in falls if n_open.subtract([line]) or n_open[line] >= 0]

    def end(self, line: int, time: float) -> None:
        """Only the fall of a pulse at row `line`."""
        heapq.heappush(self._heap, (time, line, 1))

    def take(self, i_first: int, n_steps: int, dt: float) -> Edges:
        """All edges of `n_steps` steps: step, time within it [s], row, 1 for rise."""
        end = i_first + n_steps
        for line, width, times in self._trains:
            for time in times.until((end + 1) * dt):
                self.add(line, float(time), width)
        rows = []
        while self._heap and (step := _step_of(self._heap[0][0], dt)) < end:
            time, line, fall = heapq.heappop(self._heap)
            rows.append((max(step, i_first), min(max(time - step * dt, 0.0), dt), line, 1 - fall))
        if not rows:
            none = np.empty(0, np.int64)
            return none, np.empty(0), none, none
        steps, times_within, lines, rises = zip(*rows, strict=True)
        return (np.array(steps, np.int64), np.array(times_within), np.array(lines, np.int64),
                np.array(rises, np.int64))  # fmt: skip


def _step_of(time: float, dt: float) -> int:
    """The step that contains `time`; an edge within rounding of a step's beginning belongs to that step."""
    return math.floor(time / dt + 1e-9)


class Currents:
    """Current stimuli, one column for each board that has any."""

    def __init__(self, links: Iterable[StimulusLink], n_neurons: int) -> None:
        self._links = [link for link in links if not link.stimulus.is_event]
        boards = sorted({link.i_neuron for link in self._links})
        self.column = np.full(n_neurons, -1, np.int64)
        self.column[boards] = np.arange(len(boards))
        self._n_columns = len(boards)

    def take(self, i_first: int, n_steps: int, dt: float) -> NDArray[np.float64]:
        """Mean currents [A] of `n_steps` steps, shape (n_steps, n_columns)."""
        out = np.zeros((n_steps, self._n_columns))
        if self._links and n_steps:
            edges = np.arange(i_first, i_first + n_steps + 1) * np.float64(dt)
            for link in self._links:
                out[:, self.column[link.i_neuron]] += mean_current(link.stimulus, edges)
        return out
