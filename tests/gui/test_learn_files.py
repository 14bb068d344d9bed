"""Networks, tables and figures of the studio: what is written is what is shown, and comes back."""

from __future__ import annotations

import csv
import importlib.util
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6 import QtCore, QtWidgets
from shell_kit import Kit

from luiapp.errors import FormatError
from luiapp.gui.training.export import OTHERS
from luiapp.gui.training.model_state import pack, unpack
from luiapp.gui.training.panel import LearnPage
from luiapp.gui.training.setup_state import Setup, turned
from luiapp.gui.training.state import Mark
from luiapp.texts import set_language
from luiapp.train.event.task import eventprop_task, first_spike_task
from luiapp.train.store import Model, open_model, save_model
from luiapp.train.surrogate.network import Bound, Rule, SpikingNet
from luiapp.train.task import SurrogateTask

SVG = "{http://www.w3.org/2000/svg}"
SETUPS = [
    Setup(hidden=7, beta=2.0, at_most=0.2, recurrent=True),
    Setup(hidden=7, code="rate"),
    replace(turned(turned(Setup(), "method", "ttfs"), "delays", "dendritic"), hidden=6),
    Setup(method="eventprop", hidden=5),
]


def learned(qtbot: Any, kit: Kit) -> LearnPage:
    """The page after an epoch."""
    kit.shell.choose_place("learn")
    page = kit.shell.pages.page
    page.step_epoch()
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.epochs >= 1, timeout=120_000)
    return page  # type: ignore[no-any-return]


def mark_of(setup: Setup) -> Mark:
    weight = setup.task().learner().weight
    return Mark(34, 1.0, 0.1, 0.5, 0.875, 30.0, 0.8, np.eye(3, dtype=np.int64), weight)


@pytest.mark.parametrize("setup", SETUPS, ids=lambda s: f"{s.method}-{s.code}")
def test_a_network_comes_back_from_its_file_with_all_knobs(setup: Setup, tmp_path: Path) -> None:
    mark = mark_of(setup)
    model = open_model(save_model(tmp_path / "a.npz", pack(setup, mark)))
    back, weight = unpack(model, "a.npz")
    assert back == setup and (weight == mark.weight).all()
    assert model.about["valid_accuracy"] == 0.875


@pytest.mark.parametrize(
    "task",
    [
        replace(SurrogateTask(), net=SpikingNet(5, hidden=(9,)),
                rule=Rule("esser", 0.5, True, "mean", bounds=(Bound(0.2, 1.0),))),
        first_spike_task(8, delays="axonal", seed=4), eventprop_task(11, seed=2),
    ],
    ids=lambda t: t.method,
)  # fmt: skip
def test_a_network_of_the_command_line_is_understood(task: Any) -> None:
    setup, weight = unpack(Model(task, task.learner().weight), "x")
    made: Any = setup.task()
    assert made.hidden == task.hidden and made.seed == task.seed and len(weight) == made.n_parameters
    assert (made.task if hasattr(made, "task") else made.learner().weight == weight).all()
    if task.method == "surrogate":
        assert (made.rule.surrogate, made.rule.beta, made.rule.attached, made.rule.loss) == ("esser", 0.5, True, "mean")


@pytest.mark.parametrize(
    ("task", "told"),
    [
        (replace(SurrogateTask(), net=SpikingNet(5, hidden=(4, 4))), "2 hidden layers"),
        (replace(SurrogateTask(), net=SpikingNet(5, hidden=(4,), tau_mem=0.05)), "not the studio's"),
    ],
)
def test_a_network_without_knobs_is_refused_by_name(task: SurrogateTask, told: str) -> None:
    with pytest.raises(FormatError, match=f"net.npz.*{told}"):
        unpack(Model(task, task.learner().weight), "net.npz")


def test_saved_and_opened_it_says_the_same_of_every_place(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    page = learned(qtbot, kit)
    before = page.latest
    assert before is not None
    page.export.save_to(tmp_path / "net.npz")
    assert "net.npz" in kit.shell.banner.text.text()
    page.turn("hidden", 10)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.setup.hidden == 10)
    kit.shell.deeds.dropped([str(tmp_path / "net.npz")])
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.setup.hidden == 120)
    assert page.latest is not None and (page.latest.shares == before.shares).all()
    assert page.latest.marks[0].accuracy == before.marks[-1].accuracy
    page.undo()
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.setup.hidden == 10)


