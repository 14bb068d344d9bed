"""What nerve cells do with what eyes and ears tell them."""

from __future__ import annotations

from dataclasses import dataclass

from luiapp.model.library.claims import Fires, Spikes, silent, spikes_between
from luiapp.model.library.example import Example, circuit
from luiapp.model.library.settings import BOTH, QUICK, burst, pulses
from luiapp.texts import mark, tr

_PERIOD = 4.0
_CONTRAST = 6.0
_SIDE = {"leak": 40, "tau_mem": 10, "tau_syn": 10, "w1": 95, "w2": 97, "sign_2": -1}
_MIDDLE = {"leak": 38, "tau_mem": 7, "tau_syn": 14, "w1": 95, "w2": 80, "w3": 80, "sign_2": -1, "sign_3": -1}

# One ear's spikes run along A1 to A3, the other's along B1 to B3, the other way. A step takes 16.2 ms, the mean of
# many lots; C1 to C4 see both ears at once if one is later by -3, -1, 1 or 3 steps.
_STEP = 0.0162
_SOUNDS = 4.5  # s: one click from each of four directions, a second apart
_DELAY = {"leak": 45.1, "tau_mem": 2.9, "tau_syn": 14.8, "w1": 97.3}
_MEET = {"leak": 46.8, "tau_mem": 1.5, "tau_syn": 2.7, "w1": 97.8, "w2": 97.8}  # more willing: none must be missed
_LATER = [(2 * k - 5) * _STEP for k in (1, 2, 3, 4)]  # s, the right ear after the left
_LEFT = pulses(_SOUNDS, *(round(0.5 + k + max(0.0, -later), 4) for k, later in enumerate(_LATER)))
_RIGHT = pulses(_SOUNDS, *(round(0.5 + k + max(0.0, later), 4) for k, later in enumerate(_LATER)))


@dataclass(frozen=True)
class FewStrangers:
    """For a click at 0.5 s, 1.5 s, … each of `names` has its turn; at the others' they fire `most` times in all."""

    names: tuple[str, ...]
    most: int

    def __call__(self, spikes: Spikes) -> list[str]:
        n = sum(len(spikes_between(spikes, name, 0.5 + k, 1.5 + k))
                for i, name in enumerate(self.names) for k in range(len(self.names)) if k != i)  # fmt: skip
        if n <= self.most:
            return []
        return [tr("detectors of other directions fired {n} times; expected: at most {most}", n=n, most=self.most)]


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
        "jeffress",
        mark("Sound localiser (Jeffress)"),
        mark("A click reaches one ear before the other, and both spikes run towards each other. Each of the four "
             "detectors C1 to C4 answers to one direction: the one where they meet."),
        "senses",
        circuit(
            "jeffress",
            [*((f"A{k}", k, 0, _DELAY) for k in (1, 2, 3)), *((f"C{k}", k - 1, 1, _MEET) for k in (1, 2, 3, 4)),
             *((f"B{k}", 3 - k, 2, _DELAY) for k in (1, 2, 3))],
            [("A1", "A2", 1), ("A2", "A3", 1), ("B1", "B2", 1), ("B2", "B3", 1)]
            + [(f"A{k}", f"C{k + 1}", 1) for k in (1, 2, 3)] + [(f"B{k}", f"C{4 - k}", 2) for k in (1, 2, 3)],
            [(_LEFT, "A1", 1), (_LEFT, "C1", 1), (_RIGHT, "B1", 1), (_RIGHT, "C4", 2)],
        ),
        _SOUNDS,
        (*(Fires(f"C{k}", k - 0.5, k + 0.5, 1, 2) for k in (1, 2, 3, 4)), FewStrangers(("C1", "C2", "C3", "C4"), 3)),
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
