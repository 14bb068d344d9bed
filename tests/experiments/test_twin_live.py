"""A twin that runs beside a board meets the full simulation of that board, and tells how far another one is apart."""

from __future__ import annotations

import math

import numpy as np
import pytest

from luiapp.data.chunk import Event
from luiapp.experiments.twin_live import LiveTwin, twin_of
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.simulate.twin import TwinOptions, TwinSimulation

SETTINGS = {"r_vleak": 46e3, "r_leak": 9e3, "r_tsyn": 5e3, "r_w1": 6e3, "r_w2": 12e3, "r_w3": 9e3, "sign_3": -1.0}
PIECE = 250  # samples between two looks


def board(seconds: float, seed: int, **values: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Event]]:
    """Times, membrane, spikes and pulses of a simulated board with a stiff cell that gets random pulses."""
    net = Network("lui")
    net.neuron("B", **{**SETTINGS, "r_cell": 0.0, **values})
    net.probe(0, "membrane")
    sim = TwinSimulation(net, TwinOptions(dt=1e-4, record_every=10, samples="float64"))
    rng = np.random.default_rng(seed)
    v, spikes, events, t = [], [], [], 0.0
    while t < seconds:
        k = int(rng.integers(3))
        sim.pulse(0, k)
        events.append(Event(t, "pulse", "B", str(k), lui.SPIKE_WIDTH))
        chunk = sim.advance(int(rng.integers(40, 220)))
        v.append(chunk.samples[:, 0])
        spikes += chunk.spike_times.tolist()
        t = sim.t
    whole = np.concatenate(v).astype(np.float64)
    return np.arange(1, len(whole) + 1) * 1e-3, whole, np.array(spikes), events


def followed(seconds: float, seed: int, twin: LiveTwin, **values: float) -> LiveTwin:
    t, v, spikes, events = board(seconds, seed, **values)
    for i in range(0, len(t) - PIECE, PIECE):
        around = (t[i] - 1.0, t[i + PIECE - 1] + 1e-3)
        near = spikes[(spikes >= around[0]) & (spikes < around[1])]
        twin.follow(t[i : i + PIECE], v[i : i + PIECE], (near, np.zeros(len(near), np.int32)),
                    [e for e in events if around[0] <= e.time < around[1]], 0)  # fmt: skip
    return twin


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_stays_with_its_board(seed: int) -> None:
    """The same trimmers, cut into pieces of a quarter of a second: millivolts over ten seconds with spikes."""
    twin = followed(12.0, seed, LiveTwin(twin_of(_values()), "B"))
    assert len(board(12.0, seed)[2]) > 3, "it fires"
    assert twin.rms(8.0) < 6e-3 and np.ptp(twin.v[np.isfinite(twin.v)]) > 0.5


def test_another_board_is_told_by_its_distance() -> None:
    own = followed(10.0, 4, LiveTwin(twin_of(_values()), "B")).rms(8.0)
    other = followed(10.0, 4, LiveTwin(twin_of(_values()), "B"), r_leak=14e3).rms(8.0)
    assert other > 5 * own and other > 0.02


def test_without_pulses_it_rests_where_the_board_does() -> None:
    """Closed form: `resting_potential`, above the floor."""
    values = {**_values(), "r_vleak": 30e3}
    twin = LiveTwin(twin_of(values), "B")
    t = np.arange(1, 4001) * 1e-3
    rest = lui.resting_potential(30e3, values["r_leak"], vdd=3.0)
    none = (np.empty(0), np.empty(0, np.int32))
    for i in range(0, 4000, PIECE):
        twin.follow(t[i : i + PIECE], np.full(PIECE, 1.3), none, [], 0)
    assert twin.v[-1] == pytest.approx(rest, abs=2e-3) and twin.rms(1.0) == pytest.approx(1.3 - rest, abs=2e-3)


def test_a_cable_counts_as_pulses_and_a_pulled_plug_begins_anew() -> None:
    spikes = (np.array([1.0, 1.02, 1.04]), np.full(3, 5, np.int32))
    t = np.arange(500, 2001) * 1e-3
    v = np.full(len(t), 1.2)
    with_cable, without = (LiveTwin(twin_of(_values()), "B", cables) for cables in ([(5, 0)], []))
    for twin in (with_cable, without):
        twin.follow(t, v, spikes, [], 0)
    assert with_cable.v.max() > without.v.max() + 0.05
    with_cable.follow(t[-1] + np.arange(1, 101) * 1e-3, np.full(100, np.nan), spikes, [], 0)
    assert np.isnan(with_cable.v[-1]) and math.isfinite(with_cable.rms(5.0))
    with_cable.follow(t[-1] + 0.1 + np.arange(1, 101) * 1e-3, np.full(100, 1.1), spikes, [], 0)
    assert with_cable.v[-100] == 1.1, "from where the board is then"


def _values() -> dict[str, float]:
    net = Network("lui")
    net.neuron("B", **{**SETTINGS, "r_cell": 0.0})
    return {p.name: float(net.parameter(p.name)[0]) for p in net.kind.parameters}
