"""An adapter that isn't there: the same bytes on the wire, around simulated boards. Needs no compiler and no port."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable

import numpy as np

from luiapp.link import messages as msg
from luiapp.link.adapter import BOOT, HAS_UID, SIMULATED, Adapter
from luiapp.link.frames import Decoder, Frame, encode
from luiapp.link.message import Message
from luiapp.model.library import EXAMPLES
from luiapp.model.lui import SPIKE_WIDTH
from luiapp.model.network import Network
from luiapp.rigs.adapter import NAME
from luiapp.simulate.twin import TwinOptions, TwinSimulation

TICK_HZ = 2_000_000
VREF_UV = 2_500_000
ADC_BITS = 10
MAX_SPS = 16_000
N_BOARDS = 8
WATCHDOG = 3.0  # s without a word from the host
_DT = 1e-4  # s, step of the twins
_BLOCK = 8e-3  # s, as old as a block of samples gets
_MOST_BEHIND = 0.5  # s; after a longer pause the device has slept, too
_ENDLESS = 0xFFFF
_UNKNOWN, _SHORT, _RANGE, _FAST, _BUSY, _VERSION = 1, 2, 3, 4, 5, 6


def table() -> Network:
    """Eight boards: a chain of five whose first one fires, and three that wait for pulses."""
    net = EXAMPLES["chain"].build()
    for k in range(net.n_neurons, N_BOARDS):
        i = net.neuron(None, position=(300.0 * k, 0.0), r_vleak=41e3, r_leak=3e3, r_tsyn=4e3)
        net.set_parameter(i, "parts_seed", 1 + k)
    net.name = NAME
    net.probe(range(net.n_neurons), "membrane")
    return net


def virtual_adapter(network: Network | None = None, *, label: str = "Lu.i", uid: bytes = b"virtual\0") -> Adapter:
    """An `Adapter` whose wire leads to a `VirtualDevice`."""
    device = VirtualDevice(network or table(), label=label, uid=uid)
    return Adapter(NAME, opener=lambda path, baud: VirtualTransport(device))


class VirtualTransport:
    """A wire to a device in the same program; the device lives on while nobody is connected."""

    path = NAME

    def __init__(self, device: VirtualDevice) -> None:
        self._device = device
        device.boot()

    def read(self) -> bytes:
        """What the device has sent up to now."""
        return self._device.run()

    def write(self, data: bytes) -> None:
        """To the device."""
        self._device.receive(data)

    def set_baud(self, baud: int) -> None:
        """It has none."""

    def reset(self) -> None:
        """As by DTR."""
        self._device.boot()

    def close(self) -> None:
        """Nothing to let go of."""


class VirtualDevice:
    """The firmware's behaviour, see ``firmware/PROTOCOL.md``, around board twins; time is the computer's.

    Edges of stimuli and of spikes lie on the twins' grid of 0.1 ms.

    Parameters
    ----------
    network : Network
        Eight Lu.i boards, wired as on a table.
    label, uid : str, bytes
        What it calls itself.
    clock : callable
        Monotonic seconds; tests put their own.
    """

    def __init__(
        self,
        network: Network,
        *,
        label: str = "Lu.i",
        uid: bytes = b"virtual\0",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._twins = TwinSimulation(network, TwinOptions(dt=_DT))
        self._twins.advance(1)  # compiled now, if it isn't, rather than while a host waits for an answer
        self._n = network.n_neurons
        self._clock = clock
        self._label, self._uid = label.encode()[:12].ljust(12, b"\0"), uid[:8].ljust(8, b"\0")
        self._calibration = np.zeros((self._n, 2), np.int64)
        self._vref_uv = VREF_UV
        self._codes = np.zeros(self._n, np.uint16)
        self.boot()

    def boot(self) -> None:
        """As after power-on: silent lines, no stream, clock at 0; the boards are as they were."""
        self._out = bytearray(1)  # the end of what was cut off
        self._decoder = Decoder()
        self._seq = 0
        self._i_zero = self._twins.i_sample  # step of the twins at the clock's 0
        self._t_zero = self._clock()
        self._t_heard = self._t_status = 0.0
        self._greeted = False
        self._running, self._flags, self._mask, self._period_us = False, 0, 0, 1000
        self._trains: dict[int, tuple[int, float, float]] = {}  # line: pulses left, width, period [s]
        self._high: dict[int, tuple[float, float]] = {}  # line: rose, falls [s]
        self._due: list[tuple[float, int, int]] = []  # heap of rising edges: time, line, token
        self._token = dict.fromkeys(range(3 * self._n), 0)
        self._n_watchdog = 0
        self._t_set, self._i_set = 0.0, 0
        self._block: list[np.ndarray[tuple[int], np.dtype[np.uint16]]] = []
        self._falls: list[tuple[float, int]] = []
        self._send(self._info(boot=True))

    # -- the wire --------------------------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Bytes from the host."""
        self.advance()
        for frame in self._decoder.feed(data):
            self._t_heard = self.now
            self._obey(frame)

    def run(self) -> bytes:
        """Go on to the present, and hand out what is to be sent."""
        self.advance()
        out, self._out = bytes(self._out), bytearray()
        return out

    @property
    def now(self) -> float:
        """The device's clock [s]."""
        return (self._twins.i_sample - self._i_zero) * _DT

    def _tick(self, t: float) -> int:
        return round(t * TICK_HZ) % 2**32

    def _send(self, message: Message) -> None:
        self._out += encode(message.ID, self._seq, message.pack())
        self._seq = (self._seq + 1) % 256
        del self._out[: max(0, len(self._out) - (1 << 20))]  # nobody reads

    # -- time ------------------------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Run boards, stream and stimuli up to the computer's time."""
        to = self._clock() - self._t_zero
        if to - self.now > _MOST_BEHIND:
            self._t_zero += to - self.now
            to = self.now
        while (n := int((to - self.now) / _DT + 1e-6)) > 0:
            self._stimulate()
            self._step(min(n, self._until_next()))
        if self.now - self._t_heard > WATCHDOG and (self._trains or self._high):
            self._silence()
            self._n_watchdog += 1
        if self._greeted and self.now - self._t_status >= 1.0:
            self._t_status += 1.0
            self._send(self._status())

    def _until_next(self) -> int:
        """Steps until something is due, at least one."""
        times = [self._due[0][0]] if self._due else []
        times += [falls for _, falls in self._high.values()]
        if self._running:
            times.append(self._t_set)
        return max(1, min([100, *(int(np.ceil((t - self.now) / _DT - 1e-6)) for t in times)]))

    def _step(self, n: int) -> None:
        chunk = self._twins.advance(n)
        t_from = self.now - n * _DT
        codes = np.floor(chunk.samples[-1].astype(np.float64) / (self._vref_uv * 1e-6) * (1 << ADC_BITS))
        self._codes = np.clip(codes, 0, (1 << ADC_BITS) - 1).astype(np.uint16)
        edges = [(self._tick(t - self._i_zero * _DT), 0x80 | int(k))
                 for t, k in zip(chunk.spike_times, chunk.spike_neurons, strict=True)]  # fmt: skip
        self._falls += [(t - self._i_zero * _DT + SPIKE_WIDTH, int(k))
                        for t, k in zip(chunk.spike_times, chunk.spike_neurons, strict=True)]  # fmt: skip
        edges += [(self._tick(t), k) for t, k in self._falls if t <= self.now]
        self._falls = [one for one in self._falls if one[0] > self.now]
        if edges and self._running and self._flags & 2:
            for i in range(0, len(edges), 23):
                body = b"".join(t.to_bytes(4, "little") + bytes((edge,)) for t, edge in edges[i : i + 23])
                self._send(msg.Spikes(0, body))
        self._sample(t_from)

    def _sample(self, t_from: float) -> None:
        if not self._running or self.now < self._t_set - _DT / 2:
            return
        chosen = [k for k in range(self._n) if self._mask >> k & 1]
        self._block.append(self._codes[chosen])
        self._i_set += 1
        self._t_set += self._period_us * 1e-6
        n = len(self._block)
        if n * self._period_us * 1e-6 >= _BLOCK - 1e-9 or (n + 1) * len(chosen) > 48:
            first = self._i_set - n
            t0 = self._tick(self._t_set - n * self._period_us * 1e-6)
            codes = np.concatenate(self._block).astype("<u2").tobytes()
            self._send(msg.Samples(t0, first, self._mask, n, codes))
            self._block.clear()

    # -- stimuli ---------------------------------------------------------------------------------------------------

    def _stimulate(self) -> None:
        """Edges that are due now."""
        now = self.now + _DT / 2
        for line, (rose, falls) in list(self._high.items()):
            if falls <= now:
                self._fall(line, rose)
        while self._due and self._due[0][0] <= now:
            t, line, token = heapq.heappop(self._due)
            if token != self._token[line] or line not in self._trains:
                continue
            left, width, period = self._trains[line]
            self._twins.pulse(line // 3, line % 3, width=width)
            self._high[line] = (self.now, self.now + width)
            left = left if left == _ENDLESS else left - 1
            self._trains[line] = left, width, period
            if left:
                heapq.heappush(self._due, (t + period, line, token))

    def _fall(self, line: int, rose: float) -> None:
        del self._high[line]
        left = self._trains[line][0] if line in self._trains else 0
        if not left:
            self._trains.pop(line, None)
        self._send(msg.StimDone(line, left, self._tick(rose), self._tick(self.now)))

    def _silence(self) -> None:
        for line in list(self._token):
            self._token[line] += 1
        self._trains.clear()
        for line, (rose, _) in list(self._high.items()):
            self._fall(line, rose)

    # -- messages --------------------------------------------------------------------------------------------------

    def _obey(self, frame: Frame) -> None:
        kind = msg.MESSAGES.get(frame.id)
        if kind is None or kind not in _OBEYED:
            return self._nack(frame, _UNKNOWN, 0)
        try:
            message = kind.unpack(frame.body)
        except ValueError:
            return self._nack(frame, _SHORT, 0)
        for i, (name, (low, high)) in enumerate(kind.RANGES.items(), 1):
            if not low <= getattr(message, name) <= high:
                return self._nack(frame, _RANGE, i)
        if self._running and isinstance(message, msg.CalibrationSet | msg.SetId | msg.SelfTest):
            return self._nack(frame, _BUSY, 0)
        match message:
            case msg.Hello(low, high):
                self._hello(frame, low, high)
            case msg.Start():
                self._start(frame, message)
            case msg.Stop():
                self._running = False
                self._ack(frame)
            case msg.Stim():
                self._stim(frame, message)
            case msg.Ping(cookie):
                self._send(msg.Pong(cookie, self._tick(self.now), self._tick(self.now)))
            case msg.StatusGet():
                self._send(self._status())
            case msg.CalibrationGet(channel):
                gain, offset = self._calibration[channel].tolist()
                self._send(msg.Calibration(channel, gain, offset))
            case msg.CalibrationSet(channel, gain, offset):
                self._calibrate(frame, channel, gain, offset)
            case msg.SetId(uid, label):
                self._uid, self._label = uid, label
                self._ack(frame)
            case msg.SelfTest():
                self._self_test()
            case msg.Reset():
                self.boot()

    def _ack(self, frame: Frame) -> None:
        self._send(msg.Ack(frame.id, frame.seq, self._tick(self.now)))

    def _nack(self, frame: Frame, code: int, detail: int) -> None:
        self._send(msg.Nack(frame.id, frame.seq, self._tick(self.now), code, detail))

    def _hello(self, frame: Frame, low: int, high: int) -> None:
        self._running = False
        self._silence()
        if not low <= msg.VERSION <= high:
            return self._nack(frame, _VERSION, msg.VERSION)
        self._greeted, self._t_status = True, self.now
        self._send(self._info(boot=False))

    def _start(self, frame: Frame, message: msg.Start) -> None:
        n = bin(message.adc_mask & ((1 << self._n) - 1)).count("1")
        shortest = -(-n * 1_000_000 // MAX_SPS)
        if message.adc_mask >> self._n:
            return self._nack(frame, _RANGE, 2)
        if message.flags & 1 and message.period_us < shortest:
            return self._nack(frame, _FAST, shortest)
        self._running, self._flags = True, message.flags
        self._mask = message.adc_mask if message.flags & 1 else 0
        self._period_us = message.period_us
        self._block.clear()
        self._i_set, self._t_set = 0, self.now + 1e-3
        self._ack(frame)

    def _stim(self, frame: Frame, message: msg.Stim) -> None:
        width, period = message.width_10us * 1e-5, message.period_100us * 1e-4
        if message.n > 1 and period <= width:
            return self._nack(frame, _RANGE, 4)
        line = message.line
        self._token[line] += 1
        self._trains.pop(line, None)
        if line in self._high:
            self._fall(line, self._high[line][0])
        if message.n:
            begin = self.now
            if message.t_start:
                ahead = (message.t_start - self._tick(self.now) + 2**31) % 2**32 - 2**31
                begin += max(0.0, ahead / TICK_HZ)
            self._trains[line] = message.n, width, period
            heapq.heappush(self._due, (begin, line, self._token[line]))
        self._ack(frame)

    def _calibrate(self, frame: Frame, channel: int, gain: int, offset: int) -> None:
        if channel == 0xFF:
            if offset < 500_000:
                return self._nack(frame, _RANGE, 3)
            self._vref_uv = offset
        elif channel < self._n:
            self._calibration[channel] = gain, offset
        else:
            return self._nack(frame, _RANGE, 1)
        self._ack(frame)

    def _self_test(self) -> None:
        channels = b"".join(int(16 * code).to_bytes(2, "little") + b"\0\0" for code in self._codes)
        self._send(msg.SelfTestResult(self._vref_uv // 1000, 0, 0, 0, channels))

    def _info(self, *, boot: bool) -> msg.Info:
        flags = SIMULATED | (HAS_UID if any(self._uid) else 0) | (BOOT if boot else 0)
        return msg.Info(msg.VERSION, flags, 99, bytes((1, 0, 0)), self._n, ADC_BITS, self._n, 3 * self._n, TICK_HZ,
                        self._vref_uv, MAX_SPS, self._uid, self._label)  # fmt: skip

    def _status(self) -> msg.Status:
        active = sum(1 << line for line in self._trains)
        return msg.Status(self._tick(self.now), min(int(self.now * TICK_HZ) >> 32, 0xFFFF), 0, 0, 0, 0, 0, 0,
                          min(self._decoder.n_bad, 0xFFFF), 0, min(len(self._out), 0xFFFF), self._n_watchdog,
                          int(self._running), self._mask, self._period_us, active, self._vref_uv // 1000)  # fmt: skip


_OBEYED = (msg.Hello, msg.Start, msg.Stop, msg.Stim, msg.Ping, msg.StatusGet, msg.CalibrationGet, msg.CalibrationSet,
           msg.SelfTest, msg.SetId, msg.Reset)  # fmt: skip
