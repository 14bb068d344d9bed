"""Writes firmware into an Arduino Uno or Nano, through the bootloader that it is sold with: STK500v1 over the port.

Protocol: Atmel application note AVR061; what is used of it is what Optiboot answers to.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

from luiapp.errors import LinkError
from luiapp.link.hexfile import read_hex
from luiapp.link.port import Transport
from luiapp.texts import mark

BAUDS = (115200, 57600)  # Uno and newer Nano; older Nano
FLASH = 32256  # bytes, without the largest bootloader's 512
PAGE = 128  # bytes
SIGNATURE = bytes((0x1E, 0x95, 0x0F))  # ATmega328P
_SYNC, _OK, _END = 0x14, 0x10, 0x20
_GET_SYNC, _ENTER, _LEAVE, _ADDRESS, _WRITE, _READ, _SIGNATURE = 0x30, 0x50, 0x51, 0x55, 0x64, 0x74, 0x75
_PATIENCE = 0.5  # s for an answer; writing a page takes about 5 ms
_TRIES = 12  # greetings before it is given up at a baud rate

_SILENT = mark("the bootloader of {port} doesn't answer; press reset on it just before, close other programs, and see "
               "that it is an Uno or Nano")  # fmt: skip
_OTHER_CHIP = mark("{port} is another chip than an ATmega328P (its signature is {signature}); nothing was written")
_BROKE_OFF = mark("{port} broke off at byte {at} of {size}; write it again, the bootloader is still there")
_DIFFERS = mark("what {port} holds differs from the image at byte {at}; write it again")


@dataclass(frozen=True)
class Step:
    """How far it is: ``stage`` is ``"greet"``, ``"write"``, ``"check"`` or ``"done"``; bytes done, and of how many."""

    stage: str
    done: int
    size: int


def shipped_image() -> tuple[bytes, dict[str, str]]:
    """The image for an ATmega328P that comes with this version, and what it was made of (``chip``, ``compiler``,
    ``sources``)."""
    folder, name = _images(), "adapter-m328p.hex"
    return read_hex((folder / name).read_text("ascii"), name=name, size=FLASH), _about("adapter-m328p")


def shipped_uf2() -> tuple[bytes, dict[str, str]]:
    """The image for a Raspberry Pi Pico that comes with this version, a UF2 file, and what it was made of."""
    return (_images() / "adapter-rp2040.uf2").read_bytes(), _about("adapter-rp2040")


def _images() -> Traversable:
    return resources.files("luiapp.link") / "images"


def _about(name: str) -> dict[str, str]:
    about: dict[str, str] = json.loads((_images() / f"{name}.json").read_text("utf-8"))
    return about


def flash(
    wire: Transport, image: bytes, *, clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Step]:  # fmt: skip
    """Write `image` from address 0, and read it back. Closes nothing.

    Raises
    ------
    LinkError
        If no bootloader answers, the chip is another one, or what was read back differs.
    """
    talk = _Talk(wire, clock, sleep)
    size = len(image)
    yield Step("greet", 0, size)
    talk.greet()
    signature = talk.ask(bytes((_SIGNATURE, _END)), 3)
    if signature is None:
        raise LinkError(_SILENT, port=wire.path, fault="other")
    if signature != SIGNATURE:
        raise LinkError(_OTHER_CHIP, port=wire.path, signature=signature.hex(" "), fault="other")
    talk.order(bytes((_ENTER, _END)), 0, size)
    for at in range(0, size, PAGE):
        page = image[at : at + PAGE].ljust(PAGE, b"\xff")
        talk.order(bytes((_ADDRESS, at // 2 & 255, at // 2 >> 8, _END)), at, size)
        talk.order(bytes((_WRITE, 0, PAGE, ord("F"))) + page + bytes((_END,)), at, size)
        yield Step("write", min(at + PAGE, size), size)
    for at in range(0, size, PAGE):
        talk.order(bytes((_ADDRESS, at // 2 & 255, at // 2 >> 8, _END)), at, size)
        there = talk.ask(bytes((_READ, 0, PAGE, ord("F"), _END)), PAGE)
        if there is None:
            raise LinkError(_BROKE_OFF, port=wire.path, at=at, size=size, fault="other")
        wanted = image[at : at + PAGE]
        if there[: len(wanted)] != wanted:
            wrong = next(i for i, (a, b) in enumerate(zip(there, wanted, strict=False)) if a != b)
            raise LinkError(_DIFFERS, port=wire.path, at=at + wrong, fault="other")
        yield Step("check", min(at + PAGE, size), size)
    talk.order(bytes((_LEAVE, _END)), size, size)
    yield Step("done", size, size)


class _Talk:
    """Orders to a bootloader, and its answers."""

    def __init__(self, wire: Transport, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._wire, self._clock, self._sleep = wire, clock, sleep
        self._got = bytearray()

    def greet(self) -> None:
        for baud in BAUDS:
            self._wire.set_baud(baud)
            self._wire.reset()
            for _ in range(_TRIES):
                self._got.clear()
                self._wire.read()
                if self.ask(bytes((_GET_SYNC, _END)), 0, patience=0.15) is not None:
                    self._settle()
                    return
        raise LinkError(_SILENT, port=self._wire.path, fault="other")

    def _settle(self) -> None:
        """Let answers to earlier greetings go by."""
        quiet_since = self._clock()
        while self._clock() - quiet_since < 0.1:
            if self._wire.read():
                quiet_since = self._clock()
            self._sleep(0.005)
        self._got.clear()

    def order(self, order: bytes, at: int, size: int) -> None:
        if self.ask(order, 0) is None:
            raise LinkError(_BROKE_OFF, port=self._wire.path, at=at, size=size, fault="other")

    def ask(self, order: bytes, n: int, *, patience: float = _PATIENCE) -> bytes | None:
        """The `n` bytes of an answer; None where it doesn't come, or is none."""
        self._wire.write(order)
        until = self._clock() + patience
        while len(self._got) < n + 2:
            if self._clock() > until:
                return None
            part = self._wire.read()
            self._got += part
            if not part:
                self._sleep(0.001)
        answer, self._got = bytes(self._got[: n + 2]), self._got[n + 2 :]
        return answer[1:-1] if answer[0] == _SYNC and answer[-1] == _OK else None
