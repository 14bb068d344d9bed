"""The verb ``record``: what a rig does, into a file, as it happens."""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import Verb, quantity
from luiapp.cli.paths import add_overwrite, new_file
from luiapp.cli.report import Report, table
from luiapp.errors import FileError, LuiError, RigError
from luiapp.texts import mark, tr
from luiapp.units import format_quantity

if TYPE_CHECKING:
    from luiapp.data.chunk import Chunk
    from luiapp.files import McapWriter
    from luiapp.stream.source import Rig

PATIENCE = 10.0  # s without a single sample
_TICK = 0.05  # s: how soon an interruption is obeyed
_log = logging.getLogger(__name__)


@dataclass
class Progress:
    """How far a recording has come, and why it ended: ``"duration"``, ``"interrupted"`` or ``"end of stream"``."""

    i_first: int | None = None
    i_end: int = 0
    dt: float = 0.0
    n_spikes: int = 0
    ended: str = ""
    wire: str = ""  # what was last said of the port, in words

    @property
    def seconds(self) -> float:
        """Recorded so far [s], gaps included."""
        return 0.0 if self.i_first is None else (self.i_end - self.i_first) * self.dt


def record(options: Namespace) -> Report:
    """Open the rig, append chunk by chunk, and turn the result into the kind of file that was asked for.

    Whatever becomes of the program, the samples so far are in an ``.mcap`` file: the one asked for, or one beside it
    that is removed once its contents are where they should be.
    """
    from luiapp.files import McapWriter
    from luiapp.rigs.registry import open_rig

    out = new_file(options.out, overwrite=options.overwrite)
    direct = out.suffix.lower() == ".mcap"
    growing = out if direct else out.with_name(out.name + ".partial.mcap")
    if not direct and growing.exists():
        raise FileError(
            "'{path}' holds a recording that was cut off; move it away, or 'luiapp convert' it, first", path=growing
        )
    rig = open_rig(options.rig)
    try:
        writer = McapWriter(growing, _metadata(rig))
        progress = Progress()
        try:
            with interruptible() as stop:
                follow(rig, writer, progress, options.duration, stop=stop, tell=not options.json)
        except FileError as error:  # a full disk
            if progress.i_first is None:
                raise
            raise FileError(
                "{error} The {recorded} before that are kept in '{path}'.",
                error=error, recorded=format_quantity(progress.seconds, "s"), path=growing,
            ) from error  # fmt: skip
        finally:
            writer.close()
            if progress.i_first is None:  # an empty recording would only puzzle
                growing.unlink(missing_ok=True)
        health = rig.health()
    finally:
        rig.close()
    files = [out] if direct else _turn_into(growing, out)
    return _report(out, files, rig, progress, health)