def test_a_file_that_is_no_network_is_told_and_nothing_changes(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    page = learned(qtbot, kit)
    bad = tmp_path / "bad.npz"
    bad.write_bytes(b"PK nothing")
    assert not page.export.open_from(bad)
    assert "bad.npz" in kit.shell.banner.text.text() and page.studio.setup == Setup()


def test_the_table_holds_every_mark(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    page = learned(qtbot, kit)
    for language, delimiter in (("en", ","), ("de", ";")):
        set_language(language)
        page.export.table_to(tmp_path / f"{language}.csv")
        rows = list(csv.reader((tmp_path / f"{language}.csv").read_text("utf-8-sig").splitlines(), delimiter=delimiter))
        assert len(rows) == len(page.studio.marks) + 1
        accuracy = [float(row[4].replace(",", ".")) for row in rows[1:]]
        assert accuracy == pytest.approx([m.accuracy for m in page.studio.marks], abs=5e-5)


def test_the_figure_draws_map_samples_curves_and_table(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    page = learned(qtbot, kit)
    path = tmp_path / "figure.svg"
    page.export.figure_to(path)
    root = ElementTree.parse(path).getroot()
    texts = ["".join(one.itertext()) for one in root.iter(f"{SVG}text")]
    mark = page.studio.mark
    assert mark is not None
    for number in mark.confusion.ravel().tolist():
        assert str(number) in texts
    assert f"Yin-Yang after 1.0 epochs: {100 * mark.accuracy:.1f} % right" in texts
    lines = [one.get("points", "").split() for one in root.iter(f"{SVG}polyline")]
    assert [len(line) for line in lines] == [len(page.studio.marks)] * 2
    signs = [*root.iter(f"{SVG}circle"), *root.iter(f"{SVG}polygon")]
    assert 60 < len(signs) < 200, "yin and dots, and in the legend once more"
    map_ = root.find(f"{SVG}g")
    assert map_ is not None
    area = sum(float(one.get("width", 0)) * float(one.get("height", 0)) for one in map_)
    assert area == pytest.approx(np.pi / 4 * 360**2, rel=0.02)


def test_keys_of_the_window_save_and_open_the_network(
    qtbot: Any, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = learned(qtbot, kit)
    target = tmp_path / "by-key"
    monkeypatch.setattr(QtWidgets.QFileDialog, "getSaveFileName", lambda *a: (str(target), ""))
    monkeypatch.setattr(QtWidgets.QFileDialog, "getOpenFileName", lambda *a: (f"{target}.npz", ""))
    control = QtCore.Qt.KeyboardModifier.ControlModifier
    qtbot.keyClick(kit.shell, QtCore.Qt.Key.Key_S, control)
    assert (tmp_path / "by-key.npz").is_file()
    qtbot.keyClick(kit.shell, QtCore.Qt.Key.Key_P, control)
    assert (tmp_path / "by-key.svg").is_file()
    qtbot.keyClick(kit.shell, QtCore.Qt.Key.Key_O, control)
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.n_batches == 0)


def test_the_network_leaves_for_other_programs_by_the_menu(
    qtbot: Any, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written holds the weights that are shown."""
    page = learned(qtbot, kit)
    now = page.studio.mark
    assert now is not None
    chosen = lambda _page, _title, start, _kind: (str(tmp_path / Path(start).name), "")  # noqa: E731
    monkeypatch.setattr(QtWidgets.QFileDialog, "getSaveFileName", chosen)
    menu = page.knobs.files.menu()
    menu.aboutToShow.emit()
    entries = next(one for one in menu.actions() if one.menu() is not None).menu().actions()
    assert len(entries) == len(OTHERS) and all(one.toolTip() for one in entries)
    for one in entries:
        one.trigger()
    rows = list(csv.DictReader((tmp_path / "network.csv").read_text().splitlines()))
    weights = np.array([float(row["weight"]) for row in rows])
    assert len(weights) == len(now.weight) and np.corrcoef(weights[: 5 * 120], now.weight[: 5 * 120])[0, 1] > 1 - 1e-9
    for name in ("network_pynn.py", "network_norse.py"):
        compile((tmp_path / name).read_text(), name, "exec")
    if importlib.util.find_spec("nir") is not None:
        assert (tmp_path / "network.nir").stat().st_size > 4 * len(now.weight)
    else:
        assert "nir" in kit.shell.banner.text.text()


def test_a_folder_that_is_not_there_is_told(qtbot: Any, kit: Kit, tmp_path: Path) -> None:
    page = learned(qtbot, kit)
    page.export.figure_to(tmp_path / "no such folder" / "a.svg")
    assert "no such folder" in kit.shell.banner.text.text()
