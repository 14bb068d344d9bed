"""The verb ``firmware``: build, simulate and flash the adapter's firmware."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from luiapp.cli.parser import Verb
from luiapp.cli.report import Report
from luiapp.errors import FileError, LinkError, LuiError, ParameterError
from luiapp.texts import mark, tr

SOURCES = Path(__file__).parents[2] / "firmware"
_TOUCH_BAUD = 1200  # a Pico whose port is opened at this rate shows its drive
_DRIVE_PATIENCE = 15.0  # s for the drive to be mounted
_NO_DRIVE = mark("the Pico at {port} showed no drive; unplug it, hold its button while you plug it in, and name its "
                 "drive instead of the port")  # fmt: skip
_NO_SOURCES = mark("the firmware's sources are not here: {folder} is missing; take luiapp from its repository")


def firmware(options: Namespace) -> Report:
    """Do what `options.action` names."""
    return {"build": _build, "simulate": _simulate, "flash": _flash, "info": _info}[options.action](options)


def _build(options: Namespace) -> Report:
    """Everything that a compiler is there for."""
    if not (SOURCES / "Makefile").is_file():
        raise FileError(_NO_SOURCES, folder=SOURCES)
    if shutil.which("make") is None:
        raise LuiError(
            "'make' is missing; install it, or use the image that comes with luiapp ('luiapp firmware flash')"
        )
    done = subprocess.run(["make", "-C", str(SOURCES), "all"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise LuiError("the firmware could not be built: {error}", error=done.stderr.strip()[-500:])
    built = sorted(p.name for p in (SOURCES / "build").iterdir())
    lines = [line for line in done.stdout.splitlines() if line.startswith("flash ") or "was not built" in line]
    return Report(
        {"folder": str(SOURCES / "build"), "built": built}, [*lines, tr("Built: {names}", names=", ".join(built))]
    )


def _simulate(options: Namespace) -> Report:
    """The image in simavr, or the core as a program, until interrupted."""
    build = SOURCES / "build"
    simrun, image, host = build / "simrun", build / "adapter.elf", build / "adapter-host"
    link = options.target or "lui-adapter"
    if simrun.exists() and image.exists():
        command = [str(simrun), str(image), link]
    elif host.exists():
        command = [str(host), "pty", link]
    else:
        raise FileError("nothing to simulate was built yet: type 'luiapp firmware build' first; without a compiler "
                        "there is 'luiapp run --rig board:virtual'")  # fmt: skip
    text = tr(
        "The adapter is at {port}; type in another window: luiapp run --rig board:{port}", port=Path(link).absolute()
    )
    print(text, file=sys.stderr, flush=True)
    with subprocess.Popen(command, stdin=subprocess.PIPE) as device:
        begun = time.monotonic()
        try:
            while device.poll() is None and (options.seconds is None or time.monotonic() - begun < options.seconds):
                time.sleep(0.05)
        except KeyboardInterrupt:
            pass
        assert device.stdin is not None
        device.stdin.close()
        code = device.wait(5)
    if code:
        raise LuiError("the simulated adapter broke off (code {code})", code=code)
    return Report({"port": link, "command": command}, [tr("The simulated adapter has ended.")])


def _flash(options: Namespace) -> Report:
    """Write the image that comes with luiapp, or one from a file: through a bootloader, or onto a Pico's drive."""
    from luiapp.link.port import list_all
    from luiapp.link.uf2 import drives, is_drive

    ports = {p.path: p.board for p in list_all() if p.board is not None and (p.board.resets or p.board.takes_uf2)}
    target = options.target
    if not target:
        nominated = [*ports, *map(str, drives())]
        if len(nominated) != 1:
            raise ParameterError("name the port to write to, such as {example} ('luiapp ports' lists them)",
                                 example=nominated[0] if nominated else "/dev/ttyACM0")  # fmt: skip
        target = nominated[0]
    board = ports.get(target)
    if board is not None and board.takes_uf2:
        return _flash_pico(_drive_of(target), options.image)
    if is_drive(Path(target)):
        return _flash_pico(Path(target), options.image)
    return _flash_bootloader(target, options.image)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise FileError("{path} can't be read: {error}", path=path, error=error) from None


