"""The same network in PyTorch, several ways, for `train.py`: each is a function of a mini-batch that makes one step.

5-120-3, 100 steps, membranes 20 and synapses 10 steps, hard reset, SuperSpike of steepness 10, cross-entropy of the
readouts' maxima, Adam. Written as users of each library would, but for `optimised`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

A, B, BETA, RATE = math.exp(-1 / 10), math.exp(-1 / 20), 10.0, 1e-2
Step = Callable[[Any, Any], float]


def _surrogate() -> Any:
    import torch

    class SuperSpike(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.save_for_backward(x)
            return (x > 0).float()

        @staticmethod
        def backward(ctx: Any, grad: Any) -> Any:
            (x,) = ctx.saved_tensors
            return grad / (BETA * x.abs() + 1.0) ** 2

    return SuperSpike.apply


def _weights(matrices: list[np.ndarray]) -> list[Any]:
    import torch

    return [torch.tensor(matrix, requires_grad=True) for matrix in matrices]


def _stepper(parameters: Any, score: Callable[[Any], Any]) -> Step:
    import torch

    adam = torch.optim.Adam(parameters, lr=RATE)

    def step(x: Any, y: Any) -> float:
        loss = torch.nn.functional.cross_entropy(score(x), y)
        adam.zero_grad()
        loss.backward()
        adam.step()
        return float(loss.item())

    return step


def plain(matrices: list[np.ndarray]) -> Step:
    """Loops over time with tensors of a step, as the well-known tutorials do."""
    import torch

    spike = _surrogate()
    w1, w2 = _weights(matrices)

    def score(x: Any) -> Any:
        h1 = torch.einsum("abc,cd->abd", x, w1)
        n = len(x)
        syn, mem = torch.zeros(n, w1.shape[1]), torch.zeros(n, w1.shape[1])
        recorded = []
        for t in range(x.shape[1]):
            out = spike(mem - 1.0)
            recorded.append(out)
            mem, syn = (B * mem + syn) * (1.0 - out.detach()), A * syn + h1[:, t]
        h2 = torch.einsum("abc,cd->abd", torch.stack(recorded, dim=1), w2)
        flt, out = torch.zeros(n, w2.shape[1]), torch.zeros(n, w2.shape[1])
        readout = []
        for t in range(x.shape[1]):
            readout.append(out)
            out, flt = B * out + flt, A * flt + h2[:, t]
        return torch.stack(readout, dim=1).max(dim=1).values

    return _stepper([w1, w2], score)


def optimised(matrices: list[np.ndarray], *, compiled: bool = False) -> Step:
    """By hand: synapses and readout are one matrix product each with their impulse responses; the rest unrolled."""
    import torch

    spike = _surrogate()
    w1, w2 = _weights(matrices)
    lag = torch.arange(100)[:, None] - torch.arange(100)[None, :]
    synapse = torch.where(lag > 0, A ** (lag - 1).clamp(min=0).float(), torch.zeros(()))
    readout = torch.where(lag > 0, (A ** lag.clamp(min=0).float() - B ** lag.clamp(min=0).float()) / (A - B), 0.0)

    def score(x: Any) -> Any:
        current = (synapse @ x) @ w1
        mem = torch.zeros_like(current[:, 0])
        out = []
        for one in current.unbind(1):
            s = spike(mem - 1.0)
            out.append(s)
            mem = (B * mem + one) * (1.0 - s.detach())
        return (readout @ (torch.stack(out, dim=1) @ w2)).max(dim=1).values

    return _stepper([w1, w2], torch.compile(score) if compiled else score)


def norse(matrices: list[np.ndarray]) -> Step:
    """Norse's cells and a loop over time."""
    import norse.torch as library
    import torch

    w1, w2 = _weights(matrices)
    inverse = {"tau_syn_inv": torch.tensor(100.0), "tau_mem_inv": torch.tensor(50.0)}
    hidden = library.LIFCell(library.LIFParameters(**inverse, v_th=torch.tensor(1.0), alpha=torch.tensor(BETA)))
    readout = library.LICell(library.LIParameters(**inverse))

    def score(x: Any) -> Any:
        s1 = s2 = None
        found = []
        for t in range(x.shape[1]):
            z, s1 = hidden(x[:, t] @ w1, s1)
            v, s2 = readout(z @ w2, s2)
            found.append(v)
        return torch.stack(found, dim=1).max(dim=1).values

    return _stepper([w1, w2], score)


def snntorch(matrices: list[np.ndarray]) -> Step:
    """snnTorch's second-order neuron and a loop over time."""
    import snntorch as library
    import torch
    from snntorch import surrogate

    w1, w2 = _weights(matrices)
    hidden = library.Synaptic(A, B, reset_mechanism="zero", spike_grad=surrogate.fast_sigmoid(slope=BETA))
    readout = library.Synaptic(A, B, reset_mechanism="none", threshold=1e9)

    def score(x: Any) -> Any:
        syn1, mem1 = hidden.reset_mem()
        syn2, mem2 = readout.reset_mem()
        found = []
        for t in range(x.shape[1]):
            spikes, syn1, mem1 = hidden(x[:, t] @ w1, syn1, mem1)
            _, syn2, mem2 = readout(spikes @ w2, syn2, mem2)
            found.append(mem2)
        return torch.stack(found, dim=1).max(dim=1).values

    return _stepper([w1, w2], score)


RIVALS = {
    "PyTorch, plain": ("torch", plain),
    "PyTorch, optimised by hand": ("torch", optimised),
    "PyTorch, the same compiled": ("torch", partial(optimised, compiled=True)),
    "Norse": ("norse", norse),
    "snnTorch": ("snntorch", snntorch),
}
