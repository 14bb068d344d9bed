"""Networks: what goes into a description comes out of it, and what is wrong is said."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.errors import FormatError, LuiError, NetworkError, ParameterError
from luiapp.model.lui import KNOBS, knob
from luiapp.model.network import NEURONS, Network
from luiapp.model.stimulus import HandDrawn, Noise, Poisson, Ramp, Sine, Step, Train, spike_train, stimulus_from_dict
from luiapp.texts import set_language

NUMBER = st.floats(-1e3, 1e3)
TIME = st.floats(0, 1e3)
STIMULI = st.one_of(
    st.lists(TIME, max_size=5).map(spike_train),
    st.builds(Poisson, TIME, st.integers(0, 2**32), TIME, st.one_of(TIME, st.just(math.inf))),
    st.builds(Step, NUMBER, TIME),
    st.builds(Ramp, NUMBER, NUMBER, TIME, TIME),
    st.builds(Sine, NUMBER, TIME, NUMBER, NUMBER),
    st.builds(Train, st.floats(0.1, 9), st.just((0.0, 0.05)), TIME, TIME, st.floats(0, 1), st.integers(0, 2**32)),
    st.builds(HandDrawn, st.lists(NUMBER, min_size=1, max_size=4).map(tuple), st.floats(1e-4, 1), TIME, st.booleans()),
    st.builds(Noise, TIME, NUMBER, st.floats(1e-4, 1.0), st.integers(0, 2**32)),
)
EXTRA = st.dictionaries(
    st.text("xyz", min_size=1).map("later_".__add__), st.integers() | st.text() | st.none(), max_size=2
)


@st.composite
def networks(draw: Any) -> Network:
    model = draw(st.sampled_from(list(NEURONS)))
    net = Network(model=model, name=draw(st.text()), extra=draw(EXTRA))
    for _ in range(draw(st.integers(0, 4))):
        chosen = draw(st.lists(st.sampled_from(net.kind.parameters), max_size=3, unique=True))
        values = {p.name: draw(st.floats(p.low, p.high)) for p in chosen}
        position = draw(st.none() | st.tuples(NUMBER, NUMBER))
        net._neuron_extra[net.neuron(position=position, **values).index].update(draw(EXTRA))
    if net.n_neurons:
        index = st.integers(0, net.n_neurons - 1)
        for _ in range(draw(st.integers(0, 5))):
            net.connect(draw(index), draw(index), synapse=draw(st.integers(0, net.kind.n_synapses - 1)),
                        weight=draw(NUMBER), delay=draw(TIME))  # fmt: skip
        for _ in range(draw(st.integers(0, 3))):
            net.stimulus(draw(STIMULI), to=draw(index), synapse=draw(st.integers(0, 1)), weight=draw(NUMBER))
        for _ in range(draw(st.integers(0, 3))):
            net.probe(draw(index), draw(st.sampled_from([name for name, _ in net.kind.probes])))
    return net


@settings(deadline=None)
@given(networks())
def test_a_description_is_read_back(net: Network) -> None:
    data = net.to_dict()
    text = json.dumps(data, allow_nan=False)
    again = Network.from_dict(json.loads(text))
    assert again.to_dict() == data
    for name in (p.name for p in net.kind.parameters):
        assert again.parameter(name).tobytes() == net.parameter(name).tobytes()
    assert again.stimuli == net.stimuli and again.probes == net.probes and again.positions == net.positions
    for column in ("pre", "post", "synapse", "weight", "delay"):
        assert getattr(again.connections, column).tobytes() == getattr(net.connections, column).tobytes()
    assert data.items() >= net.extra.items()


@settings(deadline=None)
@given(networks(), st.recursive(st.none() | st.integers() | st.text(max_size=3), st.lists), st.randoms())
def test_a_broken_description_is_refused_or_read(net: Network, wrong: Any, random: Any) -> None:
    data = json.loads(json.dumps(net.to_dict()))
    part = data
    while isinstance(part, dict | list) and len(part):
        key = random.choice(list(part) if isinstance(part, dict) else range(len(part)))
        if not isinstance(part[key], dict | list) or not part[key] or random.random() < 0.3:
            part[key] = wrong
            break
        part = part[key]
    try:
        Network.from_dict(data)
    except LuiError as error:
        assert len(str(error)) > 10  # it renders


def test_a_copy_is_independent() -> None:
    net = Network()
    a = net.neuron(v_leak=0.1)
    other = net.copy()
    other.set_parameter(0, "v_leak", 0.2)
    other.connect(0, 0)
    other.neuron()
    assert (net.parameter("v_leak")[a.index], len(net.connections), net.n_neurons) == (0.1, 0, 1)


def test_names() -> None:
    net = Network()
    net.neurons(3)
    net.neuron("N5")
    assert net.names == ["N1", "N2", "N3", "N5"]
    assert net.neuron().name == "N6"  # N5 is taken
    net.rename(0, "first")
    assert net.index("first") == 0
    assert net.neuron("N1").index == 5  # free again
    with pytest.raises(NetworkError, match="already a neuron called 'first'"):
        net.rename(1, "first")
    net.rename(1, "N2")  # its own


def test_reading_is_not_quadratic() -> None:
    """Time per neuron must not grow with the number of neurons; counted in look-ups, not in seconds."""

    class Counted(str):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Counted.compared += 1
            return str.__eq__(self, other)

        __hash__ = str.__hash__

    net = Network()
    for k in range(1000):
        net.neuron(Counted(f"cell {k}"))
    assert Counted.compared < 5000


def _net() -> Network:
    net = Network()
    net.neurons(2)
    return net


FAULTS: list[tuple[Any, type[LuiError], list[str]]] = [
    (lambda: Network(model="hh"), NetworkError, ["'hh'", "lif, lui"]),
    (lambda: Network(synapse_shape="box"), NetworkError, ["'box'", "exponential, alpha, delta"]),
    (lambda: _net().neuron("N1"), NetworkError, ["'N1'"]),
    (lambda: _net().neuron(tau_mem=0.0), ParameterError, ["tau_mem", "1e-06", "1000 s", " 0"]),
    (lambda: _net().neuron(tau_mem=math.nan), ParameterError, ["tau_mem", "nan"]),
    (lambda: _net().neuron(colour=1.0), ParameterError, ["'lif'", "'colour'", "tau_mem, tau_syn"]),
    (lambda: _net().neurons(0), NetworkError, ["at least one", "0"]),
    (lambda: _net().neurons(2, v_leak=[0.0, 2e3]), ParameterError, ["v_leak", "2000", "1000 V"]),
    (lambda: _net().neurons(2, colour=1.0), ParameterError, ["'colour'"]),
    (lambda: _net().connect(0, 2), NetworkError, ["neuron 2", "there are 2"]),
    (lambda: _net().connect(-1, 0), NetworkError, ["neuron -1"]),
    (lambda: _net().connect(0, 1, synapse=2), NetworkError, ["synapse 2", "has 2"]),
    (lambda: _net().connect(0, 1, weight=math.inf), NetworkError, ["weight", "finite"]),
    (lambda: _net().connect(0, 1, delay=-1e-3), NetworkError, ["delay", "not negative"]),
    (lambda: _net().disconnect(0), NetworkError, ["connection 0", "there are 0"]),
    (lambda: _net().stimulus(spike_train([0.1]), to=5), NetworkError, ["neuron 5", "there are 2"]),
    (lambda: _net().stimulus(spike_train([0.1]), to=0, synapse=2), NetworkError, ["synapse 2", "has 2"]),
    (lambda: _net().stimulus(spike_train([0.1]), to=0, weight=math.nan), NetworkError, ["weight"]),
    (lambda: _net().probe(0, "colour"), NetworkError, ["'colour'", "membrane, synapse"]),
    (lambda: _net().parameter("colour"), ParameterError, ["'colour'"]),
    (lambda: _net().set_parameter(0, "v_leak", 1e9), ParameterError, ["v_leak", "1e+09"]),
    (lambda: _net().index("Bob"), NetworkError, ["'Bob'"]),
    (lambda: Network.from_dict({"format": "x"}), FormatError, ["'luiapp-network'"]),
    (lambda: Network.from_dict({"format": "luiapp-network", "version": 99}), FormatError, ["version 99", "up to 1"]),
    (lambda: Network.from_dict({**_net().to_dict(), "connections": [{"from": 0}]}), FormatError, ["'to'"]),
    (lambda: Network.from_dict({**_net().to_dict(), "neurons": 3}), FormatError, ["malformed"]),
    (lambda: spike_train([-1.0]), ParameterError, ["not negative"]),
    (lambda: spike_train([1.0], width=0.0), ParameterError, ["0 s"]),
    (lambda: stimulus_from_dict({"kind": "laser"}), FormatError, ["'laser'", "spike_train, train, poisson"]),
    (lambda: stimulus_from_dict({"kind": "ramp", "first": 0}), FormatError, ["'ramp'", "last"]),
    (lambda: stimulus_from_dict({"kind": "step", "amplitude": "much"}), FormatError, ["'step'", "much"]),
    (lambda: knob("w9"), ParameterError, ["'w9'", "leak, tau_mem, tau_syn, w1"]),
    (lambda: KNOBS[0].ohms(101), ParameterError, ["leak", "101 %", "100 %"]),
]  # fmt: skip


@pytest.mark.parametrize(("do", "kind", "facts"), FAULTS)
def test_faults_name_the_thing_and_the_limit(do: Any, kind: type[LuiError], facts: list[str]) -> None:
    with pytest.raises(kind) as caught:
        do()
    for fact in facts:
        assert fact in str(caught.value)
    assert not re.search(r"[{}]", str(caught.value))


@given(st.sampled_from(KNOBS), st.floats(0, 100))
def test_knobs_turn_both_ways(one: Any, percent: float) -> None:
    assert one.percent(one.ohms(percent)) == pytest.approx(percent, abs=1e-9)
    assert one.ohms(0) == (one.track if one.reversed else 0)


def test_german() -> None:
    set_language("de")
    with pytest.raises(NetworkError, match="ein Neuron namens „N1“ gibt es schon"):
        _net().neuron("N1")


def test_names_serve_wherever_an_index_does() -> None:
    nets = []
    for a, b in ((0, 1), ("A", "B")):
        net = Network()
        net.neuron("A", tau_mem="20 ms", r_leak="1 MΩ")
        net.neuron("B")
        net.connect(a, b, weight=0.5)
        net.connect([a, b], [b, b], weight=[1.0, 2.0])
        net.stimulus(spike_train([0.1]), to=a, weight=1.0)
        net.probe(b)
        net.probe([a, b], "membrane")
        net.set_parameter(b, "tau_mem", 0.02)
        nets.append(net.to_dict())
    assert nets[0] == nets[1]
    assert nets[0]["neurons"][0]["parameters"]["r_leak"] == 1e6
    with pytest.raises(NetworkError, match="no neuron called 'C'"):
        net.connect("A", "C")
    with pytest.raises(ParameterError, match="must be in s"):
        net.neuron("C", tau_mem="3 V")


def test_a_network_says_what_it_is_in_one_line() -> None:
    net = Network(name="two")
    net.connect(net.neuron("A"), net.neuron("B"))
    assert repr(net) == "<Network 'two': 2 'lif' neurons, 1 connections, 0 stimuli, 0 probes>"
