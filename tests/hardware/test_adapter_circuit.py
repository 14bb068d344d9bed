"""The adapter's circuit: files up to date, rules that hold and can be broken, the firmware's pins, KiCad's opinion."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

ADAPTER = Path(__file__).parents[2] / "hardware" / "adapter"
sys.path.insert(0, str(ADAPTER))
import circuit  # noqa: E402
import generate  # noqa: E402
import rules  # noqa: E402

PINS = tomllib.loads((ADAPTER.parents[1] / "firmware/protocol/pins.toml").read_text("utf-8"))
VARIANTS = {"nano-8": circuit.circuit, "one-board": circuit.minimal}


@pytest.fixture(params=list(VARIANTS))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_everything_generated_is_up_to_date():
    for path, text in generate.outputs().items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale: run hardware/adapter/generate.py"


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_the_rules_hold(name, rule):
    assert rule(VARIANTS[name]()) == []


def test_the_pins_are_those_of_the_firmware(name):
    assert rules.pins_are_the_firmwares(VARIANTS[name](), PINS) == []


def part(parts: list, ref: str):
    return next(one for one in parts if one.ref == ref)


def swap(ref: str, **nets: str) -> Callable[[list], None]:
    return lambda parts: part(parts, ref).nets.update({key.strip("_"): net for key, net in nets.items()})


def double(ref: str) -> Callable[[list], None]:
    return lambda parts: parts.append(dataclasses.replace(part(parts, ref)))


BREAKS = {
    "a reference twice": (rules.refs_are_unique, double("R1"), "R1"),
    "a forgotten pin": (rules.every_pin_is_decided, lambda parts: part(parts, "U3").nets.pop("1"), "U3.1"),
    "a pin that isn't there": (rules.every_pin_is_decided, swap("R1", _3="GND"), "R1.3"),
    "a net that ends": (rules.every_net_joins, swap("R101", _2="NOWHERE"), "NOWHERE ends at R101.2"),
    "two outputs": (rules.one_driver, swap("U5", _1="LINE0"), "LINE0 is driven by U5.1 and U5.15"),
    "an output at the supply": (rules.one_driver, swap("U3", _2="5V"), "5V is driven by A1.5V and U3.2"),
    "an open input": (rules.no_input_floats, swap("U4", _9=""), "U4.9 floats"),
    "an input without a level": (rules.no_input_floats, swap("U4", _9="X", _11="X"), "U4.9 on X"),
    "a chip without supply": (rules.supplies_are_decoupled, swap("U2", _4="GND"), "U2 is supplied by"),
    "a capacitor too few": (rules.supplies_are_decoupled, lambda parts: parts.remove(part(parts, "C17")), "and 6 c"),
    "a board at our supply": (rules.boards_are_protected, swap("J1", MEM="5V"), "MEM is joined to 5V"),
    "a board at a chip": (rules.boards_are_protected, swap("U1", _3="MEM1"), "U1.3 is joined to MEM1"),
    "a small resistor": (rules.boards_are_protected, lambda parts: setattr(part(parts, "R111"), "value", "1k"), "R111"),
}  # fmt: skip


@pytest.mark.parametrize("what", list(BREAKS))
def test_each_rule_catches_what_it_is_for(what):
    rule, break_it, said = BREAKS[what]
    parts = circuit.circuit()
    break_it(parts)
    assert any(said in sentence for sentence in rule(parts)), rule(parts)


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (swap("A1", A0="ADC2", A1="ADC1"), "J1.MEM comes to ['A1']"),
        (swap("A1", D2="SPIKE2", D3="SPIKE1"), "J1.AX comes to ['D3']"),
        (swap("U5", _15="LINE1", _1="LINE0"), "J1.S1 is U5.1, not line 0"),
        (swap("U6", _14="DATA"), "line"),
        (swap("A1", D11="CLOCK", D13="DATA"), "D11 is not data"),
    ],
)
def test_a_swapped_wire_is_found_against_the_pin_table(break_it, said):
    parts = circuit.circuit()
    if said == "line":  # two registers in parallel instead of in a row
        swap("U5", _14="CHAIN1", _9="")(parts)
        swap("U6", _9="CHAIN2")(parts)
    break_it(parts)
    if said == "line":
        swap("U6", _9="CHAIN1")(parts)
        swap("U5", _9="CHAIN2")(parts)
    assert any(said in sentence for sentence in rules.pins_are_the_firmwares(parts, PINS))


def test_what_reaches_a_board_is_harmless():
    """Ohm's law on the parts list: 5 V through the line's resistor, a dendrite of 100 kΩ, a dead board."""
    parts = circuit.circuit()
    for board in range(1, 9):
        for k in (1, 2, 3):
            series = rules.ohms(part(parts, f"R{board}{k}1").value)
            assert 5 * 100e3 / (100e3 + series) == pytest.approx(4.55, abs=0.05)  # a sure high
            assert 5 / series <= 0.5e-3  # into a board without its cell
        assert 1.7 / rules.ohms(part(parts, f"R{board}01").value) <= 1.7e-6  # out of a membrane into a dead adapter
        assert 50e3 / rules.ohms(part(parts, f"R{board}02").value) <= 5e-3  # of the largest leak resistor
        tau = rules.ohms(part(parts, f"R{board}01").value) * 100e-12
        assert tau <= 0.2e-3  # far below the 15.9 ms of a pulse and the 1 ms of a sample


def test_the_lines_stay_open_until_the_firmware_is_awake():
    """An RC node reaches the Schmitt trigger's 1.6 V (typical of a 74HCT14) after RC·ln(5/3.4): past the bootloader."""
    import math

    parts = circuit.circuit()
    rc = rules.ohms(part(parts, "R2").value) * 4.7e-6
    assert part(parts, "C3").value == "4u7" and 1.5 < rc * math.log(5 / (5 - 1.6)) < 2.5
    (gate,) = [(a, y) for a, y in circuit.SCHMITT.through if part(parts, "U4").nets[a] == "WAKE"]
    assert part(parts, "U4").nets[gate[1]] == "/OE"  # inverted: high at first, and /OE high is open


