"""Tables as people have them: which column is which, when pulses came, and what is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from luiapp.cli.fit_table import trace_of
from luiapp.errors import FormatError
from luiapp.experiments.twin_trace import Trace
from luiapp.files.columns import read_columns

TIME = np.arange(400) * 1e-3
V = 0.8 + 0.1 * np.sin(20 * TIME)
GATE = ((TIME > 0.0995) & (TIME < 0.1155)) | ((TIME > 0.2995) & (TIME < 0.3155))


def taken(tmp_path: Path, columns: list[np.ndarray], head: str = "", mark: str = ",") -> Trace:
    path = tmp_path / "t.csv"
    rows = [mark.join(f"{x:.7g}" for x in row) for row in np.column_stack(columns)]
    text = "\n".join(rows)
    path.write_text(head + (text.replace(".", ",") if mark == ";" else text), "utf-8")
    return trace_of(read_columns(path), None, {})


@pytest.mark.parametrize(
    ("columns", "head", "mark"),
    [
        ([V, TIME], "", ","),
        ([TIME * 1e3, V * 1e3], "Zeit;Spannung\nms;mV\n", ";"),
        ([TIME * 1e3, V * 1e3], "Scope,4\nSource,A\nt [ms],v [mV]\n", ","),
        ([np.floor(TIME * 200 + 1e-6) / 200, V], "", ","),
    ],
    ids=["turned round", "German, units below", "notes above", "times of few digits"],
)
def test_one_membrane_in_many_tables(tmp_path: Path, columns: list[np.ndarray], head: str, mark: str) -> None:
    trace = taken(tmp_path, columns, head, mark)
    assert trace.time == pytest.approx(TIME, abs=1e-6) and trace.v == pytest.approx(V, abs=1e-5)
    assert trace.onsets is None


@pytest.mark.parametrize("head", ["", "t,v,stimulus\n"])
def test_a_column_of_pulses_tells_when_and_how_long(tmp_path: Path, head: str) -> None:
    trace = taken(tmp_path, [TIME, V, GATE.astype(float)], head)
    assert trace.onsets is not None and trace.widths is not None
    assert trace.onsets == pytest.approx([0.0995, 0.2995]) and trace.widths == pytest.approx([0.016, 0.016])
    marks = np.diff(GATE.astype(float), prepend=0.0) > 0
    marked = taken(tmp_path, [TIME, V, marks.astype(float)], head)
    assert marked.onsets == pytest.approx([0.1, 0.3]) and marked.widths == pytest.approx([15.9e-3] * 2, rel=0.02)


def test_times_far_from_zero_and_gaps(tmp_path: Path) -> None:
    there = TIME < 0.2
    trace = taken(tmp_path, [5000 + TIME[there | (TIME > 0.3)], V[there | (TIME > 0.3)]])
    assert trace.origin == 5000 and trace.time[0] == 0 and not len(trace.spikes)


def test_milliseconds_that_nobody_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="name it time_ms"):
        taken(tmp_path, [TIME * 1e3, V])
