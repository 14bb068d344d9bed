"""The verb ``doctor``: what is there, what is wrong, and what to do about each fault."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from luiapp.cli.checks import CHECKS, Check, versions
from luiapp.cli.parser import Verb
from luiapp.cli.report import DONE, FAILED, Report
from luiapp.texts import mark, tr
from luiapp.version import __version__


def doctor(options: Namespace) -> Report:
    """Run every check. Exit code 0 if all is well, else 1."""
    found: list[Check] = []
    for check in CHECKS:
        try:
            found += check()
        except Exception as error:  # a doctor who faints helps nobody
            found.append(Check(check.__name__, False, f"{type(error).__name__}: {error}", tr("please report this")))
    ok = all(one.ok for one in found)
    data = {"ok": ok, "version": __version__, "versions": versions(), "checks": [asdict(one) for one in found]}
    return Report(data, [f"luiapp {__version__}", *_lines(found), _verdict(found)], DONE if ok else FAILED)


def _lines(found: list[Check]) -> list[str]:
    width = max((len(one.name) for one in found), default=0)
    lines = []
    for one in found:
        lines.append(f"  {'✓' if one.ok else '✗'} {one.name.ljust(width)}  {one.found}")
        if one.advice:
            lines.append(f"    {' ' * width}  → {one.advice}")
    return lines


def _verdict(found: list[Check]) -> str:
    faults = [one.name for one in found if not one.ok]
    if not faults:
        return tr("All is well.")
    return tr("To put right: {names}", names=", ".join(faults))


def _arguments(parser: ArgumentParser) -> None:
    """None of its own."""


DOCTOR = Verb(
    doctor,
    mark("look at this installation and say what to do about each fault"),
    _arguments,
    (
        ("luiapp doctor", mark("first thing to try when something doesn't work")),
        ("luiapp doctor --json", mark("the same for a script, or to send along with a question")),
    ),
)
