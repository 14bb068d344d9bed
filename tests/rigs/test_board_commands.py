"""What a board rig says of itself, what a hand must do, and how ports are named on the command line."""

from __future__ import annotations

import pytest

from luiapp.errors import ParameterError, RigError
from luiapp.model.lui import KNOBS
from luiapp.model.network import Network
from luiapp.rigs.board import BoardRig, PortSpec, open_board, parse_ports
from luiapp.stream.source import Kick, Mark, Pulse, SetParameter
from luiapp.texts import set_language


def two_boards() -> Network:
    network = Network(model="lui")
    network.neuron("N1", r_w1=13.2e3, sign_2=-1)
    network.neuron("N2")
    network.connect(0, 1, synapse=2)
    return network


@pytest.mark.parametrize(
    ("text", "specs"),
    [
        ("/dev/ttyACM0", [PortSpec("/dev/ttyACM0")]),
        ("/dev/ttyACM0@115200", [PortSpec("/dev/ttyACM0", 115200)]),
        ("COM3@9600, COM4", [PortSpec("COM3", 9600), PortSpec("COM4")]),
        ("socket://lab:7000", [PortSpec("socket://lab:7000")]),
        ("/dev/serial/by-path/usb@1/tty", [PortSpec("/dev/serial/by-path/usb@1/tty")]),
    ],
)
def test_ports_on_the_command_line(text, specs):
    assert parse_ports(text) == specs


@pytest.mark.parametrize(
    "text", ["", "a,,b", "@9600", "a@fast", "a@0", "a@99999999", "a,a", "a@²", ",".join("abcdefgh") * 9]
)
def test_what_is_no_port_is_refused_with_an_example(text):
    with pytest.raises(ParameterError) as refusal:
        parse_ports(text)
    assert "{" not in str(refusal.value)


def test_nothing_is_opened_before_the_first_read(tmp_path):
    rig = open_board(str(tmp_path / "not-there"))
    assert rig.health()["ports_open"] == 0 and rig.source.layout.traces == () and rig.network is None
    rig.close()
    with pytest.raises(ParameterError):
        BoardRig([])


def test_a_hand_is_told_each_trimmer_switch_and_wire_and_later_only_what_changed():
    rig = open_board("x")
    network = two_boards()
    steps = rig.apply(network)
    assert [s.name for s in steps if s.i_neuron == 1 and s.name != "wire"] == [
        *(k.name for k in KNOBS),
        "sign_1",
        "sign_2",
        "sign_3",
    ]
    texts = [s.text for s in steps]
    assert "turn w1 of N1 to 40 %" in texts
    assert "set the switch of dendrite 2 of N1 to − (inhibits)" in texts
    assert "plug a wire from N1's axon to dendrite 3 of N2" in texts
    assert rig.apply(network) == []
    network.set_parameter(0, "r_w1", 0.0)
    network.disconnect(0)
    assert [s.text for s in rig.apply(network)] == [
        "turn w1 of N1 to 100 %",
        "pull the wire from N1 to dendrite 3 of N2",
    ]
    assert rig.network.to_dict() == network.to_dict() and rig.network is not network


def test_a_textbook_neuron_can_not_lie_on_the_table():
    network = Network(model="lif")
    network.neuron()
    with pytest.raises(RigError, match="lif"):
        open_board("x").apply(network)


def test_refusals_name_what_a_hand_can_do():
    rig = open_board("/dev/ttyACM0")
    rig.send(Mark(1))
    for command, word in ((SetParameter(0, "r_w1", 0.0), "by hand"), (Pulse(0), "wire"), (Kick(0), "leak")):
        with pytest.raises(RigError, match=word) as refusal:
            rig.send(command)
        assert "ttyACM0" in str(refusal.value)
    set_language("de")
    with pytest.raises(RigError, match="von Hand"):
        rig.send(SetParameter(0, "r_w1", 0.0))


def test_trimmers_and_switches_are_by_hand():
    parameters = open_board("x").describe().parameters
    assert {n for n, how in parameters.items() if how == "by hand"} == {k.parameter for k in KNOBS} | {
        "sign_1", "sign_2", "sign_3"}  # fmt: skip


def test_each_port_s_state_is_told_for_a_status_bar():
    rig = BoardRig([PortSpec("a", likely_baud=57600), PortSpec("/dev/ttyACM1", baud=9600)])
    one, two = rig.port_states()
    assert (one.name, one.state, one.baud, one.rate) == ("a", "waiting", 57600, 0.0)
    assert (two.name, two.path, two.identity, two.baud) == ("ttyACM1", "/dev/ttyACM1", "/dev/ttyACM1", 9600)
