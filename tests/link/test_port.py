"""Ports: what the system lists, what opening can answer, and finding a board again after it moved."""

from __future__ import annotations

import errno
import os
import socket

import pytest
import serial

from luiapp.errors import LinkError
from luiapp.link import port as port_module
from luiapp.link.doctor import port_report
from luiapp.link.known import KNOWN_BOARDS
from luiapp.link.listener import _find
from luiapp.link.port import (
    Port,
    SerialTransport,
    is_address,
    list_all,
    may_use,
    open_port,
    permission_advice,
    short_name,
)

UNO = Port("/dev/ttyACM0", "USB2.0-Serial", 0x2341, 0x0043, "55731", "1-1.2:1.0")
NANO = Port("/dev/ttyUSB0", "USB Serial", 0x1A86, 0x7523, "", "1-1.3")
PLAIN = Port("/dev/ttyS0", "ttyS0")


@pytest.mark.parametrize(
    ("path", "name"),
    [("/dev/ttyACM0", "ttyACM0"), ("/dev/pts/3", "pts3"), ("COM12", "COM12"), ("socket://lab:7000", "lab:7000"),
     ("/dev/cu.usbmodem14101", "cu.usbmodem14101"), ("\\\\.\\COM12", "COM12")],
)  # fmt: skip
def test_short_names(path, name):
    assert short_name(path) == name


def test_boards_are_recognised_by_their_numbers():
    (uno, nano, plain) = port_report([UNO, NANO, PLAIN])
    assert uno.recognised == "Arduino Uno" and uno.usb == "2341:0043" and uno.name == "ttyACM0"
    assert "Nano" in nano.recognised and plain.recognised == "" and plain.usb == ""
    assert KNOWN_BOARDS[0x2341, 0x0043].vref == 5.0 and KNOWN_BOARDS[0x2E8A, 0x000A].vref == 3.3
    (pico,) = port_report([Port("/dev/ttyACM1", "Pico", 0x2E8A, 0x000A, "E66", "1-1")])
    assert "buffer" in pico.advice and pico.permitted


def test_no_permission_comes_with_the_line_to_type(monkeypatch, tmp_path):
    monkeypatch.setattr("luiapp.link.doctor.may_use", lambda path: False)
    (report,) = port_report([UNO])
    assert not report.permitted and "usermod -aG dialout $USER" in report.advice
    assert "log out" in permission_advice(str(tmp_path))
    assert may_use("socket://lab:1") and may_use("/dev/not-there")


def test_listing_never_fails_and_speaks_our_type():
    assert all(isinstance(p, Port) and p.path for p in list_all())


def _fault(call: object) -> LinkError:
    with pytest.raises(LinkError) as caught:
        call()  # type: ignore[operator]
    assert "{" not in str(caught.value)
    return caught.value


def test_a_missing_port_is_named():
    error = _fault(lambda: open_port("/dev/ttyNOTHERE"))
    assert error.fields["fault"] == "missing" and "/dev/ttyNOTHERE" in str(error)


