"""The verbs ``adapter`` and ``firmware``, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import pytest

from luiapp.cli.main import main
from luiapp.link.flash import FLASH, shipped_image, shipped_uf2
from luiapp.link.port import Port
from luiapp.link.uf2 import is_drive, read_uf2


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    out = capsys.readouterr()
    return code, out.out, out.err


def test_an_adapter_is_named_tested_and_calibrated(capsys):
    code, out, _ = run(capsys, "adapter", "virtual", "--name", "Hugo", "--vref", "2.48", "--self-test", "--json")
    data = json.loads(out)
    assert code == 0 and data["label"] == "Hugo" and data["vref_v"] == 2.48 and data["virtual"] is True
    assert len(data["self_test"]["channels_v"]) == 8 and data["self_test"]["vref_mv"] == 2480


def test_a_calibration_adds_what_is_missing(capsys):
    """Board 7 of the virtual table rests at about 1.22 V; a meter that shows 1.25 V is believed."""
    code, out, _ = run(capsys, "adapter", "virtual", "--calibrate", "7=1.25")
    assert code == 0 and "Board 7: +" in out


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("adapter", "virtual", "--name", "x" * 13), "1 to 12 bytes"),
        (("adapter", "virtual", "--vref", "9"), "between 0.5 and 5 V, not 9 V"),
        (("adapter", "virtual", "--calibrate", "9=1"), "'9=1' is no calibration"),
        (("adapter", "virtual", "--calibrate", "7=3.3"), "no matter of calibration"),
        (("adapter", "/dev/ttyNothing"), "no adapter at /dev/ttyNothing"),
        (("firmware", "flash", "/dev/ttyNothing"), "no port /dev/ttyNothing"),
        (("firmware", "flash", "/dev/ttyS99", "--image", "/nowhere.hex"), "/nowhere.hex can't be read"),
    ],
)
def test_what_goes_wrong_is_said(capsys, arguments, what):
    code, _, err = run(capsys, *arguments)
    assert code != 0 and what in err


def test_what_comes_with_luiapp_is_told(capsys):
    code, out, _ = run(capsys, "firmware", "info", "--json")
    (avr, about_avr), (uf2, about_pico) = shipped_image(), shipped_uf2()
    pico = read_uf2(uf2, name="")
    assert code == 0 and len(avr) < FLASH
    assert json.loads(out) == {"images": [{"bytes": len(avr), **about_avr}, {"bytes": len(pico), **about_pico}]}


def test_a_pico_that_waits_as_a_drive_gets_its_image(capsys, tmp_path):
    (tmp_path / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\n")
    code, out, _ = run(capsys, "firmware", "flash", str(tmp_path))
    assert code == 0 and "copied to the Pico" in out
    assert (tmp_path / "luiapp-adapter.uf2").read_bytes() == shipped_uf2()[0]


def test_a_pico_is_not_given_another_chips_image(capsys, tmp_path):
    (tmp_path / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\nModel: Raspberry Pi RP2\n")
    (tmp_path / "x.hex").write_text(":00000001FF\n")
    code, _, err = run(capsys, "firmware", "flash", str(tmp_path), "--image", str(tmp_path / "x.hex"))
    assert code != 0 and "x.hex" in err and not (tmp_path / "luiapp-adapter.uf2").exists()


def test_a_running_pico_is_asked_for_its_drive(capsys, monkeypatch, tmp_path):
    class Wire:
        bauds: ClassVar[list[int]] = []

        def set_baud(self, baud: int) -> None:
            self.bauds.append(baud)

        def close(self) -> None:
            (tmp_path / "INFO_UF2.TXT").write_text("Model: Raspberry Pi RP2\n")

    pico = Port("/dev/ttyACM7", vid=0x2E8A, pid=0x000A)
    monkeypatch.setattr("luiapp.link.port.list_all", lambda: [pico])
    monkeypatch.setattr("luiapp.link.port.open_port", lambda path: Wire())
    monkeypatch.setattr("luiapp.link.uf2.drives", lambda: [tmp_path] if is_drive(tmp_path) else [])
    code, out, _ = run(capsys, "firmware", "flash")
    assert code == 0 and "copied to the Pico" in out and Wire.bauds == [1200]
    assert (tmp_path / "luiapp-adapter.uf2").exists()


def test_sources_that_are_not_there_are_named(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("luiapp.cli.firmware.SOURCES", tmp_path / "firmware")
    for action, what in (("build", "sources are not here"), ("simulate", "board:virtual")):
        code, _, err = run(capsys, "firmware", action)
        assert code != 0 and what in err


def test_an_image_from_a_file_is_checked_before_anything_is_written(capsys, tmp_path):
    path = tmp_path / "x.hex"
    Path(path).write_text("rubbish")
    code, _, err = run(capsys, "firmware", "flash", "/dev/ttyNothing", "--image", str(path))
    assert code != 0 and "x.hex" in err and "Intel HEX" in err
