"""The lights of a board agree with the circuit that is simulated."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6 import QtWidgets

from luiapp.gui.bench.lights import STEPS, Lights
from luiapp.gui.bench.scene import Scene
from luiapp.gui.live import Live
from luiapp.gui.scope.scene import levels
from luiapp.model import lui
from luiapp.model.library import EXAMPLES
from luiapp.simulate.twin import TwinOptions, TwinSimulation
from luiapp.stream.ring import Ring


@pytest.mark.parametrize("volts, ohms", [(3.0, 0.1), (2.6, 60.0)])
def test_leds_and_threshold_follow_the_loaded_supply(qapp: QtWidgets.QApplication, volts: float, ohms: float) -> None:
    network = EXAMPLES["single"].build()
    network.set_parameter(0, "v_cell", volts)
    network.set_parameter(0, "r_cell", ohms)
    network.set_parameter(0, "parts_seed", 0)  # typical parts: what is known of a board
    network.probe(0, "supply")
    chunk = TwinSimulation(network, TwinOptions(record_every=10)).advance(1000)
    membrane, supply = chunk.samples.T
    live = Live()
    live.network, live.ring = network, Ring(chunk.layout, 1.0)
    scene = Scene(live)
    scene.rebuild()
    scene.columns = {0: 0}
    lights = Lights(scene)
    lights.resize(1)
    agree = []
    for k in range(0, len(membrane), 5):
        lights.follow(chunk.samples[k], k * 1.0)
        agree.append((lights.leds[0] > STEPS // 2).sum() == lui.leds_lit(membrane[k], supply[k]))
    assert np.mean(agree) > 0.97
    i_spike = int(np.searchsorted(np.arange(len(membrane)) * chunk.layout.dt, chunk.spike_times[0]))
    assert levels(network)[0][0] == pytest.approx(membrane[i_spike - 1], abs=0.01)
    live.shut()
