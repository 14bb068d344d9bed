"""Spikes on their way: chain, ring, and a relay for Morse."""

from __future__ import annotations

import math

from luiapp.model.library.claims import Circles, Follows
from luiapp.model.library.example import PITCH, Example, circuit
from luiapp.model.library.morse import Reads, morse_times
from luiapp.model.library.settings import ONE_FOR_ONE, OWN_RHYTHM, QUICK, pulses
from luiapp.model.stimulus import spike_train
from luiapp.texts import mark

_OVAL = (400.0 / PITCH, 185.0 / PITCH)  # half axes of the ring of seven: as wide as a bench, so that boards are large
_RING = tuple(f"N{i + 1}" for i in range(7))
_MESSAGE, _MESSAGE_PERIOD = "LUI", 8.0


def _place(i: int) -> tuple[float, float]:
    angle = 2 * math.pi * i / 7 - math.pi / 2
    return round(_OVAL[0] * math.cos(angle), 4), round(_OVAL[1] * math.sin(angle), 4)


CHAINS = (
    Example(
        "chain",
        mark("Chain of five"),
        mark("Five boards in a row; only the first fires by itself. Each of its spikes runs down the row."),
        "chains",
        circuit(
            "chain",
            [("N1", 0, 0, OWN_RHYTHM), *((f"N{i + 1}", i, 0, ONE_FOR_ONE) for i in range(1, 5))],
            [(f"N{i}", f"N{i + 1}", 1) for i in range(1, 5)],
        ),
        4.0,
        tuple(Follows(f"N{i}", f"N{i + 1}", until=3.8) for i in range(1, 5)),
    ),
    Example(
        "ring",
        mark("Ring of seven"),
        mark("Seven boards in a circle, none of which fires by itself. One push at the start, and a spike runs round "
             "and round."),
        "chains",
        circuit(
            "ring",
            [(name, *_place(i), {**ONE_FOR_ONE, "w2": 97.7}) for i, name in enumerate(_RING)],
            [(name, _RING[(i + 1) % 7], 1) for i, name in enumerate(_RING)],
            [(spike_train([0.2]), "N1", 2)],
        ),
        4.0,
        (Circles(_RING, 0.2, 4.0),),
    ),
    Example(
        "morse",
        mark("Morse repeater"),
        mark("A word in Morse reaches the first board: one pulse is a dot, three quick ones are a dash. Two boards "
             "hand it on, and at the end of the line it can still be read."),
        "chains",
        circuit(
            "morse",
            [("KEY", 0, 0, QUICK), ("R1", 1, 0, QUICK), ("R2", 2, 0, QUICK)],
            [("KEY", "R1", 1), ("R1", "R2", 1)],
            [(pulses(_MESSAGE_PERIOD, *morse_times(_MESSAGE, start=0.5)), "KEY", 1)],
        ),
        _MESSAGE_PERIOD,
        (Reads("R2", _MESSAGE),),
    ),
)  # fmt: skip
