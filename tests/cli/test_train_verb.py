"""The verb ``train``, for real and small."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from luiapp.cli.main import main


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
    from luiapp.cli.train import SURROGATES
    from luiapp.train.surrogate import network

    assert tuple(network.SURROGATES) == SURROGATES
