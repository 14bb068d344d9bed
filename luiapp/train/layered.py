"""From a trained network to its plain description, and back to one that can go on learning.

The learners count weights in three ways: per step of a grid, per threshold with first spikes, per threshold with many.
A `Layered` counts PSP heights in thresholds, so each method has one factor for all of its weights.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import NetworkError
from luiapp.model.layered import Layer, Layered, psp_peak
from luiapp.train.event.eventprop import EventPropSpec
from luiapp.train.event.first_spike import FirstSpikeNetwork, FirstSpikeSpec
from luiapp.train.event.task import TimingTask, eventprop_task, first_spike_task
from luiapp.train.store import Model
from luiapp.train.surrogate.network import SpikingNet
from luiapp.train.task import SurrogateTask, latency_code

TAU_SYN = 10e-3  # s, what one unit of time of the exact methods becomes unless somebody says otherwise
_EDGE = 1e-9  # of the logistic function: how close to none and to the longest a delay may lie
Floats = NDArray[np.float64]


def to_layered(model: Model, *, tau_syn: float = TAU_SYN, name: str = "") -> Layered:
    """The plain description of a trained network.

    Parameters
    ----------
    model : Model
    tau_syn : float
        Synaptic time constant [s] of a network whose own times have no unit (``ttfs``, ``eventprop``).
    name : str
        For people.

    Returns
    -------
    Layered
        ``extra["train"]`` holds what only training knows (method, time step, code); `from_layered` reads it.
    """
    if not 0 < tau_syn < math.inf:
        raise NetworkError("a layer's time constants are above zero, and finite")
    if isinstance(model.task, SurrogateTask):
        return _from_grid(model.task, np.asarray(model.weight, np.float64), name)
    return _from_times(model.task, np.asarray(model.weight, np.float64), tau_syn / _unit(model.task), name)


def from_layered(layered: Layered, *, method: str | None = None, dt: float | None = None) -> Model:
    """A model that can go on learning from a description.

    Parameters
    ----------
    layered : Layered
        All layers with the same time constants.
    method : str or None
        ``"surrogate"``, ``"ttfs"`` or ``"eventprop"``; None: what it came from, or what fits.
    dt : float or None
        Time step of the surrogate method [s]; None: the one it came with, or 1 ms.

    Raises
    ------
    NetworkError
        If the method can't hold it; says what is in the way.
    """
    known: dict[str, Any] = layered.extra.get("train", {})
    chosen = method or known.get("method") or _fitting(layered)
    first = layered.layers[0]
    if any((one.tau_mem, one.tau_syn) != (first.tau_mem, first.tau_syn) for one in layered.layers):
        raise NetworkError("the layers have different time constants; training takes the same for all")
    if chosen == "surrogate":
        return _to_grid(layered, dt or known.get("dt", 1e-3))
    if chosen == "ttfs":
        return _to_first_spikes(layered, known)
    if chosen == "eventprop":
        return _to_eventprop(layered)
    raise NetworkError("there is no method '{name}'; there are {names}",
                       name=chosen, names="surrogate, ttfs, eventprop")  # fmt: skip


def _unit(task: TimingTask) -> float:
    """The synaptic time constant in the task's own unit of time."""
    return task.spec.tau_syn if isinstance(task.spec, EventPropSpec) else 1.0


def _height(tau_mem: float, tau_syn: float, threshold: float = 1.0) -> float:
    """PSP height in thresholds of weight 1 where ``tau_mem dv/dt = -v + i`` and a spike adds its weight to i."""
    return psp_peak(tau_mem, tau_syn) * tau_syn / tau_mem / threshold


def _fitting(layered: Layered) -> str:
    if all(math.isinf(one.tau_ref) for one in layered.layers):
        return "ttfs"
    return "eventprop" if layered.decision == "first spike" and layered.layers[-1].kind == "lif" else "surrogate"


def _code(task: SurrogateTask | TimingTask, second: float) -> dict[str, float | None]:
    code = latency_code(task.code)
    bias = None if code.bias is None else code.bias * second
    return {"early": code.early * second, "late": code.late * second, "bias": bias}


