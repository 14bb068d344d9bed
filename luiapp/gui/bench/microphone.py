"""Claps from the machine's microphone, where there is one and the optional package sounddevice knows it."""

from __future__ import annotations

import logging
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import RigError
from luiapp.gui.late import late

_log = logging.getLogger(__name__)
RATE = 16_000  # Hz
BLOCK = 160  # samples, 10 ms
LOUD, FACTOR = 0.03, 5.0  # of full scale, and times the background: what a clap exceeds
QUIET_FOR = 0.12  # s between two claps
SETTLE = 1.0  # s in which the background is followed


class Claps:
    """Finds claps in blocks of sound: sudden, well above what was heard before. No device, no thread."""

    def __init__(self) -> None:
        self._background = LOUD / FACTOR
        self._rest = 0  # blocks in which nothing counts

    def feed(self, block: NDArray[np.float32]) -> int:
        """How many claps (0 or 1) begin in a block of `BLOCK` samples, −1…1."""
        level = float(np.sqrt(np.mean(np.square(block, dtype=np.float64)))) if len(block) else 0.0
        sudden = level > max(LOUD, FACTOR * self._background)
        share = BLOCK / RATE / SETTLE
        self._background += share * (min(level, LOUD) - self._background)
        if self._rest:
            self._rest -= 1
            return 0
        if not sudden:
            return 0
        self._rest = round(QUIET_FOR * RATE / BLOCK)
        return 1


class Ear:
    """The microphone itself."""

    def __init__(self) -> None:
        self._finder, self._lock = Claps(), threading.Lock()
        self._n = 0
        self._stream: Any = None

    def start(self) -> None:
        """Listen; `RigError` where there is no microphone."""
        try:
            device = late("sounddevice")
            self._stream = device.InputStream(samplerate=RATE, channels=1, blocksize=BLOCK, callback=self._block)
            self._stream.start()
        except Exception as error:  # a missing package, library or device: all the same to a person
            _log.info("microphone: %s", error)
            raise RigError("no microphone was found; connect one, or install the package 'sounddevice'") from None

    def claps(self) -> int:
        """How many since the last call."""
        with self._lock:
            n, self._n = self._n, 0
        return n

    def stop(self) -> None:
        """Listen no longer."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _block(self, samples: NDArray[np.float32], *_: Any) -> None:
        found = self._finder.feed(samples[:, 0])
        if found:
            with self._lock:
                self._n += found
