#!/usr/bin/env python3
"""Puts a built image into the Python package, with the fingerprint of the sources it was made of: images.py BUILD."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parent.parent
IMAGES = FIRMWARE.parent / "luiapp" / "link" / "images"


def fingerprint() -> str:
    """SHA-256 of the sources of the AVR image, file by file in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted([*FIRMWARE.glob("src/*.[ch]"), *FIRMWARE.glob("port/avr/*.[ch]")]):
        digest.update(f"{path.relative_to(FIRMWARE).as_posix()}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def main() -> int:
    build = Path(sys.argv[1])
    IMAGES.mkdir(exist_ok=True)
    image = (build / "adapter.hex").read_text("ascii")
    (IMAGES / "adapter-m328p.hex").write_text(image, encoding="ascii", newline="\n")
    compiler = subprocess.run(["avr-gcc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[
        0
    ]
    about = {"chip": "ATmega328P", "compiler": compiler, "sources": fingerprint()}
    (IMAGES / "adapter-m328p.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