def _from_grid(task: SurrogateTask, weight: Floats, name: str) -> Layered:
    net, matrices = task.net, task.net.matrices(weight)
    if net.normalise:
        raise NetworkError("a network that is normalised through time has no counterpart elsewhere; train one without")
    fires = task.rule.loss == "first spike"
    layers = tuple(
        Layer(
            w * net.psp_peak(tau),
            "lif" if fires or i < len(matrices) - 1 else "li",
            tau,
            net.tau_syn,
            loop=None if loop is None else loop * net.psp_peak(tau),
            bias=latency_code(task.code).bias if i == 0 else None,
        )
        for i, (tau, (w, loop)) in enumerate(zip(net.taus(), matrices, strict=True))
    )
    decision: Any = task.rule.loss
    extra = {"train": {"method": "surrogate", "dt": net.dt, "code": _code(task, 1.0)}}
    return Layered(layers, decision, net.n_steps * net.dt, name, extra)


def _from_times(task: TimingTask, weight: Floats, second: float, name: str) -> Layered:
    """`second`: how many seconds a unit of the task's time is."""
    spec = task.spec
    with task.learner(weight=weight) as learner:
        network = learner.network
    first = isinstance(network, FirstSpikeNetwork)
    tau_syn = _unit(task)
    height = _height(spec.tau_mem, tau_syn, spec.threshold)
    layers = []
    for i in range(spec.n_layers):
        w, bias, delay = network.parameters[f"weights_{i}"], None, None
        if isinstance(network, FirstSpikeNetwork) and isinstance(spec, FirstSpikeSpec):
            own = spec.bias(i)
            bias = None if own is None else own * second
            delay = _delays(network, i, w.shape, second)
        elif i == 0 and task.code.bias is not None:
            bias = task.code.bias * second
        once = first or (i == spec.n_layers - 1 and isinstance(spec, EventPropSpec) and spec.output_spikes == 1)
        layers.append(Layer(w * height, "lif", spec.tau_mem * second, tau_syn * second,
                            math.inf if once else 0.0, delay=delay, bias=bias))  # fmt: skip
    until = spec.until if isinstance(spec, EventPropSpec) else task.code.late + 10.0
    known: dict[str, Any] = {"method": task.method, "code": _code(task, second)}
    if isinstance(spec, FirstSpikeSpec):
        known |= {"delays": spec.delays, "longest_delay": spec.longest_delay * second}
    return Layered(tuple(layers), "first spike", until * second, name, {"train": known})


def _delays(network: FirstSpikeNetwork, layer: int, shape: tuple[int, ...], second: float) -> Floats | None:
    """One delay for each synapse [s]. A neuron that fires once fires later by as much as all its inputs do."""
    kind = network.spec.kind(layer)
    if kind == "none":
        return None
    own = network.delay(layer) * second
    return np.array(np.broadcast_to(own[:, None] if kind == "axonal" else own, shape))


def _to_grid(layered: Layered, dt: float) -> Model:
    last, loops = layered.layers[-1], [one.loop is not None for one in layered.layers[:-1]]
    if any(one.delay is not None for one in layered.layers):
        raise NetworkError("surrogate gradients know no delays; choose the method 'ttfs'")
    if any(one.tau_ref > dt for one in layered.layers) or last.loop is not None or any(loops) != all(loops):
        raise NetworkError("surrogate gradients take neurons without a refractory time, "
                           "and recurrent weights in all hidden layers or in none")  # fmt: skip
    if any(one.bias is not None for one in layered.layers[1:]):
        raise NetworkError("only the first layer can have a bias spike, unless the method is 'ttfs'")
    if (last.kind == "lif") != (layered.decision == "first spike"):
        raise NetworkError("surrogate gradients read 'li' neurons by their membranes, 'lif' ones by their first spike")
    first = layered.layers[0]
    net = SpikingNet(len(first.weight), last.n, tuple(one.n for one in layered.layers[:-1]), any(loops),
                     first.tau_mem, first.tau_syn, dt, round(layered.duration / dt))  # fmt: skip
    flat = np.empty(net.n_parameters)
    for one, (w, loop) in zip(layered.layers, net.matrices(flat), strict=True):
        w[:] = one.weight
        if loop is not None:
            loop[:] = one.loop
    plain = SurrogateTask()
    code = _known_code(layered, plain.code, 1.0)
    code = replace(code, bias=first.bias)
    return Model(SurrogateTask(net, code, rule=replace(plain.rule, loss=layered.decision)), flat / net.psp_peak())


