"""What was measured yesterday is still there: kept, listed, laid over each other, written together, deleted."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shell_kit import Kit

from luiapp.errors import FormatError
from luiapp.experiments.finding import Finding
from luiapp.experiments.result import Axis, Quantity, Result
from luiapp.gui.measure.keeping import Kept, read_all, read_kept, write_kept
from luiapp.gui.measure.panel import MeasurePanel
from luiapp.gui.measure.results import ResultBox
from luiapp.gui.measure.state import Shelf, told
from luiapp.model.network import Network

WHEN = datetime(2031, 5, 6, 7, 8, 9)


@pytest.fixture
def box(kit: Kit) -> ResultBox:
    kit.shell.show_place("measure")
    made = kit.shell.panels["measure side"]
    assert isinstance(made, MeasurePanel)
    return made.box


def curve(factor: float = 1.0, unit: str = "Hz") -> Result:
    x = np.array([1e-4, 2e-4, 3e-4])
    points = np.column_stack([x, factor * np.array([1.0, 2.5, 3.0]), [0.1, math.nan, 0.1]])
    gain = Quantity("gain", 1e4 * factor, "Hz/A", 0.1, "slope")
    open_one = Quantity("rheobase", math.nan, "A", math.nan, "current", "undetermined", "too few points")
    return Result("f-i", Axis("current", "A"), Axis("rate", unit), points, fit=points[:, :2],
                  residuals=np.array([0.1, math.nan, -0.1]), parameters=(gain, open_one), notes=("so",))  # fmt: skip


def found() -> Finding:
    net = Network(model="lui")
    net.neuron("A", r_leak=7e3)
    net.neuron("B")
    net.connect(0, 1, synapse=2)
    return Finding("table", "2 boards, 1 wire.", ("A → B",), (("from", "to"), ("A", "B")), net, well=False)


@pytest.mark.parametrize("result", [curve(), found()], ids=["plotted", "told"])
def test_what_is_written_comes_back(tmp_path: Path, result: Result | Finding) -> None:
    kept = Kept(result, "f–I curve", "N1, simulation", WHEN, "ring")
    path = write_kept(tmp_path / "new", kept)
    again = read_kept(path)
    assert (again.title, again.who, again.when, again.circuit) == ("f–I curve", "N1, simulation", WHEN, "ring")
    assert json.dumps(again.result.to_dict(), default=str) == json.dumps(result.to_dict(), default=str)
    if isinstance(result, Result) and isinstance(again.result, Result):
        for name in ("points", "theory", "fit", "residuals"):
            assert np.array_equal(getattr(again.result, name), getattr(result, name), equal_nan=True)
    assert write_kept(tmp_path / "new", kept) != path, "two of the same second don't meet"


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t[: len(t) // 2],
        lambda t: t.replace('"luiapp_result": 1', '"luiapp_result": 9'),
        lambda t: t.replace("0.0001", '"x"'),
        lambda t: t.replace('"determined"', '"sure"'),
        lambda t: "[" * 100_000,
        lambda t: "[1, 2]",
        lambda t: t.replace(WHEN.isoformat(), "yesterday"),
    ],
)
def test_a_damaged_file_is_named_and_the_others_are_there(tmp_path: Path, damage: Any) -> None:
    path = write_kept(tmp_path, Kept(curve(), "f–I curve", "N1", WHEN))
    write_kept(tmp_path, Kept(curve(), "f–I curve", "N2", WHEN.replace(year=2030)))
    path.write_text(damage(path.read_text("utf-8")), "utf-8")
    kept, wrong = read_all(tmp_path)
    assert [one.who for one in kept] == ["N2"]
    assert len(wrong) == 1 and isinstance(wrong[0], FormatError) and path.name in str(wrong[0])


def test_yesterdays_results_are_there_at_the_next_start(kit: Kit, box: ResultBox) -> None:
    box.keep(curve(), "f–I curve", "N1, simulation")
    box.keep(found(), "Table", "adapter")
    again = ResultBox(box._desk)
    again.retranslate()
    assert again.results.count() == 2 and again.results.currentText() == told(again.shelf.kept[0])
    assert isinstance(again.shelf.kept[0].result, Finding)
    again.results.setCurrentIndex(1)
    assert "gain" in again.numbers.text()
    again.deleteLater()


def test_the_line_of_a_result_tells_day_circuit_and_rig() -> None:
    text = told(Kept(curve(), "f–I curve", "N1, simulation", WHEN, "ring"))
    assert text.startswith("2031-05-06 07:08") and text.endswith("N1, simulation, ring")


def test_two_boards_are_compared_in_one_plot_and_one_file(kit: Kit, box: ResultBox, tmp_path: Path) -> None:
    box.keep(curve(2.0), "f–I curve", "board B")
    box.keep(found(), "Table", "adapter")
    box.keep(curve(unit="V"), "Weights", "board C")
    box.keep(curve(), "f–I curve", "board A")
    assert box.others.count() == 2, "only what has the same axes"
    alone = box.plot.content
    assert alone is not None and alone.over is None
    box.others.setCurrentIndex(1)
    content = box.plot.content
    assert content is not None and content.over is not None
    assert content.over.points[:, 1].tolist() == [2.0, 5.0, 6.0]
    assert "board A" in content.names[0] and "board B" in content.names[1]
    assert "board B" in box.plot.accessibleDescription() and box.numbers.text().count("gain") == 2
    box.save(".csv", str(tmp_path / "both.csv"))
    box.save(".json", str(tmp_path / "both.json"))
    box.save(".svg", str(tmp_path / "both.svg"))
    rows = list(csv.reader((tmp_path / "both.csv").read_text("utf-8").splitlines()))
    assert rows[0][:2] == ["result", "current_A"] and len(rows) == 7
    assert [float(row[2]) for row in rows[1:]] == [1.0, 2.5, 3.0, 2.0, 5.0, 6.0]
    both = json.loads((tmp_path / "both.json").read_text("utf-8"))["results"]
    assert ["board B" in one["result"] for one in both] == [False, True]
    assert "<rect" in (tmp_path / "both.svg").read_text("utf-8")


def test_a_result_is_deleted_and_taken_back(kit: Kit, box: ResultBox) -> None:
    box.keep(curve(), "f–I curve", "old")
    box.keep(curve(), "f–I curve", "new")
    folder = box.shelf.folder
    assert len(list(folder.iterdir())) == 2
    box.delete.click()
    assert [one.who for one in box.shelf.kept] == ["old"] and len(list(folder.iterdir())) == 1
    kit.shell.banner.act.click()
    assert [one.who for one in box.shelf.kept] == ["new", "old"] and len(list(folder.iterdir())) == 2
    box.delete.click()
    box.delete.click()
    assert not list(folder.iterdir()) and box.shown is None and not box.results.isVisible()


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("luiapp.gui.measure.state.MOST_FILES", 3)
    shelf = Shelf(tmp_path)
    for k in range(5):
        shelf.put(replace(Kept(curve(), "f–I curve", str(k), WHEN), when=WHEN.replace(minute=k)))
    assert [one.who for one in shelf.kept] == ["4", "3", "2"]
    assert [one.who for one in read_all(tmp_path)[0]] == ["4", "3", "2"]
