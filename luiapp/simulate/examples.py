"""Whether an example circuit does what it claims, with the parts of one lot or of many."""

from __future__ import annotations

from luiapp.errors import ParameterError
from luiapp.model.library.example import Example
from luiapp.model.network import Network
from luiapp.simulate.engine import Options, run

LOTS_APART = 16  # more than the boards of any example: no two runs share a board
_EVERY = 100  # steps a sample: only spikes are looked at


def lots(n: int, first: int = 1) -> list[int]:
    """The lot numbers of the first boards of `n` runs that have no part in common."""
    return [first + LOTS_APART * k for k in range(n)]


def faults(example: Example, lot: int = 1, *, network: Network | None = None) -> list[str]:
    """What `example`, made of the parts of lot `lot` and the next ones, doesn't do as it should; empty if it works.

    Parameters
    ----------
    network : Network, optional
        Judged in the place of the example's own: the same boards, perhaps set or wired otherwise. `ParameterError` if
        a board of the example is missing.
    """
    net = (example.build(lot) if network is None else network).copy()
    if missing := [name for name in example.build().names if name not in net.names]:
        raise ParameterError("the circuit lacks the board '{name}', by which it is judged", name=missing[0])
    net.probes = net.probes[:1]  # of the traces none is looked at
    recording = run(net, example.duration, options=Options(record_every=_EVERY))
    return example.faults({name: recording.spike_train(name) for name in net.names})
