"""A network on disk: one JSON file."""

from __future__ import annotations

import json
from pathlib import Path

from luiapp.errors import FormatError
from luiapp.files.codec import from_json
from luiapp.files.disk import MAX_JSON, atomic, naming, small_file
from luiapp.model.network import Network

MAX_JSON_NEURONS = 20_000  # building neurons one by one takes time with their square; larger nets come from a script


def read_network(path: str | Path) -> Network:
    """The network in a JSON file.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it is not a network; names the file and the place.
    """
    path = Path(path)
    content = small_file(path, MAX_JSON)
    with naming(path):
        data = from_json(content)
        neurons = data.get("neurons") if isinstance(data, dict) else None
        if isinstance(neurons, list) and len(neurons) > MAX_JSON_NEURONS:
            raise FormatError("it has {n} neurons; {limit} is the most that can be read",
                              n=len(neurons), limit=MAX_JSON_NEURONS)  # fmt: skip
        return Network.from_dict(data)


def write_network(path: str | Path, network: Network) -> None:
    """Write `network` to a JSON file: the whole of it, or nothing.

    Raises
    ------
    FileError
        If it can't be written; a file that was there before is then unchanged.
    """
    path = Path(path)
    # Not `to_json`: a network with a number that isn't finite is a fault of ours and must not be written at all.
    text = json.dumps(network.to_dict(), allow_nan=False, ensure_ascii=False, indent=1)
    with atomic(path) as file:
        file.write(text.encode("utf-8", "replace"))
        file.write(b"\n")
