"""A recording played back: a rig like any other, with a timeline to move about in."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Chunk, Event, Layout
from luiapp.data.recording import Recording
from luiapp.errors import LuiError, ParameterError, RigError
from luiapp.files.registry import read_segments
from luiapp.model.network import Network
from luiapp.rigs.pace import check_speed
from luiapp.stream.source import Command, Description, HandStep, Mark, Seek, SetPaused, SetSpeed, StepOnce

HISTORY = 10.0  # s before the target that a seek sends first
COMMANDS = frozenset({SetSpeed, SetPaused, StepOnce, Seek, Mark})
_MAX_ROWS = 1 << 16  # samples in one chunk
_TICK = 0.01  # s between chunks
_LONGEST_TICK = 1.0  # s; time that passed while the computer slept is not played


@dataclass(frozen=True)
class _Stretch:
    """One segment on the replay's clock, which begins at 0 with the first segment."""

    layout: Layout
    i_first: int
    samples: NDArray[np.float32]
    spike_times: NDArray[np.float64]
    spike_neurons: NDArray[np.int32]
    events: tuple[Event, ...]
    event_times: NDArray[np.float64]

    @property
    def i_end(self) -> int:
        return self.i_first + len(self.samples)

    @property
    def end(self) -> float:
        return self.i_end * self.layout.dt


