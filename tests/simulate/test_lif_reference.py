"""Random small networks against a naive simulation that shares nothing with the engine but the equations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from luiapp.model.network import Network
from luiapp.model.stimulus import SpikeTrain, Step
from luiapp.simulate import Options, run

DT, N_STEPS = 1e-3, 60


def naive(net: Network, dt: float, n_steps: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Step by step and neuron by neuron, each with the matrix exponential of its own equations."""
    n = net.n_neurons
    values = {name: net.parameter(name) for name in ("tau_mem", "tau_syn", "tau_syn_1", "tau_ref", "v_leak",
                                                     "v_threshold", "v_reset", "r_leak")}  # fmt: skip
    y = np.zeros((n, 6))  # v, i_0, i_1, g_0, g_1, 1
    y[:, 0], y[:, 5] = values["v_leak"], 1.0
    arriving: dict[tuple[int, int, int], float] = {}
    current = np.zeros((n_steps, n))
    for link in net.stimuli:
        if isinstance(link.stimulus, SpikeTrain):
            for t in link.stimulus.times:
                key = (round(t / dt), link.i_neuron, link.synapse)
                arriving[key] = arriving.get(key, 0.0) + link.weight
        elif isinstance(link.stimulus, Step):
            first, last = round(link.stimulus.start / dt), round(link.stimulus.stop / dt)
            current[first:last, link.i_neuron] += link.stimulus.amplitude
    left = np.zeros(n, int)
    propagator: dict[tuple[int, float], np.ndarray] = {}
    trace, spikes = np.zeros((n_steps, n)), []

    def arrive(i: int, step: int) -> None:
        for k in (0, 1):
            w = arriving.get((step, i, k), 0.0)
            if net.synapse_shape == "exponential":
                y[i, 1 + k] += w
            elif net.synapse_shape == "alpha":
                y[i, 3 + k] += math.e * w
            else:
                y[i, 0] += w

    for i in range(n):
        arrive(i, 0)
    every = net.connections
    for step in range(n_steps):
        trace[step] = y[:, 0]
        fired = []
        for i in range(n):
            m, t0, t1 = values["tau_mem"][i], values["tau_syn"][i], values["tau_syn_1"][i]
            rest = values["v_leak"][i] + values["r_leak"][i] * current[step, i]
            if (i, rest) not in propagator:
                a = np.zeros((6, 6))
                a[0] = [-1 / m, 1 / m, 1 / m, 0, 0, rest / m]
                a[1, 1], a[1, 3], a[3, 3] = -1 / t0, 1 / t0, -1 / t0
                a[2, 2], a[2, 4], a[4, 4] = -1 / t1, 1 / t1, -1 / t1
                propagator[i, rest] = expm(a * dt)
            y[i] = propagator[i, rest] @ y[i]
            arrive(i, step + 1)
            if left[i] > 0:
                left[i] -= 1
                y[i, 0] = values["v_reset"][i]
            elif y[i, 0] >= values["v_threshold"][i]:
                fired.append(i)
        for i in fired:
            y[i, 0] = values["v_reset"][i]
            left[i] = round(values["tau_ref"][i] / dt)
            spikes.append((step + 1, i))
            for c in np.flatnonzero(every.pre == i):
                key = (step + 1 + max(1, round(every.delay[c] / dt)), int(every.post[c]), int(every.synapse[c]))
                arriving[key] = arriving.get(key, 0.0) + every.weight[c]
    return trace, spikes


@st.composite
def networks(draw: Any) -> Network:
    net = Network(synapse_shape=draw(st.sampled_from(["exponential", "alpha", "delta"])))
    n = draw(st.integers(1, 5))
    tau = st.sampled_from([2e-3, 5e-3, 10e-3, 20e-3])
    for _ in range(n):
        net.neuron(tau_mem=draw(tau), tau_syn=draw(tau), tau_syn_1=draw(tau),
                   tau_ref=draw(st.sampled_from([0.0, 2e-3, 5e-3])), v_leak=draw(st.floats(0.0, 1.3)),
                   v_reset=draw(st.floats(-0.5, 0.5)), v_threshold=1.0)  # fmt: skip
    index = st.integers(0, n - 1)
    for _ in range(draw(st.integers(0, 8))):
        net.connect(draw(index), draw(index), synapse=draw(st.integers(0, 1)), weight=draw(st.floats(-1.5, 3.0)),
                    delay=draw(st.sampled_from([0.0, 1e-3, 2e-3, 9e-3, 17e-3])))  # fmt: skip
    for _ in range(draw(st.integers(0, 3))):
        times = draw(st.lists(st.integers(0, N_STEPS).map(lambda k: k * DT), min_size=1, max_size=4))
        net.stimulus(SpikeTrain(tuple(sorted(times))), to=draw(index), synapse=draw(st.integers(0, 1)),
                     weight=draw(st.floats(-1.0, 3.0)))  # fmt: skip
    if draw(st.booleans()):
        net.stimulus(Step(draw(st.floats(-5e-5, 9e-5)), 5e-3, 40e-3), to=draw(index))
    net.probe(range(n))
    return net


@settings(deadline=None, max_examples=60)
@given(networks())
def test_random_networks_are_as_the_naive_simulation_says(net: Network) -> None:
    trace, spikes = naive(net, DT, N_STEPS)
    near = np.abs(trace - 1.0) < 1e-9
    if near.any():
        return  # a membrane that touches its threshold to rounding may go either way
    for threads, delivery in ((1, "auto"), (2, "dense")):
        made = run(net, N_STEPS * DT, options=Options(dt=DT, samples="float64", threads=threads, delivery=delivery))  # type: ignore[arg-type]
        found = [(round(t / DT), int(i)) for t, i in zip(made.spike_times, made.spike_neurons, strict=True)]
        assert found == spikes
        np.testing.assert_allclose(made.samples, trace, rtol=1e-9, atol=1e-11)
