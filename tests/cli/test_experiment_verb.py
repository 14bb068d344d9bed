"""The verb ``experiment``: on a simulation, from a table, and what it says to mistakes."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path

import pytest

from luiapp.cli.main import main
from luiapp.experiments.registry import EXPERIMENTS
from luiapp.model.network import Network


def test_f_i_of_a_simulated_neuron(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = Network()
    net.neuron("A")
    net.neuron("B", tau_mem=50e-3)
    circuit, out = tmp_path / "pair.json", tmp_path / "f-i.csv"
    circuit.write_text(json.dumps(net.to_dict()), "utf-8")
    arguments = ["experiment", "f-i", "--rig", f"sim:{circuit}", "--neuron", "B", "--out", str(out), "--json"]
    assert main(arguments) == 0
    told, progress = capsys.readouterr()
    data = json.loads(told)
    found = {one["name"]: one for one in data["parameters"]}
    assert found["tau_mem"]["value"] == pytest.approx(50e-3, rel=5e-3)
    assert found["tau_mem"]["standard_error"] < 1e-3
    assert progress.count("%") == 10
    rows = list(csv.reader(out.read_text("utf-8").splitlines()))
    assert rows[0] == ["driving_current_A", "firing_rate_Hz", "standard_error", "residual"]
    assert [float(r[1]) for r in rows[1:]] == pytest.approx([p["y"] for p in data["points"]])
    assert main(arguments) == 1  # the file is there
    assert "--overwrite" in json.loads(capsys.readouterr().out)["error"]["message"]


@pytest.mark.parametrize("head", ["", "rate;I (mA)\n"])
def test_f_i_from_pairs(head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for i in (0.5e-4, 1.1e-4, 1.5e-4, 2e-4, 3e-4, 4e-4):
        rate = 1 / (0.01 + 0.05 * math.log(i / (i - 1e-4))) if i > 1e-4 else 0.0
        rows.append(f"{rate};{i * 1e3}" if head else f"{i};{rate}")
    path = tmp_path / "pairs.csv"
    path.write_text(head + "\n".join(rows), "utf-8")
    assert main(["experiment", "f-i", "--pairs", str(path), "--json"]) == 0
    found = {one["name"]: one["value"] for one in json.loads(capsys.readouterr().out)["parameters"]}
    assert found == pytest.approx({"tau_ref": 0.01, "tau_mem": 0.05, "i_rheobase": 1e-4}, rel=1e-3)


def test_german_says_the_same_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("0.1,0\n0.2,5\n0.3,8\n0.4,10\n0.5,11\n", "utf-8")
    assert main(["experiment", "f-i", "--pairs", str(path), "--lang", "de"]) == 0
    out = capsys.readouterr().out
    assert "Refraktärzeit" in out or "Rheobase" in out


def test_a_hand_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["experiment", "f-i", "--rig", "board:virtual", "--json"]) == 1
    out, err = capsys.readouterr()
    assert "nobody answers" in json.loads(out)["error"]["message"]
    assert "turn leak of N1 to 44 %" in err


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--neuron", "X"], "no neuron 'X'"),
        (["--out", "a.txt"], ".csv or .json"),
        (["--pairs", "missing.csv"], "missing.csv"),
        (["--rig", "replay:"], "name the recording"),
    ],
)
def test_mistakes_are_told(arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "f-i", *arguments, "--json"]) == 1
    assert part in json.loads(capsys.readouterr().out)["error"]["message"]


def test_all_experiments_are_there() -> None:
    assert next(iter(EXPERIMENTS)) == "f-i"


def test_options_are_set_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "spectrum", "--set", "seconds=1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["experiment"] == "spectrum" and len(found["points"]) > 10
    for wrong, part in (("hours=1", "there is seconds"), ("seconds=x", "a whole number from 1 to 100")):
        assert main(["experiment", "spectrum", "--set", wrong, "--json"]) == 1
        assert part in json.loads(capsys.readouterr().out)["error"]["message"]
    assert main(["experiment", "trimmer", "--set", "trimmer=w9", "--json"]) == 1
    assert "one of leak, tau_mem" in json.loads(capsys.readouterr().out)["error"]["message"]
