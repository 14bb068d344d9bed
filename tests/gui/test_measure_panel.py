"""The place "Measure": an experiment runs on the open rig while its stream goes on; results are kept and written."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import FakeRig
from PySide6 import QtCore, QtWidgets
from shell_kit import Kit

from luiapp.experiments.finding import Finding
from luiapp.experiments.registry import EXPERIMENTS
from luiapp.experiments.result import Axis, Result
from luiapp.gui.measure import state
from luiapp.gui.measure.panel import MeasurePanel
from luiapp.gui.measure.plot import scale_of
from luiapp.model.lui import inter_spike_interval
from luiapp.model.network import Network
from luiapp.rigs.replay import ReplayRig
from luiapp.rigs.sim import SimRig
from luiapp.stream.record import record
from luiapp.stream.source import Description, Mark, Pulse

Key = QtCore.Qt.Key


@pytest.fixture
def panel(kit: Kit) -> MeasurePanel:
    kit.shell.show_place("measure")
    made = kit.shell.panels["measure side"]
    assert isinstance(made, MeasurePanel)
    return made


def one_board() -> Network:
    net = Network(model="lui", name="one")
    net.neuron("N1", r_leak=6e3, r_vleak=65e3)
    return net


def a_result() -> Result:
    x = np.array([1e-4, 2e-4, 3e-4])
    points = np.column_stack([x, [1.0, 2.5, 3.0], [0.1, math.nan, 0.1]])
    fit = np.array([[1e-4, 1.0], [3e-4, 3.0]])
    return Result(
        "f-i", Axis("driving current", "A"), Axis("firing rate", "Hz"), points, fit, fit, points[:, 1] - x * 1e4
    )


def test_the_curve_grows_while_the_stream_goes_on(qtbot: Any, kit: Kit, panel: MeasurePanel) -> None:
    kit.live.adopt(SimRig(one_board()))
    qtbot.waitUntil(lambda: kit.live.ring is not None and kit.live.ring.head > 0)
    ring, counts, turns = kit.live.ring, set[int](), set[float]()
    kit.live.parameter_changed.connect(lambda i, _name: turns.add(float(kit.live.network.parameter("r_vleak")[i])))  # type: ignore[union-attr]
    kit.live.frame.connect(lambda: counts.add(len(panel.job.points) if panel.job is not None else 0))
    panel.go()
    qtbot.waitUntil(lambda: len(panel.box.shelf.kept) == 1, timeout=120_000)
    result = panel.box.shelf.kept[0].result
    fires = result.points[:, 1] > 0
    closed = [1 / inter_spike_interval(p * 1e3, 6e3) for p in (52, 54, 57, 60, 64, 70, 78, 88, 100)]
    assert result.points[fires, 1] == pytest.approx(closed, rel=0.01)
    assert len(counts) > 4, "points were there before the end"
    assert kit.live.ring is ring and ring is not None and ring.now > 20, "the scope saw all of it"
    assert 100e3 in turns
    qtbot.waitUntil(lambda: kit.live.network.parameter("r_vleak")[0] == 65e3)  # type: ignore[union-attr]
    assert "tau_mem" in panel.box.numbers.text() and panel.job is None and not kit.live.paused
    head = ring.head
    qtbot.waitUntil(lambda: ring.head > head)


def test_a_hand_is_asked_in_sentences_and_answers_by_a_key(qtbot: Any, kit: Kit, panel: MeasurePanel) -> None:
    rig = FakeRig()
    hands = {name: "by hand" for name in rig.describe().parameters}
    rig.describe = lambda: Description(hands, frozenset({Mark}), False)  # type: ignore[method-assign, arg-type]
    kit.live.adopt(rig)
    qtbot.waitUntil(panel.start.isEnabled)
    assert "screwdriver" in panel.needs.text()
    qtbot.keyClick(kit.shell, Key.Key_Y)
    qtbot.waitUntil(panel.card.isVisible)
    assert panel.please.text() == "Turn leak of N1 to 44 %."
    qtbot.waitUntil(panel.done.hasFocus)
    qtbot.keyClick(kit.shell, Key.Key_Y)
    qtbot.waitUntil(lambda: not panel.card.isVisible())
    assert panel.job is not None and panel.job.running
    qtbot.keyClick(kit.shell, Key.Key_Y, QtCore.Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: panel.job is None)
    assert not panel.box.shelf.kept and panel.start.isEnabled() and not kit.shell.banner.isVisible()


def test_another_rig_ends_the_measurement(qtbot: Any, kit: Kit, panel: MeasurePanel) -> None:
    panel.go()
    job = panel.job
    assert job is not None
    kit.live.adopt(FakeRig())
    assert not job.running and panel.job is None
    qtbot.waitUntil(panel.start.isEnabled)


def test_a_recording_is_measured_at_its_own_pace(qtbot: Any, kit: Kit, panel: MeasurePanel) -> None:
    net = one_board()
    net.probe(0)
    rig = ReplayRig(record(SimRig(net, real_time=False), 6.0))
    kit.live.adopt(rig)
    panel.choose("jitter")
    qtbot.waitUntil(panel.start.isEnabled)
    assert panel.needs.text() == "Evaluates the whole recording."
    panel.go()
    qtbot.waitUntil(lambda: len(panel.box.shelf.kept) == 1, timeout=120_000)
    closed = inter_spike_interval(65e3, 6e3)
    assert panel.box.shelf.kept[0].result.parameter("interval").value == pytest.approx(closed, rel=0.01)
    assert rig.position < 5.9, "the replay itself went on as before"


def test_what_is_needed_and_not_there_is_told() -> None:
    wire = Description({"r_vleak": "by wire", "r_w1": "by wire"}, frozenset({Pulse}), True)
    assert all(one.met for name in EXPERIMENTS for one in state.needs(EXPERIMENTS[name], wire, "lui"))
    mute = Description({"r_vleak": "by hand", "r_w1": "by hand"}, frozenset({Mark}), False)
    assert all(one.met for one in state.needs(EXPERIMENTS["f-i"], mute, "lui"))
    assert not all(one.met for one in state.needs(EXPERIMENTS["psp-weight"], mute, "lui"))
    assert not all(one.met for one in state.needs(EXPERIMENTS["strength-duration"], wire, "lif"))
    fixed = replace(wire, parameters={"r_vleak": "fixed"})
    assert not all(one.met for one in state.needs(EXPERIMENTS["jitter"], fixed, "lui"))


def test_a_table_is_fitted_and_everything_is_written(qtbot: Any, kit: Kit, panel: MeasurePanel, tmp_path: Path) -> None:
    i = np.linspace(0.05, 0.5, 14)
    rate = np.where(i > 0.1, 1 / (5e-3 + 50e-3 * np.log(i / np.maximum(i - 0.1, 1e-9))), 0)
    table = tmp_path / "measured.csv"
    table.write_text("I (mA),rate_Hz\n" + "\n".join(f"{a},{b}" for a, b in zip(i, rate, strict=True)))
    panel.box.take_table(table)
    assert "measured.csv" in panel.box.results.currentText()
    for suffix in state.FILES:
        panel.box.save(suffix, str(tmp_path / "out"))
    found = json.loads((tmp_path / "out.json").read_text())
    by_name = {q["name"]: q["value"] for q in found["parameters"]}
    assert by_name == pytest.approx({"tau_ref": 5e-3, "tau_mem": 50e-3, "i_rheobase": 1e-4}, rel=1e-3)
    rows = (tmp_path / "out.csv").read_text().splitlines()
    assert rows[0].startswith("driving_current_A,firing_rate_Hz") and len(rows) == 15
    svg = (tmp_path / "out.svg").read_text()
    assert "<svg" in svg and "firing rate [Hz]" in svg
    panel.box.take_table(tmp_path / "missing.csv")
    qtbot.waitUntil(kit.shell.banner.isVisible)


def test_what_was_found_on_the_table_comes_to_the_bench(kit: Kit, panel: MeasurePanel) -> None:
    net = one_board()
    net.neuron("N2")
    net.connect(0, 1, synapse=2)
    kit.live.adopt(FakeRig(kind="board"))
    panel.box.keep(
        Finding("table", "2 boards, 1 wire.", ("N1 → N2",), (("from", "to"), ("N1", "N2")), net), "Table", "x"
    )
    assert panel.box.numbers.text() == "2 boards, 1 wire.\nN1 → N2" and not panel.box.plot.isVisible()
    assert panel.box.adopt.isVisible()
    panel.box.adopt.click()
    assert kit.live.network is not None and kit.live.network.connections.synapse.tolist() == [2]
    panel.box.keep(a_result(), "f–I curve", "N1")
    assert panel.box.plot.isVisible() and not panel.box.adopt.isVisible()


def test_any_result_is_shown_again(panel: MeasurePanel) -> None:
    for k in range(5):
        panel.box.keep(a_result(), "Jitter", f"N{k}")
    assert panel.box.results.count() == 5 and "N4" in panel.box.results.currentText()
    panel.box.results.setCurrentIndex(3)
    assert panel.box.shown is panel.box.shelf.kept[3]
    kept = replace(panel.box.shelf.kept[0], when=datetime(2030, 1, 2, 3, 4))
    assert state.file_name(kept) == "2030-01-02 03.04 f-i"


def test_axes_hold_their_values_in_units_for_people() -> None:
    scale = scale_of(np.array([1.2e-4, 3e-4, math.nan]), "A")
    assert scale.unit == "µA" and scale.low <= 120 and scale.high >= 300
    assert scale.share(scale.low * 1e-6) == pytest.approx(0) and scale.share(scale.high * 1e-6) == pytest.approx(1)
    assert scale_of(np.array([5.0, 5.0]), "Hz").share(5.0) == pytest.approx(0.5, abs=0.3)
    assert scale_of(np.array([math.nan]), "V").low < scale_of(np.array([math.nan]), "V").high


def test_the_plot_shows_points_where_they_are(qtbot: Any, panel: MeasurePanel) -> None:
    panel.box.keep(a_result(), "f–I curve", "N1")
    QtWidgets.QApplication.processEvents()
    image = panel.box.plot.grab().toImage()
    wanted = panel._desk.look.theme.neuron_colour(0)
    found = {(x, y) for x in range(image.width()) for y in range(image.height())
             if image.pixelColor(x, y).name() == wanted}  # fmt: skip
    assert len(found) > 50
    assert "3 points" in panel.box.plot.accessibleDescription()
