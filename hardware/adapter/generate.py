#!/usr/bin/env python3
"""Makes of circuit.py what people build from: parts, nets, schematics, wiring pictures. Run without arguments.

SPDX-License-Identifier: CERN-OHL-S-2.0
"""

from __future__ import annotations

import csv
import io
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from circuit import Part, circuit, minimal, nets  # noqa: E402
from picture import wiring  # noqa: E402
from schematic import schematic  # noqa: E402

VARIANTS = {"nano-8": circuit, "one-board": minimal}


def _natural(text: str) -> list[object]:
    return [int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", text)]


def parts_list(parts: list[Part]) -> str:
    """One line for parts that are equal: how many, what, what to order, where they go, why."""
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        groups.setdefault((part.kind.name, part.value), []).append(part)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["quantity", "value", "description", "order", "references", "why"])
    for (_, value), ones in groups.items():
        refs = sorted((one.ref for one in ones), key=_natural)
        reasons = list(dict.fromkeys(one.why for one in ones))
        one = ones[0].kind
        rows.writerow([len(ones), value, one.description, one.order, " ".join(refs), "; ".join(reasons)])
    return out.getvalue()


def netlist(parts: list[Part]) -> str:
    """Net by net: its name, and every pin on it as REF.PIN."""
    lines = []
    for name, pins in sorted(nets(parts).items(), key=lambda item: _natural(item[0])):
        lines.append(f"{name}: " + " ".join(f"{part.ref}.{pin.number}" for part, pin in pins))
    return "\n".join([*lines, ""])


def outputs() -> dict[Path, str]:
    """Every generated file and its text."""
    files = {}
    for name, make in VARIANTS.items():
        parts = make()
        files[HERE / f"{name}-parts.csv"] = parts_list(parts)
        files[HERE / f"{name}-nets.txt"] = netlist(parts)
        files[HERE / f"{name}.kicad_sch"] = schematic(parts, name)
        files[HERE / f"{name}-wiring.svg"] = wiring(parts, name)
    return files


def main() -> int:
    for path, text in outputs().items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
