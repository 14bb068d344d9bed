"""USB numbers of boards that people have. A number only nominates: what the port sends decides.

From the Arduino cores' ``boards.txt`` and the Pico SDK, the rest general knowledge.
"""

from __future__ import annotations

from dataclasses import dataclass

from luiapp.texts import mark


@dataclass(frozen=True)
class KnownBoard:
    """What a USB number tells.

    Attributes
    ----------
    name : str
        For people (a name, or a text to be passed to `tr`).
    vref : float or None
        Full scale of its converter [V], where the number settles it.
    resets : bool
        It starts anew when its port is opened, and is silent for up to 2 s.
    takes_uf2 : bool
        Its firmware is a file that is copied to a drive.
    note : str
        What to know about it, to be passed to `tr`; or empty.
    """

    name: str
    vref: float | None = None
    resets: bool = False
    takes_uf2: bool = False
    note: str = ""


_UNO = KnownBoard("Arduino Uno", 5.0, True)
_MEGA = KnownBoard("Arduino Mega", 5.0, True)
_LEONARDO = KnownBoard("Arduino Leonardo", 5.0)
_MICRO = KnownBoard("Arduino Micro", 5.0)
_UNO_R4 = KnownBoard("Arduino Uno R4", 5.0)
_LOADS = mark("its input loads the membrane (about 100 kΩ): put a buffer between, or expect lower voltages")
_PICO = KnownBoard("Raspberry Pi Pico (RP2040)", 3.3, takes_uf2=True, note=_LOADS)
_PICO_2 = KnownBoard("Raspberry Pi Pico 2 (RP2350)", 3.3, note=_LOADS)
_NO_PROGRAM = mark(
    "it waits for a program: copy a .uf2 file to its drive, or unplug it and plug it in without the button"
)
_BOOT = KnownBoard("Raspberry Pi Pico (BOOTSEL)", 3.3, note=_NO_PROGRAM)

KNOWN_BOARDS: dict[tuple[int, int], KnownBoard] = {
    **{(0x2341, product): _UNO for product in (0x0043, 0x0001, 0x0243, 0x006A)},
    (0x2A03, 0x0043): _UNO,
    **{(0x2341, product): _MEGA for product in (0x0010, 0x0042, 0x0210, 0x0242)},
    (0x2A03, 0x0010): _MEGA,
    (0x2A03, 0x0042): _MEGA,
    **{(0x2341, product): _LEONARDO for product in (0x8036, 0x0036)},
    (0x2A03, 0x8036): _LEONARDO,
    **{(0x2341, product): _MICRO for product in (0x8037, 0x0037)},
    (0x2341, 0x0058): KnownBoard("Arduino Nano Every", 5.0),
    (0x2341, 0x0069): _UNO_R4,
    (0x2341, 0x1002): _UNO_R4,
    (0x2E8A, 0x000A): _PICO,
    (0x2E8A, 0x0005): KnownBoard("Raspberry Pi Pico (MicroPython)", 3.3, note=_LOADS),
    (0x2E8A, 0x0009): _PICO_2,
    (0x2E8A, 0x0003): _BOOT,
    (0x2E8A, 0x000F): _BOOT,
    (0x1A86, 0x7523): KnownBoard("Arduino Nano (CH340)", None, True),
    (0x1A86, 0x55D4): KnownBoard("CH9102", None, True),
    (0x0403, 0x6001): KnownBoard("Arduino Nano (FTDI)", None, True),
    (0x10C4, 0xEA60): KnownBoard("CP210x", None, True),
}
