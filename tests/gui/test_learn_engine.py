"""The thread that learns: the same numbers as without it, and no thread left behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from luiapp.errors import ParameterError
from luiapp.gui.training.data_state import CLASSES, Data, true_class
from luiapp.gui.training.engine import Engine, Snapshot
from luiapp.gui.training.insight import disc, into_disc, look, shares
from luiapp.gui.training.setup_state import Setup, turned
from luiapp.train.datasets import Dataset, mirrored, yin_yang, yin_yang_classes
from luiapp.train.fit import fit

SMALL = Setup(hidden=20)


def sets() -> tuple[Dataset, Dataset, Dataset]:
    return yin_yang(450, 42), yin_yang(200, 41), yin_yang(10, 40)


@pytest.fixture
def make() -> Iterator[Callable[..., Engine]]:
    made: list[Engine] = []

    def build(setup: Setup = SMALL) -> Engine:
        made.append(Engine(setup, load=lambda _setup: Data(CLASSES, *sets())))
        return made[-1]

    yield build
    for engine in made:
        engine.shut()


def until(engine: Engine, found: Callable[[Snapshot], bool]) -> Snapshot:
    """The first snapshot that is as wanted."""
    for _ in range(6000):
        snapshot = engine.take()
        if snapshot is not None and found(snapshot):
            return snapshot
        problem = engine.take_problem()
        if problem is not None:
            raise problem
        time.sleep(0.005)
    raise AssertionError("it never came")


@pytest.mark.parametrize(
    "setup",
    [SMALL, turned(turned(Setup(), "method", "ttfs"), "delays", "synaptic"), Setup(method="eventprop", hidden=20)],
    ids=lambda s: s.method,
)
def test_it_learns_what_fit_learns_bit_for_bit(make: Callable[..., Engine], setup: Setup) -> None:
    engine = make(setup)
    engine.step(epoch=True)
    engine.step(epoch=True)
    seen = until(engine, lambda s: s.epochs >= 2)
    task = setup.task()
    learner = task.learner()
    train, valid, _ = sets()
    data, check = task.data(learner, train), task.data(learner, valid)  # type: ignore[arg-type]
    *_, last = fit(learner, data, replace(task.schedule, epochs=2), valid=check)  # type: ignore[arg-type]
    assert last.valid is not None
    assert (seen.weight == last.weight).all()
    assert seen.marks[-1].accuracy == last.valid.accuracy and seen.marks[-1].loss == last.valid.loss
    assert seen.marks[-1].confusion.trace() == round(last.valid.accuracy * 200)


def test_single_steps_are_counted_and_it_stays_paused(make: Callable[..., Engine]) -> None:
    engine = make()
    for _ in range(4):
        engine.step()
    seen = until(engine, lambda s: s.n_batches == 4)
    assert seen.epochs == pytest.approx(1 + 150 / 450) and not seen.playing
    assert [m.n_batches for m in seen.marks] == [0, 1, 2, 3, 4], "three make an epoch"


def test_beginning_anew_gives_the_same_run_again(make: Callable[..., Engine]) -> None:
    engine = make()
    runs = []
    for _ in range(2):
        engine.restart()
        until(engine, lambda s: s.n_batches == 0)
        engine.step(epoch=True)
        runs.append(until(engine, lambda s: s.n_batches == 3))
    assert (runs[0].weight == runs[1].weight).all()


def test_a_knob_acts_at_once_and_the_network_stays(make: Callable[..., Engine]) -> None:
    engine = make()
    engine.step()
    before = until(engine, lambda s: s.n_batches == 1)
    engine.change(replace(SMALL, rate=1e-6, beta=2.0))
    engine.step()
    after = until(engine, lambda s: s.n_batches == 2)
    assert after.setup.beta == 2.0
    assert 0 < np.abs(after.weight - before.weight).max() < 1e-5
    engine.change(replace(SMALL, hidden=10))
    anew = until(engine, lambda s: s.setup.hidden == 10)
    assert anew.n_batches == 0 and anew.counts.shape[1] == 10


def test_an_earlier_moment_can_be_looked_at_and_left(make: Callable[..., Engine]) -> None:
    engine = make()
    start = until(engine, lambda s: s.n_batches == 0)
    engine.step(epoch=True)
    late = until(engine, lambda s: s.n_batches == 3)
    engine.show(late.marks[0])
    past = until(engine, lambda s: s.past is not None)
    assert (past.weight == start.weight).all() and (past.shares == start.shares).all()
    engine.show(None)
    assert (until(engine, lambda s: s.past is None).weight == late.weight).all()


def test_it_goes_on_from_an_earlier_moment(make: Callable[..., Engine]) -> None:
    engine = make()
    for n in (3, 6):
        engine.step(epoch=True)
        late = until(engine, lambda s, n=n: s.n_batches == n)  # type: ignore[misc]
    at = next(m for m in late.marks if m.epochs == 1.0)
    engine.go_on_from(at)
    back = until(engine, lambda s: s.n_batches == 3)
    assert (back.weight == at.weight).all() and back.marks[-1] is at and back.epochs == 1.0
    engine.step()
    on = until(engine, lambda s: s.n_batches == 4)
    assert (on.weight != at.weight).any() and on.epochs == pytest.approx(1 + 150 / 450)


def test_a_moment_of_a_run_before_is_not_shown_in_another(make: Callable[..., Engine]) -> None:
    engine = make()
    old = until(engine, lambda s: s.n_batches == 0).marks[0]
    engine.change(replace(SMALL, hidden=9))
    until(engine, lambda s: s.setup.hidden == 9)
    engine.show(old)
    engine.go_on_from(old)
    engine.step()
    seen = until(engine, lambda s: s.n_batches == 1)
    assert seen.past is None and len(seen.weight) == 9 * 8


def test_playing_goes_on_by_itself_and_pausing_ends_it(make: Callable[..., Engine]) -> None:
    engine = make()
    engine.pace(1.0)
    engine.play(True)
    until(engine, lambda s: s.n_batches > 20 and s.playing)
    engine.play(False)
    still = until(engine, lambda s: not s.playing)
    engine.probe((0.3, 0.4))
    again = until(engine, lambda s: s.inside.place == (0.3, 0.4))
    assert again.n_batches == still.n_batches


def test_learning_that_blows_up_pauses_and_says_so(make: Callable[..., Engine]) -> None:
    engine = make(turned(Setup(hidden=20), "method", "ttfs"))
    until(engine, lambda s: True)
    engine.load = lambda _setup: (_ for _ in ()).throw(ParameterError("no"))  # type: ignore[assignment]
    engine.play(True)
    engine.restart()
    for _ in range(2000):
        problem = engine.take_problem()
        if problem is not None:
            break
        time.sleep(0.005)
    assert isinstance(problem, ParameterError) and not engine.playing


def test_the_thread_ends_when_it_is_told_to(make: Callable[..., Engine]) -> None:
    engine = make()
    engine.play(True)
    engine.shut()
    assert not [t for t in threading.enumerate() if t.name == "learn"]


@pytest.mark.parametrize("delays", ["none", "axonal", "dendritic", "synaptic"])
def test_membranes_of_first_spikes_are_at_threshold_when_they_spike(delays: str) -> None:
    task = replace(turned(Setup(method="ttfs", hidden=30), "delays", delays), seed=3).task()
    _check_threshold(task, n_least=10)


def test_membranes_of_eventprop_are_at_threshold_when_they_spike() -> None:
    _check_threshold(Setup(method="eventprop", hidden=40).task(), n_least=10)


def _check_threshold(task: object, n_least: int) -> None:
    """Between the drawn points, a straight line through the membrane reaches 1 where the spike is."""
    learner = task.learner()  # type: ignore[attr-defined]
    seen = look(task, learner, (0.3, 0.6))  # type: ignore[arg-type]
    assert len(seen.spikes) >= n_least and not seen.window.size
    checked = 0
    for t, neuron in seen.spikes.tolist():
        i = int(np.searchsorted(seen.times, t)) - 1
        u = seen.hidden[:, int(neuron)]
        if i < 1 or (np.abs(seen.spikes[seen.spikes[:, 1] == neuron, 0] - t) < 0.2).sum() > 1:
            continue
        slope = (u[i] - u[i - 1]) / (seen.times[i] - seen.times[i - 1])  # before: afterwards it may have been reset
        came_between = ((seen.inputs[:, 0] > seen.times[i - 1]) & (seen.inputs[:, 0] < t)).any()
        if not came_between:
            checked += 1
            assert u[i] <= 1.0 and u[i] + slope * (t - seen.times[i]) == pytest.approx(1.0, abs=0.05)
    assert checked > n_least / 2


def test_membranes_of_eventprop_are_those_of_the_stepped_neuron() -> None:
    """Against tau_mem v' = i - v, tau_syn i' = -i in fine steps, with resets to rest: all along, not at spikes only."""
    task = Setup(method="eventprop", hidden=40).task()
    learner = task.learner()
    seen = look(task, learner, (0.7, 0.3))
    assert len(seen.spikes) > 10
    weights = learner.network.parameters["weights_0"]  # type: ignore[union-attr]
    dt, v, i = 1e-4, np.zeros(40), np.zeros(40)
    waiting = sorted(seen.inputs.tolist())
    found = []
    for step in range(round(seen.until / dt) + 1):
        t = step * dt
        while waiting and waiting[0][0] <= t:
            i += weights[int(waiting.pop(0)[1])]
        if len(found) < len(seen.times) and t >= seen.times[len(found)]:
            found.append(v.copy())
        v, i = v + dt * (i - v) / task.spec.tau_mem, i - dt * i / task.spec.tau_syn  # type: ignore[union-attr]
        v[v >= 1.0] -= 1.0
    off = np.abs(np.array(found) - seen.hidden[: len(found)])
    assert len(found) >= len(seen.times) - 1
    assert np.quantile(off, 0.98) < 5e-3, "only where a spike falls just before or after may they differ"


@pytest.mark.parametrize("method", ["ttfs", "eventprop"])
def test_the_gradient_that_is_drawn_is_that_of_the_hidden_spikes(method: str) -> None:
    task = Setup(method=method, hidden=30).task()
    learner: Any = task.learner()
    shown = 0
    for place in ((0.3, 0.6), (0.75, 0.5), (0.5, 0.1), (0.2, 0.3)):
        seen = look(task, learner, place)
        point = np.array([place])
        data = task.data(learner, Dataset(mirrored(point), yin_yang_classes(point)))  # type: ignore[arg-type]
        errors = learner.trail(data)[1][0]
        errors = errors[0][np.isfinite(learner.network.run(data.times)[0].spikes[0])] if errors.ndim == 2 else errors
        if len(seen.back):
            shown += 1
            np.testing.assert_allclose(seen.back[:, 2], errors / np.abs(errors).max(), rtol=1e-12)
            assert (seen.back[:, :2] == seen.spikes).all()
    assert shown >= 2


def test_a_look_at_a_surrogate_network_follows_its_equations() -> None:
    task = Setup(hidden=40, beta=4.0).task()
    learner = task.learner()
    seen = look(task, learner, (0.4, 0.2))
    np.testing.assert_allclose(seen.window, 1 / (1 + 4.0 * np.abs(seen.hidden - 1)) ** 2, rtol=2e-3)
    steps = np.rint(seen.spikes[:, 0]).astype(int)
    assert (seen.hidden[steps, seen.spikes[:, 1].astype(int)] >= 1).all() and len(steps) == (seen.hidden >= 1).sum()
    np.testing.assert_allclose(sorted(seen.inputs[:, 0]), sorted(np.rint([5, 5 + 24, 5 + 12, 5 + 36, 5 + 48])))
    assert seen.label == true_class(0.4, 0.2)
    assert np.abs(seen.back[:, 2]).max() == pytest.approx(1.0) and np.abs(seen.back[:, 2]).min() > 0.05


def test_shares_are_a_softmax_and_silence_is_no_answer() -> None:
    scores = np.array([[0.0, 1.0, 2.0], [-np.inf, 3.0, -np.inf], [-np.inf] * 3])
    found = shares(scores)
    np.testing.assert_allclose(found[0], np.exp(scores[0]) / np.exp(scores[0]).sum())
    assert found[1].tolist() == [0, 1, 0] and found[2].tolist() == [0, 0, 0]


@pytest.mark.parametrize("size", [16, 48])
def test_the_map_covers_the_disc_from_the_top_on(size: int) -> None:
    inside, places = disc(size)
    assert inside.sum() == len(places) == pytest.approx(np.pi / 4 * size**2, rel=0.04)
    assert places[0, 1] > 0.9 > 0.1 > places[-1, 1]
    rows, columns = np.nonzero(inside)
    np.testing.assert_allclose(places[:, 0], (columns + 0.5) / size)
    np.testing.assert_allclose(places[:, 1], 1 - (rows + 0.5) / size)


def test_the_probe_stays_in_the_disc() -> None:
    assert into_disc(0.4, 0.6) == (0.4, 0.6)
    x, y = into_disc(3.0, 0.5)
    assert y == 0.5 and x == pytest.approx(0.999)
