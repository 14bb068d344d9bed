"""The CUBA network, spike for spike, against Brian2 (C++ standalone) and NEST in float64."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from luiapp.simulate import Options, run

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import cuba
import others

pytestmark = pytest.mark.oracle
DURATION = 0.3


def _need(module: str) -> None:
    reason = others.missing(module)
    if reason:
        pytest.skip(reason)


def _set(steps: np.ndarray, neurons: np.ndarray) -> set[tuple[int, int]]:
    return set(zip(steps.tolist(), neurons.tolist(), strict=True))


@pytest.fixture(scope="module")
def arrays() -> cuba.Cuba:
    return cuba.cuba()


@pytest.fixture(scope="module")
def ours(arrays: cuba.Cuba) -> set[tuple[int, int]]:
    made = run(cuba.network(arrays), DURATION, options=Options(initial={"membrane": arrays.v0}))
    found = _set(np.rint(made.spike_times / cuba.DT).astype(np.int64), made.spike_neurons)
    assert len(found) == len(made.spike_times) > 4000
    return found


def test_brian2_standalone_finds_the_same_spikes(arrays: cuba.Cuba, ours: set[tuple[int, int]], tmp_path: Path) -> None:
    _need("brian2")
    theirs = others.Standalone(cuba.problem(arrays, duration=DURATION), tmp_path)
    assert ours ^ _set(theirs.step, theirs.neuron) == set()


def test_nest_finds_the_same_spikes(arrays: cuba.Cuba, ours: set[tuple[int, int]], tmp_path: Path) -> None:
    _need("nest")
    _, step, neuron = others.nest(cuba.problem(arrays, duration=DURATION), tmp_path)
    assert ours ^ _set(step, neuron) == set()
