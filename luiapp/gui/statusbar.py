"""The line at the bottom: is everything in order? Numbers in words that need no manual."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtWidgets

from luiapp.gui.boards.state import delay_sentence
from luiapp.gui.controls import Elided, clock_text, label, set_role
from luiapp.texts import language, mark, tr
from luiapp.units import format_quantity

if TYPE_CHECKING:
    from luiapp.gui.boards.wires import Wires
    from luiapp.gui.live import Live
    from luiapp.gui.recording import Recording
    from luiapp.stream.source import Rig

RECENT = 8.0  # s
SETTLING = 3.0  # s
_MOST = 3  # counters of trouble side by side
# What a rig's counters are called. Those of trouble are shown from 1 on, with a sign and in the colour of trouble.
TROUBLE = {
    "slowed": mark("fell behind {n}×"),
    "unplugged": mark("unplugged {n}×"),
    "bad_lines": mark("unreadable lines: {n}"),
    "gaps": mark("gaps: {n}"),
    "missing": mark("samples missing: {n}"),
    "overlong": mark("overlong lines: {n}"),
    "garbage_bytes": mark("bytes of garbage: {n}"),
    "late": mark("samples late: {n}"),
    "lost_sets": mark("samples lost in the adapter: {n}"),
    "overruns": mark("samples too fast for the adapter: {n}"),
    "lost_spikes": mark("spikes lost: {n}"),
    "lost_frames": mark("messages lost: {n}"),
    "bad_frames": mark("messages broken: {n}"),
    "unanswered": mark("requests unanswered: {n}"),
    "late_edges": mark("pulses late: {n}"),
    "watchdog": mark("stimuli dropped {n}×"),
    "restarts": mark("adapter started anew {n}×"),
    "reconnects": mark("reconnected {n}×"),
    "dropped": mark("blocks not shown: {n}"),
}
WORKING = {
    "ports_open": mark("ports open: {n}"),
    "baud": mark("baud rate: {n}"),
    "lines": mark("lines: {n}"),
    "text_lines": mark("lines of text: {n}"),
    "samples": mark("samples: {n}"),
    "spikes": mark("spikes: {n}"),
}


def decimal() -> str:
    """The decimal mark of the language in use."""
    return "," if language() == "de" else "."


def thousands(n: float) -> str:
    """A count with thin spaces: ``12 345``."""
    return f"{int(n):,}".replace(",", "\u202f")


def in_words(health: dict[str, int | float | str], words: dict[str, str]) -> list[str]:
    """The counters above zero that `words` has words for, in its order."""
    return [tr(text, n=thousands(float(health[name]))) for name, text in words.items()
            if isinstance(health.get(name), int | float) and float(health[name]) > 0]  # fmt: skip


class StatusBar(QtWidgets.QWidget):
    """Source, rate, gaps, drops, lag, frames per second, recording."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.clock = clock
        self.setProperty("role", "status-bar")
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_StyledBackground)
        self.wires: Wires | None = None
        self._rig: Rig | None = None
        self._slowed, self._since, self._opened = 0, 0.0, 0.0
        self.state = Elided("status")
        self.trouble = label("status-bad")
        self.recording = label("status")
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(16)
        row.addWidget(self.state, 1)
        row.addWidget(self.trouble)
        row.addWidget(self.recording)

    def say(self, text: str) -> None:
        """One sentence instead of the numbers, such as while something opens."""
        set_role(self.state, "status")
        self.state.say(text)
        self.trouble.clear()

    def show_live(self, live: Live, recording: Recording | None, name: str = "") -> None:
        """The numbers of the moment."""
        if live.opening and live.rig is None:
            return
        if live.rig is None:
            self.say(tr("No source is open."))
            return
        health = live.health()
        parts = [tr("Source: {name}", name=name or live.rig.name)]
        if live.ring is not None and live.ring.layout.traces:
            rate = format_quantity(1 / live.ring.layout.dt, "Hz", 3, decimal())
            n = len(live.ring.layout.traces)
            parts.append(tr("1 trace at {rate}", rate=rate) if n == 1 else tr("{n} traces at {rate}", n=n, rate=rate))
        gaps = max(live.ring.n_gaps if live.ring is not None else 0, int(health.get("gaps", 0) or 0))
        parts.append(tr("no gaps") if not gaps else tr("gaps: {n}", n=gaps))
        lag = health.get("lag_s")
        if isinstance(lag, int | float):
            parts.append(tr("lag {ms} ms", ms=f"{1000 * lag:.0f}"))
        if "lines" in health:
            parts.append(tr("lines: {n}", n=thousands(float(health["lines"]))))
        trip = health.get("round_trip_ms")
        if isinstance(trip, int | float):
            parts.append(tr("answers in {ms} ms", ms=f"{trip:.0f}"))
        delay, most = health.get("delay_ms"), health.get("delay_99_ms")
        if isinstance(delay, int | float) and isinstance(most, int | float):
            parts.append(tr("out and back: {ms} ms, 99 %: {most} ms", ms=f"{delay:.0f}", most=f"{most:.0f}"))
        parts.append(tr("{n} frames/s", n=f"{live.fps:.0f}"))
        why = self.wires.sentence() if self.wires is not None else ""
        set_role(self.state, "status-bad" if why else "status")
        self.state.say(f"⚠ {why}" if why else "  ·  ".join(parts))
        if "delay_ms" in health:
            self.state.setToolTip(f"{self.state.whole}\n{delay_sentence(health)}")
        faults = {**health, "gaps": gaps, "dropped": live.n_dropped, "slowed": self._recently(live, health)}
        self._show_trouble(in_words(faults, TROUBLE))
        self._show_recording(recording)

    def _show_trouble(self, words: list[str]) -> None:
        """The counters of trouble: the first few, since nobody reads seven at once; all are in the tool tip."""
        more = len(words) > _MOST
        self.trouble.setText("⚠ " + "  ·  ".join(words[:_MOST]) + (" …" if more else "") if words else "")
        self.trouble.setToolTip("\n".join(words) if more else "")

    def _recently(self, live: Live, health: dict[str, int | float | str]) -> int:
        """How often the rig fell behind in the last seconds; what is long past troubles nobody."""
        n, now = int(health.get("slowed", 0) or 0), self.clock()
        if live.rig is not self._rig:  # while panels load, a rig may start with a stumble
            self._rig, self._slowed, self._since, self._opened = live.rig, n, now, now
        elif now - self._opened < SETTLING:
            self._slowed = n
        elif now - self._since > RECENT:
            self._slowed, self._since = n, now
        return n - self._slowed

    def _show_recording(self, recording: Recording | None) -> None:
        if recording is None or recording.path is None:
            self.recording.setText(tr("recording off"))
            return
        size = format_quantity(recording.bytes_written, "B", 3, decimal())
        self.recording.setText("● " + tr("recording {time}, {size}", time=clock_text(recording.elapsed), size=size))
        self.recording.setToolTip(str(recording.path))

    def sizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(400, max(28, self.fontMetrics().height() + 8))
