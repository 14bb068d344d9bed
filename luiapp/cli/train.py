"""The verb ``train``: teach a network of spiking neurons, and look at one that was taught."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import Verb, count
from luiapp.cli.paths import add_overwrite, existing_file
from luiapp.cli.report import Report, table
from luiapp.errors import FileError, FormatError, ParameterError
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.train.fit import Progress
    from luiapp.train.task import SurrogateTask

METHODS = ("surrogate",)
SURROGATES = ("superspike", "sigmoid", "esser", "arctan", "triangular", "asymptotic", "none")  # without numba
_SUFFIX = ".npz"


def train(options: Namespace) -> Report:
    """Teach, or with ``eval`` test."""
    return _eval(options) if options.what == "eval" else _yin_yang(options)


def _yin_yang(options: Namespace) -> Report:
    from luiapp.train.fit import fit
    from luiapp.train.store import Model, save_model
    from luiapp.train.task import yin_yang_sets

    if options.file is not None:
        raise ParameterError("only 'eval' takes a file; 'luiapp train yinyang --save {file}' writes one",
                             file=options.file)  # fmt: skip
    out = _model_file(options) if options.save else None
    task = _task(options)
    train_set, valid_set, test_set = yin_yang_sets()
    with task.learner(threads=options.threads) as learner:
        data, valid = task.data(learner, train_set), task.data(learner, valid_set)
        last, interrupted = None, False
        try:
            for last in fit(learner, data, task.schedule, valid=valid):
                _tell(last)
        except KeyboardInterrupt:  # what was learned so far is in the learner
            interrupted = True
            print(tr("interrupted; what was learned is kept"), file=sys.stderr)
        found, checked = learner.evaluate(task.data(learner, test_set)), learner.evaluate(valid)
        about: dict[str, Any] = {
            "method": "surrogate",
            "test_accuracy": found.accuracy,
            "valid_accuracy": checked.accuracy,
            "epochs": last.epoch if last else 0,
            "seconds": last.seconds if last else 0.0,
            "n_parameters": task.net.n_parameters,
            "spikes_per_sample": found.spikes,
            "hidden": list(task.net.hidden),
            "seed": task.seed,
            "interrupted": interrupted,
        }
        if out is not None:
            save_model(out, Model(task, learner.weight, about))
    return Report({**about, "file": out}, _lines({**about, "file": out}))


def _eval(options: Namespace) -> Report:
    from luiapp.train.store import open_model
    from luiapp.train.task import yin_yang_sets

    if options.file is None:
        raise ParameterError("'eval' needs a file behind it, such as net.npz")
    model = open_model(existing_file(options.file))
    with model.task.learner(weight=model.weight) as learner:
        found = learner.evaluate(model.task.data(learner, yin_yang_sets()[2]))
    n_out = model.task.net.n_out
    labels = yin_yang_sets()[2].labels
    confusion = [[int(((labels == a) & (found.predicted == b)).sum()) for b in range(n_out)] for a in range(n_out)]
    data = {
        "method": "surrogate",
        "test_accuracy": found.accuracy,
        "loss": found.loss,
        "epochs": model.about.get("epochs"),
        "seconds": model.about.get("seconds"),
        "n_parameters": model.task.net.n_parameters,
        "spikes_per_sample": found.spikes,
        "confusion": confusion,
        "file": options.file,
    }
    return Report(data, _lines(data))


def _task(options: Namespace) -> SurrogateTask:
    from luiapp.train.task import SurrogateTask

    plain = SurrogateTask(seed=options.seed)
    hidden = (options.hidden,) if options.hidden else ()
    schedule = replace(plain.schedule, epochs=options.epochs, seed=options.seed)
    return replace(
        plain,
        net=replace(plain.net, hidden=hidden, recurrent=options.recurrent),
        rule=replace(plain.rule, surrogate=options.surrogate, beta=options.beta, attached=options.attached_reset),
        schedule=schedule,
    )


def _model_file(options: Namespace) -> Path:
    """Where to, found out before any time is spent."""
    path = Path(options.save)
    if path.suffix.lower() != _SUFFIX:
        raise FormatError("'{path}' ends with '{suffix}'; trained networks are written as {names}",
                          path=path, suffix=path.suffix, names=_SUFFIX)  # fmt: skip
    if path.is_dir():
        raise FileError("'{path}' is a folder, not a file", path=path)
    if not path.parent.is_dir():
        raise FileError("the folder '{folder}' doesn't exist; make it first", folder=path.parent)
    if path.exists() and not options.overwrite:
        raise FileError("'{path}' already exists; name another file, or add --overwrite", path=path)
    return path


def _tell(now: Progress) -> None:
    accuracy = now.valid.accuracy if now.valid is not None else now.accuracy
    print(tr("epoch {epoch} of {n}: {percent} % right, {seconds} s", epoch=now.epoch, n=now.n_epochs,
             percent=f"{100 * accuracy:.1f}", seconds=f"{now.seconds:.2f}"), file=sys.stderr)  # fmt: skip


def _lines(data: dict[str, Any]) -> list[str]:
    rows = [
        (tr("right on the test samples"), f"{100 * data['test_accuracy']:.1f} %"),
        (tr("weights"), str(data["n_parameters"])),
        (tr("spikes per sample"), f"{data['spikes_per_sample']:.1f}"),
    ]
    if data["epochs"] is not None:
        rows.append((tr("learned for"), tr("{n} epochs, {seconds} s", n=data["epochs"],
                                           seconds=f"{data['seconds'] or 0:.2f}")))  # fmt: skip
    if data["file"] is not None:
        rows.append((tr("file"), str(data["file"])))
    return table(rows)


def _arguments(parser: ArgumentParser) -> None:

    parser.add_argument("what", choices=("yinyang", "eval"), help=tr("the data set to learn, or 'eval' to test a file"))
    parser.add_argument("file", nargs="?", metavar=tr("FILE"), help=tr("with 'eval': the trained network"))
    parser.add_argument("--method", choices=METHODS, default="surrogate", help=tr("how it learns (surrogate)"))
    parser.add_argument("--hidden", type=count(0), default=120, metavar="N", help=tr("hidden neurons (120)"))
    parser.add_argument("--recurrent", action="store_true", help=tr("let hidden neurons reach each other"))
    parser.add_argument("--epochs", type=count(0), default=50, metavar="N", help=tr("passes through the data (50)"))
    parser.add_argument("--surrogate", choices=SURROGATES, default="superspike",
                        help=tr("what stands in for the derivative of a spike (superspike)"))  # fmt: skip
    parser.add_argument("--beta", type=float, default=10.0, metavar="X", help=tr("its steepness (10)"))
    parser.add_argument("--attached-reset", action="store_true", help=tr("let the reset take part in the gradient"))
    parser.add_argument("--data", choices=("yinyang",), default="yinyang", help=tr("with 'eval': what to test with"))
    parser.add_argument("--seed", type=count(0), default=0, metavar="N", help=tr("seed of weights and order (0)"))
    parser.add_argument("--threads", type=count(), default=1, metavar="N",
                        help=tr("threads; results don't depend on it (1)"))  # fmt: skip
    parser.add_argument("--save", metavar=tr("FILE"), help=tr("write the trained network, such as net.npz"))
    add_overwrite(parser)


TRAIN = Verb(
    train,
    mark("teach a network of spiking neurons"),
    _arguments,
    (
        ("luiapp train yinyang --epochs 20", mark("learn the Yin-Yang picture in seconds")),
        ("luiapp train yinyang --save net.npz --json", mark("the same, kept, and the figures for a script")),
        ("luiapp train eval net.npz", mark("how well a trained network does")),
    ),
)
