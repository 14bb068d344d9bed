"""A KiCad 9 schematic from parts and nets: symbols of our own, a label on every pin.

SPDX-License-Identifier: CERN-OHL-S-2.0
"""

from __future__ import annotations

import uuid

from circuit import NC, Kind, Part

GRID = 2.54
_SPACE = uuid.UUID("6c756961-7070-4c75-8e69-6e616e6f3800")
# A supply that no part gives is marked as given; KiCad's rules ask for it.
_TYPES = {"in": "input", "out": "output", "power": "power_in", "source": "power_out", "passive": "passive"}


def _id(*what: object) -> str:
    return str(uuid.uuid5(_SPACE, "/".join(map(str, what))))


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _sides(kind: Kind) -> tuple[list[int], list[int]]:
    """Pins on the left and on the right: inputs and supplies left, outputs right, the others where there is room."""
    n = len(kind.pins)
    left = [i for i, pin in enumerate(kind.pins) if pin.role in ("in", "power")]
    right = [i for i, pin in enumerate(kind.pins) if pin.role in ("out", "source")]
    rest = [i for i in range(n) if i not in left and i not in right]
    for i in rest:
        (left if len(left) <= len(right) else right).append(i)
    return left, right


def _size(kind: Kind) -> tuple[float, float]:
    left, right = _sides(kind)
    rows = max(len(left), len(right), 1)
    longest = max((len(pin.name) for pin in kind.pins), default=1)
    return GRID * max(4, 2 * longest // 2 + 2 if len(kind.pins) > 2 else 2), GRID * (rows + 1)


def pin_places(kind: Kind) -> list[tuple[float, float, int]]:
    """(x, y, angle) of each pin's end in mm, y upwards, the symbol's centre at 0."""
    left, right = _sides(kind)
    width, height = _size(kind)
    half = GRID * round(width / 2 / GRID)
    out: list[tuple[float, float, int]] = [(0.0, 0.0, 0)] * len(kind.pins)
    top = GRID * round((height / 2 - GRID) / GRID)
    for rows, x, angle in ((left, -half - GRID, 0), (right, half + GRID, 180)):
        for row, i in enumerate(rows):
            out[i] = (x, top - GRID * row, angle)
    return out


def _symbol(kind: Kind) -> str:
    width, height = _size(kind)
    half, tall = GRID * round(width / 2 / GRID), height / 2
    name = _quote(f"luiapp:{kind.name}")
    pins = "".join(
        f"\n        (pin {_TYPES[pin.role]} line (at {x:g} {y:g} {angle}) (length {GRID}) (name {_quote(pin.name)} "
        f"(effects (font (size 1 1)))) (number {_quote(pin.number)} (effects (font (size 1 1)))))"
        for pin, (x, y, angle) in zip(kind.pins, pin_places(kind), strict=True)
    )
    return f"""    (symbol {name} (pin_names (offset 0.5)) (exclude_from_sim no) (in_bom yes) (on_board yes)
      (property "Reference" "U" (at 0 {tall + 2:g} 0) (effects (font (size 1.27 1.27))))
      (property "Value" {_quote(kind.name)} (at 0 {-tall - 2:g} 0) (effects (font (size 1.27 1.27))))
      (property "Footprint" "" (at 0 0 0) (effects (font (size 1.27 1.27)) (hide yes)))
      (property "Datasheet" "" (at 0 0 0) (effects (font (size 1.27 1.27)) (hide yes)))
      (property "Description" {_quote(kind.description)} (at 0 0 0) (effects (font (size 1.27 1.27)) (hide yes)))
      (symbol {_quote(kind.name + "_1_1")}
        (rectangle (start {-half:g} {tall:g}) (end {half:g} {-tall:g}) (stroke (width 0.2) (type default))
          (fill (type background))){pins}))"""


def _instance(part: Part, x: float, y: float, project: str) -> str:
    _, height = _size(part.kind)
    pins = "".join(f"\n    (pin {_quote(pin.number)} (uuid {_quote(_id(project, part.ref, pin.number))}))"
                   for pin in part.kind.pins)  # fmt: skip
    return f"""  (symbol (lib_id {_quote("luiapp:" + part.kind.name)}) (at {x:g} {y:g} 0) (unit 1) (exclude_from_sim no)
    (in_bom yes) (on_board yes) (dnp no) (uuid {_quote(_id(project, part.ref))})
    (property "Reference" {_quote(part.ref)} (at {x:g} {y - height / 2 - 2:g} 0) (effects (font (size 1.27 1.27))))
    (property "Value" {_quote(part.value)} (at {x:g} {y + height / 2 + 2:g} 0) (effects (font (size 1.27 1.27))))
    (property "Footprint" "" (at {x:g} {y:g} 0) (effects (font (size 1.27 1.27)) (hide yes)))
    (property "Datasheet" "" (at {x:g} {y:g} 0) (effects (font (size 1.27 1.27)) (hide yes)))
    (property "Description" {_quote(part.why)} (at {x:g} {y:g} 0) (effects (font (size 1.27 1.27)) (hide yes)))
    (property "Order" {_quote(part.kind.order)} (at {x:g} {y:g} 0) (effects (font (size 1.27 1.27)) (hide yes))){pins}
    (instances (project {_quote(project)}
      (path {_quote("/" + _id(project))} (reference {_quote(part.ref)}) (unit 1)))))"""


def _ends(part: Part, x: float, y: float, project: str) -> list[str]:
    out = []
    for pin, (px, py, angle) in zip(part.kind.pins, pin_places(part.kind), strict=True):
        at = f"(at {x + px:g} {y - py:g}"
        net = part.nets.get(pin.number, NC)
        if net == NC:
            out.append(f"  (no_connect {at}) (uuid {_quote(_id(project, part.ref, pin.number, 'open'))}))")
            continue
        turn, side = (180, "right") if angle == 0 else (0, "left")
        out.append(f"  (label {_quote(net)} {at} {turn}) (effects (font (size 1 1)) (justify {side} bottom)) "
                   f"(uuid {_quote(_id(project, part.ref, pin.number, 'label'))}))")  # fmt: skip
    return out


def schematic(parts: list[Part], project: str) -> str:
    """The text of a .kicad_sch file."""
    kinds = list({part.kind.name: part.kind for part in parts}.values())
    body: list[str] = []
    paper, right = ("A4", 290.0) if len(parts) < 20 else ("A2", 570.0)
    left = 20.0
    x, y, lowest = left, 30.0, 0.0
    for part in parts:
        width, height = _size(part.kind)
        step = width + 46
        if x + step > right:
            x, y, lowest = left, y + lowest + 14, 0.0
        px, py = GRID * round((x + step / 2) / GRID), GRID * round((y + height / 2) / GRID)
        body.append(_instance(part, px, py, project))
        body += _ends(part, px, py, project)
        x, lowest = x + step, max(lowest, height)
    symbols = "\n".join(_symbol(kind) for kind in kinds)
    return f"""(kicad_sch (version 20250114) (generator "luiapp") (generator_version "1")
  (uuid {_quote(_id(project))}) (paper "{paper}")
  (title_block (title {_quote("luiapp adapter, " + project)}) (comment 1 "made by generate.py; change circuit.py")
    (comment 2 "CERN-OHL-S-2.0"))
  (lib_symbols
{symbols}
  )
{chr(10).join(body)}
  (sheet_instances (path "/" (page "1")))
)
"""
