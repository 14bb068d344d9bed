"""A layered network as a script for Norse: a PyTorch module, to be read, changed, run and trained elsewhere."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import FormatError
from luiapp.model.layered import Layer, Layered

MAX_WEIGHTS = 200_000  # a script is for reading
_DT = 1e-3  # s, unless the network came with a step of its own

_TEXT = '''\
"""{name}: a trained network of spiking neurons, as a module for Norse (PyTorch).

    net = Network()
    out = net(spikes)            # spikes: (time, samples, {n_in}) of zeros and ones, a step is {dt!r} s
    classes = decide(out)
"""

import math

import torch
from norse.torch import LICell, LIFCell
from norse.torch.functional.leaky_integrator import LIParameters
from norse.torch.functional.lif import LIFParameters

DT = {dt!r}
N_STEPS = {n_steps}


def matrix(rows):
    return torch.nn.Parameter(torch.tensor(rows))


def rate(tau):
    """Norse takes Euler's steps; with this rate they lose exactly what exp(-DT / tau) loses."""
    return torch.tensor((1 - math.exp(-DT / tau)) / DT)


def lif(tau_mem, tau_syn):
    # alpha is the steepness of the surrogate
    return LIFCell(LIFParameters(tau_syn_inv=rate(tau_syn), tau_mem_inv=rate(tau_mem),
                                 v_leak=torch.tensor(0.0), v_th=torch.tensor(1.0), v_reset=torch.tensor(0.0),
                                 method="super", alpha=torch.tensor(10.0)), dt=DT)


def li(tau_mem, tau_syn):
    return LICell(LIParameters(tau_syn_inv=rate(tau_syn), tau_mem_inv=rate(tau_mem), v_leak=torch.tensor(0.0)), dt=DT)


class Network(torch.nn.Module):
    """{sizes}; returns spikes of the last layer, or its membranes, (time, samples, {n_out})."""

    def __init__(self):
        super().__init__()
{made}

    def forward(self, spikes):
        states = [None] * {n_layers}
{begin}
        out = []
        for step, x in enumerate(spikes):
{steps}
            out.append(x)
        return torch.stack(out)


def decide(out):
    """The class of each sample."""
    {decision}
'''
_DECISIONS = {
    "maximum": "return out.max(dim=0).values.argmax(dim=1)",
    "last": "return out[-1].argmax(dim=1)",
    "mean": "return out.mean(dim=0).argmax(dim=1)",
    "count": "return out.sum(dim=0).argmax(dim=1)",
    "first spike": "return torch.cumprod(1 - out, dim=0).sum(dim=0).argmin(dim=1)",
}


def norse_script(layered: Layered) -> str:
    """The network as the text of a script.

    Raises
    ------
    FormatError
        If it has delays, refractory times that are neither none nor infinite, or too many weights.
    """
    n = sum(one.weight.size + (0 if one.loop is None else one.loop.size) for one in layered.layers)
    if n > MAX_WEIGHTS:
        raise FormatError("a script holds up to {limit} synapses, this network has {n}; export it to nir or csv",
                          limit=MAX_WEIGHTS, n=n)  # fmt: skip
    if any(one.delay is not None for one in layered.layers):
        raise FormatError("Norse has no delays; export this network to pynn, nir or csv")
    dt = float(layered.extra.get("train", {}).get("dt", _DT))
    if any(dt < one.tau_ref < math.inf for one in layered.layers):
        raise FormatError("Norse has no refractory times; export this network to pynn")
    made, begin, steps = [], [], []
    for k, layer in enumerate(layered.layers):
        made += _made(k, layer, dt)
        begin += _begin(k, layer)
        steps += _step(k, layer, dt)
    sizes = (layered.n_in, *(one.n for one in layered.layers))
    name = "".join(c for c in layered.name if c.isalnum() or c in " -_.,()") or "network"
    return _TEXT.format(
        name=name, n_in=layered.n_in, n_out=layered.n_out, dt=dt, n_steps=round(layered.duration / dt),
        sizes=" - ".join(map(str, sizes)), n_layers=len(layered.layers), decision=_DECISIONS[layered.decision],
        made=_indented(made, 8), begin=_indented(begin, 8), steps=_indented(steps, 12),
    )  # fmt: skip


def _made(k: int, layer: Layer, dt: float) -> list[str]:
    unit = 1.0 / _peak(layer, dt)
    weight = layer.weight if layer.bias is None else layer.weight[:-1]
    lines = [f"self.weight_{k} = matrix({_rows(weight * unit)})",
             f"self.cell_{k} = {layer.kind}({layer.tau_mem!r}, {layer.tau_syn!r})"]  # fmt: skip
    if layer.bias is not None:
        lines.append(f"self.bias_{k} = matrix({_rows(layer.weight[-1:] * unit)})")
    if layer.loop is not None:
        lines.append(f"self.loop_{k} = matrix({_rows(layer.loop * unit)})")
    return lines


def _peak(layer: Layer, dt: float) -> float:
    """Peak of a membrane in steps, after a spike that adds 1 to the current: ``v += (1 - b)(i - v)``, ``i *= a``."""
    a, b = math.exp(-dt / layer.tau_syn), math.exp(-dt / layer.tau_mem)
    step = np.arange(1, math.ceil(10 * max(layer.tau_mem, layer.tau_syn) / dt) + 2)
    height = (a**step - b**step) / (a - b) if abs(a - b) > 1e-9 else step * a ** (step - 1.0)
    return float((1 - b) * height.max())


def _begin(k: int, layer: Layer) -> list[str]:
    once = layer.kind == "lif" and math.isinf(layer.tau_ref)
    wanted = ((f"back_{k}", layer.loop is not None), (f"done_{k}", once))
    names = [name for name, there in wanted if there]
    return [f"{name} = torch.zeros(spikes.shape[1], {layer.n})" for name in names]


def _step(k: int, layer: Layer, dt: float) -> list[str]:
    total = f"x @ self.weight_{k}"
    if layer.loop is not None:
        total += f" + back_{k} @ self.loop_{k}"
    lines = [f"x = {total}"]
    if layer.bias is not None:
        lines += [f"if step == {round(layer.bias / dt)}:", f"    x = x + self.bias_{k}"]
    lines.append(f"x, states[{k}] = self.cell_{k}(x, states[{k}])")
    if layer.kind == "lif" and math.isinf(layer.tau_ref):
        lines += [f"x = x * (1 - done_{k})  # once at most", f"done_{k} = done_{k} + x"]
    if layer.loop is not None:
        lines.append(f"back_{k} = x")
    return lines


def _rows(array: NDArray[np.float64]) -> str:
    return "[" + ", ".join("[" + ", ".join(f"{value:.9g}" for value in row) + "]" for row in array) + "]"


def _indented(lines: list[str], by: int) -> str:
    return "\n".join(" " * by + line for line in lines) if lines else " " * by + "pass"
