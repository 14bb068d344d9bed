"""The adapter's parts and nets: the one truth. generate.py makes parts list, netlist, schematic and pictures of it.

SPDX-License-Identifier: CERN-OHL-S-2.0
"""

from __future__ import annotations

from dataclasses import dataclass, field

N_BOARDS = 8
NC = ""  # a pin that is meant to be left open


@dataclass(frozen=True)
class Pin:
    """A pin of a kind of part: number, name, and what it does.

    ``role`` is ``"in"``, ``"out"``, ``"power"`` (takes a supply), ``"source"`` (gives one) or ``"passive"``.
    """

    number: str
    name: str
    role: str


@dataclass(frozen=True)
class Kind:
    """A kind of part: its pins, and what to order."""

    name: str
    pins: tuple[Pin, ...]
    description: str
    order: str  # a manufacturer's number, or what to ask for
    through: tuple[tuple[str, str], ...] = ()  # pairs of pins that a signal goes through, in and out


@dataclass
class Part:
    """A part: its pins' nets by number, and why it is there."""

    ref: str
    kind: Kind
    value: str
    why: str
    nets: dict[str, str] = field(default_factory=dict)


def _kind(name: str, pins: str, description: str, order: str, through: tuple[tuple[str, str], ...] = ()) -> Kind:
    made = tuple(Pin(*one.split(":")) for one in pins.split())
    return Kind(name, made, description, order, through)


_TWO = "1:1:passive 2:2:passive"
RESISTOR = _kind("R", _TWO, "resistor, metal film, 1 %, 0.25 W", "MFR-25 series, any maker", (("1", "2"),))
CAPACITOR = _kind("C", _TWO, "capacitor, ceramic X7R, 16 V or more", "any maker")
REFERENCE = _kind(
    "LM4040-2.5", "1:K:passive 2:A:passive", "shunt reference 2.5 V, TO-92 or SOT-23", "LM4040 with 2.5 V, any grade"
)
NANO = _kind(
    "Arduino Nano",
    " ".join([*(f"D{n}:D{n}:{role}" for n, role in [
        (0, "passive"), (1, "passive"), *((n, "in") for n in range(2, 10)), (10, "out"), (11, "out"), (12, "passive"),
        (13, "out")]), *(f"A{n}:A{n}:in" for n in range(8)), "AREF:AREF:passive", "5V:5V:source", "3V3:3V3:passive",
        "VIN:VIN:passive", "RST:RST:passive", "GND:GND:source"]),
    "microcontroller board with ATmega328P, 5 V, 16 MHz", "A000005, or any board like it",
)  # fmt: skip
OPAMP = _kind(
    "MCP6004",
    "1:OUTA:out 2:-A:in 3:+A:in 4:VDD:power 5:+B:in 6:-B:in 7:OUTB:out 8:OUTC:out 9:-C:in 10:+C:in 11:VSS:power "
    "12:+D:in 13:-D:in 14:OUTD:out",
    "four operational amplifiers, rail to rail, input current 1 pA, DIP-14", "MCP6004-I/P",
    (("3", "1"), ("5", "7"), ("10", "8"), ("12", "14")),
)  # fmt: skip
SCHMITT = _kind(
    "74HCT14",
    "1:1A:in 2:1Y:out 3:2A:in 4:2Y:out 5:3A:in 6:3Y:out 7:GND:power 8:4Y:out 9:4A:in 10:5Y:out 11:5A:in 12:6Y:out "
    "13:6A:in 14:VCC:power",
    "six inverting Schmitt triggers with TTL levels, DIP-14", "CD74HCT14E or SN74HCT14N",
    (("1", "2"), ("3", "4"), ("5", "6"), ("9", "8"), ("11", "10"), ("13", "12")),
)  # fmt: skip
SHIFT = _kind(
    "74HC595",
    "1:QB:out 2:QC:out 3:QD:out 4:QE:out 5:QF:out 6:QG:out 7:QH:out 8:GND:power 9:QH':out 10:/SRCLR:in 11:SRCLK:in "
    "12:RCLK:in 13:/OE:in 14:SER:in 15:QA:out 16:VCC:power",
    "shift register with latch, 8 bits, DIP-16", "SN74HC595N",
)  # fmt: skip
BOARD = _kind(
    "Lu.i", "GND:GND:passive MEM:MEM:passive AX:AXON:passive S1:S1:passive S2:S2:passive S3:S3:passive",
    "connector to a Lu.i: ground, membrane, axon, three dendrites", "6 jumper wires, or a pin header",
)  # fmt: skip