def _drive_of(port: str) -> Path:
    """Ask the Pico at a port to show its drive, and wait for it."""
    from luiapp.link.port import open_port
    from luiapp.link.uf2 import drives

    before = set(drives())
    wire = open_port(port)
    try:
        wire.set_baud(_TOUCH_BAUD)
    finally:
        wire.close()
    until = time.monotonic() + _DRIVE_PATIENCE
    while time.monotonic() < until:
        if new := [one for one in drives() if one not in before]:
            return new[0]
        time.sleep(0.2)
    raise LinkError(_NO_DRIVE, port=port, fault="other")


def _flash_pico(drive: Path, image: str) -> Report:
    from luiapp.link.flash import shipped_uf2
    from luiapp.link.uf2 import read_uf2, write_drive

    data = _read(image) if image else shipped_uf2()[0]
    size = len(read_uf2(data, name=Path(image).name))
    write_drive(drive, data)
    line = tr("{n} bytes were copied to the Pico, which starts them now. Next: luiapp ports", n=size)
    return Report({"port": str(drive), "bytes": size}, [line])


def _flash_bootloader(path: str, image_path: str) -> Report:
    from luiapp.link.flash import FLASH, flash, shipped_image
    from luiapp.link.hexfile import read_hex
    from luiapp.link.port import open_port

    if image_path:
        text = _read(image_path).decode("ascii", errors="replace")
        image = read_hex(text, name=Path(image_path).name, size=FLASH)
    else:
        image = shipped_image()[0]
    wire = open_port(path)
    try:
        for step in flash(wire, image):
            if sys.stderr.isatty():
                print(f"\r{step.stage} {step.done} / {step.size}  ", end="", file=sys.stderr, flush=True)
    finally:
        wire.close()
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return Report({"port": path, "bytes": len(image)},
                  [tr("{n} bytes were written to {port} and read back. Next: luiapp run --rig board:{port}",
                      n=len(image), port=path)])  # fmt: skip


def _info(options: Namespace) -> Report:
    """What comes with luiapp."""
    from luiapp.link.flash import shipped_image, shipped_uf2
    from luiapp.link.uf2 import read_uf2

    uf2, about_uf2 = shipped_uf2()
    image, about = shipped_image()
    images = [{"bytes": len(image), **about}, {"bytes": len(read_uf2(uf2, name="adapter-rp2040.uf2")), **about_uf2}]
    lines = [tr("Image for {chip}: {n} bytes, made by {compiler}", chip=one["chip"], n=one["bytes"],
                compiler=one["compiler"]) for one in images]  # fmt: skip
    return Report({"images": images}, lines)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", choices=("build", "simulate", "flash", "info"),
                        help=tr("build: from source; simulate: a port with an adapter behind it; flash: into an Uno, "
                                "Nano or Pico; info: what comes with luiapp"))  # fmt: skip
    parser.add_argument(
        "target",
        nargs="?",
        default="",
        help=tr("flash: the port, or a Pico's drive; simulate: name of the port to make (default: lui-adapter)"),
    )
    parser.add_argument("--image", default="", help=tr("flash: another image, a .hex file (Pico: .uf2)"))
    parser.add_argument("--seconds", type=float, default=None, help=tr("simulate: end by itself"))


FIRMWARE = Verb(
    firmware,
    mark("build, simulate or flash the firmware of the adapter between boards and computer"),
    _arguments,
    (
        ("luiapp firmware flash /dev/ttyACM0", mark("make an Arduino Uno or Nano an adapter")),
        ("luiapp firmware flash /media/me/RPI-RP2", mark("the same with a Raspberry Pi Pico that waits as a drive")),
        ("luiapp firmware simulate", mark("the firmware without hardware, behind a port of its own")),
    ),
)
