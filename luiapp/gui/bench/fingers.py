"""What fingers turn, and whether they are fingers."""

from __future__ import annotations

from PySide6 import QtGui

from luiapp.gui.live import Live
from luiapp.model.lui import knob


def turn(live: Live, i: int, name: str, percent: float) -> None:
    """Turn a trimmer to `percent`, or to its end where that lies beyond."""
    one = knob(name)
    live.turn(i, one.parameter, one.ohms(min(max(percent, 0.0), 100.0)))


def percent_of(live: Live, i: int, name: str) -> float:
    """Where a trimmer stands."""
    one = knob(name)
    return one.percent(float(live.network.parameter(one.parameter)[i])) if live.network is not None else 0.0


def is_finger(event: QtGui.QMouseEvent) -> bool:
    """Whether a press comes from a touch screen."""
    return event.pointerType() == QtGui.QPointingDevice.PointerType.Finger