def follow(
    rig: Rig,
    writer: McapWriter,
    progress: Progress,
    duration: float | None = None,
    *,
    stop: threading.Event,
    tell: bool = False,
    patience: float = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Append what `rig` sends until `duration` seconds of its own time are there, it ends, or `stop` is set.

    `progress` is kept up to date, so that it tells how far it came also where this raises.

    Raises
    ------
    RigError
        If nothing comes for `patience` seconds.
    """
    last = told = clock()
    while not stop.is_set():
        try:
            chunk = rig.source.read(_TICK)
        except EOFError:
            progress.ended = "end of stream"
            return
        except LuiError as error:  # a cable pulled: the rig goes on trying, and so do we
            print(tr("warning: {sentence}", sentence=error), file=sys.stderr)
            chunk = None
        now = clock()
        _tell_of_the_wire(chunk, progress)
        if chunk is None or not chunk.n_samples:
            if now - last > patience:
                raise _silent(rig, progress, patience)
            if chunk is None:
                continue
        else:
            last = now
        if _take(chunk, writer, progress, duration):
            progress.ended = "duration"
            return
        if tell and now - told >= 1.0 and sys.stderr.isatty():
            told = now
            line = tr("{time}, {n} spikes", time=format_quantity(progress.seconds, "s"), n=progress.n_spikes)
            print(f"\r{line}   ", end="", file=sys.stderr, flush=True)
    progress.ended = "interrupted"


def _take(chunk: Chunk, writer: McapWriter, progress: Progress, duration: float | None) -> bool:
    """Append it; True when that was the last one."""
    if not chunk.n_samples and progress.i_first is None:  # what happened before the first sample
        writer.append(chunk)
        return False
    if progress.i_first is None or chunk.i_first < progress.i_end or chunk.layout.dt != progress.dt:
        done = progress.seconds  # a stream that began anew goes on counting where it was
        progress.dt = chunk.layout.dt
        progress.i_first = chunk.i_first - round(done / progress.dt)
    finished = False
    if duration is not None:
        i_end = progress.i_first + max(1, round(duration / progress.dt))
        finished = chunk.i_end >= i_end
        chunk = chunk.until(i_end)
    writer.append(chunk)
    progress.i_end = chunk.i_end
    progress.n_spikes += len(chunk.spike_times)
    return finished


def _tell_of_the_wire(chunk: Chunk | None, progress: Progress) -> None:
    """A port that came, went or can't be opened: a person hears of it at once."""
    for event in chunk.events if chunk is not None else ():
        if event.kind == "link" and isinstance(event.value, str) and event.value != progress.wire:
            progress.wire = event.value
            print(f"{event.target}: {event.value}", file=sys.stderr)


def _silent(rig: Rig, progress: Progress, patience: float) -> RigError:
    seconds = f"{patience:g}"
    if progress.i_first is None:
        if progress.wire:
            return RigError("'{name}' has sent nothing for {seconds} s: {reason}", name=rig.name, seconds=seconds,
                            reason=progress.wire)  # fmt: skip
        return RigError(
            "'{name}' has sent nothing for {seconds} s. Is it plugged in and switched on?",
            name=rig.name, seconds=seconds,
        )  # fmt: skip
    return RigError(
        "'{name}' has sent nothing for {seconds} s; the {recorded} before that are kept",
        name=rig.name, seconds=seconds, recorded=format_quantity(progress.seconds, "s"),
    )  # fmt: skip


def _metadata(rig: Rig) -> dict[str, Any]:
    from luiapp.data.provenance import provenance

    network = rig.network
    return provenance(None if network is None else network.to_dict(), rig=rig.name, kind=rig.kind)


def _turn_into(growing: Path, out: Path) -> list[Path]:
    from luiapp.files import read_recording, write_recording

    try:
        files = write_recording(out, read_recording(growing))
    except LuiError as error:
        raise FileError(
            "'{path}' couldn't be written ({error}); everything recorded is safe in '{kept}'",
            path=out, error=error, kept=growing,
        ) from error  # fmt: skip
    with suppress(OSError):
        growing.unlink()
    return files


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Ctrl-C (or a polite kill) sets the event; a second one interrupts as usual."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def obey(number: int, frame: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    try:
        for number in before:
            signal.signal(number, obey)
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(out: Path, files: list[Path], rig: Rig, progress: Progress, health: dict[str, int | float | str]) -> Report:
    data: dict[str, Any] = {
        "file": out,
        "files": files,
        "rig": rig.name,
        "kind": rig.kind,
        "duration": progress.seconds,
        "n_samples": 0 if progress.i_first is None else progress.i_end - progress.i_first,
        "n_spikes": progress.n_spikes,
        "ended": progress.ended,
        "health": health,
    }
    rows = [
        (tr("recorded"), f"{format_quantity(progress.seconds, 's')} ({rig.name})"),
        (tr("spikes"), str(progress.n_spikes)),
        (tr("written to"), ", ".join(map(str, files))),
    ]
    if progress.ended == "interrupted":
        rows.append((tr("note"), tr("interrupted; everything up to then is kept")))
    return Report(data, table(rows))


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "rig",
        metavar=tr("RIG"),
        help=tr("sim, sim:ring, board:/dev/ttyACM0@115200, replay:FILE or chip:7 ('luiapp ports')"),
    )
    parser.add_argument(
        "--duration", type=quantity("s"), metavar=tr("TIME"), help=tr("how long, such as '10 s'; else until Ctrl-C")
    )
    parser.add_argument(
        "--out", required=True, metavar=tr("FILE"), help=tr("where to, such as lesson.mcap or lesson.csv")
    )
    add_overwrite(parser)


RECORD = Verb(
    record,
    mark("record what a rig does; Ctrl-C ends it and keeps what there is (exit code 0)"),
    _arguments,
    (
        ("luiapp record board:/dev/ttyACM0 --duration 10s --out membrane.mcap", mark("ten seconds of a real board")),
        ("luiapp record sim:ring --duration 2s --out ring.csv", mark("the ring, simulated, for a spreadsheet")),
        ("luiapp record sim --out long.mcap", mark("until Ctrl-C; the file grows as it happens")),
    ),
)
