"""How well a table is found out: random boards and wires behind an adapter, compared with what is drawn."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

N_TABLES = 50
FIRST = 100  # seed; those of the tests are smaller


def rows(quick: bool = False) -> list[dict[str, Any]]:
    """Wires found and invented, and those whose dendrite and sign are right, over all tables."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "experiments"))
    from virtual_table import quick as on_table
    from virtual_table import random_table, true_wires

    from luiapp.experiments.finding import Finding
    from luiapp.experiments.table import discover

    n_tables = 2 if quick else N_TABLES
    n_true = n_found = n_right = n_wires = n_dendrite = n_sure = n_sure_right = n_sign = n_whole = 0
    for seed in range(FIRST, FIRST + n_tables):
        net = random_table(seed)
        with on_table(net) as (_, session):
            *_, found = discover(session)
        assert isinstance(found, Finding) and found.network is not None
        wanted, drawn = true_wires(net), true_wires(found.network)
        pairs, told = {w[:2] for w in wanted}, {w[:2] for w in drawn}
        n_true, n_found, n_right = n_true + len(pairs), n_found + len(told), n_right + len(pairs & told)
        n_wires += sum(w[:2] in told for w in wanted)
        n_dendrite += len(wanted & drawn)
        n_sign += sum(
            found.network.parameter(f"sign_{k + 1}")[j] == net.parameter(f"sign_{k + 1}")[j]
            for _, j, k in wanted & drawn
        )
        n_whole += wanted == drawn
        names = {name: i for i, name in enumerate(net.names)}
        for pre, post, dendrite, _sign, _weight, sure in found.table[1:]:
            if sure == "yes":
                n_sure += 1
                n_sure_right += (names[pre], names[post], int(dendrite) - 1) in wanted
    note = f"over {n_tables} random tables of eight boards, seeds from {FIRST} on"

    def share(name: str, part: int, whole: int) -> dict[str, Any]:
        return {"name": name, "value": 100 * part / max(1, whole), "unit": "%", "note": f"{part} of {whole}, {note}"}

    return [
        share("pairs of boards found", n_right, n_true),
        share("pairs drawn that are there", n_right, n_found),
        share("wires drawn as they are, of those of pairs found", n_dendrite, n_wires),
        share("wires called sure that are", n_sure_right, n_sure),
        share("signs of wires drawn as they are", n_sign, n_dendrite),
        share("whole tables", n_whole, n_tables),
    ]
