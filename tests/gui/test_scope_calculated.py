"""Calculated traces in the window: made by hand, drawn in lanes of their own, recorded, undone, kept."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from fakes import FakeRig
from PySide6 import QtCore, QtTest, QtWidgets
from scope_desk import Bench, near

from luiapp.data.chunk import Chunk
from luiapp.files import read_recording
from luiapp.gui.live import Live
from luiapp.gui.recording import Recording
from luiapp.gui.scope.state import MOST_CHANNELS, ScopeState
from luiapp.gui.theme import DARK
from luiapp.stream.derived import CALCULATED, Channel

MINUS = Channel("N1 − N2", "difference", "N1", "N2")


@pytest.fixture
def bench(qtbot):
    one = Bench(qtbot)

    def push(seconds: float) -> None:  # through the same door as a stream
        ring = one.live.ring
        n = round(seconds * 1000)
        t = (ring.head + np.arange(n)) / 1000
        samples = np.stack([t % 0.5 * 2, np.full(n, 0.25)], axis=1).astype(np.float32)
        one.live._layout = one.live._layout or one.layout
        one.live._take(Chunk(one.layout, ring.head, samples))
        one.live.frame.emit()
        one.live.numbers.emit()

    one.push = push
    one.live._layout = one.layout
    yield one
    one.panel.shutdown()


def form_of(bench):
    bench.panel._actions["maths"].trigger()
    return bench.panel.instruments.form


def test_a_difference_is_made_by_keys_and_drawn_in_a_lane_of_its_own(bench):
    bench.push(3.0)
    assert bench.panel.instruments.form is None  # built when it is first shown
    form = form_of(bench)
    assert form.kind.currentData() == "difference" and (form.a.currentText(), form.b.currentText()) == ("N1", "N2")
    QtTest.QTest.keyClick(form.name, QtCore.Qt.Key.Key_Return)
    ring = bench.live.ring
    trace = ring.layout.traces[2]
    assert (trace.name, trace.unit, trace.quantity, trace.i_neuron) == ("N1 − N2", "V", CALCULATED, -1)
    past = ring.copy(0, 3000)
    np.testing.assert_allclose(past[:, 2], past[:, 0] - past[:, 1], atol=1e-6)  # what was there before, too
    bench.push(0.5)
    now = bench.live.ring.copy(2900, 3500)
    np.testing.assert_allclose(now[:, 2], now[:, 0] - now[:, 1], atol=1e-6)
    bench.pixels()
    bench.live.numbers.emit()  # now the lane's scale follows what was drawn
    pixels, scene = bench.pixels(), bench.canvas.scene_now()
    row = scene.chosen.tolist().index(2)
    assert scene.own.tolist().count(True) == 1 and scene.y_from[row] >= scene.main - 1
    low, high = scene.limits[row]
    assert low <= -0.25 and 0.75 <= high < 2
    ink = near(pixels, DARK.text)
    assert ink[int(scene.y_from[row]) : int(scene.y_end[row])].any() and not ink[: int(scene.y_from[row]) - 1].any()


def test_it_is_undone_and_done_again_and_kept(bench):
    bench.push(1.0)
    form = form_of(bench)
    form.commit()
    assert [t.name for t in bench.live.ring.layout.traces] == ["N1", "N2", "N1 − N2"]
    bench.live.undo.undo()
    assert [t.name for t in bench.live.ring.layout.traces] == ["N1", "N2"]
    bench.live.undo.redo()
    kept = bench.panel.state()
    bench.live.undo.undo()
    bench.panel.restore(kept)
    assert [c.name for c in bench.live.derived.channels] == ["N1 − N2"]
    assert bench.live.ring.layout.traces[2].name == "N1 − N2"


def test_a_channel_is_changed_and_removed_in_the_form(bench):
    bench.push(1.0)
    form = form_of(bench)
    form.commit()
    form.chips[0].click()
    form.kind.setCurrentIndex(form.kind.findData("scaled"))
    form.kind.activated.emit(form.kind.currentIndex())
    assert form.factor.isVisible() and not form.b.isVisible() and not form.seconds.isVisible()
    form.factor.setText("3")
    form.offset.setText("100 m")
    form.name.setText("triple")
    form.commit()
    assert bench.panel.settings.channels == [Channel("triple", "scaled", "N1", factor=3.0, offset=0.1)]
    ring = bench.live.ring
    got = ring.copy(0, 1000)
    np.testing.assert_allclose(got[:, 2], 3 * got[:, 0] + 0.1, atol=1e-5)
    form.chips[0].click()
    form.remove.click()
    assert len(bench.live.ring.layout.traces) == 2 and not form.chips


def test_escape_puts_the_form_away_and_its_fields_have_names(bench):
    bench.push(0.5)
    form = form_of(bench)
    for widget in form.findChildren(QtWidgets.QWidget):
        if widget.focusPolicy() != QtCore.Qt.FocusPolicy.NoFocus and widget.isVisible():
            assert widget.accessibleName() or getattr(widget, "text", str)(), widget
    QtTest.QTest.keyClick(form.name, QtCore.Qt.Key.Key_Escape)
    assert not form.isVisible() and not bench.panel._actions["maths"].isChecked()


def test_what_cannot_be_is_told_in_the_form(bench):
    bench.push(1.0)
    form = form_of(bench)
    form.name.setText("N1")
    form.commit()
    assert "N1" in form.note.text() and form.note.isVisible() and not bench.panel.settings.channels
    form.kind.setCurrentIndex(form.kind.findData("mean"))
    form.kind.activated.emit(0)
    form.name.setText("soft")
    for wrong in ("0", "2 s", "5 V", "x"):
        form.seconds.setText(wrong)
        form.commit()
        assert form.note.isVisible() and not bench.panel.settings.channels, wrong
    form.seconds.setText("20 ms")
    form.commit()
    assert not form.note.isVisible() and bench.panel.settings.channels[0].seconds == pytest.approx(0.02)


def test_a_lane_that_is_gone_is_told_and_comes_back(bench):
    bench.push(0.5)
    bench.panel.restore({"channels": [asdict(Channel("x", "difference", "N1", "N9")), asdict(MINUS)]})
    assert [t.name for t in bench.live.ring.layout.traces] == ["N1", "N2", "N1 − N2"]
    form = form_of(bench)
    assert form.chips[0].text().startswith("⚠") and "N9" in form.chips[0].toolTip()
    assert not form.chips[1].text().startswith("⚠")


def test_settings_from_a_file_hold_only_what_can_be(bench):
    many = [asdict(Channel(f"c{i}", "slope", "N1")) for i in range(20)]
    state = ScopeState.from_dict({"channels": [{"name": "", "kind": "sum"}, 3, {"kind": "eval"}, *many]})
    assert 0 < len(state.channels) <= MOST_CHANNELS and all(c.kind == "slope" for c in state.channels)
    assert ScopeState.from_dict(state.to_dict()) == state


def test_a_recording_holds_calculated_traces(qtbot, tmp_path):
    live = Live()
    recording = Recording(live, tmp_path)
    live.adopt(FakeRig())
    live.set_channels([MINUS])
    recording.start(tmp_path / "a.mcap")
    qtbot.waitUntil(lambda: live.ring is not None and live.ring.now > 0.3, timeout=5000)
    recording.stop()
    live.close()
    found = read_recording(tmp_path / "a.mcap")
    assert [t.name for t in found.layout.traces] == ["N1", "N2", "N1 − N2"]
    assert found.samples.shape[0] > 50
    np.testing.assert_allclose(found.samples[:, 2], found.samples[:, 0] - found.samples[:, 1], atol=1e-6)


def test_a_figure_has_calculated_lanes_with_their_scales(bench, tmp_path):
    bench.push(3.0)
    form_of(bench).commit()
    bench.pixels()
    bench.live.numbers.emit()
    bench.panel.export_figure(tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert "N1 − N2" in text and text.count("<path") > 2
    low, high = bench.canvas.scales["N1 − N2"].limits
    assert f"{high:.1f} V" in text and f"−{-low:.1f} V" in text
