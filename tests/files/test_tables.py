"""CSV: exact both ways, in both dialects; foreign tables understood; wrong ones refused with their line."""

from __future__ import annotations

import csv
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recordings import example, recordings, same

from luiapp.data.chunk import Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import FormatError, ParameterError
from luiapp.files import csv_reader, csv_writer
from luiapp.files.csv_reader import read_csv
from luiapp.files.csv_writer import write_csv
from luiapp.files.grid import on_grid

QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@QUICK
@given(recordings(), st.sampled_from([".", ","]))
def test_round_trip(tmp_path: Path, recording: Recording, decimal: str) -> None:
    written = write_csv(tmp_path / "a.csv", recording, decimal=decimal)
    assert sorted(tmp_path.iterdir()) == sorted(written)
    same(recording, read_csv(tmp_path / "a.csv"))


@pytest.mark.parametrize("name", [";", ";;;", ",", ",,,", "\t\t", "a;b,c\td", "time_s"])
def test_a_name_may_hold_the_mark_between_columns(tmp_path: Path, name: str) -> None:
    layout = Layout(1e-3, (Trace(name, "V", "membrane", 0),), (name,), "board")
    recording = Recording(layout, np.zeros((2, 1), np.float32), np.empty(0), np.empty(0, np.int32))
    for decimal in ".,":
        write_csv(tmp_path / "a.csv", recording, decimal=decimal)
        same(recording, read_csv(tmp_path / "a.csv"))


def test_round_trip_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_writer, "_FIELDS_AT_ONCE", 50)
    monkeypatch.setattr(csv_reader, "_BLOCK", 97)
    recording = example(301, i_first=17)
    for decimal in ".,":
        write_csv(tmp_path / "a.csv", recording, decimal=decimal)
        same(recording, read_csv(tmp_path / "a.csv"))


def test_double_precision_survives(tmp_path: Path) -> None:
    recording = example(50)
    samples = recording.samples.astype(np.float64) / 3
    write_csv(tmp_path / "a.csv", Recording(recording.layout, samples, recording.spike_times, recording.spike_neurons))
    found = read_csv(tmp_path / "a.csv").samples
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, samples)


def small() -> Recording:
    layout = Layout(1e-3, (Trace("N1"), Trace("N1", "V", "synapse")), ("N1",), "sim")
    samples = np.array([[0.6, 0.1], [0.7, np.nan], [1.5, -2e-6]], np.float32)
    return Recording(layout, samples, np.array([0.0011, 0.0012]), np.zeros(2, np.int32))


