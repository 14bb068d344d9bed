"""The verb ``train``, for real and small."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path

import pytest

from luiapp.cli.main import main
from luiapp.train.task import SurrogateTask


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict, str]:
    code = main(["train", *arguments, "--json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out), captured.err


def test_train_save_and_eval(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "net.npz"
    code, made, told = run(
        capsys, "yinyang", "--hidden", "30", "--epochs", "2", "--seed", "1", "--threads", "2", "--save", str(path)
    )
    assert code == 0
    assert made["test_accuracy"] > 0.6
    assert (made["epochs"], made["n_parameters"], made["seed"]) == (2, 5 * 30 + 30 * 3, 1)
    assert made["seconds"] > 0 and made["spikes_per_sample"] > 1 and not made["interrupted"]
    assert told.count("\n") == 3 and "epoch 2 of 2" in told
    code, found, _ = run(capsys, "eval", str(path))
    assert code == 0
    assert found["test_accuracy"] == made["test_accuracy"]
    assert found["spikes_per_sample"] == made["spikes_per_sample"]
    assert sum(map(sum, found["confusion"])) == 1000
    assert sum(found["confusion"][k][k] for k in range(3)) == round(1000 * found["test_accuracy"])
    code, again, _ = run(capsys, "yinyang", "--epochs", "0", "--save", str(path))
    assert code == 1 and "--overwrite" in again["error"]["message"]


def test_an_interruption_keeps_what_was_learned(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import luiapp.cli.train as verb

    def tell(now: object) -> None:
        if now.epoch == 2:  # type: ignore[attr-defined]
            raise KeyboardInterrupt

    monkeypatch.setattr(verb, "_tell", tell)
    path = tmp_path / "net.npz"
    code, made, _ = run(capsys, "yinyang", "--hidden", "30", "--epochs", "500", "--save", str(path))
    assert code == 0 and made["interrupted"] and made["epochs"] == 2
    assert run(capsys, "eval", str(path))[1]["test_accuracy"] == made["test_accuracy"] > 0.6


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("eval",), "needs a file"),
        (("eval", "missing.npz"), "missing.npz"),
        (("yinyang", "net.npz"), "--save"),
        (("yinyang", "--save", "net.txt"), ".npz"),
        (("yinyang", "--save", "no/such/net.npz"), "no/such"),
        (("yinyang", "--beta", "-1"), "beta"),
    ],
)
def test_wrong_calls_end_before_any_work(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], part: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    code, found, _ = run(capsys, *arguments)
    assert code == 1
    assert part in found["error"]["message"]


def test_names_that_need_no_compiler_are_the_kernels_names() -> None:
    from luiapp.cli.train_rule import LOSSES, SURROGATES
    from luiapp.train.surrogate import network

    assert tuple(network.SURROGATES) == SURROGATES
    assert [name.replace(" ", "-") for name in network.LOSSES] == list(LOSSES)


def test_every_part_of_the_rule_can_be_asked_for() -> None:
    from luiapp.cli.train import TRAIN, _surrogate
    from luiapp.train.optimise import Adam
    from luiapp.train.surrogate.network import Bound, Rule

    parser = ArgumentParser()
    TRAIN.arguments(parser)
    typed = ("yinyang --surrogate arctan --beta 4 --attached-reset --recurrent --normalise --loss first-spike "
             "--dropout 0.2 --at-least 0.5 --at-most 3 --strength 0.3 --power 1 --population --rate 0.02 "
             "--weight-decay 0.1 --patience 7")  # fmt: skip
    task = _surrogate(parser.parse_args(typed.split()))
    bounds = (Bound(0.5, 0.3, False, 1, True), Bound(3.0, 0.3, True, 1, True))
    assert task.rule == Rule("arctan", 4.0, True, "first spike", bounds=bounds, dropout=0.2)
    assert task.net.recurrent and task.net.normalise and task.schedule.patience == 7
    assert task.schedule.adam == Adam(0.02, weight_decay=0.1)
    plain = _surrogate(parser.parse_args(["yinyang"]))
    assert plain == SurrogateTask()
    each = _surrogate(parser.parse_args(["yinyang", "--at-most", "2"]))
    assert each.rule.bounds == (Bound(2.0, 0.1),)


def test_bounds_normalisation_and_patience_for_real(capsys: pytest.CaptureFixture[str]) -> None:
    """A tight bound on the mean keeps spikes few; nothing gets better at a rate of zero's neighbour."""
    few = ("--at-most", "0.1", "--strength", "30", "--population")
    code, bound, _ = run(capsys, "yinyang", "--hidden", "20", "--epochs", "4", *few)
    code_free, free, _ = run(capsys, "yinyang", "--hidden", "20", "--epochs", "4")
    assert code == code_free == 0 and bound["spikes_per_sample"] < 0.5 * free["spikes_per_sample"]
    _, still, _ = run(capsys, "yinyang", "--hidden", "10", "--epochs", "50", "--rate", "1e-12", "--patience", "2")
    assert still["epochs"] < 6
    _, even, _ = run(capsys, "yinyang", "--hidden", "10", "--epochs", "0", "--normalise")
    assert even["n_parameters"] == 5 * 10 + 10 * 3 + 100 * 10


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("eval", "net.npz", "--loss", "mean"), "--loss"),
        (("yinyang", "--method", "ttfs", "--weight-decay", "0.1"), "--weight-decay"),
        (("sweep", "x.jsonl", "--patience", "3"), "--patience"),
        (("yinyang", "--population"), "--population"),
        (("yinyang", "--dropout", "1.5"), "dropout"),
    ],
)
def test_rules_that_mean_nothing_are_refused(
    arguments: tuple[str, ...], part: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told, _ = run(capsys, *arguments)
    assert code == 1 and part in told["error"]["message"]
