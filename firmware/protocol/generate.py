#!/usr/bin/env python3
"""Makes of messages.toml and pins.toml what the two sides compile, and the shared vectors. Run without arguments."""

from __future__ import annotations

import itertools
import json
import random
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
_C = {"u8": "uint8_t", "u16": "uint16_t", "u32": "uint32_t", "u64": "uint64_t", "i32": "int32_t"}
_STRUCT = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i32": "i"}
_SIZE = {"u8": 1, "u16": 2, "u32": 4, "u64": 8, "i32": 4}
_NOTE = "made from firmware/protocol by generate.py; change it there"
LONGEST_BODY = 120
_HEAD = f'''"""The messages between host and adapter, as dataclasses.

{_NOTE[0].upper()}{_NOTE[1:]}.
"""

# fmt: off
# ruff: noqa: E501
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from luiapp.link.message import Message

'''.split("\n")[:-1]


def load(path: Path = HERE / "messages.toml") -> dict[str, Any]:
    """The list of messages, checked: ids and names come once, bodies fit into a frame."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    messages = table["message"]
    for key in ("id", "name"):
        values = [m[key] for m in messages]
        if len(set(values)) != len(values):
            raise SystemExit(f"{path}: a message's {key} comes twice")
    for m in messages:
        rest = [f["type"] == "rest" for f in m["fields"]]
        if any(rest[:-1]) or body_size(m) > LONGEST_BODY or not 0 < m["id"] < 256:
            raise SystemExit(f"{path}: {m['name']} can't be packed")
    return table


def size_of(kind: str) -> int:
    """Bytes of a field; 0 for the rest of a body."""
    if kind == "rest":
        return 0
    n_bytes = re.fullmatch(r"u8\[(\d+)\]", kind)
    return int(n_bytes[1]) if n_bytes else _SIZE[kind]


def body_size(message: dict[str, Any]) -> int:
    """Bytes of a body without its rest."""
    return sum(size_of(f["type"]) for f in message["fields"])


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def header(table: dict[str, Any]) -> str:
    """firmware/src/messages.h"""
    out = [f"/* Messages and their bodies: {_NOTE}. */", "#ifndef LUI_MESSAGES_H", "#define LUI_MESSAGES_H", "",
           "#include <stdint.h>", "#include <string.h>", '#include "bytes.h"', "",
           f"#define LUI_PROTO {table['version']}", f"#define LUI_LONGEST_BODY {LONGEST_BODY}", ""]  # fmt: skip
    for m in table["message"]:
        snake, upper = _snake(m["name"]), _snake(m["name"]).upper()
        fields = [f for f in m["fields"] if f["type"] != "rest"]
        out += [
            f"/* {m['about']} */",
            f"#define MSG_{upper} 0x{m['id']:02X}",
            f"#define MSG_{upper}_SIZE {body_size(m)}",
        ]
        if not fields:
            out.append("")
            continue
        out.append("typedef struct {")
        for f in fields:
            n_bytes = re.fullmatch(r"u8\[(\d+)\]", f["type"])
            kind, count = ("uint8_t", f"[{n_bytes[1]}]") if n_bytes else (_C[f["type"]], "")
            unit = f" [{f['unit']}]" if "unit" in f else ""
            out.append(f"    {kind} {f['name']}{count}; /* {f['about']}{unit} */")
        out += [f"}} msg_{snake};", ""]
        out += _packer(m, snake, fields) if m["to"] == "host" else _unpacker(m, snake, fields)
    return "\n".join([*out, "#endif", ""])


def _packer(m: dict[str, Any], snake: str, fields: list[dict[str, Any]]) -> list[str]:
    out = [f"static inline void msg_{snake}_put(uint8_t *body, const msg_{snake} *m)", "{"]
    at = 0
    for f in fields:
        if "[" in f["type"]:
            out.append(f"    memcpy(body + {at}, m->{f['name']}, {size_of(f['type'])});")
        else:
            out.append(f"    put_{f['type']}(body + {at}, m->{f['name']});")
        at += size_of(f["type"])
    return [*out, "}", ""]


def _unpacker(m: dict[str, Any], snake: str, fields: list[dict[str, Any]]) -> list[str]:
    """Reads a body, and says which field is out of its range (1: the first; 0: none)."""
    out = [f"static inline uint8_t msg_{snake}_get(msg_{snake} *m, const uint8_t *body)", "{"]
    at, checks = 0, []
    for i, f in enumerate(fields, 1):
        kind = f["type"]
        if "[" in kind:
            out.append(f"    memcpy(m->{f['name']}, body + {at}, {size_of(kind)});")
        else:
            out.append(f"    m->{f['name']} = get_{kind}(body + {at});")
            low, high = limits(f)
            for sign, bound, end in (("<", low, natural(kind)[0]), (">", high, natural(kind)[1])):
                if bound != end:
                    suffix = "" if kind.startswith("i") else "u"
                    suffix += "l" if _SIZE[kind] == 4 else ""
                    checks.append(f"    if (m->{f['name']} {sign} {bound}{suffix}) return {i};")
        at += size_of(kind)
    return [*out, *checks, "    return 0;", "}", ""]


def natural(kind: str) -> tuple[int, int]:
    """Least and greatest value of a type."""
    bits = 8 * _SIZE[kind]
    return (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if kind.startswith("i") else (0, 2**bits - 1)


def limits(field: dict[str, Any]) -> tuple[int, int]:
    """Least and greatest value of a field."""
    low, high = natural(field["type"])
    return field.get("min", low), field.get("max", high)


def module(table: dict[str, Any]) -> str:
    """luiapp/link/messages.py"""
    out = [*_HEAD, f"VERSION = {table['version']}", f"LONGEST_BODY = {LONGEST_BODY}"]
    for m in table["message"]:
        fields = m["fields"]
        layout = "".join(
            f"{size_of(f['type'])}s" if "[" in f["type"] else _STRUCT[f["type"]] for f in fields if f["type"] != "rest"
        )
        ranges = {f["name"]: limits(f) for f in fields if f["type"] in _STRUCT}
        rest = next((f["name"] for f in fields if f["type"] == "rest"), "")
        out += ["", "", "@dataclass(frozen=True)", f"class {m['name']}(Message):"]
        out += [f'    """{m["about"]} (To the {m["to"]}.)"""', "", f"    ID: ClassVar[int] = 0x{m['id']:02X}",
                f'    FORMAT: ClassVar[str] = "<{layout}"', f'    REST: ClassVar[str] = "{rest}"',
                f"    RANGES: ClassVar[dict[str, tuple[int, int]]] = {ranges!r}"]  # fmt: skip
        for f in fields:
            unit = f" [{f['unit']}]" if "unit" in f else ""
            out.append(f"    {f['name']}: {'int' if f['type'] in _STRUCT else 'bytes'}  # {f['about']}{unit}")
    every = ", ".join(m["name"] for m in table["message"])
    out += ["", "", f"MESSAGES: dict[int, type[Message]] = {{one.ID: one for one in ({every})}}", ""]
    return "\n".join(out)


def pins(table: dict[str, Any]) -> str:
    """firmware/port/avr/pins.h: ports and bits of an ATmega328P."""
    spike = table["spike"]["pins"]
    where = {n: ("D", n) if n < 8 else ("B", n - 8) for n in range(14)}
    out = [f"/* Pins of an ATmega328P: {_NOTE}. */", "#ifndef LUI_PINS_H", "#define LUI_PINS_H", "",
           f"#define N_ADC {len(table['membrane']['pins'])}", f"#define N_SPIKE {len(spike)}",
           f"#define N_STIM {table['stimulus']['n_lines']}",
           f"#define SPIKE_INVERTED {int(table['spike']['inverted'])}"]  # fmt: skip
    if [p[0] for p in table["membrane"]["pins"]] != ["A"] * len(table["membrane"]["pins"]):
        raise SystemExit("pins.toml: a membrane needs an analog pin")
    out.append("#define ADC_CHANNELS {" + ", ".join(p[1:] for p in table["membrane"]["pins"]) + "}")
    for port in "BD":
        bits = {where[int(p[1:])][1]: i for i, p in enumerate(spike) if where[int(p[1:])][0] == port}
        out.append(f"#define SPIKE_MASK_{port} 0x{sum(1 << bit for bit in bits):02X}")
        shifts = {i - bit for bit, i in bits.items()}
        if len(shifts) > 1:
            raise SystemExit(f"pins.toml: spike inputs on port {port} must follow each other")
        out.append(f"#define SPIKE_SHIFT_{port} ({shifts.pop() if shifts else 0})")
    for name in ("latch", "data", "clock"):
        port, bit = where[int(table["stimulus"][name][1:])]
        out += [
            f"#define {name.upper()}_PORT PORT{port}",
            f"#define {name.upper()}_DDR DDR{port}",
            f"#define {name.upper()}_BIT {bit}",
        ]
    return "\n".join([*out, "", "#endif", ""])


def pico_pins(table: dict[str, Any]) -> str:
    """firmware/port/pico/pins.h: GP numbers of a Raspberry Pi Pico."""
    pico = table["pico"]
    for name in ("address", "spike"):
        if pico[name] != list(range(pico[name][0], pico[name][0] + len(pico[name]))):
            raise SystemExit(f"pins.toml: pins of {name} must follow each other")
    if len(pico["spike"]) != len(table["spike"]["pins"]) or not 26 <= pico["membrane"] <= 28:
        raise SystemExit("pins.toml: eight spike inputs, and a membrane at GP26 to GP28")
    named = {"MEMBRANE_PIN": pico["membrane"], "ADDRESS_PIN": pico["address"][0], "SPIKE_PIN": pico["spike"][0],
             "LATCH_PIN": pico["latch"], "DATA_PIN": pico["data"], "CLOCK_PIN": pico["clock"]}  # fmt: skip
    counts = {"N_ADC": 2 ** len(pico["address"]), "N_SPIKE": len(pico["spike"]),
              "N_STIM": table["stimulus"]["n_lines"],
              "SPIKE_INVERTED": int(table["spike"]["inverted"])}  # fmt: skip
    out = [f"/* Pins of a Raspberry Pi Pico: {_NOTE}. The first of those that follow each other. */",
           "#ifndef LUI_PINS_H", "#define LUI_PINS_H", "",
           *(f"#define {name} {value}" for name, value in {**counts, **named}.items()), "", "#endif", ""]  # fmt: skip
    return "\n".join(out)


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, bit by bit: the vectors' own, so that they check both sides' tables."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def frame(kind: int, seq: int, body: bytes) -> bytes:
    """A frame by the book: each zero is replaced by the distance to the next one."""
    plain = bytes([kind, seq]) + body
    plain += crc16(plain).to_bytes(2, "little")
    out = bytearray(b"\0" + plain + b"\0")
    zeros = [i for i, byte in enumerate(out) if byte == 0]
    for here, there in itertools.pairwise(zeros):
        out[here] = there - here
    return bytes(out)


def vectors() -> dict[str, Any]:
    """Streams of bytes and what must be read from them; see PROTOCOL.md for each reader's duty."""
    rng = random.Random(1)
    good = [(0x06, 0, bytes(8)), (0x01, 1, b"\x01\x01"), (0x04, 2, b""), (0x20, 255, bytes(range(LONGEST_BODY))),
            (0x21, 3, b"\xff" * LONGEST_BODY)]  # fmt: skip
    good += [
        (rng.randrange(1, 256), rng.randrange(256), rng.randbytes(rng.randrange(LONGEST_BODY + 1))) for _ in range(40)
    ]
    cases: list[dict[str, Any]] = []

    def case(name: str, stream: bytes, frames: list[tuple[int, int, bytes]], *, bad: int = 0) -> None:
        cases.append({"name": name, "stream": stream.hex(), "bad": bad,
                      "frames": [[kind, seq, body.hex()] for kind, seq, body in frames]})  # fmt: skip

    for i, one in enumerate(good):
        case(f"good {i}", b"\0" + frame(*one), [one])
    a, b = good[5], good[6]
    case("joined in the middle", frame(*a)[3:] + frame(*b), [b])
    case("two at once", b"\0" + frame(*a) + frame(*b), [a, b])
    case("doubled", b"\0" + frame(*a) * 2, [a, a])
    case("zeros between", b"\0\0\0" + frame(*a) + b"\0\0" + frame(*b), [a, b])
    for n in range(1, len(frame(*good[1])) - 1):
        case(f"truncated to {n}", b"\0" + frame(*good[1])[:n] + b"\0" + frame(*b), [b], bad=1)
    for i in range(len(frame(*good[1])) - 1):
        broken = bytearray(frame(*good[1]))
        broken[i] ^= 0x10
        if broken[i]:
            case(f"corrupted at {i}", b"\0" + bytes(broken) + frame(*b), [b], bad=1)
    case("too long", b"\0" + b"\x01" * 300 + b"\0" + frame(*b), [b], bad=1)
    case(
        "longer by one than a frame may be",
        b"\0" + frame(0x20, 0, bytes(range(1, LONGEST_BODY + 2))) + frame(*b),
        [b],
        bad=1,
    )
    return {"crc": {"data": b"123456789".hex(), "value": 0x29B1}, "cases": cases}


def outputs() -> dict[Path, str]:
    """Every generated file and its text."""
    table = load()
    pin_table = tomllib.loads((HERE / "pins.toml").read_text(encoding="utf-8"))
    return {
        ROOT / "firmware" / "src" / "messages.h": header(table),
        ROOT / "firmware" / "port" / "avr" / "pins.h": pins(pin_table),
        ROOT / "firmware" / "port" / "pico" / "pins.h": pico_pins(pin_table),
        ROOT / "luiapp" / "link" / "messages.py": module(table),
        HERE / "vectors.json": json.dumps(vectors(), indent=0) + "\n",
    }


def main() -> int:
    for path, text in outputs().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
