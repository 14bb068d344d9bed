"""Serial ports: list, open, read. The only file that imports serial.

Faults become `LinkError`, whose ``fields["fault"]`` is one of `FAULTS`.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import serial
from serial.tools import list_ports

from luiapp.errors import LinkError
from luiapp.link.known import KNOWN_BOARDS, KnownBoard
from luiapp.texts import mark, tr

FAULTS = ("missing", "denied", "busy", "gone", "other")
READ_SIZE = 65536
PATIENCE = 0.25  # s for a host to answer
# What pyserial lets through at an unplug: its own exception, the system's, and a TypeError on a half-closed port.
_PORT_FAULTS = (serial.SerialException, OSError, TypeError)
_MISSING_ERRNOS = (errno.ENOENT, errno.ENXIO, errno.ENODEV)


class Transport(Protocol):
    """A wire of bytes. Every method but `close` raises `LinkError` when the wire is gone."""

    path: str

    def read(self) -> bytes:
        """What has arrived, about `READ_SIZE` bytes at most; returns at once, empty if nothing has."""

    def write(self, data: bytes) -> None:
        """Send; gives up with a `LinkError` where the other side doesn't take it within half a second."""

    def set_baud(self, baud: int) -> None:
        """Go on at another speed, without closing (closing would reset some boards)."""

    def reset(self) -> None:
        """Start the device anew by its DTR line, where there is one."""

    def close(self) -> None:
        """Let go. Never raises; may be called twice."""


@dataclass(frozen=True)
class Port:
    """A port that the system lists.

    Attributes
    ----------
    path : str
        To open it by.
    description : str
        The system's.
    vid, pid : int or None
        USB numbers.
    serial_number, location : str
        Empty where there is none (a CH340 has no serial number).
    """

    path: str
    description: str = ""
    vid: int | None = None
    pid: int | None = None
    serial_number: str = ""
    location: str = ""

    @property
    def name(self) -> str:
        """Short, for traces and lists, such as ``ttyACM0``."""
        return short_name(self.path)

    @property
    def board(self) -> KnownBoard | None:
        """What its USB numbers nominate."""
        return KNOWN_BOARDS.get((self.vid or 0, self.pid or 0))

    @property
    def identity(self) -> str:
        """What stays the same when it is unplugged and comes back elsewhere; the path where nothing does."""
        if self.vid is None or self.pid is None:
            return self.path
        usb = f"{self.vid:04x}:{self.pid:04x}"
        return f"{usb}:{self.serial_number}" if self.serial_number else f"{usb}@{self.location}"


def short_name(path: str) -> str:
    """The last part of a port's path or address; ``/dev/pts/3`` is ``pts3``."""
    *parents, last = [part for part in path.replace("\\", "/").split("/") if part] or [path]
    return parents[-1] + last if last.isdigit() and parents else last


def list_all() -> list[Port]:
    """The ports that the system lists, USB ones first; ptys and addresses aren't among them."""
    found = [
        Port(
            p.device,
            "" if p.description in (None, "n/a") else p.description,
            p.vid,
            p.pid,
            p.serial_number or "",
            p.location or "",
        )
        for p in list_ports.comports()
    ]
    return sorted(found, key=lambda p: (p.vid is None, p.path))


def real_path(path: str) -> str:
    """The device behind a link such as ``/dev/serial/by-id/…``; other paths and addresses as they are."""
    return str(Path(path).resolve()) if path.startswith("/") else path


def is_address(path: str) -> bool:
    """Whether `path` is an address such as ``socket://host:port`` rather than a device."""
    return "://" in path


def may_use(path: str) -> bool:
    """Whether this person may read and write a port (True where that can't be told before opening it)."""
    if is_address(path) or not Path(path).exists():
        return True
    return os.access(path, os.R_OK | os.W_OK)


def permission_advice(path: str) -> str:
    """What to do so that this person may use a port, in a sentence."""
    if sys.platform.startswith("linux"):
        return tr("type 'sudo usermod -aG {group} $USER', then log out and in again", group=_group(path))
    return tr("ask whoever runs this computer for access to the port")


def _group(path: str) -> str:
    try:
        import grp

        group = grp.getgrgid(Path(path).stat().st_gid).gr_name
    except (ImportError, KeyError, OSError):
        return "dialout"
    return group if group not in ("root", "tty") else "dialout"


