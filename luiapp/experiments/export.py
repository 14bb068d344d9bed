"""What a result is as a file: the points as a table, or everything."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from luiapp.experiments.finding import Finding
from luiapp.experiments.result import Result


def as_csv(result: Result | Finding) -> str:
    """The points with their header (x, y, standard error and residual, in SI), or the rows of a finding."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(result.rows())
    return text.getvalue()


def as_csv_of_several(results: Sequence[tuple[str, Result]]) -> str:
    """The points of several results in one table, each row led by whose it is."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for k, (name, result) in enumerate(results):
        for i, row in enumerate(result.rows()):
            if i or not k:
                writer.writerow([name if i else "result", *row])
    return text.getvalue()


def as_json_of_several(results: Sequence[tuple[str, Result]]) -> str:
    """Everything of several results, as a list."""
    found = [{"result": name, **result.to_dict()} for name, result in results]
    return json.dumps(plain({"results": found}), indent=2, allow_nan=False) + "\n"


def as_json(result: Result | Finding) -> str:
    """Everything, in pure ASCII; what isn't a finite number becomes null."""
    return json.dumps(plain(result.to_dict()), indent=2, allow_nan=False) + "\n"


def plain(value: Any) -> Any:
    """The same for JSON: keys are text, and what isn't a finite number is None."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
