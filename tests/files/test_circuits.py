"""Circuits as others see them: pictures, scripts, textbook neurons, text."""

from __future__ import annotations

import math
import sys
import types
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.errors import FormatError
from luiapp.files.circuit_lif import as_lif
from luiapp.files.circuits import CIRCUIT_WRITERS, read_circuit, write_circuit
from luiapp.files.code_circuit import current_steps, event_times, norse_circuit, pynn_circuit
from luiapp.files.svg_circuit import svg_circuit
from luiapp.model.items import add_item, plug_item
from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network
from luiapp.model.stimulus import HandDrawn, Manual, Noise, Poisson, Ramp, Sine, SpikeTrain, Step, Train, spike_train
from luiapp.simulate.drive import EventTimes, mean_current
from luiapp.simulate.engine import Options, run

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("key", EXAMPLES)
def test_a_picture_names_all_boards_and_draws_each_wire_once(key: str) -> None:
    net = EXAMPLES[key].build()
    root = ET.fromstring(svg_circuit(net).encode())
    words = [e.text for e in root.iter(f"{SVG}text")]
    assert all(name in words for name in [*net.names, *(item.name for item in net.items)])
    wires = [e for e in root.iter(f"{SVG}path")]
    assert len(wires) == len(net.connections) + len(net.stimuli)
    every = net.connections
    inhibits = sum(net.parameter(f"sign_{s + 1}")[q] < 0 for q, s in zip(every.post, every.synapse, strict=True))
    assert sum("stroke-dasharray" in e.attrib for e in wires) == inhibits
    assert len(list(root.iter(f"{SVG}polygon"))) == net.n_neurons
    left, top, width, height = (float(v) for v in root.attrib["viewBox"].split())
    for e in root.iter(f"{SVG}polygon"):
        for pair in e.attrib["points"].split():
            x, y = (float(v) for v in pair.split(","))
            assert left < x < left + width and top < y < top + height


@given(st.text(max_size=12).filter(lambda s: s.strip() != ""))
def test_any_name_is_drawn_and_written_as_a_name_and_nothing_else(name: str) -> None:
    net = Network(model="lui", name=name)
    net.neuron(name)
    add_item(net, "lamp", name + "!")
    ET.fromstring(svg_circuit(net).encode("utf-8", "replace"))
    for script in (pynn_circuit(net), norse_circuit(net)):
        tree = compile(script, "script", "exec")
        assert tree.co_names.count("NAMES") == 1


def test_textbook_neurons_are_drawn_too_and_too_many_are_refused() -> None:
    net = Network()
    net.neurons(9)
    net.connect(0, 1, weight=-0.1)
    assert svg_circuit(net).count("<circle") >= 9
    net.neurons(300)
    with pytest.raises(FormatError, match="1 to 256 neurons, this circuit has 309"):
        svg_circuit(net)
    with pytest.raises(FormatError, match="has 0"):
        svg_circuit(Network())


def test_a_board_and_its_textbook_neuron_answer_a_pulse_alike() -> None:
    net = Network(model="lui")
    net.neuron(r_vleak=35e3, r_leak=8e3, r_tsyn=6e3, r_w1=18e3, sign_2=-1, r_w2=15e3, r_cell=0.0)
    for synapse in (0, 1):
        net.stimuli.clear()
        net.stimulus(spike_train([0.1]), to=0, synapse=synapse)
        net.probe(0)
        flat = as_lif(net)
        areas = []
        for one in (net, flat):
            v = run(one, 2.0, options=Options(dt=1e-4)).samples[:, 0].astype(float)
            areas.append(float(np.sum(v - v[500]) * 1e-4))
        assert areas[1] == pytest.approx(areas[0], rel=0.02) and (areas[0] > 0) == (synapse == 0)


