"""The thread that learns. The window puts wishes down and takes the newest snapshot; neither waits for the other."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import LuiError
from luiapp.gui.training.data_state import MIDDLE, Data, Place
from luiapp.gui.training.insight import Inside, at_places, disc, look, rasters, shares
from luiapp.gui.training.setup_state import Setup, Task
from luiapp.gui.training.state import Mark, confusion, due, readings, thinned
from luiapp.gui.worker import Worker
from luiapp.train.datasets import Dataset
from luiapp.train.fit import Loop
from luiapp.train.optimise import AdamState
from luiapp.train.surrogate.learner import SurrogateLearner

EVERY = 0.09  # s between snapshots while it learns
MAP_SIZE = 48  # pixels across
NICE = 2
RASTER_ROWS = 12  # samples of a tile's raster
_FULL_SPEED = 1.0
PACE = 0.6  # a mini-batch every 30 ms: an epoch a second


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The run at a moment, for the window.

    Attributes
    ----------
    setup : Setup; task : Task, made of it
    data : Data, that it learns
    marks : list of Mark, never changed afterwards
    n_batches, epochs, seconds : how far it is
    shares : (n_places, n_classes) how sure the network is, at the places of `disc` or of the gallery
    counts : (n_places, n_hidden) spikes of hidden neurons there
    inside : Inside, the probe's way through the network
    weight : parameters that are shown, which may be those of an earlier mark
    rasters : (n, 3) sample, time and hidden neuron of spikes; empty unless asked for
    playing : bool
    past : Mark or None, the earlier moment that is shown
    few : classes of the samples in `rasters`
    stopped : float or None, the epoch to which it went back when it stopped by itself
    """

    setup: Setup
    task: Task
    data: Data
    marks: list[Mark]
    n_batches: int
    epochs: float
    seconds: float
    shares: NDArray[np.float64]
    counts: NDArray[np.int32]
    inside: Inside
    weight: NDArray[Any]
    rasters: NDArray[np.float64]
    playing: bool
    past: Mark | None
    few: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    stopped: float | None = None


@dataclass
class _Wish:
    """What the window wants; the one-shot parts are taken away when they are done."""

    setup: Setup
    playing: bool = False
    pace: float = PACE  # share of full speed; 1: as fast as it goes
    place: Place = MIDDLE
    past: Mark | None = None
    rasters: bool = False
    n_steps: int = 0  # mini-batches to do although it is paused
    n_epochs: int = 0  # ends of epochs to reach, the same way
    anew: bool = False
    begin_with: NDArray[Any] | None = None
    go_on: Mark | None = None
    changed: bool = True


@dataclass
class _Run:
    """A network that learns, with its data."""

    setup: Setup
    task: Task
    data: Data
    learner: Any
    viewer: Any
    loop: Loop
    valid: Any
    places: Any
    few: Dataset
    number: int
    marks: list[Mark] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    n_batches: int = 0
    seconds: float = 0.0
    best: Mark | None = None
    waited: int = 0  # epochs since then
    stopped: float | None = None
    cold: bool = True


