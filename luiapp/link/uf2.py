"""UF2: the file that a Raspberry Pi Pico takes on its drive, and how to get it there.

Format: Microsoft's UF2 specification (512-byte blocks, each with its own address). Drive and file ``INFO_UF2.TXT``:
RP2040 datasheet, section 2.8.4.
"""

from __future__ import annotations

import os
import string
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from luiapp.errors import FileError, FormatError
from luiapp.texts import mark

PAGE = 256  # bytes of the image in a block
BLOCK = 512
FLASH_START = 0x10000000
FLASH_SIZE = 2 << 20  # bytes, on a Pico
FAMILY = 0xE48BFF56  # RP2040
INFO = "INFO_UF2.TXT"
_FIRST, _SECOND, _LAST = 0x0A324655, 0x9E5D5157, 0x0AB16F30
_HAS_FAMILY = 0x2000
_NOT_MAIN_FLASH = 0x0001

_BROKEN = mark("block {n} of {name} is none of an image for a Pico ({reason}); build or download the image again")
_FULL = mark("{path} could not be written: {error}; unplug the Pico, hold its button, plug it in and try again")


def pack(image: bytes) -> bytes:
    """The blocks that hold `image`, from the start of the flash on."""
    pages = [image[at : at + PAGE].ljust(PAGE, b"\xff") for at in range(0, len(image), PAGE)]
    head = "<8I"
    return b"".join(
        struct.pack(head, _FIRST, _SECOND, _HAS_FAMILY, FLASH_START + n * PAGE, PAGE, n, len(pages), FAMILY)
        + page.ljust(BLOCK - 36, b"\0") + struct.pack("<I", _LAST)
        for n, page in enumerate(pages)
    )  # fmt: skip


def read_uf2(data: bytes, *, name: str) -> bytes:
    """The image in a UF2 file, from the start of the flash on; gaps are 0xFF.

    Raises
    ------
    FormatError
        With the block at fault, where the file is cut, damaged, or for another chip.
    """
    if not data or len(data) % BLOCK:
        raise FormatError(_BROKEN, n=len(data) // BLOCK + 1, name=name, reason="cut")
    image = bytearray()
    count = len(data) // BLOCK
    for n in range(count):
        block = data[n * BLOCK : (n + 1) * BLOCK]
        first, second, flags, address, size, number, total, family = struct.unpack_from("<8I", block)
        reason = ""
        if (first, second, struct.unpack_from("<I", block, BLOCK - 4)[0]) != (_FIRST, _SECOND, _LAST):
            reason = "magic"
        elif (number, total) != (n, count):
            reason = "order"
        elif flags & _NOT_MAIN_FLASH or not flags & _HAS_FAMILY or family != FAMILY:
            reason = "another chip"
        elif size != PAGE or address % PAGE or not FLASH_START <= address <= FLASH_START + FLASH_SIZE - PAGE:
            reason = f"address {address:#x}"
        if reason:
            raise FormatError(_BROKEN, n=n + 1, name=name, reason=reason)
        begin = address - FLASH_START
        image.extend(b"\xff" * (begin + PAGE - len(image)))
        image[begin : begin + PAGE] = block[32 : 32 + PAGE]
    return bytes(image)


def _mounts() -> Iterable[Path]:
    if sys.platform == "win32":
        return (Path(f"{letter}:/") for letter in string.ascii_uppercase[3:])
    places = [Path("/Volumes")] if sys.platform == "darwin" else [Path("/media"), Path("/run/media"), Path("/mnt")]
    return (one for place in places for deep in ("*", "*/*") for one in place.glob(deep))


def is_drive(path: Path) -> bool:
    """Whether a Pico that waits for an image shows itself there."""
    try:
        return (path / INFO).is_file() and "RP2" in (path / INFO).read_text("ascii", errors="replace")
    except OSError:
        return False


def drives() -> list[Path]:
    """Drives of Picos that wait for an image."""
    return [path for path in _mounts() if is_drive(path)]


def write_drive(drive: Path, data: bytes) -> Path:
    """Put an image onto the drive; the Pico starts it when it has all of it, and the drive is gone.

    Raises
    ------
    FileError
        If it can't be written there.
    """
    path = drive / "luiapp-adapter.uf2"
    try:
        with path.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if is_drive(drive):  # else it has started already, before the last word was said
            raise FileError(_FULL, path=path, error=error.strerror or error) from None
    return path
