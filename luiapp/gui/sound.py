"""Spikes to be heard as soft clicks, pitched by neuron, and a membrane as a tone that follows its voltage.

Synthesis is plain numpy; playing never waits in the GUI.
"""

from __future__ import annotations

import io
import logging
import math
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import RigError
from luiapp.gui.late import late

_log = logging.getLogger(__name__)
RATE = 22050  # Hz
LATENCY = 0.08  # s from the screen to the ear that we plan for
CLICK = 0.045  # s
LOWEST = 330.0  # Hz, neuron 0
PENTATONIC = (0, 2, 4, 7, 9)  # semitones; any set of neurons sounds well together
LOW_TONE, OCTAVES = 165.0, 2.0  # Hz; from the lowest tone of a membrane to its threshold
VOICE = 0.22  # how loud its tone is
MOST_PER_BLOCK = 64  # spikes; more can't be told apart by ear


def pitch(i_neuron: int) -> float:
    """Frequency [Hz] of a neuron's click: a pentatonic scale over three octaves, then from the start."""
    step = i_neuron % (3 * len(PENTATONIC))
    return LOWEST * 2 ** ((PENTATONIC[step % len(PENTATONIC)] + 12 * (step // len(PENTATONIC))) / 12)


def click(i_neuron: int) -> NDArray[np.float32]:
    """One click: a sine that decays, with an attack of 1 ms so that it is soft."""
    t = np.arange(round(CLICK * RATE)) / RATE
    envelope = np.minimum(t / 1e-3, 1.0) * np.exp(-t / 0.010)
    return (0.35 * envelope * np.sin(2 * np.pi * pitch(i_neuron) * t)).astype(np.float32)


class ClickTrack:
    """Turns spikes into samples. One thread adds spikes, another takes blocks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._position = 0  # samples taken so far
        self._ahead = np.zeros(RATE, np.float32)  # what comes after `_position`
        self._clicks: dict[int, NDArray[np.float32]] = {}

    def add(self, spikes: Iterable[tuple[float, int]], now: float, speed: float = 1.0) -> None:
        """Spikes (time [s], neuron) of a stream whose present is `now`, running at `speed` times real time.

        A spike of the present sounds `LATENCY` later, earlier ones accordingly sooner, but never in the past.
        """
        with self._lock:
            for time_s, i_neuron in list(spikes)[-MOST_PER_BLOCK:]:
                delay = LATENCY + (time_s - now) / max(speed, 1e-3)
                start = min(max(round(delay * RATE), 0), len(self._ahead) - round(CLICK * RATE))
                one = self._clicks.get(i_neuron)
                if one is None:
                    one = self._clicks[i_neuron] = click(i_neuron)
                self._ahead[start : start + len(one)] += one

    def take(self, n: int) -> NDArray[np.int16]:
        """The next `n` samples, at most a second of them; loud moments are limited softly."""
        return (np.tanh(self._mixed(min(n, len(self._ahead)))) * 32767).astype("<i2")

    def _mixed(self, n: int) -> NDArray[np.float32]:
        with self._lock:
            block = self._ahead[:n].copy()
            self._ahead[:-n] = self._ahead[n:]
            self._ahead[-n:] = 0
            self._position += n
        return block


class VoiceTrack(ClickTrack):
    """A tone that glides after a height, with clicks over it. One thread sets and adds, another takes blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.volume = 0.5  # 0 to 1, of all that is heard
        self._aim = self._octave = 0.0  # above `LOW_TONE`
        self._loud = self._level = 0.0
        self._phase = 0.0

    def sing(self, height: float) -> None:
        """Glide to this height: 0 for the lowest tone, 1 for one `OCTAVES` above; not-a-number falls silent."""
        if math.isfinite(height):
            self._aim, self._loud = OCTAVES * min(max(height, -0.3), 1.4), 1.0
        else:
            self._loud = 0.0

    def _mixed(self, n: int) -> NDArray[np.float32]:
        aim, loud = self._aim, self._loud
        if self._level == 0:  # a tone that begins doesn't glide
            self._octave = aim
        ramp = np.arange(1, n + 1) / n
        tone = LOW_TONE * 2 ** (self._octave + (aim - self._octave) * ramp)
        phase = self._phase + 2 * np.pi * np.cumsum(tone) / RATE
        level = self._level + (loud - self._level) * ramp
        self._octave, self._level, self._phase = aim, loud, float(phase[-1] % (2 * np.pi))
        voice = VOICE * level * (np.sin(phase) + 0.25 * np.sin(2 * phase))
        return (self.volume * (voice + super()._mixed(n))).astype(np.float32)


class Output(Protocol):
    """Where samples go. Used by the sound thread only."""

    def write(self, samples: NDArray[np.int16]) -> None: ...

    def close(self) -> None: ...


class _Pipe:
    """A player of the system that takes raw samples from its standard input."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, bufsize=0
        )

    def write(self, samples: NDArray[np.int16]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(samples.tobytes())

    def close(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Blocks:
    """Players that only take whole sounds: silence is skipped, the rest is played block by block."""

    def __init__(self, play: Callable[[bytes], None]) -> None:
        self._play = play

    def write(self, samples: NDArray[np.int16]) -> None:
        if np.abs(samples).max(initial=0) > 64:
            self._play(_wav(samples))

    def close(self) -> None:
        """Nothing stays open between blocks."""


class _SoundDevice:
    """The optional package sounddevice."""

    def __init__(self, module: Any) -> None:
        self._stream = module.RawOutputStream(samplerate=RATE, channels=1, dtype="int16", latency="low")
        self._stream.start()

    def write(self, samples: NDArray[np.int16]) -> None:
        self._stream.write(samples.tobytes())

    def close(self) -> None:
        self._stream.abort()
        self._stream.close()


_PLAYERS = (
    ("paplay", ["--raw", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=40"]),
    ("aplay", ["-q", "-t", "raw", "-f", "S16_LE", "-r", str(RATE), "-c", "1", "--buffer-time=80000", "-"]),
    ("pw-cat", ["-p", "--raw", "--format", "s16", "--rate", str(RATE), "--channels", "1", "-"]),
)


def find_output() -> Output:
    """The best way to play on this machine. Raises `RigError` where there is none."""
    try:
        return _SoundDevice(late("sounddevice"))
    except Exception as error:  # not installed, or no device: other ways may still work
        _log.info("sounddevice: %s", error)
    if sys.platform == "win32":
        import winsound

        # Called from the sound thread: PlaySound from memory waits until the block has been heard.
        return _Blocks(lambda data: winsound.PlaySound(data, winsound.SND_MEMORY))
    if shutil.which("afplay"):
        return _Blocks(_afplay)
    for name, options in _PLAYERS:
        if shutil.which(name):
            return _Pipe([name, *options])
    raise RigError("no sound device was found; connect a loudspeaker, or install the package 'sounddevice'")


class Sound:
    """Plays what is given to `add`, in a thread of its own, between `start` and `stop`.

    Parameters
    ----------
    output : callable
        Makes the output; called in the sound thread.
    failed : callable
        Called once, from the sound thread, with the error that ended the sound.
    make_track : callable
        Makes what is played, at every start.
    """

    BLOCK = 0.02  # s

    def __init__(
        self, output: Callable[[], Output] = find_output, *, failed: Callable[[Exception], None] = lambda e: None,
        make_track: Callable[[], ClickTrack] = ClickTrack,
    ) -> None:  # fmt: skip
        self._output, self._failed, self._make_track = output, failed, make_track
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self.track = make_track()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Begin to play."""
        if not self.running:
            self.track, self._stop = self._make_track(), threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._stop,), name="sound", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Fall silent and end the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(1.5)
            self._thread = None

    def add(self, spikes: Iterable[tuple[float, int]], now: float, speed: float) -> None:
        """See `ClickTrack.add`; nothing where it isn't playing."""
        if self.running:
            self.track.add(spikes, now, speed)

    def _run(self, stop: threading.Event) -> None:
        output: Output | None = None
        try:
            output = self._output()
            n = round(self.BLOCK * RATE)
            due = time.monotonic()
            while not stop.is_set():
                output.write(self.track.take(n))
                # By the clock, not by the pipe: a full pipe would be a second of delay.
                due = max(due + self.BLOCK, time.monotonic() - 0.1)
                stop.wait(max(0.0, due - time.monotonic()))
        except Exception as error:  # a player that isn't there or died: say so once and stay silent
            if not stop.is_set():
                self._failed(error)
        finally:
            if output is not None:
                output.close()


def _wav(samples: NDArray[np.int16]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return file.getvalue()


def _afplay(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        Path(file.name).write_bytes(data)
        subprocess.run(["afplay", file.name], check=True, timeout=5)