class Engine(Worker[Snapshot]):
    """Learns in a thread of its own.

    Parameters
    ----------
    setup : Setup
    load : callable
        Gives what is learned by a set-up.
    """

    def __init__(self, setup: Setup, *, load: Callable[[Setup], Data] = Setup.load) -> None:
        super().__init__()
        self.load = load
        self._wish = _Wish(setup)
        self._n_runs = 0
        self._due = 0.0  # when the next mini-batch is to come
        self._start("learn", nice=NICE)

    # -- from the window -----------------------------------------------------------------------------------------

    def play(self, playing: bool) -> None:
        """Learn on, or pause."""
        self._want(playing=playing)

    def step(self, *, epoch: bool = False) -> None:
        """Pause, and learn one mini-batch, or up to the end of the epoch."""
        with self._wake:
            wish = self._wish
            wish.playing, wish.changed = False, True
            if epoch:
                wish.n_epochs += 1
            else:
                wish.n_steps += 1
            self._wake.notify()

    def change(self, setup: Setup, *, anew: bool = False, weight: NDArray[Any] | None = None) -> None:
        """Go on by this set-up. Where that can't be, or with `anew`, begin anew by it, with `weight` if it is given."""
        with self._wake:
            wish = self._wish
            wish.setup, wish.changed = setup, True
            wish.anew, wish.begin_with = wish.anew or anew, weight if anew else wish.begin_with
            self._wake.notify()

    def restart(self) -> None:
        """Begin anew."""
        self._want(anew=True)

    def go_on_from(self, mark: Mark) -> None:
        """Forget what was learned after `mark`, and go on from it; the next epoch begins."""
        self._want(go_on=mark, past=None)

    def probe(self, place: Place) -> None:
        """Look at another sample."""
        self._want(place=place)

    def show(self, past: Mark | None) -> None:
        """Look at an earlier moment, or with None at the present."""
        self._want(past=past)

    def want_rasters(self, wanted: bool) -> None:
        """Whether snapshots shall hold spikes of some samples."""
        self._want(rasters=wanted)

    def pace(self, share: float) -> None:
        """From 0 (about one mini-batch a second) to 1 (as fast as it goes)."""
        self._want(pace=share)

    @property
    def playing(self) -> bool:
        return self._wish.playing

    def _want(self, **parts: Any) -> None:
        with self._wake:
            for name, value in parts.items():
                setattr(self._wish, name, value)
            self._wish.changed = True
            self._wake.notify()

    # -- the thread ----------------------------------------------------------------------------------------------

    def _live(self) -> None:
        run: _Run | None = None
        told = cost = 0.0
        while True:
            wish = self._next(run)
            if self._end:
                break
            try:
                run = self._obey(run, wish)
                learned = self._learn(run, wish)
                begun = time.perf_counter()
                if wish.changed or (learned and begun - told > max(EVERY, 2 * cost)):  # learning takes most of the time
                    self._publish(run, wish)
                    told = time.perf_counter()
                    cost = told - begun
                if run.cold and not (self._end or self._wish.changed):  # at leisure
                    run.cold = False
                    _warm(run)
            except Exception as error:  # told to the person; the thread goes on, paused
                self._fail(error)
        if run is not None:
            _close(run)

    def _next(self, run: _Run | None) -> _Wish:
        """Wait until there is something to do; take the wish."""
        with self._wake:
            while not (self._wish.changed or self._end or (self._wish.playing and run is not None)):
                self._wake.wait()
            wish = replace(self._wish)
            once = self._wish
            once.changed = once.anew = False
            once.n_steps = once.n_epochs = 0
            once.begin_with = once.go_on = None
            return wish

    def _obey(self, run: _Run | None, wish: _Wish) -> _Run:
        """The run that `wish` speaks of: the same, the same by another rule, or a new one."""
        if run is None or wish.anew or not run.setup.goes_on(wish.setup):
            fresh = self._begin(wish.setup, wish.begin_with)
            if run is not None:
                _close(run)
            with self._wake:
                self._wish.past = wish.past = None
            return fresh
        if run.setup != wish.setup:
            task = wish.setup.task()
            if isinstance(run.learner, SurrogateLearner):
                run.learner.change(task.rule)  # type: ignore[arg-type]
                run.viewer.change(task.rule)  # type: ignore[arg-type]
            run.loop.plan, run.task, run.setup = task.schedule, task, wish.setup
        if wish.go_on is not None and any(one is wish.go_on for one in run.marks):
            _rewind(run, wish.go_on)
        return run

    def _begin(self, setup: Setup, weight: NDArray[Any] | None) -> _Run:
        self._n_runs += 1
        task: Any = setup.task()
        data = self.load(setup)  # drawn here, as drawing them loads compiled code
        learner, viewer = task.learner(weight=weight), task.learner(weight=weight)
        loop = Loop(learner, task.data(learner, data.train), task.schedule)
        shown = at_places(disc(MAP_SIZE)[1]) if data.gallery is None else data.gallery
        run = _Run(setup, task, data, learner, viewer, loop, task.data(learner, data.valid), task.data(learner, shown),
                   few_samples(data), self._n_runs)  # fmt: skip
        _mark(run)
        return run

    def _learn(self, run: _Run, wish: _Wish) -> bool:
        """A mini-batch, or as many as are wished. Returns whether there was one."""
        n, epochs = max(wish.n_steps, int(wish.playing)), wish.n_epochs
        learned = n > 0 or epochs > 0
        while (n > 0 or epochs > 0) and not self._end:
            begun = time.perf_counter()
            found = run.loop.step()
            took = time.perf_counter() - begun
            run.seconds += took
            run.n_batches += 1
            run.right.append(found.accuracy)
            run.stopped = None
            if due(run.n_batches, run.loop.between_epochs):
                _mark(run)
            if run.loop.between_epochs and _tired(run):
                wish.playing, wish.changed = False, True
                with self._wake:
                    self._wish.playing = False
                break
            if n > 0:
                n -= 1
            elif run.loop.between_epochs:
                epochs -= 1
        if wish.playing and wish.pace < _FULL_SPEED:
            self._dawdle(10.0 ** (-2.5 * wish.pace))
        return learned

    def _dawdle(self, period: float) -> None:
        """Wait until `period` has passed since the mini-batch before, so that they can be followed; a wish ends it."""
        now = time.perf_counter()
        self._due = max(self._due + period, now - period)
        with self._wake:
            if self._due > now and not self._wish.changed and not self._end:
                self._wake.wait(self._due - now)

    def _publish(self, run: _Run, wish: _Wish) -> None:
        past = wish.past if wish.past is not None and wish.past.run == run.number else None  # not of a run before
        run.viewer.weight[:] = run.learner.weight if past is None else past.weight
        said = run.viewer.say(run.places)
        few = rasters(run.task, run.viewer, run.few) if wish.rasters else np.zeros((0, 3))
        ready = Snapshot(
            run.setup, run.task, run.data, list(run.marks), run.n_batches, run.loop.progress, run.seconds,
            shares(said.scores), said.counts, look(run.task, run.viewer, run.data.fitting(wish.place), run.data),
            run.viewer.weight.copy(), few, wish.playing, past, run.few.labels, run.stopped,
        )  # fmt: skip
        with self._wake:
            self._ready = ready

    def _fail(self, error: Exception) -> None:
        with self._wake:
            self._problem = error
            self._wish.playing = False
            if not isinstance(error, LuiError):
                self._wish.anew = True


