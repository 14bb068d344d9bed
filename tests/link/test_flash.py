"""Flashing, against a bootloader of our own that knows STK500v1 and can go wrong."""

from __future__ import annotations

import random

import pytest

from luiapp.errors import LinkError
from luiapp.link.flash import PAGE, SIGNATURE, flash

IMAGE = random.Random(5).randbytes(3000)


class Bootloader:
    """Answers orders as Optiboot does, at one baud rate; `fault` names what goes wrong."""

    path = "/dev/ttyTest"

    def __init__(self, fault: str = "", *, baud: int = 115200, signature: bytes = SIGNATURE) -> None:
        self.fault, self.right_baud, self.signature = fault, baud, signature
        self.baud = 0
        self.n_resets = 0
        self.memory = bytearray(b"\xff" * 32768)
        self.address = 0
        self.got, self.out = bytearray(), bytearray(b"\x14garbage of the sketch before")
        self.n_pages = 0
        self.left = False
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def set_baud(self, baud: int) -> None:
        self.baud = baud

    def reset(self) -> None:
        self.n_resets += 1
        self.got.clear()

    def close(self) -> None:
        pass

    def read(self) -> bytes:
        data, self.out = bytes(self.out[:5]), self.out[5:]  # in pieces, as a port hands them out
        return data

    def write(self, data: bytes) -> None:
        if self.baud != self.right_baud or self.fault == "dead":
            return
        self.got += data
        while self.got:
            n = self._length()
            if n == 0 or len(self.got) < n:
                return
            order, self.got = bytes(self.got[:n]), self.got[n:]
            self._obey(order)

    def _length(self) -> int:
        lengths = {0x30: 2, 0x50: 2, 0x51: 2, 0x75: 2, 0x55: 4, 0x74: 5}
        if self.got[0] == 0x64:
            return 5 + (self.got[1] << 8 | self.got[2]) if len(self.got) >= 3 else 0
        return lengths.get(self.got[0], len(self.got))

    def _obey(self, order: bytes) -> None:
        assert order[-1] == 0x20
        answer = b""
        match order[0]:
            case 0x75:
                answer = self.signature
            case 0x55:
                self.address = 2 * (order[1] | order[2] << 8)
            case 0x64:
                self.n_pages += 1
                if self.fault == "breaks off" and self.n_pages > 4:
                    return
                data = order[4:-1]
                assert len(data) == PAGE and order[3:4] == b"F" and self.address % PAGE == 0
                self.memory[self.address : self.address + PAGE] = data
            case 0x74:
                answer = bytes(self.memory[self.address : self.address + (order[1] << 8 | order[2])])
                if self.fault == "bad memory" and self.address == 2 * PAGE:
                    answer = answer[:7] + bytes((answer[7] ^ 1,)) + answer[8:]
            case 0x51:
                self.left = True
        self.out += b"\x14" + answer + b"\x10"


def run(boot: Bootloader) -> list[tuple[str, int]]:
    return [(s.stage, s.done) for s in flash(boot, IMAGE, clock=boot.clock, sleep=boot.sleep)]


@pytest.mark.parametrize("baud", [115200, 57600])
def test_the_image_is_in_the_chip_and_the_chip_is_told_to_run_it(baud):
    boot = Bootloader(baud=baud)
    steps = run(boot)
    assert bytes(boot.memory[: len(IMAGE)]) == IMAGE and boot.left
    assert set(boot.memory[len(IMAGE) :]) == {0xFF}
    assert steps[0] == ("greet", 0) and steps[-1] == ("done", len(IMAGE)) and ("check", len(IMAGE)) in steps
    assert boot.n_resets == (1 if baud == 115200 else 2)


@pytest.mark.parametrize(
    ("boot", "what"),
    [
        (Bootloader("dead"), "doesn't answer.*reset"),
        (Bootloader(baud=9600), "doesn't answer"),
        (Bootloader(signature=b"\x1e\x98\x01"), "another chip.*1e 98 01.*nothing was written"),
        (Bootloader("breaks off"), f"broke off at byte {4 * PAGE} of 3000"),
        (Bootloader("bad memory"), f"differs.*byte {2 * PAGE + 7};"),
    ],
)
def test_what_goes_wrong_is_said_and_ends(boot, what):
    with pytest.raises(LinkError, match=f"/dev/ttyTest.*{what}|{what}"):
        run(boot)
    assert boot.now < 30 and not boot.left
    if "chip" in what:
        assert set(boot.memory) == {0xFF}
