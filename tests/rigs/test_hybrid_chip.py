"""A circuit of simulated neurons and neurons on the chip, in step."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.errors import LuiError, NetworkError, ParameterError, RigError
from luiapp.model.network import Network
from luiapp.model.stimulus import Poisson, spike_train
from luiapp.rigs.hybrid_chip import BesideChipRig, Share, parse_beside
from luiapp.rigs.registry import open_rig
from luiapp.stream.source import Kick, Pulse, SetParameter

TAU = {"tau_mem": 20e-3, "tau_syn": 5e-3, "tau_ref": 5e-3}


def relay(weight: float = 8.0) -> Network:
    """a, simulated, drives b on the chip, which drives c, simulated."""
    net = Network(name="relay")
    for name in "abc":
        net.neuron(name, **TAU)
    net.connect(0, 1, weight=weight)
    net.connect(1, 2, weight=weight)
    net.stimulus(spike_train([0.05 * k for k in range(1, 20)]), to="a", weight=weight)
    return net


def listen(rig: BesideChipRig, seconds: float) -> dict[str, np.ndarray]:
    """Spike times by name."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in rig.network.names}
    n = 0
    while n * rig.layout.dt < seconds:
        chunk = rig.read(0.0)
        assert chunk is not None and chunk.i_first == n
        n += chunk.n_samples
        for k, name in enumerate(rig.network.names):
            found[name].append(chunk.spike_times[chunk.spike_neurons == k])
    return {name: np.concatenate(parts) for name, parts in found.items()}


def test_a_spike_goes_through_the_chip_and_back() -> None:
    """Each spike of a brings one of b and one of c, in order, and each neuron takes its time constant's time."""
    rig = BesideChipRig(relay(), ("b",), seed=1, real_time=False)
    spikes = listen(rig, 1.0)
    assert len(spikes["a"]) == len(spikes["b"]) == len(spikes["c"]) == 19
    first, second = spikes["b"] - spikes["a"], spikes["c"] - spikes["b"]
    assert (first > 0).all() and first.max() < 12e-3
    assert (second > 0).all() and second.max() < 12e-3
    assert rig.health()["crossed"] == 38 and rig.kind == "chip"


def test_the_time_of_the_chip_is_the_benchs() -> None:
    """Without faults on the chip the relay is as late as one that is simulated, but for the piece that spikes wait."""
    ideal = BesideChipRig(relay(), ("b",), seed=1, real_time=False)
    ideal._chip.__init__(0, ideal=True)  # type: ignore[misc]
    ideal._rebuild(relay())
    here = listen(ideal, 1.0)
    from luiapp.simulate.engine import build

    simulated = build(relay()).advance(10_000)
    there = {name: simulated.spike_times[simulated.spike_neurons == k] for k, name in enumerate("abc")}
    assert np.array_equal(here["a"], there["a"])
    assert here["b"] == pytest.approx(there["b"], abs=0.4e-3)
    assert ((here["c"] - there["c"] > -0.4e-3) & (here["c"] - there["c"] < 1.4e-3)).all()


def test_noise_of_the_chips_own_neurons_comes_from_outside_and_goes_on() -> None:
    net = relay()
    net.stimulus(Poisson(60.0, seed=3), to="b", weight=1.5)
    rig = BesideChipRig(net, ("b",), seed=1, real_time=False)
    spikes = listen(rig, 12.0)["b"]
    late = spikes[spikes > 10.0]
    assert len(late) > 4, "beyond the first ten seconds, too"
    assert len(spikes) > 60


def test_boards_become_textbook_neurons() -> None:
    rig = open_rig("hybrid:chip:7,ring,N4,N5")
    assert isinstance(rig, BesideChipRig)
    assert rig.network.model == "lif" and rig.network.names[3:5] == ["N4", "N5"]
    rig.close()


def test_what_cannot_be_is_told() -> None:
    with pytest.raises(ParameterError, match="leave one"):
        Share(relay(), ("a", "b", "c"))
    with pytest.raises(ParameterError, match="at least one"):
        Share(relay(), ())
    with pytest.raises(NetworkError, match="nobody"):
        Share(relay(), ("nobody",))
    for text in ("chip:7", "chip:7,ring", "chip:x,ring,N4", "chip:7,,N4", "chip:7,ring,"):
        with pytest.raises(ParameterError, match="SERIAL"):
            parse_beside(text)
    rig = BesideChipRig(relay(), ("b",), seed=1, real_time=False)
    for command in (Pulse(1), Kick(1)):
        with pytest.raises(RigError, match="b is on the chip"):
            rig.send(command)
    with pytest.raises(RigError, match="r_leak"):
        rig.send(SetParameter(1, "r_leak", 1e4))
    with pytest.raises(LuiError):
        rig.send(SetParameter(1, "v_leak", 9.0))
    shorter = relay()
    shorter.remove(1)
    with pytest.raises(RigError, match="can't be removed"):
        rig.apply(shorter)


def test_a_knob_of_the_chip_turns_its_neuron() -> None:
    """With its leak above the threshold b fires by itself; c follows, a doesn't."""
    rig = BesideChipRig(relay(), ("b",), seed=1, real_time=False)
    rig.send(SetParameter(1, "v_leak", 2.0))
    spikes = listen(rig, 1.0)
    assert len(spikes["b"]) > 12 and len(spikes["c"]) > 10 and len(spikes["a"]) == 19
