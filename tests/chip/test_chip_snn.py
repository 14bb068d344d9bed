"""The manner of hxtorch.snn, and scripts for the real chip; those run here against stand-ins with the same names."""

from __future__ import annotations

import re
import sys
import types
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from luiapp.chip import snn
from luiapp.chip.codes import Targets, nominal
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.export import blocks, hxtorch_code, pynn_code, save_weights
from luiapp.chip.place import place
from luiapp.chip.wiring import events
from luiapp.errors import NetworkError, ParameterError
from luiapp.model.layered import Layer, Layered


def network(bias: bool = False) -> Layered:
    random = np.random.default_rng(1)
    hidden = Layer(random.normal(0.3, 0.1, (4 + bias, 20)), "lif", 6e-3, 6e-3, 2e-3, bias=9e-3 if bias else None)
    return Layered((hidden, Layer(random.normal(0.0, 0.2, (20, 3)), "li", 6e-3, 6e-3, 2e-3)), duration=60e-3)


def test_modules_do_what_a_placed_network_does() -> None:
    """Built by hand in hxtorch's manner, and placed from plain data: on a chip without noise the same spikes."""
    net = network()
    placed = place(net, repeat=1)
    first, second = blocks(placed)
    exp = snn.Experiment(mock=True)
    one, two = snn.Synapse(4, 20, exp), snn.Synapse(20, 3, exp)
    one.weight, two.weight = first.T.astype(float), second.T.astype(float)
    lif, li = snn.LIF(20, exp), snn.LI(3, exp, trace_scale=1 / 70)
    spikes = np.zeros((60, 7, 4))
    steps = np.random.default_rng(2).integers(1, 5, (7, 4))
    for sample in range(7):
        spikes[steps[sample], sample, np.arange(4)] = 1
    hidden = lif(one(snn.LIFObservables(spikes=spikes)))
    out = li(two(hidden))
    snn.run(exp, 60)
    chip = Chip(0, ideal=True)
    chip.configure(nominal(Targets()))
    direct = chip.run(placed.wiring, events(steps * 1e-6), 60e-6, RunOptions())
    assert direct.time.size > 20
    assert np.array_equal(exp.readout.time, direct.time)
    assert np.array_equal(exp.readout.cadc, direct.cadc)
    assert hidden.spikes.shape == (60, 7, 20)
    assert hidden.spikes.sum() == direct.counts(23)[:, :20].sum()
    assert out.spikes.sum() == 0
    assert out.membrane_cadc.shape == (60, 7, 3)
    last = (direct.cadc[:, 34, 20:].astype(float) - 80) / 70  # the latest reading before 59 µs
    assert out.membrane_cadc[-1] == pytest.approx(last)


def test_weights_are_scaled_clipped_and_rounded() -> None:
    weight, whole = np.array([[0.5, -2.0, 0.013]]), [[33, -63, 1]]
    assert snn.linear_saturating(weight, 66.39).tolist() == whole
    exp = snn.Experiment(mock=True)
    by_scale = snn.Synapse(3, 1, exp, scale=66.39)
    as_there = snn.Synapse(3, 1, exp, transform=partial(snn.linear_saturating, scale=66.39))
    for one in (by_scale, as_there):
        one.weight = weight
        assert one.whole().T.tolist() == whole


def test_what_does_not_fit_is_told() -> None:
    exp = snn.Experiment(mock=True)
    with pytest.raises(NetworkError, match="no modules"):
        snn.run(exp, 10)
    one, lif = snn.Synapse(4, 20, exp), snn.LIF(21, exp)
    with pytest.raises(NetworkError, match="21 neurons"):
        lif(one(snn.LIFObservables(spikes=np.zeros((5, 1, 4)))))
    fits = snn.LIF(20, exp)
    fits(one(snn.LIFObservables(spikes=np.zeros((5, 1, 3)))))
    with pytest.raises(ParameterError, match="samples, 4"):
        snn.run(exp, 5)


def run_script(
    code: str, tmp_path: Path, modules: dict[str, types.ModuleType], monkeypatch: pytest.MonkeyPatch
) -> dict:
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.chdir(tmp_path)
    space: dict = {}
    exec(compile(code, "script.py", "exec"), space)  # our own text
    return space


def test_a_recurrent_network_is_not_shown_without_its_loop() -> None:
    net = network()
    looped = Layered((replace(net.layers[0], loop=np.full((20, 20), 0.1)), net.layers[1]), duration=60e-3)
    for code in (hxtorch_code, pynn_code):
        with pytest.raises(NetworkError, match="layer 1 is recurrent"):
            code(place(looped))


class Weight:
    """As a parameter of PyTorch: assigned through ``data``."""

    data: np.ndarray


