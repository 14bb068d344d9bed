"""Learning in one call, for scripts and lessons; what it needs is loaded when it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from luiapp.errors import ParameterError

if TYPE_CHECKING:
    from luiapp.train.store import Model


@dataclass(frozen=True, eq=False)
class Learned:
    """What came of it.

    Attributes
    ----------
    accuracy : tuple of float
        Share of unseen samples that was right before learning and after each epoch, 0 … 1.
    spikes : tuple of float
        Spikes of hidden neurons per sample, the same way.
    model : Model
        The trained network.
    """

    accuracy: tuple[float, ...]
    spikes: tuple[float, ...]
    model: Model


def learn(
    *,
    method: str = "surrogate",
    hidden: int = 120,
    epochs: int = 8,
    seed: int = 0,
    rate: float | None = None,
    surrogate: str = "superspike",
    beta: float = 10.0,
    at_most: float | None = None,
    delays: str = "none",
) -> Learned:
    """Teach a network the Yin-Yang.

    Parameters
    ----------
    method : str, "surrogate" (gradients through time) or "ttfs" (exact times of first spikes)
    hidden : int, hidden neurons; epochs : int, passes through 5000 samples; seed : int, of weights and order
    rate : float, learning rate, by default 5e-3 (surrogate) or 2e-2
    surrogate, beta : shape and steepness of the surrogate; "none" takes the true slope
    at_most : float, spikes per hidden neuron and sample beyond which it costs; surrogate only
    delays : str, "none", "axonal", "dendritic" or "synaptic": learned beside the weights; ttfs only

    Raises
    ------
    ParameterError
        For a method that isn't there, or a value that can't be.
    """
    from luiapp.train.fit import Schedule, fit
    from luiapp.train.optimise import Adam
    from luiapp.train.store import Model
    from luiapp.train.task import yin_yang_sets

    if method not in ("surrogate", "ttfs"):
        raise ParameterError("'{method}' is no method of learning; there are {names}", method=method,
                             names="surrogate, ttfs")  # fmt: skip
    task: Any = _task(method, hidden, seed, surrogate, beta, at_most, delays)
    plan = Schedule(epochs, 150, Adam(rate or (5e-3 if method == "surrogate" else 2e-2)), seed=seed)
    train, valid, _ = yin_yang_sets()
    with task.learner() as learner:
        steps = list(fit(learner, task.data(learner, train), plan, valid=task.data(learner, valid)))
        model = Model(task, learner.weight.copy(), {})
    return Learned(tuple(float(s.valid.accuracy) for s in steps if s.valid is not None),
                   tuple(float(s.valid.spikes) for s in steps if s.valid is not None), model)  # fmt: skip


def _task(method: str, hidden: int, seed: int, surrogate: str, beta: float, at_most: float | None, delays: str) -> Any:
    from luiapp.train.event.task import first_spike_task
    from luiapp.train.surrogate.network import Bound, Rule, SpikingNet
    from luiapp.train.task import SurrogateTask

    if method == "ttfs":
        return first_spike_task(hidden, delays=delays, seed=seed)
    bounds = () if at_most is None else (Bound(at_most, 0.5),)
    return SurrogateTask(SpikingNet(5, hidden=(hidden,)), rule=Rule(surrogate, beta, bounds=bounds), seed=seed)
