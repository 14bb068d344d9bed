"""The run as a figure for print: map with samples, accuracy, loss, and the table; SVG. No Qt."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from luiapp.gui.training.data_state import SHAPES, Data
from luiapp.gui.training.engine import MAP_SIZE, Snapshot
from luiapp.gui.training.insight import disc
from luiapp.gui.training.knob_state import BY_NAME, TABLE, said
from luiapp.gui.training.setup_state import Setup, matters
from luiapp.gui.training.state import Mark
from luiapp.texts import tr

COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8a6d00",
    "#555555",
)  # after Okabe and Ito
_TEXT, _GRID = "#221a2b", "#d9d2df"
_WIDTH, _HEIGHT, _MAP, _TOP = 900, 470, 360, 56
_SAMPLES = 200


def figure_svg(snapshot: Snapshot, mark: Mark, point: str = ".") -> str:
    """An SVG document: what the network says of every place, and how it came to that.

    Parameters
    ----------
    snapshot : the run, and the map that is shown
    mark : the moment that is shown
    point : the decimal mark
    """
    data, names = snapshot.data, tuple(tr(name) for name in snapshot.data.names)
    what = said(BY_NAME["data"], snapshot.setup.learns[0])
    what = what[:1].upper() + what[1:]
    height = _HEIGHT + 22 * max(0, len(names) - 4)
    percent = f"{100 * mark.accuracy:.1f} %".replace(".", point)
    epochs = f"{mark.epochs:.1f}".replace(".", point)
    title = tr("{what} after {n} epochs: {percent} right", what=what, n=epochs, percent=percent)
    right, wide = _MAP + 90, _WIDTH - _MAP - 110
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="Inter, Helvetica, Arial, sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(20, 30, title, size=17, bold=True),
        *(_map(snapshot.shares, data, 20, _TOP) if data.gallery is None else
          _gallery(snapshot.shares, data, names, 20, _TOP)),
        *(_legend(names, 20, _TOP + _MAP + 22) if data.gallery is None else []),
        *_curve(snapshot.marks, "accuracy", right, _TOP, wide, 130, tr("Right answers"), (0.0, 1.0), point),
        *_curve(snapshot.marks, "loss", right, _TOP + 170, wide, 70, tr("Loss"), None, point),
        *_table(mark.confusion, names, right, _TOP + 282, wide),
        _text(20, height - 10, _settings(snapshot.setup, point), size=10),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"


def _settings(setup: Setup, point: str) -> str:
    told = [f"{tr(k.text)}: {said(k, getattr(setup, k.name), point)}" for k in TABLE if matters(k.name, setup)]
    return " · ".join(told[:9])


def _map(shares: NDArray[np.float64], data: Data, left: float, top: float) -> list[str]:
    """One rectangle for each stretch of a row that has one colour; then samples by their shapes."""
    inside = disc(MAP_SIZE)[0]
    colours = np.full(inside.shape, "", object)
    colours[inside] = _blend(shares)
    samples = data.valid if data.by_points else data.train
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


def _gallery(shares: NDArray[np.float64], data: Data, names: tuple[str, ...], left: float, top: float) -> list[str]:
    """Unseen samples before what the network says of each; what is taken for another has its name in the corner."""
    assert data.gallery is not None
    n, grounds, parts = len(names), _blend(shares), []
    side = _MAP / n
    for k, name in enumerate(names):
        parts.append(_text(left + (k + 0.5) * side, top - 4, name, anchor="middle"))
    for i, (sample, label) in enumerate(zip(data.gallery.samples, data.gallery.labels.tolist(), strict=True)):
        x, y = left + (i % n) * side, top + (i // n) * side
        parts.append(f'<rect x="{x:.2f}" y="{y:.2f}" width="{side - 2:.2f}" height="{side - 2:.2f}" '
                     f'fill="{grounds[i]}"/>')  # fmt: skip
        if data.pictures:
            rows = round(len(sample) ** 0.5)
            dot = (side - 2) / rows
            parts += [f'<rect x="{x + dot * (j % rows):.2f}" y="{y + dot * (j // rows):.2f}" width="{dot:.2f}" '
                      f'height="{dot:.2f}" fill-opacity="{1 - v:.2f}"/>'
                      for j, v in enumerate(sample.tolist()) if v < 1]  # fmt: skip
        else:
            line = " ".join(f"{x + 2 + (side - 6) * j / (len(sample) - 1):.2f},{y + 2 + (side - 6) * (1 - v):.2f}"
                            for j, v in enumerate(sample.tolist()))  # fmt: skip
            parts.append(f'<polyline points="{line}" fill="none" stroke="{_TEXT}"/>')
        says = int(shares[i].argmax())
        if says != label:
            parts.append(_text(x + side - 4, y + side - 5, f"✗{names[says]}", size=11, bold=True, anchor="end",
                               colour="#b04500"))  # fmt: skip
    return parts


def _blend(shares: NDArray[np.float64]) -> list[str]:
    """Colours of classes on white: the paler, the less sure."""
    paint = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in COLOURS], np.float64)
    of_class = paint[np.arange(shares.shape[1]) % len(paint)]
    blend = np.rint(255 + 0.45 * shares @ (of_class - 255)).astype(int)
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in blend.tolist()]


def _sign(label: int, x: float, y: float, r: float) -> str:
    look = f'fill="{COLOURS[label % len(COLOURS)]}" stroke="#ffffff" stroke-width="0.6"'
    k = label % (2 + len(SHAPES))
    if k == 0:
        return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{r}" {look}/>'
    if k == 1:
        return f'<rect x="{x - r:.2f}" y="{y - r:.2f}" width="{2 * r}" height="{2 * r}" {look}/>'
    points = " ".join(f"{x + a * r:.2f},{y + b * r:.2f}" for a, b in SHAPES[k - 2])
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
