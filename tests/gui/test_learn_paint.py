"""Painted points: strokes and what takes them back, and a network that learns them instead of Yin-Yang."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6 import QtCore
from shell_kit import Kit

from luiapp.gui.training.paint_state import ERASER, MOST, Painting
from luiapp.train.task import yin_yang_sets


def test_dabs_stay_near_the_brush_and_in_the_disc_and_there_is_a_most() -> None:
    painting = Painting()
    painting.dab(0.3, 0.6, 1)
    assert len(painting.labels) > 1 and not painting.ready
    assert (np.hypot(*(painting.points - (0.3, 0.6)).T) <= 0.031).all()
    for _ in range(MOST):
        painting.dab(0.999, 0.5, 0)
    assert len(painting.labels) == len(painting.points) == MOST and painting.ready
    assert (np.hypot(*(painting.points - 0.5).T) <= 0.5).all()


def test_the_eraser_takes_what_is_near_and_undo_gives_back_a_stroke_as_a_whole() -> None:
    painting = Painting()
    for k, (x, y) in enumerate(((0.2, 0.5), (0.8, 0.5), (0.5, 0.8))):
        painting.begin()
        painting.dab(x, y, k)
        painting.dab(x, y, k)
    before = painting.points
    painting.begin()
    painting.dab(0.8, 0.5, ERASER)
    assert set(painting.labels) == {0, 2}
    assert painting.undo() and (painting.points == before).all()
    painting.clear()
    assert not painting.ready and painting.undo() and (painting.points == before).all()
    assert [painting.undo() for _ in range(4)] == [True, True, True, False] and not len(painting.labels)


def test_few_points_fill_an_epoch_equally_and_are_judged_once() -> None:
    painting = Painting()
    painting.dab(0.2, 0.5, 0)
    painting.dab(0.8, 0.5, 2)
    train, valid, _ = painting.sets()
    assert len(valid.labels) == len(painting.labels) and (valid.samples[:, 2:] == 1 - valid.samples[:, :2]).all()
    assert (np.bincount(train.labels) == [300, 0, 300]).all()


def test_a_network_learns_what_is_painted_by_mouse_and_keys(qtbot: Any, kit: Kit) -> None:
    """Two heaps: after some epochs it tells them apart, and the map says so at both."""
    kit.shell.choose_place("learn")
    page, left = kit.shell.pages.page, QtCore.Qt.MouseButton.LeftButton
    qtbot.waitUntil(lambda: page.latest is not None, timeout=120_000)
    map_, brushes = page.map, page.data.brushes
    brushes.tools[0].click()
    at = map_.to_pixel(0.2, 0.5).toPoint()
    qtbot.mousePress(map_, left, pos=at)
    qtbot.mouseMove(map_, at + QtCore.QPoint(0, 6))
    qtbot.mouseRelease(map_, left, pos=at)
    qtbot.wait(50)
    assert map_.to_pixel(0.2, 0.5).toPoint() == at, "nothing moves under the brush"
    assert page.engine.sets is yin_yang_sets, "one class is nothing to tell apart"
    page.probe(0.8, 0.5)
    map_.setFocus()
    qtbot.keyClick(map_, QtCore.Qt.Key.Key_2)
    qtbot.waitUntil(lambda: page.engine.sets is not yin_yang_sets)
    assert set(page.painter.painting.labels) == {0, 1} and brushes.undo.isEnabled()
    for _ in range(4):
        n = page.latest.epochs
        page.step_epoch()
        qtbot.waitUntil(lambda n=n: page.latest.epochs > n and page.latest.n_batches > 0, timeout=120_000)
    assert page.latest.marks[-1].accuracy == 1.0 and page.latest.marks[-1].confusion.sum() == len(
        page.painter.painting.labels
    )
    brushes.tools[None].click()
    qtbot.mouseClick(map_, left, pos=at)
    assert map_.place == pytest.approx((0.2, 0.5), abs=0.01), "a click chooses a sample again"
    qtbot.keyClick(map_, QtCore.Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: page.engine.sets is yin_yang_sets)
    brushes.undo.click()
    qtbot.waitUntil(lambda: page.engine.sets is not yin_yang_sets)
    brushes.back.click()
    qtbot.waitUntil(lambda: page.engine.sets is yin_yang_sets)
