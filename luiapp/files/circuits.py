"""Circuits on disk, by suffix: ours, those of others, and pictures and scripts of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from luiapp.errors import FormatError
from luiapp.files.code_circuit import norse_circuit, pynn_circuit
from luiapp.files.disk import MAX_JSON, atomic, naming, small_file
from luiapp.files.networks import read_network, write_network
from luiapp.files.nir_circuit import read_nir_circuit, write_nir_circuit
from luiapp.files.share import MAX_SHARED, network_from_text, network_to_text
from luiapp.files.svg_circuit import write_svg_circuit
from luiapp.model.network import Network

SCRIPTS: dict[str, Callable[[Network], str]] = {"pynn": pynn_circuit, "norse": norse_circuit}


def read_circuit(path: str | Path) -> Network:
    """The circuit in a file of `CIRCUIT_READERS`.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it isn't what its suffix says.
    """
    path = Path(path)
    if path.suffix.lower() not in CIRCUIT_READERS:
        raise FormatError("'{file}': files ending in '{suffix}' are unknown; choose one of {names}",
                          file=path.name, suffix=path.suffix, names=", ".join(CIRCUIT_READERS))  # fmt: skip
    return CIRCUIT_READERS[path.suffix.lower()](path)


def write_circuit(path: str | Path, network: Network, *, script: str = "pynn") -> None:
    """Write a circuit as the suffix says; a ``.py`` is a script for `script`, a key of `SCRIPTS`.

    Raises
    ------
    FileError
        If it can't be written.
    FormatError
        If there is no such format, or the circuit doesn't fit into it.
    """
    path = Path(path)
    if path.suffix.lower() == ".py":
        _write_text(path, SCRIPTS[script](network))
        return
    if path.suffix.lower() not in CIRCUIT_WRITERS:
        raise FormatError("'{file}': files ending in '{suffix}' are unknown; choose one of {names}",
                          file=path.name, suffix=path.suffix, names=", ".join([*CIRCUIT_WRITERS, ".py"]))  # fmt: skip
    CIRCUIT_WRITERS[path.suffix.lower()](path, network)


def _read_text(path: Path) -> Network:
    content = small_file(path, min(MAX_JSON, 4 * MAX_SHARED))
    with naming(path):
        return network_from_text(content.decode("utf-8", "replace"))


def _write_text(path: Path, text: str) -> None:
    with atomic(path) as file:
        file.write(text.encode("utf-8", "replace"))


def _write_shared(path: Path, network: Network) -> None:
    _write_text(path, network_to_text(network) + "\n")


CIRCUIT_READERS: dict[str, Callable[[Path], Network]] = {
    ".json": read_network, ".nir": read_nir_circuit, ".txt": _read_text,
}  # fmt: skip
CIRCUIT_WRITERS: dict[str, Callable[[Path, Network], None]] = {
    ".json": write_network, ".nir": write_nir_circuit, ".svg": write_svg_circuit, ".txt": _write_shared,
}  # fmt: skip
