"""First steps: one board, two boards, and what pulses do together."""

from __future__ import annotations

from luiapp.model.library.claims import Delays, Fires, Follows, Rate, silent
from luiapp.model.library.example import Example, circuit
from luiapp.model.library.settings import ONE_FOR_ONE, OWN_RHYTHM, pulses
from luiapp.texts import mark

_PERIOD = 4.0
_HELD_BACK = {"leak": 58, "tau_mem": 10, "tau_syn": 22.7, "w1": 97.7, "sign_1": -1}

FIRST = (
    Example(
        "single",
        mark("One neuron"),
        mark("One board fires by itself, about one to three times a second. Its membrane charges, reaches the "
             "threshold and is reset."),
        "first",
        circuit("single", [("N1", 0, 0, {**OWN_RHYTHM, "w1": 63.6, "w2": 86.4, "w3": 72.7, "sign_3": -1})]),
        4.0,
        (Rate("N1", 1.0, 4.0),),
    ),
    Example(
        "pair",
        mark("A drives B"),
        mark("A fires by itself and its output is plugged into B. Each spike of A makes B fire once."),
        "first",
        circuit("pair", [("A", 0, 0, OWN_RHYTHM), ("B", 1, 0, ONE_FOR_ONE)], [("A", "B", 1)]),
        4.0,
        (Follows("A", "B", until=3.8),),
    ),
    Example(
        "inhibition",
        mark("A holds B back"),
        mark("Both boards fire by themselves, and A is plugged into an inhibitory dendrite of B. Each spike of A "
             "pulls B down and delays its next spike."),
        "first",
        circuit(
            "inhibition",
            [("A", 0, 0, OWN_RHYTHM), ("B", 1, 0, _HELD_BACK)],
            [("A", "B", 1)],
        ),
        8.0,
        (Delays("A", "B", pause=0.2),),
    ),
    Example(
        "spatial",
        mark("Spatial summation"),
        mark("Pulses reach the three dendrites one after the other, and nothing happens. When all three come at once, "
             "the board fires."),
        "first",
        circuit(
            "spatial",
            [("OUT", 0, 0, {"leak": 32, "tau_mem": 7, "tau_syn": 32, "w1": 89, "w2": 84, "w3": 90})],
            given=[(pulses(_PERIOD, 0.5, 3.0), "OUT", 1), (pulses(_PERIOD, 1.3, 3.0), "OUT", 2),
                   (pulses(_PERIOD, 2.1, 3.0), "OUT", 3)],
        ),
        _PERIOD,
        (silent("OUT", 0, 3.0), Fires("OUT", 3.0, 3.6, 1, 1), silent("OUT", 3.6, 4.0)),
    ),
    Example(
        "temporal",
        mark("Temporal summation"),
        mark("Three slow pulses fade away one by one. Six quick ones pile up, and the board fires."),
        "first",
        circuit(
            "temporal",
            [("OUT", 0, 0, {"leak": 39.5, "tau_mem": 47, "tau_syn": 26.5, "w1": 42})],
            given=[(pulses(_PERIOD, 0.3, 0.9, 1.5, 2.3, 2.33, 2.36, 2.39, 2.42, 2.45), "OUT", 1)],
        ),
        _PERIOD,
        (silent("OUT", 0, 2.3), Fires("OUT", 2.3, 2.9, 1, 2), silent("OUT", 2.9, 4.0)),
    ),
)  # fmt: skip
