"""The map of the core: what stands in the array, where it lies, how it is coloured."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from chip_desk import small_network
from PySide6 import QtCore, QtWidgets

from luiapp.chip.calibrate import QUANTITIES
from luiapp.chip.codes import Targets
from luiapp.chip.core import Chip
from luiapp.chip.place import Placed
from luiapp.chip.spec import SPEC
from luiapp.deploy.onchip import OnChip
from luiapp.gui.chip import map_state as here
from luiapp.gui.chip.array_state import NONE, configured, empty, neuron_name, source_name
from luiapp.gui.chip.core_paint import Scene
from luiapp.gui.chip.core_view import CoreView
from luiapp.gui.chip.map_state import Spot, View
from luiapp.gui.chip.scale import colours, table
from luiapp.gui.chip.spread_state import spread
from luiapp.gui.theme import Look

Key = QtCore.Qt.Key


@cache
def placed() -> Placed:
    model = small_network()
    return OnChip(model.task, model.weight, Chip(7)).placed


def test_the_rows_of_a_source_add_up_to_its_weight() -> None:
    array, wiring = configured(placed()), placed().wiring
    assert wiring.n_copies().max() > 1, "copies are worth testing"
    signed, found = array.signed(), {}
    for half, row, column in zip(*np.nonzero(array.source != NONE), strict=True):
        neuron = int(array.neuron[half * SPEC.n_columns + column])
        pair = int(array.source[half, row, column]), neuron
        found[pair] = found.get(pair, 0) + int(signed[half, row, column])
    source, neurons = wiring.ends()
    wanted = dict(zip(zip(source.tolist(), neurons.tolist(), strict=True), wiring.weight.tolist(), strict=True))
    assert found == wanted
    assert array.weight.min() == 0 and array.weight.max() <= SPEC.weight_max


def test_a_row_has_one_sign_and_a_synapse_listens_to_one_source() -> None:
    array = configured(placed())
    assert set(np.unique(array.sign)) == {-1, 0, 1}
    for half in range(2):
        for driver in range(SPEC.n_drivers):
            both = array.source[half, 2 * driver : 2 * driver + 2]
            sources = np.unique(both[both != NONE])
            labels = {int(array.label[half, 2 * driver + k][both[k] == s][0]) for s in sources for k in (0, 1)}
            assert len(labels) == len(sources), "two sources on a driver have two labels"
            assert not labels or (min(labels) == 0 and max(labels) < SPEC.n_labels)
            signs = array.sign[half, 2 * driver : 2 * driver + 2].tolist()
            assert signs in ([0, 0], [1, -1])
    assert (array.weight[array.source == NONE] == 0).all()
    assert (empty().source == NONE).all() and not empty().runs(0)


def test_the_place_of_the_network_is_outlined_whole() -> None:
    array = configured(placed())
    outlined = sum(end - first for half in range(2) for first, end, _ in array.runs(half))
    assert outlined == placed().wiring.n == 43
    for half in range(2):
        for first, end, layer in array.runs(half):
            own = array.layer[half * SPEC.n_columns + first : half * SPEC.n_columns + end]
            assert (own == layer).all() and (first < 128) == (end <= 128)


def test_names_of_sources_and_neurons() -> None:
    names = [source_name(placed(), k, "bias") for k in range(placed().wiring.n_inputs)]
    assert names == ["x", "y", "1−x", "1−y", "bias"]
    assert neuron_name(placed(), 0) == "1.1" and neuron_name(placed(), 39) == "1.40"
    assert neuron_name(placed(), 40) == "out.1" and source_name(placed(), 7, "bias") == "1.3"


@pytest.mark.parametrize("line", [0, 17, 255, 256, 257, 258, 400, 513])
@pytest.mark.parametrize("column", [0, 127, 128, 255])
def test_a_place_of_the_map_names_what_is_drawn_there(line: int, column: int) -> None:
    spot = Spot(line, column)
    left, top, width, height = here.box(spot)
    for share in (0.05, 0.5, 0.95):
        assert here.spot_at(left + share * width, top + share * height) == spot
    assert spot.is_circuit == (line in (256, 257))
    again = here.of_circuit(spot.circuit) if spot.is_circuit else here.of_synapse(spot.half, spot.row, column)
    assert again == spot


def test_rows_next_to_the_neurons_come_first_and_a_driver_lies_beside_its_two() -> None:
    assert here.of_synapse(0, 0, 0).line == 255 and here.of_synapse(1, 0, 0).line == 258
    for half in range(2):
        for driver in (0, 63, 64, 127):
            _, top, _, height = here.driver_box(half, driver)
            rows = {here.of_synapse(half, row, 0).line for row in (2 * driver, 2 * driver + 1)}
            assert {here.top_of(line) for line in rows} == {top, top + height / 2}
    assert here.spot_at(here.FLANK / 2, 10) is None and here.spot_at(here.WIDTH / 2, 10) is None


def test_zooming_leaves_what_is_under_the_pointer_and_comes_back() -> None:
    view = View(800, 500).fitted()
    for at in ((100.0, 80.0), (400.0, 250.0), (700.0, 420.0)):
        closer = view.zoomed(7.0, at)
        assert closer.to_map(*at) == pytest.approx(view.to_map(*at))
        assert closer.to_window(*closer.to_map(33.0, 44.0)) == pytest.approx((33.0, 44.0))
        back = closer.zoomed(1 / 7.0, at)
        assert (back.zoom, back.x, back.y) == pytest.approx((view.zoom, view.x, view.y))
    assert view.zoomed(1e9).zoom * here.WIDE > 100, "a synapse can be read"
    assert view.zoomed(1e-9).zoom >= 0.5 * view.whole
    for corner in ((0.0, 0.0), (here.WIDTH, here.HEIGHT)):
        px, py = view.to_window(*corner)
        assert -0.01 <= px <= 800.01 and -0.01 <= py <= 500.01


def test_what_is_picked_comes_into_sight() -> None:
    view = View(800, 500).fitted().zoomed(30.0)
    for spot in (Spot(0, 0), Spot(513, 255), Spot(256, 128)):
        left, top, width, height = here.box(spot)
        shown = view.showing(spot)
        for x, y in ((left, top), (left + width, top + height)):
            px, py = shown.to_window(x, y)
            assert 0 <= px <= 800 and 0 <= py <= 500
        assert shown.showing(spot) == shown


def lightness(rgb: Any) -> Any:
    """L* after CIE 15 from sRGB, written down a second time."""
    share = np.asarray(rgb, np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(y > (6 / 29) ** 3, 116 * np.cbrt(y) - 16, y * (29 / 3) ** 3)


def test_the_scale_grows_lighter_in_equal_steps() -> None:
    light = lightness(table())
    assert light[0] == pytest.approx(22, abs=1) and light[-1] == pytest.approx(92, abs=1)
    assert np.abs(light - np.linspace(22, 92, 256)).max() < 1.0
    coarse = light[::8]
    assert (np.diff(coarse) > 0).all()
    assert (colours([-5.0, 0.0, 9.0, math.inf], 0.0, 9.0) == table()[[0, 0, 255, 255]]).all()


def test_a_spread_counts_every_circuit_once() -> None:
    random = np.random.default_rng(1)
    before = {name: 80 + 12 * random.standard_normal(512) for name in QUANTITIES}
    after = {name: 80 + random.standard_normal(512) for name in QUANTITIES}
    before["threshold"][:5] = np.inf
    targets = Targets()
    one, threshold, tau = (
        spread(targets, name, before[name], after[name]) for name in ("leak", "threshold", "tau_mem")
    )
    assert (one.low + one.high) / 2 == one.target == 80.0 and one.unit == "LSB"
    for late, wanted in ((False, 12.0), (True, 1.0)):
        counts, edges = one.histogram(after=late)
        assert counts.sum() == 512 and edges[0] == one.low and edges[-1] == one.high
        assert one.moments(after=late)[1] == pytest.approx(wanted, rel=0.1)
    assert threshold.histogram(after=False)[0].sum() == 507
    assert tau.target == pytest.approx(6.0) and tau.unit == "µs"


@pytest.fixture
def core(qtbot: Any) -> CoreView:
    view = CoreView(Look("dark"))
    qtbot.addWidget(view)
    view.resize(800, 520)
    view.show()
    return view


def test_the_picture_shows_the_weights_and_the_colours(core: CoreView) -> None:
    array = configured(placed())
    values = np.linspace(0.0, 1.0, 512)
    core.show_scene(Scene(array, placed(), values, 0.0, 1.0))
    core.pick(here.of_synapse(1, 200, 250))  # out of the way
    half, row, column = (int(k[0]) for k in np.nonzero(array.weight > 30))
    spot = here.of_synapse(half, row, column)
    core.view = core.view.zoomed(20.0).showing(spot)
    image = core.grab().toImage()
    left, top, width, height = here.box(spot)
    x, y = core.view.to_window(left + 0.1 * width, top + 0.2 * height)
    colour = image.pixelColor(round(x), round(y))
    blue = colour.blue() > colour.red()
    assert blue == (array.sign[half, row] > 0), "excitation is blue, inhibition orange"
    free = here.of_circuit(100)
    core.view = core.view.fitted().zoomed(4.0).showing(free)
    x, y = core.view.to_window(here.box(free)[0] + 1.5, here.box(free)[1] + 2)
    colour = core.grab().toImage().pixelColor(round(x), round(y))
    assert [colour.red(), colour.green(), colour.blue()] == pytest.approx(colours(values, 0, 1)[100].tolist(), abs=2)


def test_keys_move_the_cursor_zoom_and_go_back(qtbot: Any, core: CoreView) -> None:
    picked: list[Spot] = []
    core.picked.connect(picked.append)
    core.setFocus()
    whole = core.view
    for key in (Key.Key_Right, Key.Key_Right, Key.Key_Down, Key.Key_Down):
        qtbot.keyClick(core, key)
    assert picked[-1] == here.of_synapse(1, 0, 2), "over both lines of neurons into the lower half"
    qtbot.keyClick(core, Key.Key_Down, QtCore.Qt.KeyboardModifier.ShiftModifier)
    assert core.spot == here.of_synapse(1, 8, 2)
    for _ in range(12):
        qtbot.keyClick(core, Key.Key_Plus)
    assert core.view.zoom > 10 * whole.zoom
    left, top, *_ = here.box(core.spot)
    x, y = core.view.to_window(left, top)
    assert 0 <= x <= core.width() and 0 <= y <= core.height()
    qtbot.keyClick(core, Key.Key_Home)
    assert core.view.zoom == pytest.approx(whole.zoom)


def test_a_click_picks_and_dragging_moves(qtbot: Any, core: CoreView) -> None:
    core.view = core.view.zoomed(10.0)
    spot = here.spot_at(*core.view.to_map(300, 200))
    qtbot.mouseClick(core, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(300, 200))
    assert core.spot == spot
    before = core.view
    qtbot.mousePress(core, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(300, 200))
    qtbot.mouseMove(core, QtCore.QPoint(340, 190))
    qtbot.mouseRelease(core, QtCore.Qt.MouseButton.LeftButton, pos=QtCore.QPoint(340, 190))
    assert core.spot == spot
    assert core.view.to_map(340, 190) == pytest.approx(before.to_map(300, 200))
    assert QtWidgets.QApplication.mouseButtons() == QtCore.Qt.MouseButton.NoButton
