"""What one adapter sends, as samples in volts and spikes at their places: messages in, pieces out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from luiapp.data.chunk import Trace
from luiapp.link import messages as msg
from luiapp.link.adapter import Adapter
from luiapp.link.intake import Piece
from luiapp.link.listener import Note
from luiapp.link.message import Message
from luiapp.link.requests import Refusal
from luiapp.link.setup import Setup, bare_setup
from luiapp.texts import tr

SAMPLES, SPIKES = 1, 2  # flags of `Start`
EDGE = np.dtype([("t", "<u4"), ("edge", "u1")])
RISES = 0x80
PATIENCE = 1.0  # s after which a stream is taken for the one that was asked for, also without an answer
RESTART = 1.5  # s after which a stream that was asked for must run


class AdapterIntake:
    """Keeps one adapter streaming and gives every sample its place.

    Parameters
    ----------
    adapter : Adapter
    period : float
        Sampling interval [s]; made longer where the adapter refuses it.
    n_boards : int
        Channels 0 … n_boards − 1 are sampled; at most as many as it has.
    several : bool
        Whether neurons are named after their adapter, since others are read beside it.

    Attributes
    ----------
    setup : Setup or None
        Columns and rate; None until it was greeted.
    done : list of (time in samples, board, synapse, width [s])
        Pulses that it has given since somebody last emptied it, with their true times.
    self_test : SelfTestResult or None
        The latest one.
    n_samples, n_missing, n_gaps, n_spikes : int
    notes : list of Note
    """

    def __init__(self, adapter: Adapter, *, period: float = 1e-3, n_boards: int = 8, several: bool = False) -> None:
        self.adapter = adapter
        self.setup: Setup | None = None
        self.done: list[tuple[float, int, int, float]] = []
        self.n_samples = self.n_missing = self.n_gaps = self.n_spikes = 0
        self.notes: list[Note] = []
        self.self_test: msg.SelfTestResult | None = None
        self.calibration: dict[int, tuple[float, float]] = {}  # by channel: gain, offset [V]
        self._period_us = round(period * 1e6)
        self._n_boards, self._several = n_boards, several
        self._session = 0
        self._i_base = 0  # place of the device's set 0
        self._i_end = 0  # of the samples so far
        self._ticks_zero: float | None = None  # the device's clock at set 0; None before the first samples
        self._t_started, self._is_answered = 0.0, False
        self._t_end: float | None = None  # host time of the latest sample before the link was lost
        self._held: Piece | None = None  # spikes of a block may come a little after it
        self._early: list[tuple[int, int]] = []  # tick, board: before the first samples
        self._spikes: list[tuple[float, int]] = []  # place in samples, board
        self._pieces: list[Piece] = []

    # -- the clock that a grid of several ports reads --------------------------------------------------------------

    @property
    def clock(self) -> AdapterIntake:
        return self

    def time_of(self, index: float, dt: float) -> float:
        """When sample `index` was taken, on the host's clock [s]."""
        if self._ticks_zero is None:
            return self._t_started + (index - self._i_base) * dt
        ticks = self._ticks_zero + (index - self._i_base) * self._ticks_per_sample
        at = self.adapter.device_clock.host_time_of(round(ticks))
        return at if math.isfinite(at) else self._t_started + (index - self._i_base) * dt

    # -- messages in, pieces out -----------------------------------------------------------------------------------

    def feed(self, messages: list[Message | Refusal], now: float) -> None:
        """Take what an adapter's `poll` returned; start its stream where a session has begun."""
        if self.adapter.n_sessions != self._session and self.adapter.info is not None:
            self._begin(self.adapter.info, now)
        for message in messages:
            match message:
                case msg.Ack(request=msg.Start.ID):
                    self._is_answered = True
                case msg.Samples() | msg.Spikes() if not self._is_answered and now - self._t_started < PATIENCE:
                    pass  # of the stream before this one
                case msg.Samples():
                    self._take_samples(message)
                case msg.Spikes(edges=edges):
                    self._take_spikes(edges)
                case msg.StimDone(line=line, t_rise=t_rise, t_fall=t_fall) if self._ticks_zero is not None:
                    width = ((t_fall - t_rise) % 2**32) / self.adapter.device_clock.tick_hz
                    self.done.append((self._place(t_rise), line // 3, line % 3, width))
                case msg.SelfTestResult():
                    self.self_test = message
                case msg.Calibration(channel=channel, gain_ppm=gain, offset_uv=offset):
                    self.calibration[channel] = gain * 1e-6, offset * 1e-6
                case msg.Status(running=0) if now - self._t_started > RESTART:
                    self._start(now)  # it began anew, and what told so was lost
                case Refusal(request=msg.Start.ID, code=4, detail=shortest) if shortest > self._period_us:
                    self._period_us = shortest
                    self._start(now)
                case Refusal(text=text):
                    self.notes.append(Note("other", tr("{port}: {text}", port=self.adapter.label, text=text)))
                case _:
                    pass

    def interrupt(self, requests: Sequence[Message], now: float) -> None:
        """Hold the stream for requests that can't be obeyed while it flows, and go on: a short gap."""
        self.adapter.send(msg.Stop())
        for request in requests:
            self.adapter.send(request)
        if self.adapter.info is not None:
            self._t_end = self.time_of(self._i_end, self.setup.dt) if self.setup is not None else None
            self._start(now)

    def take(self) -> list[Piece]:
        """What is complete."""
        pieces, self._pieces = self._pieces, []
        return pieces

    @property
    def _ticks_per_sample(self) -> float:
        return self._period_us * 1e-6 * self.adapter.device_clock.tick_hz

    def _begin(self, info: msg.Info, now: float) -> None:
        """A new session: ask how to convert, and stream."""
        self._session = self.adapter.n_sessions
        n = min(self._n_boards, info.n_adc)
        for channel in range(n):
            self.adapter.send(msg.CalibrationGet(channel))
        self._start(now)

    def _start(self, now: float) -> None:
        info = self.adapter.info
        assert info is not None
        n = min(self._n_boards, info.n_adc)
        dt = self._period_us * 1e-6
        self._release()
        if self.setup is None or self.setup.dt != dt or len(self.setup.neurons) != n:
            prefix = f"{self.adapter.label} " if self._several else ""
            names = tuple(f"{prefix}N{k + 1}" for k in range(n))
            self.setup = bare_setup(dt, tuple(Trace(name, i_neuron=k) for k, name in enumerate(names)), names)
            self._i_base = self._i_end = 0
        elif self._t_end is not None:  # the same columns as before it was lost: a gap, as long as it lasted
            self._i_base = self._i_end + max(1, math.ceil((now - self._t_end) / dt))
        self._t_started, self._ticks_zero, self._is_answered = now, None, False
        self._early.clear()
        self._spikes.clear()
        self.adapter.send(msg.Start(self._period_us, (1 << n) - 1, SAMPLES | SPIKES, 0))

    def _take_samples(self, block: msg.Samples) -> None:
        setup, info = self.setup, self.adapter.info
        if setup is None or info is None or block.mask != (1 << len(setup.neurons)) - 1:
            return
        n = len(setup.neurons)
        if len(block.codes) != 2 * n * block.n_sets:
            self.adapter.counters.unknown += 1
            return
        ticks = self.adapter.device_clock.unwrap(block.t0)
        if self._ticks_zero is None:
            self._ticks_zero = ticks - block.set_index * self._ticks_per_sample
            self._spikes += [(self._place(t), board) for t, board in self._early]
            self._early.clear()
        i_first = self._i_base + block.set_index
        if i_first < self._i_end:
            return  # a frame of a stream before this one
        codes = np.frombuffer(block.codes, "<u2").reshape(block.n_sets, n)
        n_gap = i_first - self._i_end
        if n_gap and self._i_end:
            self.n_gaps += 1
            self.n_missing += n_gap
        self.n_samples += block.n_sets
        self._release()
        self._held = Piece(setup, i_first, self._volts(codes, info), np.empty(0), np.empty(0, np.int32),
                           n_gap if self._i_end else 0)  # fmt: skip
        self._i_end = i_first + block.n_sets
        self._t_end = self.time_of(self._i_end, setup.dt)

    def _volts(self, codes: NDArray[np.uint16], info: msg.Info) -> NDArray[np.float32]:
        """V = (code + ½) · V_ref / 2^bits · (1 + gain) + offset"""
        n = codes.shape[1]
        gain, offset = np.array([self.calibration.get(k, (0.0, 0.0)) for k in range(n)]).T
        lsb = info.vref_uv * 1e-6 / (1 << info.adc_bits)
        return np.asarray((codes + 0.5) * lsb * (1 + gain) + offset, np.float32)

    def _take_spikes(self, edges: bytes) -> None:
        n = len(self.setup.neurons) if self.setup is not None else 0
        for t, edge in np.frombuffer(edges[: len(edges) // EDGE.itemsize * EDGE.itemsize], EDGE).tolist():
            board = edge & 0x1F
            if not edge & RISES or board >= n:
                continue
            self.n_spikes += 1
            if self._ticks_zero is None:
                self._early.append((t, board))
            else:
                self._spikes.append((self._place(t), board))

    def _place(self, tick: int) -> float:
        """Where a tick lies, in samples since the setup began."""
        assert self._ticks_zero is not None
        return self._i_base + (self.adapter.device_clock.unwrap(tick) - self._ticks_zero) / self._ticks_per_sample

    def _release(self) -> None:
        """The piece that was held back, with the spikes that came until now."""
        piece, self._held = self._held, None
        if piece is None:
            return
        end = piece.i_first + len(piece.samples)
        due = sorted(spike for spike in self._spikes if spike[0] < end)
        self._spikes = [spike for spike in self._spikes if spike[0] >= end]
        times = np.array([t for t, _ in due], np.float64)
        neurons = np.array([board for _, board in due], np.int32)
        self._pieces.append(Piece(piece.setup, piece.i_first, piece.samples, times, neurons, piece.n_gap))
