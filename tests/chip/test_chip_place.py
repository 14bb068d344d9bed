"""Placing: whatever network is accepted lies on the chip as the hardware allows; whatever is not is told why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.chip.codes import nominal
from luiapp.chip.core import Chip
from luiapp.chip.place import BLOCK, _Drivers, bus, place, weights
from luiapp.chip.rules import RULES, Wish, n_merged
from luiapp.chip.spec import SPEC
from luiapp.errors import NetworkError
from luiapp.model.layered import Layer, Layered


def network(sizes: tuple[int, ...], *, seed: int = 0, strength: float = 0.1, bias: bool = False,
            loop: bool = False) -> Layered:  # fmt: skip
    random = np.random.default_rng(seed)
    layers = []
    for i in range(len(sizes) - 1):
        last = i == len(sizes) - 2
        own = random.normal(0, strength, (sizes[i + 1],) * 2) if loop and not last else None
        weight = random.normal(0, strength, (sizes[i] + bias, sizes[i + 1]))
        layers.append(Layer(weight, "li" if last else "lif", loop=own, bias=10e-3 if bias else None))
    return Layered(tuple(layers))


NETWORKS = st.builds(
    network,
    st.lists(st.integers(1, 60), min_size=2, max_size=4).map(tuple),
    seed=st.integers(0, 1000),
    strength=st.sampled_from([0.02, 0.3, 2.0]),
    bias=st.booleans(),
    loop=st.booleans(),
)


@settings(deadline=None, max_examples=60)
@given(NETWORKS, st.sampled_from([None, 1, 2]))
def test_what_is_placed_keeps_to_the_hardware(net: Layered, repeat: int | None) -> None:
    try:
        placed = place(net, repeat=repeat)
    except NetworkError as error:
        assert any(word in str(error) for word in ("repeat", "Repeat"))
        return
    wiring = placed.wiring
    used = wiring.circuit[wiring.circuit >= 0]
    assert len(set(used.tolist())) == len(used)
    assert 0 <= used.min() <= used.max() < SPEC.n_circuits
    for one in wiring.circuit:  # merged circuits are neighbours in a block
        mine = one[one >= 0]
        assert (np.diff(mine) == 1).all()
        assert mine[0] // BLOCK == mine[-1] // BLOCK
    taken: set[tuple[int, int]] = set()
    labels: dict[tuple[int, int], set[int]] = {}
    source, neuron = wiring.ends()
    for s, j in zip(source.tolist(), neuron.tolist(), strict=True):
        for k in range(int(wiring.n_copies()[s])):
            circuit = int(wiring.circuit[j, wiring.member[s, k]])
            half = circuit // SPEC.n_columns
            for row in wiring.row[s, k, :, half].tolist():
                assert 0 <= row < SPEC.n_rows
                assert (circuit, row) not in taken  # a synapse belongs to one source
                taken.add((circuit, row))
                labels.setdefault((half, row), set()).add(s)
            if s >= wiring.n_inputs:  # its bus ends at 32 drivers of each half
                own = bus(wiring.circuit[s - wiring.n_inputs, 0])
                assert wiring.row[s, k, 0, half] // 2 // 32 == own
    assert all(len(found) <= SPEC.n_labels for found in labels.values())


@settings(deadline=None, max_examples=30)
@given(NETWORKS)
def test_whole_weights_are_the_nearest(net: Layered) -> None:
    """Within half a unit of the network's, or at the limit of its synapses; readouts up to a common factor."""
    try:
        placed = place(net)
    except NetworkError:
        return
    whole, clipped = weights(placed.net, placed.wiring, placed.unit, placed.scale)
    assert np.array_equal(whole, placed.wiring.weight)
    source, neuron = placed.wiring.ends()
    limit = SPEC.weight_max * placed.wiring.n_copies()[source]
    begins = np.cumsum([0, *(layer.n for layer in net.layers)])
    n_over = 0
    for i, layer in enumerate(net.layers):
        start = 0 if i == 0 else placed.wiring.n_inputs + begins[i - 1]
        mine = (source >= start) & (source < start + layer.n_in) & (neuron >= begins[i]) & (neuron < begins[i + 1])
        wanted = (layer.weight[: layer.n_in] * placed.scale[i]).ravel() / placed.unit
        assert np.abs(np.clip(wanted, -limit[mine], limit[mine]) - whole[mine]).max() <= 0.5 + 1e-9
        n_over += int((np.abs(wanted) > limit[mine] + 0.5).sum())
    assert n_over <= round(clipped * len(whole))


