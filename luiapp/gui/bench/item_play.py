"""What sensors and displays do while the circuit runs: pressed buttons, claps, lamps, clicks and counted spikes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore

from luiapp.errors import LuiError
from luiapp.gui.live import Live
from luiapp.gui.steps import OWN
from luiapp.model.items import Item
from luiapp.model.lui import SPIKE_WIDTH
from luiapp.model.stimulus import Manual, Stimulus
from luiapp.simulate.drive import EventTimes
from luiapp.stream.source import Pulse
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.gui.bench.scene import Scene

AFTERGLOW = 0.16  # s
TRAVEL = 900.0  # bench units a second along a wire
_BEHIND = 1.0  # s; pulses that are more overdue are left out, as after a pause of the machine


def _speaker() -> Any:
    from luiapp.gui.sound import Sound

    return Sound(failed=lambda error: None)


def _ear() -> Any:
    from luiapp.gui.bench.microphone import Ear

    return Ear()


class Play(QtCore.QObject):
    """The running side of all items; `follow` is called once a frame.

    Attributes
    ----------
    counts : dict
        Spikes that each counter has seen.
    glow : dict
        How strongly each item shines, 0…1.
    dots : list of (lead, start)
        Pulses on their way along the wires of items.
    """

    def __init__(self, live: Live, scene: Scene) -> None:
        super().__init__(live)
        self._live, self._scene = live, scene
        self.counts: dict[str, int] = {}
        self.glow: dict[str, float] = {}
        self.dots: list[tuple[int, float]] = []
        self.calm = False
        self.now = 0.0
        self.make_speaker: Callable[[], Any] = _speaker
        self.make_ear: Callable[[], Any] = _ear
        self._speaker: Any = None
        self._ears: dict[str, Any] = {}
        self._beats: dict[str, tuple[Stimulus, EventTimes]] = {}
        live.spiked.connect(self._hear)
        live.rig_leaving.connect(self.stop)
        live.rig_changed.connect(self._begin)
        live.item_pressed.connect(self.use)

    # -- what a hand does ----------------------------------------------------------------------------------------

    def use(self, name: str) -> None:
        """The obvious deed: press a button, listen or not, set a counter to zero."""
        item = self._item(name)
        if item is None:
            return
        if item.kind == "microphone":
            self.listen(name, name not in self._ears)
        elif item.kind == "counter":
            self.counts[name] = 0
        elif item.sends:
            self.press(name)
        self.glow.setdefault(name, 0.0)

    def press(self, name: str) -> None:
        """One pulse out of a sensor, to all dendrites that it is wired to."""
        network = self._live.network
        if network is None:
            return
        self._flash(name)
        for link in network.stimuli:
            if link.item == name and link.stimulus.is_event:
                width = float(getattr(link.stimulus, "width", SPIKE_WIDTH))
                weight = link.weight if network.model == "lif" else 1.0
                self._live.send(Pulse(link.i_neuron, link.synapse, width, weight))

    def listening(self, name: str) -> bool:
        """Whether a microphone listens."""
        return name in self._ears

    def listen(self, name: str, on: bool) -> None:
        """Open the machine's microphone for an item, or close it; where there is none, a word says so."""
        if on and name not in self._ears:
            ear = self.make_ear()
            try:
                ear.start()
            except LuiError as error:
                self._live.problem.emit(error)
                return
            self._ears[name] = ear
        elif not on and name in self._ears:
            self._ears.pop(name).stop()

    def text(self, item: Item) -> str:
        """What stands on an item's face: a counter's number."""
        return str(self.counts.get(item.name, 0)) if item.kind == "counter" else ""

    def stop(self) -> None:
        """Be silent, and stop listening."""
        for name in list(self._ears):
            self.listen(name, False)
        if self._speaker is not None:
            self._speaker.stop()
            self._speaker = None

    # -- time passes ---------------------------------------------------------------------------------------------

    def follow(self, now: float) -> list[QtCore.QRectF]:
        """A frame later; returns what has to be painted again, in the bench's units."""
        dirty = self._moving()
        dt, self.now = min(max(now - self.now, 0.0), 0.25), now
        for name, ear in self._ears.items():
            for _ in range(min(ear.claps(), 3)):
                self.press(name)
        self._beat()
        for k, thing in enumerate(self._scene.things):
            name = thing.item.name
            level = self.glow.get(name)
            if level is None:
                continue
            dirty.append(self._scene.things[k].bounds)
            faded = level * math.exp(-dt / AFTERGLOW)
            if faded > 0.02 or level > 0.02:
                self.glow[name] = faded
            else:
                del self.glow[name]
        self.dots = [dot for dot in self.dots if self.dot_at(*dot) is not None]
        return dirty + self._moving()

    def dot_at(self, i_lead: int, start: float) -> QtCore.QPointF | None:
        """Where a pulse on an item's wire is now; None once it has arrived."""
        if i_lead >= len(self._scene.leads):
            return None
        way = self._scene.leads[i_lead].way
        x = (self.now - start) / min(max(way.length / TRAVEL, 0.14), 0.5)
        return way.at(x) if 0 <= x <= 1 else None

    def _moving(self) -> list[QtCore.QRectF]:
        points = [self.dot_at(*dot) for dot in self.dots]
        return [QtCore.QRectF(p.x() - 11, p.y() - 11, 22, 22) for p in points if p is not None]

    def _beat(self) -> None:
        """Pulses that sensors send by themselves: a simulation makes them, to boards they are sent from here."""
        live, ring = self._live, self._live.ring
        if live.network is None or ring is None or live.rig is None:
            return
        sent = live.rig.kind not in OWN and Pulse in live.describe().commands
        for item in live.network.items:
            stimulus = item.stimulus
            if stimulus is None or not stimulus.is_event or isinstance(stimulus, Manual):
                continue
            known = self._beats.get(item.name)
            if known is None or known[0] != stimulus:
                known = self._beats[item.name] = (stimulus, EventTimes(stimulus))
                known[1].until(ring.now)
                continue
            due = known[1].until(ring.now)
            if len(due) and sent:
                for _ in due[due > ring.now - _BEHIND]:
                    self.press(item.name)
            elif len(due):
                self._flash(item.name)

    def _begin(self) -> None:
        self.counts, self.glow, self.dots, self._beats = {}, {}, [], {}

    def _hear(self, spikes: list[tuple[float, int]]) -> None:
        network, ring = self._live.network, self._live.ring
        if network is None:
            return
        for item in network.items:
            mine = [(t, i) for t, i in spikes if i in item.hears]
            if not mine:
                continue
            self._flash(item.name)
            if item.kind == "counter":
                self.counts[item.name] = self.counts.get(item.name, 0) + len(mine)
            elif item.kind == "loudspeaker" and ring is not None:
                self._click(mine, ring.now)

    def _click(self, spikes: list[tuple[float, int]], now: float) -> None:
        if self._speaker is None:
            self._speaker = self.make_speaker()
            self._speaker.start()
        self._speaker.add(spikes, now, self._live.speed)

    def _flash(self, name: str) -> None:
        self.glow[name] = 1.0
        if self.calm:
            return
        for k, lead in enumerate(self._scene.leads):
            if self._scene.things[lead.i_thing].item.name == name and (k, self.now) not in self.dots:
                self.dots.append((k, self.now))

    def _item(self, name: str) -> Item | None:
        network = self._live.network
        return next((item for item in network.items if item.name == name), None) if network is not None else None


def describe_item(live: Live, play: Play, item: Item) -> str:
    """An item in words, for bubbles and for assistive technology."""
    network = live.network
    if network is None:
        return item.name
    if item.sends:
        ends = [network.names[link.i_neuron] + (f" {link.synapse + 1}" if link.stimulus.is_event else "")
                for link in network.stimuli if link.item == item.name]  # fmt: skip
        wires = tr("to {names}", names=", ".join(ends)) if ends else tr("not wired yet")
    else:
        ends = [network.names[i] for i in item.hears]
        wires = tr("from {names}", names=", ".join(ends)) if ends else tr("not wired yet")
    from luiapp.model.items import ITEMS

    parts = [f"{item.name}: {tr(ITEMS[item.kind].about)}", wires]
    if item.kind == "counter":
        parts.append(tr("{n} spikes", n=play.counts.get(item.name, 0)))
    if item.kind == "microphone":
        parts.append(tr("listens") if play.listening(item.name) else tr("doesn't listen"))
    return " · ".join(parts)
