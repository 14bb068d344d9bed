"""The process that a lesson's program runs in: ``python -m luiapp.course.child ORDER``, with an order of `trial`."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path


def main(text: str) -> None:
    """Run one function of one file, and write down what it gives."""
    order = json.loads(text)
    found = runpy.run_path(order["file"])[order["call"]](**order["given"])
    Path(order["out"]).write_text(json.dumps(found, default=_plain), encoding="utf-8")


def _plain(value: object) -> object:
    """Numbers and arrays of numpy as JSON has them."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


if __name__ == "__main__":
    main(sys.argv[1])
