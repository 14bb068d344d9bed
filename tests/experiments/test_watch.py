"""Experiments that listen: averages around spikes and spectra, against closed forms; and the twin's protocol."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.data.chunk import Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import ParameterError
from luiapp.experiments.registry import EXPERIMENTS
from luiapp.experiments.result import Result
from luiapp.experiments.session import Session
from luiapp.experiments.watch import average, spread
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.rigs.sim import SimRig


def recorded(v: np.ndarray, spikes: np.ndarray) -> Recording:
    layout = Layout(1e-3, (Trace("N1"),), ("N1",))
    return Recording(layout, v[:, None].astype(np.float32), spikes, np.zeros(len(spikes), np.int32), (), {})


def test_the_average_is_the_course_around_each_spike() -> None:
    time = np.arange(6000) * 1e-3
    spikes = np.array([1.0, 2.25, 3.5, 5.0])
    v = sum(np.exp(-0.5 * ((time - t) / 0.02) ** 2) for t in spikes)
    found = average(recorded(np.asarray(v), spikes))
    assert found.points[:, 1] == pytest.approx(np.exp(-0.5 * (found.points[:, 0] / 0.02) ** 2), abs=1e-5)
    assert found.points[0, 0] == pytest.approx(-0.2) and found.points[:, 2].max() < 1e-3
    with pytest.raises(ParameterError, match="didn't fire"):
        average(recorded(np.asarray(v), np.empty(0)))


def test_the_spectrum_has_a_sine_where_it_is_with_its_power() -> None:
    time = np.arange(8000) * 1e-3
    found = spread(recorded(0.1 * np.sin(2 * np.pi * 25 * time), np.empty(0)))
    f, root = found.points[:, 0], found.points[:, 1]
    assert f[int(np.argmax(root))] == pytest.approx(25, abs=1)
    assert float((root**2).sum() * (f[1] - f[0])) == pytest.approx(0.1**2 / 2, rel=0.02)


def test_a_neuron_that_fires_is_averaged_on_a_rig() -> None:
    net = Network(model="lui")
    net.neuron(r_leak=6e3, r_vleak=65e3)
    *_, found = EXPERIMENTS["sta"].begin(Session(SimRig(net)), seconds=4)
    assert isinstance(found, Result)
    before = found.points[(found.points[:, 0] > -3e-3) & (found.points[:, 0] < -1e-3), 1]
    assert before == pytest.approx(lui.v_threshold(), abs=0.02)


def test_the_twins_protocol_finds_the_board() -> None:
    net = Network(model="lui")
    net.neuron(r_vleak=42e3, r_leak=8e3, r_tsyn=3e3, r_w1=5e3, r_w2=9e3, r_w3=14e3, sign_3=-1.0, noise=1e-3)
    *_, found = EXPERIMENTS["twin"].begin(Session(SimRig(net)))
    assert isinstance(found, Result)
    values = {q.name: q.value for q in found.parameters}
    assert values["tau_mem"] == pytest.approx(lui.tau_mem(8e3), rel=0.03)
    assert values["tau_syn"] == pytest.approx(lui.tau_syn(3e3), rel=0.05)
    assert values["v_leak"] == pytest.approx(1.26, rel=0.01)
    assert found.rms_residual < 5e-3 and len(found.residuals) == len(found.points)
