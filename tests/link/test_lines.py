"""Laws of the line parser: any split gives the same rows, rubbish is counted and survived, memory is bounded."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.link.lines import MAX_LINE, LineParser, Rows

Flat = list[tuple[tuple[str, ...], tuple[float, ...] | None]]


def flat(blocks: list[Rows]) -> Flat:
    """Rows one by one, None for each that was lost: what must not depend on how the bytes came."""
    result: Flat = []
    for block in blocks:
        result += [((), None)] * block.n_lost
        result += [(block.labels, tuple(-12345.0 if math.isnan(v) else v for v in row)) for row in block.values]
    return result


def parse(data: bytes, cuts: list[int] | None = None, *, starts_whole: bool = True) -> tuple[Flat, dict[str, int]]:
    parser = LineParser(starts_whole=starts_whole)
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts or ()), len(data)]
    blocks: list[Rows] = []
    for a, b in pairwise(edges):
        blocks += parser.feed(data[a:b])
    return flat(blocks), dataclasses.asdict(parser.counters)


numbers = st.one_of(
    st.integers(-(10**6), 10**6).map(lambda i: (str(i), float(i))),
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda x: (f"{x:.4f}", float(f"{x:.4f}"))),
    st.floats(-1e20, 1e20, allow_nan=False).map(lambda x: (f"{x:.6e}", float(f"{x:.6e}"))),
    st.sampled_from([("nan", math.nan), ("inf", math.nan), ("ovf", math.nan), (".5", 0.5), ("7.", 7.0), ("+3", 3.0)]),
)
words = st.tuples(st.sampled_from("ABxyVé"), st.text("ABxy_é7", max_size=5)).map("".join)
ends = st.sampled_from(["\n", "\r\n", "\r"])
cuts = st.lists(st.integers(0, 10**6), max_size=12)


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, tuple[str, ...], list[list[float]]]:
    n = draw(st.integers(1, 6))
    rows = draw(st.lists(st.lists(numbers, min_size=n, max_size=n), min_size=3, max_size=30))
    separator = draw(st.sampled_from([",", "\t", ";", " ", ", ", " ; "]))
    end = draw(ends)
    form = draw(st.sampled_from(["plain", "pairs", "header"]))
    labels = tuple(draw(st.lists(words, min_size=n, max_size=n, unique=True))) if form != "plain" else ("",) * n
    colon = draw(st.sampled_from([":", ": "]))
    lines = []
    if form == "header":
        lines.append(separator.join(labels))
    for row in rows:
        pairs = zip(labels, row, strict=True)
        lines.append(separator.join(f"{a}{colon}{t}" if form == "pairs" else t for a, (t, _) in pairs))
    data = "".join(line + end for line in lines).encode()
    return data, labels, [[-12345.0 if math.isnan(v) else v for _, v in row] for row in rows]


@given(streams(), cuts)
def test_every_form_gives_the_numbers_that_were_printed(stream, places):
    data, labels, rows = stream
    got, counters = parse(data, places)
    assert got == [(labels, tuple(row)) for row in rows]
    assert counters["lines"] == len(rows) and counters["bad_lines"] == counters["garbage_bytes"] == 0


pieces = st.one_of(
    streams().map(lambda s: s[0]),
    st.binary(max_size=60),
    st.sampled_from([b"\n", b"\r", b"1,2\n", b"1,2,3\n", b"V:1,X:2\n", b"hello there\n", b"1.0", b"x" * 1500,
                     b"\x00\xff", b"1:2\n", b"Sensor 1:3 Sensor 2:4\n", b"V:1 V\n", b"1_0\n", b"0x1F\n", b"--1\n",
                     b"a,b\n"]),
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(pieces, max_size=12).map(b"".join), cuts, st.booleans())
def test_any_split_of_any_bytes_gives_the_same_rows_and_counters(data, places, whole):
    expected = parse(data, starts_whole=whole)
    assert parse(data, places, starts_whole=whole) == expected
    assert parse(data, list(range(len(data))), starts_whole=whole) == expected


@settings(max_examples=100)
@given(st.lists(pieces, max_size=12).map(b"".join))
def test_the_fast_way_agrees_with_the_careful_one(data):
    class Careful(LineParser):
        def _feed_steady(self, whole: bytes) -> bool:
            return False

    fast, careful = LineParser(starts_whole=True), Careful(starts_whole=True)
    assert flat(fast.feed(data)) == flat(careful.feed(data))
    assert fast.counters == careful.counters


def test_the_fast_way_is_taken_for_a_steady_stream():
    class Strict(LineParser):
        def _feed_line(self, line: bytes) -> None:
            assert self._shape is None or not line, "a steady stream went the slow way"
            super()._feed_line(line)

    for line in (b"12,0.5,-3e2\r\n", b"V:1.02\tVLeak:0.6\n", b"17\n"):
        parser = Strict(starts_whole=True)
        parser.feed(line * 2)
        (block,) = parser.feed(line * 500)
        assert len(block.values) == 500


def test_every_state_that_the_fast_way_must_not_overlook():
    """Fed in pieces that end where a half-believed form, a header or an overlong line is still open."""
    pieces = [b"1,2\n" * 3, b"1\n", b"1,2\n" * 2, b"a,b\n", b"3,4\n" * 5, b"x" * 1500, b"7,8\n5,6\n", b"5,6\n" * 4,
              b"?!\n", b"5,6\n", b"5,6\n"]  # fmt: skip
    parser = LineParser(starts_whole=True)
    blocks = [block for piece in pieces for block in parser.feed(piece)]
    plain, named, lost = ("", ""), ("a", "b"), [((), None)]
    assert flat(blocks) == (
        [(plain, (1.0, 2.0))] * 3 + lost + [(plain, (1.0, 2.0))] * 2 + [(named, (3.0, 4.0))] * 5 + lost
        + [(named, (5.0, 6.0))] * 5 + lost + [(named, (5.0, 6.0))] * 2
    )  # fmt: skip


def test_memory_stays_bounded_without_a_line_end():
    parser = LineParser()
    for n in (1, 999, 1000, 4000, 70_000, 5):
        parser.feed(b"7" * n)
        assert parser.n_pending <= MAX_LINE
    assert parser.counters.bytes == 76_005
    parser.feed(b"\n")
    assert parser.counters.overlong == 1 and parser.counters.garbage_bytes == 76_005


@pytest.mark.parametrize("rubbish", [b"\xff\xfe\x80\x00" * 50 + b"\n", b"x" * 5000 + b"\n", b"12,\x00 7\n", b"3,,-.\n"])
def test_rubbish_is_counted_and_the_next_line_is_read(rubbish):
    parser = LineParser(starts_whole=True)
    blocks = parser.feed(b"1,2\n" * 3 + rubbish + b"5,6\n")
    assert flat(blocks) == [(("", ""), (1.0, 2.0))] * 3 + [((), None), (("", ""), (5.0, 6.0))]
    counters = parser.counters
    assert counters.bad_lines + counters.overlong == 1 and counters.garbage_bytes == len(rubbish) - 1


def test_a_torn_line_is_no_change_of_columns_but_three_are():
    parser = LineParser(starts_whole=True)
    assert flat(parser.feed(b"1,2\n1,2\n1\n1,2\n")) == [(("", ""), (1.0, 2.0))] * 2 + [
        ((), None),
        (("", ""), (1.0, 2.0)),
    ]
    assert parser.counters.format_changes == 0
    assert flat(parser.feed(b"7\n8\n9\n")) == [(("",), (7.0,)), (("",), (8.0,)), (("",), (9.0,))]
    assert parser.counters.format_changes == 1


def test_listening_begins_inside_a_line_so_the_first_is_dropped_but_a_header_is_kept():
    assert parse(b"02,3\n1,2\n3,4\n", starts_whole=False)[0] == [(("", ""), (1.0, 2.0)), (("", ""), (3.0, 4.0))]
    assert parse(b"V,X\n1,2\n3,4\n", starts_whole=False)[0] == [(("V", "X"), (1.0, 2.0)), (("V", "X"), (3.0, 4.0))]


def test_greetings_take_no_place_in_time():
    rows, counters = parse(b"Lu.i reader, version 1.2\n1\n2\nall is well now\n3\n4\n")
    assert [r for _, r in rows] == [(1.0,), (2.0,), (3.0,), (4.0,)]
    assert counters["text_lines"] + counters["header_lines"] == 2 and counters["bad_lines"] == 0


@pytest.mark.parametrize("line", [b"1_000", b"0x10", b"infinity", b"1e", b"--2", b"\xd9\xa1", b"1" + b" " * 1500])
def test_numbers_that_python_would_take_and_no_sketch_prints_are_refused(line):
    parser = LineParser(starts_whole=True)
    parser.feed(b"1\n1\n")
    rows = flat(parser.feed(b"1\n" + line + b"\n2\n"))
    assert [r for _, r in rows if r is not None] == [(1.0,), (2.0,)]


def test_too_large_a_number_is_not_a_number():
    (block,) = LineParser(starts_whole=True).feed(b"1\n1e999\n2\n")
    assert np.isnan(block.values[1, 0]) and block.values[2, 0] == 2.0
    parser = LineParser(starts_whole=True)
    parser.feed(b"1\n1\n")
    (steady,) = parser.feed(b"1\n-1e999\n2\n")
    assert np.isnan(steady.values[1, 0]) and steady.values[2, 0] == 2.0
