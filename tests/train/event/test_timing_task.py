"""Set-ups of the exact methods: into files and back, and on the command line."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from luiapp.cli.main import main
from luiapp.train.event.first_spike import DELAYS
from luiapp.train.event.task import TimingTask, eventprop_task, first_spike_task, timing_task_from_dict
from luiapp.train.fit import fit
from luiapp.train.store import Model, open_model, save_model
from luiapp.train.task import yin_yang_sets

TASKS = (*(first_spike_task(6, delays=kind, epochs=2, seed=3) for kind in DELAYS), eventprop_task(10, epochs=1))


@pytest.mark.parametrize("task", TASKS)
def test_a_task_comes_back_from_json(task: TimingTask) -> None:
    assert timing_task_from_dict(json.loads(json.dumps(asdict(task), allow_nan=False))) == task


@pytest.mark.parametrize("task", [TASKS[3], TASKS[4]])
def test_a_trained_network_comes_back_from_its_file(task: TimingTask, tmp_path: Path) -> None:
    train, valid, test = yin_yang_sets()
    learner = task.learner()
    last = list(fit(learner, task.data(learner, train), task.schedule, valid=task.data(learner, valid)))[-1]
    assert last.valid is not None
    assert last.valid.accuracy > 0.45  # chance is a third
    model = open_model(save_model(tmp_path / "net.npz", Model(task, learner.weight, {"epochs": 2})))
    assert model.task == task
    again = model.task.learner(weight=model.weight)
    before, after = learner.evaluate(task.data(learner, test)), again.evaluate(task.data(learner, test))  # type: ignore[arg-type]
    np.testing.assert_array_equal(before.predicted, after.predicted)
    assert before.loss == after.loss


def test_the_number_of_parameters_is_the_published_one() -> None:
    """DelGrad's nets of 30 hidden neurons: 210 weights, 34 axonal or 210 synaptic delays (here with bias spikes)."""
    assert first_spike_task(30, delays="synaptic").n_parameters == 420
    assert first_spike_task(120).n_parameters == 5 * 120 + 121 * 3
    assert first_spike_task(30, delays="axonal").n_parameters == 5 * 30 + 31 * 3 + 5 + 31
    assert eventprop_task().n_parameters == 5 * 200 + 200 * 3


@pytest.mark.slow
def test_five_hidden_neurons_with_delays_come_beyond_the_published_network() -> None:
    """DelGrad's network of that size was 95.4 % right; the mean of three is."""
    train, _, test = yin_yang_sets()
    right = []
    for seed in range(3):
        task = first_spike_task(5, delays="synaptic", seed=seed)
        learner = task.learner()
        for _ in fit(learner, task.data(learner, train), task.schedule):
            pass
        right.append(learner.evaluate(task.data(learner, test)).accuracy)
    assert np.mean(right) > 0.954, right


@pytest.mark.parametrize(
    ("arguments", "method"),
    [(["--method", "ttfs", "--delays", "axonal", "--hidden", "5"], "ttfs"), (["--method", "eventprop"], "eventprop")],
)
def test_the_command_line_teaches_keeps_and_tests(
    arguments: list[str], method: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "net.npz"
    assert main(["train", "yinyang", *arguments, "--epochs", "1", "--json", "--save", str(file)]) == 0
    taught = json.loads(capsys.readouterr().out)
    assert taught["method"] == method and taught["epochs"] == 1 and taught["test_accuracy"] > 0.4
    assert taught["spikes_per_sample"] > 1 and taught["seconds"] > 0
    assert main(["train", "eval", str(file), "--json"]) == 0
    tested = json.loads(capsys.readouterr().out)
    for name in ("method", "test_accuracy", "n_parameters", "spikes_per_sample"):
        assert tested[name] == taught[name]
    assert sum(map(sum, tested["confusion"])) == 1000


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--method", "eventprop", "--delays", "axonal"], "--delays"),
        (["--method", "ttfs", "--beta", "3"], "--beta"),
        (["--method", "ttfs", "--attached-reset"], "--attached-reset"),
        (["--delays", "axonal"], "--delays"),
        (["--method", "ttfs", "--hidden", "0"], "one neuron"),
    ],
)
def test_what_means_nothing_to_a_method_is_refused(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "yinyang", *arguments]) != 0
    assert named in capsys.readouterr().err
