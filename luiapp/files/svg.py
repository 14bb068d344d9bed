"""Recordings as figures: SVG with axes, units, legend and spike raster.

Only what SVG Tiny knows (presentation attributes, no classes, no clipping), so that every viewer, and Qt, draws the
same. Each neuron has a colour of the Okabe–Ito set *and* a dash pattern *and* its name in the legend. Traces are
reduced to the smallest and largest value in each column of pixels: exact to the eye, whatever the length.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
from numpy.typing import NDArray

from luiapp.data.analysis import describe_recording
from luiapp.data.recording import Recording
from luiapp.errors import ParameterError
from luiapp.files.disk import atomic
from luiapp.texts import language, tr

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
DASHES = ("", "7 3", "2 2", "9 3 2 3")
_TEXT, _GRID, _AXIS = "#221a2b", "#d9d2df", "#6a5f75"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP, _ROW = 68, 16, 16, 48, 14, 18
_PANEL = 190


@dataclass(frozen=True)
class _Axis:
    """A stretch of numbers on a stretch of pixels."""

    low: float
    high: float
    first: float
    last: float

    def place(self, value: Any) -> Any:
        return self.first + (value - self.low) / (self.high - self.low) * (self.last - self.first)


def write_svg(
    path: str | Path,
    recording: Recording,
    *,
    start: float | None = None,
    stop: float | None = None,
    traces: Sequence[str] | None = None,
    threshold: float | None = None,
    title: str = "",
    width: int = 900,
) -> list[Path]:
    """Draw a recording.

    Parameters
    ----------
    start, stop : float, optional
        The stretch to draw [s], on the recording's clock; all of it where not given.
    traces : sequence of str, optional
        Names of the traces to draw; all where not given.
    threshold : float, optional
        Draws a line at this voltage [V].
    title : str
        Above the figure, and read out first.
    width : int
        In pixels, 300 to 10,000.

    Raises
    ------
    ParameterError
        If there is nothing in that stretch, or no such trace.
    """
    path = Path(path)
    text = svg(recording, start=start, stop=stop, traces=traces, threshold=threshold, title=title, width=width)
    with atomic(path) as file:
        file.write(text.encode("utf-8", "replace"))
    return [path]


def svg(
    recording: Recording,
    *,
    start: float | None = None,
    stop: float | None = None,
    traces: Sequence[str] | None = None,
    threshold: float | None = None,
    title: str = "",
    width: int = 900,
) -> str:
    """The figure as text; see `write_svg`."""
    if not 300 <= width <= 10_000:
        raise ParameterError("a figure is 300 to 10,000 pixels wide, not {value}", value=width)
    part = _stretch(recording, start, stop)
    chosen = _chosen(recording, traces)
    units = list(dict.fromkeys(recording.layout.traces[i].unit for i in chosen))
    rows = sorted({recording.layout.traces[i].i_neuron for i in chosen} & set(part.spike_neurons.tolist()))
    legend = _legend(recording, chosen, width, threshold)
    top = _TOP + (24 if title else 0) + legend.height
    raster_height = 12 * len(rows) + 8 if rows else 0
    height = top + len(units) * (_PANEL + _GAP) + raster_height + _BOTTOM
    x = _Axis(part.t_start, part.t_start + part.duration, _LEFT, width - _RIGHT)
    body: list[str] = []
    for k, unit in enumerate(units):
        columns = [i for i in chosen if recording.layout.traces[i].unit == unit]
        body += _panel(part, columns, x, top + k * (_PANEL + _GAP), unit, threshold if unit == "V" else None)
    bottom = top + len(units) * (_PANEL + _GAP) - _GAP
    if rows:
        body += _raster(part, rows, x, bottom + _GAP)
        bottom += _GAP + raster_height
    body += _time_axis(x, top, bottom)
    heading = [_text(_LEFT, _TOP + 10, title, size=15, weight="bold")] if title else []
    about = (title + ". " if title else "") + describe_recording(part)
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}" font-family="Noto Sans, DejaVu Sans, Arial, sans-serif" role="img">',
            f"<title>{escaped(title or tr('Recording'))}</title>",
            f"<desc>{escaped(about)}</desc>",
            f'<rect x="0" y="0" width="{width}" height="{height}" fill="#ffffff"/>',
            *heading,
            *legend.marks(_TOP + (24 if title else 0)),
            *body,
            "</svg>",
            "",
        ]
    )


def _stretch(recording: Recording, start: float | None, stop: float | None) -> Recording:
    """The part of a recording between two times."""
    dt, n = recording.layout.dt, len(recording.samples)
    begin = recording.t_start if start is None else start
    end = recording.t_start + recording.duration if stop is None else stop
    if not (math.isfinite(begin) and math.isfinite(end)):
        raise ParameterError("a figure needs a beginning and an end in seconds")
    first = min(max(0, round(begin / dt) - recording.i_first), n)
    last = min(max(first, round(end / dt) - recording.i_first), n)
    if last <= first:
        raise ParameterError("nothing was recorded between {start} s and {stop} s", start=f"{begin:g}", stop=f"{end:g}")
    i_first = recording.i_first + first
    keep = (recording.spike_times >= i_first * dt) & (recording.spike_times < (recording.i_first + last) * dt)
    return Recording(recording.layout, recording.samples[first:last], recording.spike_times[keep],
                     recording.spike_neurons[keep], (), {}, i_first)  # fmt: skip


def _chosen(recording: Recording, names: Sequence[str] | None) -> list[int]:
    if names is None:
        columns = list(range(len(recording.layout.traces)))
    else:
        known = [t.name for t in recording.layout.traces]
        for name in names:
            recording.trace(name)  # raises where there is none
        columns = [known.index(name) for name in names]
    if not columns:
        raise ParameterError("there is no trace to draw")
    return columns


def _style(i_neuron: int, quantity: str) -> tuple[str, str, float]:
    """Colour, dashes and width of a neuron's line; what isn't its membrane is thinner."""
    i = max(i_neuron, -1) % 28  # 7 colours times 4 patterns
    return COLOURS[i % len(COLOURS)], DASHES[i % len(DASHES)], 1.6 if quantity == "membrane" else 1.0


def _panel(part: Recording, columns: list[int], x: _Axis, top: float, unit: str, threshold: float | None) -> list[str]:
    values = part.samples[:, columns]
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if threshold is not None and math.isfinite(threshold):
        low, high = min(low, threshold), max(high, threshold)
    margin = max(0.05 * (high - low), 1e-6 * abs(high), 0.0) or 0.5
    y = _Axis(low - margin, high + margin, top + _PANEL, top)
    marks = []
    ticks, places = _ticks(y.low, y.high, 5)
    for tick in ticks:
        at = y.place(tick)
        marks.append(_line(x.first, at, x.last, at, _GRID))
        marks.append(_text(x.first - 8, at + 4, _number(tick, places), anchor="end"))
    label = tr("Voltage ({unit})", unit=unit) if unit == "V" else tr("Signal ({unit})", unit=unit or "1")
    middle = top + _PANEL / 2
    marks.append(_text(16, middle, label, anchor="middle", turn=True))
    for i in columns:
        one = part.layout.traces[i]
        colour, dashes, width = _style(one.i_neuron, one.quantity)
        marks += _trace(part, i, x, y, f'stroke="{colour}" stroke-width="{width}"' + _dashed(dashes))
    if threshold is not None and math.isfinite(threshold):
        at = y.place(threshold)
        marks.append(_line(x.first, at, x.last, at, _TEXT, dashes="4 4"))
    frame = f'width="{x.last - x.first:g}" height="{_PANEL}" fill="none" stroke="{_AXIS}"'
    return [*marks, f'<rect x="{x.first:g}" y="{top:g}" {frame}/>']


def _trace(part: Recording, column: int, x: _Axis, y: _Axis, look: str) -> list[str]:
    """One polyline for each stretch without gaps."""
    times, values = _reduced(part, column, int(x.last - x.first))
    px, py = x.place(times), y.place(values)
    finite = np.isfinite(py)
    lines = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], finite, [False]]).astype(np.int8)))
    for first, last in edges.reshape(-1, 2):
        if last - first == 1:  # a single sample between gaps
            lines.append(f'<circle cx="{px[first]:.2f}" cy="{py[first]:.2f}" r="1" {look}/>')
            continue
        points = " ".join(
            f"{a:.2f},{b:.2f}" for a, b in zip(px[first:last].tolist(), py[first:last].tolist(), strict=True)
        )
        lines.append(f'<polyline fill="none" stroke-linejoin="round" {look} points="{points}"/>')
    return lines


def _reduced(part: Recording, column: int, n_columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times and values to draw: all, or the smallest and largest of each column of pixels in their order."""
    values = part.samples[:, column].astype(np.float64)
    values[~np.isfinite(values)] = np.nan
    n = len(values)
    if n <= 3 * n_columns:
        return part.time, values
    edges = np.linspace(0, n, n_columns + 1).astype(np.int64)
    low = np.minimum.reduceat(np.nan_to_num(values, nan=np.inf), edges[:-1])
    high = np.maximum.reduceat(np.nan_to_num(values, nan=-np.inf), edges[:-1])
    rising = values[np.minimum(edges[1:] - 1, n - 1)] >= values[edges[:-1]]
    pairs = np.stack([np.where(rising, low, high), np.where(rising, high, low)], axis=1)
    pairs[np.isinf(low)] = np.nan
    middle = part.t_start + (edges[:-1] + edges[1:]) / 2 * part.layout.dt
    return np.repeat(middle, 2), pairs.ravel()


