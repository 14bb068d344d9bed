"""A membrane to be heard: the tone is where its voltage says, and a machine without sound says so once."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from scope_desk import Bench

from luiapp.errors import RigError
from luiapp.gui import sound
from luiapp.gui.sound import LOW_TONE, OCTAVES, RATE, VoiceTrack


def heard(track: VoiceTrack, seconds: float = 0.5, block: int = 441) -> np.ndarray:
    return np.concatenate([track.take(block) for _ in range(round(seconds * RATE / block))]) / 32767


def pitch_of(samples: np.ndarray) -> float:
    n = 1 << 17
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), n))
    return float(np.argmax(spectrum) * RATE / n)


@pytest.mark.parametrize("height", [0.0, 0.25, 0.5, 1.0])
def test_the_pitch_follows_the_voltage(height: float) -> None:
    track = VoiceTrack()
    assert not heard(track, 0.1).any(), "before it is told, it is silent"
    track.sing(height)
    assert pitch_of(heard(track)) == pytest.approx(LOW_TONE * 2 ** (OCTAVES * height), rel=5e-3)
    track.sing(1 - height)
    heard(track, 0.1)
    assert pitch_of(heard(track)) == pytest.approx(LOW_TONE * 2 ** (OCTAVES * (1 - height)), rel=5e-3)
    track.sing(float("nan"))
    heard(track, 0.04)
    assert not heard(track, 0.1).any()


def test_it_glides_without_a_jump_and_the_volume_scales_it() -> None:
    loudest = []
    for volume in (1.0, 0.5, 0.0):
        track = VoiceTrack()
        track.volume = volume
        samples = []
        for k in range(60):
            track.sing((k % 7) / 7)
            samples.append(track.take(441))
        wave = np.concatenate(samples) / 32767
        steepest = 2 * np.pi * LOW_TONE * 2**OCTAVES / RATE * 1.5 * sound.VOICE
        assert np.abs(np.diff(wave)).max() < volume * steepest + 1e-4
        loudest.append(np.abs(wave).max())
    assert loudest[2] == 0 and loudest[1] == pytest.approx(loudest[0] / 2, rel=0.05)


def test_a_spike_clicks_over_the_tone() -> None:
    quiet, track = VoiceTrack(), VoiceTrack()
    for one in (quiet, track):
        one.sing(0.5)
    track.add([(1.0, 3)], now=1.0)
    difference = heard(track) - heard(quiet)
    start = round(sound.LATENCY * RATE)
    assert np.abs(difference[: start - 1]).max() < 1e-4 < 0.05 < np.abs(difference[start : start + 300]).max()


class Output:
    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []

    def write(self, samples: Any) -> None:
        self.blocks.append(samples)

    def close(self) -> None:
        pass


def test_the_chosen_neuron_is_heard_by_key_and_stops(qtbot, monkeypatch) -> None:
    output = Output()
    monkeypatch.setattr(sound.Sound.__init__, "__defaults__", (lambda: output,))
    bench = Bench(qtbot)
    assert bench.panel.instruments.voice is None  # built when it is first asked for
    bench.feed(1.3)  # N1: 0.9 V
    action = bench.panel._actions["listen"]
    action.trigger()
    voice = bench.panel.instruments.voice
    assert voice is not None and voice.isVisible() and "N1" in voice.accessibleName() and action.isChecked()
    bench.live.frame.emit()
    n = len(output.blocks)
    qtbot.waitUntil(lambda: len(output.blocks) > n + 25, timeout=10_000)
    wave = np.concatenate(output.blocks[-20:]) / 32767
    assert pitch_of(wave) == pytest.approx(LOW_TONE * 2 ** (OCTAVES * 0.897 / 1.55), rel=0.02)
    for _ in range(20):  # nothing comes: paused, or a recording at its end
        bench.live.frame.emit()
    n = len(output.blocks)
    qtbot.waitUntil(lambda: len(output.blocks) > n + 6, timeout=10_000)
    assert not output.blocks[-1].any()
    bench.live.select(1)
    bench.live.numbers.emit()
    assert "N2" in voice.accessibleName()
    voice.volume.setValue(4)
    assert bench.panel.settings.volume == pytest.approx(0.2)
    bench.live.undo.undo()
    assert bench.panel.settings.volume == pytest.approx(0.5) and voice.volume.value() == 10
    voice.stop_button.click()
    assert not voice.isVisible() and not action.isChecked()
    assert not [t for t in threading.enumerate() if t.name == "sound"]
    action.trigger()
    assert voice.on
    bench.panel.hide()  # behind a page
    assert not voice.on
    bench.panel.show()
    action.trigger()
    bench.panel.shutdown()
    assert not [t for t in threading.enumerate() if t.name == "sound"]


def test_a_silent_machine_says_so_once_and_goes_on(qtbot, monkeypatch) -> None:
    def none() -> Any:
        raise RigError("no sound device was found; connect a loudspeaker, or install the package 'sounddevice'")

    monkeypatch.setattr(sound.Sound.__init__, "__defaults__", (none,))
    bench, told = Bench(qtbot), []
    bench.live.refused.connect(told.append)
    bench.feed(1.0)
    bench.panel._actions["listen"].trigger()
    qtbot.waitUntil(lambda: not bench.panel.instruments.listening, timeout=5000)
    assert len(told) == 1 and not bench.panel._actions["listen"].isChecked()
    bench.feed(0.5, [(1.2, 0)])
    assert len(told) == 1
    bench.panel.shutdown()
