"""The stations of the way onto a chip, and what is known at each."""

from __future__ import annotations

import itertools

from luiapp.deploy.transfer import Transfer, Trials
from luiapp.gui.chip.state import (
    BARS,
    NEEDS,
    STATIONS,
    Found,
    bars,
    possible,
    reached,
    remaining,
    upcoming,
)


def subsets() -> list[tuple[str, ...]]:
    return [chosen for n in range(6) for chosen in itertools.combinations(STATIONS, n)]


def test_following_what_comes_next_visits_every_station_once_and_in_order() -> None:
    done: tuple[str, ...] = ()
    visited = []
    while name := upcoming(done):
        assert possible(name, done)
        done = reached(name, done)
        visited.append(name)
    assert tuple(visited) == STATIONS == done
    assert upcoming(done) == "" and remaining(done) == ()


def test_whatever_is_done_again_undoes_what_came_after_it_and_nothing_before() -> None:
    for done in subsets():
        for name in STATIONS:
            after = reached(name, done)
            at = STATIONS.index(name)
            assert set(after) == {one for one in done if STATIONS.index(one) < at} | {name}
            assert list(after) == sorted(after, key=STATIONS.index)


def test_calibration_can_be_left_out_and_nothing_else() -> None:
    assert possible("place", ("serial",)) and possible("run", ("serial", "place"))
    assert upcoming(("serial", "place")) == "run"
    for name in ("calibrate", "place", "run", "loop"):
        assert not possible(name, ())
        assert not possible(name, tuple(one for one in STATIONS if one != NEEDS[name] and one != name))


def test_what_is_left_begins_with_what_is_next() -> None:
    for done in subsets():
        left = remaining(done)
        assert (left[0] if left else "") == upcoming(done)
        assert left == STATIONS[len(STATIONS) - len(left) :]


def test_the_chart_has_a_figure_for_what_is_known_and_none_else() -> None:
    def trials(mean: float) -> Trials:
        return Trials(mean, 0.01, (mean,), 10.0, 0.0)

    plain = Transfer(0.97, 0.96, trials(0.6), None, None, 0.0, (1,), 1e-4, 1e-5)
    found = bars(Found(7, ideal=0.97, transfer=plain, taught=trials(0.95)))
    assert [one.name for one in found] == list(BARS)
    assert [one.value for one in found] == [0.97, 0.6, None, 0.95]
    assert [one.spread for one in found] == [None, 0.01, None, 0.01]
    assert {one.value for one in bars(Found(7))} == {None}
