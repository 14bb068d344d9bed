"""Baud and sampling rates told from what arrives; time is an argument, so nothing here waits."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.link.detect import BAUDS, BaudFinder, LineClock, is_nice, nice_rate
from luiapp.link.lines import LineParser


def hear(finder: BaudFinder, data: bytes, *, true_baud: int, rate: float, limit: float = 30.0) -> float:
    """Play `data` at `rate` lines a second to a parser that hears rubbish at wrong speeds; when was it found?"""
    parser, now, due = LineParser(), 0.0, 0.0
    finder.begin(now, parser.counters)
    while now < limit:
        now += 0.01
        while due < now:
            due += 1 / rate
            rubbish = bytes((b * 37 + 141) % 256 | 0x80 for b in data[::2])
            parser.feed(data if finder.baud == true_baud else rubbish)
        verdict = finder.judge(now, parser.counters)
        if verdict == "found":
            return now
        if verdict == "next":
            finder.advance()
            parser.reset()
            finder.begin(now, parser.counters)
    raise AssertionError("never found")


@pytest.mark.parametrize("baud", BAUDS)
def test_each_usual_rate_is_found(baud):
    finder = BaudFinder()
    assert hear(finder, b"512,317\r\n", true_baud=baud, rate=500) < 0.5 * len(BAUDS)
    assert finder.baud == baud


def test_the_rate_that_was_right_last_time_is_tried_first():
    finder = BaudFinder(1_000_000)
    assert hear(finder, b"512\n", true_baud=1_000_000, rate=1000) < 0.05


def test_a_slow_sketch_needs_patience_not_another_rate():
    assert hear(BaudFinder(), b"V:1.02\n", true_baud=115200, rate=1) < 5


def test_a_fixed_rate_is_kept():
    finder = BaudFinder(9600, fixed=True)
    with pytest.raises(AssertionError, match="never"):
        hear(finder, b"512\n", true_baud=115200, rate=1000, limit=5)
    assert finder.baud == 9600 and finder.n_rounds >= 1


def test_silence_and_greetings_are_no_reason_to_go_on():
    finder, parser = BaudFinder(), LineParser()
    finder.begin(0.0, parser.counters)
    assert finder.judge(60.0, parser.counters) == "wait"
    parser.feed(b"Lu.i reader starting up now, please wait a while until it is calibrated\r\n" * 2)
    assert finder.judge(61.0, parser.counters) == "wait" or finder.judge(1.0, parser.counters) == "wait"


@pytest.mark.parametrize("rate", [997.3, 50.0, 9800.0])
def test_the_rate_is_right_through_bursts_and_a_stall(rate):
    rng = np.random.default_rng(3)
    clock, now = LineClock(), 0.0
    while now < 4.0:
        now += rng.uniform(0.005, 0.03) + (0.7 if 2.0 < now < 2.02 else 0.0)
        arrived = int((now - rng.exponential(0.002)) * rate)
        clock.add(arrived, now)
    assert clock.rate() == pytest.approx(rate, rel=5e-3)
    assert clock.time_of(rate * 2, 1 / rate) == pytest.approx(2.0, abs=6e-3 + 1 / rate)


def test_looks_that_come_late_do_not_bend_the_clock():
    rng = np.random.default_rng(5)
    clock = LineClock()
    for k in range(400):
        due = 0.01 * k
        clock.add(int(due * 1000), due + (rng.uniform(0.02, 0.2) if k > 300 and k % 7 == 0 else 0.0) * (k % 2))
    assert clock.rate() == pytest.approx(1000, rel=1e-3)
    assert clock.time_of(1000, 1e-3) == pytest.approx(1.0, abs=2e-3)


def test_a_few_good_lines_in_much_rubbish_are_chance():
    finder, parser = BaudFinder(), LineParser()
    finder.begin(0.0, parser.counters)
    parser.feed(b"\xff\xfe\x81\n" * 20 + b"1\n" * 7)
    assert finder.judge(0.1, parser.counters) == "wait" and finder.judge(0.3, parser.counters) == "next"


def test_too_little_is_no_rate():
    clock = LineClock()
    assert clock.rate() is None
    for i in range(3):
        clock.add(i, 0.1 * i)
    assert clock.rate() is None
    clock = LineClock()
    for i in range(9):  # several blocks at one look
        clock.add(10 * i, 5.0)
    assert clock.rate() is None and clock.span == 0.0 and clock.n_lines == 0


@pytest.mark.parametrize(
    ("measured", "meant"), [(998.7, 1000), (1004, 1000), (251.3, 250), (99.6, 100), (1913.27, 1913), (33.333, 33.33)]
)
def test_round_rates_are_meant_round(measured, meant):
    assert nice_rate(measured) == meant
    assert is_nice(measured) == (meant in (1000, 250, 100))