def test_a_file_is_no_port(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    assert _fault(lambda: open_port(str(path))).fields["fault"] == "other"


def test_an_address_that_nobody_answers():
    assert is_address("socket://localhost:1")
    assert _fault(lambda: open_port("socket://localhost:1")).fields["fault"] in ("other", "missing")
    assert "HOST:PORT" in str(_fault(lambda: open_port("socket://localhost")))
    assert _fault(lambda: open_port("nonsense://x")).fields["fault"] == "other"


@pytest.mark.parametrize(
    ("raised", "fault"),
    [
        (serial.SerialException(errno.EAGAIN, "Could not exclusively lock port"), "busy"),
        (serial.SerialException(errno.EBUSY, "could not open port"), "busy"),
        (serial.SerialException(errno.EACCES, "could not open port"), "denied"),
        (serial.SerialException(errno.ENOENT, "could not open port"), "missing"),
        (OSError(errno.EIO, "Input/output error"), "other"),
        (TypeError("an integer is required"), "other"),
        (ValueError("Not a valid baudrate"), "other"),
    ],
)
def test_every_way_that_opening_fails_is_told_apart(monkeypatch, raised, fault):
    def fail(*args: object, **kwargs: object) -> None:
        raise raised

    monkeypatch.setattr(port_module.serial, "serial_for_url", fail)
    assert _fault(lambda: open_port("/dev/null")).fields["fault"] == fault


def test_a_wire_reads_at_once_and_says_when_it_is_gone():
    master, slave = os.openpty()
    wire = open_port(os.ttyname(slave))
    assert wire.read() == b""
    os.write(master, b"512\n")
    assert wire.read() == b"512\n"
    wire.set_baud(9600)
    wire.write(b"hi")
    assert os.read(master, 10) == b"hi"
    os.close(master)
    assert _fault(wire.read).fields["fault"] == "gone"
    assert _fault(lambda: wire.write(b"x")).fields["fault"] == "gone"
    wire.close()
    wire.close()
    os.close(slave)


def test_what_came_before_the_cable_was_pulled_is_still_read():
    parts = [b"1\n", b"2\n"]

    class Wire:
        def read(self, size: int) -> bytes:
            if not parts:
                raise OSError(errno.EIO, "Input/output error")
            return parts.pop(0)

    wire = SerialTransport("x", Wire())
    assert wire.read() == b"1\n2\n"
    assert _fault(wire.read).fields["fault"] == "gone"


def test_a_socket_is_a_port_too():
    with socket.create_server(("localhost", 0)) as server:
        wire = open_port(f"socket://localhost:{server.getsockname()[1]}")
        other, _ = server.accept()
        assert wire.read() == b""
        wire.set_baud(9600)
        wire.write(b"hi")
        assert other.recv(10) == b"hi"
        other.sendall(b"1,2\n" * 500)
        data = b""
        for _ in range(100_000):
            data += wire.read()
            if len(data) >= 2000:
                break
        assert data == b"1,2\n" * 500
        other.close()
        assert _fault(lambda: [wire.read() for _ in range(100_000)]).fields["fault"] == "gone"
        wire.close()


def test_a_board_is_found_again_by_what_it_is():
    moved = Port("/dev/ttyACM7", "", UNO.vid, UNO.pid, UNO.serial_number, "1-4")
    stranger = Port("/dev/ttyACM0", "", 0x2341, 0x0043, "999", "1-1.2")
    assert _find("/dev/ttyACM0", UNO, [stranger, moved], ()) == "/dev/ttyACM7"
    assert _find("/dev/ttyACM0", UNO, [moved, UNO], ()) == "/dev/ttyACM0"
    assert _find("/dev/ttyACM0", UNO, [], ()) == "/dev/ttyACM0"
    assert _find("/dev/pts/3", None, [UNO], ()) == "/dev/pts/3"


def test_a_board_without_a_serial_number_is_found_where_only_one_can_be_it():
    elsewhere = Port("/dev/ttyUSB1", "", NANO.vid, NANO.pid, "", "1-4")
    other = Port("/dev/ttyUSB2", "", NANO.vid, NANO.pid, "", "1-5")
    assert _find("/dev/ttyUSB0", NANO, [elsewhere], ()) == "/dev/ttyUSB1"
    assert _find("/dev/ttyUSB0", NANO, [elsewhere, other], ()) == "/dev/ttyUSB0"
    assert _find("/dev/ttyUSB0", NANO, [elsewhere, other], ["/dev/ttyUSB2"]) == "/dev/ttyUSB1"


def test_a_link_to_a_device_is_known_as_the_device(tmp_path):
    from luiapp.link.listener import PortListener

    master, slave = os.openpty()
    link = tmp_path / "usb-Arduino_Uno_55731"
    link.symlink_to(os.ttyname(slave))
    uno = Port(os.ttyname(slave), "", UNO.vid, UNO.pid, UNO.serial_number, "1-1")
    listener = PortListener(str(link), lister=lambda: [uno])
    listener.poll(0.0)
    assert listener.port is uno and listener.open_path == uno.path
    listener.close()
    os.close(master)
    os.close(slave)
