"""Small LIF networks: eight steps at a time must give what a step at a time gives, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luiapp.data.recording import Recording, join
from luiapp.model.network import Network
from luiapp.model.stimulus import Noise, Poisson, Sine, SpikeTrain, Step
from luiapp.simulate import Options
from luiapp.simulate.lif import LifSimulation

Way = Callable[[LifSimulation], None]


def ahead(simulation: LifSimulation) -> None:
    assert simulation._grid._plan is not None


def stepped(simulation: LifSimulation) -> None:
    simulation._grid._plan = None
    assert simulation._grid._stepped


def walked(simulation: LifSimulation) -> None:
    simulation._grid._plan, simulation._grid._stepped = None, False


def network(n: int, seed: int, *, drive: float = 1.3, probes: str = "all", stimuli: bool = True) -> Network:
    """Random parameters, signs and delays; `drive` is how far above threshold the average neuron wants to be."""
    random = np.random.default_rng(seed)
    net = Network()
    net.neurons(n, tau_mem=random.uniform(2e-3, 30e-3, n), tau_syn=random.uniform(1e-3, 8e-3, n),
                tau_syn_1=random.uniform(5e-3, 20e-3, n), tau_ref=random.choice([0.0, 1e-4, 7e-4, 9e-4, 6e-3], n),
                v_leak=drive * random.uniform(0.7, 1.2, n), v_threshold=1.0,
                v_reset=random.uniform(-0.3, 0.3, n))  # fmt: skip
    pre, post = np.nonzero(random.random((n, n)) < random.uniform(0.1, 1.0))
    net.connect(pre, post, synapse=random.integers(0, 2, len(pre)), weight=random.normal(0, 0.6, len(pre)),
                delay=random.integers(0, random.choice([2, 6, 40]), len(pre)) * 1e-4)  # fmt: skip
    if stimuli:
        kinds = (SpikeTrain((0.0, 1e-4, 2e-4, 0.0101)), Poisson(3000.0, seed=seed), Poisson(2000.0, seed=5))
        for k, kind in enumerate(kinds):
            net.stimulus(kind, to=int(random.integers(n)), synapse=k % 2, weight=float(random.normal(0, 0.3)))
    if stimuli and seed % 2:
        for current in (Step(5e-5, 0.003, 0.02), Sine(4e-5, 55.0), Noise(8e-5, hold=3.7e-4, seed=2)):
            net.stimulus(current, to=int(random.integers(n)))
    if probes == "all":
        net.probe(range(n))
    elif probes == "mixed":
        for i in random.permutation(n):
            net.probe(int(i), str(random.choice(["membrane", "synapse", "synapse_1"])))
    return net


def session(net: Network, options: Options, way: Way, lengths: Callable[[int], int], hands: bool = False) -> Recording:
    simulation = LifSimulation(net, options)
    way(simulation)
    chunks, k = [], 0
    for i_hand in range(4):
        end = (250 * (i_hand + 1)) // options.record_every
        while simulation.i_sample < end:
            chunks.append(simulation.advance(min(lengths(k), end - simulation.i_sample)))
            k += 1
        if hands:
            simulation.kick(i_hand % len(net.names))
            simulation.pulse(0, 1, width=1e-3, weight=0.3)
            simulation.set_parameter(0, "tau_syn", (5 + i_hand) * 1e-3)
            simulation.set_parameter(len(net.names) - 1, "v_leak", 0.9 + 0.05 * i_hand)
            way(simulation)
    return join(chunks)


def same(a: Recording, b: Recording) -> None:
    assert a.spike_times.tobytes() == b.spike_times.tobytes()
    assert a.spike_neurons.tobytes() == b.spike_neurons.tobytes()
    assert a.samples.dtype == b.samples.dtype
    assert a.samples.shape == b.samples.shape
    assert a.samples.tobytes() == b.samples.tobytes()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(1, 63) | st.sampled_from([8, 16]), st.integers(0, 1000), st.sampled_from([0.5, 0.9, 1.3, 6.0]),
    st.sampled_from(["all", "mixed", "none"]), st.booleans(),
    st.builds(Options, dtype=st.sampled_from(["float64", "float32"]), samples=st.sampled_from(["float64", "float32"]),
              delivery=st.sampled_from(["dense", "sparse", "auto"]), record_every=st.sampled_from([1, 1, 3, 10]),
              threads=st.sampled_from([1, 2])),
    st.integers(1, 60), st.booleans(),
)  # fmt: skip
def test_what_a_step_at_a_time_gives(
    n: int, seed: int, drive: float, probes: str, stimuli: bool, options: Options, length: int, hands: bool
) -> None:
    net = network(n, seed, drive=drive, probes=probes, stimuli=stimuli)
    if not len(net.connections.pre):
        options = replace(options, delivery="auto")
    truth = session(net, options, stepped, lambda _: 100, hands)
    same(truth, session(net, options, ahead, lambda _: 100, hands))
    same(truth, session(net, options, ahead, lambda k: 1 + (k * length) % 61, hands))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("n", [8, 13])
def test_all_three_ways_agree_and_spike(n: int, dtype: str) -> None:
    net = network(n, 5)
    options = Options(dtype=dtype, samples="float64")  # type: ignore[arg-type]
    made = session(net, options, ahead, lambda _: 250)
    assert len(made.spike_times) > 100
    assert np.ptp(made.samples, axis=0).min() > 0.1
    same(made, session(net, options, walked, lambda _: 250))
    same(made, session(net, options, stepped, lambda _: 250))
    same(made, session(net, replace(options, threads=3), ahead, lambda _: 1))


def test_more_spikes_than_a_call_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    net = network(20, 7, drive=6.0)
    whole = session(net, Options(), ahead, lambda _: 1000)
    assert len(whole.spike_times) > 400
    monkeypatch.setattr("luiapp.simulate.lif_grid._SPIKES_PER_CALL", 50)
    same(whole, session(net, Options(), ahead, lambda _: 1000))


def test_simultaneous_spikes_all_count() -> None:
    net = Network()
    net.neurons(17, v_leak=2.0, v_threshold=1.0, v_reset=0.0, tau_mem=10e-3, tau_ref=2e-3)
    made = session(net, Options(initial={"membrane": 0.0}), ahead, lambda _: 1000)
    first = made.spike_neurons[made.spike_times == made.spike_times[0]]
    assert first.tolist() == list(range(17))
    assert len(made.spike_times) == 17 * 11  # ln 2 · 10 ms + 2 ms, rounded up to the grid: every 9 ms


def test_what_has_decayed_becomes_nothing_at_the_same_time() -> None:
    net = Network()
    net.neurons(2, v_leak=0.0, v_threshold=1.0, v_reset=-0.1, tau_mem=2e-3, tau_syn=1e-3)
    net.stimulus(SpikeTrain((1e-3,)), to=1, weight=0.5)
    net.probe(1, "synapse")
    net.probe(1)
    made = join([LifSimulation(net, Options(samples="float64")).advance(2000)])
    assert made.samples[100:1000].all()
    assert not made.samples[-10:].any()
    general = LifSimulation(net, Options(samples="float64"))
    stepped(general)
    same(made, join([general.advance(2000)]))


def test_who_is_held_at_the_threshold_stays_silent() -> None:
    """In float32 a reset just below the threshold is the threshold."""
    net = Network()
    net.neurons(9, v_leak=2.0, v_threshold=1.0, v_reset=1.0 - 1e-9, tau_ref=np.arange(9) * 3e-4)
    options = Options(dtype="float32", initial={"membrane": 1.2})
    made = session(net, options, ahead, lambda _: 1000)
    assert len(made.spike_times) > 9
    same(made, session(net, options, stepped, lambda _: 1000))


def test_large_networks_and_other_synapses_go_the_general_way() -> None:
    assert LifSimulation(network(64, 1), Options())._grid._plan is None
    net = Network(synapse_shape="alpha")
    net.neuron()
    assert LifSimulation(net, Options())._grid._plan is None
