"""One training of a study: what is asked, and what came out. Plain values, so that they travel to any process."""

from __future__ import annotations

import json
import math
import time
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

import numpy as np

from luiapp.errors import FormatError, ParameterError
from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import Dataset, randman
from luiapp.train.fit import Schedule, fit
from luiapp.train.optimise import Adam
from luiapp.train.surrogate.network import Bound, Rule, SpikingNet, Start
from luiapp.train.task import SurrogateTask, yin_yang_sets

DATA = ("randman", "yinyang")
_FLOOR = Bound(1e-3, 100.0, upper=False)  # wakes neurons that never fire, as the paper has it
_CEILING = 10.0  # strength of the upper bound
# The paper's 0.05 is for weights of a readout in units of ``1 - exp(-dt/tau)`` of ours.
_RATES = {"randman": 2.4e-3, "yinyang": 5e-3}


@dataclass(frozen=True)
class Point:
    """What a training's outcome depends on.

    Attributes
    ----------
    data : str
        ``"randman"``, ten smooth random manifolds and the paper's network, or ``"yinyang"`` and this project's.
    surrogate, beta, attached
        As in `Rule`.
    recurrent : bool
        Whether hidden neurons reach each other.
    ceiling : float or None
        Upper bound on the hidden layer's mean spikes per neuron and sample, with its square; None: there is none.
    n_train : int or None
        Training samples; None: all.
    batch : int
        Samples in a mini-batch.
    epochs : int
    seed : int
        Of the weights and the order. The data are always the same.
    """

    data: str = DATA[0]
    surrogate: str = "superspike"
    beta: float = 10.0
    attached: bool = False
    recurrent: bool = False
    ceiling: float | None = None
    n_train: int | None = None
    batch: int = 250
    epochs: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ParameterError("'{name}' can't be '{value}'; it can be {names}",
                                 name="data", value=self.data, names=", ".join(DATA))  # fmt: skip
        if self.n_train is not None and self.n_train < 1:
            raise ParameterError("there is no sample to learn from")
        self.task()  # which checks the rest

    @property
    def key(self) -> str:
        """The same for equal points, in any process."""
        return json.dumps(asdict(self), sort_keys=True)

    def rule(self) -> Rule:
        """How it learns."""
        over = () if self.ceiling is None else (Bound(self.ceiling, _CEILING, population=True),)
        floor = (_FLOOR,) if self.data == "randman" else ()
        return Rule(self.surrogate, self.beta, self.attached, bounds=(*floor, *over))

    def task(self) -> SurrogateTask:
        """The whole set-up.

        Randman: 20-100-10, membranes of 10 ms, readout of 20 ms, synapses of 5 ms, a step of 1 ms, and weights that
        start so small that no neuron fires. Three departures: weights start normal instead of uniform, of the same
        variance; those of the readout not around zero, where an output that never rises above rest can't learn; and
        the rate falls to zero along half a cosine.
        """
        rule, schedule = self.rule(), Schedule(self.epochs, self.batch, Adam(_RATES[self.data]), self.seed)
        if self.data == "yinyang":
            net = SpikingNet(5, recurrent=self.recurrent)
            return SurrogateTask(net, rule=rule, schedule=schedule, seed=self.seed)
        net = SpikingNet(20, 10, (100,), self.recurrent, tau_mem=10e-3, tau_syn=5e-3, tau_out=20e-3)
        hidden, out = (-math.expm1(-net.dt / tau) * net.psp_peak(tau) / math.sqrt(3) for tau in net.taus())
        start = Start(0.0, hidden / math.sqrt(net.n_in), out, out, hidden)
        return SurrogateTask(net, LatencyCode(0.0, 50e-3), start, rule, schedule, self.seed)


@dataclass(frozen=True)
class Result:
    """What came of a training.

    Attributes
    ----------
    test_accuracy, valid_accuracy : float
        At the end.
    spikes : float
        Per hidden neuron and test sample.
    loss : float or None
        Of the last epoch; None if it was not a number.
    epochs : int
        Done.
    diverged : bool
        Whether the loss stopped being a number.
    seconds : float
        All in all, on the machine that ran it.
    """

    test_accuracy: float
    valid_accuracy: float
    spikes: float
    loss: float | None
    epochs: int
    diverged: bool
    seconds: float


def run_point(asked: dict[str, Any]) -> dict[str, Any]:
    """Train one point; `asked` and what comes back are plain data, so that any executor may carry them."""
    point = point_from_dict(asked)
    begun = time.perf_counter()
    task = point.task()
    train_set, valid_set, test_set = _sets(point.data)
    if point.n_train is not None:
        train_set = Dataset(train_set.samples[: point.n_train], train_set.labels[: point.n_train])
    learner, diverged, last = task.learner(), False, None
    try:
        for now in fit(learner, task.data(learner, train_set), task.schedule):
            last = now
    except ParameterError:  # the loss is no longer a number: a result, too
        diverged = True
    found, checked = (learner.evaluate(task.data(learner, one)) for one in (test_set, valid_set))
    loss = last.loss if last is not None and np.isfinite(last.loss) else None
    return asdict(Result(found.accuracy, checked.accuracy, found.spikes / sum(task.hidden), loss,
                         last.epoch if last else 0, diverged, time.perf_counter() - begun))  # fmt: skip


def point_from_dict(data: Any) -> Point:
    """The inverse of ``asdict``.

    Raises
    ------
    FormatError
        If it describes none.
    """
    try:
        return Point(**data)
    except TypeError:
        raise FormatError("these are not the settings of a training: {text}", text=str(data)[:80]) from None


def result_from_dict(data: Any) -> Result:
    """The inverse of ``asdict``.

    Raises
    ------
    FormatError
        If it describes none.
    """
    try:
        result = Result(**data)
        numbers = [result.test_accuracy, result.valid_accuracy, result.spikes, result.seconds, result.epochs]
        if not np.isfinite(np.array(numbers, np.float64)).all():
            raise TypeError
    except (TypeError, ValueError):
        raise FormatError("this is not the outcome of a training: {text}", text=str(data)[:80]) from None
    return result


@cache
def _sets(data: str) -> tuple[Dataset, Dataset, Dataset]:
    """Training, validation and test set: for Randman 800, 100 and 100 samples of each of ten classes."""
    if data == "yinyang":
        return yin_yang_sets()
    samples, labels = randman(10, 1000)
    first, second, third = (
        Dataset(samples[a:b], labels[a:b]) for a, b in ((0, 8000), (8000, 9000), (9000, 10000))
    )  # fmt: skip
    return first, second, third
