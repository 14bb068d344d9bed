"""What nerve cells do with what eyes and ears tell them."""

from __future__ import annotations

from luiapp.model.library.claims import Fires, silent
from luiapp.model.library.example import Example, circuit
from luiapp.model.library.settings import BOTH, QUICK, burst, pulses
from luiapp.texts import mark

_PERIOD = 4.0
_CONTRAST = 6.0
_SIDE = {"leak": 40, "tau_mem": 10, "tau_syn": 10, "w1": 95, "w2": 97, "sign_2": -1}
_MIDDLE = {"leak": 38, "tau_mem": 7, "tau_syn": 14, "w1": 95, "w2": 80, "w3": 80, "sign_2": -1, "sign_3": -1}

SENSES = (
    Example(
        "coincidence",
        mark("Coincidence detector"),
        mark("A and B fire at once, then A a tenth of a second before B, then B before A. OUT fires only the first "
             "time: it forgets a spike within a few hundredths of a second."),
        "senses",
        circuit(
            "coincidence",
            [("A", 0, 0, QUICK), ("B", 0, 1, QUICK), ("OUT", 1, 0.5, BOTH)],
            [("A", "OUT", 1), ("B", "OUT", 2)],
            [(pulses(_PERIOD, 0.5, 1.5, 2.6), "A", 1), (pulses(_PERIOD, 0.5, 1.6, 2.5), "B", 1)],
        ),
        _PERIOD,
        (Fires("OUT", 0.5, 0.7, 1, 1), silent("OUT", 0.7, 4.0)),
    ),
    Example(
        "lateral",
        mark("Lateral inhibition"),
        mark("Neighbours hold each other back. L and R fire as long as they are alone; when M between them is "
             "stimulated more strongly, they fall silent, and the contrast is sharpened."),
        "senses",
        circuit(
            "lateral",
            [("L", 0, 0, _SIDE), ("M", 1, 0, _MIDDLE), ("R", 2, 0, _SIDE)],
            [("L", "M", 2), ("M", "L", 2), ("M", "R", 2), ("R", "M", 3)],
            [(pulses(_CONTRAST, *burst(0.3, 45, 0.1)), side, 1) for side in ("L", "R")]
            + [(pulses(_CONTRAST, *burst(2.0, 30, 0.05)), "M", 1)],
        ),
        _CONTRAST,
        (silent("M", 0, 2.0), Fires("M", 2.0, 3.5, 8),
         *(claim for side in ("L", "R")
           for claim in (Fires(side, 0.3, 2.0, 4), Fires(side, 2.3, 3.5, 0, 1), Fires(side, 3.8, 5.0, 2)))),
    ),
    Example(
        "motion",
        mark("Motion detector"),
        mark("Something passes L and then R, and OUT fires. When it comes back from R to L, the inhibition of R is "
             "there first and OUT stays silent."),
        "senses",
        circuit(
            "motion",
            [("L", 0, 0, QUICK), ("R", 0, 1, QUICK),
             ("OUT", 1, 0.5, {"leak": 39.5, "tau_mem": 38, "tau_syn": 29, "w1": 92, "w2": 97.5, "sign_2": -1})],
            [("L", "OUT", 1), ("R", "OUT", 2)],
            [(pulses(_PERIOD, 0.5, 2.6), "L", 1), (pulses(_PERIOD, 0.6, 2.5), "R", 1)],
        ),
        _PERIOD,
        (Fires("OUT", 0.5, 1.0, 1, 1), silent("OUT", 1.0, 4.0)),
    ),
)  # fmt: skip
