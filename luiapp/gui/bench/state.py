"""What the bench shows and how it is said: LED law, trimmer values in physical units, places. No Qt."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luiapp.data.chunk import Layout
from luiapp.errors import ParameterError
from luiapp.model import lui
from luiapp.model.lui import Knob
from luiapp.model.network import Network
from luiapp.texts import language, tr
from luiapp.units import format_quantity, parse_quantity

MOST_DRAWN = 64  # more neurons than this are shown as a number
LED_EDGE = 0.004  # of VDD: half the width over which an LED comes on
DISTANCE_X, DISTANCE_Y = 280.0, 190.0  # between boards that have no place of their own
WIDE = 2.3  # width of a bench by its height

KNOB_LABELS = lui.KNOB_LABELS
_UNITS = {"leak": "V", "tau_mem": "s", "tau_syn": "s", "w1": "A", "w2": "A", "w3": "A"}


def led_levels(v: ArrayLike, vdd: ArrayLike = lui.VDD) -> NDArray[np.float64]:
    """(…, 6) brightness 0…1 of the LEDs at membranes `v` [V]: LED n is at a half at n·0.0695·VDD, with a soft edge."""
    ratio = np.nan_to_num(np.asarray(v, np.float64) / np.asarray(vdd, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    steps = lui.LED_STEP_RATIO * np.arange(1, lui.N_LEDS + 1)
    return np.clip((ratio[..., None] - steps) / (2 * LED_EDGE) + 0.5, 0.0, 1.0)


def supply_of(network: Network | None, i_neuron: int, estimate: float = lui.VDD) -> float:
    """VDD of a board [V] as far as it is known: its cell under the load of all LEDs, or the estimate."""
    if network is not None and network.model == "lui" and i_neuron < network.n_neurons:
        cell, resistance = network.parameter("v_cell")[i_neuron], network.parameter("r_cell")[i_neuron]
        return float(lui.supply_voltage(cell, resistance, n_leds=lui.N_LEDS))
    return estimate


def membrane_columns(layout: Layout | None) -> dict[int, int]:
    """The column of each neuron's membrane, by neuron. Signals of unknown kind count where a neuron has no other."""
    columns: dict[int, int] = {}
    for wanted in ("membrane", "signal"):
        for column, trace in enumerate(layout.traces if layout is not None else ()):
            if trace.quantity == wanted and trace.i_neuron >= 0 and trace.unit == "V":
                columns.setdefault(trace.i_neuron, column)
    return columns