def few_samples(data: Data) -> Dataset:
    """At most `RASTER_ROWS` unseen samples, as many of each class, class by class."""
    pool, n = data.test, len(data.names)
    chosen = np.concatenate([np.flatnonzero(pool.labels == k)[: RASTER_ROWS // n] for k in range(n)])
    return Dataset(pool.samples[chosen], pool.labels[chosen])


def run_readings(setup: Setup, snapshot: Snapshot | None) -> dict[str, float | str]:
    """What a lesson may read off a run: of the knobs alone while nothing is known of what they make."""
    if snapshot is None or not snapshot.marks or not snapshot.setup.goes_on(setup):
        return readings(setup, 0.0, math.nan, math.nan, math.nan, 0)
    mark = snapshot.marks[-1]
    return readings(setup, snapshot.epochs, mark.accuracy, mark.loss, mark.spikes, len(mark.weight))


def _mark(run: _Run) -> None:
    found = run.learner.evaluate(run.valid)
    learned = float(np.mean(run.right)) if run.right else float("nan")
    run.right.clear()
    table = confusion(run.valid.labels, found.predicted, run.task.n_out)
    run.marks = thinned([*run.marks, Mark(run.n_batches, run.loop.progress, run.seconds, found.loss, found.accuracy,
                                          found.spikes, learned, table, run.learner.weight.copy(),
                                          run.number)])  # fmt: skip


def _rewind(run: _Run, mark: Mark) -> None:
    run.learner.weight[:] = mark.weight
    fresh = Loop(run.learner, run.loop.data, run.loop.plan)
    fresh.n_epochs = math.ceil(mark.epochs)
    run.loop, run.n_batches, run.seconds = fresh, mark.n_batches, mark.seconds
    run.marks = [one for one in run.marks if one.n_batches <= mark.n_batches]
    run.right.clear()
    run.best, run.waited, run.stopped = mark, 0, None


def _warm(run: _Run) -> None:
    """Load compiled code that learning needs, before somebody waits for it."""
    spare = run.task.learner(weight=run.learner.weight)
    spare.learn(run.loop.data, np.arange(1), run.loop.plan.adam, AdamState.empty(len(spare.weight)))
    if hasattr(spare, "close"):
        spare.close()


def _tired(run: _Run) -> bool:
    """Whether it shall stop as nothing has become better for long; then it is back at its best."""
    now = run.marks[-1]
    if run.best is None or now.accuracy > run.best.accuracy:
        run.best, run.waited = now, 0
        return False
    run.waited += 1
    if not 0 < run.setup.patience <= run.waited:
        return False
    run.learner.weight[:] = run.best.weight
    run.waited, run.stopped = 0, run.best.epochs
    _mark(run)
    return True


def _close(run: _Run) -> None:
    for learner in (run.learner, run.viewer):
        if hasattr(learner, "close"):
            learner.close()
