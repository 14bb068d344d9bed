"""``luiapp train export``, for real."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from luiapp.cli.main import main
from luiapp.train.event.task import first_spike_task
from luiapp.train.store import Model, save_model


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    code = main(["train", "export", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    task = first_spike_task(7)
    with task.learner() as learner:
        return save_model(tmp_path / "net.npz", Model(task, learner.weight))


def test_a_script_and_a_table(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    code, told = call(capsys, str(model), "--to", "pynn", "--tau-syn", "5 ms")
    assert code == 0 and told["file"] == str(model.with_name("net_pynn.py"))
    text = Path(told["file"]).read_text("utf-8")
    ast.parse(text)
    assert "tau_syn_E=5" in text and (told["sizes"], told["n_synapses"]) == ([4, 7, 3], 5 * 7 + 8 * 3)
    code, told = call(capsys, str(model), "--to", "csv", "--save", str(model.with_name("w.csv")))
    assert code == 0 and len(Path(told["file"]).read_text().splitlines()) == 1 + told["n_synapses"]
    assert call(capsys, str(model), "--to", "pynn")[0] == 1  # it is there already


def test_what_is_missing_is_said(capsys: pytest.CaptureFixture[str], model: Path) -> None:
    for arguments, part in (
        ((), "needs a file"),
        ((str(model),), "--to nir"),
        ((str(model), "--to", "nir", "--save", "x.h5"), ".nir"),
        (("none.npz", "--to", "csv"), "none.npz"),
    ):
        code, told = call(capsys, *arguments)
        assert code == 1 and part in told["error"]["message"]


def test_the_ways_that_need_no_files_room_are_the_exporters() -> None:
    from luiapp.cli.train_export import WAYS
    from luiapp.files.export import EXPORTERS

    assert list(WAYS) == list(EXPORTERS)
    assert all(EXPORTERS[name].ending.endswith(suffix) for name, suffix in WAYS.items())
