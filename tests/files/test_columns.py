"""Tables of plain numbers, as spreadsheets and meters write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from luiapp.errors import FormatError
from luiapp.files.columns import read_columns


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("0.001,2.5\n0.002,3\n", ()),
        ("0,001;2,5\n0,002;3\n", ()),
        ("# a note\n0.001\t2.5\n\n0.002\t3\n", ()),
        ("0.001   2.5\n0.002 3\n", ()),
        ("I (mA),rate_Hz\n1,2.5\n2,3\n", ("I", "rate")),
        ('"time [ms]";"V"\n1;2,5\n2;3\n', ("time", "V")),
        ("\ufefft_ms,v_V\r\n1,2.5\r\n2,3\r\n", ("t", "v")),
    ],
)
def test_one_table_in_many_hands(tmp_path: Path, text: str, names: tuple[str, ...]) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, "utf-8")
    table = read_columns(path)
    assert table.names == names
    assert table.values == pytest.approx(np.array([[0.001, 2.5], [0.002, 3.0]]))


def test_empty_cells_are_not_numbers(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,times\n1,\n2,3\n", "utf-8")
    table = read_columns(path)
    assert table.names == ("a", "times")  # no unit, though it ends with an s
    assert np.isnan(table.values[0, 1])
    assert table.find("time") == 1
    assert table.find("rate") is None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "no numbers"),
        ("a,b\n1,2\n1,x\n", "line 3"),
        ("1,2\n1,2,3\n", "line 2"),
        ("1\n2\n", "2 columns"),
        ("a,b,c\n1,2\n", "header has 3"),
    ],
)
def test_what_is_no_table_is_told_with_its_line(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(FormatError, match=part) as caught:
        read_columns(path)
    assert "table.csv" in str(caught.value)
