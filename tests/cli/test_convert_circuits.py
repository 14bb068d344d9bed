"""``luiapp convert`` with circuits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from luiapp.cli.main import main
from luiapp.files.circuits import read_circuit
from luiapp.files.share import network_to_text
from luiapp.model.library import EXAMPLES


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(["convert", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("suffix", ["json", "txt", "svg", "py"])
def test_an_example_becomes_any_kind_of_file(tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    target = tmp_path / f"x.{suffix}"
    code, data = told(capsys, "xor", str(target))
    assert code == 0 and target.is_file()
    assert (data["n_neurons"], data["n_connections"], data["n_stimuli"]) == (5, 6, 2)
    if suffix in ("json", "txt"):
        assert read_circuit(target).to_dict() == EXAMPLES["xor"].build().to_dict()


def test_a_shared_text_and_a_file_are_sources_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = network_to_text(EXAMPLES["ring"].build())
    assert told(capsys, text, str(tmp_path / "a.json"))[0] == 0
    assert told(capsys, str(tmp_path / "a.json"), str(tmp_path / "b.txt"))[0] == 0
    assert (tmp_path / "b.txt").read_text().strip() == text
    assert told(capsys, str(tmp_path / "a.json"), str(tmp_path / "n.py"), "--script", "norse")[0] == 0
    assert "norse.torch" in (tmp_path / "n.py").read_text()


def test_what_does_not_fit_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "a.json"
    told(capsys, "and", str(source))
    for arguments, part in (
        ((str(source), str(source), "--overwrite"), "would be overwritten while it is read"),
        ((str(source), str(tmp_path / "b.svg"), "--start", "1 s"), "--start is for recordings"),
        ((str(source), str(tmp_path / "b.wav")), "choose one of"),
        ((str(source), str(source)), "already exists"),
    ):
        code, data = told(capsys, *arguments)
        assert code == 1 and part in json.dumps(data), arguments
