"""A layered network as a script for PyNN: complete, to be read, changed and run elsewhere."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FormatError
from luiapp.model.layered import Layer, Layered, psp_peak

MAX_SYNAPSES = 200_000  # a script is for reading
STEP = 0.1  # ms
_NEVER = 1e9  # mV, the threshold of neurons that don't fire

_HEAD = '''\
"""{name}: a trained network of spiking neurons, as a PyNN script.

Times are in ms, membranes in mV with rest at 0 and the threshold at 1, weights in nA into 1 nF.
Run it with the name of a simulator: python {file} nest
"""

import importlib
import sys

# (from, to, weight, delay) of each synapse
{tables}

DURATION = {duration!r}
N_INPUTS = {n_in}
EXAMPLE = {example!r}  # when each input fires; put a sample of yours here


def build(sim, times):
    """The network, with one spike of each input at `times`; returns its populations, the last is the output."""
    inputs = sim.Population(N_INPUTS, sim.SpikeSourceArray(), label="input")
    inputs.set(spike_times=[sim.Sequence([t]) if hasattr(sim, "Sequence") else [t] for t in times])
    layers = [inputs]
'''
_TAIL = '''\
    return layers


def join(sim, before, after, table, step):
    """Excitatory and inhibitory synapses are two projections."""
    for receptor, sign in (("excitatory", 1), ("inhibitory", -1)):
        rows = [(i, j, w, max(d, step)) for i, j, w, d in table if w * sign > 0]
        if rows:
            connector = sim.FromListConnector(rows, column_names=["weight", "delay"])
            sim.Projection(before, after, connector, sim.StaticSynapse(), receptor_type=receptor)


def main(name="nest"):
    sim = importlib.import_module("pyNN." + name)
    sim.setup(timestep={step!r}, min_delay={step!r}{longest})
    layers = build(sim, EXAMPLE)
    layers[-1].record({record})
    sim.run(DURATION)
    found = layers[-1].get_data().segments[0]
    sim.end()
    return found


if __name__ == "__main__":
    found = main(*sys.argv[1:2])
{show}
'''


def pynn_script(layered: Layered) -> str:
    """The network as the text of a PyNN script.

    Raises
    ------
    FormatError
        If it is too large to be a script.
    """
    n = sum(one.weight.size + (0 if one.loop is None else one.loop.size) for one in layered.layers)
    if n > MAX_SYNAPSES:
        raise FormatError("a script holds up to {limit} synapses, this network has {n}; export it to nir or csv",
                          limit=MAX_SYNAPSES, n=n)  # fmt: skip
    tables, body = [], []
    for k, layer in enumerate(layered.layers):
        tables += _tables(k, layer)
        body += _body(k, layer, layered.duration)
    spikes = layered.layers[-1].kind == "lif"
    delays = [float(one.delay.max()) for one in layered.layers if one.delay is not None]
    head = _HEAD.format(
        name=_plain(layered.name or "network"), file="network_pynn.py", tables="\n".join(tables),
        duration=layered.duration * 1e3, n_in=layered.n_in, example=_example(layered),
    )  # fmt: skip
    show = (
        '    for train in found.spiketrains:\n        print(train)'
        if spikes
        else '    print(found.analogsignals[0].max(axis=0))'
    )  # fmt: skip
    tail = _TAIL.format(
        step=STEP, record='"spikes"' if spikes else '"v"', show=show,
        longest=f", max_delay={max(max(delays) * 1e3, STEP) + STEP!r}" if delays else "",
    )  # fmt: skip
    return head + "".join(body) + tail


def _tables(k: int, layer: Layer) -> list[str]:
    # dv/dt = -v / tau_mem + i / cm, so a current of 1 nA into 1 nF peaks at psp_peak * tau_syn mV.
    unit = 1.0 / (psp_peak(layer.tau_mem, layer.tau_syn) * layer.tau_syn * 1e3)
    weight = layer.weight if layer.bias is None else layer.weight[:-1]
    delay = np.zeros_like(layer.weight) if layer.delay is None else layer.delay * 1e3
    found = [_table(f"LAYER_{k}", weight * unit, delay[: len(weight)])]
    if layer.bias is not None:
        found.append(_table(f"BIAS_{k}", layer.weight[-1:] * unit, delay[-1:]))
    if layer.loop is not None:
        found.append(_table(f"LOOP_{k}", layer.loop * unit, np.zeros_like(layer.loop)))
    return found


def _table(name: str, weight: NDArray[np.float64], delay: NDArray[np.float64]) -> str:
    rows = [f"    ({i}, {j}, {weight[i, j]:.9g}, {delay[i, j]:.9g}),"
            for i, j in np.ndindex(*weight.shape) if weight[i, j]]  # fmt: skip
    return "\n".join([f"{name} = [", *rows, "]"])


def _body(k: int, layer: Layer, duration: float) -> list[str]:
    once = 10 * duration if math.isinf(layer.tau_ref) else layer.tau_ref
    cell = {
        "tau_m": layer.tau_mem * 1e3, "tau_syn_E": layer.tau_syn * 1e3, "tau_syn_I": layer.tau_syn * 1e3, "cm": 1.0,
        "v_rest": 0.0, "v_reset": 0.0, "v_thresh": 1.0 if layer.kind == "lif" else _NEVER,
        "tau_refrac": max(once * 1e3, STEP), "i_offset": 0.0,
    }  # fmt: skip
    given = ", ".join(f"{name}={value:.9g}" for name, value in cell.items())
    lines = [
        f"    cells = sim.Population({layer.n}, sim.IF_curr_exp({given}), label=\"layer {k}\")",
        "    cells.initialize(v=0.0)",
        f"    join(sim, layers[-1], cells, LAYER_{k}, {STEP!r})",
    ]  # fmt: skip
    if layer.bias is not None:
        lines += [f"    bias = sim.Population(1, sim.SpikeSourceArray(spike_times=[{layer.bias * 1e3:.9g}]))",
                  f"    join(sim, bias, cells, BIAS_{k}, {STEP!r})"]  # fmt: skip
    if layer.loop is not None:
        lines.append(f"    join(sim, cells, cells, LOOP_{k}, {STEP!r})")
    return [line + "\n" for line in [*lines, "    layers.append(cells)"]]


def _example(layered: Layered) -> list[float]:
    """Inputs spread over the span of the code that it was trained with, or over half a sample [ms]."""
    code = layered.extra.get("train", {}).get("code") or {"early": 0.0, "late": layered.duration / 2}
    times = np.linspace(code["early"], code["late"], layered.n_in) * 1e3
    return [round(max(float(t), STEP), 6) for t in times]


def _plain(name: str) -> str:
    """A name that can't end the text it stands in."""
    return "".join(c for c in name if c.isalnum() or c in " -_.,()") or "network"
