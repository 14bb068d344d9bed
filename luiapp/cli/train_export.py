"""What ``luiapp train export`` does: a trained network for other programs."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from luiapp.cli.parser import quantity
from luiapp.cli.paths import existing_file
from luiapp.cli.report import Report, table
from luiapp.cli.train_boards import new_text
from luiapp.errors import ParameterError
from luiapp.texts import mark, tr

WAYS = {"nir": ".nir", "pynn": ".py", "norse": ".py", "csv": ".csv"}
EXAMPLES = (
    ("luiapp train export net.npz --to pynn", mark("a script for NEST or Brian, net_pynn.py")),
    ("luiapp train export net.npz --to nir --save net.nir", mark("a graph for other programs and chips")),
)


def export(options: Namespace) -> Report:
    """Write a trained network for another program."""
    if options.file is None:
        raise ParameterError("'export' needs a file behind it, such as net.npz")
    if options.to is None:
        raise ParameterError("'export' needs to know what for: --to {names}", names=" | ".join(WAYS))
    source = existing_file(options.file)
    from luiapp.files.export import EXPORTERS
    from luiapp.train.layered import TAU_SYN, to_layered
    from luiapp.train.store import open_model

    way = EXPORTERS[options.to]
    wanted = options.save or str(source.with_name(source.stem + way.ending))
    path = new_text(wanted, (WAYS[options.to],), options.overwrite)
    layered = to_layered(open_model(source), tau_syn=options.tau_syn or TAU_SYN, name=source.stem)
    way.write(path, layered)
    data: dict[str, Any] = {
        "file": path,
        "to": options.to,
        "sizes": [layered.n_in, *(one.n for one in layered.layers)],
        "n_synapses": sum(one.weight.size + (0 if one.loop is None else one.loop.size) for one in layered.layers),
        "delays": any(one.delay is not None for one in layered.layers),
        "decision": layered.decision,
        "n_bytes": Path(path).stat().st_size,
    }
    rows = [(tr("neurons"), " – ".join(map(str, data["sizes"]))), (tr("synapses"), str(data["n_synapses"])),
            (tr("written to"), tr("{path}: {about}", path=path, about=tr(way.about)))]  # fmt: skip
    return Report(data, table(rows))


def add_arguments(parser: ArgumentParser) -> None:
    """Options of ``train export``."""
    parser.add_argument("--to", choices=tuple(WAYS), help=tr("with 'export': for which program"))
    parser.add_argument("--tau-syn", type=quantity("s"), metavar=tr("TIME"),
                        help=tr("with 'export': synaptic time constant of networks that have none in seconds "
                                "(10 ms)"))  # fmt: skip
