"""The scope's window: what is drawn, what controls and keys do, and that nothing is left behind."""

from __future__ import annotations

import threading
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from fakes import FakeRig
from PySide6 import QtCore, QtGui, QtWidgets
from scope_desk import Bench, near

from luiapp.data.chunk import Event
from luiapp.errors import FileError, FormatError
from luiapp.gui.live import Live
from luiapp.gui.scope import ScopePanel
from luiapp.gui.scope.ink import blend, rgb
from luiapp.gui.scope.paint import Pen
from luiapp.gui.scope.picture import Picture
from luiapp.gui.theme import DARK, LIGHT, Look
from luiapp.model.lui import THRESHOLD_RATIO, knob
from luiapp.texts import set_language


def frame_of(widget: QtWidgets.QWidget, panel: QtWidgets.QWidget) -> QtCore.QRect:
    return QtCore.QRect(widget.mapTo(panel, QtCore.QPoint(0, 0)), widget.size())


@pytest.fixture
def bench(qtbot):
    one = Bench(qtbot)
    yield one
    one.panel.shutdown()


def test_the_trace_is_drawn_where_its_values_are(bench):
    bench.panel.restore({"auto_axes": False, "y_low": 0.0, "y_high": 2.0, "raster": False, "window": 2.0})
    bench.live.network = None
    bench.feed(3.0)
    pixels = bench.pixels()
    ink = near(pixels, DARK.neuron_colour(0))
    height, width = ink.shape
    view = bench.canvas.view
    checked = 0
    for x in range(20, width - 20, 17):
        t = view.time_at((x + 0.5) / width)
        value = t % 0.5 * 3.0
        if 0.2 < value < 1.4:
            y = height * (2.0 - value) / 2.0
            assert ink[int(y) - 2 : int(y) + 3, x].any(), (x, y)
            assert not ink[: int(y) - 8, x].any() and not ink[int(y) + 8 :, x].any()
            checked += 1
    assert checked > 20


def test_drawn_data_equals_ring_data(bench):
    bench.panel.restore({"window": 0.2})
    bench.feed(3.0)
    bench.pixels()
    view, picture = bench.canvas.view, bench.canvas.picture
    row = bench.canvas.scene_now().chosen.tolist().index(1)
    n = picture.low.shape[1]
    for j in range(0, n - 12, 7):
        t = view.time_at((j + 0.5) / n)
        expected = np.interp(t * 1000, np.arange(3000), bench.live.ring.copy(0, 3000)[:, 1])
        assert picture.low[row, j] - 5e-3 <= expected <= picture.high[row, j] + 5e-3


@pytest.mark.parametrize("n", [2, 12])
def test_scrolling_draws_the_same_as_drawing_anew(qtbot, n):
    bench = Bench(qtbot, n)
    bench.panel.restore({"window": 1.0})
    rng = np.random.default_rng(1)
    bench.feed(2.0)
    bench.pixels()
    for k in range(60):
        now, seconds, skip = bench.live.ring.now, float(rng.choice([0.016, 0.033, 0.1])), 40 if k == 30 else 0
        spikes = sorted((now + skip / 1000 + seconds * rng.random(), int(rng.integers(0, n))) for _ in range(2))
        bench.feed(seconds, spikes, skip=skip)
        scrolled = bench.pixels()
        assert bench.canvas.picture.n_drawn < 0.4 * scrolled.shape[1]
        data = bench.canvas.picture.low.copy()
        bench.canvas.picture = Picture()
        bench.canvas.refresh()
        np.testing.assert_array_equal(bench.pixels()[:, 40:], scrolled[:, 40:])
        np.testing.assert_array_equal(bench.canvas.picture.low, data)
    bench.panel.shutdown()


