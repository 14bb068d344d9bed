"""What must hold for any adapter circuit. Each rule returns sentences that name what breaks it; none means well.

SPDX-License-Identifier: CERN-OHL-S-2.0
"""

from __future__ import annotations

import re
from typing import Any

from circuit import BOARD, CAPACITOR, NC, RESISTOR, Part, Pin, nets

OHMS = {"k": 1e3, "M": 1e6}
SUPPLIES = {"5V", "GND"}


def ohms(value: str) -> float:
    """``10k`` in Ω."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([kM]?)", value)
    if found is None:
        raise ValueError(f"{value} is no resistance")
    return float(found[1]) * OHMS.get(found[2], 1.0)


def refs_are_unique(parts: list[Part]) -> list[str]:
    """No two parts share a reference."""
    refs = [part.ref for part in parts]
    return [f"{ref} stands twice" for ref in sorted({ref for ref in refs if refs.count(ref) > 1})]


def every_pin_is_decided(parts: list[Part]) -> list[str]:
    """Each pin has a net, or is left open on purpose; and no part has pins that its kind hasn't."""
    wrong = [f"{part.ref}.{pin.number} is forgotten" for part in parts for pin in part.kind.pins
             if pin.number not in part.nets]  # fmt: skip
    known = {part.ref: {pin.number for pin in part.kind.pins} for part in parts}
    return wrong + [f"{part.ref}.{number} doesn't exist" for part in parts for number in part.nets
                    if number not in known[part.ref]]  # fmt: skip


def every_net_joins(parts: list[Part]) -> list[str]:
    """A net joins at least two pins."""
    return [
        f"{name} ends at {pins[0][0].ref}.{pins[0][1].number}" for name, pins in nets(parts).items() if len(pins) < 2
    ]


def one_driver(parts: list[Part]) -> list[str]:
    """No two outputs fight, and no output fights a supply."""
    wrong = []
    for name, pins in nets(parts).items():
        drivers = [f"{part.ref}.{pin.number}" for part, pin in pins if pin.role in ("out", "source")]
        if len(drivers) > 1:
            wrong.append(f"{name} is driven by {' and '.join(drivers)}")
    return wrong


def no_input_floats(parts: list[Part]) -> list[str]:
    """Every input is on a net with something that gives it a level: an output, a supply, or a resistor."""
    wrong = []
    for part in parts:
        for pin in part.kind.pins:
            if pin.role != "in":
                continue
            net = part.nets.get(pin.number, NC)
            if net == NC:
                if part.kind.name != "Arduino Nano":  # its inputs that aren't used are pulled up by the firmware
                    wrong.append(f"{part.ref}.{pin.number} floats")
                continue
            others = [(p, q) for p, q in nets(parts)[net] if (p, q) != (part, pin)]
            if not any(
                q.role in ("out", "source") or p.kind is RESISTOR or net in SUPPLIES or _ends(p, q) for p, q in others
            ):
                wrong.append(f"{part.ref}.{pin.number} on {net} has no level")
    return wrong


def _ends(part: Part, pin: Pin) -> bool:
    """Whether a signal comes out at this pin."""
    return any(pin.number == out for _, out in part.kind.through)


def supplies_are_decoupled(parts: list[Part]) -> list[str]:
    """Every chip is between 5 V and ground, and there is a capacitor of 100 nF for each."""
    chips = [part for part in parts if any(pin.role == "power" for pin in part.kind.pins)]
    wrong = []
    for chip in chips:
        on = {chip.nets.get(pin.number) for pin in chip.kind.pins if pin.role == "power"}
        if on != SUPPLIES:
            wrong.append(f"{chip.ref} is supplied by {sorted(map(str, on))}")
    n = sum(part.kind is CAPACITOR and part.value == "100n" and set(part.nets.values()) == SUPPLIES for part in parts)
    return [*wrong, *([f"{len(chips)} chips and {n} capacitors of 100 nF"] if n < len(chips) else [])]


