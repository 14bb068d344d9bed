"""Frames: both sides against the same vectors, against each other, and against noise."""

from __future__ import annotations

import binascii
import importlib.util
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from devices import FIRMWARE, lacking
from hypothesis import given
from hypothesis import strategies as st

from luiapp.errors import LinkError
from luiapp.link import messages as msg
from luiapp.link.frames import Decoder, Frame, encode
from luiapp.link.messages import LONGEST_BODY

VECTORS = json.loads((FIRMWARE / "protocol" / "vectors.json").read_text("utf-8"))
FRAMES = st.tuples(st.integers(1, 255), st.integers(0, 255), st.binary(max_size=LONGEST_BODY))


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate", FIRMWARE / "protocol" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_everything_generated_is_up_to_date():
    for path, text in generator().outputs().items():
        assert path.read_text("utf-8") == text, f"{path} is stale: run firmware/protocol/generate.py"


def test_the_list_of_messages_is_checked(tmp_path):
    load = generator().load
    head = 'version = 1\n[[message]]\nname = "A"\nid = 1\nto = "host"\nabout = "x"\n'
    wrong = (
        head + "fields = []\n" + head.partition("\n")[2] + "fields = []\n",
        head + 'fields = [{ name = "a", type = "u8[121]", about = "x" }]\n',
        head + 'fields = [{ name = "a", type = "rest", about = "x" }, { name = "b", type = "u8", about = "x" }]\n',
    )
    for i, text in enumerate(wrong):
        path = tmp_path / f"{i}.toml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SystemExit):
            load(path)


def test_the_checksum_is_the_published_one():
    assert binascii.crc_hqx(b"123456789", 0xFFFF) == generator().crc16(b"123456789") == 0x29B1


@pytest.mark.parametrize("cut", [1, 2, 7, 10**6])
def test_python_reads_the_vectors_however_they_are_cut(cut):
    for case in VECTORS["cases"]:
        decoder, stream = Decoder(), bytes.fromhex(case["stream"])
        got = [f for i in range(0, len(stream), cut) for f in decoder.feed(stream[i : i + cut])]
        assert got == [Frame(kind, seq, bytes.fromhex(body)) for kind, seq, body in case["frames"]], case["name"]
        assert decoder.n_bad == case["bad"], case["name"]


def run(build: Path, *arguments: str, lines: list[str] | None = None) -> list[str]:
    done = subprocess.run([str(build / "frames"), *arguments], input="\n".join([*(lines or []), ""]),
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert not done.stderr
    return done.stdout.splitlines()


@pytest.mark.skipif(bool(lacking("native")), reason="needs a C compiler")
def test_c_reads_the_vectors(build):
    out = run(build, "decode", lines=[case["stream"] for case in VECTORS["cases"]])
    for case, line in zip(VECTORS["cases"], out, strict=True):
        frames = [f"{kind:02x} {seq:02x} {body or '-'}" for kind, seq, body in case["frames"]]
        assert line == " ".join([str(case["bad"]), *frames]), case["name"]


@pytest.mark.skipif(bool(lacking("native")), reason="needs a C compiler")
def test_c_and_python_write_the_same_frames(build):
    rng = random.Random(7)
    frames = [(rng.randrange(1, 256), rng.randrange(256), rng.randbytes(rng.randrange(LONGEST_BODY + 1)))
              for _ in range(2000)]  # fmt: skip
    frames += [(1, 0, b"\0" * n) for n in range(LONGEST_BODY + 1)]
    out = run(build, "encode", lines=[f"{kind:x} {seq:x} {body.hex()}" for kind, seq, body in frames])
    assert out == [encode(*frame).hex() for frame in frames]


@pytest.mark.skipif(bool(lacking("native")), reason="needs a C compiler")
def test_ten_million_bytes_of_noise_make_no_frame_in_c(build):
    """A false one has a chance of 2⁻¹⁶ for each stretch that happens to be well-formed; hardly any is."""
    (line,) = run(build, "fuzz", "10000000", "7")
    accepted, bad = map(int, line.split())
    assert accepted == 0 and bad > 100_000


def test_noise_makes_no_frame_in_python():
    rng, decoder = random.Random(3), Decoder()
    for _ in range(16):
        assert decoder.feed(rng.randbytes(1 << 16)) == []
    assert decoder.n_bad > 3000


@given(st.lists(FRAMES, max_size=8), st.lists(st.integers(1, 40), min_size=1, max_size=8), st.binary(max_size=50))
def test_what_is_written_is_read_after_whatever_came_before(frames, cuts, noise):
    stream = noise.replace(b"\0", b"\1") + b"\0" + b"".join(encode(*frame) for frame in frames)
    decoder, got, i, k = Decoder(), [], 0, 0
    while i < len(stream):
        got += decoder.feed(stream[i : i + cuts[k % len(cuts)]])
        i, k = i + cuts[k % len(cuts)], k + 1
    assert got[-len(frames) :] == [Frame(*frame) for frame in frames] if frames else True
    assert len(got) - len(frames) in (0, 1)  # noise that is a frame by chance


@given(FRAMES, st.data())
def test_no_frame_survives_a_changed_bit(frame, data):
    raw = bytearray(encode(*frame))
    at = data.draw(st.integers(0, len(raw) - 2))
    raw[at] ^= 1 << data.draw(st.integers(0, 7))
    assert Frame(*frame) not in Decoder().feed(b"\0" + bytes(raw))


def test_a_frame_has_no_zero_inside_and_two_bytes_more():
    for n in (0, 1, 60, LONGEST_BODY):
        raw = encode(5, 0, bytes(n))
        assert raw.index(0) == len(raw) - 1 and len(raw) == n + 4 + 2
    with pytest.raises(ValueError, match="120"):
        encode(1, 0, bytes(LONGEST_BODY + 1))


@pytest.mark.parametrize("kind", msg.MESSAGES.values(), ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_messages_come_back_as_they_were(kind, data):
    values = {}
    for name, annotation in kind.__annotations__.items():
        if name in kind.RANGES:
            values[name] = data.draw(st.integers(*kind.RANGES[name]))
        elif name == kind.REST:
            values[name] = data.draw(st.binary(max_size=20))
        elif not annotation.startswith("ClassVar"):
            size = {"uid": 8, "label": 12, "firmware": 3}[name]
            values[name] = data.draw(st.binary(min_size=size, max_size=size))
    message = kind(**values)
    body = message.pack()
    assert kind.unpack(body) == message and len(body) <= LONGEST_BODY
    if not kind.REST:
        assert kind.unpack(body + b"more") == message  # of a newer version
        if body:
            with pytest.raises(ValueError, match=kind.__name__):
                kind.unpack(body[:-1])


def test_a_number_out_of_its_range_is_not_sent():
    with pytest.raises(LinkError, match=r"line.*0.*23.*24"):
        msg.Stim(24, 1590, 1, 0, 0).pack()
