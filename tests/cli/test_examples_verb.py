"""``luiapp examples``: what it lists is what is built, and what it judges is what runs."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from luiapp.cli.main import main
from luiapp.errors import ParameterError
from luiapp.files import read_network
from luiapp.model.library import EXAMPLES
from luiapp.rigs.sim import SimRig
from luiapp.simulate.examples import faults, lots


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    code = main(["examples", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_all_are_listed_with_boards_and_cables(capsys: pytest.CaptureFixture[str]) -> None:
    code, data = told(capsys)
    assert code == 0 and [row["name"] for row in data["examples"]] == list(EXAMPLES)
    for row in data["examples"]:
        net = EXAMPLES[row["name"]].build()
        assert [board["name"] for board in row["boards"]] == net.names
        assert len(row["cables"]) == len(net.connections) + len(net.stimuli)


def test_one_is_told_so_that_it_can_be_built(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examples", "xor"]) == 0
    text = capsys.readouterr().out
    assert "AND to dendrite 2 of OUT" in text and "+ − +" in text
    out = next(line for line in text.splitlines() if line.strip().startswith("OUT"))
    assert out.split()[1:3] == ["34", "%"] and "–" in out, "its third dendrite is free"


def test_the_check_counts_the_lots(capsys: pytest.CaptureFixture[str]) -> None:
    code, data = told(capsys, "not", "--check", "--seeds", "3")
    assert code == 0
    assert data["examples"][0]["check"] == {"seeds": 3, "passed": 3, "share": 1.0, "faults": []}


def test_an_unknown_one_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    code, data = told(capsys, "teapot")
    assert code == 1 and "'teapot'" in data["error"]["message"] and "xor" in data["error"]["message"]


def test_a_circuit_that_was_rewired_fails_its_check() -> None:
    one = EXAMPLES["and"]
    net = one.build(1)
    assert faults(one, network=net) == []
    net.disconnect(0)
    assert "OUT fired 0 times" in faults(one, network=net)[0]
    net.remove("OUT")
    with pytest.raises(ParameterError, match="lacks the board 'OUT'"):
        faults(one, network=net)


def test_no_two_runs_share_a_board() -> None:
    apart = lots(5)
    seeds = [set(one.build(lot).parameter("parts_seed")) for one in EXAMPLES.values() for lot in apart[:1]]
    assert max(len(s) for s in seeds) <= apart[1] - apart[0]


def test_a_circuit_goes_out_as_a_line_and_comes_back_as_a_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["share", "xor"]) == 0
    (line,) = capsys.readouterr().out.split()
    for i, given in enumerate((line, "-")):
        path = tmp_path / f"{i}.json"
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"\n{line[:50]}\n{line[50:]}\n"))
        assert main(["share", given, "--out", str(path)]) == 0
        assert read_network(path).to_dict() == EXAMPLES["xor"].build().to_dict()
    assert main(["share", line, "--out", str(tmp_path / "xor.csv")]) == 1
    assert "ends with .json" in capsys.readouterr().err
    assert main(["share", line[:-9], "--json"]) == 1
    assert "copy all of it again" in capsys.readouterr().out


def test_an_example_is_tried_on_a_rig(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def on_the_table(text: str) -> SimRig:
        net = EXAMPLES[text].build(3)
        net.stimuli = []
        return SimRig(net, real_time=False)

    monkeypatch.setattr("luiapp.rigs.registry.open_rig", on_the_table)
    code, data = told(capsys, "and", "--rig", "and")
    assert code == 0 and data["examples"][0]["works"]
    code, data = told(capsys, "and", "--rig", "or")
    assert code == 1 and "OUT fired 2 times" in data["examples"][0]["faults"][0]
    code, data = told(capsys, "--rig", "and")
    assert code == 1 and "say which example" in data["error"]["message"]