class SerialTransport:
    """A serial port or pty (or another of pyserial's addresses, such as ``rfc2217://``), open until closed."""

    def __init__(self, path: str, wire: serial.SerialBase) -> None:
        self.path = path
        self._wire = wire

    def read(self) -> bytes:
        parts: list[bytes] = []
        n_bytes = 0
        try:
            while n_bytes < READ_SIZE:  # the system hands out 4 kB at a time
                part = bytes(self._wire.read(READ_SIZE))
                if not part:
                    break
                parts.append(part)
                n_bytes += len(part)
        except _PORT_FAULTS as error:
            if not parts:  # else what came before it is read first, and the next call fails again
                raise _gone(self.path, error) from None
        return b"".join(parts)

    def write(self, data: bytes) -> None:
        try:
            self._wire.write(data)
        except _PORT_FAULTS as error:
            raise _gone(self.path, error) from None

    def set_baud(self, baud: int) -> None:
        try:
            self._wire.baudrate = baud
        except (*_PORT_FAULTS, ValueError) as error:
            raise _gone(self.path, error) from None

    def reset(self) -> None:
        try:
            self._wire.dtr = False
            time.sleep(0.05)
            self._wire.dtr = True
        except _PORT_FAULTS:
            return  # a pty has no such line

    def close(self) -> None:
        try:
            self._wire.close()
        except _PORT_FAULTS:
            return  # it went before we did


class SocketTransport:
    """A TCP connection, ``socket://host:port``: an emulated board, or a serial port on another machine.

    Our own, since pyserial's waits up to 5 s for a host that doesn't answer.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        address = urlsplit(path)
        try:
            if not address.hostname or not address.port:
                raise ValueError(tr("write socket://HOST:PORT"))
            self._wire = socket.create_connection((address.hostname, address.port), timeout=PATIENCE)
        except (OSError, ValueError) as error:
            raise LinkError(mark("{port} can't be opened: {error}"), port=path, error=error, fault="other") from None
        self._wire.setblocking(False)

    def read(self) -> bytes:
        try:
            data = self._wire.recv(READ_SIZE)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise _gone(self.path, error) from None
        if not data:
            raise _gone(self.path, ConnectionError(tr("the other side hung up")))
        return data

    def write(self, data: bytes) -> None:
        try:
            self._wire.settimeout(0.5)
            self._wire.sendall(data)
            self._wire.setblocking(False)
        except OSError as error:
            raise _gone(self.path, error) from None

    def set_baud(self, baud: int) -> None:
        """A connection has none."""

    def reset(self) -> None:
        """A connection has no such line."""

    def close(self) -> None:
        self._wire.close()


def open_port(path: str, *, baud: int = 115200) -> Transport:
    """Open a port for us alone. Returns at once; raises `LinkError` (missing, denied, busy, other)."""
    if path.startswith("socket://"):
        return SocketTransport(path)
    if not is_address(path) and os.name == "posix" and not Path(path).exists():
        raise _missing(path)
    try:
        wire = serial.serial_for_url(path, baudrate=baud, timeout=0, write_timeout=0.5, exclusive=True)
    except (*_PORT_FAULTS, ValueError) as error:
        raise _why_not(path, error) from None
    try:
        wire.set_low_latency_mode(True)  # an FTDI chip would keep bytes back for 16 ms
    except (*_PORT_FAULTS, ValueError, AttributeError, NotImplementedError):
        pass  # only some drivers know it
    return SerialTransport(path, wire)


Opener = Callable[[str, int], Transport]


def open_at(path: str, baud: int) -> Transport:
    """`open_port` as an `Opener`."""
    return open_port(path, baud=baud)


def _missing(path: str) -> LinkError:
    return LinkError(
        mark("there is no port {port}; plug the board in, or see 'luiapp ports'"), port=path, fault="missing"
    )


def _gone(path: str, error: Exception) -> LinkError:
    return LinkError(
        mark("{port} was unplugged or switched off; plug it in again"), port=path, error=error, fault="gone"
    )


def _why_not(path: str, error: Exception) -> LinkError:
    number = getattr(error, "errno", None)
    reason = str(error)
    if number in _MISSING_ERRNOS or "FileNotFoundError" in reason:
        return _missing(path)
    if number in (errno.EAGAIN, errno.EBUSY) or "exclusively lock" in reason:
        return LinkError(mark("{port} is in use by another program; close it there (serial monitor?)"),
                         port=path, fault="busy")  # fmt: skip
    if os.name == "nt" and "PermissionError" in reason:  # Windows says the same of a port in use
        return LinkError(mark("{port} is in use by another program; close it there (serial monitor?)"),
                         port=path, fault="busy")  # fmt: skip
    if number in (errno.EACCES, errno.EPERM):
        return LinkError(mark("no permission for {port}: {advice}"),
                         port=path, advice=permission_advice(path), fault="denied")  # fmt: skip
    return LinkError(mark("{port} can't be opened: {error}"), port=path, error=error, fault="other")
