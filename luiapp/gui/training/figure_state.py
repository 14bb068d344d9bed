"""The run as a figure for print: map with samples, accuracy, loss, and the table; SVG. No Qt."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from luiapp.gui.training.engine import MAP_SIZE, Snapshot
from luiapp.gui.training.insight import disc
from luiapp.gui.training.knob_state import TABLE, said
from luiapp.gui.training.setup_state import Setup, matters
from luiapp.gui.training.state import Mark
from luiapp.texts import tr
from luiapp.train.datasets import Dataset

COLOURS = ("#0072B2", "#D55E00", "#009E73")  # Okabe and Ito's blue, vermilion and green
_TEXT, _GRID = "#221a2b", "#d9d2df"
_WIDTH, _HEIGHT, _MAP, _TOP = 900, 470, 360, 56
_SAMPLES = 200


def figure_svg(
    snapshot: Snapshot, mark: Mark, samples: Dataset, names: tuple[str, ...], point: str = ".", *, what: str
) -> str:
    """An SVG document: what the network says of every place, and how it came to that.

    Parameters
    ----------
    snapshot : the run, and the map that is shown
    mark : the moment that is shown
    samples : some of them are drawn over the map
    names : of the classes
    point : the decimal mark
    what : is learned, for the title
    """
    percent = f"{100 * mark.accuracy:.1f} %".replace(".", point)
    epochs = f"{mark.epochs:.1f}".replace(".", point)
    title = tr("{what} after {n} epochs: {percent} right", what=what, n=epochs, percent=percent)
    right, wide = _MAP + 90, _WIDTH - _MAP - 110
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="Inter, Helvetica, Arial, sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        _text(20, 30, title, size=17, bold=True),
        *_map(snapshot.shares, samples, 20, _TOP),
        *_legend(names, 20, _TOP + _MAP + 22),
        *_curve(snapshot.marks, "accuracy", right, _TOP, wide, 130, tr("Right answers"), (0.0, 1.0), point),
        *_curve(snapshot.marks, "loss", right, _TOP + 170, wide, 70, tr("Loss"), None, point),
        *_table(mark.confusion, names, right, _TOP + 282, wide),
        _text(20, _HEIGHT - 10, _settings(snapshot.setup, point), size=10),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _settings(setup: Setup, point: str) -> str:
    told = [f"{tr(k.text)}: {said(k, getattr(setup, k.name), point)}" for k in TABLE if matters(k.name, setup)]
    return " · ".join(told[:9])


def _map(shares: NDArray[np.float64], samples: Dataset, left: float, top: float) -> list[str]:
    """One rectangle for each stretch of a row that has one colour; then samples by their shapes."""
    inside = disc(MAP_SIZE)[0]
    paint = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS], np.float64)
    blend = np.rint(255 + 0.45 * shares @ (paint - 255)).astype(int)
    colours = np.full(inside.shape, "", object)
    colours[inside] = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in blend.tolist()]
    side, parts = _MAP / MAP_SIZE, ['<g shape-rendering="crispEdges">']
    for row in range(MAP_SIZE):
        begin = 0
        for column in range(1, MAP_SIZE + 1):
            if column == MAP_SIZE or colours[row, column] != colours[row, begin]:
                if colours[row, begin]:
                    x, y = left + begin * side, top + row * side
                    parts.append(f'<rect x="{x:.2f}" y="{y:.2f}" width="{(column - begin) * side:.2f}" '
                                 f'height="{side:.2f}" fill="{colours[row, begin]}"/>')  # fmt: skip
                begin = column
    parts.append("</g>")
    for (x, y), label in zip(samples.samples[:_SAMPLES, :2].tolist(), samples.labels[:_SAMPLES].tolist(), strict=True):
        parts.append(_sign(label, left + x * _MAP, top + (1 - y) * _MAP, 3.2))
    return parts


def _sign(label: int, x: float, y: float, r: float) -> str:
    look = f'fill="{COLOURS[label]}" stroke="#ffffff" stroke-width="0.6"'
    if label == 0:
        return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{r}" {look}/>'
    if label == 1:
        return f'<rect x="{x - r:.2f}" y="{y - r:.2f}" width="{2 * r}" height="{2 * r}" {look}/>'
    points = f"{x:.2f},{y - 1.3 * r:.2f} {x + 1.2 * r:.2f},{y + r:.2f} {x - 1.2 * r:.2f},{y + r:.2f}"
    return f'<polygon points="{points}" {look}/>'


def _legend(names: tuple[str, ...], left: float, y: float) -> list[str]:
    parts, x = [], left + 6
    for k, name in enumerate(names):
        parts += [_sign(k, x, y - 4, 4), _text(x + 10, y, name)]
        x += 34 + 7 * len(name)
    return parts


def _curve(
    marks: list[Mark], name: str, left: float, top: float, width: float, height: float, title: str,
    span: tuple[float, float] | None, point: str,
) -> list[str]:  # fmt: skip
    known = [(one.epochs, float(getattr(one, name))) for one in marks if math.isfinite(getattr(one, name))]
    low, high = span or (0.0, max([value for _, value in known] + [0.1]))
    last = max([x for x, _ in known] + [1e-9])
    points = " ".join(f"{left + width * x / last:.2f},{top + height * (1 - (y - low) / (high - low)):.2f}"
                      for x, y in known)  # fmt: skip
    ends = {value: f"{100 * value:.0f} %" if span else f"{value:.2g}".replace(".", point) for value in (low, high)}
    parts = [_text(left, top - 8, title, bold=True)]
    for value, said_ in ends.items():
        y = top + height * (1 - (value - low) / (high - low))
        parts += [f'<line x1="{left}" y1="{y:.2f}" x2="{left + width}" y2="{y:.2f}" stroke="{_GRID}"/>',
                  _text(left - 6, y + 4, said_, anchor="end")]  # fmt: skip
    parts.append(f'<polyline points="{points}" fill="none" stroke="{COLOURS[2 if span else 1]}" stroke-width="2"/>')
    epoch = tr("Epoch {n}", n=f"{last:.1f}".replace(".", point))
    parts.append(_text(left + width, top + height + 16, epoch, anchor="end"))
    return parts


def _table(table: NDArray[np.int64], names: tuple[str, ...], left: float, top: float, width: float) -> list[str]:
    parts = [_text(left, top, tr("Who is taken for whom"), bold=True)]
    cell, total = (width - 60) / len(names), np.maximum(table.sum(axis=1), 1)
    for k, name in enumerate(names):
        parts.append(_text(left + 60 + (k + 0.5) * cell, top + 18, name, anchor="middle"))
        parts.append(_text(left + 52, top + 38 + k * 22, name, anchor="end"))
        for j in range(len(names)):
            share = float(table[k, j] / total[k])
            x, y = left + 60 + j * cell, top + 23 + k * 22
            shade = 255 - np.rint(0.85 * share * (255 - np.array([107, 45, 120]))).astype(int)
            parts.append(f'<rect x="{x + 1:.2f}" y="{y}" width="{cell - 2:.2f}" height="20" '
                         f'fill="#{shade[0]:02x}{shade[1]:02x}{shade[2]:02x}"/>')  # fmt: skip
            parts.append(_text(x + cell / 2, y + 15, str(int(table[k, j])), anchor="middle",
                               colour="#ffffff" if share > 0.5 else _TEXT))  # fmt: skip
    return parts


def _text(
    x: float, y: float, text: str, *, size: int = 12, bold: bool = False, anchor: str = "start", colour: str = _TEXT
) -> str:
    look = f'font-size="{size}" text-anchor="{anchor}" fill="{colour}"' + (' font-weight="bold"' if bold else "")
    return f'<text x="{x:.2f}" y="{y:.2f}" {look}>{escape(text)}</text>'
