"""Each rig opens by its text; a wrong text is told what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from luiapp.errors import FileError, LuiError, ParameterError
from luiapp.files import write_network
from luiapp.model.library import EXAMPLES
from luiapp.rigs.registry import RIGS, open_rig


def test_examples_and_files_open_as_simulations(tmp_path: Path) -> None:
    ring = EXAMPLES["ring"].build()
    path = tmp_path / "mine.json"
    write_network(path, ring)
    for text in ("sim:ring", f"sim:{path}"):
        rig = open_rig(text)
        assert rig.kind == "sim" and rig.network is not None and rig.network.names == ring.names
        rig.close()
    rig = open_rig("sim")
    assert rig.network is not None and rig.network.n_neurons == 1
    rig.close()


@pytest.mark.parametrize("text", ["", "chip:x", "simulation", "sim:nothing", "replay:", "board:", "board:@"])
def test_a_wrong_text_is_told_what_there_is(text: str) -> None:
    with pytest.raises(ParameterError) as refusal:
        open_rig(text)
    assert len(str(refusal.value).split()) > 4


def test_a_missing_file_is_named() -> None:
    for text in ("sim:missing.json", "replay:missing.mcap", "chip:7,missing.json"):
        with pytest.raises(FileError, match="missing"):
            open_rig(text)


def test_every_kind_refuses_nonsense_with_one_of_our_errors() -> None:
    for kind in RIGS:
        with pytest.raises(LuiError):
            open_rig(f"{kind}:\0,,@@")
