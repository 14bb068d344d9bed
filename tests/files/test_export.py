"""Ways out for layered networks: what stands in scripts and tables, and what can't go there."""

from __future__ import annotations

import ast
import csv
import importlib.util
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from luiapp.errors import FormatError
from luiapp.files.code_norse import norse_script
from luiapp.files.code_pynn import pynn_script
from luiapp.files.export import EXPORTERS, write_nir
from luiapp.model.layered import Layer, Layered

RANDOM = np.random.default_rng(5)


def network(**first: Any) -> Layered:
    return Layered(
        (Layer(RANDOM.normal(size=(4, 6)), **{"bias": 5e-3, **first}), Layer(RANDOM.normal(size=(6, 3)), "li")),
        name='a "name" """ that ends texts',
    )


def constants(source: str) -> dict[str, Any]:
    """What a script's top level says, without running it."""
    return {node.targets[0].id: ast.literal_eval(node.value)  # type: ignore[attr-defined]
            for node in ast.parse(source).body if isinstance(node, ast.Assign)}  # fmt: skip


def peak(tau_mem: float, tau_syn: float, jump: float) -> float:
    """The highest membrane after a current that jumps, cm = 1: dv/dt = -v / tau_mem + i; by small steps."""
    h = min(tau_mem, tau_syn) / 2000
    v, i, most = 0.0, jump, 0.0
    while v >= most:
        most = v
        v += h * (i - v / tau_mem) + h * h / 2 * (-i / tau_syn - (i - v / tau_mem) / tau_mem)
        i *= math.exp(-h / tau_syn)
    return most


def test_weights_of_a_pynn_script_have_the_height_that_was_described() -> None:
    net = network(delay=RANDOM.uniform(0, 5e-3, (4, 6)), tau_mem=30e-3)
    said = constants(pynn_script(net))
    for name, weight, tau in (("LAYER_0", net.layers[0].weight[:-1], 30.0), ("BIAS_0", net.layers[0].weight[-1:], 30.0),
                              ("LAYER_1", net.layers[1].weight, 20.0)):  # fmt: skip
        assert len(said[name]) == weight.size
        for i, j, w, _ in said[name][:3]:
            assert np.sign(w) * peak(tau, 10.0, abs(w)) == pytest.approx(weight[i, j], rel=1e-3)  # ms, mV, nA, nF
    assert [d for *_, d in said["LAYER_0"]] == pytest.approx(1e3 * net.layers[0].delay[:-1].ravel())  # type: ignore[index]
    assert (said["N_INPUTS"], said["DURATION"], len(said["EXAMPLE"])) == (3, 100.0, 3)


@pytest.mark.parametrize("make", [pynn_script, norse_script])
def test_scripts_are_python_whatever_the_name_says(make: Any) -> None:
    once = Layer(RANDOM.normal(size=(3, 3)), tau_ref=math.inf, loop=RANDOM.normal(size=(3, 3)))
    for net in (network(), Layered((once, once), "first spike", name="\\")):
        tree = ast.parse(make(net))
        compile(tree, "script", "exec")
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not used & {"eval", "exec", "open", "pickle"}
        assert "that ends texts" not in [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]


def test_a_table_holds_every_synapse(tmp_path: Path) -> None:
    net = network(delay=RANDOM.uniform(0, 5e-3, (4, 6)), loop=RANDOM.normal(size=(6, 6)))
    EXPORTERS["csv"].write(tmp_path / "net.csv", net)
    with (tmp_path / "net.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 * 6 + 6 * 6 + 6 * 3
    for row in rows:
        layer = net.layers[int(row["layer"])]
        source = len(layer.weight) - 1 if row["from"] == "bias" else int(row["from"])
        array = layer.loop if row["kind"] == "loop" else layer.weight
        assert float(row["weight"]) == array[source, int(row["to"])]  # type: ignore[index]
        if row["layer"] == "0" and row["kind"] != "loop":
            assert float(row["delay_s"]) == layer.delay[source, int(row["to"])]  # type: ignore[index]


def test_what_does_not_fit_is_said_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="pynn, nir or csv"):
        norse_script(network(delay=np.full((4, 6), 1e-3)))
    with pytest.raises(FormatError, match="pynn"):
        norse_script(network(tau_ref=5e-3))
    large = Layered((Layer(np.ones((1000, 1000))),))
    for make in (pynn_script, norse_script):
        with pytest.raises(FormatError, match="1000000"):
            make(large)


@pytest.mark.skipif(importlib.util.find_spec("nir") is not None, reason="the package nir is here")
def test_without_the_package_nir_the_error_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="pip install nir"):
        write_nir(tmp_path / "net.nir", network())
    assert list(tmp_path.iterdir()) == []
