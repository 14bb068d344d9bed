"""What is done at each station, step by step; whoever watches may end it between two steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.calibrate import Calibration, calibrate
from luiapp.chip.codes import Codes
from luiapp.chip.core import Chip
from luiapp.deploy.loop import learn_in_the_loop, usual
from luiapp.deploy.onchip import OnChip
from luiapp.deploy.transfer import Transfer, Trials, several, transfer
from luiapp.gui.chip.state import BUILT_IN, Found, Tuned, reached
from luiapp.train.fit import Loop, Schedule
from luiapp.train.optimise import Adam
from luiapp.train.sets import Sets, sets_for
from luiapp.train.store import Model
from luiapp.train.surrogate.network import SpikingNet
from luiapp.train.task import SurrogateTask, yin_yang_sets

Tell = Callable[[str, float], None]  # name of a step and the share that is done; may raise `Stopped`
TRIALS = 3
EPOCHS = 12  # of the built-in network
LOOP_EPOCHS = 5
_BATCH = 150
_STEP_SHARE, _WRITES = 1 / 7, 6  # of a calibration that a step takes, and about how often it writes


class Stopped(Exception):
    """A person ended what was being done."""


def built_in(tell: Tell, *, hidden: int = 120, epochs: int = EPOCHS) -> Model:
    """A network that tells Yin from Yang, trained here and now."""
    task = SurrogateTask(SpikingNet(5, hidden=(hidden,)), schedule=Schedule(epochs, _BATCH, Adam(5e-3), seed=1), seed=1)
    learner = task.learner()
    loop = Loop(learner, task.data(learner, yin_yang_sets()[0]), task.schedule)
    while loop.progress < epochs:
        tell("network", loop.progress / epochs)
        loop.step()
    return Model(task, learner.weight.copy())


class Heard(Chip):
    """A chip that is heard at every write, so that a long search can be told of and ended between two of them."""

    on_write: Callable[[], None] | None = None

    def configure(self, codes: Codes, *, seed: int | None = None) -> None:
        """As every chip."""
        if self.on_write is not None:
            self.on_write()
        super().configure(codes, seed=seed)


class Work:
    """One chip and one network.

    Parameters
    ----------
    serial : int
    model : Model, optional
        By default the built-in one, which is trained at the first station.
    name : str
        What the network is called.
    seed : int, optional
        Of all noise; None: no two runs are the same.
    epochs : int
        In the loop.
    """

    def __init__(
        self,
        serial: int,
        model: Model | None = None,
        name: str = BUILT_IN,
        *,
        seed: int | None = None,
        epochs: int = LOOP_EPOCHS,
    ) -> None:
        self.serial, self.model, self.name, self.seed, self.epochs = serial, model, name, seed, epochs
        self.found = Found(serial, name)
        self.chip: Heard | None = None
        self.on_chip: OnChip | None = None
        self.sets: Sets | None = None  # what the network learned from
        self.weight: NDArray[Any] = np.zeros(0)

    def do(self, station: str, tell: Tell) -> None:
        """Do what belongs to a station; `found` says what came out.

        Raises
        ------
        Stopped
            From `tell`; what was known before is known still.
        LuiError
            If it can't be done.
        """
        parts = {"serial": self._begin, "calibrate": self._calibrate, "place": self._place, "run": self._run,
                 "loop": self._loop}[station](tell)  # fmt: skip
        self._keep(done=reached(station, self.found.done), **parts)

    def _begin(self, tell: Tell) -> dict[str, Any]:
        if self.model is None:
            self.model = built_in(tell)
        tell("chip", 0.9)
        self.chip, self.on_chip = Heard(self.serial), None
        task: Any = self.model.task
        self.sets = sets_for(self.model)
        with task.learner(weight=self.model.weight) as learner:
            ideal = float(learner.evaluate(task.data(learner, self.sets.test)).accuracy)
        n_in = task.net.n_in if isinstance(task, SurrogateTask) else task.spec.sizes[0]
        return {
            "ideal": ideal,
            "model": self.model,
            "data": self.sets.name,
            "shape": (n_in, *task.hidden, task.n_out),
            **_nothing("calibration", "placed"),
        }

    def _calibrate(self, tell: Tell) -> dict[str, Any]:
        assert self.model is not None and self.chip is not None
        targets = OnChip(self.model.task, self.model.weight, self.chip).targets
        chip, at, writes = self.chip, ("before", 0.0), 0

        def progress(name: str, share: float) -> None:
            nonlocal at, writes
            at, writes = (name, share), 0
            tell(name, share)

        def written() -> None:
            nonlocal writes
            writes += 1
            tell(at[0], at[1] + _STEP_SHARE * writes / (writes + _WRITES))

        first: dict[str, NDArray[np.float64]] = {}

        def heard(name: str, now: NDArray[np.float64]) -> None:
            self.found = replace(self.found, tuned=Tuned(name, targets, first.setdefault(name, now), now))

        chip.on_write = written
        try:
            found: Calibration = calibrate(chip, targets, seed=self.seed, progress=progress, heard=heard)
        finally:
            chip.on_write = None
            self.found = replace(self.found, tuned=None)
        self.on_chip = None
        return {"calibration": found, **_nothing("placed")}

    def _place(self, tell: Tell) -> dict[str, Any]:
        assert self.model is not None and self.chip is not None
        tell("place", 0.0)
        self.on_chip = OnChip(self.model.task, self.model.weight, self.chip)
        return {"placed": self.on_chip.placed, "model": self.model, **_nothing()}

    def _run(self, tell: Tell) -> dict[str, Any]:
        assert self.model is not None and self.chip is not None
        shares = {"equal": 0.0, "uncalibrated": 0.3, "calibrated": 0.65}
        on_chip = OnChip(self.model.task, self.model.weight, self.chip)
        found: Transfer = transfer(
            self.model, self.serial, calibration=self.found.calibration or "none", trials=TRIALS, seed=self.seed,
            sets=self.sets, on_chip=on_chip, progress=lambda name: tell(name, shares[name]),
        )  # fmt: skip
        self.on_chip, self.weight = on_chip, self.model.weight.copy()
        return {**_nothing(), "transfer": found, "placed": on_chip.placed, "model": self.model}

    def _loop(self, tell: Tell) -> dict[str, Any]:
        """Learn; once a person ended it, the epochs that were completed count, and are judged."""
        assert self.on_chip is not None and self.model is not None and self.sets is not None
        train_set, test_set = self.sets.train, self.sets.test
        plan = usual(self.model.task, self.epochs, seed=self.seed)
        n_batches, done, ended = self.epochs * -(-len(train_set.labels) // plan.batch), 0, False
        course, learned = list(self.found.course), False

        def stop() -> bool:
            nonlocal done, ended
            done += 1
            try:
                tell("epoch", 0.95 * done / n_batches)
            except Stopped:
                ended = True
            return ended

        for now in learn_in_the_loop(self.on_chip, self.weight, train_set, plan, stop=stop):
            if ended:
                break
            course.append(now.accuracy)
            self.weight, learned = now.weight, True
            self._keep(course=tuple(course), placed=self.on_chip.placed)
        if ended:
            self.on_chip.reweigh(self.weight)
            if not learned:
                raise Stopped
        else:
            tell("judge", 0.95)
        taught: Trials = several(self.on_chip, test_set, TRIALS, self.seed)
        about = {"chip": self.serial, "in_the_loop": taught.mean, "loop_epochs": len(course)}
        model = Model(self.on_chip.task, self.weight.copy(), {**self.model.about, **about})
        return {"taught": taught, "placed": self.on_chip.placed, "course": tuple(course), "model": model}

    def _keep(self, **parts: Any) -> None:
        if self.chip is not None:
            counters = self.chip.counters
            parts["counted"] = np.stack([counters.fired, counters.lost])
            parts["samples"] = counters.samples
        self.found = replace(self.found, **parts)


def _nothing(*names: str) -> dict[str, Any]:
    """What isn't known any more once something before it was done again."""
    return {**dict.fromkeys(names), "transfer": None, "taught": None, "course": ()}
