"""How well a fit finds the parameters of boards that it hasn't seen: 50 of them, parts and trimmers at random."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

N_BOARDS = 50


def rows(quick: bool = False) -> list[dict[str, Any]]:
    """Median and worst relative error of each parameter, over the boards whose data determine it."""
    n_boards = 3 if quick else N_BOARDS
    sys.path.insert(0, str(Path(__file__).parents[1] / "experiments"))
    from random_boards import errors, fitted, random_board

    found: dict[str, list[float]] = {}
    for seed in range(1, n_boards + 1):
        board = random_board(seed)
        for name, error in errors(board, fitted(board, seed)).items():
            found.setdefault(name, []).append(error)
    told = []
    for name, values in found.items():
        note = f"of {len(values)} of {n_boards} boards, whose data determine it"
        told.append({"name": f"error of {name}, median", "value": 100 * float(np.median(values)), "unit": "%",
                     "note": note})  # fmt: skip
        told.append({"name": f"error of {name}, worst", "value": 100 * max(values), "unit": "%", "note": note})
    return told
