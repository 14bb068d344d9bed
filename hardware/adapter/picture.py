"""Wiring pictures from parts and nets: a card for each board that shows what its six wires go through. Black and white
print and projector alike: shapes and words carry everything, colour only helps.

SPDX-License-Identifier: CERN-OHL-S-2.0
"""

from __future__ import annotations

from html import escape
from textwrap import wrap

from circuit import BOARD, Part, nets
from rules import trace

ROW, PAD_X, HEAD, FOOT = 34, 18, 44, 40
_NAMED = ("5V", "GND", "AREF", "LATCH", "DATA", "CLOCK", "/OE", "CHAIN1", "CHAIN2", "WAKE")
_PADS = (("GND", "GND"), ("MEM", "MEM"), ("AX", "AXON"), ("S1", "S1"), ("S2", "S2"), ("S3", "S3"))
_COLOURS = {"GND": "#000000", "MEM": "#0b6fb8", "AX": "#b8470b", "S1": "#2a7a3f", "S2": "#2a7a3f", "S3": "#2a7a3f"}
_DASHES = {"GND": "", "MEM": "", "AX": "9 4", "S1": "2 3", "S2": "2 3", "S3": "2 3"}
STYLE = 'font-family="Inter, Helvetica, Arial, sans-serif" font-size="14" fill="#000"'


def _box(x: float, y: float, width: float, title: str, note: str, *, chip: bool) -> str:
    radius = 2 if chip else 12
    fill = "#eeeeee" if chip else "#ffffff"
    middle = f'x="{x + width / 2:g}" text-anchor="middle"'
    return (f'<rect x="{x:g}" y="{y - 14:g}" width="{width:g}" height="28" rx="{radius}" fill="{fill}" stroke="#000"/>'
            f'<text {middle} y="{y - 1:g}" font-weight="600" font-size="12">{escape(title)}</text>'
            f'<text {middle} y="{y + 10:g}" font-size="10">{escape(note)}</text>')  # fmt: skip


def _way(parts: list[Part], board: Part, pad: str) -> list[tuple[str, str, bool]]:
    """Title, note and whether it is a chip, of everything that a wire goes through."""
    steps = []
    for part, number in trace(parts, board, pad):
        names = {pin.number: pin.name for pin in part.kind.pins}
        if part.kind.name == "Arduino Nano":
            steps.append((f"Nano {number}", "", True))
        elif part.kind.through and len(part.kind.pins) > 3:
            out = dict(part.kind.through)[number]
            steps.append((f"{part.ref} {part.value}", f"pin {number} → {out}", True))
        elif part.kind.name == "74HC595":
            steps.append((f"{part.ref} {part.value}", f"pin {number} ({names[number]})", True))
        elif part.kind.name == "NPN":
            steps.append((f"{part.ref} {part.value}", "base → collector", True))
        else:
            steps.append((part.ref, part.value, False))
    return steps


def _card(parts: list[Part], board: Part, x: float, y: float, width: float) -> str:
    rows = len(_PADS)
    tall = HEAD + ROW * rows + FOOT
    out = [f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{tall:g}" rx="6" fill="#fff" stroke="#000" '
           f'stroke-width="1.5"/><text x="{x + 14:g}" y="{y + 24:g}" font-weight="700" font-size="16">Lu.i, '
           f'{escape(board.value)}</text>']  # fmt: skip
    for i, (pad, name) in enumerate(_PADS):
        cy = y + HEAD + ROW * i + 8
        steps = [("GND", "common ground, first", True)] if pad == "GND" else _way(parts, board, pad)
        at = x + 74
        out.append(f'<circle cx="{x + 22:g}" cy="{cy:g}" r="6" fill="#fff" stroke="#000" stroke-width="2"/>'
                   f'<text x="{x + 33:g}" y="{cy + 5:g}" font-weight="600" font-size="12">{name}</text>'
                   f'<line x1="{at:g}" y1="{cy:g}" x2="{x + 352:g}" y2="{cy:g}" stroke="{_COLOURS[pad]}" '
                   f'stroke-width="2.5" stroke-dasharray="{_DASHES[pad]}"/>')  # fmt: skip
        slots = (96, 210, 350)
        places = (
            [slots[0], slots[1], slots[2]]
            if len(steps) == 3
            else [slots[0], slots[2]]
            if len(steps) == 2
            else [slots[2]]
        )
        for (title, note, chip), slot in zip(steps, places, strict=True):
            wide = 124 if chip else 72
            out.append(_box(x + slot, cy, wide, title, note, chip=chip))
    for i, line in enumerate(_shunts(parts, board)):
        out.append(
            f'<text x="{x + 14:g}" y="{y + HEAD + ROW * rows + 6 + 14 * i:g}" font-size="11">{escape(line)}</text>'
        )
    return "".join(out)


