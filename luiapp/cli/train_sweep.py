"""``train sweep``: the robustness study of surrogate gradients, resumable, over processes or a cluster."""

from __future__ import annotations

import contextlib
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import count
from luiapp.cli.report import Report, table
from luiapp.errors import FileError, ParameterError
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.train.sweep.journal import Journal
    from luiapp.train.sweep.point import Point
    from luiapp.train.sweep.study import Extent

STUDIES = ("shapes", "reset", "recurrent", "activity")  # without numba


def run_sweep(options: Namespace) -> Report:
    """Do what is left of the studies, then tell all that is known."""
    from luiapp.train.sweep.journal import Journal
    from luiapp.train.sweep.study import STUDIES as KNOWN
    from luiapp.train.sweep.study import Extent

    if options.file is None:
        raise ParameterError("'sweep' needs a file behind it that keeps the results, such as sweep.jsonl")
    folder = _folder(options.figures) if options.figures else None
    extent = Extent(options.full, 3 if options.seeds is None else options.seeds, options.epochs)
    names = [options.study] if options.study else list(KNOWN)
    points = {point.key: point for name in names for point in KNOWN[name].points(options.data, extent)}
    with Journal(options.file) as journal:
        n_known = sum(key in journal.results for key in points)
        interrupted = False
        try:
            if n_known < len(points):
                _work(options, list(points.values()), journal, n_known)
        except KeyboardInterrupt:  # every line is in the file already
            interrupted = True
            print(tr("interrupted; what is done is in '{file}', and the same command goes on from there",
                     file=options.file), file=sys.stderr)  # fmt: skip
        return _report(options, names, extent, journal, folder, interrupted)


def _work(options: Namespace, points: list[Point], journal: Journal, n_known: int) -> None:
    from luiapp.train.sweep.run import sweep

    with _executor(options) as executor:
        for done, (point, result) in enumerate(sweep(points, journal=journal, executor=executor), start=n_known + 1):
            print(tr("{done} of {n}: {what}: {percent} % right, {seconds} s", done=done, n=len(points),
                     what=_named(point), percent=f"{100 * result.test_accuracy:.1f}",
                     seconds=f"{result.seconds:.1f}"), file=sys.stderr)  # fmt: skip


@contextlib.contextmanager
def _executor(options: Namespace) -> Iterator[Executor | None]:
    from luiapp.train.sweep.run import cluster, local_pool

    if options.scheduler:
        with cluster(options.scheduler) as executor:
            yield executor
    elif options.threads == 1:
        yield None
    else:
        with local_pool(options.threads) as executor:
            yield executor


def _named(point: Point) -> str:
    parts = [point.surrogate, f"β {point.beta:g}"]
    parts += [tr("reset attached")] * point.attached + [tr("recurrent")] * point.recurrent
    if point.ceiling is not None:
        parts.append(tr("at most {n} spikes a neuron", n=f"{point.ceiling:g}"))
    return ", ".join([*parts, tr("seed {n}", n=point.seed)])


def _folder(text: str) -> Path:
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError("'{file}' could not be used: {reason}. Check the drive and try again.",
                        file=folder.name, reason=error.strerror or str(error)) from None  # fmt: skip
    return folder


def _report(
    options: Namespace, names: list[str], extent: Extent, journal: Journal, folder: Path | None, interrupted: bool
) -> Report:
    from luiapp.train.sweep.figure import to_svg
    from luiapp.train.sweep.study import STUDIES as KNOWN
    from luiapp.train.sweep.study import spots, to_csv

    studies: dict[str, Any] = {}
    lines, files = [], []
    for name in names:
        study = KNOWN[name]
        found = spots(study, options.data, extent, journal.results)
        studies[name] = [asdict(one) for one in found]
        if folder is not None and found:
            for suffix, text in ((".svg", to_svg(study, options.data, found)),
                                 (".csv", to_csv(study, options.data, found))):  # fmt: skip
                path = folder / f"{options.data}-{name}{suffix}"
                _write(path, text)
                files.append(path)
        axis = tr("steepness") if study.axis == "beta" else tr("at most")
        rows = [(tr(study.title), axis, tr("right [%]"), tr("spread"), tr("spikes"), tr("seeds"))]
        rows += [(one.curve, f"{one.x:g}", f"{100 * one.mean:.1f}", f"{100 * one.spread:.1f}", f"{one.spikes:.2f}",
                  f"{one.n_seeds}/{one.n_planned}") for one in found]  # fmt: skip
        lines += [*table(rows), ""]
    lines += table([(tr("file"), str(path)) for path in [options.file, *files]])
    return Report({"data": options.data, "studies": studies, "file": options.file, "files": files,
                   "interrupted": interrupted}, lines)  # fmt: skip


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise FileError("'{file}' could not be used: {reason}. Check the drive and try again.",
                        file=path.name, reason=error.strerror or str(error)) from None  # fmt: skip


def add_arguments(parser: ArgumentParser) -> None:
    """What only 'sweep' understands."""
    group = parser.add_argument_group(tr("with 'sweep'"))
    group.add_argument("--study", choices=STUDIES, help=tr("what to find out (all, one after the other)"))
    group.add_argument("--full", action="store_true", help=tr("the whole grid of the paper, and longer, for a night"))
    group.add_argument("--seeds", type=count(), metavar="N", help=tr("trainings of every point (3)"))
    group.add_argument("--figures", metavar=tr("FOLDER"), help=tr("write figures (SVG) and tables (CSV) there"))
    group.add_argument("--scheduler", metavar=tr("ADDRESS"),
                       help=tr("train on a Dask cluster, such as tcp://10.0.0.1:8786"))  # fmt: skip