def _raster(part: Recording, rows: list[int], x: _Axis, top: float) -> list[str]:
    marks = []
    for k, i_neuron in enumerate(rows):
        at = top + 4 + 12 * k
        colour, _, _ = _style(i_neuron, "membrane")
        name = part.layout.neurons[i_neuron]
        marks.append(_text(x.first - 8, at + 9, name if len(name) < 9 else name[:8] + "…", anchor="end"))
        # More spikes than half pixels can't be told apart; one line then stands for several.
        places = np.unique(np.round(x.place(part.spike_train(i_neuron)) * 2) / 2)
        path = "".join(f"M{a:g} {at:g}v9" for a in places.tolist())
        marks.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    return marks


def _time_axis(x: _Axis, top: float, bottom: float) -> list[str]:
    ticks, places = _ticks(x.low, x.high, 8)
    marks = []
    for tick in ticks:
        at = x.place(tick)
        marks.append(_line(at, top, at, bottom, _GRID))
        marks.append(_line(at, bottom, at, bottom + 5, _AXIS))
        marks.append(_text(at, bottom + 18, _number(tick, places), anchor="middle"))
    marks.append(_line(x.first, bottom, x.last, bottom, _AXIS))
    marks.append(_text((x.first + x.last) / 2, bottom + 38, tr("Time (s)"), anchor="middle"))
    return marks


