"""Models on disk: what comes back, and what is refused."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luiapp.errors import FileError, FormatError
from luiapp.train.store import Model, open_model, save_model
from luiapp.train.surrogate.network import Bound, Rule, SpikingNet
from luiapp.train.task import SurrogateTask

TASK = SurrogateTask(
    net=SpikingNet(5, 3, (4, 6), recurrent=True, tau_mem=0.03),
    rule=Rule("arctan", 7.5, True, "first spike", bounds=(Bound(1.0, 0.5, population=True),), dropout=0.1),
    seed=3,
)


def model(dtype: str = "float32") -> Model:
    weight = np.random.default_rng(1).normal(size=TASK.net.n_parameters).astype(dtype)
    return Model(TASK, weight, {"test_accuracy": 0.97, "note": "grüß dich"})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_saved_comes_back(tmp_path: Path, dtype: str) -> None:
    path = save_model(tmp_path / "net.npz", model(dtype))
    back = open_model(path)
    assert back.task == TASK
    assert back.about == model().about
    assert back.weight.dtype == dtype and np.array_equal(back.weight, model(dtype).weight)
    save_model(path, Model(replace(TASK, seed=4), back.weight))
    assert open_model(path).task.seed == 4
    assert [p.name for p in tmp_path.iterdir()] == ["net.npz"]


def test_missing_places_and_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"net\.npz"):
        open_model(tmp_path / "net.npz")
    with pytest.raises(FileError):
        save_model(tmp_path / "no" / "net.npz", model())
    with pytest.raises(FileError):
        open_model(tmp_path)


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (tmp_path / "sprung",)  # type: ignore[return-value]

    (tmp_path / "a.npz").write_bytes(pickle.dumps(Trap()))
    np.savez(tmp_path / "b.npz", weight=np.array([Trap()], object), description=np.array("{}"))
    for name in ("a.npz", "b.npz"):
        with pytest.raises(FormatError):
            open_model(tmp_path / name)
    assert not (tmp_path / "sprung").exists()


def _rewritten(path: Path, change: object) -> None:
    with np.load(path) as arrays:
        weight, description = arrays["weight"], json.loads(str(arrays["description"]))
    change(description)  # type: ignore[operator]
    np.savez(path, weight=weight, description=np.array(json.dumps(description)))


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(format="else"),
        lambda d: d.update(version=2),
        lambda d: d["task"]["net"].update(n_in=10**9),
        lambda d: d["task"]["net"].update(n_in=6),
        lambda d: d["task"]["net"].update(hidden="many"),
        lambda d: d["task"]["net"].update(tau_mem=None),
        lambda d: d["task"]["rule"].update(surrogate="boxcar"),
        lambda d: d["task"]["rule"].update(surprise=1),
        lambda d: d["task"].pop("code"),
        lambda d: d.update(task=[]),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path: Path, change: object) -> None:
    path = save_model(tmp_path / "net.npz", model())
    _rewritten(path, change)
    with pytest.raises(FormatError):
        open_model(path)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    broken = model()
    broken.weight[3] = np.nan
    with pytest.raises(FormatError, match="not a number"):
        open_model(save_model(tmp_path / "net.npz", broken))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_told_in_words(tmp_path: Path, data: st.DataObject) -> None:
    """Any cut, and any byte changed: a clear error, or all is as it was (the byte didn't matter)."""
    path = save_model(tmp_path / "net.npz", model())
    whole = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        whole = whole[: data.draw(st.integers(0, len(whole) - 1))]
    else:
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(whole))
    try:
        back = open_model(path)
    except (FormatError, FileError) as error:
        assert "net.npz" in str(error)
    else:
        assert np.array_equal(back.weight, model().weight)


def test_a_network_that_learned_rates_is_not_carried_over() -> None:
    from luiapp.errors import ParameterError
    from luiapp.train.codes import LatencyCode, RateCode
    from luiapp.train.task import latency_code

    code = LatencyCode(5e-3, 65e-3, 5e-3)
    assert latency_code(code) is code
    with pytest.raises(ParameterError, match="learned rates"):
        latency_code(RateCode())
