"""Frames: bodies on a wire of bytes, so that nothing wrong is ever taken for right, and a reader finds back in at once.

``COBS(id u8 | sequence u8 | body | CRC-16/CCITT-FALSE u16) 00``; see ``firmware/PROTOCOL.md``. No input, no output.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from luiapp.link.messages import LONGEST_BODY

_LONGEST = LONGEST_BODY + 5  # between two zeros: id, sequence, body, checksum and COBS' own byte
_SHORTEST = 5


@dataclass(frozen=True)
class Frame:
    """One frame: its message's id, its sequence number and its body."""

    id: int
    seq: int
    body: bytes


def encode(id: int, seq: int, body: bytes) -> bytes:
    """The bytes of a frame, its end mark included. `body` holds at most `LONGEST_BODY` bytes."""
    if len(body) > LONGEST_BODY:
        raise ValueError(f"a body holds at most {LONGEST_BODY} bytes, not {len(body)}")
    plain = bytes((id, seq)) + body
    plain += binascii.crc_hqx(plain, 0xFFFF).to_bytes(2, "little")
    # Between two zeros there are fewer than 254 bytes, so that every group ends at a zero.
    return b"".join(bytes((len(group) + 1,)) + group for group in plain.split(b"\0")) + b"\0"


class Decoder:
    """Bytes in, frames out, however the bytes are cut. What comes before the first end mark is nobody's frame.

    Attributes
    ----------
    n_frames, n_bad : int
        Frames read, and stretches between two end marks that were none (cut, changed on the way, too long).
    """

    def __init__(self) -> None:
        self.n_frames = self.n_bad = 0
        self.reset()

    def reset(self) -> None:
        """Forget what has begun, as after a wire was plugged anew."""
        self._begun = bytearray()
        self._in_step = False

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes."""
        *ended, begun = data.split(b"\0")
        frames = []
        for part in ended:
            self._begun += part[: _LONGEST + 1]  # one too many is enough to tell
            if self._begun or not self._in_step:
                frame = _decode(bytes(self._begun))
                if frame is not None:
                    frames.append(frame)
                    self.n_frames += 1
                elif self._in_step:
                    self.n_bad += 1
            self._begun.clear()
            self._in_step = True
        if len(self._begun) <= _LONGEST:
            self._begun += begun[: _LONGEST + 1]
        return frames


def _decode(data: bytes) -> Frame | None:
    """The frame in what stood between two end marks, or None."""
    if not _SHORTEST <= len(data) <= _LONGEST:
        return None
    plain = bytearray()
    at = 0
    while at < len(data):
        n = data[at]
        if at + n > len(data):
            return None
        plain += data[at + 1 : at + n]
        at += n
        if at < len(data):
            plain.append(0)
    if binascii.crc_hqx(bytes(plain[:-2]), 0xFFFF) != int.from_bytes(plain[-2:], "little"):
        return None
    return Frame(plain[0], plain[1], bytes(plain[2:-2]))
