"""Boards behind adapters as a rig: columns, times, stimuli by wire, and ports told apart by what answers."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import numpy as np
import pytest
from board_pty import FakeBoard
from hypothesis import given
from hypothesis import strategies as st

from luiapp.data.chunk import Chunk, Event
from luiapp.errors import LuiError, ParameterError, RigError
from luiapp.link.messages import CalibrationGet
from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network
from luiapp.rigs.adapter import AdapterRig, open_adapter, parse_adapters
from luiapp.rigs.board import BoardRig
from luiapp.rigs.boards import open_boards
from luiapp.rigs.registry import open_rig
from luiapp.rigs.virtual import table, virtual_adapter
from luiapp.stream.source import Kick, Mark, Pulse, SetParameter


@pytest.fixture
def rig() -> Iterator[AdapterRig]:
    with contextlib.closing(open_adapter("virtual")) as one:
        yield one


def read(rig: AdapterRig, n_samples: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    until = time.monotonic() + 30
    while sum(chunk.n_samples for chunk in chunks) < n_samples:
        assert time.monotonic() < until
        chunk = rig.source.read(0.5)
        if chunk is not None:
            chunks.append(chunk)
    return chunks


def events(chunks: list[Chunk], kind: str) -> list[Event]:
    return [event for chunk in chunks for event in chunk.events if event.kind == kind]


def test_samples_follow_each_other_and_spikes_lie_at_the_resets(rig):
    chunks = [chunk for chunk in read(rig, 1500) if chunk.n_samples]
    assert [chunk.i_first for chunk in chunks] == list(np.cumsum([0, *(c.n_samples for c in chunks[:-1])]))
    assert chunks[0].layout.neurons == tuple(f"N{k}" for k in range(1, 9)) and chunks[0].layout.dt == 1e-3
    v = np.concatenate([chunk.samples for chunk in chunks])
    spikes = [(t, n) for c in chunks for t, n in zip(c.spike_times, c.spike_neurons, strict=True)]
    assert {n for _, n in spikes} == {0, 1, 2, 3, 4}  # the chain; the other three are quiet
    for t, n in spikes[:-5]:
        i = int(t / 1e-3)
        assert v[max(i - 1, 0) : i + 2, n].max() > 1.35 and v[i + 5, n] < 0.6  # from the threshold to the floor
    for chunk in chunks:
        begin, end = chunk.i_first * 1e-3, chunk.i_end * 1e-3
        assert all(begin - 0.02 <= t < end for t in chunk.spike_times)


def test_a_pulse_goes_by_wire_and_comes_back_with_its_true_time(rig):
    before = read(rig, 800)
    v_before = before[-1].samples[-1, 6]
    rig.send(Pulse(6, 1))
    chunks = read(rig, 400)
    (pulse,) = events(chunks, "pulse")
    assert (pulse.target, pulse.name, pulse.value) == ("N7", "1", pytest.approx(15.9e-3, abs=2e-4))
    v = np.concatenate([chunk.samples[:, 6] for chunk in chunks if chunk.n_samples])
    first = next(chunk.i_first for chunk in chunks if chunk.n_samples)
    i = round(pulse.time / 1e-3) - first
    assert abs(v[max(0, i - 3) : i].mean() - v_before) < 0.02  # nothing before it
    assert np.abs(v[i + 16 : i + 80] - v_before).max() > 0.05  # and the membrane moves after it


def test_trains_go_on_until_told(rig):
    read(rig, 300)
    rig.stimulate(5, 0, n=4, period=0.05, width=5e-3)
    times = [event.time for event in events(read(rig, 500), "pulse")]
    np.testing.assert_allclose(np.diff(times), 0.05, atol=2e-4)
    assert len(times) == 4


@pytest.mark.parametrize(
    ("act", "what"),
    [
        (lambda rig: rig.send(Pulse(8, 0)), "no neuron 8; there are 8"),
        (lambda rig: rig.send(Pulse(0, 3)), "dendrites 0, 1 and 2, not 3"),
        (lambda rig: rig.send(Pulse(0, 0, width=1.0)), "655 ms by wire, not 1000 ms"),
        (lambda rig: rig.stimulate(0, 0, n=5, period=0.01), "more than their width, not 0.01 s"),
        (lambda rig: rig.stimulate(0, 0, n=70000), "65535 pulses, not 70000"),
        (lambda rig: rig.send(Kick(0)), "send a pulse instead"),
        (lambda rig: rig.send(SetParameter(0, "r_leak", 1e4)), "turn the trimmer by hand"),
        (lambda rig: rig.apply(Network.from_dict(nine())), "9 boards are wanted.*inputs for 8"),
    ],
)
def test_what_it_cannot_do_is_said(rig, act, what):
    read(rig, 100)
    with pytest.raises(RigError, match=what):
        act(rig)


def nine() -> dict:
    net = table()
    net.neuron(None)
    return net.to_dict()


def test_it_is_marked_as_virtual_and_well(rig):
    read(rig, 300)
    health = rig.health()
    assert rig.name == "Lu.i (virtual)" and rig.kind == "board" and health["virtual"] == 1
    assert health["missing"] == health["gaps"] == health["bad_frames"] == health["lost_sets"] == 0
    assert rig.port_states()[0].state == "reading"
    assert [step.name for step in rig.apply(EXAMPLES["pair"].build())].count("wire") == 1


def test_a_name_and_a_self_test_cost_a_short_gap_and_no_more(rig):
    read(rig, 2500)
    rig.rename("Hugo")
    rig.test()
    chunks = read(rig, 800)
    assert rig.name == "Hugo (virtual)" and rig.source.intakes[0].self_test.vref_mv == 2500
    assert sum(event.value for event in events(chunks, "gap")) < 400 and rig.health()["missing"] < 400
    with pytest.raises(ParameterError, match=r"1 to 12 bytes.*'a name of many letters'"):
        rig.rename("a name of many letters")


def test_two_adapters_share_one_time():
    one, other = virtual_adapter(uid=b"A", label="left"), virtual_adapter(uid=b"B", label="right")
    with contextlib.closing(AdapterRig([one, other], [2, 3])) as rig:
        chunks = read(rig, 1500)
        rig.send(Mark(4))
        rig.send(Pulse(3, 0))
        more = read(rig, 600)
        last = more[-1].layout.neurons
    assert last == ("left N1", "left N2", "right N1", "right N2", "right N3")
    v = np.concatenate([c.samples for c in chunks[len(chunks) // 2 :] if c.n_samples and c.samples.shape[1] == 5])
    assert np.isfinite(v).all(1).mean() > 0.5  # a busy computer lets one of the two wait at times
    (pulse,) = events(more, "pulse")
    assert pulse.target == "right N2" and events(more, "marker")[0].value == 4


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "a port is missing"),
        ("a,,b", "a port is missing in 'a,,b'"),
        ("a#9", "'9' is not a number of boards.*a#3"),
        ("a#x", "'x' is not a number of boards"),
        ("a,a#2", "a is named twice"),
        (",".join("abcdefghi"), "at most 8 adapters.*9"),
    ],
)
def test_a_text_that_names_no_adapters(text, what):
    with pytest.raises(ParameterError, match=what):
        parse_adapters(text)


@given(st.text(max_size=30))
def test_any_text_names_adapters_or_says_why_not(text):
    try:
        specs = parse_adapters(text)
        assert 1 <= len(specs) <= 8 and all(1 <= one.n_boards <= 8 and one.path for one in specs)
    except LuiError as error:
        assert str(error)


def test_the_registry_knows_it():
    with contextlib.closing(open_rig("board:virtual#3")) as rig:
        assert len(read(rig, 50)[-1].layout.neurons) == 3


def test_a_sketch_is_read_as_lines_and_its_port_is_opened_once():
    with FakeBoard() as board, contextlib.closing(open_boards(board.path)) as rig:
        assert type(rig) is BoardRig
        chunks = read(rig, 100)
    assert np.isfinite(chunks[-1].samples).all() and rig.health()["reconnects"] == 0


def test_a_port_that_is_not_there_is_waited_for():
    with contextlib.closing(open_boards("/dev/ttyNothing")) as rig:
        assert type(rig) is BoardRig
        (told,) = events([rig.source.read(0.5)], "link")
        assert told.name == "missing" and rig.port_states()[0].state == "waiting"


def test_the_supply_of_each_board_that_fires_is_told(rig):
    read(rig, 2500)
    vdd = rig.source.supply.vdd
    np.testing.assert_allclose(vdd[:5], 3.0, rtol=0.015)  # the chain fires, from fresh cells
    assert np.isnan(vdd[5:]).all()


def membrane(rig: AdapterRig, i: int) -> float:
    """Mean of the next half second [V]."""
    return float(np.concatenate([chunk.samples for chunk in read(rig, 500) if chunk.n_samples])[:, i].mean())


def test_a_board_is_put_right_by_a_meter_and_stays_so_after_a_restart(rig):
    shown = membrane(rig, 6)
    rig.calibrate(6, shown, shown + 0.031)
    read(rig, 200)  # sampled before
    assert membrane(rig, 6) == pytest.approx(shown + 0.031, abs=2e-3)
    shown = membrane(rig, 6)
    rig.calibrate(6, shown, shown - 0.011)  # on top of the first
    read(rig, 200)
    assert membrane(rig, 6) == pytest.approx(shown - 0.011, abs=2e-3)
    intake = rig.source.intakes[0]
    assert intake.calibration[6][1] == pytest.approx(0.020, abs=2e-3)
    intake.calibration.clear()
    rig.source.adapters[0].send(CalibrationGet(6))  # what the device remembers
    read(rig, 200)
    assert intake.calibration[6][1] == pytest.approx(0.020, abs=2e-3)
    rig.uncalibrate(6)
    read(rig, 200)
    assert intake.calibration[6] == (0.0, 0.0)


@pytest.mark.parametrize(("shown", "true", "what"), [
    (1.0, 1.6, "no matter of calibration"), (1.0, -0.1, "0 to 5 V"), (1.0, 7.0, "0 to 5 V"), (1.0, np.nan, "0 to 5 V"),
    (np.nan, 1.0, "sends nothing"),
])  # fmt: skip
def test_what_is_no_calibration_is_refused(rig, shown, true, what):
    read(rig, 10)
    with pytest.raises(ParameterError, match=what):
        rig.calibrate(0, shown, true)
    with pytest.raises(RigError):
        rig.calibrate(8, 1.0, 1.0)
