"""An adapter at the other end of a wire: found, greeted, kept alive, lost and found again. Owns no thread.

`Adapter.poll` is called again and again by whoever reads; see ``firmware/PROTOCOL.md`` for what is said.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from luiapp.errors import LinkError
from luiapp.link import messages as msg
from luiapp.link.devclock import DeviceClock
from luiapp.link.frames import Decoder, encode
from luiapp.link.listener import Note
from luiapp.link.message import Message
from luiapp.link.port import Port, Transport, is_address, list_all, open_port, real_path, short_name
from luiapp.texts import mark, tr

BAUD = 500_000
RETRY = 1.0  # s between two tries to open
HELLO_EVERY = 0.5  # s
GREETING = 3.5  # s for a device to answer: a bootloader may take two of them
PING_EVERY = 1.0  # s; the device drops its stimuli after three without a word
PING_EVERY_FIRST = 0.1  # for the first few, so that its clock is known soon
N_FIRST = 8
SILENCE = 3.5  # s without a frame from a device that tells its status every second
ANSWER = 1.0  # s for an answer

MOST_UNANSWERED = 3  # requests; their frames fit into the 64 bytes that a device has room for
_SLOW = (msg.SelfTest.ID, msg.SetId.ID, msg.CalibrationSet.ID)  # the device does nothing else meanwhile
_ASKED = {msg.Calibration.ID: msg.CalibrationGet.ID, msg.SelfTestResult.ID: msg.SelfTest.ID,
          msg.Status.ID: msg.StatusGet.ID}  # fmt: skip

State = Literal["waiting", "greeting", "ready", "foreign"]
_REASONS = {
    1: mark("its firmware doesn't know '{request}'; update it with 'luiapp firmware flash'"),
    2: mark("its firmware is newer or older than expected ('{request}' is too short)"),
    3: mark("a value of '{request}' is out of range (field {detail})"),
    4: mark("'{request}' is too fast for it; the shortest period is {detail} µs"),
    5: mark("'{request}' can't be done while it streams"),
    6: mark("it speaks version {detail} of the protocol only; update the app or its firmware"),
    7: mark("its memory could not be written"),
}


@dataclass(frozen=True)
class Refusal:
    """A request that an adapter did not obey, and why, in a sentence."""

    request: int
    code: int
    detail: int
    text: str


@dataclass
class AdapterCounters:
    """What went wrong on the wire, as seen from here; the device's own counters are in its `Status`.

    Attributes
    ----------
    frames, bad_frames : int
        Read, and broken on the way.
    lost_frames : int
        Missing in the device's count of frames.
    unknown : int
        Frames of messages that this version doesn't know, or that were too short.
    unanswered : int
        Requests without an answer within a second.
    restarts : int
        The device started anew while it was connected.
    """

    frames: int = 0
    bad_frames: int = 0
    lost_frames: int = 0
    unknown: int = 0
    unanswered: int = 0
    restarts: int = 0


Opener = Callable[[str, int], Transport]


def _open(path: str, baud: int) -> Transport:
    return open_port(path, baud=baud)


class Adapter:
    """One adapter behind one port.

    Parameters
    ----------
    path : str
        A device, a pty, ``socket://host:port``.
    uid : bytes
        If given, only the adapter of this identity will do, wherever it is plugged in.
    baud : int
        Of the wire; ports that are none don't care.
    opener, lister, clock : callables
        For tests and for devices that are no ports.

    Attributes
    ----------
    state : str
        ``"waiting"`` for the port, ``"greeting"``, ``"ready"``, or ``"foreign"``: something else answers, or nothing.
    info : Info or None
        What it told of itself at the latest greeting.
    status : Status or None
        The latest one.
    device_clock : DeviceClock
        Its clock on ours; begun anew at every start of the device.
    n_sessions : int
        How often it was greeted with success; a new session streams nothing yet.
    counters : AdapterCounters
    notes : list of Note
        What happened since somebody last emptied it.
    """

    def __init__(
        self,
        path: str,
        *,
        uid: bytes = b"",
        baud: int = BAUD,
        opener: Opener = _open,
        lister: Callable[[], list[Port]] = list_all,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.name = short_name(path)
        self.state: State = "waiting"
        self.info: msg.Info | None = None
        self.status: msg.Status | None = None
        self.device_clock = DeviceClock(1e6)
        self.n_sessions = self.n_opened = self.n_lost = 0
        self.counters = AdapterCounters()
        self.notes: list[Note] = []
        self.open_path = ""
        self._uid = uid
        self._baud = baud
        self._opener, self._lister, self._clock = opener, lister, clock
        self._wire: Transport | None = None
        self._decoder = Decoder()
        self._seq = 0
        self._expected: int | None = None  # sequence number of the device's next frame
        self._requests: dict[int, tuple[int, float]] = {}  # by sequence number: message, when
        self._queue: deque[tuple[int, int, bytes]] = deque()  # requests that wait for others to be answered
        self._pings: dict[int, float] = {}
        self._n_pings = 0
        self._next_try = self._next_hello = self._next_ping = self._opened_at = self._heard = 0.0
        self._fault = ""
        self._known: Port | None = None

    # -- what a caller does --------------------------------------------------------------------------------------

    def poll(self, now: float, taken: Collection[str] = ()) -> list[Message | Refusal]:
        """Look once: open, greet, read, ping. Returns what came, without what is the link's own affair.

        `taken` are ports that others have open. Never blocks for longer than a write does, and never raises.
        """
        if self._wire is None:
            if now >= self._next_try:
                self._try_open(now, taken)
            if self._wire is None:
                return []
        try:
            out: list[Message | Refusal] = []
            for frame in self._decoder.feed(self._wire.read()):
                self._heard = now
                self._count(frame.seq)
                kind = msg.MESSAGES.get(frame.id)
                try:
                    message = kind.unpack(frame.body) if kind is not None else None
                except ValueError:
                    message = None
                if message is None:
                    self.counters.unknown += 1
                else:
                    out += self._take(message)
            self.counters.frames, self.counters.bad_frames = self._decoder.n_frames, self._decoder.n_bad
            self._keep_alive(now)
        except LinkError as error:
            self._lose(now, error)
            return []
        return out

    def send(self, message: Message) -> int:
        """Send a request; returns its sequence number, or −1 where nothing is connected.

        Raises `LinkError` for a number out of its range.
        """
        body = message.pack()
        if self._wire is None:
            return -1
        seq = self._seq
        self._seq = (seq + 1) % 256
        if isinstance(message, msg.Ping | msg.Hello | msg.Reset):
            self._write(message.ID, seq, body)
        else:
            self._queue.append((message.ID, seq, body))
            self._send_queued()
        return seq if self._wire is not None else -1

    def close(self) -> None:
        """Stop the stream and the stimuli, and let go of the port."""
        if self._wire is not None:
            if self.state == "ready":
                self.send(msg.Hello(msg.VERSION, msg.VERSION))
            if self._wire is not None:
                self._wire.close()
        self._wire = None
        self.open_path = ""
        self.state = "waiting"

    @property
    def label(self) -> str:
        """Its name for people; the port's where it has none."""
        text = self.info.label.rstrip(b"\0").decode("utf-8", "replace") if self.info is not None else ""
        return text if text.isprintable() and text else self.name

    @property
    def is_virtual(self) -> bool:
        """Whether it says that its boards are computed."""
        return self.info is not None and bool(self.info.flags & 8)

    # -- inside --------------------------------------------------------------------------------------------------

    def _write(self, id: int, seq: int, body: bytes) -> None:
        if self._wire is None:
            return
        try:
            self._wire.write(encode(id, seq, body))
        except LinkError as error:
            self._lose(self._clock(), error)

    def _send_queued(self) -> None:
        """Send what waits: no more than the device has room for, and nothing while it is busy with itself."""
        while self._queue and len(self._requests) < MOST_UNANSWERED:
            slow = [request for request, _ in self._requests.values() if request in _SLOW]
            if slow or (self._queue[0][0] in _SLOW and self._requests):
                return
            id, seq, body = self._queue.popleft()
            self._requests[seq] = (id, self._clock())
            self._write(id, seq, body)

    def _try_open(self, now: float, taken: Collection[str]) -> None:
        self._next_try = now + RETRY
        path = self._where(taken)
        try:
            self._wire = self._opener(path, self._baud)
        except LinkError as error:
            fault = str(error.fields.get("fault", "other"))
            if fault != self._fault and not (fault == "missing" and self._fault == "gone"):
                self._fault = fault
                self.notes.append(Note(fault, str(error)))
            return
        self.open_path = real_path(path)
        self._fault = ""
        self.n_opened += 1
        self.state = "greeting"
        self._opened_at = self._heard = now
        self._next_hello = now
        self._decoder.reset()
        self._expected = None
        self._wire.write(b"\0")

    def _where(self, taken: Collection[str]) -> str:
        """The port where it is now: by the system's identity of the port it was last seen at."""
        if is_address(self.path) or self._opener is not _open:
            return self.path
        try:
            ports = [p for p in self._lister() if p.path not in taken]
        except OSError:
            return self.path
        if self._known is None:
            self._known = next((p for p in ports if p.path == real_path(self.path)), None)
            return self.path
        same = [p for p in ports if p.identity == self._known.identity]
        kin = [p for p in ports if p.vid is not None and (p.vid, p.pid) == (self._known.vid, self._known.pid)]
        for found in (same, kin if len(kin) == 1 else []):
            if found:
                return found[0].path
        return self.path

    def _count(self, seq: int) -> None:
        if self._expected is not None:
            self.counters.lost_frames += (seq - self._expected) % 256
        self._expected = (seq + 1) % 256

    def _take(self, message: Message) -> list[Message | Refusal]:
        match message:
            case msg.Info():
                self._greeted(message)
            case msg.Pong(cookie=cookie, t_rx=t_rx, t_tx=t_tx):
                sent = self._pings.pop(cookie, None)
                if sent is not None:
                    self.device_clock.add_ping(sent, t_rx, t_tx, self._clock())
            case msg.Ack(request_seq=seq):
                self._done(seq)
                return [message] if self.state == "ready" else []
            case msg.Nack(request=request, request_seq=seq, code=code, detail=detail):
                self._done(seq)
                known = msg.MESSAGES.get(request)
                text = tr(_REASONS.get(code, mark("it refused '{request}' (reason {code})")), code=code,
                          request=known.__name__ if known else f"0x{request:02x}", detail=detail)  # fmt: skip
                if code == 6 and self.state == "greeting":
                    self._doubt(tr("{port}: {text}", port=self.name, text=text))
                return [Refusal(request, code, detail, text)]
            case _ if self.state != "ready":
                pass  # of a session before this one
            case msg.Status():
                self.status = message
                self.device_clock.unwrap(message.now)
                self._answered(message)
                return [message]
            case _:
                if message.ID in _ASKED:
                    self._answered(message)
                return [message]
        return []

    def _done(self, seq: int) -> None:
        self._requests.pop(seq, None)
        self._send_queued()

    def _answered(self, message: Message) -> None:
        """An answer that doesn't name its request."""
        asked = _ASKED[message.ID]
        for seq, (request, _) in list(self._requests.items()):
            if request == asked:
                self._done(seq)
                return

    def _greeted(self, info: msg.Info) -> None:
        boot = bool(info.flags & 1)
        if self._uid and any(info.uid) and info.uid != self._uid:
            self._doubt(tr("{port} is the adapter '{label}', not the one that was asked for", port=self.name,
                           label=info.label.rstrip(b"\0").decode("utf-8", "replace")))  # fmt: skip
            return
        if boot and self.state == "ready":
            self.counters.restarts += 1
            self.notes.append(Note("back", tr("{port} started anew", port=self.name)))
            self.state = "greeting"
        if boot:  # it still has to hear of us
            self._next_hello = 0.0
            return
        again = self.n_sessions > 0
        self.info = info
        if any(info.uid):
            self._uid = info.uid
        self.state = "ready"
        self.n_sessions += 1
        self.device_clock = DeviceClock(float(info.tick_hz))
        self._pings.clear()
        self._requests.clear()
        self._queue.clear()
        self._n_pings, self._next_ping = 0, 0.0
        name = "back" if again else "open"
        text = tr("the adapter {label} is back", label=self.label) if again else tr("the adapter {label} is connected",
                                                                                    label=self.label)  # fmt: skip
        self.notes.append(Note(name, text))

    def _keep_alive(self, now: float) -> None:
        if self.state in ("greeting", "foreign") and now >= self._next_hello:
            self._next_hello = now + HELLO_EVERY
            self.send(msg.Hello(msg.VERSION, msg.VERSION))
        if self.state == "greeting" and now - self._opened_at > GREETING:
            self._doubt(tr("{port} is no adapter, or its firmware is missing: nothing that it sends can be understood",
                           port=self.name))  # fmt: skip
        if self.state != "ready":
            return
        if now >= self._next_ping:
            self._next_ping = now + (PING_EVERY_FIRST if self._n_pings < N_FIRST else PING_EVERY)
            self._n_pings += 1
            self._pings = {cookie: t for cookie, t in self._pings.items() if now - t < 5}
            self._pings[self._n_pings] = self._clock()
            self.send(msg.Ping(self._n_pings))
        for seq, (_, sent) in list(self._requests.items()):
            if now - sent > ANSWER:
                del self._requests[seq]
                self.counters.unanswered += 1
        self._send_queued()
        if now - self._heard > SILENCE:
            self.notes.append(Note("silent", tr("{port} is connected but says nothing any more", port=self.name)))
            self.state, self._opened_at, self._next_hello = "greeting", now, now

    def _doubt(self, text: str) -> None:
        if self.state != "foreign":
            self.state = "foreign"
            self.notes.append(Note("garbage", text))

    def _lose(self, now: float, error: LinkError) -> None:
        if self._wire is not None:
            self._wire.close()
        self._wire = None
        self.open_path = ""
        self.state = "waiting"
        self.n_lost += 1
        self._fault = "gone"
        self._next_try = now + RETRY / 4
        self._requests.clear()
        self._queue.clear()
        self._pings.clear()
        self.notes.append(Note("gone", str(error)))
