"""What ``luiapp train boards`` does: settings for real boards, how they fare, the circuit and the trimmer sheet."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import count
from luiapp.cli.record import interruptible
from luiapp.cli.report import Report, table
from luiapp.errors import FileError, FormatError, ParameterError
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.data.recording import Recording
    from luiapp.model.network import Network
    from luiapp.train.boards.circuit import Verdict
    from luiapp.train.boards.learner import BoardLearner
    from luiapp.train.boards.settings import LayerSettings
    from luiapp.train.boards.tasks import BoardTask
    from luiapp.train.fit import Progress

TASKS = ("coincidence", "majority", "xor")  # those that are learned well; without numba
STARTS, SETS = 16, 100
_EVERY = 20  # epochs between two lines
_SHEETS = (".html", ".txt")
EXAMPLES = (
    ("luiapp train boards xor --save xor.json --sheet xor.html",
     mark("three boards that do XOR: a circuit for the bench, and how to set them")),
    ("luiapp run --rig sim:xor.json", mark("watch that circuit at work")),
)  # fmt: skip


def boards(options: Namespace) -> Report:
    """Learn settings for boards, and test them on sets of boards made of random parts."""
    if options.file not in TASKS:
        raise ParameterError("'boards' needs a task behind it: {names}", names=", ".join(TASKS))
    save = new_text(options.save, (".json",), options.overwrite) if options.save else None
    sheet = new_text(options.sheet, _SHEETS, options.overwrite) if options.sheet else None
    from luiapp.train.boards.tasks import board_task

    task = board_task(options.file, hidden=options.hidden)
    begun = time.perf_counter()
    learner, epochs, interrupted = _taught(task, options)
    seconds = time.perf_counter() - begun
    layers = learner.settings()
    found = _judged(task, layers, options)
    data: dict[str, Any] = {
        "task": task.key,
        "n_boards": task.n_boards,
        "epochs": epochs,
        "seconds": seconds,
        "seed": options.seed,
        "interrupted": interrupted,
        **found,
        "file": save,
        "sheet": sheet,
    }
    if save is not None:
        _write_circuit(save, task, layers, data)
    if sheet is not None:
        _write_sheet(sheet, task, layers, found["wires"])
    return Report(data, _lines(data))


def _taught(task: BoardTask, options: Namespace) -> tuple[BoardLearner, int, bool]:
    from luiapp.train.boards.teach import EPOCHS, teach

    last = 0

    def tell(now: Progress) -> None:
        nonlocal last
        last = now.epoch
        if now.epoch and (now.epoch % _EVERY == 0 or now.epoch == now.n_epochs) and now.valid is not None:
            print(tr("epoch {epoch} of {n}: {percent} % right, {seconds} s", epoch=now.epoch, n=now.n_epochs,
                     percent=f"{100 * now.valid.accuracy:.1f}", seconds=f"{now.seconds:.2f}"),
                  file=sys.stderr)  # fmt: skip

    print(tr("trying {n} first settings …", n=options.starts), file=sys.stderr)
    epochs = EPOCHS if options.epochs is None else options.epochs
    with interruptible() as stop:
        learner = teach(task, seed=options.seed, epochs=epochs, starts=options.starts, tell=tell, stop=stop.is_set)
        interrupted = stop.is_set()
    if interrupted:
        print(tr("interrupted; what was learned is kept"), file=sys.stderr)
    return learner, last, interrupted


def _judged(task: BoardTask, layers: Sequence[LayerSettings], options: Namespace) -> dict[str, Any]:
    from luiapp.train.boards.circuit import board_names, wires
    from luiapp.train.boards.exam import examine

    exam = examine(task, layers, _twins, sets=options.sets)
    names = board_names(task)
    sources = [list(task.inputs), *names]
    rows = [
        {
            "board": names[w.layer][w.board],
            "dendrite": w.dendrite + 1,
            "from": sources[w.layer][w.source],
            "sign": 1 if w.step > 0 else -1,
            "step": abs(w.step) - 1,
            "pulses": pulse,
            "leds": leds,
        }
        for w, (pulse, leds) in zip(wires(layers), exam.counts, strict=True)
    ]
    return {
        "n_sets": options.sets,
        "nominal_accuracy": float(exam.nominal.accuracy.mean()),
        "by_eye": _spread(exam.by_eye),
        "by_test": _spread(exam.by_test),
        "fan_in": max(one.fan_in for one in layers),
        "wires": rows,
    }


def _twins(network: Network, duration: float) -> Recording:
    from luiapp.simulate import Options, run

    return run(network, duration, options=Options(dt=1e-3))


def _spread(verdict: Verdict) -> dict[str, Any]:
    accuracy = verdict.accuracy
    return {
        "accuracy": float(accuracy.mean()),
        "deviation": float(accuracy.std()),
        "worst": float(accuracy.min()),
        "perfect": verdict.perfect,
        "by_pattern": verdict.right.mean(axis=0),
    }


def _write_circuit(path: Path, task: BoardTask, layers: Sequence[LayerSettings], data: dict[str, Any]) -> None:
    from luiapp.files import write_network
    from luiapp.train.boards.circuit import circuit

    net = circuit(task, layers)
    net.extra["trained"]["accuracy"] = {name: data[name]["accuracy"] for name in ("by_eye", "by_test")}
    write_network(path, net)


def _write_sheet(path: Path, task: BoardTask, layers: Sequence[LayerSettings], rows: list[dict[str, Any]]) -> None:
    from luiapp.texts import language
    from luiapp.train.boards.sheet import sheet_html, sheet_text

    counts = [(row["pulses"], row["leds"]) for row in rows]
    html = path.suffix.lower() == ".html"
    text = sheet_html(task, layers, counts, language=language()) if html else sheet_text(task, layers, counts)
    write_text(path, text)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, or not at all."""
    from luiapp.files.disk import atomic

    with atomic(path) as file:
        file.write(text.encode("utf-8"))


