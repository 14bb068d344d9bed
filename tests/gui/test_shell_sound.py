"""Clicks at the right sample and pitch, and no way to hang on a sound card."""

from __future__ import annotations

import io
import threading
import time
import wave
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from luiapp.errors import RigError
from luiapp.gui import sound
from luiapp.gui.sound import CLICK, LATENCY, RATE, ClickTrack, Sound, click, pitch


@pytest.mark.parametrize("speed", [1.0, 0.5, 10.0])
def test_clicks_sound_at_the_right_sample(speed: float) -> None:
    track = ClickTrack()
    track.add([(4.98, 0), (5.00, 3)], now=5.0, speed=speed)
    block = track.take(RATE // 2).astype(float) / 32767
    expected = np.zeros(RATE // 2)
    for time_s, i_neuron in ((4.98, 0), (5.00, 3)):
        start = round((LATENCY + (time_s - 5.0) / speed) * RATE) if LATENCY + (time_s - 5.0) / speed > 0 else 0
        expected[start : start + round(CLICK * RATE)] += click(i_neuron)
    assert np.abs(block - np.tanh(expected)).max() < 1e-4
    assert np.abs(block).max() > 0.2


def test_blocks_join_without_a_seam() -> None:
    whole, parts = ClickTrack(), ClickTrack()
    for track in (whole, parts):
        track.add([(0.0, 2), (-0.01, 5)], now=0.0)
    together = np.concatenate([parts.take(441) for _ in range(20)])
    assert np.array_equal(together, whole.take(20 * 441))
    parts.take(RATE)
    assert not parts.take(RATE).any(), "what has been heard doesn't come again"
    parts.add([(0.0, 2)], now=0.0)
    parts.take(RATE)
    assert not parts.take(RATE).any()


@pytest.mark.parametrize("i_neuron", [0, 1, 7, 14, 15])
def test_the_pitch_of_a_click_is_its_neurons(i_neuron: int) -> None:
    samples = click(i_neuron).astype(float)
    spectrum = np.abs(np.fft.rfft(samples, 1 << 16))
    peak = np.argmax(spectrum) * RATE / (1 << 16)
    assert peak == pytest.approx(pitch(i_neuron), rel=0.03)
    assert abs(samples[0]) < 1e-6 and np.abs(samples[: RATE // 4000]).max() < 0.1, "it begins softly"


def test_neighbours_differ_and_loud_moments_do_not_clip() -> None:
    assert len({round(pitch(i)) for i in range(15)}) == 15
    track = ClickTrack()
    track.add([(0.0, 0)] * 1000, now=0.0)
    assert np.abs(track.take(RATE)).max() <= 32767


def test_old_and_far_spikes_are_harmless() -> None:
    track = ClickTrack()
    track.add([(-100.0, 0), (1e6, 1)], now=0.0, speed=0.0)
    assert len(track.take(10 * RATE)) == RATE


class Collect:
    def __init__(self) -> None:
        self.blocks: list[NDArray[np.int16]] = []
        self.closed = False

    def write(self, samples: NDArray[np.int16]) -> None:
        self.blocks.append(samples)

    def close(self) -> None:
        self.closed = True


def test_the_thread_plays_and_ends() -> None:
    output = Collect()
    player = Sound(lambda: output)
    player.add([(0.0, 0)], 0.0, 1.0)  # not running: nothing happens
    player.start()
    player.start()
    deadline = time.monotonic() + 5
    while np.abs(np.concatenate(output.blocks or [np.zeros(1)])).max() < 1000 and time.monotonic() < deadline:
        player.add([(0.0, 0)], 0.0, 1.0)
        time.sleep(0.02)
    assert np.abs(np.concatenate(output.blocks)).max() > 1000
    player.stop()
    assert output.closed and not player.running
    assert not [t for t in threading.enumerate() if t.name == "sound"]


def test_no_device_is_said_once() -> None:
    told: list[Exception] = []

    def none() -> Any:
        raise RigError("no sound device was found")

    player = Sound(none, failed=told.append)
    player.start()
    assert player._thread is not None
    player._thread.join(5)
    assert len(told) == 1 and not player.running
    player.stop()


def test_a_player_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Exception] = []
    player = Sound(lambda: sound._Pipe(["true"]), failed=told.append)
    player.start()
    assert player._thread is not None
    player._thread.join(5)
    assert told and isinstance(told[0], OSError)
    player.stop()


def test_where_there_is_nothing_to_play_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound.shutil, "which", lambda name: None)
    monkeypatch.setattr(sound.sys, "platform", "linux")
    monkeypatch.setattr(sound, "late", lambda name: (_ for _ in ()).throw(ImportError(name)))
    with pytest.raises(RigError):
        sound.find_output()


def test_blocks_are_whole_sounds_and_silence_is_skipped() -> None:
    played: list[bytes] = []
    output = sound._Blocks(played.append)
    output.write(np.zeros(100, np.int16))
    loud = (np.sin(np.arange(441)) * 9000).astype(np.int16)
    output.write(loud)
    output.close()
    assert len(played) == 1
    with wave.open(io.BytesIO(played[0])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        assert np.array_equal(np.frombuffer(file.readframes(441), np.int16), loud)
