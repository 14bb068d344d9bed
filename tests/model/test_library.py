"""Every example is one that a table could hold, and is told in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.errors import NetworkError, ParameterError
from luiapp.model.library import EXAMPLES, GROUPS
from luiapp.model.library.claims import Circles, Delays, Fires, Follows, Rate
from luiapp.model.library.memory import Bursts, TurnsOn
from luiapp.model.library.morse import CODE, Reads, morse_times, read_morse
from luiapp.model.lui import knob
from luiapp.model.network import Network
from luiapp.model.wiring import Cable, cables, crowded, refused, settings
from luiapp.texts import set_language, tr


def trains(**times: list[float]) -> dict[str, np.ndarray]:
    return {name: np.array(values, np.float64) for name, values in times.items()}


@pytest.mark.parametrize("key", EXAMPLES)
def test_one_source_a_dendrite(key: str) -> None:
    assert crowded(EXAMPLES[key].build()) == []


@pytest.mark.parametrize("key", EXAMPLES)
def test_the_network_is_named_and_grouped_and_silence_breaks_a_claim(key: str) -> None:
    one = EXAMPLES[key]
    net = one.build()
    assert net.name == one.key == key and one.group in GROUPS
    assert one.claims and one.duration > 0
    assert one.faults({name: np.empty(0) for name in net.names}), "a dead circuit can't pass"


@pytest.mark.parametrize("key", EXAMPLES)
def test_title_and_text_are_told_in_german(key: str) -> None:
    one = EXAMPLES[key]
    english = one.title, one.about
    set_language("de")
    try:
        assert tr(one.about) != english[1] and tr(GROUPS[one.group]) != GROUPS[one.group]
    finally:
        set_language("en")


def test_cables_and_settings_tell_the_circuit() -> None:
    net = EXAMPLES["and"].build()
    assert cables(net) == [Cable("", "A", 1), Cable("", "B", 1), Cable("A", "OUT", 1), Cable("B", "OUT", 2)]
    out = settings(net)[2]
    assert out.name == "OUT" and out.used == (True, True, False) and out.signs == (1, 1, 1)
    for name, percent in out.percent.items():
        one = knob(name)
        assert one.ohms(percent) == pytest.approx(net.parameter(one.parameter)[2])
    assert out.percent["leak"] == pytest.approx(46) and out.percent["w1"] == pytest.approx(98)


def test_two_sources_at_a_dendrite_are_seen() -> None:
    net = EXAMPLES["and"].build()
    net.connect("B", "OUT", synapse=0)
    assert crowded(net) == [("OUT", 1)]
    with pytest.raises(NetworkError, match="only a network of Lu"):
        cables(Network())


def test_a_claim_about_numbers() -> None:
    claim = Fires("A", 1.0, 2.0, 1, 2)
    assert claim(trains(A=[0.5, 1.0, 1.9, 2.0])) == []
    assert "fired 0 times between 1 s and 2 s; expected: 1 to 2" in claim(trains(A=[0.5, 2.0]))[0]
    assert "3 or more" in Fires("A", 1.0, 2.0, 3)(trains(A=[]))[0]


def test_a_claim_about_followers() -> None:
    claim = Follows("A", "B", until=1.0)
    assert claim(trains(A=[0.1, 0.5, 1.2], B=[0.12, 0.52])) == []
    for b in ([0.12], [0.12, 0.7], [0.12, 0.52, 0.54], [0.1, 0.52]):
        assert claim(trains(A=[0.1, 0.5, 1.2], B=b)), b


def test_a_claim_about_circles() -> None:
    claim = Circles(("A", "B", "C"), 0.0, 1.0)
    assert claim(trains(A=[0.1, 0.7], B=[0.3, 0.9], C=[0.5])) == []
    assert "dies" in claim(trains(A=[0.1], B=[0.3], C=[]))[0]
    assert claim(trains(A=[0.1, 0.7], B=[0.5], C=[0.3]))


def test_claims_about_rates_pauses_and_bursts() -> None:
    assert Rate("A", 1.0, 3.0)(trains(A=[0.0, 0.5, 1.0])) == []
    assert Rate("A", 1.0, 3.0)(trains(A=[0.0, 0.1, 0.2])) and Rate("A", 1.0, 3.0)(trains(A=[0.0, 0.2, 1.0]))
    delays = Delays("A", "B", pause=0.2)
    assert delays(trains(A=[1.0, 2.0, 3.0], B=[0.9, 1.3, 2.3])) == []
    assert delays(trains(A=[1.0, 2.0, 3.0], B=[0.9, 1.1, 2.3]))
    bursts = Bursts("A", "B", most=3, factor=2.0)
    ends = [0.0, 1.0, 2.0, 3.0]
    assert bursts(trains(A=[0.7, 0.8, 0.9, 1.7, 1.8, 2.7, 2.8], B=ends)) == []
    assert bursts(trains(A=[0.1, 0.8, 0.9, 1.7, 1.8, 2.7, 2.8], B=ends))


def test_a_claim_about_a_ring_that_is_turned() -> None:
    claim = TurnsOn(("A", "B", "C"), 1.0, 4.0, settle=0.4, least=2)
    inside = [[k + x for x in (0.5, 0.7, 0.9)] for k in range(4)]
    assert claim(trains(A=[0.1, *inside[0], 3.2, *inside[3]], B=inside[1], C=inside[2])) == [], "restless after a turn"
    assert "one board alone" in claim(trains(A=inside[0] + inside[3], B=inside[1], C=[*inside[2], 1.8]))[0]
    assert "from each board to the next: A C B A" in claim(trains(A=inside[0] + inside[3], B=inside[2], C=inside[1]))[0]


@given(st.text(sorted(CODE), min_size=1, max_size=12), st.floats(0, 10))
def test_morse_is_read_as_it_was_sent(word: str, start: float) -> None:
    assert read_morse(morse_times(word, start=start)) == word


def test_morse_that_was_disturbed_is_read_otherwise() -> None:
    times = morse_times("LUI")
    assert Reads("A", "LUI")(trains(A=times)) == []
    assert "'LUI' was sent" in Reads("A", "LUI")(trains(A=times[1:]))[0]
    with pytest.raises(ParameterError, match="no Morse for 'Ä'"):
        morse_times("Ä")


def test_a_dendrite_takes_one_wire_and_the_refusal_names_the_way_out() -> None:
    net = Network(model="lui")
    for name in ("A", "B", "C", "D", "OUT"):
        net.neuron(name)
    net.connect("A", "OUT", synapse=1)
    assert refused(net, 1, 4, 0) is None and refused(net, 0, 4, 1) is None, "free, or the same wire once more"
    assert str(refused(net, 1, 4, 1)) == ("Dendrite 2 of 'OUT' already has a wire from 'A'; use dendrite 1 or 3, "
                                          "or join the wires with a helper neuron")  # fmt: skip
    net.connect("B", "OUT", synapse=0)
    assert "use dendrite 3, or join" in str(refused(net, 2, 4, 0))
    net.connect("C", "OUT", synapse=2)
    assert "All three dendrites of 'OUT' have a wire" in str(refused(net, 3, 4, 0))
    lif = Network()
    lif.neurons(3)
    lif.connect(0, 2)
    assert refused(lif, 1, 2, 0) is None