def test_events_of_a_layer_leave_on_all_buses_and_quadrants() -> None:
    placed = place(network((5, 120, 3)))
    hidden = placed.wiring.circuit[:120, 0]
    assert np.bincount(bus(hidden)).tolist() == [30] * 4
    assert np.bincount(hidden // 128).tolist() == [30] * 4


def test_wide_layers_get_merged_circuits() -> None:
    """Published: 256-246-10 takes two circuits a neuron (and with it 512)."""
    placed = place(network((256, 246, 10)))
    assert (placed.wiring.circuit >= 0).sum(axis=1).tolist() == [2] * 256
    assert n_merged(Wish(network((784, 10)), (1,)), 0) == 8


@pytest.mark.parametrize("repeat", [2, 3, (3, 1), (1, 2)])
def test_a_recurrent_layer_is_repeated_by_merging_and_does_the_same(repeat: int | tuple[int, int]) -> None:
    """Whole weights on several rows add up: on a chip without faults the same spikes as with one row each."""
    net = network((12, 48, 3), strength=0.25, loop=True, seed=3)
    first = net.layers[0]
    assert first.loop is not None
    net = replace(net, layers=(replace(first, loop=first.loop - 0.2), net.layers[1]))  # few spikes: nothing gets lost
    random = np.random.default_rng(5)
    times = random.uniform(2e-3, 12e-3, (30, 12))
    found = []
    for copies in (1, repeat):
        placed = place(net, repeat=copies)
        weight = np.clip(placed.wiring.weight, -SPEC.weight_max, SPEC.weight_max)
        chip = Chip(0, ideal=True)
        chip.configure(nominal(placed.targets))
        found.append((placed, chip.run(placed.wiring.reweighted(weight), placed.events(times), 60e-6)))
    plain, out = found[0][1], found[1][1]
    assert len(plain.time) > 100 and plain.lost.sum() == 0
    assert np.array_equal(plain.neuron, out.neuron) and np.array_equal(plain.time, out.time)
    more = max(repeat) if isinstance(repeat, tuple) else repeat
    assert found[1][0].repeat == (more, more)


BROKEN = {
    "repeats": (network((4, 3)), (0,), "once or more"),
    "time_constants": (
        replace(network((4, 5, 3)), layers=(replace(network((4, 5, 3)).layers[0], tau_mem=1e-3),
                                           network((4, 5, 3)).layers[1])),
        (1, 1), "one calibration",
    ),
    "delays": (
        Layered((Layer(np.ones((4, 3)), "li", delay=np.random.default_rng(0).uniform(0, 1e-3, (4, 3))),)), (1,),
        "delays of their own",
    ),
    "inputs_per_neuron": (network((1100, 3)), (1,), "drop 76 inputs"),
    "circuits": (network((5, 600, 3)), (1, 1), "512"),
}  # fmt: skip


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_can_be_broken_and_says_so(rule: object) -> None:
    net, repeat, words = BROKEN[rule.__name__]  # type: ignore[attr-defined]
    with pytest.raises(NetworkError, match=words):
        rule(Wish(net, repeat))  # type: ignore[operator]


def test_a_bus_has_32_drivers_a_half() -> None:
    drivers = _Drivers([1])
    assert len({drivers.take([0], (2,)) for _ in range(32)}) == 32
    with pytest.raises(NetworkError, match="bus 2 reach layer 1 than its 32 drivers"):
        drivers.take([0], (2,))


def test_inputs_that_fill_all_drivers_are_told_to_repeat_less() -> None:
    with pytest.raises(NetworkError, match="repeat"):
        place(network((60, 20, 3), bias=True), repeat=40)
