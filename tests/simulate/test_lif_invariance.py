"""What must not matter to a LIF simulation: cuts of time, threads, delivery, the JIT, the way a neuron is computed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from luiapp.data.recording import Recording, join
from luiapp.model.network import Network
from luiapp.model.stimulus import Noise, Poisson, Ramp, Sine, SpikeTrain, Step
from luiapp.simulate import Options, build, run
from luiapp.simulate.lif import LifSimulation


def network(n: int = 90, *, shape: str = "exponential", shortest: float = 0.9e-3, seed: int = 3) -> Network:
    """Everything at once: parameters of their own, delays, signs, all stimuli, probes."""
    random = np.random.default_rng(seed)
    net = Network(synapse_shape=shape)
    net.neurons(n, tau_mem=random.uniform(10e-3, 30e-3, n), tau_syn=random.uniform(2e-3, 8e-3, n),
                tau_syn_1=random.uniform(5e-3, 20e-3, n), tau_ref=random.uniform(0, 4e-3, n),
                v_leak=random.uniform(0.3, 1.1, n), v_threshold=1.0, v_reset=random.uniform(-0.2, 0.2, n))  # fmt: skip
    pre, post = np.nonzero(random.random((n, n)) < 0.1)
    net.connect(pre, post, synapse=random.integers(0, 2, len(pre)), weight=random.normal(0, 0.4, len(pre)),
                delay=shortest + random.integers(0, 12, len(pre)) * 1.7e-4)  # fmt: skip
    for k, stimulus in enumerate((SpikeTrain((0.0, 0.0101, 0.03)), Poisson(300.0, seed=4), Poisson(200.0, seed=5),
                                  Step(5e-5, 0.01, 0.05), Ramp(0.0, 9e-5, 0.0, 0.07), Sine(4e-5, 55.0),
                                  Noise(8e-5, hold=3.7e-4, seed=2))):  # fmt: skip
        net.stimulus(stimulus, to=k % 3, synapse=k % 2, weight=0.5)
    net.probe(range(0, n, 15))
    net.probe(0, "synapse")
    net.probe(0, "synapse_1")
    return net


def same(a: Recording, b: Recording) -> bool:
    """Equal bit for bit, and not empty."""
    assert len(a.spike_times) > 20
    return (
        a.samples.tobytes() == b.samples.tobytes()
        and a.spike_times.tobytes() == b.spike_times.tobytes()
        and a.spike_neurons.tobytes() == b.spike_neurons.tobytes()
    )


def in_pieces(net: Network, n: int, options: Options, lengths: Callable[[int], int]) -> Recording:
    simulation = build(net, options)
    chunks, k = [], 0
    while simulation.i_sample < n:
        chunks.append(simulation.advance(min(lengths(k), n - simulation.i_sample)))
        k += 1
    return join(chunks)


@pytest.mark.parametrize("interpolate", [False, True])
@pytest.mark.parametrize("shape", ["exponential", "alpha", "delta"])
@pytest.mark.parametrize("every", [1, 3])
def test_cutting_time_does_not_matter(shape: str, interpolate: bool, every: int) -> None:
    options = Options(interpolate=interpolate, samples="float64", record_every=every)
    net = network(shape=shape)
    n = 700 // every
    whole = in_pieces(net, n, options, lambda _: n)
    assert same(whole, in_pieces(net, n, options, lambda _: 1))
    random = np.random.default_rng(0)
    assert same(whole, in_pieces(net, n, options, lambda _: int(random.integers(1, 40))))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shortest", [0.0, 0.9e-3])
@pytest.mark.parametrize("shape", ["exponential", "alpha"])
def test_threads_and_delivery_do_not_matter(dtype: str, shortest: float, shape: str) -> None:
    net = network(200, shape=shape, shortest=shortest)
    options = Options(dtype=dtype, samples="float64", delivery="sparse")  # type: ignore[arg-type]
    one = run(net, 0.05, options=options)
    for threads in (2, 3):
        assert same(one, run(net, 0.05, options=replace(options, threads=threads)))
    assert same(one, run(net, 0.05, options=replace(options, delivery="dense")))
    assert same(one, run(net, 0.05, options=replace(options, delivery="auto")))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_sweeping_and_walking_agree(dtype: str) -> None:
    net = network(200)
    options = Options(dtype=dtype, samples="float64")  # type: ignore[arg-type]
    swept, walked, stepped = (LifSimulation(net, options) for _ in range(3))
    assert swept._grid._swept
    walked._grid._swept = False
    stepped._grid._swept, stepped._grid._stepped = False, True
    truth = join([swept.advance(1500)])
    assert same(truth, join([walked.advance(1500)]))
    assert same(truth, join([stepped.advance(1500)]))


def test_probes_do_not_matter() -> None:
    few, all_of_them, options = network(200), network(200), Options(samples="float64")
    all_of_them.probe(range(200))
    a, b = run(few, 0.1, options=options), run(all_of_them, 0.1, options=options)
    assert a.spike_times.tobytes() == b.spike_times.tobytes()
    for trace in a.layout.traces:
        assert a.trace(trace.name).tobytes() == b.trace(trace.name).tobytes()


def test_no_probe_no_trace_all_spikes() -> None:
    net = network()
    with_probes = run(net, 0.05)
    net.probes.clear()
    without = run(net, 0.05)
    assert without.samples.shape == (500, 0)
    assert without.spike_times.tobytes() == with_probes.spike_times.tobytes()


_PROGRAM = """
import hashlib, json, os, sys
sys.path.insert(0, sys.argv[1])
from test_lif_invariance import network
from luiapp.simulate import Options, run
found = {}
for n, shape in ((70, "exponential"), (70, "alpha"), (70, "delta"), (20, "exponential")):
    for interpolate in (False, True):
        net = network(n, shape=shape)
        made = run(net, 0.02, options=Options(interpolate=interpolate, samples="float64"))
        columns = (made.spike_times, made.spike_neurons, made.samples)
        found[f"{n} {shape} {interpolate}"] = [column.tolist() for column in columns]
