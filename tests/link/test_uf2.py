"""UF2: what is packed is read again, what is broken is refused, and a Pico's drive is told from others."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.errors import FileError, FormatError
from luiapp.link.flash import shipped_uf2
from luiapp.link.uf2 import BLOCK, PAGE, is_drive, pack, read_uf2, write_drive

IMAGE = random.Random(7).randbytes(5 * PAGE + 17)


@given(st.binary(min_size=1, max_size=5 * PAGE))
def test_what_is_packed_is_read_again(image: bytes) -> None:
    packed = pack(image)
    assert len(packed) == -(-len(image) // PAGE) * BLOCK
    back = read_uf2(packed, name="a.uf2")
    assert back[: len(image)] == image and set(back[len(image) :]) <= {0xFF}


def test_a_block_is_what_the_specification_says() -> None:
    block = pack(b"\x01\x02" * 128)
    words = struct.unpack("<8I", block[:32])
    assert words == (0x0A324655, 0x9E5D5157, 0x2000, 0x10000000, 256, 0, 1, 0xE48BFF56)
    assert block[32:288] == b"\x01\x02" * 128 and block[508:] == bytes.fromhex("306fb10a")


@given(st.integers(0, len(pack(IMAGE)) - 1), st.integers(1, 255))
def test_a_changed_byte_is_refused_or_lies_in_the_image_itself(at: int, change: int) -> None:
    packed = bytearray(pack(IMAGE))
    packed[at] ^= change
    place = at % BLOCK
    free = range(8, 12), range(12, 16), range(32, BLOCK - 4)  # other flags; another page; the image, and what fills up
    try:
        read_uf2(bytes(packed), name="a.uf2")
    except FormatError as error:
        assert "a.uf2" in str(error) and place not in range(32, BLOCK - 4)
    else:
        assert any(place in part for part in free)


@given(st.binary(max_size=3 * BLOCK))
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"block \d of some\.uf2"):
        read_uf2(data, name="some.uf2")


@pytest.mark.parametrize("keep", [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 100])
def test_a_file_that_is_cut_is_refused(keep: int) -> None:
    with pytest.raises(FormatError):
        read_uf2(pack(IMAGE)[:keep], name="cut.uf2")


def test_the_shipped_image_starts_with_a_boot_stage_that_the_chip_accepts() -> None:
    image = read_uf2(shipped_uf2()[0], name="adapter-rp2040.uf2")
    crc = 0xFFFFFFFF  # RP2040 datasheet, 2.8.1.3.1: CRC-32/MPEG-2 of the first 252 bytes
    for byte in image[:252]:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc & 0x80000000 else crc << 1) & 0xFFFFFFFF
    assert crc == int.from_bytes(image[252:256], "little")
    stack, entry = struct.unpack_from("<2I", image, 256)
    assert 0x20000000 < stack <= 0x20042000 and 0x10000000 < entry < 0x10000000 + len(image) and entry & 1


def test_a_drive_is_known_by_what_lies_on_it(tmp_path: Path) -> None:
    assert not is_drive(tmp_path) and not is_drive(tmp_path / "nowhere")
    (tmp_path / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\nModel: another board\n")
    assert not is_drive(tmp_path)
    (tmp_path / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\nBoard-ID: RPI-RP2\n")
    assert is_drive(tmp_path)
    assert write_drive(tmp_path, b"image").read_bytes() == b"image"
    (tmp_path / "luiapp-adapter.uf2").unlink()
    (tmp_path / "luiapp-adapter.uf2").mkdir()
    with pytest.raises(FileError, match="could not be written"):
        write_drive(tmp_path, b"image")
