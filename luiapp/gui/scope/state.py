"""What a person has set on the scope; JSON-able, remembered over sessions. No Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from luiapp.errors import ParameterError
from luiapp.gui.scope.axes import LONGEST, WINDOWS
from luiapp.stream.derived import Channel

CHOICES = {
    "mode": ("scroll", "sweep"),
    "unit": ("V", "vdd"),
    "lanes": ("auto", "overlaid", "stacked"),
    "trigger": ("off", "spike", "rising", "falling"),
    "trigger_mode": ("auto", "normal", "single"),
    "measure_over": ("visible", "cursors", "reset"),
    "analysis": ("", "average", "spectrum", "intervals"),
}
_FREE = ("lane", "second")  # names of traces: any text
_RANGES = {
    "window": (WINDOWS[0], LONGEST),
    "y_low": (-1e6, 1e6),
    "y_high": (-1e6, 1e6),
    "level": (-1e6, 1e6),
    "pre": (0.0, 0.9),
    "volume": (0.0, 1.0),
}
MOST_CHANNELS = 8  # calculated traces
MOST_OVERLAID = 4  # traces; more are stacked unless a person says otherwise


@dataclass
class ScopeState:
    """The settings of a scope.

    Attributes
    ----------
    window : float
        What is seen at once [s].
    unit : str
        ``"V"``, or ``"vdd"`` for fractions of each neuron's supply.
    lanes : str
        ``"overlaid"``, ``"stacked"``, or ``"auto"``: stacked from more than `MOST_OVERLAID` traces on.
    auto_axes : bool
        The voltage axis follows the data; else it runs from `y_low` to `y_high` (in the unit).
    trigger, trigger_neuron, level, pre
        What starts a sweep: a spike of the neuron (−1: of any), or its membrane crossing `level` [V]; the share of the
        window that lies before it.
    afterglow : bool
        Earlier sweeps stay on the screen and fade.
    hidden, shown : list of str
        Names of traces that a person took away or asked for.
    measure, quantities, measure_over : bool, list of str, str
        Whether the strip of measured numbers is there, which ones, and over what (keys of `measure_state`).
    lane, second : str
        Names of the traces that are measured and analysed; empty: the selected neuron's.
    analysis, logarithmic : str, bool
        What is drawn beside the screen, and the scale of the spectrum.
    channels : list of Channel
        Calculated traces.
    volume : float
        Of the membrane that is heard, 0 to 1.
    """

    mode: str = "scroll"
    window: float = 2.0
    unit: str = "V"
    lanes: str = "auto"
    auto_axes: bool = True
    y_low: float = 0.0
    y_high: float = 2.0
    raster: bool = True
    cursors: bool = False
    trigger: str = "off"
    trigger_mode: str = "auto"
    trigger_neuron: int = 0
    level: float = 1.0
    pre: float = 0.2
    afterglow: bool = False
    hidden: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    measure: bool = False
    quantities: list[str] = field(default_factory=lambda: ["max", "min", "mean", "rate", "interval", "cv"])
    measure_over: str = "visible"
    lane: str = ""
    second: str = ""
    analysis: str = ""
    logarithmic: bool = True
    channels: list[Channel] = field(default_factory=list)
    volume: float = 0.5

    def to_dict(self) -> dict[str, Any]:
        """JSON-able; `from_dict` reads it back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ScopeState:
        """What `to_dict` described; whatever is missing, of another type or out of range takes its default."""
        state = cls()
        for name, default in asdict(state).items():
            value = data.get(name, default) if isinstance(data, Mapping) else default
            if name == "channels":
                state.channels = _channels(value)
            elif _fits(name, value, default):
                setattr(state, name, type(default)(value))
        if state.y_high - state.y_low < 1e-6:
            state.y_low, state.y_high = 0.0, 2.0
        return state


def _fits(name: str, value: Any, default: Any) -> bool:
    if isinstance(default, bool):
        return isinstance(value, bool)
    if isinstance(default, int | float):
        low, high = _RANGES.get(name, (-1, 2**31))
        return isinstance(value, int | float) and not isinstance(value, bool) \
            and math.isfinite(value) and low <= value <= high  # fmt: skip
    if isinstance(default, list):
        return isinstance(value, list) and len(value) <= 4096 and all(isinstance(v, str) for v in value)
    if name in _FREE:
        return isinstance(value, str) and len(value) <= 200
    return isinstance(value, str) and value in CHOICES[name]


def _channels(data: Any) -> list[Channel]:
    """Calculated traces as a file has them; what can't be is left out."""
    found: dict[str, Channel] = {}
    for one in data[:MOST_CHANNELS] if isinstance(data, list) else ():
        try:
            channel = one if isinstance(one, Channel) else Channel.from_dict(one)
            found.setdefault(channel.name, channel)
        except (ParameterError, TypeError, ValueError):
            continue
    return list(found.values())