json.dump(found, sys.stdout)
"""


def test_the_jit_does_not_matter() -> None:
    results = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run([sys.executable, "-c", _PROGRAM, str(Path(__file__).parent)], env=environment,
                              capture_output=True, text=True, timeout=120, check=True)  # fmt: skip
        results.append(json.loads(done.stdout))
    on, off = results
    assert sum(len(found[0]) for found in on.values()) > 100
    for name, (times, neurons, samples) in on.items():
        assert neurons == off[name][1]
        if name.endswith("False"):  # on the grid: the same operations in the same order
            assert times == off[name][0]
            assert samples == off[name][2]
        else:  # between grid points: exp and expm1 of the compiler and of Python may differ in the last bit
            np.testing.assert_allclose(times, off[name][0], rtol=0, atol=1e-13)
            np.testing.assert_allclose(samples, off[name][2], rtol=0, atol=1e-11)


def test_float32_is_close() -> None:
    net = Network()
    net.neuron(tau_mem=20e-3, v_leak=1.1, v_threshold=1.0)
    net.probe(0)
    a = run(net, 0.1, options=Options(samples="float64"))
    b = run(net, 0.1, options=Options(samples="float64", dtype="float32"))
    assert 0 < np.abs(a.samples - b.samples).max() < 1e-5


def test_hands_may_be_used_between_chunks() -> None:
    """Knobs, pulses and kicks at a sample act the same however time is cut before and after."""

    def session(options: Options, lengths: Callable[[int], int]) -> Recording:
        simulation = build(network(80), options)
        chunks = []
        for i_hand in range(4):
            k = 0
            while simulation.i_sample < 100 * (i_hand + 1):
                n = min(lengths(k), 100 * (i_hand + 1) - simulation.i_sample)
                chunks.append(simulation.advance(n))
                k += 1
            simulation.kick(2 * i_hand)
            simulation.pulse(i_hand, 1, width=1e-3, weight=0.3)
            simulation.set_parameter(0, "tau_syn", (5 + i_hand) * 1e-3)
            simulation.set_parameter(1, "v_leak", 0.9 + 0.05 * i_hand)
        chunks.append(simulation.advance(200))
        return join(chunks)

    for options in (Options(samples="float64"), Options(samples="float64", interpolate=True)):
        assert same(session(options, lambda _: 100), session(options, lambda k: 1 + k % 13))
    one, two = (session(Options(samples="float64", threads=k), lambda _: 100) for k in (1, 2))
    assert same(one, two)
