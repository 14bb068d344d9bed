"""The parser: argparse in both languages, quantities with units, and help that teaches."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from luiapp.cli.report import WRONG_USAGE, Report, to_json
from luiapp.errors import ParameterError
from luiapp.texts import LANGUAGES, mark, tr
from luiapp.units import parse_quantity


@dataclass(frozen=True)
class Verb:
    """One verb of the command line.

    Attributes
    ----------
    run : callable
        Takes the parsed options, returns a `Report`; raises `LuiError` with what went wrong.
    about : str
        One sentence (marked).
    arguments : callable
        Adds its arguments to a parser.
    examples : tuple of (command, what it does (marked))
    reports : bool
        Whether it takes ``--json``.
    more : callable
        What else its help teaches, in the language in use.
    """

    run: Callable[[argparse.Namespace], Report]
    about: str
    arguments: Callable[[argparse.ArgumentParser], None]
    examples: tuple[tuple[str, str], ...] = ()
    reports: bool = True
    more: Callable[[], str] = str


# What argparse says in English, as pattern and as our own sentence.
_COMPLAINTS = (
    (r"the following arguments are required: (?P<names>.*)", mark("these are missing: {names}")),
    (r"unrecognized arguments: (?P<names>.*)", mark("these are not understood: {names}")),
    (
        r"argument (?P<name>.*?): invalid choice: (?P<value>.*?) \(choose from (?P<choices>.*)\)",
        mark("{name} can't be {value}; choose from {choices}"),
    ),
    (r"argument (?P<name>.*?): expected one argument", mark("{name} needs a value behind it")),
    (r"argument (?P<name>.*?): (?P<rest>.*)", mark("{name}: {rest}")),
)


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, tr("usage: ") if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """An `ArgumentParser` that speaks the language in use and answers wrong usage with exit code 2."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_Formatter, add_help=False, allow_abbrev=False, **options)
        self._positionals.title = tr("arguments")
        self._optionals.title = tr("options")
        self.add_argument("-h", "--help", action="help", help=tr("show this help"))

    def error(self, message: str) -> NoReturn:
        sentence = translate_complaint(message)
        if "--json" in sys.argv[1:] or getattr(self, "as_json", False):
            print(to_json({"error": {"kind": "Usage", "message": sentence}}))
        else:
            self.print_usage(sys.stderr)
            print(tr("{program}: {sentence}", program=self.prog, sentence=sentence), file=sys.stderr)
            print(tr("'{program} --help' explains it", program=self.prog), file=sys.stderr)
        raise SystemExit(WRONG_USAGE)


def translate_complaint(message: str) -> str:
    """argparse's English `message` in the language in use."""
    for pattern, sentence in _COMPLAINTS:
        match = re.fullmatch(pattern, message, re.DOTALL)
        if match:
            return tr(sentence, **match.groupdict())
    return message


def quantity(unit: str, *, positive: bool = True) -> Callable[[str], float]:
    """An argument type: a quantity such as ``1.5 s`` or ``500 ms``, in SI; `positive` refuses zero and below."""

    def convert(text: str) -> float:
        try:
            value = parse_quantity(text, unit)
        except ParameterError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
        if positive and value <= 0:
            raise argparse.ArgumentTypeError(tr("'{text}' must be more than zero", text=text))
        if value < 0:
            raise argparse.ArgumentTypeError(tr("'{text}' must not be negative", text=text))
        return value

    return convert


def count(low: int = 1) -> Callable[[str], int]:
    """An argument type: a whole number, at least `low`."""

    def convert(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(tr("'{text}' is not a whole number", text=text)) from None
        if value < low:
            raise argparse.ArgumentTypeError(tr("{value} is too small; the least is {low}", value=value, low=low))
        return value

    return convert


def build(verbs: dict[str, Verb], version: str, *, as_json: bool = False) -> Parser:
    """The parser of the whole command line."""
    parser = Parser(
        prog="luiapp",
        description=tr("Neurons into people's hands: watch, record and simulate Lu.i neurons."),
        epilog=_epilog(
            tr("examples"),
            [(example, tr(about)) for verb in verbs.values() for example, about in verb.examples[:1]],
            tr("Without a verb, the window opens. Exit codes: 0 done, 1 failed (the error says why), 2 wrong usage."),
        ),
    )
    parser.as_json = as_json  # type: ignore[attr-defined]
    parser.add_argument("--version", action="version", version=f"luiapp {version}", help=tr("show the version"))
    _common(parser)
    children = parser.add_subparsers(
        title=tr("verbs"), metavar=tr("VERB"), dest="verb", help=tr("'luiapp VERB --help' explains one")
    )
    for name, verb in verbs.items():
        child = children.add_parser(
            name,
            help=tr(verb.about),
            description=tr(verb.about),
            epilog=_epilog(tr("examples"), _told(verb), verb.more()),
        )
        child.as_json = as_json  # type: ignore[attr-defined]
        verb.arguments(child)
        if verb.reports:
            child.add_argument("--json", action="store_true", help=tr("print one JSON object instead, for scripts"))
        _common(child)
    return parser


def option(arguments: Sequence[str], name: str) -> str | None:
    """The value of ``name VALUE`` or ``name=VALUE`` in raw `arguments`: what must be known before parsing."""
    for i, argument in enumerate(arguments):
        if argument == name and i + 1 < len(arguments):
            return arguments[i + 1]
        if argument.startswith(name + "="):
            return argument[len(name) + 1 :]
    return None


def _told(verb: Verb) -> list[tuple[str, str]]:
    return [(example, tr(about)) for example, about in verb.examples]


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", choices=sorted(LANGUAGES), default=argparse.SUPPRESS, help=tr("language of all texts")
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", default=argparse.SUPPRESS, help=tr("tell more on standard error")
    )


def _epilog(title: str, examples: list[tuple[str, str]], closing: str = "") -> str:
    lines = [f"{title}:"]
    for example, about in examples:
        lines += [f"  {example}", f"      {about}"]
    return "\n".join([*lines, *(["", closing] if closing else [])]).replace("%", "%%")
