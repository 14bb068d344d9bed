"""Looking inside a network that learns: what it says of every place, and one sample on its way through it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.gui.training.data_state import CLASSES, Data, Place
from luiapp.gui.training.setup_state import Task
from luiapp.kernels import train_rows
from luiapp.train.datasets import Dataset, mirrored
from luiapp.train.event.first_spike import FirstSpikeNetwork
from luiapp.train.event.learner import TimingLearner
from luiapp.train.surrogate.learner import SurrogateLearner
from luiapp.train.surrogate.network import SURROGATES
from luiapp.train.task import SurrogateTask

Floats = NDArray[Any]
N_TIMES = 160  # points of a drawn membrane, where it has no grid of its own
RADIUS = 0.5
_EDGE = 0.499  # of the disc, as far as the probe goes


_NONE = Dataset(np.zeros((0, 4)), np.zeros(0, np.int64))
YIN_YANG = Data(CLASSES, _NONE, _NONE, _NONE)  # its plane, without samples


def disc(size: int) -> tuple[NDArray[np.bool_], Floats]:
    """Pixels of a picture of the data's disc.

    Returns
    -------
    (size, size) bool
        Which pixels have their middle in the disc; row 0 is at the top, y = 1.
    (n, 2) float64
        The places of these, row by row.
    """
    middle = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(middle, middle[::-1])
    inside = (x - RADIUS) ** 2 + (y - RADIUS) ** 2 <= RADIUS**2
    return inside, np.column_stack([x[inside], y[inside]])


def into_disc(x: float, y: float) -> tuple[float, float]:
    """The nearest place of the disc."""
    dx, dy = x - RADIUS, y - RADIUS
    far = float(np.hypot(dx, dy))
    return (x, y) if far <= _EDGE else (RADIUS + dx * _EDGE / far, RADIUS + dy * _EDGE / far)


def shares(scores: Floats) -> Floats:
    """(n, n_classes) how sure the network is of each class, by the softmax of its `scores`; all 0 if it is silent."""
    best = scores.max(axis=1, keepdims=True)
    heard = np.isfinite(best)
    odds = np.where(heard, np.exp(np.where(heard, scores - np.where(heard, best, 0.0), -np.inf)), 0.0)
    total = odds.sum(axis=1, keepdims=True)
    return np.asarray(odds / np.where(total > 0, total, 1.0), np.float64)


def at_places(places: Floats) -> Dataset:
    """Samples at `places` (n, 2) of the plane, whatever their classes."""
    return Dataset(mirrored(places), np.zeros(len(places), np.int64))


@dataclass(frozen=True, eq=False)
class Inside:
    """One sample inside the network. Times in ms, or in synaptic time constants where `in_tau`.

    Attributes
    ----------
    place : (x, y), or its number in the gallery; label : its true class
    shares : (n_classes,) how sure the network is
    until : when the sample ends
    times : (n_times,) of the membranes
    inputs : (n, 2) time and channel of every spike that comes in
    hidden : (n_times, n_hidden) membranes, in thresholds; readout : (n_times, n_classes)
    spikes : (n, 2) time and hidden neuron; answers : (n, 2) the same of the readout, where it fires
    window : (n_times, n_hidden) the surrogate derivative on each membrane; empty where there is none
    back : (n, 3) where the gradient arrives: time, hidden neuron, and its value relative to the largest
    """

    place: Place
    label: int
    shares: Floats
    until: float
    in_tau: bool
    times: Floats
    inputs: Floats
    hidden: Floats
    readout: Floats
    spikes: Floats
    answers: Floats
    window: Floats
    back: Floats

    @property
    def answer(self) -> int:
        """The class that the network says, −1 if it says nothing."""
        return int(self.shares.argmax()) if self.shares.any() else -1


def look(task: Task, learner: Any, place: Place, data: Data | None = None) -> Inside:
    """Send the sample at `place` of `data`, by default Yin-Yang, through the network, and its gradient back."""
    dataset = (data or YIN_YANG).at(place)
    sure = shares(learner.say(task.data(learner, dataset)).scores)[0]
    if isinstance(task, SurrogateTask):
        return _look_at_steps(task, learner, dataset, place, sure)
    return _look_at_times(task, learner, dataset, place, sure)


def _look_at_steps(
    task: SurrogateTask, learner: SurrogateLearner, dataset: Dataset, place: Place, sure: Floats
) -> Inside:
    ms = 1e3 * task.net.dt
    data = task.data(learner, dataset)
    seen = learner.look(data, 0)
    u, s = seen.membranes[0], seen.spikes[0]
    window = np.empty(u.size, u.dtype)
    train_rows.surrogate_row(SURROGATES[task.rule.surrogate], u.dtype.type(task.rule.beta), u.dtype.type(1), u.ravel(),
                             window)  # fmt: skip
    window = window.reshape(u.shape)
    flows = np.abs(seen.gradients[0] * window)
    step, neuron = np.nonzero(s)
    answers: Floats = np.zeros((0, 2))
    if task.rule.loss == "first spike":
        answers = np.column_stack(np.nonzero(seen.spikes[-1])) * (ms, 1.0)
    return Inside(
        place, int(dataset.labels[0]), sure, ms * task.net.n_steps, False, ms * np.arange(task.net.n_steps),
        np.column_stack([ms * data.step, data.channel]).astype(np.float64), u, seen.membranes[-1],
        np.column_stack([ms * step, neuron]).astype(np.float64), answers, window,
        _strongest(ms, flows, seen.gradients[0] * window),
    )  # fmt: skip


def _strongest(ms: float, size: Floats, signed: Floats) -> Floats:
    """Where the gradient is more than a twentieth of its largest, as `Inside.back` has it."""
    largest = float(size.max()) if size.size else 0.0
    if largest <= 0 or not np.isfinite(largest):
        return np.zeros((0, 3))
    step, neuron = np.nonzero(size > 0.05 * largest)
    return np.column_stack([ms * step, neuron, signed[step, neuron] / largest]).astype(np.float64)


def _look_at_times(task: Any, learner: TimingLearner, dataset: Dataset, place: Place, sure: Floats) -> Inside:
    data = task.data(learner, dataset)
    passes, errors = learner.trail(data)
    first, last = passes[0], passes[-1]
    network, label = learner.network, int(dataset.labels[0])
    came = data.times[0]
    if isinstance(network, FirstSpikeNetwork):
        bias = network.spec.bias(0)
        came = came if bias is None else np.append(came, bias)
        until = max(4.0, float(np.nan_to_num(last.spikes, posinf=0.0).max()) + 0.5)
        times = np.linspace(0.0, until, N_TIMES)
        hidden, readout = (_response_once(network, one, layer, times) for layer, one in enumerate(passes))
        spikes, answers = (_listed(one.spikes[0]) for one in (first, last))
        by_spike = errors[0][0][spikes[:, 1].astype(int)]
    else:
        until = task.spec.until
        times = np.linspace(0.0, until, N_TIMES)
        hidden, readout = (_response_often(network, one, layer, times) for layer, one in enumerate(passes))
        spikes, answers = (np.column_stack([one.events.time, one.events.neuron]) for one in (first, last))
        by_spike = errors[0]
    largest = float(np.abs(by_spike).max()) if by_spike.size else 0.0
    back = np.column_stack([spikes, by_spike / largest]) if largest > 0 else np.zeros((0, 3))
    inputs = np.column_stack([came, np.arange(len(came))])
    return Inside(place, label, sure, until, True, times, inputs, hidden, readout, spikes, answers,
                  np.zeros((0, 0)), back)  # fmt: skip


def matrices(task: Task, weight: Floats) -> tuple[Floats, Floats]:
    """(n_channels, n_hidden) and (n_hidden, n_classes) weights in thresholds, without the outputs' bias."""
    if isinstance(task, SurrogateTask):
        both = [one for one, _ in task.net.matrices(weight)]
        return both[0], both[1]
    found, at = {}, 0
    for name, shape in task.spec.shapes().items():
        n = int(np.prod(shape))
        found[name] = weight[at : at + n].reshape(shape)
        at += n
    return found["weights_0"], found["weights_1"][: task.hidden[0]]