def places(network: Network | None, n: int) -> list[tuple[float, float]]:
    """Where each neuron stands: its own position, or a free place in a grid below what has one."""
    own = list(network.positions[:n]) if network is not None else []
    own += [None] * (n - len(own))
    known = [p for p in own if p is not None]
    top = max((y for _, y in known), default=-DISTANCE_Y) + DISTANCE_Y
    left = min((x for x, _ in known), default=0.0)
    n_columns = max(1, math.ceil(math.sqrt(1.6 * (n - len(known)))))
    result, k = [], 0
    for place in own:
        if place is None:
            place = (left + (k % n_columns) * DISTANCE_X, top + (k // n_columns) * DISTANCE_Y)
            k += 1
        result.append(place)
    return result


def free_place(network: Network, near: int = -1) -> tuple[float, float]:
    """A place for one more board beside the others, where the bench stays as wide as it is and all boards large.

    Of the places that cost nothing more the one nearest to `near` (or to the last) is taken, at its right if it can be.
    """
    taken = places(network, network.n_neurons)
    if not taken:
        return (0.0, 0.0)
    x, y = taken[near if 0 <= near < len(taken) else -1]
    steps = ((DISTANCE_X, 0.0), (0.0, DISTANCE_Y), (-DISTANCE_X, 0.0), (0.0, -DISTANCE_Y))
    beside = [(a + dx, b + dy) for dx, dy in steps for a, b in taken]
    free = [(a, b) for a, b in beside
            if all(abs(a - c) > 0.9 * DISTANCE_X or abs(b - d) > 0.9 * DISTANCE_Y for c, d in taken)]  # fmt: skip
    xs, ys = [a for a, _ in taken], [b for _, b in taken]
    low_x, high_x, low_y, high_y = min(xs), max(xs), min(ys), max(ys)

    def cost(there: tuple[float, float]) -> tuple[float, float]:
        a, b = there
        width = max(high_x, a) - min(low_x, a) + DISTANCE_X
        height = max(high_y, b) - min(low_y, b) + DISTANCE_Y
        aside = 0.0 if a > x else 0.5 if a == x else 1.5  # spikes run from left to right
        return max(width, WIDE * height), math.hypot(a - x, b - y) + aside * DISTANCE_X

    return min(free, key=cost)


# -- what a trimmer means --------------------------------------------------------------------------------------------


def physical(knob: Knob, ohms: float, vdd: float = lui.VDD) -> float:
    """What a trimmer sets: V_leak [V], τ_mem or τ_syn [s], or the synapse's current [A]."""
    if knob.name == "leak":
        return ohms / knob.track * vdd
    if knob.name == "tau_mem":
        return ohms * lui.C_MEM
    if knob.name == "tau_syn":
        return ohms * lui.C_SYN
    return vdd / 2 / (ohms + lui.R_WEIGHT_SERIES)


def ohms_of(knob: Knob, value: float, vdd: float = lui.VDD) -> float:
    """The inverse of `physical`; may lie outside the track."""
    if knob.name == "leak":
        return value / vdd * knob.track
    if knob.name == "tau_mem":
        return value / lui.C_MEM
    if knob.name == "tau_syn":
        return value / lui.C_SYN
    return vdd / 2 / value - lui.R_WEIGHT_SERIES if value > 0 else math.inf


def decimal_mark() -> str:
    """The decimal mark of the language in use."""
    return "," if language() == "de" else "."


def quantity(value: float, unit: str, digits: int = 3) -> str:
    """A quantity in the reader's language."""
    return format_quantity(value, unit, digits, decimal_mark())


def value_text(knob: Knob, ohms: float, vdd: float = lui.VDD) -> str:
    """The physical value alone, such as ``220 ms``."""
    value = physical(knob, ohms, vdd)
    if knob.name == "leak":
        return f"{value:.2f} V".replace(".", decimal_mark())
    if knob.name in ("tau_mem", "tau_syn"):
        ms = value * 1e3
        return (f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms").replace(".", decimal_mark())
    return f"{value * 1e3:.2f} mA".replace(".", decimal_mark())


def percent_text(knob: Knob, ohms: float) -> str:
    """How far it is turned, such as ``20 %``; one decimal where it isn't whole."""
    percent = knob.percent(ohms)
    text = f"{percent:.0f}" if abs(percent - round(percent)) < 0.05 else f"{percent:.1f}"
    return text.replace(".", decimal_mark()) + " %"


def knob_text(knob: Knob, ohms: float, vdd: float = lui.VDD) -> str:
    """What the bubble beside a turning trimmer says, such as ``τ mem 220 ms · 20 %``."""
    first, second = value_text(knob, ohms, vdd), percent_text(knob, ohms)
    if knob.name in ("w1", "w2", "w3"):
        first, second = second, first
    return f"{tr(KNOB_LABELS[knob.name])}  {first} · {second}"


def parse_knob(knob: Knob, text: str, vdd: float = lui.VDD) -> float:
    """Ohms from what was typed: percent (``40 %`` or a plain number), ohms (``12 kΩ``) or the physical value.

    Raises
    ------
    ParameterError
        If it is no quantity, of another unit, or beyond the trimmer's end.
    """
    stripped = text.strip()
    unit = _UNITS[knob.name]
    bare = stripped[:-1].rstrip() if stripped.endswith("%") else stripped
    if stripped.endswith("%") or bare[-1:].isdigit():
        return knob.ohms(parse_quantity(bare, ""))
    if stripped.lower().endswith(("ω", "ohm", "\u2126")):
        ohms = parse_quantity(stripped, "Ω")
    elif stripped.endswith(unit):
        ohms = ohms_of(knob, parse_quantity(stripped, unit), vdd)
    else:
        raise ParameterError("'{text}' must be in %, Ω or {unit}", text=stripped, unit=unit)
    if not -1e-6 * knob.track <= ohms <= knob.track * (1 + 1e-6):
        ends = [value_text(knob, end, vdd) for end in (0.0, knob.track)]
        raise ParameterError("this trimmer reaches from {low} to {high}",
                             low=ends[knob.reversed], high=ends[not knob.reversed])  # fmt: skip
    return min(max(ohms, 0.0), knob.track)
