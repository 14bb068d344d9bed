"""``luiapp train sweep``, for real and small."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import luiapp.cli.train_sweep as verb
from luiapp.cli.main import main
from luiapp.train.sweep import point, study


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steepnesses, and a hundred samples."""
    monkeypatch.setattr(study, "BETAS", (1.0, 10.0))
    train, valid, test = point._sets("yinyang")
    few = point.Dataset(train.samples[:100], train.labels[:100])
    monkeypatch.setattr(point, "_sets", lambda _: (few, valid, test))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict, str]:
    code = main(["train", "sweep", *arguments, "--json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out), captured.err


@pytest.mark.usefixtures("small")
def test_a_sweep_is_told_kept_drawn_and_not_done_twice(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path, folder = tmp_path / "a.jsonl", tmp_path / "plots"
    asked = (str(path), "--study", "shapes", "--epochs", "1", "--threads", "1", "--figures", str(folder))
    code, made, told = run(capsys, *asked, "--seeds", "2")
    assert code == 0 and not made["interrupted"]
    spots = made["studies"]["shapes"]
    assert [(one["curve"], one["x"], one["n_seeds"]) for one in spots] == [
        (curve, beta, 2) for curve in study.STUDIES["shapes"].curves for beta in (1.0, 10.0)
    ]
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len(lines) == 12 == told.count("\n") and "12 of 12" in told
    right = [one["result"]["test_accuracy"] for one in lines
             if (one["point"]["surrogate"], one["point"]["beta"]) == ("esser", 10.0)]  # fmt: skip
    assert spots[-1]["mean"] == pytest.approx(sum(right) / 2)
    assert sorted(one.name for one in folder.iterdir()) == ["yinyang-shapes.csv", "yinyang-shapes.svg"]
    ElementTree.parse(folder / "yinyang-shapes.svg")
    code, more, told = run(capsys, *asked, "--seeds", "3")
    assert code == 0 and told.count("\n") == 6 and "18 of 18" in told
    assert all(one["n_seeds"] == 3 for one in more["studies"]["shapes"])
    assert main(["train", "sweep", *asked]) == 0
    lines_for_people = capsys.readouterr().out
    assert "3/3" in lines_for_people and "piecewise linear (Esser)" in lines_for_people


@pytest.mark.usefixtures("small")
def test_an_interruption_keeps_what_is_done(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    def named(one: object) -> str:
        told.append(one)
        if len(told) == 3:
            raise KeyboardInterrupt
        return "x"

    monkeypatch.setattr(verb, "_named", named)
    path = tmp_path / "a.jsonl"
    code, made, said = run(capsys, str(path), "--study", "shapes", "--epochs", "1", "--threads", "1")
    assert code == 0 and made["interrupted"] and "goes on from there" in said
    assert path.read_bytes().count(b"\n") == 3
    assert sum(one["n_seeds"] for one in made["studies"]["shapes"]) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="signals of consoles differ there")
def test_ctrl_c_in_a_terminal_ends_the_processes_that_train(tmp_path: Path) -> None:
    """The signal goes to all of them, as a terminal does it; what is told at the end is what the file holds."""
    path = tmp_path / "a.jsonl"
    command = [sys.executable, "-m", "luiapp", "train", "sweep", str(path), "--epochs", "2", "--threads", "2", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0) as child:
        assert child.stderr is not None and child.stdout is not None
        first = child.stderr.readline()
        assert "1 of " in first
        os.killpg(child.pid, signal.SIGINT)
        out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    made = json.loads(out)
    assert made["interrupted"] and "Traceback" not in err
    done = {json.dumps(json.loads(line)["point"]) for line in path.read_text("utf-8").splitlines()}
    assert len(done) >= 1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("sweep",), "sweep.jsonl"),
        (("sweep", "a.txt"), ".jsonl"),
        (("sweep", "no/a.jsonl"), "a.jsonl"),
        (("sweep", "a.jsonl", "--beta", "3"), "--beta"),
        (("sweep", "a.jsonl", "--method", "ttfs"), "--method"),
        (("yinyang", "--study", "shapes"), "--study"),
        (("yinyang", "--data", "randman"), "randman"),
        (("sweep", "a.jsonl", "--figures", "taken"), "taken"),
    ],
)
def test_wrong_calls_end_before_any_work(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], part: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").write_text("")
    assert main(["train", *arguments, "--json"]) == 1
    captured = capsys.readouterr()
    assert part in json.loads(captured.out)["error"]["message"]
    assert not (tmp_path / "a.jsonl").exists()


def test_names_that_need_no_compiler_are_the_studies_names() -> None:
    assert tuple(study.STUDIES) == verb.STUDIES
