"""Editing a network: what stays must be what was built without the neuron that went."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.errors import NetworkError
from luiapp.model.network import Network
from luiapp.model.stimulus import Poisson, Step


def _build(chosen: list[int], edges: list[tuple[int, int, int]]) -> Network:
    """The neurons of `chosen` (of a larger set), with all of `edges` between them."""
    net = Network(model="lui")
    place = {}
    for old in chosen:
        place[old] = net.neuron(f"n{old}", position=(old * 10.0, -old), r_leak=1e3 + old, parts_seed=old).index
        net._neuron_extra[place[old]] = {"note": old}
    for pre, post, synapse in edges:
        if pre in place and post in place:
            net.connect(place[pre], place[post], synapse=synapse, delay=pre * 1e-3)
    for old in chosen:
        net.stimulus(Poisson(rate=old + 1.0), to=place[old], synapse=old % 3)
        net.stimulus(Step(amplitude=old * 1e-6), to=place[old])
        net.probe(place[old])
    return net


@settings(max_examples=60, deadline=None)
@given(data=st.data(), n=st.integers(1, 6))
def test_removing_equals_never_having_built(data: st.DataObject, n: int) -> None:
    index = st.integers(0, n - 1)
    edges = data.draw(st.lists(st.tuples(index, index, st.integers(0, 2)), max_size=8))
    gone = data.draw(index)
    net = _build(list(range(n)), edges)
    net.remove(gone)
    assert net.to_dict() == _build([i for i in range(n) if i != gone], edges).to_dict()
    net.neuron("again")  # and it is still a network that can grow
    assert len(net.parameter("r_leak")) == n


def test_remove_wants_an_existing_neuron_and_changes_nothing_else() -> None:
    net = _build([0, 1], [(0, 1, 2)])
    before = net.to_dict()
    for wrong in (2, -1):
        with pytest.raises(NetworkError, match="there are 2"):
            net.remove(wrong)
    assert net.to_dict() == before


def test_rename_keeps_names_unique_and_not_empty() -> None:
    net = _build([0, 1], [])
    net.rename(1, "  Ring ")
    assert net.names == ["n0", "Ring"]
    net.rename(1, "Ring")  # its own name is no clash
    with pytest.raises(NetworkError, match="already a neuron called 'n0'"):
        net.rename(1, "n0")
    with pytest.raises(NetworkError, match="needs a name"):
        net.rename(0, "   ")
    assert net.names == ["n0", "Ring"]


def test_move_survives_a_copy_and_refuses_nonsense() -> None:
    net = _build([0, 1], [])
    net.move(0, (3.5, -7))
    net.move(1, None)
    assert net.copy().positions == [(3.5, -7.0), None]
    with pytest.raises(NetworkError, match="finite"):
        net.move(0, (np.nan, 0.0))
    assert net.positions[0] == (3.5, -7.0)
