"""Painted points: strokes and what takes them back, and a network that learns them instead of Yin-Yang."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6 import QtCore
from shell_kit import Kit

from luiapp.errors import FormatError
from luiapp.gui.training.data_state import CLASSES, MOST_CLASSES, MOST_POINTS, decoded, encoded, load
from luiapp.gui.training.paint_state import ERASER, Painting
from luiapp.gui.training.setup_state import METHODS, Setup, from_link, turned


def test_dabs_stay_near_the_brush_and_in_the_disc_and_there_is_a_most() -> None:
    painting = Painting()
    painting.dab(0.3, 0.6, 1)
    assert len(painting.labels) > 1
    assert (np.hypot(*(painting.points - (0.3, 0.6)).T) <= 0.031).all()
    for _ in range(MOST_POINTS):
        painting.dab(0.999, 0.5, 0)
    assert len(painting.labels) == len(painting.points) == MOST_POINTS
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
    assert not len(painting.labels) and painting.undo() and (painting.points == before).all()
    assert [painting.undo() for _ in range(4)] == [True, True, True, False] and not len(painting.labels)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.integers(0, 5)), max_size=60))
def test_painted_points_come_back_from_their_text(dots: list[tuple[float, float, int]]) -> None:
    """Class by class, each in its cell of 512 by 512; three symbols a point, and what comes back is the same again."""
    points, labels = np.array([d[:2] for d in dots]).reshape(-1, 2), np.array([d[2] for d in dots], np.int64)
    text = encoded(points, labels)
    assert len(text) == 3 * len(dots) + (max(labels) if len(labels) else 0)
    back, classes = decoded(text)
    order = np.argsort(labels, kind="stable")
    assert (classes == labels[order]).all()
    assert (np.abs(back - points[order]) <= 1 / 1024 + 1e-12).all()
    assert encoded(back, classes) == text


@pytest.mark.parametrize("text", ["AB", "A!B", "AAA." * 6 + "AAA", "AAA" * (MOST_POINTS + 1)])
def test_a_text_that_holds_no_points_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match="no painted points"):
        Setup(points=text)


def test_few_points_fill_an_epoch_equally_and_are_judged_once() -> None:
    painting = Painting()
    painting.dab(0.2, 0.5, 0)
    assert load("painted", painting.text).names == CLASSES, "one class is nothing to tell apart"
    painting.dab(0.8, 0.5, 2)
    data = load("painted", painting.text)
    assert len(data.valid.labels) == len(painting.labels)
    assert (data.valid.samples[:, 2:] == 1 - data.valid.samples[:, :2]).all()
    assert (np.bincount(data.train.labels) == [300, 0, 300]).all()
    assert data.at((0.75, 0.5)).labels.tolist() == [2] and data.at((0.25, 0.5)).labels.tolist() == [0]


@pytest.mark.parametrize("method", METHODS)
def test_up_to_six_classes_are_painted_and_every_method_has_an_output_for_each(method: str) -> None:
    painting = Painting()
    shown = []
    for k in range(MOST_CLASSES):
        shown.append(painting.n_brushes)
        painting.dab(0.2 + 0.1 * k, 0.5, k)
    assert shown == [3, 3, 3, 4, 5, 6] and painting.n_brushes == MOST_CLASSES
    setup = replace(turned(Setup(), "method", method), data="painted", points=painting.text)
    assert setup.task().n_out == MOST_CLASSES == len(setup.load().names)
    assert not setup.goes_on(replace(setup, data="yinyang")) and Setup().goes_on(replace(Setup(), data="painted"))


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
    assert page.studio.setup.learns == ("yinyang", ""), "one class is nothing to tell apart"
    page.probe((0.8, 0.5))
    map_.setFocus()
    qtbot.keyClick(map_, QtCore.Qt.Key.Key_2)
    qtbot.waitUntil(lambda: page.latest.data.by_points)
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
    qtbot.waitUntil(lambda: not page.latest.data.by_points)
    brushes.undo.click()
    qtbot.waitUntil(lambda: page.latest.data.by_points)
    assert from_link(page.state()["setup"])[0].points == page.painter.painting.text, "they come back at the next start"
    brushes.back.click()
    qtbot.waitUntil(lambda: not page.latest.data.by_points)
    page.undo()
    assert page.studio.setup.data == "painted" and len(page.painter.painting.labels)


def test_a_stroke_of_one_class_taken_back_shows_yin_yang_again(qtbot: Any, kit: Kit) -> None:
    kit.shell.choose_place("learn")
    page = kit.shell.pages.page
    qtbot.waitUntil(lambda: page.latest is not None, timeout=120_000)
    before = page.map._points
    page.painter.stroke(0.3, 0.5, 1, True)
    page.painter.follow()
    assert len(page.map._points) == len(page.painter.painting.labels) and page.data.brushes.back.isEnabled()
    page.painter.undo()
    assert (page.map._points == before).all() and page.studio.setup == Setup()
