"""Networks and recordings on disk; readers and writers by suffix."""

from luiapp.files.mcap_reader import indexed_duration
from luiapp.files.mcap_writer import McapWriter
from luiapp.files.registry import (
    READERS,
    WRITERS,
    read_network,
    read_recording,
    read_segments,
    write_network,
    write_recording,
)

__all__ = [
    "READERS",
    "WRITERS",
    "McapWriter",
    "indexed_duration",
    "read_network",
    "read_recording",
    "read_segments",
    "write_network",
    "write_recording",
]