def boards_are_protected(parts: list[Part]) -> list[str]:
    """Between a board and anything active there is a resistor of 10 kΩ or more; a board never meets our supply."""
    wrong = []
    for name, pins in nets(parts).items():
        boards = [pin for part, pin in pins if part.kind is BOARD]
        if not boards or name == "GND":
            continue
        if name in SUPPLIES:
            wrong.append(f"a board's {boards[0].name} is joined to {name}")
        for part, pin in pins:
            if part.kind is RESISTOR and ohms(part.value) < 10e3:
                wrong.append(f"{part.ref} protects {name} with {part.value} only")
            elif part.kind not in (RESISTOR, BOARD):
                wrong.append(f"{part.ref}.{pin.number} is joined to {name} without a resistor")
    return wrong


def pins_are_the_firmwares(parts: list[Part], table: dict[str, Any]) -> list[str]:
    """The Nano's pins do what firmware/protocol/pins.toml says, as far as boards are plugged in."""
    wrong = []
    nano = next(part for part in parts if part.kind.name == "Arduino Nano")
    for what in ("latch", "data", "clock"):
        if nano.nets[table["stimulus"][what]] != what.upper():
            wrong.append(f"{table['stimulus'][what]} is not {what}")
    for board in (part for part in parts if part.kind is BOARD):
        b = int(board.ref[1:]) - 1
        for pad, pins in (("MEM", table["membrane"]["pins"]), ("AX", table["spike"]["pins"])):
            ends = [step for step in trace(parts, board, pad) if step[0] is nano]
            if [pin for _, pin in ends] != [pins[b]]:
                wrong.append(f"{board.ref}.{pad} comes to {[pin for _, pin in ends]} instead of {pins[b]}")
        for k in (1, 2, 3):
            (far,) = [step for step in trace(parts, board, f"S{k}") if step[0].kind.name == "74HC595"]
            line = 3 * b + k - 1
            if (shift_index(parts, far[0]), far[1]) != (line // 8, ("15", "1", "2", "3", "4", "5", "6", "7")[line % 8]):
                wrong.append(f"{board.ref}.S{k} is {far[0].ref}.{far[1]}, not line {line}")
    inverting = all(trace_inverts(parts, part) for part in parts if part.kind is BOARD)
    if inverting != table["spike"]["inverted"]:
        wrong.append("spikes arrive the other way up than the firmware expects")
    return wrong


def shift_index(parts: list[Part], shift: Part) -> int:
    """Place of a shift register in the row, counted from the one that the Nano feeds."""
    at, i = "DATA", 0
    while True:
        here = next(part for part in parts if part.kind.name == "74HC595" and part.nets["14"] == at)
        if here is shift:
            return i
        at, i = here.nets["9"], i + 1


def trace(parts: list[Part], start: Part, pin: str) -> list[tuple[Part, str]]:
    """What a signal goes through from a pad on: parts and the pins where it arrives, on to the Nano or a register."""
    joined = nets(parts)
    steps: list[tuple[Part, str]] = []
    net, seen = start.nets[pin], {start.ref}
    while True:
        step = next(((part, p.number) for part, p in joined[net]
                     if part.ref not in seen and _leads_on(part, p.number)), None)  # fmt: skip
        if step is None:
            return steps
        part, number = step
        steps.append(step)
        seen.add(part.ref)
        way = {a: b for a, b in part.kind.through} | (
            {b: a for a, b in part.kind.through} if part.kind is RESISTOR else {}
        )
        if number not in way:
            return steps
        net = part.nets[way[number]]


def _leads_on(part: Part, number: str) -> bool:
    if part.kind is RESISTOR:
        return "GND" not in part.nets.values()
    return (bool(part.kind.through) and any(number == a for a, _ in part.kind.through)) or part.kind.name in (
        "Arduino Nano", "74HC595",
    )  # fmt: skip


def trace_inverts(parts: list[Part], board: Part) -> bool:
    """Whether a spike arrives upside down at the Nano."""
    return sum(part.kind.name in ("74HCT14", "NPN") for part, _ in trace(parts, board, "AX")) % 2 == 1


RULES = (refs_are_unique, every_pin_is_decided, every_net_joins, one_driver, no_input_floats, supplies_are_decoupled,
         boards_are_protected)  # fmt: skip
