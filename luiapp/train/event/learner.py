"""Learning with exact spike times: the rule, the learner, and how its parameters begin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import event_loss, train_batch
from luiapp.train.event import losses
from luiapp.train.event.eventprop import EventPropNetwork, EventPropSpec
from luiapp.train.event.first_spike import FirstSpikeNetwork, FirstSpikeSpec
from luiapp.train.learner import Outcome, Said
from luiapp.train.optimise import Adam, AdamState

Floats = NDArray[np.float64]
Spec = FirstSpikeSpec | EventPropSpec
LOSSES = ("margin", "least margin", "cross entropy")


@dataclass(frozen=True)
class TimingRule:
    """What is learned from the first spikes of the output neurons. Times in the network's unit.

    Attributes
    ----------
    loss : str, one of `LOSSES`
    margin : float, how much later than the label neuron the others shall fire; of the cross entropy: its scale
    early_weight : float, weight of firing early
    early_scale : float, time over which being late costs e times as much; of the cross entropy only
    limit : float or None, bound of what one sample can move (`backward` of the networks); None: there is none
    push : float, how hard silent neurons are pushed to fire, as a gradient on all their weights
    silent_share : float, share of samples in which a hidden neuron may be silent before it is pushed
    """

    loss: Literal["margin", "least margin", "cross entropy"] = "margin"
    margin: float = 0.2
    early_weight: float = 0.005
    early_scale: float = 1.0
    limit: float | None = None
    push: float = 0.01
    silent_share: float = 0.3

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ParameterError("'{name}' can't be '{value}'; it can be {names}",
                                 name="loss", value=self.loss, names=", ".join(LOSSES))  # fmt: skip
        if not (
            self.margin > 0 and (self.limit is None or self.limit > 0) and self.early_weight >= 0 and self.push >= 0
        ):
            raise ParameterError("margin and limit must be more than zero, and no weight of the loss below it")


@dataclass(frozen=True)
class TimingStart:
    """How parameters begin: normally distributed.

    Attributes
    ----------
    weights : tuple of (mean, standard deviation), the first layer's and all later layers'
    delays : (mean, standard deviation) of the logistic function's argument
    """

    weights: tuple[tuple[float, float], tuple[float, float]] = ((1.0, 2.0), (1.0, 2.0))
    delays: tuple[float, float] = (0.0, 0.25)

    def draw(self, spec: Spec, seed: int) -> Floats:
        """(n_parameters,) values."""
        random = np.random.default_rng(seed)
        parts = []
        for name, shape in spec.shapes().items():
            mean, spread = self.weights[name != "weights_0"] if name.startswith("weights") else self.delays
            parts.append(random.normal(mean, spread, shape).ravel())
        return np.concatenate(parts)


class TimedData(NamedTuple):
    """Samples as a learner takes them: spike times (n_samples, n_in) and labels (n_samples,)."""

    times: Floats
    labels: NDArray[np.int64]


class TimingLearner:
    """Parameters of a network, and how they learn.

    Parameters
    ----------
    spec : FirstSpikeSpec or EventPropSpec
        Which says by what method.
    weight : (n_parameters,) or None
        Begin with these instead of drawing them.

    Attributes
    ----------
    network : FirstSpikeNetwork or EventPropNetwork
        Its parameters are views of `weight`.
    """

    def __init__(
        self,
        spec: Spec,
        rule: TimingRule | None = None,
        *,
        start: TimingStart | None = None,
        seed: int = 0,
        weight: Floats | None = None,
    ) -> None:
        self.spec, self.rule = spec, rule or TimingRule()
        sizes = {name: int(np.prod(shape)) for name, shape in spec.shapes().items()}
        drawn = (start or TimingStart()).draw(spec, seed) if weight is None else np.asarray(weight)
        if drawn.shape != (sum(sizes.values()),) or not np.isfinite(drawn).all():
            raise ParameterError("the network takes {n} finite weights", n=sum(sizes.values()))
        self.weight: Floats = drawn.astype(np.float64)
        self.gradient = np.zeros_like(self.weight)
        self._gradients = self._named(self.gradient)
        self.network: FirstSpikeNetwork | EventPropNetwork
        if isinstance(spec, FirstSpikeSpec):
            self.network = FirstSpikeNetwork(spec, self._named(self.weight))
        else:
            self.network = EventPropNetwork(spec, self._named(self.weight))

    def __enter__(self) -> TimingLearner:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to give back: it has no threads."""

    def _named(self, flat: Floats) -> dict[str, Floats]:
        """Views of the parts of `flat`."""
        views, at = {}, 0
        for name, shape in self.spec.shapes().items():
            n = int(np.prod(shape))
            views[name] = flat[at : at + n].reshape(shape)
            at += n
        return views

    def data(self, times: Floats, labels: NDArray[np.int64]) -> TimedData:
        """Samples as the methods below take them.

        Raises
        ------
        ParameterError
            If they don't fit the network.
        """
        labels = np.ascontiguousarray(labels, np.int64)
        if len(labels) != len(times):
            raise ParameterError("{points} points don't go with {labels} labels", points=len(times), labels=len(labels))
        if len(labels) and not 0 <= labels.min() <= labels.max() < self.spec.sizes[-1]:
            raise ParameterError("there is a sample of class {label}, but the network tells only {n} classes apart",
                                 label=int(labels.max()), n=self.spec.sizes[-1])  # fmt: skip
        times = np.ascontiguousarray(times, np.float64)
        self.network.check(times)
        return TimedData(times, labels)

    def learn(self, data: TimedData, order: NDArray[np.int64], adam: Adam, state: AdamState) -> Outcome:
        """One mini-batch: the samples `order`, and one step of `adam`."""
        outcome = self._run(data.times[order], data.labels[order], self.rule.push)
        rate, epsilon, shrink = adam.corrected(state)
        train_batch.adam(self.weight, self.gradient, self.gradient[None].copy(), state.first, state.second, 1,
                         rate, adam.decay_1, adam.decay_2, epsilon, shrink)  # fmt: skip
        return outcome

    def loss_and_gradient(self, data: TimedData) -> tuple[float, Floats]:
        """Mean loss and its gradient (n_parameters,), without pushes and without learning."""
        outcome = self._run(data.times, data.labels, 0.0)
        return outcome.loss, self.gradient.copy()

    def evaluate(self, data: TimedData) -> Outcome:
        """All samples, without learning."""
        passes: Any = self.network.run(data.times)
        return self._judge(passes, data.labels)[0]

    def say(self, data: TimedData) -> Said:
        """What the network says of every sample, the labels in `data` don't matter: the sooner, the more."""
        passes: Any = self.network.run(data.times)
        counts = [_counts(one, len(data.times)) for one in passes[:-1]]
        none = np.zeros((len(data.times), 0), np.int32)
        return Said(-passes[-1].out / self.rule.margin, np.concatenate(counts, axis=1) if counts else none)

    def trail(self, data: TimedData) -> tuple[Any, list[Floats]]:
        """The passes of all layers, and the loss's derivative by their spike times, first layer first."""
        passes: Any = self.network.run(data.times)
        found: list[Floats] = []
        limit = math.inf if self.rule.limit is None else self.rule.limit / max(len(data.labels), 1)
        self.network.backward(passes, self._judge(passes, data.labels)[1].errors, limit=limit, trail=found)
        return passes, found[::-1]

    def _judge(self, passes: Any, labels: NDArray[np.int64]) -> tuple[Outcome, losses.Judged]:
        rule, out = self.rule, passes[-1].out
        if rule.loss == "cross entropy":
            judged = losses.cross_entropy(
                out, labels, scale=rule.margin, early_weight=rule.early_weight, early_scale=rule.early_scale
            )
        else:
            judged = losses.margin(
                out, labels, margin=rule.margin, early_weight=rule.early_weight, at_least=rule.loss == "least margin"
            )
        predicted = losses.first(out)
        spikes = sum(_n_spikes(one) for one in passes[:-1]) / max(len(labels), 1)
        right = np.count_nonzero(predicted == labels) / max(len(labels), 1)
        return Outcome(len(labels), judged.value, right, spikes, predicted), judged

    def _run(self, times: Floats, labels: NDArray[np.int64], push: float) -> Outcome:
        if not len(labels):
            raise ParameterError("there is no sample to learn from")
        passes: Any = self.network.run(times)
        return self._teach(passes, labels, push)

    def _teach(self, passes: Any, labels: NDArray[np.int64], push: float) -> Outcome:
        """How the samples fared; the gradient of their mean loss, and the pushes, go into `gradient`."""
        outcome, judged = self._judge(passes, labels)
        limit = math.inf if self.rule.limit is None else self.rule.limit / len(labels)
        for name, gradient in self._backward(passes, judged.errors, limit).items():
            self._gradients[name][...] = gradient
        for layer, one in enumerate(passes if push else ()):
            self._gradients[f"weights_{layer}"] -= push * self._silence(one.spikes, labels, layer == len(passes) - 1)
        return outcome

    def _backward(self, passes: Any, errors: Floats, limit: float) -> dict[str, Floats]:
        """Gradients by all parameters, from the `errors` of the last layer."""
        return self.network.backward(passes, errors, limit=limit)[0]

    def _silence(self, spikes: Floats, labels: NDArray[np.int64], is_last: bool) -> Floats:
        """Share of samples in which each neuron kept silent, where that is too many; outputs: where it is the label."""
        if is_last:
            missing = labels[np.isinf(spikes[np.arange(len(labels)), labels])]
            return np.bincount(missing, minlength=spikes.shape[1]) / len(labels)
        fired = np.zeros(spikes.shape[1], np.int64)
        event_loss.count(spikes, fired)
        share = 1.0 - fired / len(labels)
        return np.where(share > self.rule.silent_share, share, 0.0)


def _n_spikes(one: Any) -> int:
    """Spikes of a layer in a batch."""
    if hasattr(one, "events"):
        return len(one.events.time)
    return int(event_loss.count(one.spikes, np.zeros(one.spikes.shape[1], np.int64)))


def _counts(one: Any, n_samples: int) -> NDArray[np.int32]:
    """(n_samples, n) spikes of each neuron of a layer."""
    if not hasattr(one, "events"):
        return np.isfinite(one.spikes).astype(np.int32)
    n = one.spikes.shape[1]
    sample = np.repeat(np.arange(n_samples), np.diff(one.events.first))
    return np.bincount(sample * n + one.events.neuron, minlength=n_samples * n).reshape(n_samples, n).astype(np.int32)
