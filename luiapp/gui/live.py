"""The one place where the pump's thread and Qt meet: the open rig, its ring, and what the window knows of it.

Panels hold a `Live`, connect to its signals, and pull data from ``live.ring`` when `frame` is emitted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui

from luiapp.data.chunk import Chunk, Event, Layout
from luiapp.errors import LuiError, RigError
from luiapp.gui.follow import follow
from luiapp.gui.lock import Lock
from luiapp.gui.steps import OWN, rewire, turn
from luiapp.model.network import Network
from luiapp.rigs.supply import SupplyEstimate
from luiapp.stream.derived import Channel, Derived
from luiapp.stream.pump import Pump, Tap
from luiapp.stream.ring import Ring, heirs
from luiapp.stream.source import (
    Command,
    Description,
    HandStep,
    Kick,
    Mark,
    Pulse,
    Rig,
    Seek,
    SetParameter,
    SetPaused,
    SetSpeed,
    StepOnce,
)

_log = logging.getLogger(__name__)
HISTORY = 660.0  # s that can be scrolled back through
FRAME_MS = 16
SILENCE_MS = 700  # after which what a board said last is no longer shown as its present state
NUMBERS_EVERY = 15  # frames between updates of numbers


class Live(QtCore.QObject):
    """The open rig and its data, on the GUI's side.

    Attributes
    ----------
    ring : Ring or None
        The latest stretch of the stream; replaced when the layout changes.
    network : Network or None
        The window's copy of the circuit, kept in step with every turned knob (also those of a replay).
    selected : int
        The neuron that keys act on; −1 where there is none.
    item : str
        The bench item that keys act on instead; empty where there is none.
    undo : QUndoStack
        Everything that a person changes goes through it.
    """

    frame = QtCore.Signal()  # once per display frame, after new data reached the ring
    numbers = QtCore.Signal()  # a few times a second, for read-outs
    spiked = QtCore.Signal(list)  # new spikes of this frame: [(time s, i_neuron), …]; not emitted for none
    noted = QtCore.Signal(list)  # new events of this frame: [Event, …]
    rig_leaving = QtCore.Signal()  # before the open rig is closed: last call for recorders
    rig_changed = QtCore.Signal()
    layout_changed = QtCore.Signal(bool)  # whether another stream began; else columns came, went or were renamed
    network_changed = QtCore.Signal()  # neurons, names, wires or positions
    parameter_changed = QtCore.Signal(int, str)  # neuron, name
    selection_changed = QtCore.Signal(int)
    item_changed = QtCore.Signal(str)  # the selected item
    item_pressed = QtCore.Signal(str)  # use an item: press a button and the like
    pointing_changed = QtCore.Signal()
    window_wanted = QtCore.Signal(float)  # s that the scope is to show at once
    state_changed = QtCore.Signal()  # paused, speed
    problem = QtCore.Signal(object)  # an exception to be told once
    refused = QtCore.Signal(object)  # a RigError: this rig can't do what a hand asked for, which is no fault
    opening_changed = QtCore.Signal(bool)  # a rig is being opened in the background
    _opened = QtCore.Signal(int, object, object)  # request, rig or None, error or None; from the opener's thread

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.rig: Rig | None = None
        self.ring: Ring | None = None
        self.network: Network | None = None
        self.selected, self.item = -1, ""
        self.pointed: tuple[int, str] | None = None  # board and part (a trimmer, or a dendrite from 1) to look at
        self.paused, self.speed = False, 1.0
        self._layout: Layout | None = None  # of the newest chunk; equal to the ring's
        self.undo = QtGui.QUndoStack(self)
        self.lock = Lock(self)
        self.derived = Derived()
        self._pump: Pump | None = None
        self._tap: Tap | None = None
        self._n_frames, self.fps = 0, 0.0
        self._heard = QtCore.QElapsedTimer()
        self._heard.start()
        self._request = 0  # the latest one; rigs of earlier requests come too late and are closed
        self.opening = False
        self._fps_clock = QtCore.QElapsedTimer()
        self._opened.connect(self._adopt)
        self._timer = QtCore.QTimer(self, interval=FRAME_MS, timerType=QtCore.Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    # -- opening and closing -------------------------------------------------------------------------------------

    def open(self, factory: Callable[[], Rig]) -> None:
        """Open a rig in the background (it may compile or wait for a port) and show it when it is there.

        The rig before runs on until then, and also if opening fails. Of several requests the latest counts.
        """
        request = self._request = self._request + 1

        def work() -> None:
            rig, fault = None, None
            try:
                rig = factory()
            except Exception as error:  # told to the person, never lost
                fault = error
            try:
                self._opened.emit(request, rig, fault)
            except RuntimeError:  # the window was closed meanwhile
                if rig is not None:
                    rig.close()

        self._set_opening(True)
        threading.Thread(target=work, name="open-rig", daemon=True).start()

    def preview(self, network: Network) -> None:
        """Show a circuit at once, while its rig is still being opened."""
        if self.rig is None:
            self.network = network.copy()
            self.selected = 0 if network.n_neurons else -1
            self.network_changed.emit()
            self.selection_changed.emit(self.selected)

    def adopt(self, rig: Rig, *, keep_undo: bool = False) -> None:
        """Show `rig` from now on; the one before is closed. With `keep_undo` what was done before can be undone."""
        self.close()
        self.rig = rig
        self.paused, self.speed = False, 1.0
        self.select_item("")
        self.ring = None  # made anew by the first chunk
        self.network = rig.network
        self.selected = 0 if self.network is None or self.network.n_neurons else -1
        if not keep_undo:
            self.undo.clear()
        self._pump = Pump(rig.source, name=f"pump {rig.name}")
        self._tap = self._pump.add(Tap())
        self._pump.start()
        self._fps_clock.start()
        self._timer.start()
        self.rig_changed.emit()
        self.network_changed.emit()
        self.selection_changed.emit(self.selected)
        self.state_changed.emit()

    def shut(self) -> None:
        """Close for good: a rig that is still being opened is closed when it comes."""
        self._request = -1
        self.close()

    def close(self) -> None:
        """Let go of the rig, its thread and the timer."""
        self._timer.stop()
        if self.rig is not None:
            self.rig_leaving.emit()
        if self._pump is not None:
            self._pump.stop()
        if self.rig is not None:
            self.rig.close()
        self.rig = self._pump = self._tap = None

    def tap(self, tap: Tap) -> bool:
        """Let another listener (a recorder) have every chunk too. False where no rig is open."""
        if self._pump is None:
            return False
        self._pump.add(tap)
        return True

    def untap(self, tap: Tap) -> None:
        """No more chunks for `tap`."""
        if self._pump is not None:
            self._pump.remove(tap)

    @property
    def n_dropped(self) -> int:
        """Chunks that this window was too slow to show."""
        return self._tap.n_dropped if self._tap is not None else 0

    def health(self) -> dict[str, int | float | str]:
        """The rig's public counters; empty where none is open."""
        return self.rig.health() if self.rig is not None else {}

    def supply(self) -> NDArray[np.float64]:
        """(n,) VDD of real boards as their spikes tell [V], not-a-number where they don't; empty for other rigs."""
        supply = getattr(self.rig.source, "supply", None) if self.rig is not None else None
        return supply.vdd if isinstance(supply, SupplyEstimate) else np.empty(0)

    def latest(self) -> NDArray[np.float32] | None:
        """(n_traces,) the newest sample; not-a-number from a board that has fallen silent; None before the first."""
        if self.ring is None:
            return None
        now = self.ring.latest()
        patience = max(SILENCE_MS, 3000 * self.ring.layout.dt)  # a slow sketch is not a silent one
        if self.rig is not None and self.rig.kind == "board" and self._heard.elapsed() > patience:
            now[:] = np.nan
        return now

    # -- what a person does --------------------------------------------------------------------------------------

    def describe(self) -> Description:
        """What the open rig can do, as far as that is free; nothing where none is open."""
        return self.lock.narrowed(self.rig.describe() if self.rig is not None else None)

    def send(self, command: Command) -> bool:
        """Send a command down; what the rig can't do is told as `refused`. Returns whether it went."""
        if self.rig is None:
            return False
        try:
            self.rig.send(command)
        except RigError as error:
            self.refused.emit(error)
            return False
        except LuiError as error:
            self.problem.emit(error)
            return False
        return True

    def select(self, i_neuron: int) -> None:
        self.select_item("")
        if i_neuron != self.selected:
            self.selected = i_neuron
            self.selection_changed.emit(i_neuron)

    def select_item(self, name: str) -> None:
        """Let keys act on a bench item, and on no neuron; empty for none."""
        if name != self.item:
            self.item = name
            if name and self.selected >= 0:
                self.selected = -1
                self.selection_changed.emit(-1)
            self.item_changed.emit(name)

    def point(self, pointed: tuple[int, str] | None) -> None:
        """Show which part is meant: the bench puts an arrow at it."""
        if pointed != self.pointed:
            self.pointed = pointed
            self.pointing_changed.emit()

    def kick(self, i_neuron: int | None = None) -> None:
        """Make a neuron spike; the selected one if none is given, or use the selected item."""
        if i_neuron is None and self.item:
            self.item_pressed.emit(self.item)
            return
        self.send(Kick(self.selected if i_neuron is None else i_neuron))

    def pulse(self, i_neuron: int, synapse: int) -> None:
        """One pulse on a dendrite, as wide as a board's."""
        self.send(Pulse(i_neuron, synapse))

    def turn(self, i_neuron: int, name: str, value: float) -> None:
        """Set a parameter by hand: takes effect at once, can be undone; a turn in one go is one step of undo."""
        if self.network is None or not self.lock.may_turn(self.network, i_neuron, name):
            return
        before = float(self.network.parameter(name)[i_neuron])
        if value != before:
            self.undo.push(turn(self, i_neuron, name, before, value))

    def set_paused(self, paused: bool) -> bool:
        """Hold the rig's time, or let it run. Returns whether the rig can."""
        went = self.send(SetPaused(paused))
        if went:
            self.paused = paused
            self.state_changed.emit()
        return went

    def set_speed(self, factor: float) -> bool:
        """Run at `factor` times real time. Returns whether the rig can."""
        went = self.send(SetSpeed(factor))
        if went:
            self.speed = factor
            self.state_changed.emit()
        return went

    def step(self, duration: float = 10e-3) -> None:
        """Pause if need be, and go on by `duration` seconds."""
        if not self.paused:
            self.set_paused(True)
        self.send(StepOnce(duration))

    def seek(self, time: float) -> None:
        """Replay: go to `time` [s] of the recording."""
        self.send(Seek(time))

    def mark(self, value: int | str) -> None:
        """Set a marker at the present time."""
        self.send(Mark(value))

    def rewire(self, network: Network, say: Callable[[], str]) -> None:
        """Change the circuit: takes effect at once, can be undone; `say` tells in the language in use what it was."""
        if self.network is not None and self.lock.may_rewire():
            self.undo.push(rewire(self, self.network.copy(), network.copy(), say))

    def set_channels(self, channels: Sequence[Channel]) -> None:
        """Other calculated traces from now on, with their past."""
        if self.ring is None:
            self.derived.channels = tuple(channels)
        elif tuple(channels) != self.derived.channels:
            self.ring = self.derived.again(self.ring, channels, HISTORY)
            self._layout = self.ring.layout
            self.layout_changed.emit(False)

    # -- inside --------------------------------------------------------------------------------------------------

    def put_parameter(self, i_neuron: int, name: str, value: float) -> None:
        if self.network is not None and self.send(SetParameter(i_neuron, name, value)):
            self.network.set_parameter(i_neuron, name, value)
            self.parameter_changed.emit(i_neuron, name)

    def put_network(self, network: Network) -> list[HandStep]:
        if self.rig is None:
            return []
        try:
            left = self.rig.apply(network)
        except LuiError as error:
            self.problem.emit(error)
            return []
        self.network = network.copy()
        self.select_item(self.item if self.item in [item.name for item in network.items] else "")
        if self.selected >= network.n_neurons:
            self.select(network.n_neurons - 1)
        self.network_changed.emit()
        return left

    def _set_opening(self, opening: bool) -> None:
        if opening != self.opening:
            self.opening = opening
            self.opening_changed.emit(opening)

    def _adopt(self, request: int, rig: Rig | None, error: Exception | None) -> None:
        if request != self._request:
            if rig is not None:
                rig.close()
            return
        self._set_opening(False)
        if error is not None:
            _log.error("opening failed: %s", error, exc_info=error)
            self.problem.emit(error)
        elif rig is not None:
            self.adopt(rig)

    def _tick(self) -> None:
        chunks = self._tap.drain() if self._tap is not None else []
        spikes: list[tuple[float, int]] = []
        events: list[Event] = []
        for chunk in chunks:
            self._take(chunk)
            if chunk.n_samples:
                self._heard.restart()
            spikes.extend(zip(chunk.spike_times.tolist(), chunk.spike_neurons.tolist(), strict=True))
            events.extend(chunk.events)
        if events:
            if self.rig is not None and self.rig.kind not in OWN:
                follow(self, events)
            self.noted.emit(events)
        if spikes:
            self.spiked.emit(spikes)
        for error in self._pump.take_errors() if self._pump is not None else ():
            self.problem.emit(error)
        self.frame.emit()
        self._n_frames += 1
        if self._n_frames % NUMBERS_EVERY == 0:
            self.fps = NUMBERS_EVERY * 1000 / max(self._fps_clock.restart(), 1)
            self.numbers.emit()

    def _take(self, chunk: Chunk) -> None:
        chunk = self.derived.extend(chunk)
        # A seek sends an equal layout that is another object: the stream begins anew, and nothing is a gap.
        # A simulation that was rewired does so, too, but its time goes on, and what was seen stays to be seen.
        if self.ring is None or self._layout is not chunk.layout:
            before, self._layout = self.ring, chunk.layout
            goes_on = (self.rig is not None and self.rig.kind in OWN and before is not None
                       and before.layout.dt == chunk.layout.dt and chunk.i_first >= before.head)  # fmt: skip
            if before is None or not goes_on:
                self.ring = Ring(chunk.layout, HISTORY)
                self.layout_changed.emit(True)
            elif before.layout != chunk.layout:
                self.ring = Ring(chunk.layout, HISTORY)
                self.ring.inherit(before, *heirs(before.layout, chunk.layout))
                self.layout_changed.emit(False)
        assert self.ring is not None
        self.ring.push(chunk)