def rasters(task: Task, learner: Any, dataset: Dataset) -> Floats:
    """(n, 3) sample, time and hidden neuron of every spike, for each sample of `dataset`."""
    data = task.data(learner, dataset)
    if isinstance(task, SurrogateTask):
        found = []
        for i in range(len(dataset.labels)):
            step, neuron = np.nonzero(learner.look(data, i).spikes[0])
            found.append(np.column_stack([np.full(len(step), i), 1e3 * task.net.dt * step, neuron]))
        return np.concatenate(found).astype(np.float64)
    first = learner.network.run(data.times)[0]
    if hasattr(first, "events"):
        sample = np.repeat(np.arange(len(dataset.labels)), np.diff(first.events.first))
        return np.column_stack([sample, first.events.time, first.events.neuron])
    sample, neuron = np.nonzero(np.isfinite(first.spikes))
    return np.column_stack([sample, first.spikes[sample, neuron], neuron])


def _listed(times: Floats) -> Floats:
    """(n, 2) time and neuron of neurons that fire once at most."""
    fired = np.isfinite(times)
    return np.column_stack([times[fired], np.flatnonzero(fired)])


def _response_once(network: FirstSpikeNetwork, one: Any, layer: int, times: Floats) -> Floats:
    """(n_times, n) membranes of a layer whose neurons fire once and are not reset: the sum of all responses."""
    weights, arrivals = network.parameters[f"weights_{layer}"], one.arrivals[0]
    came = np.isfinite(arrivals)
    at = np.broadcast_to(arrivals[:, None], weights.shape)
    if network.spec.delays == "synaptic":
        at = at + network.delay(layer)
    late = np.maximum(times[:, None, None] - at[None, came], 0.0)
    kernel = late * np.exp(-late) if network.spec.tau_mem == 1.0 else np.exp(-late / 2) - np.exp(-late)
    return np.asarray((kernel * weights[None, came]).sum(axis=1) / network.spec.threshold)


def _response_often(network: Any, one: Any, layer: int, times: Floats) -> Floats:
    """(n_times, n) membranes of a layer whose neurons start at rest again after every spike."""
    spec, weights = network.spec, network.parameters[f"weights_{layer}"]
    late = np.maximum(times[:, None] - one.inputs.time, 0.0)
    if abs(spec.tau_mem - spec.tau_syn) < 1e-9 * spec.tau_mem:
        kernel = late / spec.tau_mem * np.exp(-late / spec.tau_mem)
    else:
        scale = spec.tau_syn / (spec.tau_mem - spec.tau_syn)
        kernel = scale * (np.exp(-late / spec.tau_mem) - np.exp(-late / spec.tau_syn))
    membrane = kernel @ weights[one.inputs.neuron]
    since = times[:, None] - one.events.time
    drop = np.where(since > 0, np.exp(-np.maximum(since, 0.0) / spec.tau_mem), 0.0) * spec.threshold
    for column, neuron in enumerate(one.events.neuron.tolist()):
        membrane[:, neuron] -= drop[:, column]
    return np.asarray(membrane / spec.threshold)
