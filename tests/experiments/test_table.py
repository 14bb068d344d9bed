"""What is on the table is found out by itself: wires, their signs, doubled ones, and none where there are none."""

from __future__ import annotations

import pytest
from virtual_table import N, quick, random_table, true_wires

from luiapp.errors import RigError
from luiapp.experiments.finding import Finding
from luiapp.experiments.result import Request
from luiapp.experiments.session import Session
from luiapp.experiments.table import discover, evaluate
from luiapp.experiments.wires import Board, Input, look, wires_of
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.rigs.board import BoardRig, PortSpec
from luiapp.rigs.sim import SimRig
from luiapp.rigs.virtual import table


def found_on(net: Network) -> Finding:
    with quick(net) as (_, session):
        *_, found = discover(session)
    assert isinstance(found, Finding) and found.network is not None
    return found


def test_a_table_of_known_wires_is_drawn_as_it_is() -> None:
    """Chains, a Y-split, an inhibitory wire, and one axon at two dendrites, behind an adapter."""
    net = random_table(11, wires=lambda rng: 0, boards=4)
    for pre, post, synapse in ((0, 1, 0), (0, 2, 1), (3, 2, 2), (2, 3, 0), (2, 3, 2), (1, 0, 1)):
        net.connect(pre, post, synapse=synapse)
    weights = {1: (6e3, 15e3, 20e3), 2: (3e3, 8e3, 18e3), 3: (16e3, 4e3, 20e3), 0: (4e3, 9e3, 18e3)}
    for i in range(4):
        net.set_parameter(i, "r_vleak", 44e3)
        for k in range(3):
            net.set_parameter(i, f"r_w{k + 1}", weights[i][k])
            net.set_parameter(i, f"sign_{k + 1}", 1.0)
    net.set_parameter(0, "sign_2", -1.0)
    found = found_on(net)
    assert found.network is not None and true_wires(found.network) == true_wires(net)
    assert found.network.parameter("sign_2")[0] == -1 and "inhibits" in "\n".join(found.lines)
    for board in range(4):
        for k in range(3):
            true, told = (
                lui.weight_current(float(one.parameter(f"r_w{k + 1}")[board])) for one in (net, found.network)
            )
            assert 0.6 < told / true < 1.7, "as far as capacitors of ten and twenty percent allow"


def shy() -> Network:
    """Two boards that fire when they are pulsed, one that no pulse makes fire but a turned leak does, an empty place.

    The shy one excites the first."""
    net = Network(model="lui")
    for k in range(2):
        net.neuron(f"N{k + 1}", r_vleak=44e3, r_leak=6e3, r_tsyn=4e3, r_w1=5e3, r_w2=12e3, r_w3=20e3)
    net.neuron("N3", r_vleak=36e3, r_leak=6e3, r_tsyn=700.0, r_w1=14e3, r_w2=20e3, r_w3=9e3)
    net.connect(2, 0, synapse=1)
    net.connect(0, 1, synapse=0)
    net.connect(1, 2, synapse=2)
    net.probe(range(3), "membrane")
    return net


@pytest.mark.parametrize("helps", [True, False])
def test_a_hand_is_asked_to_make_a_silent_board_fire(helps: bool) -> None:
    """What only a hand can show is found with it; without it, the board is named. Its own dendrites come out alike."""
    asked = []
    with quick(shy()) as (rig, session):
        for step in discover(session):
            if isinstance(step, Request):
                asked.append(step.text)
                if helps:
                    rig.device._twins.set_parameter(2, "r_vleak", 58e3)
                for _ in range(500):  # hands take their time
                    rig.read(0.0)
        recording = session.recording()
    assert isinstance(step, Finding) and step.network is not None
    assert len(asked) == 1 and asked[0].startswith("turn leak of N3 up")
    lines = "\n".join(step.lines)
    assert ((2, 0, 1) in true_wires(step.network)) == helps
    assert {(0, 1, 0), (1, 2, 2)} <= true_wires(step.network)
    assert "turned back: leak of N3" in lines and ("Never fired" in lines) != helps
    mine = look(recording)[2]
    sizes = [line.size for line in mine.lines]
    wanted = [lui.weight_current(r) for r in (14e3, 20e3, 9e3)]
    for k in (1, 2):
        assert sizes[k] / sizes[0] == pytest.approx(wanted[k] / wanted[0], rel=0.25)