def _to_first_spikes(layered: Layered, known: dict[str, Any]) -> Model:
    first, second = layered.layers[0], layered.layers[0].tau_syn
    if not all(math.isinf(one.tau_ref) and one.kind == "lif" and one.loop is None for one in layered.layers):
        raise NetworkError("the method 'ttfs' takes neurons that fire once at most, in a row of layers")
    ratio = first.tau_mem / second
    biases = tuple(None if one.bias is None else one.bias / second for one in layered.layers)
    delays = [one.delay for one in layered.layers]
    if any(d is None for d in delays[1:]) != all(d is None for d in delays[1:]):
        raise NetworkError("either all layers have delays, or none, or the first alone")
    kind = "none" if delays[0] is None else known.get("delays", "synaptic")
    if len(delays) > 1 and (delays[0] is None) != (delays[1] is None):
        if delays[0] is None or (delays[0] != delays[0][:, :1]).any():
            raise NetworkError("either all layers have delays, or none, or the first alone")
        kind = "inputs"
    longest = known.get("longest_delay", max([float(d.max()) for d in delays if d is not None] or [second])) / second
    plain = first_spike_task(1, delays=kind)
    spec = FirstSpikeSpec((first.n_in, *(one.n for one in layered.layers)), 2.0 if abs(ratio - 2) < 1e-9 else ratio,
                          1.0, kind, longest, biases if any(b is not None for b in biases) else ())  # fmt: skip
    parts = []
    for one, delay in zip(layered.layers, delays, strict=True):
        parts.append(one.weight.ravel() / _height(spec.tau_mem, 1.0))
        if delay is not None:
            own = {"axonal": delay[:, 0], "inputs": delay[:, 0], "dendritic": delay[0]}.get(kind, delay)
            share = np.clip(own.ravel() / second / max(longest, 1e-300), _EDGE, 1 - _EDGE)
            parts.append(np.log(share / (1 - share)))
    return Model(replace(plain, spec=spec, code=_known_code(layered, plain.code, second)), np.concatenate(parts))


def _to_eventprop(layered: Layered) -> Model:
    first, second = layered.layers[0], layered.layers[0].tau_syn
    for one in layered.layers[:-1]:
        if one.delay is not None or one.loop is not None or one.tau_ref > 0:
            raise NetworkError("EventProp takes layers in a row, without delays and refractory times")
    if layered.layers[-1].kind != "lif" or any(one.bias is not None for one in layered.layers[1:]):
        raise NetworkError("EventProp takes output neurons that fire, and a bias spike in the first layer only")
    plain = eventprop_task(1)
    ratio = first.tau_mem / second
    spec = EventPropSpec((len(first.weight), *(one.n for one in layered.layers)), ratio, 1.0, 1.0,
                         layered.duration / second, int(math.isinf(layered.layers[-1].tau_ref)))  # fmt: skip
    flat = np.concatenate([one.weight.ravel() for one in layered.layers]) / _height(ratio, 1.0)
    code = replace(_known_code(layered, plain.code, second), bias=None if first.bias is None else first.bias / second)
    return Model(replace(plain, spec=spec, code=code), flat)


def _known_code(layered: Layered, plain: Any, second: float) -> Any:
    """The code that the description came with, in units of `second` seconds, or `plain`."""
    found = layered.extra.get("train", {}).get("code")
    if found is None:
        return plain
    return replace(plain, **{name: None if value is None else value / second for name, value in found.items()})
