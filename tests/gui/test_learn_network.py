"""Tiles, the sample that is watched, and what they are drawn from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6 import QtCore, QtGui

from luiapp.gui.theme import DARK, LIGHT, Look
from luiapp.gui.training.colours import Responses, map_image, rgb, strong
from luiapp.gui.training.engine import RASTER_ROWS, Engine, Snapshot, few_samples
from luiapp.gui.training.grid_state import MOST_TILES, grid, spread
from luiapp.gui.training.insight import disc, look, matrices, rasters
from luiapp.gui.training.network_view import MODES, NetworkView
from luiapp.gui.training.neuron_view import NeuronView
from luiapp.gui.training.setup_state import Setup, channels, turned
from luiapp.gui.training.watch_state import BACK, FORWARD, PAUSE, Watch

SETUPS = [Setup(hidden=40), turned(turned(Setup(), "method", "ttfs"), "delays", "axonal"),
          Setup(method="eventprop", hidden=40)]  # fmt: skip


def snapshot_of(setup: Setup) -> Snapshot:
    task = setup.task()
    learner = task.learner()
    places, data = disc(48)[1], setup.load()
    return Snapshot(
        setup, task, data, [], 0, 0.0, 0.0, np.full((len(places), 3), 1 / 3),
        np.zeros((len(places), setup.hidden), np.int32), look(task, learner, (0.4, 0.3)), learner.weight,
        rasters(task, learner, few_samples(data)), False, None,
    )  # fmt: skip


@given(st.integers(1, 400), st.floats(60, 1500), st.floats(50, 900), st.sampled_from([1.0, 1.4]))
def test_tiles_lie_inside_apart_and_are_found_where_they_lie(n: int, width: float, height: float, scale: float) -> None:
    g = grid(n, 50.0, 20.0, width, height, scale)
    assert g.per_page >= 1 and sum(len(g.on_page(k)) for k in range(g.n_pages)) == n
    corners = []
    for i in g.on_page(0):
        x, y = g.corner(i)
        assert 50 - 1e-6 <= x <= 50 + width - g.side + 1e-6 and 20 - 1e-6 <= y <= 20 + height - g.side + 1e-6
        assert g.at(x + g.side / 2, y + g.side / 2, 0) == i
        corners.append((x, y))
    assert len(set(corners)) == len(corners)
    assert n <= MOST_TILES or g.n_pages > 1 or g.per_page >= n


@given(st.integers(1, 200), st.integers(0, 199), st.sampled_from([(-1, 0), (1, 0), (0, -1), (0, 1)]))
def test_neighbours_are_there_and_back_again(n: int, i: int, way: tuple[int, int]) -> None:
    g = grid(n, 0, 0, 300, 300)
    i = min(i, n - 1)
    other = g.neighbour(i, *way)
    assert 0 <= other < n
    assert other == i or g.neighbour(other, -way[0], -way[1]) == i


def test_things_below_each_other_are_spread_evenly() -> None:
    assert spread(4, 10.0, 80.0) == [20.0, 40.0, 60.0, 80.0]


@pytest.mark.parametrize("setup", SETUPS, ids=lambda s: s.method)
def test_matrices_are_what_the_learner_multiplies_by(setup: Setup) -> None:
    task = setup.task()
    learner: Any = task.learner()
    first, second = matrices(task, learner.weight)
    assert first.shape == (len(channels(task)), setup.hidden) and second.shape == (setup.hidden, 3)
    if setup.method == "surrogate":
        expected = learner.net.matrices(learner.weight)
        assert (first == expected[0][0]).all() and (second == expected[1][0]).all()
    else:
        assert (first == learner.network.parameters["weights_0"]).all()
        assert (second == learner.network.parameters["weights_1"][: setup.hidden]).all()


@pytest.mark.parametrize("setup", SETUPS, ids=lambda s: s.method)
def test_rasters_hold_the_spikes_that_are_counted(setup: Setup) -> None:
    task = setup.task()
    learner: Any = task.learner()
    few = few_samples(setup.load())
    assert few.labels.tolist() == [k for k in range(3) for _ in range(RASTER_ROWS // 3)]
    found = rasters(task, learner, few)
    counts = learner.say(task.data(learner, few)).counts
    made = np.zeros_like(counts)
    np.add.at(made, (found[:, 0].astype(int), found[:, 2].astype(int)), 1)
    assert (made == counts).all() and counts.sum() > 50


@given(st.lists(st.floats(0.0, 1.0), max_size=40), st.floats(1.0, 200.0))
def test_a_watched_sample_goes_forward_then_back_then_is_whole(steps: list[float], until: float) -> None:
    watch = Watch()
    assert watch.moment(until) is None
    watch.start()
    before: tuple[bool, float] = (False, 0.0)
    for step in steps:
        watch.advance(step)
        now = watch.moment(until)
        if now is None:
            assert sum(steps) >= FORWARD + PAUSE + BACK - 1e-6
            break
        assert 0 <= now <= until
        assert watch.backwards >= before[0]
        if watch.backwards == before[0]:
            assert now <= before[1] if watch.backwards else now >= before[1]
        before = (watch.backwards, now)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda t: t.name)
def test_pictures_say_what_the_numbers_say(theme: Any) -> None:
    inside, places = disc(48)
    shares = np.zeros((len(places), 3))
    shares[np.arange(len(places)), (places[:, 0] > 0.5).astype(int)] = 1.0
    image = map_image(inside, shares, theme)
    left, right = image.pixelColor(10, 24), image.pixelColor(38, 24)
    for pixel, i_class in ((left, 0), (right, 1)):
        expected = 0.5 * rgb(theme.neuron_colour(i_class)) + 0.5 * rgb(theme.panel)
        assert [pixel.red(), pixel.green(), pixel.blue()] == pytest.approx(expected, abs=1)
    assert image.pixelColor(0, 0).alpha() == 0
    counts = np.where(places[:, 1] > 0.5, 4, 0)
    image = Responses(inside, 60).images(np.column_stack([0 * counts, counts]), theme, 4.0)[1]
    top, bottom = image.pixelColor(30, 12), image.pixelColor(30, 48)
    assert [top.red(), top.green(), top.blue()] == pytest.approx(rgb(strong(theme)), abs=1)
    assert [bottom.red(), bottom.green(), bottom.blue()] == pytest.approx(rgb(theme.panel), abs=1)


@pytest.mark.parametrize("setup", SETUPS, ids=lambda s: s.method)
def test_every_mode_is_drawn_and_tiles_are_reached_by_keys_and_mouse(qtbot: Any, setup: Setup) -> None:
    view = NetworkView(Look("dark"))
    qtbot.addWidget(view)
    view.resize(620, 380)
    snapshot = snapshot_of(setup)
    view.show_run(snapshot, snapshot.inside, few_samples(snapshot.data).labels)
    pictures = []
    for mode in MODES:
        view.set_mode(mode)
        pictures.append(view.grab().toImage())
    assert len({bytes(p.constBits()) for p in pictures}) == 3
    fired = np.bincount(snapshot.inside.spikes[:, 1].astype(int), minlength=setup.hidden)
    assert fired[view.selected] == fired[: view.places().grid.per_page].max(), "it begins with one that fires"
    heard: list[int] = []
    view.selected_changed.connect(heard.append)
    view.show()
    qtbot.keyClick(view, QtCore.Qt.Key.Key_Home)
    qtbot.keyClick(view, QtCore.Qt.Key.Key_Right)
    qtbot.keyClick(view, QtCore.Qt.Key.Key_End)
    assert heard[-2:] == [1, setup.hidden - 1] and view.page == view.places().grid.n_pages - 1
    last = view.places().grid.on_page(view.page)[0]
    qtbot.mouseClick(view, QtCore.Qt.MouseButton.LeftButton, pos=view.tile_rect(last).center().toPoint())
    assert view.selected == last
    qtbot.keyClick(view, QtCore.Qt.Key.Key_PageUp)
    assert view.page == max(view.places().grid.n_pages - 2, 0)


def test_a_spike_lights_its_tile_when_it_is_watched(qtbot: Any) -> None:
    snapshot = snapshot_of(Setup(hidden=10))
    view = NetworkView(Look("dark"))
    qtbot.addWidget(view)
    view.resize(620, 380)
    view.show_run(snapshot, snapshot.inside, few_samples(snapshot.data).labels)
    t, neuron = snapshot.inside.spikes[0].tolist()
    amber = QtGui.QColor(DARK.amber)
    ground = QtGui.QColor(DARK.panel)
    corner = view.tile_rect(int(neuron)).topLeft().toPoint() + QtCore.QPoint(5, 20)

    def red_at(now: float | None, backwards: bool = False) -> int:
        view.show_moment(now, backwards)
        return view.grab().toImage().pixelColor(corner).red()

    before = red_at(t - 1.0)
    assert red_at(t + 0.5) > before and before <= ground.red() + 12 < amber.red()
    assert red_at(None) != red_at(t + 0.5)


def test_the_sentence_tells_the_spikes_of_the_neuron(qtbot: Any) -> None:
    snapshot = snapshot_of(Setup(hidden=20))
    view = NeuronView(Look("light"))
    qtbot.addWidget(view)
    view.resize(500, 160)
    for neuron in range(20):
        view.show_run(snapshot.inside, channels(snapshot.task), neuron)
        times = sorted(snapshot.inside.spikes[snapshot.inside.spikes[:, 1] == neuron, 0])
        text = view.sentence()
        if not times:
            assert text == f"Neuron {neuron + 1}: no spike"
        else:
            assert f"at {times[0]:.0f}" in text and ("1 spike," in text) == (len(times) == 1)
        view.grab()


def test_the_window_is_shaded_where_the_membrane_is_near_threshold(qtbot: Any) -> None:
    snapshot = snapshot_of(Setup(hidden=20, beta=20.0))
    inside = snapshot.inside
    neuron = int(inside.spikes[0, 1])
    view = NeuronView(Look("light"))
    qtbot.addWidget(view)
    view.resize(700, 220)
    view.show_run(inside, channels(snapshot.task), neuron)
    shaded = view.grab().toImage()
    view.show_run(replace(inside, window=np.zeros((0, 0))), channels(snapshot.task), neuron)
    plain = view.grab().toImage()
    differ = [x for x in range(700) if any(shaded.pixel(x, y) != plain.pixel(x, y) for y in range(220))]
    near = np.abs(inside.hidden[:, neuron] - 1) < 0.3
    assert 0.3 * near.mean() * 600 < len(differ) < 600


def test_engine_gives_rasters_only_when_they_are_wanted() -> None:
    engine = Engine(Setup(hidden=5))
    try:
        for wanted in (False, True, False):
            engine.want_rasters(wanted)
            for _ in range(2000):
                snapshot = engine.take()
                if snapshot is not None and bool(len(snapshot.rasters)) == wanted:
                    break
                QtCore.QThread.msleep(5)
            assert snapshot is not None and bool(len(snapshot.rasters)) == wanted
    finally:
        engine.shut()


def test_tiles_are_shaded_where_the_surrogate_lets_a_neuron_learn(qtbot: Any) -> None:
    """Of a steep surrogate a narrow part, of a flat one all of the time; without one nothing."""
    shaded = []
    for beta in (100.0, 0.5):
        snapshot = snapshot_of(Setup(hidden=12, beta=beta))
        view = NetworkView(Look("light"))
        qtbot.addWidget(view)
        view.resize(620, 380)
        pictures = []
        for inside in (snapshot.inside, replace(snapshot.inside, window=np.zeros((0, 0)))):
            view.show_run(snapshot, inside, few_samples(snapshot.data).labels)
            view.set_mode("membrane")
            pictures.append(view.grab().toImage())
        tile = view.tile_rect(view.selected).toRect()
        y = tile.bottom() - 4
        shaded.append(sum(pictures[0].pixelColor(x, y).lightness() < pictures[1].pixelColor(x, y).lightness() - 12
                          for x in range(tile.left() + 4, tile.right() - 4)) / (tile.width() - 8))  # fmt: skip
    assert shaded[0] < 0.6 < shaded[1]
