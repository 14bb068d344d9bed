"""Data that fills no plane: digits and manifolds, their gallery, and what says so where they can't be had."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import pytest
from PySide6 import QtCore
from shell_kit import Kit

from luiapp.errors import ParameterError
from luiapp.gui.theme import DARK, Look
from luiapp.gui.training.data_state import Data, load
from luiapp.gui.training.engine import RASTER_ROWS, Engine, few_samples
from luiapp.gui.training.gallery_view import GalleryView, picture
from luiapp.gui.training.setup_state import Setup, channels, matters, turned
from luiapp.train.datasets import Dataset

Key = QtCore.Qt.Key


@pytest.fixture(scope="module")
def manifolds() -> Data:
    return load("randman")


def test_manifolds_are_parted_once_and_shown_a_column_a_class(manifolds: Data) -> None:
    parts = (manifolds.train, manifolds.valid, manifolds.test)
    assert [len(one.labels) for one in parts] == [1400, 300, 300]
    assert len(np.unique(np.concatenate([one.samples for one in parts]), axis=0)) == 2000
    shown = manifolds.gallery
    assert shown is not None and (shown.labels == np.tile(np.arange(10), len(shown.labels) // 10)).all()
    assert all((shown.samples[i] == manifolds.test.samples).all(axis=1).any() for i in range(len(shown.labels)))
    assert few_samples(manifolds).labels.tolist() == [k for k in range(10) for _ in range(RASTER_ROWS // 10)]
    assert manifolds.fitting((0.3, 0.3)) == 0 and manifolds.fitting(10**6) == len(shown.labels) - 1


def test_data_of_many_features_is_learned_in_one_way_and_the_knobs_follow() -> None:
    setup = turned(turned(Setup(), "method", "ttfs"), "data", "randman")
    task: Any = setup.task()
    assert setup.method == "surrogate" and task.net.n_in == 20 and task.n_out == 10
    assert channels(task) == [str(i + 1) for i in range(20)]
    assert not matters("method", setup) and not matters("code", setup) and matters("beta", setup)
    with pytest.raises(ParameterError, match="surrogate gradient"):
        Setup(data="randman", method="eventprop").task()


def test_without_scikit_learn_the_knob_says_what_to_install_and_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "sklearn" else real(name, *a))
    with pytest.raises(ParameterError, match=r"pip install 'luiapp\[digits\]'.*Randman"):
        turned(Setup(), "data", "digits")


@pytest.mark.oracle
def test_digits_have_an_input_for_each_pixel_and_a_bias() -> None:
    pytest.importorskip("sklearn")
    setup = turned(Setup(), "data", "digits")
    task: Any = setup.task()
    data = setup.load()
    assert channels(task)[63:] == ["64", "bias"] and task.n_out == len(data.names) == 10 and data.pictures
    one = picture(data.test.samples[0], "#ff0000")
    ink = np.array([[one.pixelColor(x, y).alpha() for x in range(8)] for y in range(8)])
    assert (ink == np.rint(255 * (1 - data.test.samples[0].reshape(8, 8)))).all()


def test_the_gallery_is_walked_by_keys_and_flags_what_is_wrong(qtbot: Any, manifolds: Data) -> None:
    view = GalleryView(Look("dark"))
    qtbot.addWidget(view)
    view.resize(360, 330)
    view.set_data(manifolds)
    gallery = manifolds.gallery
    assert gallery is not None
    right = np.eye(10)[gallery.labels]
    view.set_shares(right)
    view.probed.connect(view.set_place)
    view.show()
    for key, place in ((Key.Key_Right, 1), (Key.Key_Down, 11), (Key.Key_Left, 10), (Key.Key_Up, 0), (Key.Key_Up, 0)):
        qtbot.keyClick(view, key)
        assert view.place == place
    qtbot.mouseClick(view, QtCore.Qt.MouseButton.LeftButton, pos=view.cell(25).center().toPoint())
    assert view.place == 25
    before = view.grab().toImage()
    wrong = right.copy()
    wrong[40] = np.eye(10)[3]
    view.set_shares(wrong)
    after = view.grab().toImage()
    differ = {(x, y) for x in range(360) for y in range(330) if before.pixel(x, y) != after.pixel(x, y)}
    assert differ and all(view.cell(40).adjusted(-2, -2, 2, 2).contains(QtCore.QPointF(x, y)) for x, y in differ)
    assert any(after.pixelColor(x, y).name() == DARK.bad for x, y in differ), "a word in its colour, not a ground alone"


def test_the_page_shows_manifolds_and_learns_them(qtbot: Any, kit: Kit) -> None:
    kit.shell.choose_place("learn")
    page = kit.shell.pages.page
    qtbot.waitUntil(lambda: page.latest is not None, timeout=120_000)
    page.compare()
    page.turn("data", "randman")
    assert page.rival.engine is None, "other data is nothing to compare with"
    qtbot.waitUntil(lambda: page.latest.data.gallery is not None, timeout=120_000)
    assert page.data.view.currentWidget() is page.data.view.gallery and not page.data.brushes.isVisible()
    assert "20 features" in page.data.note.text() and "Sample 1 is 1" in page.verdict.text()
    page.probe(13)
    page.step_epoch()
    qtbot.waitUntil(lambda: page.latest.epochs >= 1 and page.latest.inside.place == 13, timeout=120_000)
    assert page.latest.marks[-1].accuracy > 0.3 and page.figures.confusion.table.shape == (10, 10)
    assert len(page.middle.network.places().outputs) == 10 and len(page.middle.network.places().inputs) == 20
    page.export.to_bench()
    assert "20 inputs" in kit.shell.banner.text.text()
    page.undo()
    qtbot.waitUntil(lambda: page.latest.data.gallery is None, timeout=120_000)
    assert page.data.view.flat and page.data.brushes.isVisible() and "(0.62; 0.78)" in page.verdict.text()


def test_it_stops_by_itself_at_its_best(qtbot: Any) -> None:
    """A rate of almost nothing: nothing becomes better, so it ends after so many epochs where it was best."""
    rng = np.random.default_rng(0)
    points = rng.random((60, 4))
    some = Dataset(points, np.arange(60) % 3)
    engine = Engine(Setup(hidden=5, rate=1e-6, patience=3), load=lambda _s: Data(("a", "b", "c"), some, some, some))
    try:
        engine.pace(1.0)
        engine.play(True)
        qtbot.waitUntil(lambda: not engine.playing, timeout=60_000)
        found: list[Any] = []

        def ended() -> bool:
            found.append(engine.take())
            return found[-1] is not None and found[-1].stopped is not None

        qtbot.waitUntil(ended, timeout=60_000)
        last = found[-1]
        best = max(last.marks[1:], key=lambda one: one.accuracy)
        assert last.marks[-1].accuracy == best.accuracy
        assert last.epochs >= last.stopped + 3 and not last.playing
    finally:
        engine.shut()