_OUTPUTS = ("15", "1", "2", "3", "4", "5", "6", "7")  # QA … QH
_GATES = SCHMITT.through


def circuit(n_boards: int = N_BOARDS) -> list[Part]:
    """The parts of the full adapter, "Nano-8", for up to eight boards."""
    nano = Part("A1", NANO, "Arduino Nano", "samples, stamps spikes, gives pulses, talks to the computer",
                {"5V": "5V", "GND": "GND", "AREF": "AREF", "D10": "LATCH", "D11": "DATA", "D13": "CLOCK"})  # fmt: skip
    parts = [nano]
    amps = [Part(f"U{k + 1}", OPAMP, "MCP6004", "follower: the converter's input doesn't load the membrane",
                 {"4": "5V", "11": "GND"}) for k in range(2)]  # fmt: skip
    gates = [Part(f"U{k + 3}", SCHMITT, "74HCT14", "clean edges from slow ones, and 5 V for the Nano",
                  {"7": "GND", "14": "5V"}) for k in range(2)]  # fmt: skip
    shifts = [Part(f"U{k + 5}", SHIFT, "74HC595", "eight stimulus lines from three pins",
                   {"8": "GND", "16": "5V", "10": "5V", "11": "CLOCK", "12": "LATCH", "13": "/OE",
                    "14": "DATA" if k == 0 else f"CHAIN{k}", "9": f"CHAIN{k + 1}" if k < 2 else NC})
              for k in range(3)]  # fmt: skip
    for b in range(N_BOARDS):
        parts += _channel(b, nano, amps[b // 4], gates[b // 6], shifts, plugged=b < n_boards)
    _idle_gates(gates[1])
    parts += [*amps, *gates, *shifts, *_supply([*amps, *gates, *shifts])]
    nano.nets.update({pin.number: NC for pin in NANO.pins if pin.number not in nano.nets})
    return parts


def _resistor(ref: str, value: str, why: str, a: str, b: str) -> Part:
    return Part(ref, RESISTOR, value, why, {"1": a, "2": b})


def _channel(b: int, nano: Part, amp: Part, gate: Part, shifts: list[Part], *, plugged: bool) -> list[Part]:
    """One board: membrane, spike, three stimulus lines."""
    n = b + 1
    plus, out = OPAMP.through[b % 4]
    amp.nets.update(
        {plus: f"BUF{n}", out: f"ADC{n}", str(int(plus) - 1 if plus in ("3", "10") else int(plus) + 1): f"ADC{n}"}
    )
    nano.nets[f"A{b}"] = f"ADC{n}"
    a, y = _GATES[b % 6]
    gate.nets.update({a: f"AXIN{n}", y: f"SPIKE{n}"})
    nano.nets[f"D{b + 2}"] = f"SPIKE{n}"
    parts = [
        _resistor(f"R{n}01", "1M", "a fault here can't reach the membrane, nor the membrane feed a dead adapter",
                  f"MEM{n}", f"BUF{n}"),
        _resistor(f"R{n}02", "10M", "an input with nothing plugged in reads 0 V", f"MEM{n}", "GND"),
        Part(f"C{n}01", CAPACITOR, "100p", "keeps radio out; with R 0.1 ms, far below what a membrane does",
             {"1": f"BUF{n}", "2": "GND"}),
        _resistor(f"R{n}03", "10k", "limits the current if a wire lands on the wrong pin", f"AX{n}", f"AXIN{n}"),
        _resistor(f"R{n}04", "1M", "an input with nothing plugged in is quiet", f"AX{n}", "GND"),
    ]  # fmt: skip
    for k in range(3):
        line = 3 * b + k
        shifts[line // 8].nets[_OUTPUTS[line % 8]] = f"LINE{line}"
        parts.append(_resistor(f"R{n}{k + 1}1", "10k", "limits the current into a board without power to 0.5 mA",
                               f"LINE{line}", f"DEN{n}_{k + 1}"))  # fmt: skip
    if plugged:
        nets = {"GND": "GND", "MEM": f"MEM{n}", "AX": f"AX{n}", **{f"S{k}": f"DEN{n}_{k}" for k in (1, 2, 3)}}
        parts.append(Part(f"J{n}", BOARD, f"board {n}", "six wires to a Lu.i; its supply stays its own", nets))
    return parts


def _idle_gates(gate: Part) -> None:
    """Of the four gates that are left, one lets the lines go only when the Nano is awake; the others rest."""
    (a, y), *rest = _GATES[2:]
    gate.nets.update({a: "WAKE", y: "/OE"})
    for a, y in rest:
        gate.nets.update({a: "GND", y: NC})


def _supply(chips: list[Part]) -> list[Part]:
    parts = [
        _resistor("R1", "1k", "current for the reference: 2.5 mA", "5V", "AREF"),
        Part("D1", REFERENCE, "LM4040-2.5", "2.5 V for the converter: 2.4 mV a step, and no noise from USB",
             {"1": "AREF", "2": "GND"}),
        Part("C1", CAPACITOR, "100n", "steadies the reference", {"1": "AREF", "2": "GND"}),
        Part("C2", CAPACITOR, "10u", "steadies the supply", {"1": "5V", "2": "GND"}),
        _resistor("R2", "1M", "with C3 about 2 s: all lines stay open until the firmware has taken them low",
                  "5V", "WAKE"),
        Part("C3", CAPACITOR, "4u7", "see R2", {"1": "WAKE", "2": "GND"}),
    ]  # fmt: skip
    for i, chip in enumerate(chips):
        parts.append(Part(f"C{i + 11}", CAPACITOR, "100n", f"supply of {chip.ref}, close to its pins",
                          {"1": "5V", "2": "GND"}))  # fmt: skip
    return parts


NPN = _kind("NPN", "B:B:in C:C:passive E:E:passive", "NPN transistor, such as BC547", "BC547B", (("B", "C"),))


def minimal() -> list[Part]:
    """One board with ten parts: good for a first evening; it loads the membrane while the computer is off."""
    nano = Part("A1", NANO, "Arduino Nano", "as in the full adapter",
                {"5V": "5V", "GND": "GND", "3V3": "AREF", "AREF": "AREF", "A0": "ADC1", "D2": "SPIKE1",
                 "D10": "LATCH", "D11": "DATA", "D13": "CLOCK"})  # fmt: skip
    nano.nets.update({pin.number: NC for pin in NANO.pins if pin.number not in nano.nets})
    shift = Part("U1", SHIFT, "74HC595", "stimulus lines 0 to 2",
                 {"8": "GND", "16": "5V", "10": "5V", "11": "CLOCK", "12": "LATCH", "13": "GND", "14": "DATA", "9": NC,
                  **{_OUTPUTS[k]: f"LINE{k}" if k < 3 else NC for k in range(8)}})  # fmt: skip
    return [
        nano,
        Part("J1", BOARD, "board 1", "six wires to a Lu.i; its supply stays its own",
             {"GND": "GND", "MEM": "MEM1", "AX": "AX1", "S1": "DEN1_1", "S2": "DEN1_2", "S3": "DEN1_3"}),
        _resistor("R1", "100k", "limits the current if a wire lands on the wrong pin", "MEM1", "ADC1"),
        Part("C1", CAPACITOR, "10n", "holds the voltage while the converter takes its sip", {"1": "ADC1", "2": "GND"}),
        _resistor("R2", "10k", "base current 0.2 mA", "AX1", "BASE1"),
        Part("Q1", NPN, "BC547", "inverts, as the 74HCT14 does; the Nano pulls its input up",
             {"B": "BASE1", "C": "SPIKE1", "E": "GND"}),
        shift,
        *(_resistor(f"R{k + 3}", "10k", "limits the current into a board without power", f"LINE{k}", f"DEN1_{k + 1}")
          for k in range(3)),
        Part("C2", CAPACITOR, "100n", "supply of U1, close to its pins", {"1": "5V", "2": "GND"}),
    ]  # fmt: skip


def nets(parts: list[Part]) -> dict[str, list[tuple[Part, Pin]]]:
    """Every net by name, and the pins on it in the order of the parts."""
    found: dict[str, list[tuple[Part, Pin]]] = {}
    for part in parts:
        for pin in part.kind.pins:
            net = part.nets.get(pin.number, NC)
            if net != NC:
                found.setdefault(net, []).append((part, pin))
    return found
