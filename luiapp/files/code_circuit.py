"""A circuit as a script for PyNN or Norse, to be read, changed and run elsewhere. Boards become textbook neurons."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from luiapp.errors import FormatError
from luiapp.files.circuit_lif import as_lif
from luiapp.model.network import Network
from luiapp.model.stimulus import HandDrawn, Manual, Noise, Poisson, Ramp, Sine, SpikeTrain, Step, Stimulus, Train

DURATION = 10.0  # s that a script runs
MOST = 2000  # neurons in a script
_STEP = 5e-3  # s, of a current that changes

_PYNN = '''\
"""{name}: a circuit of spiking neurons, as a PyNN script.

Times are in ms, voltages in mV, currents in nA. Capacitance is tau / R with the leak resistance R of each neuron; a
weight is the jump of the synaptic drive [mV] divided by R. Run it with a simulator's name: python {file} nest
"""

import importlib
import sys

NAMES = {names}
# tau_m, tau_syn, tau_refrac, v_rest, v_thresh, v_reset, R [MOhm] of each neuron
CELLS = [
{cells}
]
# from, to, weight, delay of each synapse
WIRES = [
{wires}
]
# times of the pulses, to, weight of each stimulus
PULSES = [
{pulses}
]
# times, amplitudes, to of each current
CURRENTS = [
{currents}
]
DURATION = {duration!r}


def build(sim):
    """The circuit; returns one population for each neuron, as their parameters differ."""
    cells = []
    for name, (tau_m, tau_syn, tau_ref, rest, thresh, reset, r) in zip(NAMES, CELLS):
        cell = sim.IF_curr_exp(tau_m=tau_m, tau_syn_E=tau_syn, tau_syn_I=tau_syn, tau_refrac=tau_ref, v_rest=rest,
                               v_thresh=thresh, v_reset=reset, cm=tau_m / r, i_offset=0.0)
        cells.append(sim.Population(1, cell, label=name))
        cells[-1].initialize(v=min(rest, reset if rest >= thresh else rest))
    for before, after, weight, delay in WIRES:
        join(sim, cells[before], cells[after], weight, delay)
    for times, after, weight in PULSES:
        source = sim.Population(1, sim.SpikeSourceArray(spike_times=times))
        join(sim, source, cells[after], weight, {step!r})
    for times, amplitudes, after in CURRENTS:
        sim.StepCurrentSource(times=times, amplitudes=amplitudes).inject_into(cells[after])
    return cells


def join(sim, before, after, weight, delay):
    receptor = "excitatory" if weight >= 0 else "inhibitory"
    sim.Projection(before, after, sim.AllToAllConnector(allow_self_connections=True),
                   sim.StaticSynapse(weight=weight, delay=max(delay, {step!r})), receptor_type=receptor)


def main(name="nest"):
    sim = importlib.import_module("pyNN." + name)
    sim.setup(timestep={step!r}, min_delay={step!r}, max_delay={longest!r})
    cells = build(sim)
    for cell in cells:
        cell.record("spikes")
    sim.run(DURATION)
    found = {{cell.label: [float(t) for t in cell.get_data().segments[0].spiketrains[0]] for cell in cells}}
    sim.end()
    return found


if __name__ == "__main__":
    for name, times in main(*sys.argv[1:2]).items():
        print(name, times)
'''

_NORSE = '''\
"""{name}: a circuit of spiking neurons, for Norse (PyTorch). Times in s, voltages in V."""

import torch
from norse.torch.functional.lif import LIFFeedForwardState, LIFParameters, lif_feed_forward_step

DT = {dt!r}
NAMES = {names}
TAU_MEM = torch.tensor({tau_mem})
TAU_SYN = torch.tensor({tau_syn})
TAU_REF = torch.tensor({tau_ref})
V_LEAK = torch.tensor({v_leak})
V_THRESHOLD = torch.tensor({v_threshold})
V_RESET = torch.tensor({v_reset})
WEIGHT = torch.tensor({weight})  # to, from: jump of the synaptic drive
# times of the pulses, to, weight of each stimulus
PULSES = [
{pulses}
]
DURATION = {duration!r}


def rate(tau):
    """Norse takes Euler's steps; with this rate they lose exactly what exp(-DT / tau) loses."""
    return (1 - torch.exp(-DT / tau)) / DT


