"""A circuit as a picture in board style: SVG of boards with their trimmers and switches, wires, sensors and displays.

Only what SVG Tiny knows, so that every viewer draws the same. Colours tell neurons apart, and so do their names; an
inhibiting wire is dashed and ends in a minus.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from luiapp.errors import FormatError
from luiapp.files.disk import atomic
from luiapp.files.svg import COLOURS, escaped
from luiapp.model import drawing
from luiapp.model.drawing import Point
from luiapp.model.items import ITEMS
from luiapp.model.lui import KNOBS
from luiapp.model.network import Network
from luiapp.texts import tr

MOST_BOARDS = 256
_FREE_X, _FREE_Y = 300.0, 220.0  # between boards that have no place
_MARGIN = 30.0
_BODY, _EDGE, _GOLD, _INK, _LINE, _INHIBIT = "#5a2b6d", "#3b164b", "#d9ae54", "#221a2b", "#6a5f75", "#b84a00"
_ITEM_WIDTH, _ITEM_HEIGHT = 140.0, 76.0
_R_DISC = 34.0


def write_svg_circuit(path: str | Path, network: Network) -> None:
    """Draw a circuit to a file; see `svg_circuit`."""
    text = svg_circuit(network)
    with atomic(Path(path)) as file:
        file.write(text.encode("utf-8", "replace"))


def svg_circuit(network: Network) -> str:
    """The picture as text. `FormatError` if there are too many neurons to be told apart."""
    if not 1 <= network.n_neurons <= MOST_BOARDS:
        raise FormatError("a picture has 1 to {most} neurons, this circuit has {n}", most=MOST_BOARDS,
                          n=network.n_neurons)  # fmt: skip
    sheet = _Sheet(network)
    body = [*sheet.wires(), *sheet.bodies(), *sheet.items(), *sheet.signs]
    left, top, right, bottom = sheet.extent()
    width, height = right - left, bottom - top
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{left:.1f} {top:.1f} {width:.1f} {height:.1f}" '
        'font-family="Noto Sans, DejaVu Sans, Arial, sans-serif" role="img">',
        f"<title>{escaped(network.name or tr('Circuit'))}</title>",
        f"<desc>{escaped(_told(network))}</desc>",
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="#ffffff"/>',
        *body, "</svg>", "",
    ])  # fmt: skip


def _told(network: Network) -> str:
    every = network.connections
    rows = zip(every.pre.tolist(), every.post.tolist(), every.synapse.tolist(), strict=True)
    wires = [f"{network.names[pre]} → {network.names[post]} {synapse + 1}" for pre, post, synapse in rows]
    return ", ".join(network.names) + ("; " + ", ".join(wires) if wires else "")


class _Sheet:
    """Where everything is on the sheet, in the bench's units."""

    def __init__(self, network: Network) -> None:
        self._net = network
        self._boards = network.model == "lui"
        self.signs: list[str] = []
        self._points: list[Point] = []
        n_columns = max(1, math.ceil(math.sqrt(network.n_neurons)))
        lowest = max((p[1] for p in network.positions if p is not None), default=-_FREE_Y)
        self._centres: list[Point] = []
        for k, place in enumerate(network.positions):
            free = (_FREE_X * (k % n_columns), lowest + _FREE_Y * (1 + k // n_columns))
            self._centres.append(place if place is not None else free)
        low = min(x for x, _ in self._centres)
        high = max(x for x, _ in self._centres)
        self._items: list[Point] = []
        for k, item in enumerate(network.items):
            beside = (low - 270.0 if item.sends else high + 270.0, self._centres[0][1] + 90.0 * k)
            self._items.append(item.position if item.position is not None else beside)

    def extent(self) -> tuple[float, float, float, float]:
        """What is drawn, and a margin."""
        xs, ys = [p[0] for p in self._points], [p[1] for p in self._points]
        return min(xs) - _MARGIN, min(ys) - _MARGIN, max(xs) + _MARGIN, max(ys) + _MARGIN

    # -- wires ---------------------------------------------------------------------------------------------------

    def wires(self) -> list[str]:
        """All of them, and what stands at their ends in `signs`."""
        net, every, found = self._net, self._net.connections, []
        for k in range(len(every)):
            pre, post, synapse = int(every.pre[k]), int(every.post[k]), int(every.synapse[k])
            excites = self._excites(post, synapse, float(every.weight[k]))
            found += self._wire(self._axon(pre, self._pad(post, synapse)), self._pad(post, synapse), synapse,
                                COLOURS[pre % len(COLOURS)], excites)  # fmt: skip
        jack = {item.name: (x + _ITEM_WIDTH / 2, y) for item, (x, y) in zip(net.items, self._items, strict=True)}
        for link in net.stimuli:
            if link.item not in jack:
                continue
            event = link.stimulus.is_event
            end = self._pad(link.i_neuron, link.synapse) if event else self._at(link.i_neuron, (-6.0, -46.0))
            excites = not event or self._excites(link.i_neuron, link.synapse, link.weight)
            found += self._wire((1, jack[link.item]), end, link.synapse if event else 1, _LINE, excites, sign=event)
        for item, (x, y) in zip(net.items, self._items, strict=True):
            ear = (x - _ITEM_WIDTH / 2, y)
            for i in item.hears:
                found += self._wire(self._axon(i, ear), ear, 1, COLOURS[i % len(COLOURS)], True, sign=False)
        return found

    def _excites(self, post: int, synapse: int, weight: float) -> bool:
        if self._boards:
            return bool(self._net.parameter(f"sign_{synapse + 1}")[post] >= 0)
        return weight >= 0

    def _at(self, i: int, point: Point) -> Point:
        x, y = self._centres[i]
        if not self._boards:
            return x + (_R_DISC if point[0] > 0 else -_R_DISC), y
        return x + point[0] * drawing.SIZE, y + point[1] * drawing.SIZE

    def _pad(self, i: int, synapse: int) -> Point:
        return self._at(i, drawing.PADS[min(synapse, 2)])

    def _axon(self, i: int, target: Point) -> tuple[int, Point]:
        i_pin = drawing.pin_for(self._at(i, drawing.PINS[1]), target) if self._boards else 1
        return i_pin, self._at(i, drawing.PINS[i_pin])

    def _wire(
        self, begin: tuple[int, Point], end: Point, i_pad: int, colour: str, excites: bool, *, sign: bool = True
    ) -> list[str]:
        i_pin, start = begin
        path = f"M{start[0]:.1f} {start[1]:.1f}"
        before = start
        for first, second, last in drawing.way(start, end, i_pin, i_pad):
            path += "C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in (first, second, last))
            self._points += [first, second, last]
            before = second
        dashes = "" if excites else ' stroke-dasharray="7 4"'
        if sign:
            dx, dy = end[0] - before[0], end[1] - before[1]
            length = math.hypot(dx, dy) or 1.0
            self.signs += _sign((end[0] - 18 * dx / length, end[1] - 18 * dy / length), excites)
        return [f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="3"{dashes}/>']

    # -- things --------------------------------------------------------------------------------------------------

    def bodies(self) -> list[str]:
        """All neurons."""
        found: list[str] = []
        for i in range(self._net.n_neurons):
            found += self._board(i) if self._boards else self._disc(i)
        return found

    def _disc(self, i: int) -> list[str]:
        x, y = self._centres[i]
        self._points += [(x - 2 * _R_DISC, y - 2 * _R_DISC), (x + 2 * _R_DISC, y + 2 * _R_DISC)]
        colour = COLOURS[i % len(COLOURS)]
        return [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_R_DISC}" fill="#ffffff" stroke="{colour}" stroke-width="4"/>',
                _word((x, y + 5), self._net.names[i], 14, _INK)]  # fmt: skip

    def _board(self, i: int) -> list[str]:
        net = self._net

        def at(point: Point) -> Point:
            return self._at(i, point)

        edge = [at(point) for point in drawing.contour()]
        self._points += edge
        outline = " ".join(f"{x:.1f},{y:.1f}" for x, y in edge)
        marks = [f'<polygon points="{outline}" fill="{_BODY}" stroke="{_EDGE}" stroke-width="1.5"/>']
        for k, pad in enumerate(drawing.PADS):
            marks += _ring(at(pad), drawing.R_PAD * drawing.SIZE)
            inside = (pad[0] + (10.5 if k != 1 else 13.0), pad[1] + (8.5, 2.5, -4.0)[k])
            marks.append(_word(at(inside), str(k + 1), 7, "#f1e9f5"))
        for pin in drawing.PINS:
            marks += _ring(at(pin), drawing.R_PIN * drawing.SIZE)
        for k, switch in enumerate(drawing.SWITCHES):
            marks += _switch(at(switch), bool(net.parameter(f"sign_{k + 1}")[i] >= 0))
        for one in KNOBS:
            marks += _trimmer(at(drawing.TRIMMERS[one.name]), one.percent(float(net.parameter(one.parameter)[i])))
        for led in (*drawing.LEDS, drawing.SPIKE_LED):
            marks.append(_circle(at(led), 3.2, "#4a3222", "#200a2a"))
        x, y, width, height = drawing.PLATE
        (left, top), scale = at((x, y)), drawing.SIZE
        colour = COLOURS[i % len(COLOURS)]
        ink = "#ffffff" if colour in ("#0072B2", "#D55E00", "#009E73", "#000000") else _INK
        marks.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{width * scale:.1f}" height="{height * scale:.1f}" '
                     f'rx="3" fill="{colour}"/>')  # fmt: skip
        name = net.names[i] if len(net.names[i]) <= 9 else net.names[i][:8] + "…"
        marks.append(_word((left + width * scale / 2, top + 12), name, 11, ink, bold=True))
        return marks

    def items(self) -> list[str]:
        """All sensors and displays."""
        found: list[str] = []
        for item, (x, y) in zip(self._net.items, self._items, strict=True):
            left, top = x - _ITEM_WIDTH / 2, y - _ITEM_HEIGHT / 2
            self._points += [(left, top), (left + _ITEM_WIDTH, top + _ITEM_HEIGHT)]
            found.append(f'<rect x="{left:.1f}" y="{top:.1f}" width="{_ITEM_WIDTH}" height="{_ITEM_HEIGHT}" rx="10" '
                         f'fill="#f1ecf5" stroke="{_LINE}" stroke-width="1.5"/>')  # fmt: skip
            found += [_word((x, y - 3), item.name, 17, _INK, bold=True),
                      _word((x, y + 18), tr(ITEMS[item.kind].about), 12, _LINE)]  # fmt: skip
            found += _ring((x + _ITEM_WIDTH / 2 if item.sends else x - _ITEM_WIDTH / 2, y), 7.0)
        return found


def _circle(at: Point, r: float, fill: str, edge: str) -> str:
    return f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{r:.1f}" fill="{fill}" stroke="{edge}"/>'


def _ring(at: Point, r: float) -> list[str]:
    return [_circle(at, r, _GOLD, "#8d6a26"), _circle(at, 0.45 * r, "#120c16", "#120c16")]


def _line(a: Point, b: Point, colour: str, width: float) -> str:
    return (f'<line x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}" stroke="{colour}" '
            f'stroke-width="{width:g}"/>')  # fmt: skip


def _cross(at: Point, plus: bool, arm: float, colour: str) -> Iterable[str]:
    yield _line((at[0] - arm, at[1]), (at[0] + arm, at[1]), colour, 1.5)
    if plus:
        yield _line((at[0], at[1] - arm), (at[0], at[1] + arm), colour, 1.5)


def _sign(at: Point, excites: bool) -> list[str]:
    return [_circle(at, 5.5, "#f4ecd8" if excites else _INHIBIT, _INK),
            *_cross(at, excites, 2.8, _INK if excites else "#ffffff")]  # fmt: skip


def _switch(at: Point, excites: bool) -> list[str]:
    w, h = (v * drawing.SIZE for v in drawing.SWITCH_SIZE)
    lever = (at[0] + (w - h) / 2 * (1 if excites else -1), at[1])
    return [f'<rect x="{at[0] - w / 2:.1f}" y="{at[1] - h / 2:.1f}" width="{w:.1f}" height="{h:.1f}" rx="2" '
            'fill="#17121c"/>',
            f'<rect x="{lever[0] - h / 2 + 0.6:.1f}" y="{at[1] - h / 2 + 0.6:.1f}" width="{h - 1.2:.1f}" '
            f'height="{h - 1.2:.1f}" rx="1.5" fill="{"#f4ecd8" if excites else _INHIBIT}"/>',
            *_cross(lever, excites, 2.0, _INK if excites else "#ffffff")]  # fmt: skip


def _trimmer(at: Point, percent: float) -> list[str]:
    r = drawing.R_TRIMMER * drawing.SIZE
    angle = math.radians((percent / 100 - 0.5) * drawing.TURN)
    tip = (at[0] + 0.85 * r * math.sin(angle), at[1] - 0.85 * r * math.cos(angle))
    return [_circle(at, r, "#dcdde4", "#4c4a58"), _line(at, tip, "#17121c", 2.2)]


def _word(at: Point, text: str, size: int, colour: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size}" text-anchor="middle" fill="{colour}"{weight}>'
            f"{escaped(text)}</text>")  # fmt: skip