def _ticks(low: float, high: float, n: int) -> tuple[list[float], int]:
    """Round numbers between `low` and `high`, about `n`, and the decimals they need."""
    raw = max((high - low) / n, 1e-300)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * m for m in (1, 2, 5, 10) if power * m >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [k * step for k in range(first, min(last, first + 50) + 1)], max(0, -math.floor(math.log10(step) + 1e-9))


@dataclass(frozen=True)
class _Legend:
    entries: tuple[tuple[float, int, str, str], ...]  # x, row, name, look
    height: int

    def marks(self, top: float) -> list[str]:
        marks = []
        for left, row, name, look in self.entries:
            y = top + row * _ROW + 8
            marks.append(f'<line x1="{left:g}" y1="{y:g}" x2="{left + 28:g}" y2="{y:g}" {look}/>')
            marks.append(_text(left + 34, y + 4, name))
        return marks


def _legend(recording: Recording, columns: list[int], width: int, threshold: float | None) -> _Legend:
    shown = []
    for i in columns:
        one = recording.layout.traces[i]
        colour, dashes, stroke = _style(one.i_neuron, one.quantity)
        name = one.name if len(one.name) <= 40 else one.name[:39] + "…"
        shown.append((name, f'stroke="{colour}" stroke-width="{stroke + 0.4:g}"' + _dashed(dashes)))
    if threshold is not None and "V" in (recording.layout.traces[i].unit for i in columns):
        shown.append((tr("threshold"), f'stroke="{_TEXT}"' + _dashed("4 4")))
    entries = []
    left, row = float(_LEFT), 0
    for name, look in shown:
        needed = 34 + 7.2 * len(name) + 20
        if left > _LEFT and left + needed > width - _RIGHT:
            left, row = float(_LEFT), row + 1
        entries.append((left, row, name, look))
        left += needed
    return _Legend(tuple(entries), (row + 1) * _ROW + 6)


def _dashed(dashes: str) -> str:
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, dashes: str = "") -> str:
    return f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" stroke="{colour}"{_dashed(dashes)}/>'


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 12, weight: str = "normal", turn: bool = False
) -> str:
    turned = f' transform="rotate(-90 {x:g} {y:g})"' if turn else ""
    look = f'font-size="{size}" font-weight={quoteattr(weight)} text-anchor="{anchor}" fill="{_TEXT}"{turned}'
    return f'<text x="{x:.2f}" y="{y:.2f}" {look}>{escaped(text)}</text>'


def escaped(text: str) -> str:
    """`text` as it may stand in XML."""
    return escape(_NOT_XML.sub("\ufffd", text))


def _number(value: float, places: int) -> str:
    plain = f"{value + 0.0:.{places}f}" if places <= 9 and abs(value) < 1e9 else f"{value:.4g}"
    text = plain.replace("-", "−")
    return text.replace(".", ",") if language() == "de" else text