def test_spikes_are_marked_in_their_row_and_at_the_trace(bench):
    bench.panel.restore({"window": 1.0, "auto_axes": False, "y_low": 0.0, "y_high": 3.0})
    bench.feed(2.0, [(1.5, 1)])
    pixels = bench.pixels()
    frame = bench.canvas.frame_now()
    ink = pixels == rgb(DARK.neuron_colour(1))
    x = round(0.5 * pixels.shape[1])
    top = frame.raster.top() - frame.both.top()
    row = slice(int(top + frame.row + 2), int(top + 2 * frame.row - 2))
    assert ink[row, x - 2 : x + 3].any(axis=1).all() and not ink[row, x + 6 :].any() and not ink[row, : x - 6].any()
    assert not ink[int(top) : int(top + frame.row - 1)].any()
    threshold = bench.canvas.scene_now().y_at(0, 1.55) - frame.both.top()
    assert ink[int(threshold) - 9 : int(threshold) - 4, x - 2 : x + 3].any(axis=1).all()


def test_a_gap_is_a_gap(bench):
    bench.panel.restore({"window": 1.0, "raster": False})
    bench.feed(2.0)
    bench.feed(0.3, skip=300)
    pixels = bench.pixels()
    width = pixels.shape[1]
    gap = pixels[:, round(0.405 * width) : round(0.695 * width)]
    assert not near(gap, DARK.neuron_colour(0)).any() and not near(gap, DARK.neuron_colour(1)).any()
    assert near(pixels, DARK.neuron_colour(0)).any()
    assert bench.live.ring.n_gaps == 1
    raw = gap[:5]  # above everything else, and between the lines of the grid
    band = int(blend(DARK.bad, DARK.ground, 0.25)[1:], 16) | 0xFF000000
    assert (raw == band).mean() > 0.99
    assert (pixels[:10, : round(0.38 * width)] == band).sum() == 0 == (pixels[:10, round(0.72 * width) :] == band).sum()


def test_hiding_a_trace_takes_its_colour_away(bench):
    bench.panel.restore({"raster": False})
    bench.feed(3.0)
    assert near(bench.pixels(), DARK.neuron_colour(1)).sum() > 200
    bench.panel.legend.buttons[1].click()
    assert near(bench.pixels(), DARK.neuron_colour(1)).sum() == 0
    assert bench.panel.state()["hidden"] == ["N2"]
    bench.panel.legend.buttons[1].click()
    assert near(bench.pixels(), DARK.neuron_colour(1)).sum() > 200


def test_the_axis_follows_the_data_and_stays_when_told(bench):
    bench.feed(3.0)
    state = bench.panel.state()
    assert state["y_low"] == 0.0 and 1.55 <= state["y_high"] <= 2.0
    bench.panel.set_unit("vdd")
    assert bench.panel.state()["y_high"] == pytest.approx(0.6, abs=0.11)
    QtWidgets.QApplication.sendEvent(bench.canvas, wheel(bench.canvas, 10, 1))
    fixed = bench.panel.state()
    assert not fixed["auto_axes"]
    bench.feed(1.0)
    assert bench.panel.state()["y_high"] == fixed["y_high"]
    bench.panel.auto_axes()
    assert bench.panel.state()["auto_axes"]


