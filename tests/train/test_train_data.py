"""Data sets and spike codes."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.errors import ParameterError
from luiapp.train.codes import LatencyCode, RateCode, on_grid
from luiapp.train.datasets import mirrored, painted, randman, yin_yang, yin_yang_classes

# Of the published files: size, seed, sha256 of the samples (float64) and of the labels (uint8).
PUBLISHED = [
    (5000, 42, "f5a4054d56f2a058f8250fba7ff9720458e1625db7af78a295e45701745b2228",
     "7ea074c03c7531b4326ee49652960539cc5f919a390a1f5fa441daf677b146af"),
    (1000, 41, "5eac358bdf2122763dce3703a79f3005e56e46a4db25ec329a07333d0f7b8093",
     "6a5d1f872dddf69dabf9dc7ab600556b69e541c4deef6f1f756ab5cbffe7d699"),
    (1000, 40, "7bab3ed668ed4992679cff6339fe21bfe7d0c921ddc6187eaa3bc6ef34b888d7",
     "2e48e04154ecf043575fb66e9013e714e5a79652e013cca1e4cc966d4484ecf0"),
]  # fmt: skip


@pytest.mark.parametrize(("size", "seed", "samples", "labels"), PUBLISHED)
def test_yin_yang_is_the_published_one_bit_for_bit(size: int, seed: int, samples: str, labels: str) -> None:
    made = yin_yang(size, seed)
    assert (made.samples.dtype, made.labels.dtype) == (np.float64, np.int64)
    assert hashlib.sha256(made.samples.astype("<f8").tobytes()).hexdigest() == samples
    assert hashlib.sha256(made.labels.astype(np.uint8).tobytes()).hexdigest() == labels


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 40), more=st.integers(1, 400))
def test_a_smaller_yin_yang_is_the_beginning_of_a_larger(seed: int, size: int, more: int) -> None:
    small, large = yin_yang(size, seed), yin_yang(size + more, seed)
    assert np.array_equal(small.samples, large.samples[:size])
    assert np.array_equal(small.labels, large.labels[:size])


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_yin_yang_as_its_rule_says_in_plain_words(seed: int) -> None:
    random = np.random.RandomState(seed)
    made = yin_yang(20, seed)
    for i in range(20):
        goal = random.randint(3)
        while True:
            x, y = random.rand(2)
            if yin_yang_classes([[x, y]])[0] == goal:
                break
        assert made.samples[i].tolist() == [x, y, 1 - x, 1 - y]
        assert made.labels[i] == goal


def test_areas_of_the_classes() -> None:
    """Dots 8 % of the disc, the swirls 46 % each; and half a turn swaps the swirls."""
    axis = (np.arange(1000) + 0.5) / 1000
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    classes = yin_yang_classes(points)
    inside = classes >= 0
    assert inside.mean() == pytest.approx(np.pi / 4, abs=1e-3)
    share = np.bincount(classes[inside]) / inside.sum()
    assert share == pytest.approx([0.46, 0.46, 0.08], abs=1e-3)
    turned = yin_yang_classes(1 - points)
    assert (turned[inside] == np.array([1, 0, 2])[classes[inside]]).mean() > 0.9999


def test_yin_yang_refuses_what_it_cannot_make() -> None:
    for size, seed in ((0, 42), (-1, 42), (10**9, 42), (5, -1), (5, 2**32)):
        with pytest.raises(ParameterError):
            yin_yang(size, seed)


def test_painted_points_get_their_mirror_images() -> None:
    made = painted([[0.25, 1.0], [0.5, 0.0]], [2, 0])
    assert made.samples.tolist() == [[0.25, 1.0, 0.75, 0.0], [0.5, 0.0, 0.5, 1.0]]
    assert made.labels.tolist() == [2, 0]
    for points, labels in (([], []), ([[0.5, 1.1]], [0]), ([[0.5, np.nan]], [0]), ([[0.5, 0.5]], [0, 1]),
                           ([[0.5, 0.5]], [0.5]), ([[0.5, 0.5]], [-1]), ([0.5], [0])):  # fmt: skip
        with pytest.raises(ParameterError):
            painted(points, labels)


def test_randman_is_what_its_formula_says() -> None:
    """One feature of one class by numpy, and what every feature must be."""
    made = randman(3, 50, n_features=4, n_dimensions=2, smoothness=2.0, seed=5)
    assert np.bincount(made.labels).tolist() == [50, 50, 50]
    for label in range(3):
        part = made.samples[made.labels == label]
        assert (part.min(axis=0) == 0).all() and part.max(axis=0) == pytest.approx(1.0)
    random = np.random.default_rng(5)
    k = np.arange(1, 33)  # 1000^(1/2), rounded up
    a, b, c = random.random((3, 4, 2, 32))
    x = random.random((50, 2))
    waves = (k**-2.0 * a * np.sin(2 * np.pi * (k * x[:, None, :, None] * b + c))).sum(-1).prod(-1)
    waves = (waves - waves.min(0)) / np.ptp(waves, axis=0)
    found = made.samples[made.labels == 0]
    assert found[np.argsort(found[:, 0])] == pytest.approx(waves[np.argsort(waves[:, 0])], abs=1e-9)
    assert np.array_equal(randman(3, 50, n_features=4, n_dimensions=2, smoothness=2.0, seed=5).samples, made.samples)


def test_latencies_are_affine_and_the_bias_comes_last() -> None:
    code = LatencyCode(early=0.15, late=2.0, bias=0.9)
    times = code.times(np.array([[0.0, 1.0], [0.5, 0.2]]))
    assert times == pytest.approx(np.array([[0.15, 2.0, 0.9], [1.075, 0.52, 0.9]]))
    assert code.n_channels(2) == 3
    for early, late, bias in ((-1, 1, None), (2, 1, None), (0, np.inf, None), (0, 1, -0.1), (np.nan, 1, None)):
        with pytest.raises(ParameterError):
            LatencyCode(early, late, bias)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 1000), n=st.integers(0, 6), channels=st.integers(1, 5))
def test_the_grid_holds_every_spike_at_its_nearest_point(seed: int, n: int, channels: int) -> None:
    random = np.random.default_rng(seed)
    times = random.uniform(0, 9, (n, channels))
    times[random.random((n, channels)) < 0.3] = np.inf
    grid = on_grid(times, dt=0.5, n_steps=20)
    dense = grid.dense()
    for i in range(n):
        for j in range(channels):
            steps = np.flatnonzero(dense[i, :, j])
            assert steps.tolist() == ([round(times[i, j] / 0.5)] if np.isfinite(times[i, j]) else [])
        part = slice(grid.first[i], grid.first[i + 1])
        keys = list(zip(grid.step[part], grid.channel[part], strict=True))
        assert keys == sorted(keys)
    with pytest.raises(ParameterError):
        on_grid(np.array([[9.9]]), dt=0.5, n_steps=20)


def test_rates_are_what_the_code_says_and_come_again_with_the_seed() -> None:
    samples = np.tile([0.0, 0.5, 1.0], (200, 1))
    code = RateCode(low=0.0, high=40.0, seed=3)
    grid = code.grid(samples, dt=0.001, n_steps=500)
    count = grid.dense().sum(axis=1).mean(axis=0)
    expected = 500 * (1 - np.exp(-np.array([0.0, 20.0, 40.0]) * 0.001))
    assert np.abs(count - expected) == pytest.approx(0, abs=4 * np.sqrt(expected.max() / 200))
    assert count[0] == 0
    fewer = code.grid(samples[:7], dt=0.001, n_steps=500)
    assert np.array_equal(fewer.dense(), grid.dense()[:7])
    assert not np.array_equal(RateCode(0.0, 40.0, 4).grid(samples, dt=0.001, n_steps=500).step, grid.step)


def test_mirrored() -> None:
    assert mirrored(np.array([[0.25, 0.5]])).tolist() == [[0.25, 0.5, 0.75, 0.5]]
