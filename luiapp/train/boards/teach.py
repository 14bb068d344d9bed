"""From nothing to settings: several starts, the best goes on, with three wires a board and rounded to steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from luiapp.train.boards.learner import BoardLearner
from luiapp.train.boards.tasks import BoardTask
from luiapp.train.fit import Progress, Schedule, fit
from luiapp.train.optimise import Adam

EPOCHS, STARTS = 300, 16


def teach(
    task: BoardTask,
    *,
    seed: int = 0,
    epochs: int = EPOCHS,
    starts: int = STARTS,
    tell: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> BoardLearner:
    """Find settings for the boards of `task`.

    Parameters
    ----------
    task : BoardTask
    seed : int
    epochs : int
        Steps of learning with rounded settings, and again as many shared by the starts.
    starts : int
        So many first settings are tried; a few boards easily get stuck.
    tell : callable or None
        Gets `Progress` as learning goes on; its epochs count the second stage.
    stop : callable or None
        Asked after every step; once it says yes, the best so far is what comes out.

    Returns
    -------
    BoardLearner
        Pruned, rounded, at the best settings that it met.
    """
    plan = Schedule(max(1, epochs // 4), len(task.times), Adam(0.01), seed, anneal=False)
    chosen, least = None, float("inf")
    for k in range(max(1, starts)):
        learner = BoardLearner(task, seed=1000 * seed + k, rounded=False)
        data = learner.data()
        for _ in fit(learner, data, plan, stop=stop):
            pass
        loss = learner.evaluate(data).loss
        if loss < least:
            chosen, least = learner, loss
        if stop is not None and stop():
            break
    assert chosen is not None
    chosen.prune()
    chosen.rounded = True
    data = chosen.data()
    least, best = float("inf"), chosen.weight.copy()
    for now in fit(chosen, data, replace(plan, epochs=epochs, anneal=True), valid=data, stop=stop):
        if now.valid is not None and now.valid.loss < least:
            least, best = now.valid.loss, now.weight
        if tell is not None:
            tell(now)
    chosen.weight[:] = best
    return chosen
