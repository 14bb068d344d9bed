"""One dialogue, three devices: the adapter in Python, the core as a program, and the real image in simavr.

What a device owes is in firmware/PROTOCOL.md; each law here names a sentence of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from devices import Talk, device, lacking

from luiapp.link import messages as msg
from luiapp.link.adapter_intake import EDGE
from luiapp.link.frames import encode
from luiapp.link.requests import Refusal

KINDS = ("virtual", "native", "simavr")


@pytest.fixture(params=KINDS)
def talk(request: pytest.FixtureRequest, tmp_path) -> Iterator[Talk]:
    kind = request.param
    if missing := lacking(kind):
        pytest.skip(f"needs {missing}")
    build = request.getfixturevalue("build") if kind != "virtual" else None
    with device(kind, build, tmp_path) as client:
        one = Talk(client())
        yield one
        one.adapter.close()


def sets(talk: Talk) -> tuple[np.ndarray, np.ndarray]:
    """(n,) indices of sets, and (n,) ticks at which they were taken, from `Samples`."""
    index, ticks = [], []
    for block in talk.all(msg.Samples):
        assert len(block.codes) == 2 * block.n_sets * bin(block.mask).count("1")
        index += range(block.set_index, block.set_index + block.n_sets)
        ticks += [block.t0 + k * 2000 for k in range(block.n_sets)]
    return np.array(index), np.array(ticks)


def test_it_says_what_it_is(talk):
    info = talk.adapter.info
    assert (info.proto, info.n_adc, info.adc_bits, info.n_spike, info.n_stim, info.tick_hz) == (
        1,
        8,
        10,
        8,
        24,
        2_000_000,
    )
    assert info.vref_uv == 2_500_000 and not info.flags & 1
    assert talk.adapter.is_virtual == (info.board == 99)


def test_eight_membranes_at_a_kilohertz_without_a_loss(talk):
    talk.adapter.send(msg.Start(1000, 0xFF, 3, 0))
    talk.wait(msg.Ack)
    talk.listen(3.0)
    index, ticks = sets(talk)
    assert len(index) > 2000
    np.testing.assert_array_equal(index, np.arange(len(index)))  # none lost, none twice
    np.testing.assert_allclose(np.diff(ticks), 2000, atol=2)  # 1 ms, to a µs
    assert all(max(np.frombuffer(block.codes, "<u2")) < 1024 for block in talk.all(msg.Samples))
    status = talk.status()
    assert (status.lost_sets, status.overruns, status.lost_frames, status.lost_spikes, status.bad_rx) == (0,) * 5
    assert status.running and status.mask == 0xFF and talk.adapter.counters.lost_frames == 0


def test_only_the_channels_asked_for_come_and_stop_stops(talk):
    talk.adapter.send(msg.Start(2000, 0b10100, 1, 0))
    talk.listen(1.0)
    blocks = talk.all(msg.Samples)
    assert blocks and all(block.mask == 0b10100 and len(block.codes) == 4 * block.n_sets for block in blocks)
    assert not talk.all(msg.Spikes)
    talk.ask(msg.Stop(), msg.Ack)
    talk.listen(0.1)
    talk.heard.clear()
    talk.listen(0.3)
    assert not talk.all(msg.Samples)


def test_an_impossible_rate_is_refused_and_the_possible_one_told(talk):
    no = talk.ask(msg.Start(200, 0xFF, 1, 0), Refusal)
    assert (no.request, no.code, no.detail) == (msg.Start.ID, 4, 500)
    talk.adapter.send(msg.Start(no.detail, 0xFF, 1, 0))
    talk.wait(msg.Ack)
    talk.listen(1.0)
    index, _ = sets(talk)
    assert len(index) > 1500 and np.array_equal(index, np.arange(len(index)))  # twice the usual rate, nothing lost


def test_a_pulse_is_as_wide_as_asked_for_and_its_times_are_told(talk):
    talk.adapter.send(msg.Start(1000, 1, 1, 0))
    talk.adapter.send(msg.Stim(3 * 6 + 1, 1590, 5, 500, 0))
    done = [talk.wait(msg.StimDone) for _ in range(5)]
    rise = np.array([one.t_rise for one in done]) / 2e6
    width = np.array([one.t_fall - one.t_rise for one in done]) / 2e6
    assert [one.line for one in done] == [19] * 5 and [one.n_left for one in done] == [4, 3, 2, 1, 0]
    np.testing.assert_allclose(width, 15.9e-3, atol=100e-6)
    np.testing.assert_allclose(np.diff(rise), 50e-3, atol=100e-6)
    assert talk.status().stim_active == 0


def test_a_stimulus_moves_the_membrane_of_its_board(talk):
    """Line 3·6: board 7, which is driven by nobody else."""
    talk.adapter.send(msg.Start(1000, 1 << 6, 1, 0))
    talk.listen(0.5)
    before = np.frombuffer(talk.all(msg.Samples)[-1].codes, "<u2")[-1]
    talk.heard.clear()
    talk.adapter.send(msg.Stim(3 * 6, 1590, 1, 0, 0))
    talk.listen(0.4)
    after = np.concatenate([np.frombuffer(block.codes, "<u2") for block in talk.all(msg.Samples)]).astype(int)
    assert after.max() > before + 20


def test_spikes_have_both_edges_a_pulse_apart(talk):
    talk.adapter.send(msg.Start(1000, 1, 3, 0))
    talk.listen(2.5)
    edges = np.frombuffer(b"".join(one.edges for one in talk.all(msg.Spikes)), EDGE)
    first = edges[edges["edge"] & 0x1F == 0]
    rises, falls = (first["t"][first["edge"] >> 7 == level].astype(float) / 2e6 for level in (1, 0))
    assert len(rises) >= 3
    pairs = [(r, min(f for f in falls if f > r)) for r in rises[:-1]]
    np.testing.assert_allclose([f - r for r, f in pairs], 15.9e-3, atol=0.3e-3)
    # The membrane of board 1 is at its reset level while its spike lasts.
    blocks = talk.all(msg.Samples)
    t0 = np.array([block.t0 for block in blocks]) / 2e6
    at = np.searchsorted(t0, pairs[0][0] + 0.008) - 1
    codes = np.frombuffer(blocks[at].codes, "<u2")
    assert codes.min() < 400


def test_an_endless_train_goes_on_until_told_otherwise(talk):
    talk.adapter.send(msg.Stim(4, 500, 0xFFFF, 100, 0))
    talk.listen(0.5)
    assert talk.status().stim_active == 1 << 4
    talk.ask(msg.Stim(4, 500, 0, 0, 0), msg.Ack)
    talk.listen(0.1)
    talk.heard.clear()
    talk.listen(0.2)
    assert not talk.all(msg.StimDone) and talk.status().stim_active == 0


def test_a_silent_host_ends_the_stimuli(talk):
    talk.ask(msg.Stim(7, 500, 0xFFFF, 100, 0), msg.Ack)
    wire, talk.adapter._wire = talk.adapter._wire, None  # nobody pings
    until = time.monotonic() + 4.0
    while time.monotonic() < until:
        wire.read()
        time.sleep(0.01)
    talk.adapter._wire = wire
    status = talk.status()
    assert status.stim_active == 0 and status.watchdog == 1


@pytest.mark.parametrize(
    ("message", "code", "detail"),
    [
        (msg.Stim(3, 1000, 2, 100, 0), 3, 4),  # pulses longer than their period
        (msg.CalibrationSet(0xFF, 0, 100), 3, 3),  # a reference of 0.1 mV
        (msg.CalibrationSet(9, 0, 0), 3, 1),
    ],
)  # fmt: skip
def test_nonsense_is_refused_by_name(talk, message, code, detail):
    no = talk.ask(message, Refusal)
    assert (no.request, no.code, no.detail) == (message.ID, code, detail)


def test_a_message_unknown_short_or_out_of_range_is_refused(talk):
    for kind, body, code in ((0x7F, b"", 1), (msg.Start.ID, b"\1\2", 2), (msg.Stim.ID, bytes((24,)) + bytes(11), 3)):
        talk.adapter._write(kind, 9, body)
        no = talk.wait(Refusal)
        assert (no.request, no.code) == (kind, code)


def test_broken_frames_are_counted_and_what_follows_is_obeyed(talk):
    before = talk.status().bad_rx
    raw = bytearray(encode(msg.StatusGet.ID, 0, b""))
    raw[2] ^= 0x40
    talk.adapter._wire.write(bytes(raw) + b"\x05" * 100 + b"\0")
    assert talk.status().bad_rx == before + 2


def test_identity_and_calibration_are_kept_but_not_changed_while_streaming(talk):
    uid, label = b"\1\2\3\4\5\6\7\x08", "Nänö".encode().ljust(12, b"\0")
    talk.ask(msg.SetId(uid, label), msg.Ack)
    talk.ask(msg.CalibrationSet(2, -1500, 3300), msg.Ack)
    talk.ask(msg.CalibrationSet(0xFF, 0, 2_512_000), msg.Ack)
    got = talk.ask(msg.CalibrationGet(2), msg.Calibration)
    assert (got.channel, got.gain_ppm, got.offset_uv) == (2, -1500, 3300)
    talk.adapter.send(msg.Reset())
    until = time.monotonic() + 5
    while talk.adapter.counters.restarts == 0 or talk.adapter.state != "ready":
        assert time.monotonic() < until
        talk.listen(0.02)
    assert talk.adapter.info.uid == uid and talk.adapter.label == "Nänö" and talk.adapter.info.vref_uv == 2_512_000
    assert talk.ask(msg.CalibrationGet(2), msg.Calibration).offset_uv == 3300
    talk.ask(msg.Start(1000, 1, 1, 0), msg.Ack)
    assert talk.ask(msg.SetId(uid, label), Refusal).code == 5
    assert talk.ask(msg.SelfTest(), Refusal).code == 5


def test_a_newer_host_alone_is_refused(talk):
    talk.adapter._write(msg.Hello.ID, 0, bytes((2, 9)))
    no = talk.wait(Refusal)
    assert (no.code, no.detail) == (6, 1)


def test_hello_ends_the_stream_and_the_stimuli(talk):
    talk.ask(msg.Start(1000, 1, 1, 0), msg.Ack)
    talk.ask(msg.Stim(0, 500, 0xFFFF, 100, 0), msg.Ack)
    n = talk.adapter.n_sessions
    talk.adapter.send(msg.Hello(1, 1))
    while talk.adapter.n_sessions == n:
        talk.listen(0.02)
    status = talk.status()
    assert not status.running and status.stim_active == 0


def test_the_clock_is_the_computers_within_a_simulators_pace(talk):
    talk.listen(6.0)
    clock = talk.adapter.device_clock
    assert 0 <= clock.round_trip < 0.2
    assert abs(clock.drift_ppm) < 5000  # a simulation on a busy computer; a real one shows its resonator
    assert clock.host_time(talk.status().now) == pytest.approx(time.monotonic(), abs=0.2)