class ReplayRig:
    """Plays a recording.

    Parameters
    ----------
    recording : path, Recording or sequence of Recording
        A file of any format that can be read, or what was read from one. Several segments play one after the other.
    loop : bool
        Begin anew at the end.
    history : float
        How much before the target of a seek is sent again [s].
    clock, wait : callable
        Seconds, and how to let some pass; for tests.

    Notes
    -----
    *Clock.* The replay's own time begins at 0 with the first sample of the recording, whatever that sample's time
    was when it was recorded; spikes and events are shifted alike. `Seek.time` and `position` are on this clock, and
    ``describe().duration`` is its end.

    *Seek.* The stream starts anew: the next chunk has a **new Layout object that is equal to the old one**, and
    begins up to `history` seconds before the target. These chunks come at once, so that views have the window that
    leads to the target; from the target on it goes at the chosen speed (or stands, if paused). A listener that
    clears itself when ``chunk.layout is not`` the last one, or when ``i_first`` goes back, needs to know nothing more.
    Events in the part that was jumped over are not sent; `network` has their effects.

    *End.* The last sample stays; reading goes on and brings nothing, until a seek. In a loop, the stream starts
    anew as after ``Seek(0)``. The rig never raises `EOFError` before `close`.
    """

    kind = "replay"

    def __init__(
        self,
        recording: str | Path | Recording | Sequence[Recording],
        *,
        loop: bool = False,
        history: float = HISTORY,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        segments, self.name = _segments(recording)
        self._segments = segments
        self._stretches = _timeline(segments)
        self._network = segments[0].metadata.get("network")
        self.loop = loop
        self._history = history
        self._clock, self._wait = clock, wait
        self._lock = threading.Lock()
        self._commands: deque[Command] = deque()
        self._closed = False
        self._speed, self._paused = 1.0, False
        self._position = 0.0
        self._last_tick = clock()
        self._marks: list[Event] = []
        self._n_samples = self._n_loops = 0
        self._restart(0.0)

    def again(self) -> ReplayRig:
        """Another replay of the same recording, at its beginning, for somebody else to read."""
        other = ReplayRig(self._segments)
        other.name = self.name
        return other

    @property
    def source(self) -> ReplayRig:
        """Its stream: itself."""
        return self

    @property
    def layout(self) -> Layout:
        """What its columns mean at the present position."""
        return self._layout

    @property
    def duration(self) -> float:
        """Length [s]."""
        return self._stretches[-1].end

    @property
    def position(self) -> float:
        """Where it is [s]."""
        return self._position

    @property
    def paused(self) -> bool:
        """Whether it stands."""
        return self._paused

    @property
    def at_end(self) -> bool:
        """Whether everything has been played."""
        return self._position >= self.duration

    @property
    def network(self) -> Network | None:
        """The circuit at the present position (knobs as they stood then), where the recording knows it."""
        try:
            net = None if self._network is None else Network.from_dict(self._network)
            position = self._position
            for stretch in self._stretches:
                for event in stretch.events[: int(np.searchsorted(stretch.event_times, position, "right"))]:
                    net = _after(net, event)
        except LuiError:  # a damaged description must not keep the traces from being shown
            return None
        return net

    def describe(self) -> Description:
        """What it can do: move in time. Nothing of a recording can be set."""
        net = self.network
        names = () if net is None else tuple(p.name for p in net.kind.parameters)
        return Description({n: "fixed" for n in names}, COMMANDS, can_rewire=False, duration=self.duration)

    def apply(self, network: Network) -> list[HandStep]:
        """Raises `RigError`: what was recorded can't be rewired."""
        raise RigError("A recording can't be rewired. Open it on the bench as a simulation to change its circuit.")

    def send(self, command: Command) -> None:
        """Obey `SetSpeed`, `SetPaused`, `StepOnce`, `Seek` or `Mark` at the next read; others raise `RigError`."""
        if type(command) not in COMMANDS:
            raise RigError("A recording can be played, paused and searched, but not stimulated or adjusted.")
        if isinstance(command, SetSpeed):
            check_speed(command.factor)
        if isinstance(command, Seek) and not np.isfinite(command.time):
            raise ParameterError("a recording can be searched from 0 to {end} s", end=f"{self.duration:g}")
        if isinstance(command, StepOnce) and not 0 < command.duration < 1e6:
            raise ParameterError("a step must be longer than 0 s, not {value} s", value=f"{command.duration:g}")
        with self._lock:
            self._commands.append(command)

    def health(self) -> dict[str, int | float | str]:
        """Samples sent, position and length [s], number of loops."""
        return {"samples": self._n_samples, "position": self._position, "duration": self.duration,
                "loops": self._n_loops}  # fmt: skip

    def close(self) -> None:
        """Let go of the recording."""
        self._closed = True

    def read(self, timeout: float) -> Chunk | None:
        """The next chunk; see `Source.read`."""
        if self._closed:
            raise EOFError
        self._obey()
        if (chunk := self._due()) is not None:
            return chunk
        if timeout > 0:
            self._wait(min(timeout, _TICK))
        self._tick()
        return self._due()

    def _obey(self) -> None:
        with self._lock:
            commands, self._commands = self._commands, deque()
        self._tick()
        for command in commands:
            if isinstance(command, SetSpeed):
                self._speed = float(command.factor)
            elif isinstance(command, SetPaused):
                self._paused = command.paused
            elif isinstance(command, StepOnce) and self._paused:
                self._position = min(self._position + command.duration, self.duration)
            elif isinstance(command, Seek):
                self._restart(min(max(command.time, 0.0), self.duration))
            elif isinstance(command, Mark):
                self._marks.append(Event(self._position, "marker", value=command.value))

    def _tick(self) -> None:
        """Let the replay's time follow the clock."""
        now = self._clock()
        passed = min(max(now - self._last_tick, 0.0), _LONGEST_TICK)
        self._last_tick = now
        if self._paused:
            return
        if self.loop and self.at_end and not self._behind():
            self._n_loops += 1
            self._restart(0.0)
        else:
            self._position = min(self._position + passed * self._speed, self.duration)

    def _behind(self) -> bool:
        return self._i_next < self._i_due(self._stretches[self._k]) or self._k + 1 < len(self._stretches)

    def _i_due(self, stretch: _Stretch) -> int:
        if self._position >= stretch.end:
            return stretch.i_end
        # A hair more, so that a position that is a whole number of samples counts as reached.
        return min(max(int(np.floor(self._position / stretch.layout.dt + 1e-6)), stretch.i_first), stretch.i_end)

    def _restart(self, target: float) -> None:
        """Start the stream anew so that it leads up to `target`."""
        self._position = target
        start = max(0.0, target - self._history)
        # The window before the target must be of the same columns as the target.
        k = next((i for i, s in enumerate(self._stretches) if target < s.end), len(self._stretches) - 1)
        self._enter(k, start)

    def _enter(self, k: int, start: float) -> None:
        stretch = self._stretches[k]
        self._k = k
        self._layout = replace(stretch.layout)
        first = min(max(round(start / stretch.layout.dt), stretch.i_first), stretch.i_end)
        self._i_next = first
        self._fresh = True
        t_first = -np.inf if first == stretch.i_first else first * stretch.layout.dt
        self._i_spike = int(np.searchsorted(stretch.spike_times, t_first))
        self._i_event = int(np.searchsorted(stretch.event_times, t_first))

    def _due(self) -> Chunk | None:
        """What lies between what was sent and the present position, in one chunk of bounded size."""
        stretch = self._stretches[self._k]
        if self._i_next >= stretch.i_end and self._k + 1 < len(self._stretches) and self._position >= stretch.end:
            self._enter(self._k + 1, 0.0)
            stretch = self._stretches[self._k]
        first = self._i_next
        end = min(self._i_due(stretch), first + _MAX_ROWS)
        if end <= first and not self._marks and not self._fresh:
            return None
        t_end = np.inf if end == stretch.i_end else end * stretch.layout.dt
        spikes = slice(self._i_spike, max(self._i_spike, int(np.searchsorted(stretch.spike_times, t_end))))
        events = slice(self._i_event, max(self._i_event, int(np.searchsorted(stretch.event_times, t_end))))
        marks, self._marks = self._marks, []
        self._fresh = False
        self._i_next, self._i_spike, self._i_event = end, spikes.stop, events.stop
        self._n_samples += end - first
        at = first - stretch.i_first
        return Chunk(self._layout, first, stretch.samples[at : at + end - first], stretch.spike_times[spikes],
                     stretch.spike_neurons[spikes], (*stretch.events[events], *marks))  # fmt: skip


def _segments(recording: str | Path | Recording | Sequence[Recording]) -> tuple[list[Recording], str]:
    if isinstance(recording, str | Path):
        return read_segments(recording), Path(recording).name
    segments = [recording] if isinstance(recording, Recording) else list(recording)
    if not segments:
        raise ParameterError("nothing was recorded")
    return segments, str(segments[0].metadata.get("rig") or "replay")


def _timeline(segments: Sequence[Recording]) -> list[_Stretch]:
    stretches: list[_Stretch] = []
    for one in segments:
        dt = one.layout.dt
        i_first = round(stretches[-1].end / dt + 0.499999) if stretches else 0
        shift = i_first * dt - one.t_start
        events = sorted(one.events, key=lambda e: e.time)
        stretches.append(
            _Stretch(
                replace(one.layout, kind="replay"),
                i_first,
                one.samples.astype(np.float32, copy=False),
                one.spike_times + shift,
                one.spike_neurons,
                tuple(replace(e, time=e.time + shift) for e in events),
                np.array([e.time + shift for e in events], np.float64),
            )
        )
    return stretches


def _after(net: Network | None, event: Event) -> Network | None:
    """The circuit after an event."""
    if event.kind == "network" and isinstance(event.value, dict):
        return Network.from_dict(event.value)
    if event.kind == "parameter" and net is not None and isinstance(event.value, int | float):
        net.set_parameter(net.index(event.target), event.name, float(event.value))
    return net
