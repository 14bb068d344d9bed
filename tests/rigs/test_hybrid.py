"""Simulated neurons and boards in one circuit: who is wired to whom, and that spikes pass both ways."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hybrid_ring import BOARDS, breaks, ring, run, table
from hypothesis import given
from hypothesis import strategies as st

from luiapp.errors import LuiError, ParameterError, RigError
from luiapp.model.network import Network
from luiapp.rigs.hybrid import HybridRig, Plan, parse_hybrid
from luiapp.rigs.registry import open_rig
from luiapp.rigs.virtual import virtual_adapter
from luiapp.stream.source import Kick, Pulse, SetParameter, SetSpeed


@st.composite
def circuits(draw: st.DrawFn) -> tuple[Network, dict[str, int]]:
    n = draw(st.integers(2, 8))
    net = Network("lui")
    for k in range(n):
        net.neuron(f"n{k}", r_leak=1e3 * (k + 1))
    for pre, post, synapse in draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(0, 2)),
                                            max_size=12)):  # fmt: skip
        net.connect(pre, post, synapse=synapse)
    real = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=n - 1, unique=True))
    places = draw(st.permutations(range(8)))
    return net, {f"n{i}": places[k] for k, i in enumerate(real)}


@given(circuits())
def test_each_wire_has_one_place(circuit: tuple[Network, dict[str, int]]) -> None:
    net, boards = circuit
    plan = Plan(net, boards)

    def named(network: Network) -> list[tuple[str, str, int]]:
        c = network.connections
        return sorted((network.names[a], network.names[b], s)
                      for a, b, s in zip(c.pre.tolist(), c.post.tolist(), c.synapse.tolist(), strict=True))  # fmt: skip

    assert named(plan.network) == named(net), "the whole has the wires that it had"
    at = {board: name for name, board in boards.items()}
    out = [(plan.simulated.names[i], at[b], s) for i, ends in plan.to_board.items() for b, s in ends]
    back = [(at[b], plan.simulated.names[i], s) for b, ends in plan.from_board.items() for i, s in ends]
    cables = [w for w in named(net) if w[0] in boards and w[1] in boards]
    assert sorted(out + back + cables + named(plan.simulated)) == named(net)
    n = plan.simulated.n_neurons
    for name, board in boards.items():
        i = plan.network.index(name)
        assert i == n + board
        assert plan.network.parameter("r_leak")[i] == net.parameter("r_leak")[net.index(name)]
    assert plan.n_boards == max(boards.values()) + 1 and plan.network.n_neurons == n + plan.n_boards


@pytest.mark.parametrize("boards", [{}, {"N1": 0, "N2": 0}, {"N1": 8}, {"N1": -1}, {"nobody": 0},
                                    {f"N{k + 1}": k for k in range(6)}])  # fmt: skip
def test_impossible_plans_are_refused(boards: dict[str, int]) -> None:
    with pytest.raises(LuiError):
        Plan(ring(), boards)
    with pytest.raises(ParameterError, match="not of 'lif'"):
        lif = Network("lif")
        lif.neurons(2)
        Plan(lif, {"N1": 0})


def test_the_text_of_a_hybrid_circuit() -> None:
    assert parse_hybrid("/dev/ttyUSB0,ring,N4=1,N5=2") == ("/dev/ttyUSB0", "ring", {"N4": 0, "N5": 1})
    for text in ("", "virtual", "virtual,ring", "virtual,ring,N4", "virtual,ring,N4=x", "virtual,ring,=1", ",ring,N4=1",
                 "virtual,ring,N4=1,N4=2"):  # fmt: skip
        with pytest.raises(ParameterError, match="NEURON=BOARD"):
            parse_hybrid(text)


def test_a_spike_goes_round_through_simulation_and_boards() -> None:
    spikes, health, chunks = run(virtual_adapter(table()), 5.0)
    assert chunks[-1].layout.neurons == tuple(f"N{k}" for k in range(1, 7))
    assert len(spikes) > 100 and breaks(spikes) == 0
    # What is drawn is where it was: within the simulation, and on the table, a spike takes equally long every time,
    # whatever the way between them took.
    at = [np.array(sorted(t for t, i in spikes if i == k)) for k in range(6)]
    for a, b in ((0, 1), (1, 2), (3, 4), (4, 5)):
        after = at[b][np.searchsorted(at[b], at[a][0]) :]
        n = min(len(after), len(at[a]))
        steps = (after[:n] - at[a][:n])[2:]
        assert 0.005 < np.median(steps) < 0.06 and np.median(np.abs(steps - np.median(steps))) < 2e-3
    assert all(health[name] == 0 for name in ("missing", "gaps", "lost_spikes", "bad_frames"))
    assert 0 < float(health["delay_ms"]) < 60 and float(health["delay_99_ms"]) >= float(health["delay_ms"])
    # A real spike is seen on its membrane.
    v = np.concatenate([c.samples for c in chunks if c.n_samples])
    assert v.shape[1] == 6 and np.nanmax(v[:, 3:], axis=0).min() > 1.3


def test_commands_go_where_they_can() -> None:
    with contextlib.closing(HybridRig(ring(), BOARDS, virtual_adapter(table()))) as rig:
        while len(rig.source.layout.neurons) < 6:
            rig.source.read(0.2)
        rig.send(SetParameter(0, "r_leak", 4e3))
        rig.send(Kick(1))
        rig.send(Pulse(3, 1))
        assert rig.network.parameter("r_leak")[0] == 4e3
        for command in (SetParameter(3, "r_leak", 4e3), Kick(4)):
            with pytest.raises(RigError, match="is a board on the table"):
                rig.send(command)
        with pytest.raises(RigError):
            rig.send(SetSpeed(2.0))
        heard = [rig.source.read(0.2) for _ in range(40)]
        fired = {i for chunk in heard if chunk is not None for i in chunk.spike_neurons.tolist()}
        assert {1, 3} <= fired


def test_it_is_rewired_while_it_runs() -> None:
    net = ring()
    with contextlib.closing(HybridRig(net, BOARDS, virtual_adapter(table()))) as rig:
        while len(rig.source.layout.neurons) < 6:
            rig.source.read(0.2)
        changed = rig.network
        changed.set_parameter("N5", "r_leak", 7e3)
        extra = changed.neuron("N7", **{"r_leak": 3e3})
        changed.connect("N6", extra, synapse=0)
        steps = rig.apply(changed)
        assert [(step.name, step.i_neuron) for step in steps] == [("tau_mem", 5)] and "N5" in steps[0].text
        for _ in range(60):
            rig.source.read(0.2)
        assert rig.source.layout.neurons == ("N1", "N2", "N3", "N7", "N4", "N5", "N6") == tuple(rig.network.names)
        changed.remove("N6")
        with pytest.raises(RigError, match="N6 is a board"):
            rig.apply(changed)


def test_it_is_opened_by_its_text() -> None:
    with contextlib.closing(open_rig("hybrid:virtual,ring,N2=1,N3=2")) as rig:
        assert rig.network is not None and rig.network.n_neurons == 7 and rig.network.names[-2:] == ["N2", "N3"]
    with pytest.raises(LuiError):
        open_rig("hybrid:virtual,ring,N99=1")
