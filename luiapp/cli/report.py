"""What a verb hands back, and how it is printed: lines for people, or one JSON object for scripts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from luiapp.errors import LuiError

DONE, FAILED, WRONG_USAGE = 0, 1, 2


@dataclass(frozen=True)
class Report:
    """The outcome of a verb.

    Attributes
    ----------
    data : dict
        What ``--json`` prints.
    lines : list of str
        What a person reads instead, in their language.
    code : int
        Exit code.
    """

    data: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    code: int = DONE


def to_json(data: Mapping[str, Any]) -> str:
    """One JSON object, pure ASCII, so that any console and any reader takes it; what is not finite becomes null."""
    return json.dumps(_plain(data), indent=2, allow_nan=False)


def error_data(error: BaseException, kind: str | None = None) -> dict[str, Any]:
    """The JSON shape of a fault: its class, the sentence, and for our own errors the sentence's parts."""
    data: dict[str, Any] = {"kind": kind or type(error).__name__, "message": str(error)}
    if isinstance(error, LuiError):
        data["text"] = error.text
        data["fields"] = {name: str(value) for name, value in error.fields.items()}
    return {"error": data}


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines with aligned columns."""
    if not rows:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, str | bool | int | None):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple | set | frozenset | range):
        return [_plain(v) for v in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy's numbers and arrays, without importing numpy
        return _plain(value.tolist())
    return str(value)
