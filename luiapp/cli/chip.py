"""The verb ``chip``: calibrate an emulated chip, carry a trained network over, teach it there."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import Verb, count, quantity
from luiapp.cli.paths import add_overwrite, existing_file
from luiapp.cli.report import Report, table
from luiapp.errors import FileError, FormatError, ParameterError
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.chip.calibrate import Calibration
    from luiapp.deploy.loop import LoopProgress
    from luiapp.deploy.transfer import Transfer, Trials

_SUFFIX = ".npz"
_STAGES = {
    "before": mark("measuring all circuits as they are"),
    "reset": mark("calibrating reset potentials"),
    "leak": mark("calibrating leak potentials"),
    "tau_mem": mark("calibrating membrane time constants"),
    "psp": mark("calibrating synaptic inputs"),
    "threshold": mark("calibrating thresholds"),
    "after": mark("measuring what is left"),
    "equal": mark("on a chip without faults"),
    "uncalibrated": mark("without calibration"),
    "calibrated": mark("calibrated"),
}


def chip(options: Namespace) -> Report:
    """Do what is asked."""
    return _DEEDS[options.what](options)


def _calibrate(options: Namespace) -> Report:
    from luiapp.chip.calibrate import QUANTITIES, calibrate, wanted
    from luiapp.chip.codes import Targets
    from luiapp.chip.core import Chip
    from luiapp.chip.store import save_calibration

    out = _new_file(options)
    one, targets = Chip(options.chip), Targets()
    if options.file is not None:
        from luiapp.deploy.onchip import OnChip

        model = _model(options)
        targets = OnChip(model.task, model.weight, one).targets
    found = calibrate(one, targets, seed=options.seed, progress=lambda name, _share: _tell(name))
    if out is not None:
        save_calibration(out, found)
    goals = wanted(targets)
    quantities: dict[str, Any] = {
        name: {"target": goals[name], "before": _spread(found.before[name]), "after": _spread(found.after[name])}
        for name in QUANTITIES
    }
    data = {"chip": options.chip, "success": float(found.success.mean()), "quantities": quantities,
            "file": None if out is None else str(out)}  # fmt: skip
    rows = [(tr("quantity"), tr("target"), tr("spread before"), tr("spread after"))]
    rows += [(name, _figure(name, goals[name]), _figure(name, quantities[name]["before"]["spread"]),
              _figure(name, quantities[name]["after"]["spread"])) for name in QUANTITIES]  # fmt: skip
    return Report(data, [*table(rows), tr("{percent} % of the circuits came close enough",
                                          percent=f"{100 * data['success']:.1f}")])  # fmt: skip


def _deploy(options: Namespace) -> Report:
    from luiapp.deploy.transfer import transfer
    from luiapp.train.sets import sets_for

    model = _model(options)
    sets = sets_for(model)
    found = transfer(model, options.chip, calibration=_calibration(options), trials=options.trials, seed=options.seed,
                     repeat=options.repeat, sets=sets, progress=_tell)  # fmt: skip
    data = deploy_data(options.chip, found, sets.name)
    return Report({**data, "file": options.file}, _deploy_lines(data))


def _train(options: Namespace) -> Report:
    from luiapp.chip.core import Chip
    from luiapp.deploy.loop import learn_in_the_loop, usual
    from luiapp.deploy.onchip import OnChip, decalibrated
    from luiapp.deploy.transfer import N_TUNED, several, transfer
    from luiapp.train.sets import sets_for
    from luiapp.train.store import Model, save_model

    model, out = _model(options), _new_file(options)
    train_set, _, test_set, _ = sets = sets_for(model)
    on_chip = OnChip(model.task, model.weight, Chip(options.chip), repeat=options.repeat)
    found = transfer(model, options.chip, calibration=_calibration(options), trials=options.trials, seed=options.seed,
                     on_chip=on_chip, sets=sets, progress=_tell)  # fmt: skip
    spoilt = None
    if options.decalibrate:
        codes = decalibrated(on_chip.chip.codes, options.decalibrate, seed=options.seed or 0)
        on_chip.chip.configure(codes, seed=options.seed)
        on_chip.fit_readout(train_set.samples[:N_TUNED])
        spoilt = several(on_chip, test_set, options.trials, options.seed)
    last: LoopProgress | None = None
    begun = time.perf_counter()
    for last in learn_in_the_loop(
        on_chip, model.weight, train_set, usual(model.task, options.epochs, seed=options.seed)
    ):
        _tell_epoch(last)
    weight = model.weight if last is None else last.weight
    taught = several(on_chip, test_set, options.trials, options.seed)
    data = {
        **deploy_data(options.chip, found, sets.name),
        **_trials("decalibrated", spoilt),
        **_trials("in_the_loop", taught),
        "decalibration": options.decalibrate or 0.0,
        "epochs": last.epoch if last else 0,
        "seconds": time.perf_counter() - begun,
        "saved": None if out is None else str(out),
    }
    if out is not None:
        about = {**model.about, "chip": options.chip, "in_the_loop": taught.mean, "loop_epochs": data["epochs"]}
        save_model(out, Model(model.task, weight, about))
    return Report({**data, "file": options.file}, _deploy_lines(data))


def _tell_epoch(now: LoopProgress) -> None:
    print(tr("epoch {epoch} of {n} on the chip: {percent} % right", epoch=now.epoch, n=now.n_epochs,
             percent=f"{100 * now.accuracy:.1f}"), file=sys.stderr)  # fmt: skip


def deploy_data(serial: int, found: Transfer, data: str) -> dict[str, Any]:
    """What is said of a transfer, JSON-ready."""
    return {
        "chip": serial,
        "data": data,
        "ideal": found.ideal,
        "equal_circuits": found.equal,
        **_trials("uncalibrated", found.uncalibrated),
        **_trials("calibrated", found.calibrated),
        "calibrated_circuits": found.success,
        "clipped_weights": found.clipped,
        "repeat": list(found.repeat),
        "seconds_per_sample": found.seconds,
        "joules_per_sample": found.joules,
        "estimate": tr("time and energy are estimates: the whole chip at 200 mW (Cramer et al. 2022)"),
    }


def _trials(name: str, found: Trials | None) -> dict[str, Any]:
    if found is None:
        return {name: None, f"{name}_spread": None}
    return {name: found.mean, f"{name}_spread": found.spread, f"{name}_trials": list(found.accuracies),
            f"{name}_spikes": found.spikes, f"{name}_lost": found.lost}  # fmt: skip


def _deploy_lines(data: dict[str, Any]) -> list[str]:
    def percent(name: str) -> str:
        spread = data.get(f"{name}_spread")
        if data[name] is None:
            return "–"
        return f"{100 * data[name]:.1f} %" + ("" if spread is None else f" ± {100 * spread:.1f}")

    rows = [
        (tr("the network itself"), percent("ideal")),
        (tr("on a chip without faults"), percent("equal_circuits")),
        (tr("on chip {serial}, without calibration", serial=data["chip"]), percent("uncalibrated")),
        (tr("on chip {serial}, calibrated", serial=data["chip"]), percent("calibrated")),
    ]
    if data.get("decalibrated") is not None:
        rows.append((tr("on chip {serial}, decalibrated again", serial=data["chip"]), percent("decalibrated")))
    if "in_the_loop" in data:
        rows.append((tr("on chip {serial}, taught in the loop", serial=data["chip"]), percent("in_the_loop")))
    rows.append((tr("per sample"), tr("{us} µs, {uj} µJ", us=f"{1e6 * data['seconds_per_sample']:.0f}",
                                      uj=f"{1e6 * data['joules_per_sample']:.0f}")))  # fmt: skip
    return [*table(rows), str(data["estimate"])]


def _calibration(options: Namespace) -> Any:
    from luiapp.chip.store import open_calibration

    if options.calibration in (None, "none"):
        return options.calibration
    found: Calibration = open_calibration(existing_file(options.calibration))
    return found


def _model(options: Namespace) -> Any:
    from luiapp.train.store import open_model

    if options.file is None:
        raise ParameterError("'{what}' needs a trained network behind it, such as net.npz; "
                             "'luiapp train yinyang --save net.npz' makes one", what=options.what)  # fmt: skip
    path = existing_file(options.file)
    if path.suffix.lower() == ".nir":
        from luiapp.files.nir_reader import read_nir
        from luiapp.train.layered import from_layered

        return from_layered(read_nir(path))
    return open_model(path)


def _new_file(options: Namespace) -> Path | None:
    """Where to, found out before any time is spent."""
    if options.save is None:
        return None
    path = Path(options.save)
    if path.suffix.lower() != _SUFFIX:
        raise FormatError("'{path}' ends with '{suffix}'; this is written as {names}",
                          path=path, suffix=path.suffix, names=_SUFFIX)  # fmt: skip
    if not path.parent.is_dir():
        raise FileError("the folder '{folder}' doesn't exist; make it first", folder=path.parent)
    if path.exists() and (path.is_dir() or not options.overwrite):
        raise FileError("'{path}' already exists; name another file, or add --overwrite", path=path)
    return path


def _spread(values: Any) -> dict[str, float | None]:
    finite = values[abs(values) < float("inf")]
    if not len(finite):
        return {"mean": None, "spread": None}
    return {"mean": float(finite.mean()), "spread": float(finite.std())}


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{1e6 * value:.2f} µs" if name.startswith("tau") else f"{value:.1f} LSB"


def _tell(name: str) -> None:
    print(tr(_STAGES[name]), file=sys.stderr)


def _code(options: Namespace) -> Report:
    from luiapp.chip.core import Chip
    from luiapp.chip.export import CODES, save_weights
    from luiapp.deploy.onchip import OnChip

    model, out = _model(options), _new_file(options)
    placed = OnChip(model.task, model.weight, Chip(options.chip), repeat=options.repeat).placed
    code = CODES[options.language](placed, "weights.npz" if out is None else out.name)
    if out is not None:
        save_weights(out, placed)
    return Report({"code": code, "file": options.file, "saved": None if out is None else str(out)}, [code])


_DEEDS = {"code": _code, "calibrate": _calibrate, "deploy": _deploy, "train": _train}


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "what",
        choices=tuple(_DEEDS),
        help=tr("measure and set all circuits; carry a network over; teach it there; show its script"),
    )
    parser.add_argument("file", nargs="?", metavar=tr("MODEL"), help=tr("a trained network, such as net.npz"))
    parser.add_argument("--chip", type=count(0), default=7, metavar="N", help=tr("serial number of the chip (7)"))
    parser.add_argument("--calibration", metavar=tr("FILE"),
                        help=tr("a calibration from a file, or 'none' (the chip is calibrated now)"))  # fmt: skip
    parser.add_argument("--trials", type=count(), default=3, metavar="N", help=tr("runs over the test samples (3)"))
    parser.add_argument("--as", dest="language", choices=("hxtorch", "pynn"), default="hxtorch",
                        help=tr("with 'code': a script for the real chip in this manner (hxtorch)"))  # fmt: skip
    parser.add_argument("--epochs", type=count(0), default=5, metavar="N",
                        help=tr("with 'train': passes through the data on the chip (5)"))  # fmt: skip
    parser.add_argument("--decalibrate", type=quantity("", positive=False), metavar=tr("SHARE"),
                        help=tr("with 'train': first spoil time constants and gains, such as 30%%"))  # fmt: skip
    parser.add_argument("--repeat", type=count(), metavar="N",
                        help=tr("rows for each input (as many as its strongest weight needs)"))  # fmt: skip
    parser.add_argument(
        "--seed", type=count(0), metavar="N", help=tr("seed of all noise (none: no two runs are equal)")
    )
    parser.add_argument("--save", metavar=tr("FILE"), help=tr("write what was found, such as seven.npz"))
    add_overwrite(parser)


CHIP = Verb(
    chip,
    mark("run a trained network on an emulated BrainScaleS-2 core"),
    _arguments,
    (
        ("luiapp chip deploy net.npz --chip 7", mark("how a network fares on chip 7, without and with calibration")),
        ("luiapp chip train net.npz --chip 7 --epochs 5", mark("teach it on that chip, with all its faults")),
        ("luiapp chip calibrate net.npz --chip 7 --save seven.npz", mark("calibrate for that network, and keep it")),
        ("luiapp chip code net.npz --as pynn --save weights.npz", mark("the script that runs it on the real chip")),
        ("luiapp chip deploy net.npz --chip 7 --calibration seven.npz --json", mark("use that; figures for a script")),
    ),
)
