"""The verb ``experiment``: a protocol on a simulation, on boards on the table, or on a recording."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from luiapp.cli.parser import Verb
from luiapp.cli.paths import add_overwrite, existing_file, new_table
from luiapp.cli.report import Report
from luiapp.errors import ParameterError, RigError
from luiapp.experiments.registry import EXPERIMENTS
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.experiments.finding import Finding
    from luiapp.experiments.registry import Experiment
    from luiapp.experiments.result import Request, Result
    from luiapp.stream.source import Rig


def experiment(options: Namespace) -> Report:
    """Run it, with its progress on standard error, and say what came out."""
    out = new_table(options.out, overwrite=options.overwrite) if options.out else None
    result: Result | Finding = _from_pairs(options) if options.pairs else _on_rig(options)
    data = {**result.to_dict(), "rig": None if options.pairs else options.rig, "file": out}
    if out is not None:
        write_result(out, result)
    lines = result.summary()
    if out is not None:
        lines.append(tr("written to {path}", path=out))
    return Report(data, lines)


def write_result(path: Path, result: Result | Finding) -> None:
    """The points as a table (``.csv``), or everything (``.json``)."""
    from luiapp.experiments.export import as_csv, as_json
    from luiapp.files.disk import atomic

    content = as_csv(result) if path.suffix.lower() == ".csv" else as_json(result)
    with atomic(path) as file:
        file.write(content.encode())


def _from_pairs(options: Namespace) -> Result:
    if options.name != "f-i":
        raise ParameterError("pairs of current and rate are an f–I curve: luiapp experiment f-i --pairs {path}",
                             path=options.pairs)  # fmt: skip
    from luiapp.experiments.f_i import from_pairs
    from luiapp.files.columns import read_columns

    table = read_columns(existing_file(options.pairs))
    i = table.find("current", "i", "strom")
    f = table.find("rate", "f", "frequency", "frequenz")
    first, second = (i, f) if i is not None and f is not None and i != f else (0, 1)
    return from_pairs(table.values[:, first], table.values[:, second])


def _on_rig(options: Namespace) -> Result | Finding:
    from luiapp.experiments.result import Progress, Request
    from luiapp.experiments.session import Session
    from luiapp.rigs.registry import open_rig

    rig = open_rig(options.rig)
    try:
        one = EXPERIMENTS[options.name]
        session = Session(rig, i_neuron=_neuron(rig, options.neuron), real_time=one.by_hand)
        try:
            said = ""
            for step in one.begin(session, **_chosen(one, options.set or [])):
                if isinstance(step, Request):
                    _ask(step)
                elif not isinstance(step, Progress):
                    return step
                elif step.text != said:
                    said = step.text
                    print(f"{100 * step.fraction:3.0f} %  {said}", file=sys.stderr, flush=True)
        finally:
            session.close()
    finally:
        rig.close()
    raise RigError("the experiment ended without a result; start it again")


def _chosen(experiment: Experiment, texts: list[str]) -> dict[str, str | int]:
    """The options in texts such as ``percent=40``."""
    known = {one.name: one for one in experiment.options}
    chosen: dict[str, str | int] = {}
    for text in texts:
        name, _, value = text.partition("=")
        option = known.get(name.strip())
        if option is None:
            raise ParameterError("there is nothing to set called '{name}' here; there is {names}",
                                 name=name, names=", ".join(known) or "–")  # fmt: skip
        if option.choices and value not in option.choices:
            raise ParameterError("'{name}' is one of {names}", name=name, names=", ".join(option.choices))
        if not option.choices and not (value.isascii() and value.isdigit() and option.low <= int(value) <= option.high):
            raise ParameterError("'{name}' is a whole number from {low} to {high}",
                                 name=name, low=option.low, high=option.high)  # fmt: skip
        chosen[option.name] = value if option.choices else int(value)
    return chosen


def _neuron(rig: Rig, text: str | None) -> int:
    if text is None:
        return 0
    network = rig.network
    if network is not None and text in network.names:
        return network.index(text)
    if text.isascii() and text.isdigit() and int(text) >= 1:
        return int(text) - 1
    names = "" if network is None else ", ".join(network.names)
    raise ParameterError("there is no neuron '{name}'; give its number from 1 on, or one of {names}",
                         name=text, names=names or "N1")  # fmt: skip


def _ask(step: Request) -> None:
    """Have a person do something; they press Enter when it's done."""
    print(tr("{what}, then press Enter", what=step.text), file=sys.stderr, flush=True)
    if not sys.stdin.readline():
        raise RigError("the experiment needs a hand, and nobody answers: run it in a terminal")


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", choices=list(EXPERIMENTS), metavar=tr("NAME"), help=_names())
    parser.add_argument(
        "--rig", default="sim", metavar=tr("RIG"),
        help=tr("what to measure: sim, sim:FILE.json, board:PORT, board:virtual or replay:FILE (sim)"),
    )  # fmt: skip
    parser.add_argument("--neuron", metavar=tr("NAME"), help=tr("which neuron, by name or by number (the first)"))
    parser.add_argument("--pairs", metavar=tr("FILE"), help=tr("f-i: a table of currents and rates instead of a rig"))
    parser.add_argument("--out", metavar=tr("FILE"), help=tr("write the points (.csv) or everything (.json)"))
    parser.add_argument(
        "--set", action="append", metavar=tr("NAME=VALUE"),
        help=tr("what is to be chosen, such as trimmer=w1 or percent=40; may come several times"),
    )  # fmt: skip
    add_overwrite(parser)


def _names() -> str:
    return tr("one of {names}", names=", ".join(EXPERIMENTS))


def _more() -> str:
    told = "\n".join(f"  {name:18}  {tr(one.about)}" for name, one in EXPERIMENTS.items())
    return tr(
        "The experiments:\n{list}\n\n"
        "A simulation is measured as fast as it can run. What can't be set by wire is asked of you, step by step.",
        list=told,
    )


EXPERIMENT = Verb(
    experiment,
    mark("measure a neuron: f–I curve, time constants, weights and more"),
    _arguments,
    (
        ("luiapp experiment f-i --rig sim", mark("how fast a simulated board fires at which current")),
        ("luiapp experiment f-i --rig board:/dev/ttyUSB0 --out f-i.csv", mark("the same on the table, step by step")),
        ("luiapp experiment table --rig board:/dev/ttyUSB0", mark("how the boards behind an adapter are wired")),
        ("luiapp experiment time-constants --rig replay:a.mcap", mark("what a recording tells of them")),
        ("luiapp experiment f-i --pairs measured.csv --json", mark("the fit to what a current source gave")),
    ),
    more=_more,
)
