"""Logic with spikes: OR, AND, NOT, XOR, and a small network in layers."""

from __future__ import annotations

from luiapp.model.library.claims import Fires, silent
from luiapp.model.library.example import Example, circuit
from luiapp.model.library.settings import BOTH, QUICK, burst, pulses
from luiapp.texts import mark

_GATE = 4.0  # s: A alone, B alone, both
_A, _B = pulses(_GATE, 0.5, 2.5), pulses(_GATE, 1.5, 2.5)
_XOR = 6.0  # s
_IN1 = pulses(_XOR, *burst(0.5, 10, 0.07), *burst(4.5, 10, 0.07))
_IN2 = pulses(_XOR, *burst(2.5, 10, 0.07), *burst(4.5, 10, 0.07))
_RELAY_2 = {**QUICK, "w1": 0, "w2": 98}  # listens to dendrite 2 alone

LOGIC = (
    Example(
        "or",
        mark("OR gate"),
        mark("Two boards, A and B, are plugged into a third. It fires when A fires, when B fires, and once when both "
             "do."),
        "logic",
        circuit(
            "or",
            [("A", 0, 0, QUICK), ("B", 0, 1, QUICK),
             ("OUT", 1, 0.5, {"leak": 41, "tau_mem": 6, "tau_syn": 15.5, "w1": 97.5, "w2": 97.5})],
            [("A", "OUT", 1), ("B", "OUT", 2)],
            [(_A, "A", 1), (_B, "B", 1)],
        ),
        _GATE,
        (silent("OUT", 0, 0.5), Fires("OUT", 0.5, 1.5, 1, 1), Fires("OUT", 1.5, 2.5, 1, 1),
         Fires("OUT", 2.5, 3.5, 1, 1), silent("OUT", 3.5, 4.0)),
    ),
    Example(
        "and",
        mark("AND gate"),
        mark("Two boards, A and B, are plugged into a third with weights that one of them alone can't do anything "
             "with. It fires only when both fire at once."),
        "logic",
        circuit(
            "and",
            [("A", 0, 0, QUICK), ("B", 0, 1, QUICK), ("OUT", 1, 0.5, BOTH)],
            [("A", "OUT", 1), ("B", "OUT", 2)],
            [(_A, "A", 1), (_B, "B", 1)],
        ),
        _GATE,
        (silent("OUT", 0, 2.5), Fires("OUT", 2.5, 3.5, 1, 1), silent("OUT", 3.5, 4.0)),
    ),
    Example(
        "not",
        mark("NOT gate"),
        mark("OUT fires by itself as long as A is silent. While A fires, its inhibition keeps OUT silent."),
        "logic",
        circuit(
            "not",
            [("A", 0, 0, QUICK), ("OUT", 1, 0, {"leak": 60, "tau_mem": 10, "tau_syn": 30, "w1": 96, "sign_1": -1})],
            [("A", "OUT", 1)],
            [(pulses(_XOR, *burst(2.0, 25, 0.08)), "A", 1)],
        ),
        _XOR,
        (Fires("OUT", 0, 2.0, 3), Fires("A", 2.0, 4.1, 20), silent("OUT", 2.3, 4.0), Fires("OUT", 4.2, 6.0, 2)),
    ),
    Example(
        "xor",
        mark("Exclusive or (XOR)"),
        mark("Bursts of spikes come from IN1, from IN2, and from both. OUT fires if exactly one of them fires: with "
             "both, the AND board holds it back."),
        "logic",
        circuit(
            "xor",
            [("IN1", 0, 0, QUICK), ("IN2", 0, 1, QUICK), ("OR", 1, 0, {**QUICK, "w2": 98}), ("AND", 1, 1, BOTH),
             ("OUT", 2, 0.5, {"leak": 34, "tau_mem": 38, "tau_syn": 14.5, "w1": 76, "w2": 98, "sign_2": -1})],
            [("IN1", "OR", 1), ("IN2", "OR", 2), ("IN1", "AND", 1), ("IN2", "AND", 2), ("OR", "OUT", 1),
             ("AND", "OUT", 2)],
            [(_IN1, "IN1", 1), (_IN2, "IN2", 1)],
        ),
        _XOR,
        (silent("OUT", 0, 0.5), Fires("OUT", 0.5, 1.6, 1), silent("OUT", 1.7, 2.5), Fires("OUT", 2.5, 3.6, 1),
         silent("OUT", 3.7, 6.0)),
    ),
    Example(
        "layers",
        mark("Layers of 2, 3 and 2"),
        mark("Two inputs, three boards in the middle, two outputs, each wired to all of the next layer. O1 fires at "
             "any input; O2 fires only if both inputs come together."),
        "logic",
        circuit(
            "layers",
            [("IN1", 0, 0.5, QUICK), ("IN2", 0, 1.5, QUICK), ("H1", 1, 0, {**QUICK, "w2": 0}), ("H2", 1, 1, BOTH),
             ("H3", 1, 2, _RELAY_2), ("O1", 2, 0.5, {**QUICK, "leak": 46, "tau_syn": 8.5, "w2": 98, "w3": 98}),
             ("O2", 2, 1.5, {**_RELAY_2, "w3": 0})],
            [(f"IN{i}", f"H{h}", i) for i in (1, 2) for h in (1, 2, 3)]
            + [(f"H{h}", f"O{o}", h) for h in (1, 2, 3) for o in (1, 2)],
            [(_A, "IN1", 1), (_B, "IN2", 1)],
        ),
        _GATE,
        (silent("O1", 0, 0.5), *(Fires("O1", t, t + 1, 1, 1) for t in (0.5, 1.5, 2.5)), silent("O2", 0, 2.5),
         Fires("O2", 2.5, 3.5, 1, 1), silent("O2", 3.5, 4.0)),
    ),
)  # fmt: skip
