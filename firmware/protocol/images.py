#!/usr/bin/env python3
"""Puts built images into the Python package, with the fingerprint of the sources they were made of: images.py BUILD."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

FIRMWARE = Path(__file__).resolve().parent.parent
IMAGES = FIRMWARE.parent / "luiapp" / "link" / "images"


def fingerprint(port: str) -> str:
    """SHA-256 of the sources of a port's image (``"avr"``, ``"pico"``), file by file in the order of their names."""
    digest = hashlib.sha256()
    ours = [*FIRMWARE.glob("src/*.[ch]"), *FIRMWARE.glob(f"port/{port}/*.[ch]"), *FIRMWARE.glob(f"port/{port}/*.txt")]
    for path in sorted(ours):
        digest.update(f"{path.relative_to(FIRMWARE).as_posix()}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def put(name: str, image: bytes, *, chip: str, compiler: str, port: str) -> None:
    """An image, and beside it what it was made of."""
    said = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout
    (IMAGES / name).write_bytes(image)
    about = {"chip": chip, "compiler": said.splitlines()[0], "sources": fingerprint(port)}
    (IMAGES / name).with_suffix(".json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8", newline="\n")


def main() -> int:
    build = Path(sys.argv[1])
    IMAGES.mkdir(exist_ok=True)
    if (build / "adapter.hex").exists():
        text = (build / "adapter.hex").read_bytes().replace(b"\r\n", b"\n")
        put("adapter-m328p.hex", text, chip="ATmega328P", compiler="avr-gcc", port="avr")
    if (build / "pico" / "adapter.bin").exists():
        sys.path.insert(0, str(FIRMWARE.parent))
        from luiapp.link.uf2 import pack

        packed = pack((build / "pico" / "adapter.bin").read_bytes())
        put("adapter-rp2040.uf2", packed, chip="RP2040", compiler="arm-none-eabi-gcc", port="pico")
    return 0


if __name__ == "__main__":
    sys.exit(main())
