"""NIR graphs: what was written comes back, and a graph of other makers means what its equations say."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from luiapp.errors import FileError, FormatError
from luiapp.files.export import write_nir
from luiapp.files.nir_reader import read_nir
from luiapp.model.layered import Layer, Layered

nir: Any = pytest.importorskip("nir")
pytestmark = pytest.mark.oracle
RANDOM = np.random.default_rng(5)
AXONAL = np.repeat(RANDOM.uniform(1e-3, 5e-3, (4, 1)), 6, axis=1)
DENDRITIC = np.repeat(RANDOM.uniform(1e-3, 5e-3, (1, 6)), 4, axis=0)


@pytest.mark.parametrize(
    "first",
    [
        {},
        {"loop": RANDOM.normal(size=(6, 6))},
        {"bias": 7e-3},
        {"delay": AXONAL},
        {"delay": DENDRITIC, "bias": 7e-3},
        {"tau_ref": math.inf},
    ],
    ids=["plain", "loop", "bias", "axonal", "dendritic and bias", "once"],
)
def test_what_was_written_comes_back(tmp_path: Path, first: dict[str, Any]) -> None:
    layers = Layer(RANDOM.normal(size=(4, 6)), **first), Layer(RANDOM.normal(size=(6, 3)), "li")
    net = Layered(layers, "mean", 80e-3, "a name")
    write_nir(tmp_path / "net.nir", net)
    found = read_nir(tmp_path / "net.nir")
    assert (found.decision, found.duration, found.name) == ("mean", 80e-3, "a name")
    for ours, theirs in zip(net.layers, found.layers, strict=True):
        assert (ours.kind, ours.bias) == (theirs.kind, theirs.bias)
        assert (ours.tau_mem, ours.tau_syn, ours.tau_ref) == (theirs.tau_mem, theirs.tau_syn, theirs.tau_ref)
        for name in ("weight", "loop", "delay"):
            a, b = getattr(ours, name), getattr(theirs, name)
            assert (a is None) == (b is None)
            assert a is None or np.abs(a - b).max() < 1e-12


def graph(**changes: Any) -> Any:
    """One neuron of other units: threshold 15 mV above a rest of -65 mV, and a resistance."""
    own: dict[str, Any] = {
        "tau_syn": np.array([5e-3]), "tau_mem": np.array([20e-3]), "r": np.array([2.0]),
        "v_leak": np.array([-65e-3]), "v_threshold": np.array([-50e-3]), "v_reset": np.array([-65e-3]),
        "w_in": np.array([0.7]),
    } | changes  # fmt: skip
    nodes = {
        "input": nir.Input(input_type={"input": np.array([1])}),
        "affine": nir.Affine(weight=np.array([[3e-4]]), bias=np.array([0.0])),
        "cell": nir.CubaLIF(**own),
        "output": nir.Output(output_type={"output": np.array([1])}),
    }
    return nir.NIRGraph(nodes=nodes, edges=[("input", "affine"), ("affine", "cell"), ("cell", "output")])


def test_a_weight_is_as_high_as_the_equations_make_it(tmp_path: Path) -> None:
    """tau_syn dI/dt = -I + w_in W delta(t), tau_mem dv/dt = v_leak - v + r I, in small steps."""
    nir.write(tmp_path / "one.nir", graph())
    found = read_nir(tmp_path / "one.nir").layers[0]
    dt, v, current, highest = 1e-6, 0.0, 0.7 * 3e-4 / 5e-3, 0.0
    for _ in range(60_000):
        v += dt / 20e-3 * (2.0 * current - v)
        current -= dt / 5e-3 * current
        highest = max(highest, v)
    assert found.weight[0, 0] == pytest.approx(highest / 15e-3, rel=1e-3)


@pytest.mark.parametrize(
    ("change", "word"),
    [({"v_reset": np.array([-70e-3])}, "reset"), ({"tau_mem": np.array([0.0])}, "time constants")],
)
def test_what_has_no_place_here_is_said(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    nir.write(tmp_path / "one.nir", graph(**change))
    with pytest.raises(FormatError, match=word):
        read_nir(tmp_path / "one.nir")


def test_other_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "text.nir").write_text("no graph")
    with pytest.raises(FormatError):
        read_nir(tmp_path / "text.nir")
    with pytest.raises(FileError):
        read_nir(tmp_path / "missing.nir")
