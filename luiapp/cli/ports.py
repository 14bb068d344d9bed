"""The verb ``ports``: what is plugged in."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from luiapp.cli.parser import Verb
from luiapp.cli.report import Report, table
from luiapp.texts import mark, tr


def ports(options: Namespace) -> Report:
    """List the serial ports, what they probably are, and what hinders their use."""
    from luiapp.link.doctor import port_report

    found = port_report()
    data = {"ports": [{**asdict(p), "rig": f"board:{p.path}"} for p in found]}
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
    return Report(data, lines)


def _arguments(parser: ArgumentParser) -> None:
    """None of its own."""


PORTS = Verb(
    ports,
    mark("list the serial ports and what is behind them"),
    _arguments,
    (
        ("luiapp ports", mark("what to write behind 'luiapp record'")),
        ("luiapp ports --json", mark("the same for a script")),
    ),
)
