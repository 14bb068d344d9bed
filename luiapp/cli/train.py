"""The verb ``train``: teach a network of spiking neurons, look at one that was taught, or teach many for a study."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import Verb, count
from luiapp.cli.paths import add_overwrite, existing_file
from luiapp.cli.report import Report, table
from luiapp.cli.train_boards import EXAMPLES as BOARD_EXAMPLES
from luiapp.cli.train_boards import TASKS, boards
from luiapp.cli.train_boards import add_arguments as add_board_arguments
from luiapp.cli.train_export import EXAMPLES as EXPORT_EXAMPLES
from luiapp.cli.train_export import add_arguments as add_export_arguments
from luiapp.cli.train_export import export
from luiapp.cli.train_sweep import add_arguments, run_sweep
from luiapp.errors import FileError, FormatError, ParameterError
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.train.event.task import TimingTask
    from luiapp.train.fit import Progress
    from luiapp.train.task import SurrogateTask

SURROGATES = ("superspike", "sigmoid", "esser", "arctan", "triangular", "asymptotic", "none")  # without numba
DELAYS = ("none", "axonal", "dendritic", "synaptic", "inputs")
_SUFFIX = ".npz"


def train(options: Namespace) -> Report:
    """Teach; with ``eval`` test, with ``sweep`` teach many, with ``boards`` teach for real boards."""
    if options.what == "sweep":
        _refuse_for_sweep(options)
        options.data = options.data or "yinyang"
        return run_sweep(options)
    for name in ("study", "full", "seeds", "figures", "scheduler"):
        if getattr(options, name) not in (None, False):
            raise ParameterError("'--{option}' goes with 'sweep' only; leave it out", option=name)
    if options.data == "randman":
        raise ParameterError("'--data randman' goes with 'sweep' only; leave it out")
    if options.data is not None and options.what != "eval":
        raise ParameterError("'--{option}' goes with 'eval' and 'sweep' only; leave it out", option="data")
    return DEEDS[options.what](options)


def _sets(data: str) -> Any:
    """Training, validation and test set."""
    from luiapp.train.digits import digit_sets
    from luiapp.train.task import yin_yang_sets

    return digit_sets() if data == "digits" else yin_yang_sets()


def _teach(options: Namespace) -> Report:
    from luiapp.train.fit import fit
    from luiapp.train.store import Model, save_model

    if options.file is not None:
        raise ParameterError("only 'eval' takes a file; 'luiapp train yinyang --save {file}' writes one",
                             file=options.file)  # fmt: skip
    out = _model_file(options) if options.save else None
    task = METHODS[options.method](options)
    train_set, valid_set, test_set = _sets(options.what)
    with task.learner(threads=options.threads or 1) as learner:
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
            "data": options.what,
            "method": task.method,
            "test_accuracy": found.accuracy,
            "valid_accuracy": checked.accuracy,
            "epochs": last.epoch if last else 0,
            "seconds": last.seconds if last else 0.0,
            "n_parameters": task.n_parameters,
            "spikes_per_sample": found.spikes,
            "hidden": list(task.hidden),
            "seed": task.seed,
            "interrupted": interrupted,
        }
        if out is not None:
            save_model(out, Model(task, learner.weight, about))
    return Report({**about, "file": out}, _lines({**about, "file": out}))


def _eval(options: Namespace) -> Report:
    from luiapp.train.sets import sets_for
    from luiapp.train.store import open_model

    if options.file is None:
        raise ParameterError("'eval' needs a file behind it, such as net.npz")
    model = open_model(existing_file(options.file))
    task: Any = model.task
    _, _, test_set, data = sets_for(model) if options.data is None else (*_sets(options.data), options.data)
    with task.learner(weight=model.weight) as learner:
        found = learner.evaluate(task.data(learner, test_set))
    n_out, labels = model.task.n_out, test_set.labels
    confusion = [[int(((labels == a) & (found.predicted == b)).sum()) for b in range(n_out)] for a in range(n_out)]
    told = {
        "data": data,
        "method": model.task.method,
        "test_accuracy": found.accuracy,
        "loss": found.loss,
        "epochs": model.about.get("epochs"),
        "seconds": model.about.get("seconds"),
        "n_parameters": model.task.n_parameters,
        "spikes_per_sample": found.spikes,
        "confusion": confusion,
        "file": options.file,
    }
    return Report(told, _lines(told))


def _surrogate(options: Namespace) -> SurrogateTask:
    from luiapp.train.task import SurrogateTask

    _refuse(options, "delays")
    plain = _digits_task(options.seed) if options.what == "digits" else SurrogateTask(seed=options.seed)
    n_hidden = sum(plain.hidden) if options.hidden is None else options.hidden
    n_epochs = plain.schedule.epochs if options.epochs is None else options.epochs
    return replace(
        plain,
        net=replace(plain.net, hidden=(n_hidden,) if n_hidden else (), recurrent=options.recurrent),
        rule=replace(plain.rule, surrogate=options.surrogate or SURROGATES[0], attached=options.attached_reset,
                     beta=plain.rule.beta if options.beta is None else options.beta),
        schedule=replace(plain.schedule, epochs=n_epochs, seed=options.seed),
    )  # fmt: skip


def _digits_task(seed: int) -> SurrogateTask:
    from luiapp.train.digits import digits_task

    return digits_task(seed=seed)


def _ttfs(options: Namespace) -> TimingTask:
    from luiapp.train.event.task import first_spike_task

    _only_yin_yang(options)
    _refuse(options, "recurrent", "surrogate", "beta", "attached_reset")
    delays = options.delays or DELAYS[0]
    return first_spike_task(options.hidden, delays=delays, epochs=options.epochs, seed=options.seed)


def _eventprop(options: Namespace) -> TimingTask:
    from luiapp.train.event.task import eventprop_task

    _only_yin_yang(options)
    _refuse(options, "delays", "recurrent", "surrogate", "beta", "attached_reset")
    return eventprop_task(options.hidden, epochs=options.epochs, seed=options.seed)


def _only_yin_yang(options: Namespace) -> None:
    if options.what != "yinyang":
        raise ParameterError("'{data}' is learned by surrogate gradients only; leave '--method' out", data=options.what)


def _refuse(options: Namespace, *names: str) -> None:
    """Say so if an option was given that means nothing to the method."""
    for name in names:
        if getattr(options, name) not in (None, False):
            raise ParameterError("'--{option}' means nothing to the method '{method}'; leave it out",
                                 option=name.replace("_", "-"), method=options.method)  # fmt: skip


def _refuse_for_sweep(options: Namespace) -> None:
    """A study sets these itself."""
    for name in ("hidden", "delays", "recurrent", "surrogate", "beta", "attached_reset", "save"):
        if getattr(options, name) not in (None, False):
            raise ParameterError("'--{option}' means nothing to 'sweep', whose studies set it; leave it out",
                                 option=name.replace("_", "-"))  # fmt: skip
    if options.data == "digits":
        raise ParameterError("'sweep' knows the data {names}", names="yinyang, randman")
    if options.method != "surrogate":
        raise ParameterError("'sweep' studies surrogate gradients; leave '--method' out")


METHODS: dict[str, Callable[[Namespace], Any]] = {
    "surrogate": _surrogate,
    "ttfs": _ttfs,
    "eventprop": _eventprop,
}


DEEDS: dict[str, Callable[[Namespace], Report]] = {
    "yinyang": _teach,
    "digits": _teach,
    "boards": boards,
    "eval": _eval,
    "export": export,
    "sweep": run_sweep,
}


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
    parser.add_argument("what", choices=tuple(DEEDS),
                        help=tr("the data set to learn; 'boards' to learn for real boards; 'eval' to test a file, "
                                "'export' to hand it on; 'sweep' to train many for a study"))  # fmt: skip
    parser.add_argument("file", nargs="?", metavar=tr("FILE"),
                        help=tr("with 'eval' and 'export': the trained network; with 'sweep': what keeps the results "
                                "(.jsonl); with 'boards': the task, {names}", names=", ".join(TASKS)))  # fmt: skip
    parser.add_argument("--method", choices=tuple(METHODS), default="surrogate",
                        help=tr("how it learns (surrogate)"))  # fmt: skip
    parser.add_argument("--hidden", type=count(0), metavar="N",
                        help=tr("hidden neurons (120; 30 with delays, 200 with eventprop)"))  # fmt: skip
    parser.add_argument("--delays", choices=DELAYS, help=tr("with ttfs: delays to learn beside the weights (none)"))
    parser.add_argument("--recurrent", action="store_true", help=tr("let hidden neurons reach each other"))
    parser.add_argument("--epochs", type=count(0), metavar="N",
                        help=tr("passes through the data (as many as the method needs)"))  # fmt: skip
    parser.add_argument("--surrogate", choices=SURROGATES,
                        help=tr("what stands in for the derivative of a spike (superspike)"))  # fmt: skip
    parser.add_argument("--beta", type=float, metavar="X", help=tr("its steepness (10)"))
    parser.add_argument("--attached-reset", action="store_true", help=tr("let the reset take part in the gradient"))
    parser.add_argument("--data", choices=("yinyang", "digits", "randman"),
                        help=tr("with 'eval' and 'sweep': which data (what it learned; yinyang)"))  # fmt: skip
    parser.add_argument("--seed", type=count(0), default=0, metavar="N", help=tr("seed of weights and order (0)"))
    parser.add_argument(
        "--threads",
        type=count(),
        metavar="N",
        help=tr("threads, with 'sweep' processes; results don't depend on it (1; with 'sweep' all)"),
    )
    parser.add_argument("--save", metavar=tr("FILE"), help=tr("write the trained network, such as net.npz"))
    add_board_arguments(parser)
    add_export_arguments(parser)
    add_overwrite(parser)
    add_arguments(parser)


TRAIN = Verb(
    train,
    mark("teach a network of spiking neurons"),
    _arguments,
    (
        ("luiapp train yinyang --epochs 20", mark("learn the Yin-Yang picture in seconds")),
        ("luiapp train yinyang --method ttfs --delays synaptic", mark("by exact spike times, with learned delays")),
        ("luiapp train yinyang --save net.npz --json", mark("the same, kept, and the figures for a script")),
        ("luiapp train eval net.npz", mark("how well a trained network does")),
        (
            "luiapp train sweep beta.jsonl --study shapes --figures plots",
            mark("how much the surrogate's shape matters; Ctrl-C keeps all, and the same again goes on"),
        ),
        *BOARD_EXAMPLES,
        *EXPORT_EXAMPLES,
    ),
)