class FakePyNN(types.ModuleType):
    """What a script asks of a simulator, integrated exactly between steps of 0.1 ms."""

    def __init__(self) -> None:
        super().__init__("pyNN.fake")
        self.cells: list[dict[str, Any]] = []
        self.wires: list[tuple[Any, Any, float, float]] = []

    def setup(self, timestep: float, **_: float) -> None:
        self.dt = timestep

    def IF_curr_exp(self, **p: float) -> dict[str, float]:
        return p

    def SpikeSourceArray(self, spike_times: list[float]) -> dict[str, Any]:
        return {"times": spike_times}

    def Population(self, n: int, kind: dict[str, Any], label: str = "") -> Any:
        sim, cell = self, types.SimpleNamespace(kind=kind, label=label, v=0.0, i=0.0, hold=0, spikes=[], due={})

        def segments() -> Any:
            return types.SimpleNamespace(segments=[types.SimpleNamespace(spiketrains=[cell.spikes])])

        cell.initialize = lambda v: setattr(cell, "v", v)
        cell.record, cell.get_data = (lambda _: None), segments
        sim.cells.append(cell)
        return cell

    def AllToAllConnector(self, **_: bool) -> None: ...

    def StaticSynapse(self, weight: float, delay: float) -> tuple[float, float]:
        return weight, delay

    def Projection(self, a: Any, b: Any, _: Any, synapse: tuple[float, float], receptor_type: str) -> None:
        assert (synapse[0] >= 0) == (receptor_type == "excitatory")
        self.wires.append((a, b, *synapse))

    def run(self, duration: float) -> None:
        for cell in self.cells:
            for t in cell.kind.get("times", []):
                self._send(cell, round(t / self.dt))
        for k in range(round(duration / self.dt)):
            for cell in self.cells:
                if "times" in cell.kind:
                    continue
                p, r = cell.kind, cell.kind["tau_m"] / cell.kind["cm"]
                a, b = math.exp(-self.dt / p["tau_m"]), math.exp(-self.dt / p["tau_syn_E"])
                gain = p["tau_syn_E"] / (p["tau_syn_E"] - p["tau_m"]) * (b - a)
                v = p["v_rest"] + (cell.v - p["v_rest"]) * a + r * cell.i * gain
                cell.i = cell.i * b + cell.due.pop(k + 1, 0.0)
                cell.v = p["v_reset"] if cell.hold > 0 else v
                cell.hold -= 1
                if cell.v >= p["v_thresh"]:
                    cell.v, cell.hold = p["v_reset"], round(p["tau_refrac"] / self.dt)
                    cell.spikes.append((k + 1) * self.dt)
                    self._send(cell, k + 1)

    def _send(self, cell: Any, k: int) -> None:
        for a, b, weight, delay in self.wires:
            if a is cell:
                at = k + round(delay / self.dt)
                b.due[at] = b.due.get(at, 0.0) + weight

    def end(self) -> None: ...


