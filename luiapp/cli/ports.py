"""The verb ``ports``: what is plugged in."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from luiapp.cli.parser import Verb
from luiapp.cli.report import Report, table
from luiapp.texts import mark, tr


def ports(options: Namespace) -> Report:
    """List the serial ports, what they probably are, and what hinders their use."""
    from luiapp.link.doctor import answer, port_report

    found = port_report()
    answers = {p.path: answer(p.path)[1] for p in found if options.ask and p.permitted}
    data = {"ports": [{**asdict(p), "rig": f"board:{p.path}", "answer": answers.get(p.path)} for p in found]}
    if not found:
        return Report(
            data,
            [
                tr("No serial port was found."),
                tr("Plug in the microcontroller; a cable for charging only carries no data, so try another one."),
            ],
        )
    lines = table([(f"board:{p.path}", p.recognised or p.description, p.usb) for p in found])
    lines += [f"{p.name}: {p.advice}" for p in found if p.advice]
    lines += [f"{p.name}: {answers[p.path]}" for p in found if p.path in answers]
    return Report(data, lines)


def _arguments(parser: ArgumentParser) -> None:
    about = tr("greet what is behind each port: an adapter tells its name (starts some boards anew)")
    parser.add_argument("--ask", action="store_true", help=about)


PORTS = Verb(
    ports,
    mark("list the serial ports and what is behind them"),
    _arguments,
    (
        ("luiapp ports", mark("what to write behind 'luiapp record'")),
        ("luiapp ports --ask", mark("is one of them an adapter?")),
        ("luiapp ports --json", mark("the same for a script")),
    ),
)
