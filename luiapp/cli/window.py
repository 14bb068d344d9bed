"""The verbs that open the window: ``run`` and ``replay``."""

from __future__ import annotations

import importlib.util
import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from luiapp.cli.parser import Verb, count, quantity
from luiapp.cli.paths import existing_file
from luiapp.cli.qtcheck import display_found, install_line, missing_libraries, unresolved
from luiapp.cli.report import Report
from luiapp.errors import RigError
from luiapp.texts import mark, tr

THEMES = ("light", "dark", "stage")


def run(options: Namespace) -> Report:
    """Open the window, or play without one."""
    return Report(
        code=open_window(options, rig=options.rig, example=options.example, learn=options.learn, chip=options.chip,
                         lock=options.lock)
    )  # fmt: skip


def replay(options: Namespace) -> Report:
    """Open a recording in the window, or tell what is in it."""
    path = existing_file(options.file)
    if options.json:
        return _contents(path)
    return Report(code=open_window(options, rig=f"replay:{path}", example=None))


def open_window(options: Namespace, *, rig: str, example: str | None, learn: str | None = None,
                chip: int | None = None, lesson: str | None = None, lock: bool = False) -> int:  # fmt: skip
    """The window; returns its exit code. Raises `RigError` where it can't be opened."""
    if importlib.util.find_spec("PySide6") is None:
        raise RigError("the window needs Qt, which isn't installed; type: python -m pip install PySide6-Essentials")
    if not options.offscreen and not os.environ.get("QT_QPA_PLATFORM") and not display_found():
        raise RigError(
            "no display was found; --offscreen --seconds 6 --out FOLDER makes a picture and a recording instead"
        )
    if options.offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # before Qt is loaded
    try:
        from luiapp.gui.app import main
    except ImportError as error:
        lacking = missing_libraries(str(error))
        if not lacking:
            raise
        raise RigError(
            "Qt can't start, as system libraries are missing; {advice}", advice=install_line(lacking | unresolved())
        ) from error
    return main(
        rig=rig,
        example=example,
        learn=learn,
        chip=chip,
        lesson=lesson,
        lock=lock,
        offscreen=options.offscreen,
        seconds=options.seconds,
        out=options.out,
        theme=options.theme,
        lang=getattr(options, "lang", None),
    )


def _contents(path: Path) -> Report:
    from luiapp.data.analysis import summary
    from luiapp.files import read_recording

    recording = read_recording(path)
    events: dict[str, int] = {}
    for event in recording.events:
        events[event.kind] = events.get(event.kind, 0) + 1
    data: dict[str, Any] = {
        "file": path,
        "kind": recording.layout.kind,
        "start": recording.t_start,
        "duration": recording.duration,
        "dt": recording.layout.dt,
        "n_samples": recording.samples.shape[0],
        "traces": [{"name": t.name, "unit": t.unit, "quantity": t.quantity} for t in recording.layout.traces],
        "neurons": recording.layout.neurons,
        "n_spikes": len(recording.spike_times),
        "events": events,
        "metadata": recording.metadata,
        "summary": summary(recording),
    }
    return Report(data)


def _how(parser: ArgumentParser) -> None:
    parser.add_argument("--theme", choices=THEMES, help=tr("colours: 'stage' is for projectors"))
    parser.add_argument("--offscreen", action="store_true", help=tr("without a window, on any machine"))
    parser.add_argument(
        "--seconds", type=quantity("s"), metavar=tr("TIME"), help=tr("end after this time, such as '6 s'")
    )
    parser.add_argument(
        "--out", type=Path, metavar=tr("FOLDER"), help=tr("leave a picture and a recording there at the end")
    )


def _run_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--rig",
        default="sim",
        help=tr("what to watch: sim, sim:ring, board:PORT, replay:FILE, chip:7, hybrid:… (default: sim)"),
    )
    parser.add_argument("--example", metavar=tr("NAME"), help=tr("the circuit to open with, such as 'ring'"))
    parser.add_argument(
        "--learn", nargs="?", const="", metavar=tr("LINK"),
        help=tr("open the page where a network learns; with the set-up of this link, if one is given"),
    )  # fmt: skip
    parser.add_argument(
        "--chip", nargs="?", const=7, type=count(0), metavar="N",
        help=tr("open the page where a network moves onto an emulated chip; with this serial number (7)"),
    )  # fmt: skip
    parser.add_argument("--lock", action="store_true",
                        help=tr("lock what lessons don't need; the window says how to unlock"))  # fmt: skip
    _how(parser)


def _replay_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar=tr("FILE"), help=tr("a recording"))
    _how(parser)


RUN = Verb(
    run,
    mark("open the window, with a neuron already firing"),
    _run_arguments,
    (
        ("luiapp run", mark("a simulated Lu.i to play with")),
        ("luiapp run --rig board:/dev/ttyACM0", mark("the board behind this serial port")),
        ("luiapp run --lock", mark("for a class: what a lesson doesn't need can't be changed by accident")),
        ("luiapp run --offscreen --seconds 6 --out demo/", mark("no screen: a picture and a recording in demo/")),
    ),
    reports=False,
)
REPLAY = Verb(
    replay,
    mark("open a recording in the window, as if it were live"),
    _replay_arguments,
    (
        ("luiapp replay lesson.mcap", mark("play it, with scrubbing")),
        ("luiapp replay lesson.mcap --json", mark("no window: tell what is in it")),
    ),
)
