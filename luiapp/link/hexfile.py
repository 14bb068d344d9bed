"""Intel HEX: the text that images for microcontrollers are kept in."""

from __future__ import annotations

from luiapp.errors import FormatError
from luiapp.texts import mark

_BROKEN = mark("line {line} of {name} is no line of an Intel HEX file ({reason}); build or download the image again")


def read_hex(text: str, *, name: str, size: int) -> bytes:
    """The bytes from address 0 up to the last one given; what lies between is 0xFF, as in erased memory.

    Parameters
    ----------
    text : str
    name : str
        Of the file, for messages.
    size : int
        Bytes of memory; what lies beyond is refused.

    Raises
    ------
    FormatError
        With the line at fault.
    """
    image = bytearray()
    base = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        kind, address, data = _record(line.strip(), number, name)
        if kind == 0:
            begin, end = base + address, base + address + len(data)
            if end > size:
                raise FormatError("the image {name} needs {needed} bytes, and the chip has room for {size}",
                                  name=name, needed=end, size=size)  # fmt: skip
            image.extend(b"\xff" * (end - len(image)))
            image[begin:end] = data
        elif kind == 1:
            if not image:
                raise FormatError("the image {name} is empty; build or download it again", name=name)
            return bytes(image)
        elif kind in (2, 4) and len(data) == 2:
            base = int.from_bytes(data, "big") << (4 if kind == 2 else 16)
        elif kind not in (3, 5):
            raise FormatError(_BROKEN, line=number, name=name, reason=f"type {kind}")
    raise FormatError("the image {name} is cut off: its last line is missing; build or download it again", name=name)


def _record(line: str, number: int, name: str) -> tuple[int, int, bytes]:
    try:
        if not line.startswith(":"):
            raise ValueError("no ':'")
        raw = bytes.fromhex(line[1:])
        if len(raw) < 5 or len(raw) != raw[0] + 5:
            raise ValueError("wrong length")
        if sum(raw) % 256:
            raise ValueError("wrong checksum")
    except ValueError as error:
        raise FormatError(_BROKEN, line=number, name=name, reason=error) from None
    return raw[3], int.from_bytes(raw[1:3], "big"), raw[4:-1]