def new_text(text: str, suffixes: tuple[str, ...], overwrite: bool) -> Path:
    """The path of a file of one of these kinds that can be written, found out before any time is spent."""
    path = Path(text)
    if path.suffix.lower() not in suffixes:
        raise FormatError("'{path}' ends with '{suffix}'; this is written as {names}",
                          path=path, suffix=path.suffix, names=", ".join(suffixes))  # fmt: skip
    if path.is_dir():
        raise FileError("'{path}' is a folder, not a file", path=path)
    if not path.parent.is_dir():
        raise FileError("the folder '{folder}' doesn't exist; make it first", folder=path.parent)
    if path.exists() and not overwrite:
        raise FileError("'{path}' already exists; name another file, or add --overwrite", path=path)
    return path


def _lines(data: dict[str, Any]) -> list[str]:
    rows = [(tr("boards"), str(data["n_boards"])),
            (tr("right with nominal parts"), f"{100 * data['nominal_accuracy']:.1f} %")]  # fmt: skip
    for name, title in (("by_eye", tr("trimmers set by eye")), ("by_test", tr("trimmers set by the pulse-count test"))):
        one = data[name]
        rows.append((title, tr("{percent} % ± {spread} over {n} sets of boards; {perfect} % of them all right",
                               percent=f"{100 * one['accuracy']:.1f}", spread=f"{100 * one['deviation']:.1f}",
                               n=data["n_sets"], perfect=f"{100 * one['perfect']:.0f}")))  # fmt: skip
    for name, title in (("file", tr("circuit")), ("sheet", tr("trimmer sheet"))):
        if data[name] is not None:
            rows.append((title, str(data[name])))
    return table(rows)


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``train boards``."""
    parser.add_argument("--sheet", metavar=tr("FILE"),
                        help=tr("with 'boards': how to set them by hand, as sheet.html or sheet.txt"))  # fmt: skip
    parser.add_argument("--starts", type=count(), default=STARTS, metavar="N",
                        help=tr("with 'boards': first settings to try ({n})", n=STARTS))  # fmt: skip
    parser.add_argument("--sets", type=count(), default=SETS, metavar="N",
                        help=tr("with 'boards': sets of random parts to test with ({n})", n=SETS))  # fmt: skip
