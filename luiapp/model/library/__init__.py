"""Example networks of Lu.i boards, ready to run: each does what it says whatever the lot its parts come from."""

from __future__ import annotations

from luiapp.model.library.chains import CHAINS
from luiapp.model.library.example import Example
from luiapp.model.library.first import FIRST
from luiapp.model.library.logic import LOGIC
from luiapp.model.library.memory import MEMORY
from luiapp.model.library.senses import SENSES
from luiapp.texts import mark

GROUPS: dict[str, str] = {
    "first": mark("First steps"),
    "chains": mark("Chains and rings"),
    "logic": mark("Logic"),
    "senses": mark("Eyes and ears"),
    "memory": mark("Rhythm and memory"),
}
EXAMPLES: dict[str, Example] = {one.key: one for one in (*FIRST, *CHAINS, *LOGIC, *SENSES, *MEMORY)}

__all__ = ["EXAMPLES", "GROUPS", "Example"]
