"""Where lines get their place in time; the clock is played, so nothing here waits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.link.columns import BoardSettings
from luiapp.link.grid import Grid
from luiapp.link.intake import Intake, Piece
from luiapp.link.lines import Rows


def rows(*values: float, n_lost: int = 0) -> Rows:
    return Rows(("",), np.array(values, float)[:, None], n_lost)


class Player:
    """Feeds an intake every 10 ms with what a sketch at `rate` would have printed."""

    def __init__(self, rate: float = 1000.0, **settings: object) -> None:
        self.intake = Intake("p", settings=BoardSettings(**settings))
        self.rate, self.now, self.n = rate, 100.0, 0
        self.pieces: list[Piece] = []

    def play(self, duration: float, *, value: object = lambda i: 20.0 + i % 70, silent: bool = False) -> None:
        end = self.now + duration
        while self.now < end - 1e-9:
            self.now += 0.01
            n = int((self.now - 100.0) * self.rate + 1e-6)
            block = [] if silent or n == self.n else [rows(*(value(i) for i in range(self.n, n)))]  # type: ignore[operator]
            self.n = n
            self.intake.feed(block, self.now)
            self.pieces += self.intake.take()


def printed(pieces: list[Piece]) -> np.ndarray:
    return np.concatenate([p.samples for p in pieces])[:, 0] / np.float32(5 / 1024)


@pytest.mark.parametrize("rate", [1000.0, 250.0, 20.0, 9000.0])
def test_the_rate_is_learned_and_every_line_kept_in_order(rate):
    player = Player(rate)
    player.play(3.0)
    assert 1 / player.intake.setup.dt == pytest.approx(rate)
    values = printed(player.pieces)
    assert np.array_equal(np.rint(values), [20 + i % 70 for i in range(len(values))])
    assert len(values) == player.n and player.intake.n_missing == 0


def test_lost_lines_leave_holes_of_their_number():
    player = Player()
    player.play(1.0)
    end = player.intake.i_end
    player.intake.feed([rows(30, 31), rows(32, 33, n_lost=3), rows(34, n_lost=1000)], player.now + 0.01)
    first, last = player.intake.take()
    assert first.i_first == end and last.i_first == end + 7 + 1000 and last.n_gap == 1000
    assert np.isnan(first.samples[:, 0]).tolist() == [False, False, True, True, True, False, False]
    assert player.intake.n_missing == 1003 and player.intake.n_gaps == 2


def test_silence_takes_its_time_and_a_stall_of_ours_takes_none():
    player = Player()
    player.play(1.0)
    player.play(2.0, silent=True)
    player.play(0.1)
    (jump,) = [p.n_gap for p in player.pieces if p.n_gap]
    assert jump == pytest.approx(2000, abs=12)
    # Nobody looked for 2 s: what waited then comes in two lots, and nothing is missing.
    player.now += 2.0
    for n in (1500, 500):
        player.now += 1e-3
        player.intake.feed([rows(*([30.0] * n))], player.now)
    assert player.intake.n_gaps == 1


def test_a_fall_after_the_last_sample_was_given_out_counts_from_there():
    player = Player()
    player.play(1.0)
    player.intake.feed([rows(300, 310, 316)], player.now + 0.003)
    for k in range(10):  # nothing comes for 0.1 s, so the high samples are shown
        player.intake.feed([], player.now + 0.003 + 0.01 * k)
    shown = player.intake.take()[-1]
    player.intake.feed([rows(0, 0, 0)], player.now + 0.11)
    (piece,) = player.intake.take()
    assert piece.i_first == shown.i_first + len(shown.samples)
    assert piece.spikes.tolist() == [piece.i_first]


def test_a_range_read_anew_remembers_all_that_did_not_fit():
    player = Player()
    player.play(1.0)
    odd = {1020: 5000.0, 1050: 5000.0, 1080: 1100.0}
    player.play(1.0, value=lambda i: odd.get(i, 200.0))
    assert player.intake.setup.columns[0].scale == 1e-3  # millivolts: no converter of 12 bits gives 5000


def test_a_range_that_turns_out_wider_is_read_anew_and_stays():
    player = Player()
    player.play(1.0)
    assert player.intake.setup.columns[0].high == 1023
    player.play(1.0, value=lambda i: 1500.0 if i % 100 == 0 else 200.0)
    setup = player.intake.setup
    assert setup.columns[0].high == 4095 and "columns" in [n.name for n in player.intake.notes]
    player.play(2.0, value=lambda i: 1500.0 if i % 300 == 0 else 200.0)
    assert player.intake.setup is setup


def test_one_odd_value_changes_nothing():
    player = Player()
    player.play(1.0)
    setup = player.intake.setup
    player.play(1.0, value=lambda i: 51200.0 if i == 1500 else 200.0)
    assert player.intake.setup is setup


def test_another_rate_is_noticed_and_measured_anew():
    player = Player()
    player.play(2.0)
    first = player.intake.setup
    player.rate, player.n = 500.0, int((player.now - 100.0) * 500)
    player.play(6.0)
    assert player.intake.setup is not first and 1 / player.intake.setup.dt == pytest.approx(500)


def test_a_burst_without_a_sequel_is_shown_at_the_nominal_rate():
    intake = Intake("p")
    intake.feed([rows(*([300.0] * 50))], 10.0)
    for k in range(400):
        intake.feed([], 10.0 + 0.01 * k)
    (piece,) = intake.take()
    assert len(piece.samples) == 50 and piece.setup.dt == 1e-3


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), min_size=1, max_size=40))
def test_pieces_never_overlap_and_spikes_lie_inside(blocks):
    intake = Intake("p", settings=BoardSettings(rate=1000.0))
    rng = np.random.default_rng(0)
    now, pieces = 0.0, []
    for n, lost in [(30, 0), (30, 0), *blocks]:
        now += 0.15
        intake.feed([rows(*rng.choice([0.0, 300.0, 130.0], n), n_lost=lost)], now)
        pieces += intake.take()
    end = 0
    for piece in pieces:
        assert piece.i_first == end + piece.n_gap and piece.n_gap >= 0
        end = piece.i_first + len(piece.samples)
        assert (piece.spikes >= piece.i_first).all() and (piece.spikes < end).all()
        assert (np.diff(piece.spikes) >= 0).all()


def test_spike_columns_tell_spikes_by_their_rise():
    intake = Intake("p", settings=BoardSettings(rate=1000.0))
    for k in range(40):
        values = np.array([[300.0, float((10 * k + i) % 100 in (50, 51, 52))] for i in range(10)])
        intake.feed([Rows(("V", "spike"), values)], 0.02 * k)
    spikes = np.concatenate([p.spikes for p in intake.take()])
    assert spikes.tolist() == [50.0, 150.0, 250.0, 350.0]


# -- several on one grid ----------------------------------------------------------------------------------------------


def test_two_clocks_that_differ_stay_together_on_the_grid():
    """Two sketches print the time; one runs 0.4 % fast. On the grid both show the same time, for a minute."""
    rates = (1000.0, 1004.0)
    intakes = [Intake("p", settings=BoardSettings(rate=1000.0), several=True) for _ in rates]
    grid, sent, now, got = Grid(intakes), [0, 0], 0.0, []
    while now < 60.0:
        now += 0.02
        for k, rate in enumerate(rates):
            n = int(now * rate)
            intakes[k].feed([rows(*(i / rate / 20 for i in range(sent[k], n)))], now)
            sent[k] = n
        pieces = [intake.take() for intake in intakes]
        grid.renew(pieces, now)
        for k, ones in enumerate(pieces):
            for piece in ones:
                grid.add(k, piece)
        if grid.layout.traces:
            got.append(grid.step(now, [True, True])[1])
    values = np.concatenate(got)[500:] * 20
    known = np.isfinite(values).all(axis=1)
    assert known.mean() > 0.99
    assert np.abs(values[known, 0] - values[known, 1]).max() < 3.1e-3
    assert grid.n_late == 0


def test_a_rate_near_no_round_number_is_measured_longer():
    player = Player(1913.0)
    player.play(1.2)
    assert player.intake.setup is None
    player.play(2.0)
    assert 1 / player.intake.setup.dt == pytest.approx(1913, rel=2e-3)


def test_names_stay_when_a_range_is_read_anew_beside_a_time_stamp():
    intake = Intake("p")

    def say(i_first: int, value: float) -> None:
        stamps = 7_000_000 + 1000.0 * np.arange(i_first, i_first + 20)
        intake.feed([Rows(("", ""), np.column_stack([stamps, np.full(20, value)]))], 0.02 * (i_first / 20 + 1))

    for k in range(100):
        say(20 * k, 1500.0 if k == 60 else 300.0)
    assert intake.setup.neurons == ("p A",) and intake.setup.i_time == 0 and intake.setup.columns[1].high == 4095


def test_a_port_that_joins_late_brings_no_spikes_from_before():
    intakes = [Intake(name, settings=BoardSettings(rate=1000.0), several=True) for name in "pq"]
    grid, now, sent, got, shown = Grid(intakes), 0.0, [0, 2000], [], []
    while now < 4.0:
        now += 0.02
        for k in (0, 1):
            n = int(now * 1000)
            values = [3.0 * (i % 100) if i % 100 > 15 else 0.0 for i in range(sent[k], n)]
            intakes[k].feed([rows(*values)] if values else [], now)
            sent[k] = max(n, sent[k])
        pieces = [intake.take() for intake in intakes]
        is_new = grid.renew(pieces, now)
        got, shown = ([], []) if is_new else (got, shown)
        for k, ones in enumerate(pieces):
            for piece in ones:
                grid.add(k, piece)
        if grid.layout.traces:
            _, samples, spikes = grid.step(now, [True, True])
            got += spikes
            shown.append(samples)
    assert np.isfinite(np.concatenate(shown)[:, 0]).mean() > 0.99  # the first port doesn't blink
    assert grid.layout.neurons == ("p A", "q A")
    for neuron in (0, 1):
        times = np.array([t for t, n in got if n == neuron])
        assert len(times) in (17, 18) and np.diff(times) == pytest.approx(0.1, abs=3e-3)


def test_a_port_that_falls_silent_is_not_a_number_and_holds_nobody_up():
    intakes = [Intake(name, settings=BoardSettings(rate=1000.0), several=True) for name in "pq"]
    grid, now, sent, got, behind = Grid(intakes), 0.0, [0, 0], [], []
    while now < 4.0:
        now += 0.02
        for k in (0, 1):
            n = int(now * 1000)
            is_silent = k == 1 and 1.5 < now < 3.0
            intakes[k].feed([] if is_silent else [rows(*([100.0] * (n - sent[k])))], now)
            sent[k] = n
        pieces = [intake.take() for intake in intakes]
        grid.renew(pieces, now)
        for k, ones in enumerate(pieces):
            for piece in ones:
                grid.add(k, piece)
        if len(grid.layout.traces) == 2:
            got.append(grid.step(now, [True, True])[1])
            behind.append(now - grid.i_next * grid.layout.dt)
    samples = np.concatenate(got)
    assert np.isfinite(samples[:, 0]).mean() > 0.99
    silent = np.isnan(samples[:, 1])
    assert silent.sum() == pytest.approx(1500, abs=30) and silent[1550:2950].all()
    assert max(behind) - min(behind) < 0.2
