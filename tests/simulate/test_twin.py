"""The board twin against closed forms, an independent integrator, and itself cut, permuted and without JIT."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from luiapp.data.chunk import Chunk
from luiapp.errors import NetworkError, ParameterError
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.model.stimulus import Noise, Poisson, Ramp, Sine, Step, spike_train
from luiapp.simulate.twin import TwinOptions, TwinSimulation

PULSE = 15.9e-3


def board(**parameters: float) -> Network:
    """One nominal board on a stiff cell, all signals probed."""
    net = Network(model="lui")
    net.neuron(**{"r_cell": 0.0, **parameters})
    for quantity in ("membrane", "synapse", "supply"):
        net.probe(0, quantity)
    return net


def run(net: Network, duration: float, **options: object) -> Chunk:
    """All of a run of `duration` seconds."""
    chosen = TwinOptions(**options)  # type: ignore[arg-type]
    return TwinSimulation(net, chosen).advance(round(duration / chosen.dt / chosen.record_every))


@pytest.mark.parametrize(("r_leak", "published"), [(5e3, 0.335), (20e3, 0.431), (50e3, 0.458)])
def test_rest_on_the_floor(r_leak: float, published: float) -> None:
    chunk = run(board(r_vleak=0, r_leak=r_leak), 1.5, initial={"membrane": 1.0})
    assert chunk.samples[-1, 0] == pytest.approx(published, abs=4e-3)
    assert chunk.samples[-1, 0] == pytest.approx(lui.resting_potential(0, r_leak), abs=1e-6)


@pytest.mark.parametrize("r_vleak", [20e3, 40e3, 50e3])
def test_rest_above_the_floor_is_the_leak_potential(r_vleak: float) -> None:
    chunk = run(board(r_vleak=r_vleak, r_leak=4e3), 2.0, initial={"membrane": 0.0})
    assert chunk.samples[-1, 0] == pytest.approx(r_vleak / 100e3 * 3.0 + 175e-9 * 4e3, abs=1e-6)


@pytest.mark.parametrize("r_leak", [2e3, 10e3, 50e3])
@pytest.mark.parametrize("r_vleak", [54e3, 65e3, 100e3])
def test_inter_spike_interval(r_vleak: float, r_leak: float) -> None:
    intervals = np.diff(run(board(r_vleak=r_vleak, r_leak=r_leak), 10.0, record_every=100).spike_times)
    # The formula starts from 0 V; the board from what 26 Ω leave, some 10 mV that take about 1 ms.
    assert len(intervals) > 1 and np.ptp(intervals) < 1e-9
    assert intervals[0] == pytest.approx(lui.inter_spike_interval(r_vleak, r_leak), abs=1.5e-3)


def test_output_pulse_is_the_refractory_time() -> None:
    net = board(r_vleak=70e3, r_cell=1.0)
    net.neuron(r_vleak=0, r_leak=50e3, r_w1=22e3, r_tsyn=22e3, r_cell=0.0)
    net.connect(0, 1, synapse=0)
    net.probe(1, "synapse")
    chunk = run(net, 0.5, dt=1e-5)
    first = round(chunk.spike_times[0] / 1e-5)
    node = chunk.samples[first - 5 :, 3]
    falling = np.flatnonzero(np.diff(node[:3000]) < -1e-5)
    assert np.ptp(falling) * 1e-5 == pytest.approx(15.9e-3, abs=0.1e-3)
    assert chunk.samples[first + 1500, 0] < 0.011  # held near ground
    assert chunk.samples[first + 400, 2] < chunk.samples[first - 5, 2] - 5e-3  # the light of the spike


@pytest.mark.parametrize("width", [2e-3, PULSE, 50e-3])
@pytest.mark.parametrize(("r_w", "r_tsyn"), [(22e3, 1e3), (11e3, 5e3), (8e3, 2e3), (22e3, 12e3)])
def test_pulse_moves_the_synaptic_node(width: float, r_w: float, r_tsyn: float) -> None:
    expected = lui.synaptic_step(width, r_w=r_w, r_tsyn=r_tsyn)
    assert expected == pytest.approx(1.5 / (r_w + 490) * r_tsyn * (1 - np.exp(-width / (r_tsyn * 10e-6))), rel=1e-12)
    for sign in (1, -1):
        net = board(r_vleak=30e3, r_w1=r_w, r_tsyn=r_tsyn, sign_1=sign)
        net.stimulus(spike_train([0.01], width=width), to=0)
        node = run(net, 0.2).samples[:, 1].astype(float)
        assert node[0] == pytest.approx(1.5, abs=1e-6)
        assert sign * (1.5 - node[round((0.01 + width) / 1e-4)]) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize(("r_w", "r_tsyn", "r_leak"), [(22e3, 2e3, 10e3), (12e3, 5e3, 3e3), (20e3, 22e3, 20e3),
                                                       (15e3, 2.2e3, 1e3)])  # fmt: skip
def test_psp_height(r_w: float, r_tsyn: float, r_leak: float) -> None:
    net = board(r_vleak=25e3, r_w2=r_w, r_tsyn=r_tsyn, r_leak=r_leak)
    net.stimulus(spike_train([0.01]), to=0, synapse=1)
    v = run(net, 2.0).samples[:, 0].astype(float)
    expected = lui.psp_height(PULSE, r_w=r_w, r_tsyn=r_tsyn, r_leak=r_leak)
    assert v.max() - v[0] == pytest.approx(expected, rel=2e-4)
    assert 0.01 < expected < 0.75


@pytest.mark.parametrize(("sign", "v_first"), [(1, 0.6), (-1, 1.4)])
def test_synaptic_current_is_clamped(sign: int, v_first: float) -> None:
    net = board(r_vleak=30e3, r_leak=50e3, r_tsyn=22e3, r_w1=0, sign_1=sign)
    net.stimulus(spike_train([0.0], width=1.0), to=0)
    v = run(net, 0.03, initial={"membrane": v_first}).samples[:, 0].astype(float)
    k = 150  # the integrator is at its rail after 5 ms
    current = 22e-6 * (v[k + 20] - v[k - 20]) / 4e-3 - (0.9 - v[k]) / 50e3 - 175e-9
    assert current == pytest.approx(sign * 435e-6, abs=1e-6)


def test_overlapping_pulses_at_one_dendrite_are_one() -> None:
    nets = [board(r_vleak=30e3), board(r_vleak=30e3)]
    for start, width in ((0.01, 0.02), (0.02, 0.03), (0.05, 0.01)):
        nets[0].stimulus(spike_train([start], width=width), to=0)
    nets[1].stimulus(spike_train([0.01], width=0.05), to=0)
    a, b = (run(net, 0.2).samples for net in nets)
    assert np.abs(a - b).max() < 1e-6 and np.ptp(a[:, 1]) > 0.1


def textbook(values: dict[str, float], pulses: list[tuple[int, float, float]], v_first: float, t: np.ndarray,
             vdd: float = 3.0) -> np.ndarray:  # fmt: skip
    """The reduced model as its equations stand in the facts, by a general integrator, without the threshold."""
    k = 22 / 69
    edges = sorted({0.0, t[-1], *(p[1] for p in pulses), *(p[1] + p[2] for p in pulses)})
    y, out = np.array([0.0, v_first]), np.empty((len(t), 2))

    def rhs(time: float, y: np.ndarray, high: list[int]) -> list[float]:
        v_c, v = y
        o = min(max(vdd / 2 - v_c, 0.0), vdd)
        x = o + v_c
        i_syn = sum((vdd - x if values[f"sign_{s}"] > 0 else -x) / (values[f"r_w{s}"] + 490) for s in high)
        leak = (values["r_vleak"] / 100e3 * vdd - v) / values["r_leak"]
        return [(i_syn - v_c / values["r_tsyn"]) / 10e-6,
                (leak + (vdd - o) * k / 2200 - min(k * o, v) / 2200 + 175e-9) / 22e-6]  # fmt: skip

    for a, b in itertools.pairwise(edges):
        high = [s for s, start, width in pulses if start <= a and b <= start + width + 1e-12]
        inside = (t >= a - 1e-12) & (t <= b + 1e-12)
        sol = solve_ivp(rhs, (a, b), y, args=(high,), method="LSODA", rtol=1e-9, atol=1e-11, dense_output=True,
                        max_step=2e-3)  # fmt: skip
        out[inside] = sol.sol(np.clip(t[inside], a, b)).T
        y = sol.y[:, -1]
    return out


@pytest.mark.parametrize("seed", range(12))
def test_against_a_general_integrator(seed: int) -> None:
    """Rails, wind-up, floor and both signs, at random; with currents that keep it below the threshold."""
    bits = np.random.default_rng(seed)
    values = {"r_vleak": bits.uniform(0, 40e3), "r_leak": bits.uniform(200, 2e3), "r_tsyn": bits.uniform(500, 22e3)}
    values |= {f"r_w{s}": bits.uniform(0, 22e3) for s in (1, 2, 3)}
    values |= {f"sign_{s}": bits.choice([-1.0, 1.0]) for s in (1, 2, 3)}
    starts = [np.sort(bits.uniform(0.01, 0.4, 4)) for _ in range(3)]
    pulses = [(s + 1, float(t), 15.9e-3) for s in range(3) for t in starts[s] if not (np.abs(starts[s] - t) < 0.02)[
        starts[s] != t].any()]  # fmt: skip
    net = board(**values)
    for s, start, width in pulses:
        net.stimulus(spike_train([start], width=width), to=0, synapse=s - 1)
    chunk = run(net, 0.6, initial={"membrane": 0.7})
    t = np.arange(6000) * 1e-4
    expected = textbook(values, pulses, 0.7, t)
    n = round(chunk.spike_times[0] / 1e-4) - 1 if len(chunk.spike_times) else 6000
    node = np.clip(1.5 - expected[:, 0], 0, 3)
    assert n > 500
    assert np.abs(chunk.samples[:n, 0] - expected[:n, 1]).max() < 2e-6
    assert np.abs(chunk.samples[:n, 1] - node[:n]).max() < 2e-6


def busy(seed: int = 3, *, currents: bool = True) -> Network:
    """Six different boards with everything: wires both ways, soft cells, noise, every stimulus."""
    bits = np.random.default_rng(seed)
    net = Network(model="lui")
    net.neurons(6, r_vleak=bits.uniform(40e3, 75e3, 6), r_leak=bits.uniform(1e3, 10e3, 6), r_w1=500.0, r_w2=4e3,
                sign_2=[1, -1, 1, -1, 1, -1], r_cell=[0.1, 10, 0, 30, 0.1, 5],
                noise=[0, 5e-3 * currents, 0, 1e-3 * currents, 0, 0], parts_seed=np.arange(6))  # fmt: skip
    net.connect([0, 1, 2, 3, 4, 5, 0, 2], [1, 2, 3, 4, 5, 0, 3, 2], synapse=[0, 0, 0, 0, 0, 0, 1, 1])
    net.stimulus(Poisson(20.0, seed=4), to=2, synapse=2)
    net.stimulus(spike_train([0.013, 0.02, 0.11], width=7e-3), to=0, synapse=1)
    if currents:
        net.stimulus(Step(50e-6, 0.1, 0.2), to=1)
        net.stimulus(Sine(30e-6, 5.0, start=0.05), to=4)
        net.stimulus(Ramp(0.0, 1e-4, 0.05, 0.4), to=4)
        net.stimulus(Noise(1e-4, seed=5, hold=7e-4), to=5)
    net.probe(range(6), "membrane")
    net.probe(range(6), "synapse")
    net.probe(range(6), "supply")
    return net


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.integers(0, 2000), max_size=6), every=st.sampled_from([1, 3]))
def test_bitwise_the_same_however_it_is_cut(cuts: list[int], every: int) -> None:
    options = TwinOptions(record_every=every, initial={"power_on": 1})
    whole = TwinSimulation(busy(), options).advance(2000)
    sim = TwinSimulation(busy(), options)
    chunks = [sim.advance(b - a) for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 2000], strict=True)]
    assert [c.i_first for c in chunks] == [0, *sorted(cuts)]
    assert np.array_equal(np.concatenate([c.samples for c in chunks]), whole.samples)
    assert np.array_equal(np.concatenate([c.spike_times for c in chunks]), whole.spike_times)
    assert np.array_equal(np.concatenate([c.spike_neurons for c in chunks]), whole.spike_neurons)
    assert sim.i_sample == 2000 and sim.t == pytest.approx(2000 * every * 1e-4)
    assert len(whole.spike_times) >= 9 and (np.diff(whole.spike_times) >= 0).all()


def test_the_order_of_the_boards_does_not_matter() -> None:
    """A spike reaches the others within the step, whichever board is computed first."""
    net = busy(currents=False)
    order = np.array([4, 2, 0, 5, 1, 3])
    turned = Network(model="lui")
    turned.neurons(6, **{p.name: net.parameter(p.name)[order] for p in net.kind.parameters})
    place = np.argsort(order)
    every = net.connections
    turned.connect(place[every.pre], place[every.post], synapse=every.synapse)
    for link in net.stimuli[:0:-1] + net.stimuli[:1]:
        if not isinstance(link.stimulus, Poisson):
            turned.stimulus(link.stimulus, to=int(place[link.i_neuron]), synapse=link.synapse)
    net.stimuli = [link for link in net.stimuli if not isinstance(link.stimulus, Poisson)]
    a, b = (run(n, 2.0, record_every=100) for n in (net, turned))
    assert len(a.spike_times) > 60
    for i in range(6):
        own, other = a.spike_times[a.spike_neurons == i], b.spike_times[b.spike_neurons == place[i]]
        assert len(own) == len(other) and np.abs(own - other).max() < 1e-9


def _late(dt: float, net: Network) -> np.ndarray:
    chunk = run(net, 1.0, dt=dt, record_every=round(1e-2 / dt))
    return chunk.spike_times[np.lexsort((chunk.spike_times, chunk.spike_neurons))]


def test_the_step_does_not_matter_for_pulses() -> None:
    """Events are located inside the step and handed on at once: exact at any step, for stiff cells."""
    net = busy(currents=False)
    for i in range(6):
        net.set_parameter(i, "r_cell", 0.1)
    fine = _late(1e-5, net)
    assert len(fine) > 30
    for dt in (1e-4, 1e-3):
        coarse = _late(dt, net)
        assert len(coarse) == len(fine) and np.abs(coarse - fine).max() < 1e-8


def test_second_order_for_smooth_currents() -> None:
    net = board(r_vleak=70e3, r_leak=5e3)
    net.stimulus(Sine(80e-6, 11.0), to=0)
    exact = _late(1e-5, net)
    errors = [np.abs(_late(dt, net) - exact).max() for dt in (2e-3, 1e-3, 5e-4)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert errors[-1] < 1e-5 and (orders > 1.8).all() and (orders < 2.5).all()


def test_first_order_and_small_for_soft_cells() -> None:
    net = busy(currents=False)
    fine, coarse = _late(1e-5, net), _late(1e-4, net)
    assert len(fine) == len(coarse) and np.abs(fine - coarse).max() < 1e-4


_SCRIPT = """
import json, sys
sys.path.insert(0, {folder!r})
from test_twin import busy, run
chunk = run(busy(), 0.15)
print(json.dumps([chunk.samples[::50].tolist(), chunk.spike_times.tolist(), chunk.spike_neurons.tolist()]))
"""


def test_the_same_without_jit() -> None:
    script = _SCRIPT.format(folder=os.path.dirname(__file__))  # noqa: PTH120
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    samples, times, neurons = json.loads(done.stdout)
    chunk = run(busy(), 0.15)
    assert len(times) >= 3 and np.array_equal(chunk.spike_neurons, neurons)
    assert np.abs(chunk.spike_times - times).max() < 1e-12
    assert np.abs(chunk.samples[::50] - np.array(samples)).max() < 1e-6


def test_noise_has_its_standard_deviation() -> None:
    net = Network(model="lui")
    net.neurons(20, r_vleak=30e3, r_leak=1e3, noise=5e-3)
    net.probe(range(20))
    v = run(net, 20.0, record_every=100, seed=1).samples.astype(float)
    assert v[100:].std() == pytest.approx(5e-3, rel=0.04)
    lag = 3  # 30 ms, with a time constant of 22 ms
    u = v[100:] - v[100:].mean()
    assert (u[lag:] * u[:-lag]).mean() / u.var() == pytest.approx(np.exp(-30 / 22), abs=0.04)
    again = run(net, 1.0, record_every=100, seed=1).samples
    other = run(net, 1.0, record_every=100, seed=2).samples
    assert np.array_equal(again, v[:100].astype(np.float32)) and not np.array_equal(again, other)


def test_all_fire_once_at_power_on() -> None:
    net = Network(model="lui")
    net.neurons(3, r_vleak=30e3)
    sim = TwinSimulation(net, TwinOptions(initial={"power_on": 1}))
    assert len(sim.advance(0).spike_times) == 0
    chunk = sim.advance(10000)
    assert chunk.spike_times.tolist() == [0.0] * 3 and chunk.spike_neurons.tolist() == [0, 1, 2]
    assert len(TwinSimulation(net).advance(10000).spike_times) == 0


def test_lights_load_a_soft_cell() -> None:
    """The supply steps where the membrane passes the LEDs' levels, and by what the table of the facts says."""
    net = board(r_vleak=51e3, r_leak=10e3, r_cell=20.0)
    v, _, vdd = run(net, 3.0, initial={"membrane": 0.0}).samples.T.astype(float)
    steps = np.flatnonzero(np.diff(vdd) < -0.02)
    assert len(steps) >= 6
    for n, k in enumerate(steps[:6], 1):
        assert v[k] / vdd[k] == pytest.approx(n * 0.0695, rel=5e-3)
    table = [2.976, 2.874, 2.790, 2.718, 2.657, 2.604, 2.557]
    for n, k in enumerate(steps[:6]):
        assert vdd[k] == pytest.approx(table[n], abs=7e-3)  # the leak's own current is on top


