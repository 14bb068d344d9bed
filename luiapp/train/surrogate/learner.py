"""A network that learns by surrogate gradients: arrays for the kernels, one thread or several, equal results."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import train_batch, train_tiles
from luiapp.train.codes import SpikeGrid
from luiapp.train.learner import Outcome, Said
from luiapp.train.optimise import Adam, AdamState
from luiapp.train.surrogate.network import LOSSES, SURROGATES, Rule, SpikingNet, Start
from luiapp.train.surrogate.normalised import Batch

MOST_AT_ONCE = 250  # samples of a normalised network, whose membranes are all kept
N_SLICES = 4  # of every mini-batch, whatever the number of threads: the order of all sums is fixed


class Look(NamedTuple):
    """One sample inside the network, layer by layer.

    Attributes
    ----------
    membranes : list of (n_steps, n) arrays
        In thresholds; the last is the readout.
    spikes : list of (n_steps, n) arrays
        0 or 1; the readout's are empty unless the loss is on its spikes.
    gradients : list of (n_steps, n) arrays
        The loss's derivative by each spike, from the layers above (of the readout: by each membrane).
    """

    membranes: list[NDArray[Any]]
    spikes: list[NDArray[Any]]
    gradients: list[NDArray[Any]]


class SurrogateLearner:
    """Weights, and how they learn from spikes on a grid.

    Parameters
    ----------
    net : SpikingNet
    rule : Rule
    seed : int
        Of the initial weights and of dropout.
    weight : (n_parameters,) or None
        Begin with these instead of drawing them.
    threads : int
        Changes the speed only.
    dtype : str
        ``"float32"`` or ``"float64"``.
    fast : bool
        Use the faster kernels where they fit; they differ from the others in rounding only.
    smooth : bool
        Make spikes smooth, the surrogate's primitive instead of a step, so that the gradient is exact: for tests.

    Notes
    -----
    Close it (or use ``with``) when several threads were asked for.
    """

    def __init__(
        self,
        net: SpikingNet,
        rule: Rule | None = None,
        *,
        start: Start | None = None,
        seed: int = 0,
        weight: NDArray[Any] | None = None,
        threads: int = 1,
        dtype: str = "float32",
        fast: bool = True,
        smooth: bool = False,
    ) -> None:
        self.net, self.rule = net, rule or Rule()
        self.real: Any = np.dtype(dtype).type
        if self.real not in (np.float32, np.float64):
            raise ParameterError("'{name}' can't be '{value}'; it can be {names}",
                                 name="dtype", value=dtype, names="float32, float64")  # fmt: skip
        drawn = (start or Start()).draw(net, seed) if weight is None else np.asarray(weight)
        if drawn.shape != (net.n_values,) or not np.isfinite(drawn).all():
            raise ParameterError("the network takes {n} finite weights", n=net.n_values)
        self.weight: NDArray[Any] = drawn.astype(self.real)
        self.gradient = np.zeros_like(self.weight)
        self._smooth, self._wants_fast = smooth, fast
        self._dropout = np.random.default_rng((seed, 1))
        self._slices = np.zeros((N_SLICES, net.n_parameters), self.real)
        self._none = np.zeros((N_SLICES, 0), self.real)
        self._layers = net.layers()
        self._threads = max(1, min(threads, N_SLICES))
        self._prepare()
        self._pool = ThreadPoolExecutor(self._threads - 1, "learn") if self._threads > 1 else None

    def __enter__(self) -> SurrogateLearner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def change(self, rule: Rule) -> None:
        """Go on by another rule."""
        self.rule = rule
        self._prepare()

    def _prepare(self) -> None:
        self._plan = self._planned()
        usual = not (self.net.recurrent or self.net.normalise)
        fast = self._wants_fast and usual and train_tiles.fits(self._plan, recurrent=False)
        self._run_slices: Any = train_tiles.run_slices if fast else train_batch.run_slices
        self._rooms: list[Any] = [self._fast_room() if fast else self._room() for _ in range(self._threads)]

    def data(self, grid: SpikeGrid, labels: NDArray[np.int64]) -> train_batch.Data:
        """Samples as the methods below take them.

        Raises
        ------
        ParameterError
            If they don't fit the network.
        """
        if (grid.n_channels, grid.n_steps) != (self.net.n_in, self.net.n_steps):
            raise ParameterError(
                "the network takes {n} inputs in {m} steps, but the samples have {n_data} in {m_data}",
                n=self.net.n_in, m=self.net.n_steps, n_data=grid.n_channels, m_data=grid.n_steps,
            )  # fmt: skip
        labels = np.ascontiguousarray(labels, np.int64)
        if len(labels) != grid.n_samples:
            raise ParameterError("{points} points don't go with {labels} labels",
                                 points=grid.n_samples, labels=len(labels))  # fmt: skip
        if len(labels) and not 0 <= labels.min() <= labels.max() < self.net.n_out:
            raise ParameterError("there is a sample of class {label}, but the network tells only {n} classes apart",
                                 label=int(labels.max()), n=self.net.n_out)  # fmt: skip
        return train_batch.Data(np.ascontiguousarray(grid.first, np.int64), np.ascontiguousarray(grid.step, np.int32),
                                np.ascontiguousarray(grid.channel, np.int32), labels)  # fmt: skip

    def learn(self, data: train_batch.Data, order: NDArray[np.int64], adam: Adam, state: AdamState) -> Outcome:
        """One mini-batch: the samples `order`, and one step of `adam`."""
        used, scale = self._dropped()
        outcome = self._run(data, order, used, self._slices, learns=True)
        n = self.net.n_parameters
        if scale is not None:
            self._slices *= scale[:n]
        rate, epsilon, shrink = adam.corrected(state)
        train_batch.adam(self.weight[:n], self.gradient[:n], self._slices, state.first, state.second, len(order),
                         rate, adam.decay_1, adam.decay_2, epsilon, shrink)  # fmt: skip
        return outcome

    def loss_and_gradient(self, data: train_batch.Data, order: NDArray[np.int64] | None = None) -> tuple[float, Any]:
        """Mean loss and its gradient (n_parameters,), without dropout and without learning."""
        chosen = np.arange(len(data.labels)) if order is None else order
        outcome = self._run(data, chosen, self.weight, self._slices)
        return outcome.loss, self._slices.sum(axis=0) / len(chosen)

    def evaluate(self, data: train_batch.Data) -> Outcome:
        """All samples, without learning."""
        return self._run(data, np.arange(len(data.labels)), self.weight, self._none)

    def look(self, data: train_batch.Data, i_sample: int) -> Look:
        """Sample `i_sample` inside the network."""
        if self.net.normalise:
            batch = self._batch(self.weight, 1)
            batch.forward(data, np.array([i_sample]), by_batch=False)
            batch.backward(data, np.array([i_sample]), self._slices)
            return Look(*([getattr(layer, name)[0] for layer in batch.layers] for name in ("u", "s", "outer")))
        room = self._room()
        for array in (room.u, room.s, room.outer):
            array[:] = 0
        train_batch.run_slice(self._plan, data, np.array([i_sample]), self.net.n_steps, self.weight, room,
                              np.zeros_like(self.weight), np.zeros(1, np.int64))  # fmt: skip
        found: list[list[NDArray[Any]]] = []
        for flat in (room.u, room.s, room.outer):
            cuts = np.cumsum(self._layers[:-1, train_batch.N]) * self.net.n_steps
            found.append([part.reshape(self.net.n_steps, -1) for part in np.split(flat, cuts)])
        return Look(*found)

    def say(self, data: train_batch.Data) -> Said:
        """What the network says of every sample; the labels in `data` don't matter."""
        n = len(data.labels)
        found = Said(np.empty((n, self.net.n_out), self.real), np.empty((n, sum(self.net.hidden)), np.int32))
        if self.net.normalise:
            for some in self._portions(np.arange(n)):
                batch = self._batch(self.weight, len(some))
                batch.forward(data, some, by_batch=False)
                found.scores[some], found.counts[some] = batch.scores, batch.counts()
            return found
        train_batch.run_counts(self._plan, data, self.net.n_steps, self.weight, self._room(), *found)
        return found

    def _run(
        self, data: train_batch.Data, order: NDArray[np.int64], weight: Any, grads: NDArray[Any], *,
        learns: bool = False,
    ) -> Outcome:  # fmt: skip
        n = len(order)
        if n == 0:
            raise ParameterError("there is no sample to learn from")
        if self.net.normalise:
            return self._run_normalised(data, order, weight, grads, learns=learns)
        cuts = np.arange(N_SLICES + 1) * n // N_SLICES
        predicted, sums = np.empty(n, np.int64), np.zeros((N_SLICES, 3))
        shares = [N_SLICES * k // self._threads for k in range(self._threads + 1)]
        jobs: list[tuple[Any, ...]] = [
            (self._plan, data, order, cuts, a, b, self.net.n_steps, weight, room, grads, predicted, sums)
            for a, b, room in zip(shares[:-1], shares[1:], self._rooms, strict=True)
        ]
        if self._pool is None:
            self._run_slices(*jobs[0])
        else:
            waiting = [self._pool.submit(self._run_slices, *job) for job in jobs[1:]]
            self._run_slices(*jobs[0])
            for one in waiting:
                one.result()
        loss, n_correct, n_spikes = sums.sum(axis=0).tolist()
        return Outcome(n, loss / n, n_correct / n, n_spikes / n, predicted)

    def _run_normalised(
        self, data: train_batch.Data, order: NDArray[np.int64], weight: Any, grads: NDArray[Any], *, learns: bool
    ) -> Outcome:
        """With the mini-batch's statistics for a gradient, which learning remembers; else the running ones."""
        by_batch = grads.shape[1] > 0
        parts, predicted = [], []
        for some in [order] if by_batch else self._portions(order):
            batch = self._batch(weight, len(some))
            batch.forward(data, some, by_batch=by_batch)
            parts.append(batch.sums.sum(axis=0))
            predicted.append(batch.predicted)
        if by_batch:
            batch.backward(data, order, grads)
        if learns:
            batch.remember()
            self.weight[self.net.n_parameters :] = weight[self.net.n_parameters :]  # a copy, where neurons were dropped
        n = len(order)
        loss, n_correct, n_spikes = np.sum(parts, axis=0).tolist()
        return Outcome(n, loss / n, n_correct / n, n_spikes / n, np.concatenate(predicted))

    def _portions(self, order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        return np.array_split(order, max(1, -(-len(order) // MOST_AT_ONCE)))

    def _batch(self, weight: NDArray[Any], n_samples: int) -> Batch:
        cuts = np.linspace(0, n_samples, N_SLICES + 1).astype(int).tolist()
        slices = list(zip(range(N_SLICES), cuts[:-1], cuts[1:], strict=True))

        def each(phase: Any) -> None:
            if self._pool is None:
                for one in slices:
                    phase(*one)
                return
            waiting = [self._pool.submit(phase, *one) for one in slices[1:]]
            phase(*slices[0])
            for future in waiting:
                future.result()

        return Batch(self.net, self._plan, weight, n_samples, each, N_SLICES)

    def _dropped(self) -> tuple[NDArray[Any], NDArray[Any] | None]:
        """The weights with some hidden neurons unheard, and by what each was multiplied."""
        if self.rule.dropout <= 0 or not self.net.hidden:
            return self.weight, None
        scale = np.ones_like(self.weight)
        for weight, _ in self.net.matrices(scale)[1:]:
            heard = self._dropout.random(len(weight)) >= self.rule.dropout
            weight[:] = (heard / (1 - self.rule.dropout))[:, None]
        return self.weight * scale, scale

    def _planned(self) -> train_batch.Plan:
        net, rule = self.net, self.rule
        decay = [(math.exp(-net.dt / net.tau_syn), math.exp(-net.dt / tau)) for tau in net.taus()]
        bounds = [(b.count, b.strength, b.power, b.population, b.upper) for b in rule.bounds]
        scale = {"mean": net.n_steps, "first spike": rule.tau_loss / net.dt}.get(rule.loss, 1)
        return train_batch.Plan(
            self._layers, np.array(decay, self.real),
            np.array(bounds, self.real).reshape(-1, 5), np.array([rule.beta, scale], self.real),
            SURROGATES[rule.surrogate], LOSSES[rule.loss], rule.attached, self._smooth,
        )  # fmt: skip

    def _fast_room(self) -> train_tiles.Room:
        return train_tiles.room(self.net.n_in, self.net.hidden[0], self.net.n_steps, self.real)

    def _room(self) -> train_batch.Room:
        n_steps, real = self.net.n_steps, self.real
        n = int(self._layers[:, train_batch.N].sum()) * n_steps
        widest = int(self._layers[:, : train_batch.WEIGHT].max())
        return train_batch.Room(
            np.zeros(n, real), np.zeros(n, real), np.zeros(n if self.rule.attached else 0, real), np.zeros(n, real),
            np.zeros((len(self._layers) + 1, n_steps + 1), np.int64), np.zeros(n, np.int32),
            np.zeros((8, widest), real), np.zeros(self.net.n_out, np.int64),
            np.zeros(self.net.n_weights, real), np.zeros(n_steps, real),
        )  # fmt: skip
