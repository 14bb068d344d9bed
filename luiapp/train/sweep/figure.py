"""A study as a figure: accuracy over steepness or over spikes, as an SVG that needs no library."""

from __future__ import annotations

import math
from html import escape

from luiapp.texts import tr
from luiapp.train.sweep.study import Spot, Study

WIDTH, HEIGHT = 720, 470
LEFT, RIGHT, TOP, BOTTOM = 70, 700, 50, 330  # of the axes
_INK, _PALE = "#221a2b", "#d9d2df"
# Each curve is told by its colour, its dash and its marker.
_STYLES = (
    ("#0072b2", "", "M-5,0A5,5 0 1 0 5,0A5,5 0 1 0 -5,0Z"),
    ("#d55e00", "9 4", "M-4.5,-4.5H4.5V4.5H-4.5Z"),
    ("#009e73", "3 3", "M0,-6L5.5,4.5H-5.5Z"),
    ("#7b4fa3", "10 3 2 3", "M0,-6.5L5.5,0L0,6.5L-5.5,0Z"),
)
GUESSING = {"randman": 0.1, "yinyang": 1 / 3}
NAMES = {"randman": "Randman", "yinyang": "Yin-Yang"}


def to_svg(study: Study, data: str, found: list[Spot]) -> str:
    """The figure: means as markers, standard deviations over the seeds as whiskers.

    Parameters
    ----------
    study : Study
    data : str
        Of which data.
    found : list of Spot
        As `spots` gives them. On the axis of spikes they stand where they were measured, not where the bound is.
    """
    low, high = _span([_place(study, one) for one in found])
    n_seeds = max((one.n_seeds for one in found), default=0)
    about = tr("{data}; mean and standard deviation, up to {n} seeds", data=NAMES[data], n=n_seeds)
    x_name = tr("steepness β") if study.axis == "beta" else tr("spikes per neuron and sample")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        f'font-size="14" fill="{_INK}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        _text(LEFT, 22, tr(study.title), size=16, weight="bold"),
        _text(LEFT, 41, about, size=12),
        *_y_axis(GUESSING[data]),
        *_x_axis(low, high, x_name),
    ]
    labels = list(dict.fromkeys(one.curve for one in found))
    for number, label in enumerate(labels):
        curve = [(_x(_place(study, one), low, high), one) for one in found if one.curve == label]
        parts += _curve(number, label, curve)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _place(study: Study, spot: Spot) -> float:
    return max(spot.x if study.axis == "beta" else spot.spikes, 1e-3)


def _span(values: list[float]) -> tuple[float, float]:
    """Exponents of ten at the ends of the axis."""
    if not values:
        return -1.0, 1.0
    low, high = math.log10(min(values)), math.log10(max(values))
    room = max(0.06 * (high - low), 0.15)
    return low - room, high + room


def _x(value: float, low: float, high: float) -> float:
    return LEFT + (RIGHT - LEFT) * (math.log10(value) - low) / (high - low)


def _y(accuracy: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * accuracy


def _y_axis(guessing: float) -> list[str]:
    parts = []
    for percent in range(0, 101, 20):
        y = _y(percent / 100)
        parts.append(_line(LEFT, y, RIGHT, y, _PALE))
        parts.append(_text(LEFT - 8, y + 5, str(percent), anchor="end"))
    y = _y(guessing)
    parts.append(_line(LEFT, y, RIGHT, y, _INK, dash="1 4"))
    parts.append(_text(RIGHT, y - 4, tr("by guessing"), anchor="end", size=11))
    middle = (TOP + BOTTOM) / 2
    parts.append(f'<g transform="translate(22 {middle:.1f}) rotate(-90)">'
                 f"{_text(0, 0, tr('right on the test samples [%]'), anchor='middle')}</g>")  # fmt: skip
    return parts


def _x_axis(low: float, high: float, name: str) -> list[str]:
    parts = [_line(LEFT, BOTTOM, RIGHT, BOTTOM, _INK)]
    for exponent in range(math.floor(low), math.ceil(high) + 1):
        for digit in range(1, 10):
            value = digit * 10.0**exponent
            x = LEFT + (RIGHT - LEFT) * (math.log10(value) - low) / (high - low)
            if LEFT <= x <= RIGHT:
                named = digit == 1 or (high - low < 2.5 and digit in (2, 5))
                parts.append(_line(x, BOTTOM, x, BOTTOM + (7 if named else 4), _INK))
                if named:
                    parts.append(_text(x, BOTTOM + 22, f"{value:g}", anchor="middle"))
    parts.append(_text((LEFT + RIGHT) / 2, BOTTOM + 42, name, anchor="middle"))
    return parts


def _curve(number: int, label: str, curve: list[tuple[float, Spot]]) -> list[str]:
    colour, dash, marker = _STYLES[number % len(_STYLES)]
    curve = sorted(curve, key=lambda one: one[0])
    path = " ".join(f"{x:.1f},{_y(one.mean):.1f}" for x, one in curve)
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>']
    for x, one in curve:
        top, bottom = (_y(min(max(one.mean + sign * one.spread, 0.0), 1.0)) for sign in (1, -1))
        parts.append(_line(x, top, x, bottom, colour))
        parts += [_line(x - 4, y, x + 4, y, colour) for y in (top, bottom) if one.spread > 0]
        parts.append(_marker(x, _y(one.mean), marker, colour))
    x, y = LEFT + 320 * (number % 2), BOTTOM + 74 + 26 * (number // 2)
    parts += [_line(x, y, x + 44, y, colour, dash=dash, width=2), _marker(x + 22, y, marker, colour),
              _text(x + 54, y + 5, label)]  # fmt: skip
    return parts


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, *, dash: str = "", width: float = 1) -> str:
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
            f'stroke-width="{width:g}" stroke-dasharray="{dash}"/>')  # fmt: skip


def _marker(x: float, y: float, path: str, colour: str) -> str:
    return f'<path transform="translate({x:.1f} {y:.1f})" d="{path}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 14, weight: str = "normal") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
            f'font-weight="{weight}">{escape(text)}</text>')  # fmt: skip
