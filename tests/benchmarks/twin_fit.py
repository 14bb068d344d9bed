"""How well a fit finds the parameters of boards that it hasn't seen, and whether its standard errors are honest.

Fifty each: the board twin with parts and trimmers at random and known pulses (as in the guided protocol), and boards of
another simulator, as tables with known pulses or of a membrane that fires by itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

N_BOARDS = 50
FIRST = 101  # seed; the tests have smaller ones


def rows(quick: bool = False) -> list[dict[str, Any]]:
    """Median and worst relative error of each parameter, and how often 95 % intervals hold the truth."""
    n_boards = 2 if quick else N_BOARDS
    sys.path.insert(0, str(Path(__file__).parents[1] / "experiments"))
    import euler_boards
    import random_boards

    def guided(seed: int) -> dict[str, tuple[float, float]]:
        board = random_boards.random_board(seed)
        fit = random_boards.fitted(board, seed)
        return {name: (error, error * random_boards.size(board, name) / fit.parameter(name).error)
                for name, error in random_boards.errors(board, fit).items()}  # fmt: skip

    def table(seed: int, told: bool) -> dict[str, tuple[float, float]]:
        return euler_boards.compared(*euler_boards.measured(seed, told))

    found = []
    for what, one in (("protocol", guided), ("table with pulses", lambda seed: table(seed, told=True)),
                      ("table, firing alone", lambda seed: table(seed, told=False))):  # fmt: skip
        each: dict[str, list[tuple[float, float]]] = {}
        for seed in range(FIRST, FIRST + n_boards):
            for name, pair in one(seed).items():
                each.setdefault(name, []).append(pair)
        for name, pairs in each.items():
            errors, off = np.array(pairs).T
            note = f"{len(pairs)} of {n_boards} boards determine it; 95 % intervals hold {np.mean(abs(off) < 1.96):.0%}"
            found += [
                {"name": f"{what}: {name}, median error", "value": 100 * float(np.median(errors)), "unit": "%",
                 "note": note},
                {"name": f"{what}: {name}, worst error", "value": 100 * float(errors.max()), "unit": "%", "note": ""},
            ]  # fmt: skip
    return found