def run():
    """Spike times of each neuron."""
    p = LIFParameters(tau_syn_inv=rate(TAU_SYN), tau_mem_inv=rate(TAU_MEM), v_leak=V_LEAK, v_th=V_THRESHOLD,
                      v_reset=V_RESET)
    state = LIFFeedForwardState(v=torch.minimum(V_LEAK, V_THRESHOLD - 1e-3), i=torch.zeros(len(NAMES)))
    fired, held = torch.zeros(len(NAMES)), torch.zeros(len(NAMES))
    given = torch.zeros(round(DURATION / DT) + 1, len(NAMES))
    for times, after, weight in PULSES:
        for t in times:
            given[min(round(t / DT), len(given) - 1), after] += weight
    found = [[] for _ in NAMES]
    for k in range(round(DURATION / DT)):
        fired, state = lif_feed_forward_step(WEIGHT @ fired + given[k], state, p, DT)
        held = torch.where(fired > 0, TAU_REF, held - DT)
        state = LIFFeedForwardState(v=torch.where(held > 0, V_RESET, state.v), i=state.i)
        for i in torch.nonzero(fired).flatten().tolist():
            found[i].append((k + 1) * DT)
    return dict(zip(NAMES, found))


if __name__ == "__main__":
    for name, times in run().items():
        print(name, times)