def wheel(canvas: QtWidgets.QWidget, x: float, steps: int) -> QtGui.QWheelEvent:
    at = QtCore.QPointF(x, 60)
    return QtGui.QWheelEvent(at, canvas.mapToGlobal(at), QtCore.QPoint(), QtCore.QPoint(0, 120 * steps),
                             QtCore.Qt.MouseButton.NoButton, QtCore.Qt.KeyboardModifier.NoModifier,
                             QtCore.Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip


def test_keys_and_wheel_zoom_pan_and_come_back(bench, qtbot):
    bench.feed(30.0)
    QtWidgets.QApplication.sendEvent(bench.canvas, wheel(bench.canvas, 400, 1))
    assert bench.panel.state()["window"] == 1.0
    bench.panel.zoom_out()
    assert bench.panel.state()["window"] == 2.0
    qtbot.keyClick(bench.canvas, QtCore.Qt.Key.Key_PageUp)
    assert bench.canvas.view.kind == "past" and bench.canvas.view.t_high == pytest.approx(28.0, abs=0.01)
    assert bench.panel.back.isVisible()
    qtbot.keyClick(bench.canvas, QtCore.Qt.Key.Key_End)
    assert bench.canvas.view.kind == "live" and not bench.panel.back.isVisible()


def test_dragging_pans_and_a_click_selects(bench, qtbot):
    bench.feed(30.0)
    bench.pixels()
    left = QtCore.Qt.MouseButton.LeftButton
    qtbot.mousePress(bench.canvas, left, pos=QtCore.QPoint(300, 100))
    qtbot.mouseMove(bench.canvas, QtCore.QPoint(400, 100))
    qtbot.mouseRelease(bench.canvas, left, pos=QtCore.QPoint(400, 100))
    width = bench.canvas.frame_now().both.width()
    assert bench.canvas.view.t_high == pytest.approx(30.0 - 2.0 * 100 / width, abs=0.02)
    raster = bench.canvas.frame_now().raster
    qtbot.mouseClick(bench.canvas, left, pos=QtCore.QPoint(300, int(raster.top() + 1.5 * bench.canvas.frame_now().row)))
    assert bench.live.selected == 1


def test_cursors_are_dragged_and_moved_by_keys(bench, qtbot):
    bench.feed(5.0)
    bench.panel.toggle_cursors()
    both = bench.canvas.frame_now().both
    x = both.left() + round(bench.canvas.cursors.shares[1] * (both.width() - 1))
    left = QtCore.Qt.MouseButton.LeftButton
    qtbot.mousePress(bench.canvas, left, pos=QtCore.QPoint(x, 100))
    qtbot.mouseMove(bench.canvas, QtCore.QPoint(x + 50, 100))
    qtbot.mouseRelease(bench.canvas, left, pos=QtCore.QPoint(x + 50, 100))
    assert bench.canvas.cursors.shares[1] == pytest.approx((x + 50 - both.left()) / (both.width() - 1), abs=1e-3)
    assert bench.canvas.view.kind == "live"
    before = list(bench.canvas.cursors.shares)
    qtbot.keyClick(bench.canvas, QtCore.Qt.Key.Key_X)
    qtbot.keyClick(bench.canvas, QtCore.Qt.Key.Key_Right)
    assert bench.canvas.cursors.shares == [pytest.approx(before[0] + 1 / (both.width() - 1)), before[1]]
    assert "ΔV" in bench.canvas.header() and "1/Δt" in bench.canvas.header()


def test_freeze_holds_the_picture_while_the_stream_goes_on(bench):
    bench.feed(3.0)
    bench.panel.freeze(True)
    before = bench.pixels()
    bench.feed(0.7)
    np.testing.assert_array_equal(bench.pixels(), before)
    bench.panel.freeze(False)
    assert (bench.pixels() != before).any()


def test_ten_minutes_can_be_scrolled_back_to(bench):
    for _ in range(62):
        bench.feed(10.0)
    bench.panel.history.setValue(0)
    assert bench.canvas.view.t_low == pytest.approx(0.0, abs=0.02)
    assert near(bench.pixels(), DARK.neuron_colour(0)).sum() > 200
    bench.panel.set_window(600.0)
    assert near(bench.pixels(), DARK.neuron_colour(0)).sum() > 200
    bench.panel._actions["live"].trigger()
    assert bench.canvas.timebase.is_live


def test_markers_stand_on_the_time_axis(bench):
    bench.panel.restore({"window": 1.0})
    bench.feed(2.0, events=[Event(1.25, "marker", value=3), Event(1.5, "parameter", "N1", "r_leak", 1e4)])
    for width in range(900, 904):  # whatever part of a pixel the marker falls on
        bench.panel.resize(width, 360)
        pixels = bench.pixels()
        x = round(0.25 * pixels.shape[1])
        assert near(pixels[:, x - 2 : x + 3], DARK.amber).any(axis=1).sum() > 0.9 * pixels.shape[0]


def test_levels_are_named_above_the_picture_wherever_they_lie(bench, monkeypatch):
    said = []
    write = Pen.text
    monkeypatch.setattr(Pen, "text", lambda pen, x, y, text, *more: said.append(text) or write(pen, x, y, text, *more))
    network = bench.live.network
    bench.panel.restore({"window": 1.0, "auto_axes": False, "y_low": 0.0, "y_high": 1.8})
    bench.feed(2.0)
    for percent, words in ((0.50, "rest 1.50 V"), (0.52, "rest 1.56 V"), (0.9, "rest 2.70 V ↑")):
        said.clear()
        network.set_parameter(0, "v_cell", 3.0)
        network.set_parameter(0, "r_vleak", percent * knob("leak").track)
        bench.live.parameter_changed.emit(0, "r_vleak")
        bench.pixels()
        threshold = network.parameter("v_cell")[0] * THRESHOLD_RATIO
        assert words in said and f"threshold {threshold:.2f} V" in said


def test_settings_come_back(qtbot, bench):
    bench.panel.set_mode("sweep")
    bench.panel.set_window(5.0)
    bench.panel.toggle_cursors()
    other = ScopePanel(bench.live, bench.look)
    qtbot.addWidget(other)
    other.restore(bench.panel.state())
    assert other.state() == bench.panel.state() and other.state()["mode"] == "sweep"
    other.restore({"mode": 7, "window": "x"})
    assert other.state()["mode"] == "scroll"
    other.shutdown()


def test_what_the_keyboard_acts_on_is_seen(qtbot, bench):
    app = QtWidgets.QApplication.instance()
    bench.look.apply()
    bench.panel.restore({"mode": "sweep", "trigger": "rising"})
    bench.feed(1.0)
    bench.panel.freeze(True)
    bench.panel.activateWindow()
    qtbot.waitUntil(lambda: bench.panel.isActiveWindow())
    bench.panel.controls.more.setFocus()
    seen, app_style = [], app.styleSheet()
    for _ in range(40):
        widget = app.focusWidget()
        if widget in seen:
            break
        seen.append(widget)
        place = frame_of(widget, bench.panel)
        with_focus = bench.panel.grab(place).toImage()
        bench.panel.focusNextChild()
        app.processEvents()
        assert bench.panel.grab(place).toImage() != with_focus, widget
    assert len(seen) >= 10 and {bench.canvas, bench.panel.history} <= set(seen) and app_style


def test_every_control_has_a_name_and_both_languages_differ(bench):
    bench.panel.restore({"mode": "sweep", "trigger": "rising"})
    bench.feed(1.0)

    def names() -> dict[str, str]:
        out = {}
        for i, widget in enumerate(bench.panel.findChildren(QtWidgets.QWidget)):
            if widget.focusPolicy() != QtCore.Qt.FocusPolicy.NoFocus and not isinstance(widget, QtWidgets.QMenu):
                interface = QtGui.QAccessible.queryAccessibleInterface(widget)
                inner = isinstance(widget.parent(), QtWidgets.QAbstractSpinBox | QtWidgets.QComboBox) or \
                    isinstance(widget, QtWidgets.QAbstractItemView)  # fmt: skip
                if not inner and widget.objectName() != "qt_scrollarea_viewport":
                    out[str(i)] = interface.text(QtGui.QAccessible.Text.Name)
        return out

    english = names()
    assert len(english) >= 12 and all(english.values()), english
    actions = [a.text() for a in bench.panel.actions()]
    summary = bench.panel.summary.text()
    set_language("de")
    bench.panel.retranslate()
    german = names()
    assert all(german.values()) and sum(english[k] != german[k] for k in english) >= 10
    assert sum(a != b.text() for a, b in zip(actions, bench.panel.actions(), strict=True)) >= 9
    assert "." in summary and "," in bench.panel.summary.text() and "." not in bench.panel.summary.text()
    assert len({a.shortcut().toString() for a in bench.panel.actions()}) == len(actions)


def test_the_theme_changes_at_run_time(bench):
    bench.feed(3.0)
    dark = bench.pixels()
    bench.look.choose("light")
    light = bench.pixels()
    assert near(dark, DARK.ground).mean() > 0.5 and near(light, "#faf8fb").mean() > 0.5
    bench.look.choose("stage")
    assert bench.canvas.font_now().pixelSize() == 18
    bench.look.choose("dark")


@pytest.mark.parametrize("size", [(900, 300), (700, 240), (400, 200)])
@pytest.mark.parametrize("theme", ["dark", "stage"])
def test_labels_of_the_time_axis_do_not_touch(bench, size, theme):
    from luiapp.gui.scope import paint

    bench.look.choose(theme)
    bench.panel.resize(*size)
    bench.feed(1.0)
    metrics = QtGui.QFontMetrics(bench.canvas.font_now())
    width = bench.canvas.frame_now().both.width()
    for window in (1e-3, 0.05, 2.0, 600.0):
        bench.panel.set_window(window)
        ends = [
            (s * width, metrics.horizontalAdvance(t)) for s, t in paint.x_ticks(bench.canvas.view, width, metrics)[0]
        ]
        assert len(ends) >= 2
        for (x0, w0), (x1, w1) in pairwise(ends):
            assert x1 - w1 / 2 - (x0 + w0 / 2) > 6
    bench.look.choose("dark")


def test_figures_have_what_is_seen(bench, tmp_path):
    with pytest.raises(FormatError):
        bench.panel.export_figure(tmp_path / "figure.bmp")
    bench.feed(3.0, [(2.5, 0)])
    bench.panel.export_figure(tmp_path / "figure.png")
    image = QtGui.QImage(str(tmp_path / "figure.png"))
    assert image.size() == bench.canvas.size().expandedTo(QtCore.QSize(900, 400)) * 3
    assert image.pixelColor(3, 3) == QtGui.QColor("white"), "made for paper, whatever the theme of the window"
    bench.panel.export_figure(tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert "membrane [V]" in text and "t [s]" in text and LIGHT.neuron_colour(0) in text
    with pytest.raises(FileError):
        bench.panel.export_figure(tmp_path / "missing" / "figure.svg")


def test_a_figure_of_nothing_is_refused(qtbot, tmp_path):
    panel = ScopePanel(Live(), Look())
    qtbot.addWidget(panel)
    with pytest.raises(FileError):
        panel.export_figure(tmp_path / "figure.png")
    panel.shutdown()


def test_a_panel_that_is_closed_at_once_leaves_no_thread(qtbot):
    panel = ScopePanel(Live(), Look())
    qtbot.addWidget(panel)
    thread = panel._warmup._thread
    panel.close()
    panel.shutdown()
    assert not thread.is_alive()


def test_live_it_moves_and_leaves_nothing_behind(qtbot):
    before = set(threading.enumerate())
    live = Live()
    panel = ScopePanel(live, Look())
    qtbot.addWidget(panel)
    panel.resize(700, 300)
    panel.show()
    live.adopt(FakeRig())
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.head > 300, timeout=120_000)
    panel._warmup.join()
    first = panel.canvas.grab().toImage()
    qtbot.waitUntil(lambda: panel.canvas.grab().toImage() != first, timeout=120_000)
    qtbot.waitUntil(lambda: panel.summary.text().startswith("N1:"), timeout=120_000)
    live.close()
    panel.shutdown()
    panel.close()
    assert not panel.findChildren(QtCore.QTimer)
    assert set(threading.enumerate()) <= before
