"""First-spike networks in PyTorch, written to compare with: the same closed forms, the same gradients, one thread."""

from __future__ import annotations

import math
from typing import Any

import torch

WAYS = ("all prefixes", "running sums")


class FirstSpikes(torch.autograd.Function):
    """First spike times (n_samples, n_out) from times (n_samples, n_in), weights and delays (n_in, n_out)."""

    @staticmethod
    def forward(ctx: Any, times: Any, weights: Any, delays: Any, double: bool, way: str) -> Any:
        """Candidates of every prefix of the sorted inputs; the earliest that lies within its prefix's time counts."""
        arrivals = times[:, :, None] if delays is None else times[:, :, None] + delays
        ordered, order = arrivals.sort(dim=1)
        drawn = weights[order[:, :, 0]] if delays is None else weights.expand(len(times), -1, -1).gather(1, order)
        drawn = torch.where(torch.isfinite(ordered), drawn, 0.0)
        known = torch.where(torch.isfinite(ordered), ordered, 0.0)
        e_1 = torch.exp(known)
        second = drawn * (torch.exp(0.5 * known) if double else known * e_1)
        first = drawn * e_1
        if way == "running sums":
            a, b = first.cumsum(dim=1), second.cumsum(dim=1)
        else:  # as the published code does: every prefix with all its members
            n = ordered.shape[1]
            prefix = torch.ones(n, n, dtype=times.dtype).tril()[None, :, :, None]
            a, b = (prefix * first[:, None]).sum(dim=2), (prefix * second[:, None]).sum(dim=2)
        spike = _double(a, b) if double else _equal(a, b)
        later = torch.cat([ordered[:, 1:], torch.full_like(ordered[:, :1], math.inf)], dim=1)
        spike = torch.where((spike >= ordered) & (spike <= later), spike, math.inf).amin(dim=1)
        ctx.save_for_backward(arrivals, weights, spike)
        ctx.double, ctx.delayed = double, delays is not None
        return spike

    @staticmethod
    def backward(ctx: Any, error: Any) -> Any:
        """Closed forms over the causal inputs."""
        arrivals, weights, spike = ctx.saved_tensors
        since = spike[:, None] - arrivals
        causal = (since > 0) & torch.isfinite(since)
        since = torch.where(causal, since, 0.0)
        if ctx.double:
            slow = torch.exp(-0.5 * since)
            kernel, rise = slow - slow * slow, slow * slow - 0.5 * slow
        else:
            slow = torch.exp(-since)
            kernel, rise = since * slow, (1.0 - since) * slow
        kernel, rise = kernel * causal, rise * causal * weights
        slope = rise.sum(dim=1)
        pull = torch.where(torch.isfinite(spike), error / torch.where(slope > 0, slope, 1.0), 0.0)[:, None]
        moved = pull * rise
        return moved.sum(dim=2), -(pull * kernel).sum(dim=0), moved.sum(dim=0) if ctx.delayed else None, None, None


def _double(a: Any, b: Any) -> Any:
    root = torch.sqrt(b * b - 4.0 * a)
    spike = 2.0 * torch.log(2.0 * a / (b + root))
    return torch.where((a > 0) & torch.isfinite(spike), spike, math.inf)


def _equal(a: Any, b: Any) -> Any:
    ratio = b / a
    z = -torch.exp(ratio) / a
    spike = ratio - _lambert(z.clamp(min=-1.0 / math.e))
    return torch.where((a > 0) & (z >= -1.0 / math.e) & torch.isfinite(spike), spike, math.inf)


def _lambert(z: Any) -> Any:
    """Principal branch between -1/e and 0."""
    p = torch.sqrt((2.0 * (math.e * z + 1.0)).clamp(min=0.0))
    series = -1.0 + p * (1.0 - p * (1.0 / 3.0 - p * (11.0 / 72.0)))
    w = torch.where(z < -0.2, series, z * (1.0 - z))
    for _ in range(3):
        grown = torch.exp(w)
        miss = w * grown - z
        w = w - 2.0 * miss * (w + 1.0) / (2.0 * grown * (w + 1.0) ** 2 - (w + 2.0) * miss + 1e-300)
    return w


class TorchNetwork(torch.nn.Module):
    """The network of a `FirstSpikeSpec` without delays or with synaptic ones."""

    def __init__(self, spec: Any, parameters: dict[str, Any], way: str) -> None:
        super().__init__()
        self.spec, self.way = spec, way
        self.values = torch.nn.ParameterDict({k: torch.nn.Parameter(torch.tensor(v)) for k, v in parameters.items()})

    def forward(self, times: Any) -> Any:
        """First spike times of the last layer."""
        for layer in range(self.spec.n_layers):
            bias = self.spec.bias(layer)
            if bias is not None:
                times = torch.cat([times, torch.full_like(times[:, :1], bias)], dim=1)
            weights = self.values[f"weights_{layer}"]
            if self.spec.delays == "synaptic":
                delays = self.spec.longest_delay * torch.sigmoid(self.values[f"delays_{layer}"])
            else:
                delays = None
            times = FirstSpikes.apply(times, weights, delays, self.spec.tau_mem == 2.0, self.way)
        return times


def loss(times: Any, labels: Any, margin: float, early_weight: float, at_least: bool) -> Any:
    """As `luiapp.train.event.losses.margin`."""
    right = times.gather(1, labels[:, None])
    off = torch.where(torch.isfinite(times) & torch.isfinite(right), times - right - margin, 0.0)
    if at_least:
        off = off.clamp(max=0.0)
    off = off.scatter(1, labels[:, None], 0.0)
    value = 0.5 * (off * off).sum(dim=1) + early_weight * torch.where(torch.isfinite(right), right, 0.0)[:, 0]
    return value.mean()