'''


def pynn_circuit(network: Network) -> str:
    """The circuit as the text of a PyNN script. `FormatError` if it is too large, or of other synapses."""
    net = _checked(network)
    p = {one.name: net.parameter(one.name) for one in net.kind.parameters}
    cells = [f"    ({p['tau_mem'][i] * 1e3:.9g}, {p['tau_syn'][i] * 1e3:.9g}, {max(p['tau_ref'][i] * 1e3, 0.1):.9g}, "
             f"{p['v_leak'][i] * 1e3:.9g}, {p['v_threshold'][i] * 1e3:.9g}, {p['v_reset'][i] * 1e3:.9g}, "
             f"{p['r_leak'][i] * 1e-6:.9g})," for i in range(net.n_neurons)]  # fmt: skip
    every = net.connections
    wires = [f"    ({a}, {b}, {w / p['r_leak'][b] * 1e9:.9g}, {d * 1e3:.9g}),"
             for a, b, w, d in zip(every.pre.tolist(), every.post.tolist(), every.weight.tolist(),
                                   every.delay.tolist(), strict=True)]  # fmt: skip
    pulses, currents = [], []
    for link in net.stimuli:
        if link.stimulus.is_event:
            times = [round(t * 1e3, 6) for t in event_times(link.stimulus, DURATION)]
            pulses.append(f"    ({times}, {link.i_neuron}, {link.weight / p['r_leak'][link.i_neuron] * 1e9:.9g}),")
        else:
            steps = current_steps(link.stimulus, DURATION)
            currents.append(f"    ({[round(t * 1e3, 6) for t, _ in steps]}, {[round(v * 1e9, 6) for _, v in steps]}, "
                            f"{link.i_neuron}),")  # fmt: skip
    longest = max([0.2, *(every.delay * 1e3 + 0.1).tolist()])
    return _PYNN.format(
        name=_plain(net.name), file="circuit_pynn.py", names=_names(net), cells="\n".join(cells),
        wires="\n".join(wires), pulses="\n".join(pulses), currents="\n".join(currents), duration=DURATION * 1e3,
        step=0.1, longest=longest,
    )  # fmt: skip


def norse_circuit(network: Network) -> str:
    """The circuit as the text of a Norse script. `FormatError` if it is too large, or has what Norse lacks."""
    net = _checked(network)
    every = net.connections
    if len(every) and every.delay.any():
        raise FormatError("a Norse script has no delays; export to PyNN, or set them to 0")
    if any(not link.stimulus.is_event for link in net.stimuli):
        raise FormatError("a Norse script has pulses only; export to PyNN, or leave currents out")
    weight = np.zeros((net.n_neurons, net.n_neurons))
    np.add.at(weight, (every.post, every.pre), every.weight)
    pulses = [f"    ({event_times(link.stimulus, DURATION)}, {link.i_neuron}, {link.weight:.9g}),"
              for link in net.stimuli]  # fmt: skip
    columns: dict[str, Any] = {name: [float(f"{v:.9g}") for v in net.parameter(name)] for name in
                               ("tau_mem", "tau_syn", "tau_ref", "v_leak", "v_threshold", "v_reset")}  # fmt: skip
    rows = ",\n    ".join(str([float(f"{v:.9g}") for v in row]) for row in weight)
    return _NORSE.format(
        name=_plain(net.name), names=_names(net), dt=1e-4, weight=f"[\n    {rows}]", pulses="\n".join(pulses),
        duration=DURATION, **columns,
    )  # fmt: skip


def _checked(network: Network) -> Network:
    net = as_lif(network)
    if not 1 <= net.n_neurons <= MOST:
        raise FormatError("a script has 1 to {most} neurons, this circuit has {n}", most=MOST, n=net.n_neurons)
    if net.synapse_shape != "exponential":
        raise FormatError("a script has exponential synapses; this circuit has others ('{shape}')",
                          shape=net.synapse_shape)  # fmt: skip
    used: set[int] = {*net.connections.synapse.tolist(), *(link.synapse for link in net.stimuli)}
    if 1 in used and (net.parameter("tau_syn") != net.parameter("tau_syn_1")).any():
        raise FormatError("a script's neurons have one synaptic time constant; make both equal")
    return net


def event_times(stimulus: Stimulus, duration: float) -> list[float]:
    """The pulses of a stimulus before `duration` [s]; jitter and chance are drawn once."""
    if isinstance(stimulus, SpikeTrain):
        return [t for t in stimulus.times if t < duration]
    if isinstance(stimulus, Train):
        rng, end = np.random.default_rng(stimulus.seed), min(duration, stimulus.stop)
        times = []
        for k in range(max(0, math.ceil((end - stimulus.start) / stimulus.interval))):
            for t in stimulus.times:
                shifted = t + (stimulus.jitter * rng.standard_normal() if stimulus.jitter else 0.0)
                times.append(stimulus.start + k * stimulus.interval + min(max(shifted, 0.0), stimulus.interval))
        return sorted(round(t, 9) for t in times if t < end)
    if isinstance(stimulus, Poisson):
        end = min(duration, stimulus.stop)
        n = np.random.default_rng(stimulus.seed)
        count = int(n.poisson(stimulus.rate * max(0.0, end - stimulus.start)))
        return sorted(round(float(t), 9) for t in n.uniform(stimulus.start, end, count)) if count else []
    if isinstance(stimulus, Manual):
        return []
    raise FormatError("the stimulus '{kind}' has no pulses", kind=stimulus.kind)


def current_steps(stimulus: Stimulus, duration: float) -> list[tuple[float, float]]:
    """(time [s], current [A]) from which on each value holds, before `duration`."""
    start = max(float(getattr(stimulus, "start", 0.0)), 1e-4)
    stop = min(float(getattr(stimulus, "stop", math.inf)), duration)
    if isinstance(stimulus, Step):
        return [(start, stimulus.amplitude), *([(stop, 0.0)] if stop < duration else [])]
    hold = stimulus.hold if isinstance(stimulus, Noise | HandDrawn) else _STEP
    if isinstance(stimulus, HandDrawn) and not stimulus.repeat:
        stop = min(stop, stimulus.start + hold * len(stimulus.values))
    rng = np.random.default_rng(getattr(stimulus, "seed", 0))
    steps: list[tuple[float, float]] = []
    for k in range(max(0, math.ceil((stop - start) / hold - 1e-9))):
        t = start + k * hold
        if isinstance(stimulus, Ramp):
            share = (t + hold / 2 - stimulus.start) / (stimulus.stop - stimulus.start)
            value = stimulus.first + share * (stimulus.last - stimulus.first)
        elif isinstance(stimulus, Sine):
            phase = 2 * math.pi * stimulus.frequency * (t + hold / 2 - stimulus.start) + stimulus.phase
            value = stimulus.offset + stimulus.amplitude * math.sin(phase)
        elif isinstance(stimulus, Noise):
            value = stimulus.mean + stimulus.sigma * float(rng.standard_normal())
        elif isinstance(stimulus, HandDrawn):
            value = stimulus.values[k % len(stimulus.values)]
        else:
            raise FormatError("the stimulus '{kind}' has no place in a script", kind=stimulus.kind)
        steps.append((t, value))
    return [*steps, (stop, 0.0)] if steps and stop < duration else steps


def _names(net: Network) -> str:
    return repr([_plain(name) for name in net.names])


def _plain(name: str) -> str:
    """A name that can't end the text it stands in."""
    return "".join(c for c in name if c.isalnum() or c in " -_.,()") or "circuit"