@pytest.mark.parametrize("key", ["and", "ring"])
def test_a_pynn_script_says_what_the_textbook_circuit_does(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    net = EXAMPLES[key].build()
    for i in range(net.n_neurons):  # a closed form for every neuron: tau_syn isn't tau_mem
        net.set_parameter(i, "r_tsyn", 1.37 * float(net.parameter("r_tsyn")[i]))
    fake = FakePyNN()
    monkeypatch.setitem(sys.modules, "pyNN", types.ModuleType("pyNN"))
    monkeypatch.setitem(sys.modules, "pyNN.fake", fake)
    script: dict[str, Any] = {"__name__": "script"}
    exec(compile(pynn_circuit(net).replace("DURATION = 10000.0", "DURATION = 1500.0"), "script", "exec"), script)
    there = script["main"]("fake")
    here = run(as_lif(net), 1.5, options=Options(dt=1e-4))
    assert sum(map(len, there.values())) >= (3 if key == "ring" else 1)
    for name in net.names:
        mine = here.spike_train(name)
        assert len(there[name]) == len(mine)
        assert np.allclose(np.array(there[name]) * 1e-3, mine, atol=2e-3)


def test_pulses_and_currents_of_scripts_are_those_of_the_simulation() -> None:
    for stimulus in (SpikeTrain((0.1, 0.5)), Train(0.3, (0.0, 0.1), start=0.2, stop=1.9)):
        assert np.allclose(event_times(stimulus, 2.0), EventTimes(stimulus).until(2.0))
    n = [len(event_times(Poisson(50.0, seed=s), 10.0)) for s in range(20)]
    assert 470 < np.mean(n) < 530 and event_times(Manual(), 1.0) == []
    jittered = event_times(Train(0.1, jitter=5e-3), 5.0)
    assert len(jittered) == 50 and 0 < np.std(np.diff(jittered)) < 0.02
    for current in (Step(1e-5, 0.2, 0.9), Ramp(0.0, 1e-4, 0.5, 1.5), Sine(1e-5, 1.0, start=0.1),
                    HandDrawn((1e-5, -2e-5, 3e-5), hold=0.1, start=0.3)):  # fmt: skip
        steps = current_steps(current, 2.0)
        edges = np.arange(0.0, 2.0, 1e-3)
        true = mean_current(current, np.append(edges, 2.0))
        at = np.searchsorted([t for t, _ in steps], edges + 5e-4) - 1
        mine = np.where(at >= 0, np.array([v for _, v in steps])[at], 0.0)
        assert np.abs(mine - true).max() < 2.1e-6 if isinstance(current, Sine | Ramp) else 1e-9
    noisy = [v for _, v in current_steps(Noise(2e-5, hold=1e-3), 5.0)]
    assert np.std(noisy) == pytest.approx(2e-5, rel=0.1)


def test_what_a_script_has_no_place_for_is_named() -> None:
    net = Network()
    net.neurons(2)
    net.connect(0, 1, weight=0.1, delay=1e-3)
    with pytest.raises(FormatError, match="no delays"):
        norse_circuit(net)
    assert "1e-3" not in pynn_circuit(net) and "(0, 1, 10000, 1)" in pynn_circuit(net)
    other = Network(synapse_shape="delta")
    other.neuron()
    with pytest.raises(FormatError, match="exponential synapses"):
        pynn_circuit(other)
    lit = Network(model="lui")
    lit.neuron("A")
    lit.stimulus(Step(1e-5), to=0)
    with pytest.raises(FormatError, match="pulses only"):
        norse_circuit(lit)
    assert "StepCurrentSource" in pynn_circuit(lit)


@pytest.mark.parametrize("suffix", [".json", ".txt"])
def test_circuits_come_back_from_files(tmp_path: Path, suffix: str) -> None:
    net = EXAMPLES["jeffress"].build()
    lamp = add_item(net, "lamp")
    plug_item(net, lamp.name, 4)
    write_circuit(tmp_path / f"x{suffix}", net)
    assert read_circuit(tmp_path / f"x{suffix}").to_dict() == net.to_dict()


def test_unknown_endings_are_told_with_those_that_are_known(tmp_path: Path) -> None:
    net = EXAMPLES["and"].build()
    with pytest.raises(FormatError, match=r"ending in '.doc' are unknown; choose one of .json, .nir"):
        write_circuit(tmp_path / "x.doc", net)
    with pytest.raises(FormatError, match="unknown"):
        read_circuit(tmp_path / "x.svg")
    assert set(CIRCUIT_WRITERS) == {".json", ".nir", ".svg", ".txt"}
    for script in ("pynn", "norse"):
        write_circuit(tmp_path / "x.py", net, script=script)
        compile((tmp_path / "x.py").read_text(), "x", "exec")


def test_a_norse_script_says_what_the_textbook_circuit_does(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = types.ModuleType("torch")
    torch.tensor, torch.zeros = np.array, lambda *shape: np.zeros(shape)  # type: ignore[attr-defined]
    torch.exp, torch.where, torch.minimum = np.exp, np.where, np.minimum  # type: ignore[attr-defined]
    torch.nonzero = np.argwhere  # type: ignore[attr-defined]
    lif = types.ModuleType("norse.torch.functional.lif")
    lif.LIFFeedForwardState = lif.LIFParameters = lambda **fields: types.SimpleNamespace(**fields)  # type: ignore[attr-defined]

    def step(given: Any, state: Any, p: Any, dt: float) -> Any:
        """One step as Norse documents it: the jump first, then Euler's step, then threshold and reset."""
        i = state.i + given
        v = state.v + dt * p.tau_mem_inv * ((p.v_leak - state.v) + i)
        z = (v > p.v_th).astype(float)
        return z, types.SimpleNamespace(v=(1 - z) * v + z * p.v_reset, i=i - dt * p.tau_syn_inv * i)

    lif.lif_feed_forward_step = step  # type: ignore[attr-defined]
    for name in ("norse", "norse.torch", "norse.torch.functional"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "norse.torch.functional.lif", lif)
    monkeypatch.setitem(sys.modules, "torch", torch)
    net = EXAMPLES["ring"].build()
    script: dict[str, Any] = {"__name__": "script"}
    exec(compile(norse_circuit(net).replace("DURATION = 10.0", "DURATION = 1.5"), "script", "exec"), script)
    there, here = script["run"](), run(as_lif(net), 1.5, options=Options(dt=1e-4))
    assert sum(map(len, there.values())) >= 3
    for name in net.names:
        mine = here.spike_train(name)
        assert len(there[name]) == len(mine)
        assert np.allclose(np.diff([0.0, *there[name]]), np.diff([0.0, *mine]), atol=2e-3), "Euler's steps add up"
