"""A sample as boards on the bench: one board for each input, which fires when the code says so. No Qt."""

from __future__ import annotations

from luiapp.gui.training.insight import Inside
from luiapp.model.library.example import circuit
from luiapp.model.library.settings import QUICK
from luiapp.model.network import Network
from luiapp.model.stimulus import Train

LASTS, PERIOD = 1.0, 2.0  # s: how long a sample takes on the bench, slowly enough to hear its order; and its return
_BEGIN = 0.2  # s


def sample_circuit(inside: Inside, names: list[str], title: str) -> Network:
    """Boards that fire as the inputs of a sample do, stretched to `LASTS` and again after every `PERIOD`.

    Parameters
    ----------
    inside : the sample on its way through a network
    names : of its inputs, for the boards
    title : of the circuit
    """
    given = []
    for i, name in enumerate(names):
        times = inside.inputs[inside.inputs[:, 1] == i, 0] / inside.until * LASTS
        if len(times):
            given.append((Train(PERIOD, tuple(sorted(times.tolist())), start=_BEGIN), name, 1))
    row = [(name, 1.0 * (i % 2), 1.0 * (i // 2), QUICK) for i, name in enumerate(names)]
    return circuit(title, row, given=given)(1)
