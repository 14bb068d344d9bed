"""``make bench``: measure, print a table, and write ``bench-report/report.json`` and ``report.md``.

Each module in `MODULES` has ``rows(quick=False)``, a list of dicts: ``name``, ``value``, ``unit``, and where something
is compared ``ratio`` (ours over theirs, more is better) and ``against``; ``note`` for limits and conditions. What is
compared is measured side by side in the same run.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from luiapp.cli.bench import cpu_name
from luiapp.cli.report import table, to_json
from luiapp.version import __version__

MODULES = ("lif", "twin", "scope", "latency", "train", "event", "chip", "twin_fit", "table")
PACKAGES = ("numpy", "numba", "llvmlite", "PySide6-Essentials", "pyqtgraph", "brian2", "nest-simulator", "torch",
            "norse", "snntorch")  # fmt: skip
REPORT = Path("bench-report")
COLUMNS = ("name", "value", "unit", "ratio", "against", "note")


def main(argv: list[str] | None = None) -> int:
    """Run the modules; a module that fails is a row that says so, and makes the exit code 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.partition("\n")[0])
    parser.add_argument("modules", nargs="*", default=list(MODULES), help=f"{', '.join(MODULES)}; all if none is named")
    parser.add_argument("--quick", action="store_true", help="smaller and fewer measurements, to see that it works")
    options = parser.parse_args(argv)
    about = environment(quick=options.quick)
    rows: list[dict[str, Any]] = []
    failed = False
    for name in options.modules:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        begun = time.perf_counter()
        try:
            found = importlib.import_module(f"tests.benchmarks.{name}").rows(quick=options.quick)
        except Exception as error:
            traceback.print_exc()
            failed = True
            found = [{"name": name, "value": None, "unit": "", "note": f"failed: {type(error).__name__}: {error}"}]
        rows += [{"module": name, **row} for row in found]
        print(f"  took {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    about["load_after"] = load()
    write(about, rows, REPORT)
    print("\n".join(table([COLUMNS, *(cells(row) for row in rows)])))
    print(f"\n{about['cpu']}; written to {REPORT}/report.json and report.md")
    return 1 if failed else 0


def environment(*, quick: bool) -> dict[str, Any]:
    """What the figures depend on."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = None
    return {
        "luiapp": __version__,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "quick": quick,
        "cpu": cpu_name(),
        "n_cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "packages": versions,
        "load_before": load(),
    }


def load() -> float | None:
    """How busy the machine is with other things; figures taken under load are low."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def cells(row: dict[str, Any]) -> tuple[str, ...]:
    """One row as text."""
    return tuple(_cell(row.get(column)) for column in COLUMNS)


def write(about: dict[str, Any], rows: list[dict[str, Any]], folder: Path) -> None:
    """Both reports."""
    folder.mkdir(exist_ok=True)
    data = json.loads(to_json({"about": about, "rows": rows}))
    (folder / "report.json").write_text(json.dumps(data, indent=2) + "\n", "utf-8")
    versions = ", ".join(f"{name} {number}" for name, number in about["packages"].items() if number)
    lines = [
        "# Measured speed",
        "",
        f"luiapp {about['luiapp']}, {about['when']}{', quick' if about['quick'] else ''}. {about['cpu']}, "
        f"{about['n_cores']} cores; {about['system']}; Python {about['python']}; {versions}. "
        f"Load before {about['load_before']}, after {about['load_after']}.",
        "",
        "A ratio is ours over theirs, measured side by side in this run; more is better.",
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|---|---:|---|---:|---|---|",
        *("| " + " | ".join(cell.replace("|", "\\|") for cell in cells(row)) + " |" for row in rows),
        "",
    ]
    (folder / "report.md").write_text("\n".join(lines), "utf-8")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    raise SystemExit(main())