def test_the_hxtorch_script_builds_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = place(network(bias=True), repeat=5)
    save_weights(tmp_path / "weights.npz", placed)
    calls: list[tuple] = []

    def module(kind: str) -> object:
        def build(*given: object, **named: object) -> types.SimpleNamespace:
            calls.append((kind, given[:-1] if kind != "Experiment" else given, named))
            return types.SimpleNamespace(weight=Weight())

        return build

    spiking = types.ModuleType("hxtorch.spiking")
    for kind in ("Experiment", "Synapse", "LIF", "LI"):
        setattr(spiking, kind, module(kind))
    root = types.ModuleType("hxtorch")
    root.init_hardware, root.spiking = (lambda: None), spiking  # type: ignore[attr-defined]
    transforms = types.ModuleType("hxtorch.spiking.transforms")
    transforms.weight_transforms = types.SimpleNamespace(linear_saturating=snn.linear_saturating)  # type: ignore[attr-defined]
    torch = types.ModuleType("torch")
    torch.tensor, torch.float32 = (lambda value, dtype: np.asarray(value)), None  # type: ignore[attr-defined]
    space = run_script(
        hxtorch_code(placed), tmp_path,
        {"hxtorch": root, "hxtorch.spiking": spiking, "hxtorch.spiking.transforms": transforms, "torch": torch},
        monkeypatch,
    )  # fmt: skip
    assert [kind for kind, *_ in calls] == ["Experiment", "Synapse", "LIF", "Synapse", "LI"]
    assert calls[1][1] == (25, 20)
    assert calls[2][2]["threshold"] == 150
    assert space["STEPS"] == 60
    whole = space["synapse_0"].weight.data
    assert whole.shape == (20, 25)
    assert pytest.approx(blocks(placed)[0]) == whole.reshape(20, 5, 5).sum(axis=2).T


def test_the_pynn_script_builds_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    placed = place(network(), repeat=1)
    save_weights(tmp_path / "weights.npz", placed)
    made: list[tuple] = []
    parts: list[np.ndarray] = []

    class Population:
        def __init__(self, size: int, cell: object) -> None:
            made.append((size, cell))

        def record(self, _what: object) -> None: ...

        def get_data(self, _what: object) -> object:
            return types.SimpleNamespace(segments=[types.SimpleNamespace(spiketrains=[])])

    pynn = types.ModuleType("pynn_brainscales.brainscales2")
    pynn.Population, pynn.AllToAllConnector = Population, (lambda: None)  # type: ignore[attr-defined]
    pynn.setup = pynn.end = lambda: None  # type: ignore[attr-defined]
    pynn.run = lambda duration: made.append(("run", duration))  # type: ignore[attr-defined]
    pynn.Projection = lambda *_given, **named: parts.append(named["synapse_type"])  # type: ignore[attr-defined]
    pynn.cells = types.SimpleNamespace(SpikeSourceArray=dict, CalibHXNeuronCuba=dict)  # type: ignore[attr-defined]
    synapses = types.SimpleNamespace(StaticSynapse=lambda weight: weight)
    pynn.standardmodels = types.SimpleNamespace(synapses=synapses)  # type: ignore[attr-defined]
    root = types.ModuleType("pynn_brainscales")
    root.brainscales2 = pynn  # type: ignore[attr-defined]
    run_script(
        pynn_code(placed), tmp_path, {"pynn_brainscales": root, "pynn_brainscales.brainscales2": pynn}, monkeypatch
    )
    assert [size for size, _ in made] == [4, 20, 3, "run"]
    assert made[1][1]["v_thresh"] == 150
    assert made[1][1]["tau_m"] == pytest.approx(6)
    assert made[3][1] == pytest.approx(0.06)  # ms
    for i, block in enumerate(blocks(placed)):
        assert np.array_equal(parts[2 * i] + parts[2 * i + 1], block)


def test_the_script_of_the_documentation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(snn.__file__).parent / "README.md").read_text("utf-8")
    (script,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(script, "README.md", "exec"), {})  # our own text
    n_spikes = int(capsys.readouterr().out.split()[0])
    assert 16 <= n_spikes <= 48


def test_noise_of_the_chip_is_the_same_train_in_both_halves() -> None:
    """Neurons without faults, equal weights: all fire alike, wherever they are. Events as often as asked for."""
    exp = snn.Experiment(mock=True)
    noise = snn.PoissonOnChip(4, exp, rate=40e3, seed=3, bus=1, samples=2)
    synapse, lif = snn.Synapse(4, 20, exp), snn.LIF(20, exp)
    synapse.weight = np.full((20, 4), 63.0)
    out = lif(synapse(noise()))
    snn.run(exp, 5000)
    assert exp.readout is not None and out.spikes is not None
    sent, lost = exp.readout.background
    assert np.flatnonzero(sent).tolist() == [1, 5] and sent[1] == sent[5] and not lost.any()
    expected = 4 * 40e3 * 10e-3
    assert sent[1] == pytest.approx(expected, abs=4.5 * np.sqrt(expected) + 0.02 * expected)
    assert out.spikes.shape == (5000, 2, 20) and out.spikes.sum() > 200
    assert (out.spikes == out.spikes[:, :, :1]).all()
    with pytest.raises(ParameterError, match="samples, 3"):
        wrong = snn.Synapse(3, 20, exp)
        lif(wrong(noise()))
        snn.run(exp, 10)
