"""The verb ``chip``, for real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from luiapp.cli.main import main
from luiapp.files.export import write_nir
from luiapp.train.layered import to_layered
from luiapp.train.store import open_model


@pytest.fixture(scope="module")
def net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("chip") / "net.npz"
    assert main(["train", "yinyang", "--hidden", "30", "--epochs", "8", "--save", str(path), "--json"]) == 0
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["chip", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_calibrate_keep_and_deploy(capsys: pytest.CaptureFixture[str], tmp_path: Path, net: Path) -> None:
    kept = tmp_path / "seven.npz"
    code, made = run(capsys, "calibrate", str(net), "--chip", "7", "--seed", "1", "--save", str(kept))
    assert code == 0
    assert made["success"] > 0.98
    assert made["quantities"]["leak"]["after"]["spread"] < 0.3 * made["quantities"]["leak"]["before"]["spread"]
    code, found = run(capsys, "deploy", str(net), "--calibration", str(kept), "--trials", "2", "--seed", "1")
    assert code == 0
    assert 0 <= found["uncalibrated"] < found["calibrated"] <= 1
    assert found["calibrated_spread"] >= 0
    assert len(found["calibrated_trials"]) == 2
    assert found["chip"] == 7
    code, wrong = run(capsys, "deploy", str(net), "--chip", "8", "--calibration", str(kept))
    assert code == 1
    assert "belongs to chip 7" in wrong["error"]["message"]
    code, wrong = run(capsys, "calibrate", str(net), "--save", str(kept))
    assert code == 1
    assert "--overwrite" in wrong["error"]["message"]


def test_without_calibration(capsys: pytest.CaptureFixture[str], net: Path) -> None:
    code, found = run(capsys, "deploy", str(net), "--calibration", "none", "--trials", "1", "--seed", "1")
    assert code == 0
    assert found["calibrated"] is None
    assert main(["chip", "deploy", str(net), "--calibration", "none", "--trials", "1", "--seed", "1"]) == 0
    assert "without calibration" in capsys.readouterr().out


@pytest.mark.oracle
def test_a_network_from_a_nir_file_fares_the_same(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, net: Path
) -> None:
    pytest.importorskip("nir")
    write_nir(tmp_path / "net.nir", to_layered(open_model(net)))
    both = [run(capsys, "deploy", str(path), "--calibration", "none", "--trials", "1", "--seed", "1")[1]
            for path in (net, tmp_path / "net.nir")]  # fmt: skip
    assert both[1]["ideal"] == pytest.approx(both[0]["ideal"], abs=0.003)
    assert both[1]["equal_circuits"] == pytest.approx(both[0]["equal_circuits"], abs=0.01)


def test_a_network_is_needed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, wrong = run(capsys, "deploy")
    assert code == 1
    assert "net.npz" in wrong["error"]["message"]
    code, wrong = run(capsys, "deploy", str(tmp_path / "none.npz"))
    assert code == 1


def test_the_script_for_the_real_chip(capsys: pytest.CaptureFixture[str], tmp_path: Path, net: Path) -> None:
    kept = tmp_path / "whole.npz"
    code, made = run(capsys, "code", str(net), "--as", "pynn", "--save", str(kept))
    assert code == 0
    assert "CalibHXNeuronCuba" in made["code"]
    assert "whole.npz" in made["code"]
    assert kept.is_file()
    code, made = run(capsys, "code", str(net))
    assert "hxsnn.LIF(30," in made["code"]


def test_teach_in_the_loop(capsys: pytest.CaptureFixture[str], tmp_path: Path, net: Path) -> None:
    kept = tmp_path / "taught.npz"
    code, found = run(capsys, "train", str(net), "--epochs", "1", "--trials", "1", "--seed", "1", "--save", str(kept))
    assert code == 0
    assert found["in_the_loop"] > found["calibrated"]
    assert found["epochs"] == 1
    assert found["ideal"] > 0.6
    assert main(["train", "eval", str(kept), "--json"]) == 0
