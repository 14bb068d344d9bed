"""What all messages share: packing, unpacking, ranges. The messages themselves are in `luiapp.link.messages`."""

from __future__ import annotations

import struct
from dataclasses import fields
from typing import ClassVar, Self

from luiapp.errors import LinkError
from luiapp.texts import mark


class Message:
    """A body, packed little endian; see ``firmware/PROTOCOL.md``.

    Attributes
    ----------
    ID : int
        Which message it is.
    FORMAT : str
        Of its fixed part, as `struct` reads it.
    REST : str
        The field that takes what is left; empty where there is none.
    RANGES : dict
        Least and greatest value of each number.
    """

    ID: ClassVar[int] = 0
    FORMAT: ClassVar[str] = "<"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}

    def pack(self) -> bytes:
        """The body. Raises `LinkError` for a number outside of its range."""
        values = [getattr(self, f.name) for f in fields(self)]  # type: ignore[arg-type]
        for name, (low, high) in self.RANGES.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise LinkError(
                    mark("'{name}' of {message} must lie between {low} and {high}, not {value}"),
                    name=name, message=type(self).__name__, low=low, high=high, value=value, fault="other",
                )  # fmt: skip
        rest = bytes(values.pop()) if self.REST else b""
        return struct.pack(self.FORMAT, *values) + rest

    @classmethod
    def unpack(cls, body: bytes) -> Self:
        """From a body; what a newer version appended is passed over. Raises `ValueError` for one that is too short."""
        size = struct.calcsize(cls.FORMAT)
        if len(body) < size:
            raise ValueError(f"{cls.__name__} has {len(body)} bytes instead of {size}")
        values = [*struct.unpack_from(cls.FORMAT, body), *([body[size:]] if cls.REST else [])]
        return cls(**dict(zip((f.name for f in fields(cls)), values, strict=True)))  # type: ignore[arg-type]
