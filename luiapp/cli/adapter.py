"""The verb ``adapter``: name it, test it, calibrate it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from luiapp.cli.parser import Verb
from luiapp.cli.report import Report
from luiapp.texts import mark, tr


def adapter(options: Namespace) -> Report:
    """Tell what an adapter is; name, test or calibrate it."""
    from luiapp.cli import adapter_deeds

    return adapter_deeds.adapter(options)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("port", metavar=tr("PORT"), help=tr("its port, or 'virtual'"))
    parser.add_argument("--name", default=None, help=tr("a name for it, kept in its memory"))
    parser.add_argument("--self-test", action="store_true", help=tr("let it look at itself"))
    parser.add_argument("--vref", type=float, default=None, help=tr("its reference as measured by a meter [V]"))
    parser.add_argument("--calibrate", action="append", metavar=tr("BOARD=VOLTS"),
                        help=tr("what a meter shows at a board's membrane now; once for each board"))  # fmt: skip


ADAPTER = Verb(
    adapter,
    mark("name, test and calibrate an adapter between boards and computer"),
    _arguments,
    (
        ("luiapp adapter /dev/ttyUSB0 --name Nano-A --self-test", mark("a name, and is it well?")),
        ("luiapp adapter /dev/ttyUSB0 --calibrate 1=1.204", mark("board 1 as the meter shows it")),
    ),
)
