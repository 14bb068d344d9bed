"""The verb ``examples``: the library of circuits, how each is built by hand, and whether it works."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import Verb, count
from luiapp.cli.report import FAILED, Report, table
from luiapp.errors import ParameterError
from luiapp.texts import mark, tr

if TYPE_CHECKING:
    from luiapp.model.library import Example

ENOUGH = 0.95  # share of the lots with which an example has to work


def examples(options: Namespace) -> Report:
    """List the circuits, or tell how one is built; with ``--check`` try them with many lots of parts."""
    from luiapp.model.library import EXAMPLES

    if options.name is not None and options.name not in EXAMPLES:
        raise ParameterError("there is no example '{name}'; there are {names}",
                             name=options.name, names=", ".join(EXAMPLES))  # fmt: skip
    chosen = list(EXAMPLES.values()) if options.name is None else [EXAMPLES[options.name]]
    rows = [_described(one) for one in chosen]
    lines = _list(chosen) if options.name is None else _plan(chosen[0], rows[0])
    code = 0
    if options.rig is not None:
        return _tried(chosen, rows, options.rig)
    if options.check:
        for one, row in zip(chosen, rows, strict=True):
            row["check"] = _checked(one, options.seeds)
        lines = table([_verdict(row) for row in rows])
        lines += [fault for row in rows for fault in row["check"]["faults"][:3]] if options.name else []
        code = 0 if all(row["check"]["share"] >= ENOUGH for row in rows) else FAILED
    return Report({"examples": rows}, lines, code)


def _described(one: Example) -> dict[str, Any]:
    from luiapp.model.library import GROUPS
    from luiapp.model.wiring import cables, settings

    net = one.build()
    return {
        "name": one.key,
        "title": tr(one.title),
        "about": tr(one.about),
        "group": tr(GROUPS[one.group]),
        "duration": one.duration,
        "boards": [
            {"name": row.name, "percent": {k: round(v, 1) for k, v in row.percent.items()}, "signs": row.signs,
             "used": row.used}
            for row in settings(net)
        ],
        "cables": [{"from": c.start or None, "to": c.end, "dendrite": c.dendrite} for c in cables(net)],
    }  # fmt: skip


def _list(chosen: list[Example]) -> list[str]:
    from luiapp.model.library import GROUPS

    lines: list[str] = []
    for group, title in GROUPS.items():
        lines += ["", tr(title)] if lines else [tr(title)]
        lines += table([(f"  {one.key}", tr(one.title), _how_many(one)) for one in chosen if one.group == group])
    return [*lines, "", tr("'luiapp examples NAME' tells how one is built, 'luiapp run --example NAME' shows it.")]


def _how_many(one: Example) -> str:
    n = one.build().n_neurons
    return tr("1 board") if n == 1 else tr("{n} boards", n=n)


def _plan(one: Example, row: dict[str, Any]) -> list[str]:
    trimmers = list(row["boards"][0]["percent"])
    cells: list[tuple[str, ...]] = [(tr("board"), *trimmers, tr("switches"))]
    for board in row["boards"]:
        # The weight of a dendrite into which nothing is plugged doesn't matter.
        percent = ["–" if name[0] == "w" and not board["used"][int(name[1]) - 1] else f"{value:g} %"
                   for name, value in board["percent"].items()]  # fmt: skip
        cells.append((board["name"], *percent, " ".join("+" if sign > 0 else "−" for sign in board["signs"])))
    wires = [
        tr("{start} to dendrite {dendrite} of {end}", start=c["from"] or tr("pulses"), dendrite=c["dendrite"],
           end=c["to"])
        for c in row["cables"]
    ]  # fmt: skip
    return [tr(one.title), "", tr(one.about), "", tr("Trimmers"), *(f"  {line}" for line in table(cells)), "",
            tr("Cables"), *(f"  {wire}" for wire in wires or [tr("none")])]  # fmt: skip


def _checked(one: Example, n: int) -> dict[str, Any]:
    from luiapp.simulate.examples import faults, lots

    found = {lot: faults(one, lot) for lot in lots(n)}
    bad = {lot: told for lot, told in found.items() if told}
    return {
        "seeds": n,
        "passed": n - len(bad),
        "share": (n - len(bad)) / n,
        "faults": [tr("lot {lot}: {fault}", lot=lot, fault=told[0]) for lot, told in bad.items()],
    }


def _tried(chosen: list[Example], rows: list[dict[str, Any]], rig_text: str) -> Report:
    """One example on boards that stand on the table, set and wired as it says."""
    from luiapp.rigs.play import works
    from luiapp.rigs.registry import open_rig

    if len(chosen) != 1:
        raise ParameterError("say which example is on the table: luiapp examples NAME --rig RIG")
    rig = open_rig(rig_text)
    try:
        found = works(rig, chosen[0])
    finally:
        rig.close()
    data = {"examples": [{**rows[0], "rig": rig_text, "works": not found, "faults": found}]}
    lines = found or [tr("{name} works", name=chosen[0].key)]
    return Report(data, lines, FAILED if found else 0)


def _verdict(row: dict[str, Any]) -> tuple[str, ...]:
    check = row["check"]
    word = tr("works") if check["share"] >= ENOUGH else tr("works too rarely")
    return row["name"], tr("{n} of {total}", n=check["passed"], total=check["seeds"]), word


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar=tr("NAME"), help=tr("one of them, such as 'xor'"))
    parser.add_argument("--check", action="store_true", help=tr("does it do what it says, with parts as they come?"))
    parser.add_argument("--rig", metavar=tr("RIG"), help=tr("try the example NAME on these boards, such as board:PORT"))
    parser.add_argument(
        "--seeds", type=count(), default=20, metavar="N", help=tr("with how many lots of parts to try it (20)")
    )


EXAMPLES_VERB = Verb(
    examples,
    mark("the library of circuits: what there is, and how each is built"),
    _arguments,
    (
        ("luiapp examples", mark("all circuits, with a title")),
        ("luiapp examples xor", mark("its trimmers and its cables, to build it on the table")),
        ("luiapp examples --check --seeds 20", mark("with how many lots of parts does each do what it says?")),
    ),
)
