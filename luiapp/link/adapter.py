"""An adapter at the other end of a wire: found, greeted, kept alive, lost and found again. Owns no thread.

`Adapter.poll` is called again and again by whoever reads; see ``firmware/PROTOCOL.md`` for what is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Literal

from luiapp.errors import LinkError, ParameterError
from luiapp.link import messages as msg
from luiapp.link.devclock import DeviceClock
from luiapp.link.frames import Decoder, encode
from luiapp.link.listener import Note
from luiapp.link.message import Message
from luiapp.link.port import Opener, Port, Transport, is_address, list_all, open_at, real_path, short_name
from luiapp.link.requests import Refusal, Requests, refusal
from luiapp.texts import tr

BAUD = 500_000
RETRY = 1.0  # s between two tries to open
HELLO_EVERY = 0.5  # s
GREETING = 3.5  # s for a device to answer: a bootloader may take two of them
PING_EVERY = 1.0  # s; the device drops its stimuli after three without a word
PING_EVERY_FIRST = 0.1  # for the first few, so that its clock is known soon
N_FIRST = 8
SILENCE = 3.5  # s without a frame from a device that tells its status every second
ENOUGH = 200  # bytes without a frame: no adapter says so much before its first one

LABEL_SIZE = 12  # bytes
BOOT, HAS_UID, CALIBRATED, SIMULATED = 1, 2, 4, 8  # flags of `Info`

State = Literal["waiting", "greeting", "ready", "foreign"]


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
    n_opened, n_lost, n_bytes : int
        How often the port came and went, and what was read from it.
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
        opener: Opener = open_at,
        lister: Callable[[], list[Port]] = list_all,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.name = short_name(path)
        self.state: State = "waiting"
        self.info: msg.Info | None = None
        self.status: msg.Status | None = None
        self.device_clock = DeviceClock(1e6)
        self.n_sessions = self.n_opened = self.n_lost = self.n_bytes = 0
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
        self._requests = Requests()
        self._new_id: msg.SetId | None = None  # the one last sent
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
            data = self._wire.read()
            self.n_bytes += len(data)
            for frame in self._decoder.feed(data):
                self._heard = now
                kind = msg.MESSAGES.get(frame.id)
                try:
                    message = kind.unpack(frame.body) if kind is not None else None
                except ValueError:
                    message = None
                self._count(frame.seq, begins=isinstance(message, msg.Info) and bool(message.flags & BOOT))
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
        if isinstance(message, msg.SetId):
            self._uid = message.uid if any(message.uid) else b""
            self._new_id = message
        seq = self._seq
        self._seq = (seq + 1) % 256
        if isinstance(message, msg.Ping | msg.Hello | msg.Reset):
            self._write(message.ID, seq, body)
        else:
            self._requests.put(message.ID, seq, body)
            self._send_due()
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

    def let_go(self) -> Transport | None:
        """The open wire, for somebody else to go on with; this one forgets it."""
        wire, self._wire = self._wire, None
        self.open_path = ""
        self.state = "waiting"
        return wire

    @property
    def label(self) -> str:
        """Its name for people; the port's where it has none."""
        text = self.info.label.rstrip(b"\0").decode("utf-8", "replace") if self.info is not None else ""
        return text if text.isprintable() and text else self.name

    @property
    def is_virtual(self) -> bool:
        """Whether it says that its boards are computed."""
        return self.info is not None and bool(self.info.flags & SIMULATED)

    # -- inside --------------------------------------------------------------------------------------------------

    def _write(self, id: int, seq: int, body: bytes) -> None:
        if self._wire is None:
            return
        try:
            self._wire.write(encode(id, seq, body))
        except LinkError as error:
            self._lose(self._clock(), error)

    def _send_due(self) -> None:
        for id, seq, body in self._requests.due(self._clock()):
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
        if is_address(self.path):
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

    def _count(self, seq: int, *, begins: bool) -> None:
        if self._expected is not None and not begins:
            self.counters.lost_frames += (seq - self._expected) % 256
        self._expected = (seq + 1) % 256

    def _take(self, message: Message) -> list[Message | Refusal]:
        self._requests.answered(message)
        match message:
            case msg.Info():
                self._greeted(message)
            case msg.Pong(cookie=cookie, t_rx=t_rx, t_tx=t_tx):
                sent = self._pings.pop(cookie, None)
                if sent is not None:
                    self.device_clock.add_ping(sent, t_rx, t_tx, self._clock())
            case msg.Ack():
                if message.request == msg.SetId.ID and self._new_id is not None and self.info is not None:
                    self.info = replace(self.info, uid=self._new_id.uid, label=self._new_id.label)
                return [message] if self.state == "ready" else []
            case msg.Nack():
                no = refusal(message)
                if no.code == 6 and self.state == "greeting":
                    self._doubt(tr("{port}: {text}", port=self.name, text=no.text))
                return [no]
            case _ if self.state != "ready":
                pass  # of a session before this one
            case _:
                if isinstance(message, msg.Status):
                    self.status = message
                    self.device_clock.unwrap(message.now)
                return [message]
        return []

    def _greeted(self, info: msg.Info) -> None:
        boot = bool(info.flags & BOOT)
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
        self.counters.unanswered += self._requests.expire(now)
        self._send_due()
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
        self._pings.clear()
        self.notes.append(Note("gone", str(error)))


def label_bytes(name: str) -> bytes:
    """A name as a `SetId` holds it. Raises `ParameterError` if it is none, or too long."""
    label = name.strip().encode()
    if not label or not name.isprintable() or len(label) > LABEL_SIZE:
        raise ParameterError("a name has 1 to {limit} bytes and no control characters, not '{name}'",
                             limit=LABEL_SIZE, name=name)  # fmt: skip
    return label.ljust(LABEL_SIZE, b"\0")


def answers_as_adapter(adapter: Adapter, patience: float, *, clock: Callable[[], float] = time.monotonic) -> bool:
    """Greet, and wait for an answer: True once it came, False after `patience` seconds or enough of something else.

    Leaves the port open where there is one.
    """
    until = clock() + patience
    while clock() < until:
        adapter.poll(clock())
        if adapter.state == "ready":
            return True
        if not adapter.open_path or (adapter.n_bytes > ENOUGH and adapter.counters.frames == 0):
            return False
        time.sleep(0.005)
    return False
