"""A circuit as a text comes back as it was, and nothing that was changed on the way does."""

from __future__ import annotations

import base64
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.errors import FormatError, LuiError
from luiapp.files import share
from luiapp.files.share import MARK, MAX_SHARED, is_shared, network_from_text, network_to_text
from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network

AND = network_to_text(EXAMPLES["and"].build())


def packed(content: bytes) -> str:
    """A text with any content, sealed as it should be."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS, zdict=share._WORDS)
    data = packer.compress(content) + packer.flush()
    return MARK + base64.urlsafe_b64encode(zlib.crc32(data).to_bytes(4, "big") + data).decode().rstrip("=")


@pytest.mark.parametrize("key", EXAMPLES)
def test_every_example_comes_back(key: str) -> None:
    net = EXAMPLES[key].build(7)
    net.extra["later"] = {"a": [1, "ä"]}
    text = network_to_text(net)
    assert network_from_text(text).to_dict() == net.to_dict()
    assert len(text) < 1500 and is_shared(text) and text.isascii() and len(text.split()) == 1


def test_breaking_lines_and_quoting_does_not_matter() -> None:
    lines = "\r\n  ".join(AND[i : i + 60] for i in range(0, len(AND), 60))
    assert network_from_text(f"\n {lines}\n\n").to_dict() == EXAMPLES["and"].build().to_dict()


@given(st.integers(len(MARK), len(AND) - 1), st.sampled_from("ABCxyz019-_"))
def test_one_wrong_sign_is_seen(place: int, sign: str) -> None:
    changed = AND[:place] + sign + AND[place + 1 :]
    # The last character may differ in bits that carry nothing.
    if changed == AND or place == len(AND) - 1:
        return
    with pytest.raises(FormatError):
        network_from_text(changed)


@given(st.integers(0, len(AND) - 2))
def test_a_part_is_seen(length: int) -> None:
    with pytest.raises(FormatError):
        network_from_text(AND[:length])


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda b: MARK + base64.urlsafe_b64encode(b).decode()))
@settings(max_examples=200)
def test_whatever_comes_is_refused_in_words(text: str) -> None:
    with pytest.raises(FormatError):
        network_from_text(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(["format", "version", "neurons", "connections", "stimuli", "name"]), inner),
                    max_leaves=12))  # fmt: skip
def test_sealed_nonsense_is_refused_in_words(value: object) -> None:
    import json

    with pytest.raises(LuiError):
        network_from_text(packed(json.dumps(value).encode()))


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(FormatError, match="too large"):
        network_from_text(packed(b" " * (share._MAX_CONTENT + 1)))
    with pytest.raises(FormatError, match="characters at most"):
        network_from_text("A" * (2 * MAX_SHARED + 1))


def test_what_is_too_large_to_share_says_so() -> None:
    net = Network(model="lui")
    net.neurons(3000, r_vleak=[1000.0 + 7.123 * i for i in range(3000)], parts_seed=range(1, 3001))
    net.extra["noise"] = [hash(str(i)) for i in range(6000)]
    with pytest.raises(FormatError, match="too large for a text"):
        network_to_text(net)


def test_a_later_version_is_told_from_nonsense() -> None:
    with pytest.raises(FormatError, match="later version"):
        network_from_text("LUI2." + AND[5:])
    with pytest.raises(FormatError, match=r"must begin with LUI1\."):
        network_from_text("https://example.org")


def test_the_words_of_the_format_stay() -> None:
    """A text of the first version, from then on readable for ever."""
    assert zlib.crc32(share._WORDS) == WORDS_CRC


WORDS_CRC = 1864917613  # whoever changes them needs a new mark