def _shunts(parts: list[Part], board: Part) -> list[str]:
    """What goes from a board's wires to ground, in words."""
    joined, lines = nets(parts), []
    for pad, name in (("MEM", "MEM"), ("AX", "AXON")):
        found, net, where = [], board.nets[pad], f"{name} itself"
        for part, number in [*trace(parts, board, pad), (None, "")]:
            for one, _ in joined[net]:
                if len(one.kind.pins) == 2 and "GND" in one.nets.values():
                    found.append(f"{one.ref} {one.value} from {where}")
            if part is None or number not in dict(part.kind.through):
                break
            if part.kind.name == "NPN":
                found.append(f"emitter of {part.ref}")
            net, where = part.nets[dict(part.kind.through)[number]], f"behind {part.ref}"
        if found:
            lines.append(f"To ground: {', '.join(found)}")
    return lines


def _notes(parts: list[Part]) -> list[str]:
    """Everything that no board's wires go through, in words: part by part, where its pins go."""
    shown = {step.ref for board in parts if board.kind is BOARD for pad, _ in _PADS if pad != "GND"
             for step, _ in trace(parts, board, pad)}  # fmt: skip
    lines = []
    shown |= {word.split()[0] for board in parts if board.kind is BOARD for line in _shunts(parts, board)
              for word in line.removeprefix("To ground: ").split(", ")}  # fmt: skip
    for part in parts:
        two = len(part.kind.pins) == 2
        if part.kind is BOARD or (part.ref in shown and two):
            continue
        ends = [net for net in part.nets.values() if net]
        if two:
            lines.append(f"{part.ref} {part.value}: {ends[0]} – {ends[1]}")
    chips = [part for part in parts if len(part.kind.pins) > 3 and part.kind is not BOARD]
    for part in chips:
        own = [f"{pin.number} {part.nets[pin.number]}" for pin in part.kind.pins
               if part.nets.get(pin.number) in _NAMED]  # fmt: skip
        pairs = [[pin.number for p, pin in pins if p is part] for name, pins in nets(parts).items()
                 if name.startswith("ADC")]  # fmt: skip
        feedback = ["–".join(pair) for pair in pairs if len(pair) == 2]
        joined = ("; joined: " + ", ".join(feedback)) if feedback else ""
        lines.append(f"{part.ref} {part.value}: " + ", ".join(own) + joined)
    return [piece for line in lines for piece in wrap(line, 84, subsequent_indent="    ")]


def wiring(parts: list[Part], name: str) -> str:
    """The text of an SVG picture."""
    boards = [part for part in parts if part.kind is BOARD]
    columns = 1 if len(boards) == 1 else 2
    card = 500.0
    tall = HEAD + ROW * len(_PADS) + FOOT + 16
    rows = -(-len(boards) // columns)
    notes = _notes(parts)
    per_column = -(-len(notes) // columns)
    width = 2 * PAD_X + columns * card + (columns - 1) * 16
    top = 76
    height = top + rows * tall + 44 + 20 * per_column + 30
    title = "one board" if len(boards) == 1 else f"{len(boards)} boards"
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" {STYLE}>',
           f'<title>Wiring of the adapter, {escape(name)}</title><rect width="100%" height="100%" fill="#fff"/>',
           f'<text x="{PAD_X}" y="32" font-size="22" font-weight="700">Adapter for {title}</text>',
           f'<text x="{PAD_X}" y="56">Ground first. Never join a board’s VDD to 5V. Round: resistor; grey: chip</text>',
           ]  # fmt: skip
    for i, board in enumerate(boards):
        out.append(_card(parts, board, PAD_X + (i % columns) * (card + 16), top + (i // columns) * tall, card))
    y = top + rows * tall + 28
    out.append(
        f'<text x="{PAD_X}" y="{y:g}" font-size="16" font-weight="700">Everything else (pin, then where it goes)</text>'
    )
    for i, line in enumerate(notes):
        at = PAD_X + (i // per_column) * (card + 16)
        out.append(f'<text x="{at:g}" y="{y + 24 + 20 * (i % per_column):g}" font-size="11">{escape(line)}</text>')
    return "\n".join([*out, "</svg>", ""])
