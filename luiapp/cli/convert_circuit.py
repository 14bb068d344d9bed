"""What ``luiapp convert`` does with circuits."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from luiapp.cli.paths import existing_file, new_file
from luiapp.cli.report import Report
from luiapp.errors import FileError, ParameterError
from luiapp.texts import tr

SUFFIXES = (".json", ".nir", ".txt")  # of circuits that can be read
TARGETS = (".json", ".nir", ".txt", ".svg", ".py")


def is_circuit(source: str) -> bool:
    """Whether what is named is a circuit: by its suffix, an example, or a text that was shared."""
    from luiapp.files.share import is_shared
    from luiapp.model.library import EXAMPLES

    return Path(source).suffix.lower() in SUFFIXES or source in EXAMPLES or is_shared(source)


def convert_circuit(options: Namespace) -> Report:
    """Read a circuit, write it as the ending says."""
    from luiapp.cli.simulate import find_network
    from luiapp.files.circuits import read_circuit, write_circuit

    for name in ("decimal", "start", "stop"):
        if getattr(options, name) is not None:
            raise ParameterError(
                "--{name} is for recordings; '{source}' is a circuit", name=name, source=options.source
            )
    if Path(options.source).suffix.lower() in SUFFIXES:
        network = read_circuit(existing_file(options.source))
    else:
        network = find_network(options.source)
    target = new_file(options.target, overwrite=options.overwrite, also=TARGETS)
    if target.exists() and Path(options.source).is_file() and target.samefile(options.source):
        raise FileError("'{path}' would be overwritten while it is read; name another file", path=target)
    write_circuit(target, network, script=options.script or "pynn")
    data = {"from": options.source, "file": target, "files": [target], "name": network.name, "model": network.model,
            "n_neurons": network.n_neurons, "n_connections": len(network.connections),
            "n_stimuli": len(network.stimuli)}  # fmt: skip
    line = tr("{file}: {n} neurons, {m} connections", file=target, n=network.n_neurons, m=len(network.connections))
    return Report(data, [line])
