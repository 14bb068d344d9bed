"""Networks for real boards in the studio: learned in a thread, tried on many sets, built on the bench."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6 import QtCore
from shell_kit import Kit

from luiapp.gui.training.boards_card import OFFERED, BoardsCard
from luiapp.gui.training.boards_work import BoardsWorker, twins
from luiapp.train.boards.circuit import judge
from luiapp.train.boards.exam import examine
from luiapp.train.boards.tasks import board_task
from luiapp.train.boards.teach import teach


def small() -> BoardsWorker:
    return BoardsWorker(epochs=120, starts=4, sets=8)


def test_an_exam_is_what_judge_says_of_every_set_one_by_one() -> None:
    task = board_task("majority")
    layers = teach(task, epochs=60, starts=2).settings()
    told: list[float] = []
    exam = examine(task, layers, twins, sets=3, tell=told.append)
    assert told == pytest.approx([1 / 3, 2 / 3, 1])
    for k in range(3):
        alone = judge(task, layers, twins, lots=[[k + 1]])
        assert (exam.by_eye.right[k] == alone.right[0]).all()
    assert exam.by_test.right.shape == exam.by_eye.right.shape == (3, 8)


def test_the_thread_says_how_far_it_is_and_ends_what_is_no_longer_wanted(qtbot: Any) -> None:
    worker = BoardsWorker(epochs=100_000, starts=1, sets=1)
    try:
        worker.teach("majority", 0)
        seen: list[Any] = []

        def busy(doing: bool) -> bool:
            seen.append(worker.take())
            return seen[-1] is not None and bool(seen[-1].doing) == doing

        qtbot.waitUntil(lambda: busy(True), timeout=60_000)
        assert 0 < seen[-1].share < 1
        worker.stop()
        qtbot.waitUntil(lambda: busy(False), timeout=60_000)
        assert seen[-1].exam is None and worker.take_problem() is None
    finally:
        worker.shut()
    assert not [t for t in threading.enumerate() if t.name == "boards"]


def test_majority_is_learned_by_keys_and_built_on_the_bench(
    qtbot: Any, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.shell.choose_place("learn")
    page = kit.shell.pages.page
    card: BoardsCard = page.boards
    monkeypatch.setattr(card, "_make", small)
    qtbot.keyClick(kit.shell, QtCore.Qt.Key.Key_N)
    assert card.isVisible() and card.teach.hasFocus() and not card.build.isVisible()
    card.task.setCurrentIndex(OFFERED.index("majority"))
    qtbot.keyClick(card.teach, QtCore.Qt.Key.Key_Return)
    assert card.teach.text() == "Stop" and not card.task.isEnabled()
    qtbot.waitUntil(lambda: card.stage is not None and card.stage.exam is not None, timeout=120_000)
    exam = card.stage.exam  # type: ignore[union-attr]
    assert exam is not None and exam.nominal.perfect == 1.0 and "8 sets of boards" in card.told.text()
    assert sum(card.sets[0]._counts) == 8 and card.sets[1]._counts[-1] == round(8 * exam.by_test.perfect)
    card.sheet_to(tmp_path / "sheet.html")
    assert "Trimmer sheet" in (tmp_path / "sheet.html").read_text(encoding="utf-8")
    opened: list[Any] = []
    monkeypatch.setattr(kit.desk.sources, "open_network", opened.append)
    card.build.click()
    assert not card.isVisible() and not page.isVisible() and kit.shell.main.isVisible()
    assert opened[0].names == ["OUT"] and opened[0].extra["trained"]["task"] == "majority"
    spikes = twins(opened[0], 8.0).spike_times
    fired = [bool(((spikes >= k) & (spikes < k + 1)).any()) for k in range(8)]
    lots = [[int(opened[0].parameter("parts_seed")[0])]]
    right = judge(card.stage.task, card.stage.layers, twins, lots=lots).right[0]  # type: ignore[union-attr]
    targets = card.stage.task.targets[:, 0]  # type: ignore[union-attr]
    assert (np.array(fired) == targets).tolist() == right.tolist(), "the bench does what the exam says of these parts"
