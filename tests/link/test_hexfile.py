"""Intel HEX: written by the book here, read there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.errors import FormatError, LuiError
from luiapp.link.hexfile import read_hex


def record(kind: int, address: int, data: bytes) -> str:
    raw = bytes((len(data),)) + address.to_bytes(2, "big") + bytes((kind,)) + data
    return ":" + (raw + bytes((-sum(raw) % 256,))).hex().upper()


END = record(1, 0, b"")


def test_the_example_of_the_format():
    """A data record as Intel's specification of 1988 gives it: three bytes at 0x0030."""
    text = ":0300300002337A1E\n:00000001FF\n"
    assert read_hex(text, name="x", size=64) == b"\xff" * 0x30 + bytes((0x02, 0x33, 0x7A))


@given(st.binary(min_size=1, max_size=600), st.integers(1, 64))
def test_an_image_comes_back_as_it_was(image, width):
    lines = [record(0, i, image[i : i + width]) for i in range(0, len(image), width)]
    assert read_hex("\n".join([*lines, END]), name="x", size=1024) == image
    assert read_hex("\r\n".join([*reversed(lines), END, ""]), name="x", size=1024) == image  # in any order


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (record(0, 0, b"ab"), "cut off"),
        (END, "empty"),
        ("hello\n" + END, "line 1.*':'"),
        (record(0, 0, b"ab")[:-1] + "0\n" + END, "line 1.*"),
        (record(0, 0, b"ab") + "\n" + record(0, 2, b"cd").replace("6364", "6365") + "\n" + END, "line 2.*checksum"),
        (record(9, 0, b"ab") + "\n" + END, "line 1.*type 9"),
        (record(0, 60, b"abcdefgh") + "\n" + END, "needs 68 bytes.*64"),
        (record(4, 0, b"\0\1") + "\n" + record(0, 0, b"x") + "\n" + END, "needs 65537 bytes"),
    ],
)
def test_what_is_wrong_is_said(text, what):
    with pytest.raises(FormatError, match=f"(?s).*{what}"):
        read_hex(text, name="x.hex", size=64)


@given(st.text(alphabet=":0123456789ABCDEFG\n", max_size=200))
def test_noise_is_an_image_or_a_clear_error(text):
    try:
        assert 0 < len(read_hex(text, name="x", size=1 << 16)) <= 1 << 16
    except LuiError as error:
        assert "x" in str(error)
