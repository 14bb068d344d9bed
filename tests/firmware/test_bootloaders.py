"""Flashing against the bootloaders themselves, in simavr: an Uno's Optiboot and an older Nano's ATmegaBOOT."""

from __future__ import annotations

from pathlib import Path

import pytest
from devices import Talk, lacking, process

from luiapp.link import messages as msg
from luiapp.link.adapter import Adapter
from luiapp.link.flash import flash, shipped_image
from luiapp.link.port import open_port

FOLDER = Path("/usr/share/arduino/hardware/arduino/avr/bootloaders")
LOADERS = {"uno": "optiboot/optiboot_atmega328.hex", "old nano": "atmega/ATmegaBOOT_168_atmega328.hex"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(lacking("simavr")), reason=f"needs {lacking('simavr')}"),
    pytest.mark.skipif(not FOLDER.exists(), reason="needs arduino-core-avr"),
]


@pytest.mark.parametrize("loader", list(LOADERS))
def test_the_image_is_written_read_back_and_started(build, tmp_path, loader):
    link = tmp_path / "port"
    with process([str(build / "simrun"), str(FOLDER / LOADERS[loader]), str(link)], link) as path:
        wire = open_port(path)
        try:
            stages = [step.stage for step in flash(wire, shipped_image()[0])]
        finally:
            wire.close()
        assert stages[0] == "greet" and stages[-1] == "done" and {"write", "check"} <= set(stages)
        talk = Talk(Adapter(path))
        assert talk.adapter.info is not None and talk.adapter.info.board == 1
        talk.adapter.send(msg.Start(1000, 0xFF, 1, 0))
        assert talk.wait(msg.Samples).mask == 0xFF
        talk.adapter.close()