def test_what_people_see(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", small())
    lines = [line for line in (tmp_path / "a.csv").read_text("utf-8").split("\n") if not line.startswith("#")]
    assert lines == ["time_s,v_N1_V,synapse_N1_V,spike_N1", "0,0.6,0.1,0", "0.001,0.7,,2", "0.002,1.5,-2e-06,0", ""]
    assert (tmp_path / "a-spikes.csv").read_text() == "time_s,neuron\n0.0011,N1\n0.0012,N1\n"


def test_numbers_are_as_short_as_can_be(tmp_path: Path) -> None:
    texts = ["0.6", "0.123456", "1.234567", "16777216", "0.30000001", "1e-30", "3.4028235e+38", "-0"]
    values = np.array([float(text) for text in texts], np.float32)[:, None]
    write_csv(tmp_path / "a.csv", Recording(Layout(1, (Trace("a"),), ()), values, np.empty(0), np.empty(0, np.int32)))
    lines = (tmp_path / "a.csv").read_text().split("\n")
    assert [line.split(",")[1] for line in lines[-9:-1]] == [
        "0.6",
        "0.123456",
        "1.234567",
        "16777216",
        "0.3",
        *texts[5:],
    ]


def test_what_german_excel_sees(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", small(), decimal=",")
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf#")
    rows = list(csv.reader(content.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert all(len(row) == 1 for row in rows if row[0].startswith("#"))
    assert rows[-3:] == [["0", "0,6", "0,1", "0"], ["0,001", "0,7", "", "2"], ["0,002", "1,5", "-2e-06", "0"]]
    assert (tmp_path / "a-spikes.csv").read_bytes() == b"\xef\xbb\xbftime_s;neuron\r\n0,0011;N1\r\n0,0012;N1\r\n"


def test_no_name_becomes_a_formula(tmp_path: Path) -> None:
    evil = '=HYPERLINK("x")'
    recording = Recording(Layout(1e-3, (Trace(evil),), (evil,)), np.zeros((2, 1), np.float32), np.zeros(1),
                          np.zeros(1, np.int32), (), {"a,=1+1": "b;\n=2+2\n@x"})  # fmt: skip
    for decimal, delimiter in ((".", ","), (",", ";")):
        for path in write_csv(tmp_path / "a.csv", recording, decimal=decimal):
            for row in csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=delimiter):
                assert not any(cell.startswith(("=", "+", "@")) for cell in row)
        same(recording, read_csv(tmp_path / "a.csv"))


def test_the_decimal_mark_is_checked(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="decimal mark"):
        write_csv(tmp_path / "a.csv", small(), decimal="'")
    assert list(tmp_path.iterdir()) == []


FOREIGN = {
    "seconds": "time_s,v_N1_V,spike_N1\n0.5,0.6,0\n0.501,0.7,1\n0.502,0.8,0\n",
    "milliseconds": "t (ms),V_N1 [mV],spike_N1\n500,600,0\n501,700,1\n502,800,0\n",
    "excel": "\ufeffZeit_s;v_N1_V;spike_N1\r\n0,5;0,6;0\r\n0,501;0,7;1\r\n0,502;0,8;\r\n;;\r\n",
    "tabs": "# anything\n\ntime\tN1_V\tspike_N1\n0.5\t0.6\t\n0.501\t0.7\t1\n0.502\t0.8\t0",
    "comments": "time_s,v_N1_V,spike_N1\n0.5,0.6,0\n# pause\n0.501,0.7,1\n0.502,0.8,0\n",
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_tables(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.csv").write_bytes(FOREIGN[kind].encode())
    recording = read_csv(tmp_path / "a.csv")
    assert recording.layout.dt == 1e-3
    assert recording.layout.traces == (Trace("N1", "V", "membrane", 0),)
    assert recording.layout.neurons == ("N1",)
    assert recording.i_first == 500
    np.testing.assert_allclose(recording.samples[:, 0], [0.6, 0.7, 0.8], rtol=1e-6)
    np.testing.assert_allclose(recording.spike_times, [0.501])


def test_latin_1_and_odd_units(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("t;größe (µV);strom (nA);x\n0;1;2;3\n1;1;2;3\n".encode("cp1252"))
    recording = read_csv(tmp_path / "a.csv")
    assert [(t.name, t.unit) for t in recording.layout.traces] == [("größe", "V"), ("strom", "A"), ("x", "V")]
    np.testing.assert_allclose(recording.samples[0], [1e-6, 2e-9, 3], rtol=1e-6)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no header"),
        ("# only\n# comments\n", "no header"),
        ("a,b\n1,2\n", "line 1 has no column of times"),
        ("time_s,v,v\n0,1,2\n1,2,3\n", "line 1 has two columns called 'v'"),
        ("time_s,v\n", "no rows"),
        ("time_s,v\n0,1\n", "at least two"),
        ("time_s,v\n0,1\n1\n", "line 3 has 1 columns, but the header 2"),
        ("time_s,v\n0,1\n1,x\n", "line 3: could not convert string to float: 'x'"),
        ("time_s,v\n0,1\n0,2\n", "doesn't increase at row 2"),
        ("time_s,v\n0,1\nnan,2\n", "row 2 has no time"),
        ("time_s,v\n0,1\n1,2\n2,3\n1e9,3\n", "too far apart"),
        ("time_s,v\n0,1\n1e-30,2\n", "sampling interval"),
        ("time_s," + "v" * 70000 + "\n", "line 1 is longer"),
        ("time_s,v\n0," + "1" * 70000, "line 2 is longer|line 2: "),
        ("# luiapp: {\ntime_s\n", "not JSON"),
        ('# luiapp: {"format": "luiapp-recording"%2C "version": 9}\ntime_s\n', "version 9"),
        ('# luiapp: {"format":"luiapp-recording"%2C"version":1%2C"layout":{"dt":1}}\ntime_s,a\n0,1\n', "delete that"),
    ],
)  # fmt: skip
def test_wrong_tables_are_refused_with_their_place(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(FormatError, match=complaint) as found:
        read_csv(tmp_path / "bad.csv")
    assert "'bad.csv'" in str(found.value)


@pytest.mark.parametrize("line", ["0.1,nobody", "x,N1", "0.1", "nan,N1", '"'])
def test_a_wrong_spikes_file_is_named(tmp_path: Path, line: str) -> None:
    write_csv(tmp_path / "a.csv", small())
    with (tmp_path / "a-spikes.csv").open("a") as file:
        file.write(line)
    with pytest.raises(FormatError, match=r"'a-spikes\.csv'"):
        read_csv(tmp_path / "a.csv")


@QUICK
@given(st.binary(max_size=200) | st.text('0123456789.,;\n\t -+e#"tv_s', max_size=200).map(str.encode))
def test_any_bytes_give_a_recording_or_a_format_error(tmp_path: Path, content: bytes) -> None:
    for start in (b"", b"time_s,v\n"):
        (tmp_path / "a.csv").write_bytes(start + content)
        try:
            read_csv(tmp_path / "a.csv")
        except FormatError as error:
            assert "a.csv" in str(error)


def test_memory_stays_small_while_writing(tmp_path: Path) -> None:
    layout = Layout(1e-4, tuple(Trace(f"N{i}", i_neuron=i) for i in range(4)), tuple(f"N{i}" for i in range(4)))
    samples = np.random.default_rng(0).normal(size=(60_000, 4)).astype(np.float32)
    recording = Recording(layout, samples, np.empty(0), np.empty(0, np.int32))
    tracemalloc.start()
    write_csv(tmp_path / "a.csv", recording)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / "a.csv").stat().st_size > 2.4e6
    assert peak < 12e6


def test_uneven_times() -> None:
    values = np.arange(6, dtype=np.float32)[:, None]
    times = np.array([0, 1, 2, 5, 6, 7]) * 1e-3 + 4e-3
    filled, dt, i_first, how = on_grid(times, values)
    assert (dt, i_first, how) == (1e-3, 4, "gaps")
    np.testing.assert_array_equal(filled[:, 0], [0, 1, 2, np.nan, np.nan, 3, 4, 5])
    uneven = np.array([0.0, 1.0, 2.4, 3.0, 4.6, 5.0])
    filled, dt, _, how = on_grid(uneven, (2 * uneven)[:, None])
    assert how == "interpolated"
    np.testing.assert_allclose(filled[:, 0], 2 * dt * np.arange(len(filled)))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 200), st.sampled_from([1e-4, 1 / 3000, 1 / 44100, 0.02]), st.integers(3, 9), st.integers(0, 1000))
def test_printed_times_give_the_rate_back(n: int, dt: float, digits: int, i_first: int) -> None:
    """Times rounded to some decimals still give the interval, to the rounding's share of the whole length."""
    times = np.round((i_first + np.arange(n)) * dt, digits)
    if (np.diff(times) <= 0.5 * dt).any() or np.ptp(np.diff(times)) >= 0.8 * dt:
        return
    _, found, _, how = on_grid(times, np.zeros((n, 1), np.float32))
    if how == "even":
        assert abs(found - dt) * (n - 1) <= 1.01 * 10.0**-digits + 0.11 * dt
