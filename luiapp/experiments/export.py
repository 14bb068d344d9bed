"""What a result is as a file: the points as a table, or everything."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from typing import Any

from luiapp.experiments.finding import Finding
from luiapp.experiments.result import Result


def as_csv(result: Result | Finding) -> str:
    """The points with their header (x, y, standard error and residual, in SI), or the rows of a finding."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(result.rows())
    return text.getvalue()


def as_json(result: Result | Finding) -> str:
    """Everything, in pure ASCII; what isn't a finite number becomes null."""
    return json.dumps(_plain(result.to_dict()), indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