def test_nothing_is_drawn_where_nothing_is() -> None:
    found = found_on(random_table(5, wires=lambda rng: 0, boards=3))
    assert found.network is not None and not true_wires(found.network)
    assert "no wire" in found.headline and len(found.table) == 1


def test_a_simulation_is_looked_at_alike_and_so_is_its_recording() -> None:
    net = random_table(3, boards=4)
    session = Session(SimRig(net))
    *_, found = discover(session)
    assert isinstance(found, Finding) and found.network is not None
    pairs = {(a, b) for a, b, _ in true_wires(net)}
    assert {(a, b) for a, b, _ in true_wires(found.network)} == pairs
    assert evaluate(session.recording()).table == found.table
    session.close()


def test_weights_are_those_of_the_equation() -> None:
    """Against the closed form: gain·current·R_tsyn/C_mem, for a weak pulse far from all rails."""
    net = Network(model="lui")
    net.neuron(r_vleak=42e3, r_leak=8e3, r_tsyn=4e3, r_w1=18e3)
    net.neuron(r_vleak=42e3, r_leak=8e3, r_tsyn=4e3, r_w2=21e3, sign_2=-1.0)
    session = Session(SimRig(net))
    for _ in discover(session):
        pass
    boards = look(session.recording())
    session.close()
    gain = 2 * lui.K_LADDER / lui.R_SOURCE / lui.C_MEM * 4e3
    assert boards[0].lines[0].size == pytest.approx(gain * lui.weight_current(18e3), rel=0.1)
    assert boards[1].lines[1].size == pytest.approx(-gain * lui.weight_current(21e3), rel=0.1)
    assert boards[0].tau_mem == pytest.approx(lui.tau_mem(8e3), rel=0.1)
    assert boards[0].tau_syn == pytest.approx(lui.tau_syn(4e3), rel=0.35), "the nearest of a coarse grid"


def board(lines: list[float], axons: list[float], unseen: tuple[int, ...] = ()) -> Board:
    found = [Input(0.0, 1.0) if k in unseen else Input(size, 0.02) for k, size in enumerate(lines)]
    return Board(
        (found[0], found[1], found[2]), tuple(Input(a, 0.02) for a in axons), (9,) * len(axons), 0.04, 0.2, 1.2
    )


def test_dendrites_are_told_by_their_weights() -> None:
    assert [(w.pre, w.synapse, w.sure) for w in wires_of([board([3.0, 5.0, -2.0], [0.0, 5.1])], 0)] == [(1, 1, True)]
    both = wires_of([board([3.0, 5.0, -2.0], [0.0, 8.0])], 0)
    assert {(w.pre, w.synapse) for w in both} == {(1, 0), (1, 1)}
    assert not wires_of([board([5.0, 5.0, -2.0], [0.0, 5.1])], 0)[0].sure, "two dendrites are alike"
    hidden = wires_of([board([3.0, 5.0, -2.0], [0.0, -4.0], unseen=(0,))], 0)
    assert [(w.pre, w.synapse) for w in hidden] == [(1, 0)], "a dendrite whose line is taken by the wire"
    assert not wires_of([board([3.0, 5.0, -2.0], [0.0, 0.04])], 0)


def test_without_pulses_it_says_what_to_do() -> None:
    rig = BoardRig([PortSpec("/dev/nowhere")], lister=list, opener=lambda path, baud: 1 / 0)  # type: ignore[arg-type, return-value]
    with pytest.raises(RigError, match="use an adapter"):
        next(discover(Session(rig)))
    rig.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_random_tables_are_found(seed: int) -> None:
    net = random_table(seed, boards=5)
    found = found_on(net)
    assert found.network is not None
    wanted, got = ({(a, b) for a, b, _ in true_wires(one)} for one in (net, found.network))
    assert len(wanted ^ got) <= 1
    for _, post, k in true_wires(net) & true_wires(found.network):
        assert found.network.parameter(f"sign_{k + 1}")[post] == net.parameter(f"sign_{k + 1}")[post]


def test_a_chain_that_fires_by_itself_has_no_wires_but_its_own() -> None:
    """Everything follows everything there, a few milliseconds later, again and again."""
    net = table()
    for i in range(N - 1, 3, -1):
        net.remove(i)
    found = found_on(net)
    assert true_wires(net) == {(0, 1, 0), (1, 2, 0), (2, 3, 0)}
    assert found.network is not None and true_wires(found.network) == true_wires(net)
