"""Sensors and displays on the bench: plain data that stimuli follow."""

from __future__ import annotations

import json

import numpy as np
import pytest

from luiapp.errors import FormatError, NetworkError, ParameterError
from luiapp.model.items import (
    BRIGHTEST,
    ITEMS,
    add_item,
    change_item,
    find_item,
    itemised,
    light_level,
    light_stimulus,
    plug_item,
    remove_item,
    unplug_item,
)
from luiapp.model.network import Network
from luiapp.model.stimulus import Manual, Step, Train, spike_train
from luiapp.model.wiring import refused
from luiapp.simulate.engine import run


def table() -> Network:
    net = Network(model="lui")
    for name in ("A", "B", "C"):
        net.neuron(name)
    return net


@pytest.mark.parametrize("kind", ITEMS)
def test_each_kind_comes_back_from_a_file_with_its_wires(kind: str) -> None:
    net = table()
    item = add_item(net, kind, position=(10.0, 20.0))
    plug_item(net, item.name, 1, 2)
    back = Network.from_dict(json.loads(json.dumps(net.to_dict())))
    assert back.items == net.items and back.stimuli == net.stimuli and back.to_dict() == net.to_dict()
    assert net.copy().to_dict() == net.to_dict()
    assert (len(net.stimuli), find_item(net, item.name).hears) == ((1, ()) if item.sends else (0, (1,)))
    assert unplug_item(net, item.name, 1, 2) and not unplug_item(net, item.name, 1, 2)
    assert net.stimuli == [] and find_item(net, item.name).hears == ()


def test_a_file_from_elsewhere_keeps_unknown_fields_and_loses_strange_kinds_with_a_word() -> None:
    net = table()
    add_item(net, "lamp")
    data = net.to_dict()
    data["items"][0]["colour"] = "green"
    assert Network.from_dict(data).to_dict()["items"][0]["colour"] == "green"
    with pytest.raises(FormatError, match="no bench item 'laser'; there are button"):
        Network.from_dict({**data, "items": [{"kind": "laser", "name": "X"}]})
    with pytest.raises(FormatError, match="hears a neuron that isn't there"):
        Network.from_dict({**data, "items": [{"kind": "lamp", "name": "X", "hears": [3]}]})
    with pytest.raises(FormatError, match="malformed"):
        Network.from_dict({**data, "items": [{"kind": "lamp"}]})


def test_wires_follow_what_changes() -> None:
    net = table()
    tick = add_item(net, "metronome")
    lamp = add_item(net, "lamp")
    plug_item(net, tick.name, 0, 0)
    plug_item(net, tick.name, 2, 1)
    for i in (0, 2):
        plug_item(net, lamp.name, i)
    change_item(net, tick.name, stimulus=Train(0.25), name="FAST")
    assert [(s.item, s.stimulus) for s in net.stimuli] == [("FAST", Train(0.25))] * 2
    net.remove(0)
    assert [(s.i_neuron, s.synapse) for s in net.stimuli] == [(1, 1)] and find_item(net, lamp.name).hears == (1,)
    with pytest.raises(NetworkError, match="already something called 'B'"):
        change_item(net, "FAST", name="B")
    remove_item(net, "FAST")
    assert net.stimuli == [] and [item.name for item in net.items] == [lamp.name]
    with pytest.raises(NetworkError, match="no item called 'FAST'"):
        find_item(net, "FAST")


def test_a_dendrite_takes_one_source_and_a_sensor_is_one() -> None:
    net = table()
    key = add_item(net, "button").name
    other = add_item(net, "button").name
    plug_item(net, key, 2, 0)
    assert refused(net, key, 2, 0) is None, "the same wire once more"
    assert "Dendrite 1 of 'C' already has a wire from 'KEY1'" in str(refused(net, other, 2, 0))
    assert "already has a wire from 'KEY1'; use dendrite 2 or 3" in str(refused(net, 0, 2, 0))
    net.connect("A", "C", synapse=1)
    assert "already has a wire from 'A'" in str(refused(net, other, 2, 1)) and refused(net, other, 2, 2) is None


def test_a_metronome_makes_its_board_fire_with_its_period_and_a_button_waits() -> None:
    net = table()
    for name in ("A", "B"):  # one for one: short memory, strong weight
        for parameter, value in (("r_vleak", 42e3), ("r_leak", 2.5e3), ("r_tsyn", 4e3), ("r_w1", 506.0)):
            net.set_parameter(name, parameter, value)
    plug_item(net, add_item(net, "metronome", stimulus=Train(0.2, start=0.1)).name, 0)
    plug_item(net, add_item(net, "button").name, 1)
    recording = run(net, 2.0)
    beats = recording.spike_train("A")
    assert len(beats) == 10 and np.allclose(np.diff(beats), 0.2, atol=1e-3)
    assert len(recording.spike_train("B")) == 0


def test_bare_stimuli_get_generators_and_equal_ones_share_theirs() -> None:
    net = table()
    for board in ("A", "B"):
        net.stimulus(spike_train([0.1]), to=board)
    net.stimulus(Step(1e-4), to="C")
    shown = itemised(net)
    assert net.items == [] and [item.kind for item in shown.items] == ["generator"] * 2
    assert [link.item for link in shown.stimuli] == ["STIM1", "STIM1", "STIM2"]
    assert [(s.stimulus, s.i_neuron) for s in shown.stimuli] == [(s.stimulus, s.i_neuron) for s in net.stimuli]
    assert itemised(shown).to_dict() == shown.to_dict()
    assert unplug_item(shown, "STIM2", 2, 1), "a current goes into the membrane, wherever its wire was dropped"


@pytest.mark.parametrize("level", [0.01, 0.25, 1.0])
def test_light_becomes_pulses_in_proportion(level: float) -> None:
    assert 1 / light_stimulus(level).interval == pytest.approx(level * BRIGHTEST)
    assert light_level(light_stimulus(level)) == pytest.approx(level)


def test_the_dark_is_silent_and_brightness_ends_at_one() -> None:
    assert light_stimulus(0.0).times == () and light_level(light_stimulus(0.0)) == 0.0 == light_level(Manual())
    with pytest.raises(ParameterError, match="from 0 to 100 %, not to 120 %"):
        light_stimulus(1.2)
