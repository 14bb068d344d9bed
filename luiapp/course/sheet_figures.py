"""Figures of the sheets, as SVG in black on white: traces that were drawn and seen, curves of experiments."""

from __future__ import annotations

import html
import math
from typing import Any

from luiapp.course.checks import told
from luiapp.course.lesson import Experiment, Prediction
from luiapp.course.trial import knobs
from luiapp.texts import tr

_WIDTH, _HEIGHT = 480.0, 170.0  # of a diagram, in its own units
_DASHES = ("", "6 4", "2 3", "10 3 2 3", "14 4", "1 5")
_MOST_SHOWN = 8  # curves


def experiment_lines(task: Experiment) -> str:
    """What an experiment's knobs are to be set to, and lines for what comes out."""
    rows = [f"{html.escape(one.label)}: ____________" for one in knobs(task)]
    rows += [f"{html.escape(name)}: ____________" for name in task.value_names]
    return "".join(f"<p>{row}</p>" for row in rows)


def experiment_outcome(task: Experiment, state: dict[str, Any]) -> str:
    """With what it was run last, and what came out; the numbers come from a file, and are only shown."""
    given, values = _table(state.get("given")), _table(state.get("values"))
    rows = []
    for one in knobs(task):
        here = given.get(one.name, "–")
        word = one.labels[one.words.index(here)] if here in one.words else here
        rows.append(f"{one.label}: {word if isinstance(word, str) else told(float(word), '')}")
    for text, name in zip(task.values, task.value_names, strict=True):
        key, _, unit = text.partition(" ")
        number = values.get(key)
        rows.append(f"{name}: " + (told(number, unit) if isinstance(number, int | float) else "–"))
    curves = state.get("curves")
    figure = chart(task, curves if isinstance(curves, dict) else {}) if task.axes else ""
    return "".join(f"<p>{html.escape(str(row))}</p>" for row in rows) + figure


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def points_of(value: Any) -> tuple[tuple[float, float], ...]:
    """Pairs of numbers from whatever a file holds."""
    rows = value if isinstance(value, list) else []
    good = [r for r in rows if isinstance(r, list | tuple) and len(r) == 2
            and all(isinstance(x, int | float) for x in r)]  # fmt: skip
    return tuple((float(a), float(b)) for a, b in good)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers between the two, about five."""
    span = high - low
    if not span > 0:
        return [low]
    step: float = 10.0 ** math.floor(math.log10(span / 4))
    step = next(step * k for k in (1, 2, 5, 10) if span / (step * k) <= 5)
    first = math.ceil(low / step - 1e-9)
    return [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


def heights(values: list[float]) -> tuple[float, float]:
    """From where to where an axis goes: from zero, unless the values lie far above it and close together."""
    low, high = min(values), max(values)
    if low > 0.35 * high:
        return low - 0.08 * (high - low), high
    return min(low, 0.0), high


def chart(task: Experiment, curves: dict[str, Any]) -> str:
    """The curves of an experiment as SVG, told apart by their dashes."""
    lines = [(name, points_of(curves.get(key))) for key, name in zip(task.curves, task.curve_names, strict=True)]
    lines = [(name, points) for name, points in lines if points][:_MOST_SHOWN]
    if not lines:
        return ""
    xs, ys = ([p[i] for _, points in lines for p in points] for i in (0, 1))
    x0, x1, (y0, y1) = min(xs), max(xs), heights(ys)
    x1, y1 = x1 if x1 > x0 else x0 + 1, y1 if y1 > y0 else y0 + 1
    left, bottom = 46.0, _HEIGHT - 34

    def at(x: float, y: float) -> tuple[float, float]:
        return left + (x - x0) / (x1 - x0) * (_WIDTH - left - 8), bottom - (y - y0) / (y1 - y0) * (bottom - 8)

    parts = [f'<rect x="{left}" y="8" width="{_WIDTH - left - 8}" height="{bottom - 8}" fill="none" stroke="#000"/>']
    for y in ticks(y0, y1):
        parts.append(f'<text x="{left - 4}" y="{at(x0, y)[1] + 3:.1f}" font-size="10" text-anchor="end">'
                     f"{told(y, '')}</text>")  # fmt: skip
    for x in ticks(x0, x1):
        parts.append(f'<text x="{at(x, y0)[0]:.1f}" y="{bottom + 13}" font-size="10" text-anchor="middle">'
                     f"{told(x, '')}</text>")  # fmt: skip
    for (_, points), dash in zip(lines, _DASHES * 2, strict=False):
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in (at(x, y) for x, y in points))
        style = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<polyline points="{path}" fill="none" stroke="#000" stroke-width="1.6"{style}/>')
    parts.append(f'<text x="{(left + _WIDTH) / 2}" y="{_HEIGHT - 4}" font-size="10" text-anchor="middle">'
                 f"{html.escape(task.axes[0])}</text>")  # fmt: skip
    words = html.escape(task.axes[1]) + ": " + "; ".join(
        f"{sign} {html.escape(name)}" for (name, _), sign in zip(lines, ("———", "– –", "· ·", "— ·", "——", "·  ·") * 2,
                                                                 strict=False))  # fmt: skip
    return (f'<svg viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img">{"".join(parts)}</svg>'
            f'<p class="small">{words}</p>')  # fmt: skip


def diagram(task: Prediction, drawn: tuple[tuple[float, float], ...], seen: tuple[tuple[float, float], ...]) -> str:
    """Axes as SVG, with what was expected (dashed) and seen (solid), where there is any."""
    left, bottom, right = 52.0, _HEIGHT - 24, 20.0

    def at(time: float, volts: float) -> str:
        share = min(max((volts - task.low) / (task.high - task.low), 0.0), 1.0)
        return f"{left + time / task.seconds * (_WIDTH - left - right):.1f},{bottom - share * (bottom - 8):.1f}"

    parts: list[str] = []
    for k in range(5):
        x, y = at(task.seconds * k / 4, task.low + (task.high - task.low) * k / 4).split(",")
        parts.append(f'<path d="M{left} {y}H{_WIDTH - right}M{x} 8V{bottom}" stroke="#bbb" fill="none"/>')
        if k % 2 == 0:
            volts = told(task.low + (task.high - task.low) * k / 4, "V")
            parts.append(f'<text x="{left - 4}" y="{y}" font-size="10" text-anchor="end">{volts}</text>')
            time = told(task.seconds * k / 4, "s")
            parts.append(f'<text x="{x}" y="{bottom + 14}" font-size="10" text-anchor="middle">{time}</text>')
    parts.append(
        f'<rect x="{left}" y="8" width="{_WIDTH - left - right}" height="{bottom - 8}" fill="none" stroke="#000"/>'
    )
    for points, dash in ((drawn, ' stroke-dasharray="6 4"'), (seen, "")):
        if len(points) > 1:
            line = " ".join(at(t, v) for t, v in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="#000" stroke-width="2"{dash}/>')
    legend = tr("– – expected   — seen") if drawn or seen else ""
    return (f'<svg viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img">{"".join(parts)}</svg>'
            f'<p class="small">{html.escape(legend)}</p>')  # fmt: skip
