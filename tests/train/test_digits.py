"""Digits: ink comes first, the parts don't overlap, and without scikit-learn there is a word of advice."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from luiapp.cli.main import main
from luiapp.errors import ParameterError
from luiapp.train.digits import digit_sets, digits, digits_task


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Stand-ins for the real ones: each class is a bar at a place of its own, with noise."""
    random = np.random.default_rng(0)
    labels = np.arange(1797) % 10
    ink = random.integers(0, 4, (1797, 64))
    for k in range(6):
        ink[np.arange(1797), 6 * labels + k] = random.integers(12, 17, 1797)
    loaded = SimpleNamespace(data=ink.astype(float), target=labels)
    monkeypatch.setitem(sys.modules, "sklearn", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "sklearn.datasets", SimpleNamespace(load_digits=lambda: loaded))
    return ink


def test_the_deepest_ink_fires_first(pictures: np.ndarray) -> None:
    samples, labels = digits()
    assert np.array_equal(16 * (1 - samples), pictures) and np.array_equal(labels[:10], np.arange(10))
    times = digits_task().code.times(samples)
    assert times.shape == (1797, 65)
    assert np.allclose(times[:, :64], 5e-3 + 40e-3 * (16 - pictures) / 16)


@pytest.mark.usefixtures("pictures")
def test_the_parts_hold_every_picture_once() -> None:
    parts = digit_sets(3)
    assert [len(part.labels) for part in parts] == [1197, 300, 300]
    together = np.concatenate([part.samples for part in parts])
    assert np.array_equal(np.sort(together.sum(axis=1)), np.sort(digits().samples.sum(axis=1)))
    assert not np.array_equal(digit_sets(4)[0].labels, parts[0].labels)


@pytest.mark.usefixtures("pictures")
def test_the_verb_learns_them_and_tests_with_the_same(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    assert main(["train", "digits", "--hidden", "40", "--epochs", "3", "--save", str(path), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["test_accuracy"] > 0.6 and made["n_parameters"] == 65 * 40 + 40 * 10 and made["data"] == "digits"
    assert main(["train", "eval", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["test_accuracy"] == made["test_accuracy"] and np.sum(found["confusion"]) == 300
    for wrong in (
        ["eval", str(path), "--data", "yinyang"],
        ["digits", "--method", "ttfs"],
        ["sweep", str(tmp_path / "a.jsonl"), "--data", "digits"],
        ["digits", "--data", "digits"],
    ):
        assert main(["train", *wrong, "--json"]) == 1


def test_without_scikit_learn_the_way_to_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ParameterError, match=r"pip install 'luiapp\[digits\]'"):
        digits()


@pytest.mark.oracle
def test_the_real_ones() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is in the extra 'oracles'")
    from luiapp.train.fit import fit

    samples, labels = digits()
    assert samples.shape == (1797, 64) and samples.min() == 0 and samples.max() == 1
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # as published
    task = digits_task(epochs=6)
    train, _, test = digit_sets()
    with task.learner() as learner:
        list(fit(learner, task.data(learner, train), task.schedule))
        assert learner.evaluate(task.data(learner, test)).accuracy > 0.9
