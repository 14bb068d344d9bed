"""The verb ``share``: a circuit as a short text for a chat or a mail, and back."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from luiapp.cli.parser import Verb
from luiapp.cli.paths import add_overwrite, new_file
from luiapp.cli.report import Report
from luiapp.cli.simulate import find_network
from luiapp.errors import FormatError, ParameterError
from luiapp.texts import mark, tr


def share(options: Namespace) -> Report:
    """A circuit's text; or with ``--out`` the circuit in a text, as a file."""
    from luiapp.files import write_network
    from luiapp.files.share import MAX_SHARED, network_to_text

    given = sys.stdin.read(2 * MAX_SHARED + 2) if options.circuit == "-" else options.circuit
    network = find_network(given.strip())
    text = network_to_text(network)
    data = {"name": network.name, "n_neurons": network.n_neurons, "text": text, "characters": len(text)}
    if options.out is None:
        if options.circuit == "-":
            raise ParameterError("say where the circuit goes: --out circuit.json")
        return Report(data, [text])
    if not options.out.lower().endswith(".json"):
        raise FormatError("a circuit is kept in a file that ends with .json, not '{path}'", path=options.out)
    path = new_file(options.out, overwrite=options.overwrite, also=(".json",))
    write_network(path, network)
    return Report({**data, "file": path}, [tr("written to {file}", file=path)])


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "circuit", metavar=tr("CIRCUIT"), help=tr("a file, an example, a text that was shared, or - for standard input")
    )
    parser.add_argument("--out", metavar=tr("FILE"), help=tr("write the circuit there, such as circuit.json"))
    add_overwrite(parser)


SHARE = Verb(
    share,
    mark("a circuit as a short text, and back"),
    _arguments,
    (
        ("luiapp share circuit.json", mark("a line to send; everything is in it")),
        ("luiapp share LUI1.3rT… --out circuit.json", mark("a line that came, as a file")),
        ("luiapp share xor", mark("an example, as a line")),
    ),
)