def test_by_hand() -> None:
    net = board(r_vleak=30e3)
    sim = TwinSimulation(net)
    sim.kick(0)
    chunk = sim.advance(1000)
    assert chunk.spike_times.tolist() == [0.0]
    sim.kick(0)
    sim.advance(10)
    sim.kick(0)  # while the output is high
    chunk = sim.advance(1000)
    assert len(chunk.spike_times) == 0 and chunk.samples[:100, 0].max() < 0.9
    sim.pulse(0, 1, width=PULSE)
    node = sim.advance(2000).samples[:, 1]
    assert 1.5 - node.min() == pytest.approx(lui.synaptic_step(PULSE, r_w=11e3, r_tsyn=5e3), rel=1e-4)
    sim.set_parameter(0, "r_vleak", 70e3)
    assert len(sim.advance(10000).spike_times) >= 3
    assert net.parameter("r_vleak")[0] == 30e3  # the description stays


def test_a_trimmer_at_its_end_stays_finite() -> None:
    for r_vleak in (0, 55e3, 100e3):
        net = board(r_vleak=r_vleak, r_leak=0, r_tsyn=0, r_w1=0, r_w2=0, r_w3=0)
        net.stimulus(spike_train([0.01, 0.05, 0.09]), to=0)
        chunk = run(net, 0.5)
        assert np.isfinite(chunk.samples).all() and (chunk.samples >= -1e-6).all() and (chunk.samples < 3.01).all()


