"""Knobs and their link, undo, and the history of a run."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from luiapp.errors import FormatError, ParameterError
from luiapp.gui.training.knob_state import BY_NAME, TABLE, offered, said
from luiapp.gui.training.setup_state import (
    KNOBS,
    METHODS,
    ONE_WAY,
    ONE_WAY_ONLY,
    Setup,
    channels,
    from_link,
    link,
    matters,
    turned,
)
from luiapp.gui.training.state import MOST_BYTES, MOST_MARKS, Mark, Studio, confusion, due, history_csv, thinned

values = st.sampled_from([(knob.name, value) for knob in TABLE for value in knob.values])


@st.composite
def setups(draw: Any) -> Setup:
    return Setup(**{knob.name: draw(st.sampled_from(knob.values)) for knob in TABLE})


def mark_at(n: int, epochs: float, accuracy: float = 0.5) -> Mark:
    return Mark(n, epochs, 0.01 * n, 1.0, accuracy, 20.0, float("nan"), np.eye(3, dtype=np.int64), np.zeros(2))


@given(setups(), st.frozensets(st.sampled_from(KNOBS)))
def test_a_link_holds_the_whole_setup(setup: Setup, hidden: frozenset[str]) -> None:
    assert from_link(link(setup, hidden)) == (setup, hidden)
    assert from_link(" " + link(setup) + "\n") == (setup, frozenset())


def test_the_usual_setup_is_a_short_link() -> None:
    assert link(Setup()) == "luiapp://learn"
    assert link(Setup(beta=20.0, recurrent=True)) == "luiapp://learn?beta=20.0&recurrent=yes"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("https://example.org/learn", "begins with luiapp://learn"),
        ("luiapp://learn?speed=3", "no knob 'speed'"),
        ("luiapp://learn?hidden=many", "'hidden' can't be 'many'"),
        ("luiapp://learn?hidden=0", "between 1 and 1000"),
        ("luiapp://learn?rate=nan", "'rate' must lie between"),
        ("luiapp://learn?surrogate=magic", "it can be superspike"),
    ],
)
def test_a_bad_link_says_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises((FormatError, ParameterError), match=told.replace("?", ".")):
        from_link(text)


@given(st.lists(values, max_size=12))
def test_undo_goes_back_through_every_turn(turns: list[tuple[str, Any]]) -> None:
    studio = Studio()
    path = [studio.setup]
    for name, value in turns:
        try:
            if studio.turn(name, value):
                path.append(studio.setup)
        except ParameterError:  # digits that aren't installed change nothing
            assert (name, value) == ("data", "digits") and studio.setup == path[-1]
    for expected in reversed(path[:-1]):
        assert studio.undo() and studio.setup == expected
    assert not studio.can_undo and not studio.undo()
    for expected in path[1:]:
        assert studio.redo() and studio.setup == expected
    assert not studio.can_redo and not studio.redo()


def test_a_turn_forgets_what_was_undone() -> None:
    studio = Studio()
    studio.turn("beta", 20.0)
    studio.undo()
    studio.turn("seed", 3)
    assert not studio.can_redo and studio.setup == Setup(seed=3)


@given(setups(), values)
def test_only_what_changes_the_network_begins_anew(setup: Setup, turn: tuple[str, Any]) -> None:
    other = replace(setup, **{turn[0]: turn[1]})
    for one in (setup, other):
        assume(one.data not in ONE_WAY or (one.method, one.code) == ONE_WAY_ONLY)
    shape = [one.task().n_parameters for one in (setup, other)] if setup.goes_on(other) else [0, 0]
    assert shape[0] == shape[1]
    assert setup.goes_on(other) or turn[0] in ("data", "method", "hidden", "seed", "code", "delays", "recurrent",
                                                 "normalise")  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_every_method_makes_a_task_with_the_knobs_at_their_values(method: str) -> None:
    setup = replace(turned(Setup(seed=5), "method", method), rate=0.03, hidden=17)
    task = setup.task()
    assert task.method == method and task.hidden == (17,) and task.seed == 5
    assert task.schedule.adam.rate == 0.03 and not task.schedule.anneal
    assert channels(task)[:4] == ["x", "y", "1−x", "1−y"]
    assert task.n_parameters == asdict(setup)["hidden"] * (len(channels(task)) + 3) or method == "ttfs"


def test_bounds_and_rates_reach_the_task() -> None:
    task: Any = Setup(at_most=0.5, at_least=0.1, code="rate", dropout=0.2, beta=3.0).task()
    assert [(b.count, b.upper) for b in task.rule.bounds] == [(0.5, True), (0.1, False)]
    assert task.net.n_in == 4 and task.rule.dropout == 0.2 and task.rule.beta == 3.0


def test_knobs_cover_the_setup_and_offer_what_a_link_brought() -> None:
    assert set(BY_NAME) == set(KNOBS)
    for knob in TABLE:
        assert getattr(Setup(), knob.name) in knob.values
        assert len({said(knob, value) for value in knob.values}) == len(knob.values)
    assert offered(BY_NAME["hidden"], 33) == [2, 5, 10, 20, 30, 33, 60, 120, 200, 400]
    assert said(BY_NAME["rate"], 0.005, ",") == "0,005"
    assert not matters("beta", Setup(method="ttfs")) and matters("delays", Setup(method="ttfs"))


def test_marks_are_denser_at_the_beginning() -> None:
    n_per_epoch = 34
    found = [n for n in range(1, 103) if due(n, n % n_per_epoch == 0)]
    assert found == [1, 2, 4, 8, 16, 32, 34, 68, 102]


@given(st.integers(1, 2 * MOST_MARKS))
def test_a_long_history_keeps_its_ends(n: int) -> None:
    marks = [mark_at(i, i / 34) for i in range(n)]
    kept = thinned(marks)
    assert kept[0] is marks[0] and kept[-1] is marks[-1] and len(kept) <= MOST_MARKS + 1
    assert [one.n_batches for one in kept] == sorted({one.n_batches for one in kept})


def test_a_large_network_keeps_fewer_moments() -> None:
    """A recurrent network of 1000 neurons has 4 MB of weights: 400 moments would be 1.6 GB."""
    weight = np.zeros(1_000_000, np.float32)
    marks: list[Mark] = []
    for i in range(60):
        marks = thinned([*marks, replace(mark_at(i, float(i)), weight=weight)])
        assert len(marks) * weight.nbytes <= MOST_BYTES + 2 * weight.nbytes
    assert marks[0].n_batches == 0 and marks[-1].n_batches == 59


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 2)), max_size=50))
def test_the_table_counts_every_answer_once(pairs: list[tuple[int, int]]) -> None:
    labels, answers = (np.array([p[k] for p in pairs], np.int64) for k in (0, 1))
    table = confusion(labels, answers, 3)
    assert table.sum() == (answers >= 0).sum()
    assert all(table[a, b] == sum(p == (a, b) for p in pairs) for a in range(3) for b in range(3))


@settings(max_examples=50)
@given(st.integers(2, 30), st.integers(0, 29))
def test_the_timeline_stays_with_its_moment_while_the_run_goes_on(n: int, at: int) -> None:
    studio = Studio()
    marks = [mark_at(i, float(i)) for i in range(n)]
    studio.take(marks)
    studio.go(min(at, n - 1))
    seen = studio.mark
    studio.take([*marks[:1], *marks[1:], mark_at(n, float(n))])
    if at < n - 1:
        assert studio.mark is seen
    else:
        assert studio.at is None and studio.mark is not None and studio.mark.epochs == n
    studio.take([mark_at(0, 0.0)])  # another run
    assert studio.at is None


def test_the_history_is_a_table_for_both_kinds_of_spreadsheet() -> None:
    marks = [mark_at(0, 0.0, 0.25), mark_at(34, 1.0, 0.875)]
    plain, german = history_csv(marks).splitlines(), history_csv(marks, german=True).splitlines()
    assert plain[0].split(",")[:3] == ["batches", "epochs", "seconds"]
    assert plain[2].split(",")[4] == "0.8750" and german[2].split(";")[4] == "0,8750"
    assert len(plain) == len(german) == 3 and plain[1].endswith(",")