def test_the_parts_list_counts_every_part(name):
    rows = list(csv.DictReader((ADAPTER / f"{name}-parts.csv").read_text("utf-8").splitlines()))
    refs = [ref for row in rows for ref in row["references"].split()]
    assert sorted(refs) == sorted(one.ref for one in VARIANTS[name]())
    assert all(int(row["quantity"]) == len(row["references"].split()) and row["why"] and row["order"] for row in rows)


def test_one_board_has_ten_parts():
    assert len([one for one in circuit.minimal() if one.kind is not circuit.BOARD]) == 10


def test_the_picture_shows_every_part(name):
    text = (ADAPTER / f"{name}-wiring.svg").read_text("utf-8")
    ElementTree.fromstring(text)
    shown = set(re.findall(r"[A-Z]\d+", " ".join(re.findall(r">([^<]+)<", text))))
    for one in VARIANTS[name]():
        ref = f"board {one.ref[1:]}" if one.kind is circuit.BOARD else one.ref
        assert ref in text if one.kind is circuit.BOARD or one.ref == "A1" else ref in shown, ref


@pytest.mark.skipif(shutil.which("kicad-cli") is None, reason="KiCad is not installed")
def test_kicad_reads_the_schematic_finds_no_fault_and_the_same_nets(name, tmp_path):
    path = ADAPTER / f"{name}.kicad_sch"
    report, netlist = tmp_path / "erc.json", tmp_path / "nets.net"
    for command in (["erc", "--severity-error", "--format", "json"], ["export", "netlist"]):
        out = report if command[0] == "erc" else netlist
        subprocess.run(["kicad-cli", "sch", *command, "-o", str(out), str(path)], check=True, capture_output=True)
    found = [v["description"] for sheet in json.loads(report.read_text())["sheets"] for v in sheet["violations"]]
    assert found == []
    text = netlist.read_text()
    node = re.compile(r'\(ref "([^"]+)"\)\s*\(pin "([^"]+)"\)')
    theirs = {frozenset(node.findall(block)) for block in re.split(r"\(net\b", text)[1:]}
    ours = {frozenset((p.ref, pin.number) for p, pin in pins) for pins in circuit.nets(VARIANTS[name]()).values()}
    assert ours <= theirs and all(len(net) == 1 for net in theirs - ours)