def test_initial_state_and_doubles() -> None:
    options = TwinOptions(initial={"membrane": 0.9, "synapse": 1.2}, samples="float64")
    chunk = TwinSimulation(board(r_vleak=30e3, r_tsyn=5e3), options).advance(1000)
    assert chunk.samples.dtype == np.float64 and chunk.samples[0].tolist() == [0.9, pytest.approx(1.2), 3.0]
    decay = 1.5 - chunk.samples[:, 1]
    assert decay == pytest.approx(0.3 * np.exp(-np.arange(1000) * 1e-4 / 50e-3), rel=1e-9)


def test_current_stimuli_follow_ohms_law() -> None:
    net = board(r_vleak=30e3, r_leak=2e3)
    net.stimulus(Step(100e-6), to=0)
    v = run(net, 1.0).samples[:, 0]
    assert v[-1] - v[0] == pytest.approx(0.2, abs=1e-5)


def test_current_stimuli_off_the_grid_carry_their_whole_charge() -> None:
    net = board(r_vleak=30e3, r_leak=50e3)
    net.stimulus(Step(2e-3, 0.05003, 0.05187), to=0)
    v = run(net, 0.06, initial={"membrane": 0.6}).samples[:, 0].astype(float)
    expected = 2e-3 / 22e-6 * 1.84e-3
    drift = (v[500] - v[400]) * (530 - 500) / 100
    assert v[530] - v[500] - drift == pytest.approx(expected, rel=5e-3)


def test_what_is_refused() -> None:
    with pytest.raises(NetworkError, match="'lui'"):
        TwinSimulation(Network(model="lif"))
    for options in (TwinOptions(dt=0.0), TwinOptions(dt=0.1), TwinOptions(record_every=0)):
        with pytest.raises(ParameterError):
            TwinSimulation(board(), options)
    with pytest.raises(ParameterError, match="power_on"):
        TwinSimulation(board(), TwinOptions(initial={"charge": 1.0}))
    sim = TwinSimulation(board())
    with pytest.raises(ParameterError, match="dendrite 3"):
        sim.pulse(0, 3, width=PULSE)
    with pytest.raises(ParameterError, match="wider"):
        sim.pulse(0, 0, width=float("nan"))
    with pytest.raises(ParameterError):
        sim.set_parameter(0, "r_leak", 1e9)
    with pytest.raises(ParameterError):
        sim.kick(1)
    assert TwinSimulation(Network(model="lui")).advance(5).samples.shape == (5, 0)
