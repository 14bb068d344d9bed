"""Simulated neurons and boards in one circuit: who is wired to whom, and that spikes pass both ways."""

from __future__ import annotations

import contextlib
from collections import deque
from itertools import pairwise

import numpy as np
import pytest
from hybrid_ring import BOARDS, breaks, ring, run, table
from hypothesis import given
from hypothesis import strategies as st

from luiapp.data.chunk import Chunk
from luiapp.errors import LinkError, LuiError, ParameterError, RigError
from luiapp.link.adapter import Adapter
from luiapp.link.port import Transport
from luiapp.model.network import Network
from luiapp.model.stimulus import Step, Train
from luiapp.rigs.hybrid import HybridRig
from luiapp.rigs.hybrid_plan import Plan, parse_hybrid
from luiapp.rigs.hybrid_source import HybridSource
from luiapp.rigs.registry import open_rig
from luiapp.rigs.virtual import VirtualDevice, VirtualTransport, virtual_adapter
from luiapp.stream.source import Kick, Pulse, SetParameter, SetSpeed


@st.composite
def circuits(draw: st.DrawFn) -> tuple[Network, dict[str, int]]:
    n = draw(st.integers(2, 8))
    net = Network("lui")
    for k in range(n):
        net.neuron(f"n{k}", r_leak=1e3 * (k + 1))
    for pre, post, synapse in draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(0, 2)),
                                            max_size=12)):  # fmt: skip
        net.connect(pre, post, synapse=synapse)
    real = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=n - 1, unique=True))
    places = draw(st.permutations(range(8)))
    return net, {f"n{i}": places[k] for k, i in enumerate(real)}


@given(circuits())
def test_each_wire_has_one_place(circuit: tuple[Network, dict[str, int]]) -> None:
    net, boards = circuit
    plan = Plan(net, boards)

    def named(network: Network) -> list[tuple[str, str, int]]:
        c = network.connections
        return sorted((network.names[a], network.names[b], s)
                      for a, b, s in zip(c.pre.tolist(), c.post.tolist(), c.synapse.tolist(), strict=True))  # fmt: skip

    assert named(plan.network) == named(net), "the whole has the wires that it had"
    at = {board: name for name, board in boards.items()}
    out = [(plan.simulated.names[i], at[b], s) for i, ends in plan.to_board.items() for b, s in ends]
    back = [(at[b], plan.simulated.names[i], s) for b, ends in plan.from_board.items() for i, s in ends]
    cables = [w for w in named(net) if w[0] in boards and w[1] in boards]
    assert sorted(out + back + cables + named(plan.simulated)) == named(net)
    assert plan.network.names == net.names, "nobody changes places"
    assert [net.names[i] for i in plan.i_simulated] == plan.simulated.names
    assert {plan.network.names[i]: place for i, place in plan.places.items()} == boards


@pytest.mark.parametrize("boards", [{"N1": 0, "N2": 0}, {"N1": 8}, {"N1": -1}, {"nobody": 0}])
def test_impossible_plans_are_refused(boards: dict[str, int]) -> None:
    with pytest.raises(LuiError):
        Plan(ring(), boards)
    with pytest.raises(ParameterError, match="not of 'lif'"):
        lif = Network("lif")
        lif.neurons(2)
        Plan(lif, {"N1": 0})


def test_the_text_of_a_hybrid_circuit() -> None:
    assert parse_hybrid("/dev/ttyUSB0,ring,N4=1,N5=2") == ("/dev/ttyUSB0", "ring", {"N4": 0, "N5": 1})
    for text in ("", "virtual", "virtual,ring", "virtual,ring,N4", "virtual,ring,N4=x", "virtual,ring,=1", ",ring,N4=1",
                 "virtual,ring,N4=1,N4=2"):  # fmt: skip
        with pytest.raises(ParameterError, match="NEURON=BOARD"):
            parse_hybrid(text)


def test_a_spike_goes_round_through_simulation_and_boards() -> None:
    spikes, health, chunks = run(virtual_adapter(table()), 5.0)
    assert chunks[-1].layout.neurons == tuple(f"N{k}" for k in range(1, 7))
    assert len(spikes) > 100 and breaks(spikes) == 0
    # What is drawn is where it was: within the simulation, and on the table, a spike takes equally long every time,
    # whatever the way between them took.
    at = [np.array(sorted(t for t, i in spikes if i == k)) for k in range(6)]
    for a, b in ((0, 1), (1, 2), (3, 4), (4, 5)):
        after = at[b][np.searchsorted(at[b], at[a][0]) :]
        n = min(len(after), len(at[a]))
        steps = (after[:n] - at[a][:n])[2:]
        assert 0.005 < np.median(steps) < 0.06 and np.median(np.abs(steps - np.median(steps))) < 2e-3
    assert all(health[name] == 0 for name in ("missing", "gaps", "lost_spikes", "bad_frames"))
    assert 0 < float(health["delay_ms"]) < 60 and float(health["delay_99_ms"]) >= float(health["delay_ms"])
    # A real spike is seen on its membrane.
    v = np.concatenate([c.samples for c in chunks if c.n_samples])
    assert v.shape[1] == 6 and np.nanmax(v[:, 3:], axis=0).min() > 1.3


def test_commands_go_where_they_can() -> None:
    with contextlib.closing(HybridRig(ring(), BOARDS, virtual_adapter(table()))) as rig:
        while len(rig.source.layout.neurons) < 6:
            rig.source.read(0.2)
        rig.send(SetParameter(0, "r_leak", 4e3))
        rig.send(Kick(1))
        rig.send(Pulse(3, 1))
        assert rig.network.parameter("r_leak")[0] == 4e3
        for command in (SetParameter(3, "r_leak", 4e3), Kick(4)):
            with pytest.raises(RigError, match="is a board on the table"):
                rig.send(command)
        with pytest.raises(RigError):
            rig.send(SetSpeed(2.0))
        heard = [rig.source.read(0.2) for _ in range(40)]
        fired = {i for chunk in heard if chunk is not None for i in chunk.spike_neurons.tolist()}
        assert {1, 3} <= fired


def hear(rig: HybridRig, n: int = 60) -> list[Chunk]:
    """What comes in the next `n` reads."""
    return [chunk for chunk in (rig.source.read(0.2) for _ in range(n)) if chunk is not None]


def test_it_is_rewired_while_it_runs() -> None:
    net = ring()
    with contextlib.closing(HybridRig(net, BOARDS, virtual_adapter(table()))) as rig:
        hear(rig, 20)
        changed = rig.network
        changed.set_parameter("N5", "r_leak", 7e3)
        extra = changed.neuron("N7", **{"r_leak": 3e3})
        changed.connect("N6", extra, synapse=0)
        steps = rig.apply(changed)
        assert [(step.name, step.i_neuron) for step in steps] == [("tau_mem", 4)] and "N5" in steps[0].text
        told = [e for chunk in hear(rig) for e in chunk.events if e.kind == "network"]
        assert [Network.from_dict(e.value).names for e in told] == [changed.names], "the whole, not the simulated part"
        assert rig.source.layout.neurons == tuple(changed.names) == tuple(rig.network.names)
        # A board that is renamed stays real; one that is taken away comes back as what it was.
        changed.rename("N6", "OUT")
        rig.apply(changed)
        assert rig.boards == {"N4": 0, "N5": 1, "OUT": 2}
        less = changed.copy()
        less.remove("OUT")
        rig.apply(less)
        assert rig.boards == {"N4": 0, "N5": 1}
        rig.apply(changed)
        assert rig.boards == {"N4": 0, "N5": 1, "OUT": 2}


def test_boards_become_real_and_simulated_while_the_spike_goes_round() -> None:
    """The ring's one spike goes on, on one stream: who is real only decides where it is drawn from."""
    with contextlib.closing(HybridRig(ring(), BOARDS, virtual_adapter(table()))) as rig:
        chunks = hear(rig, 120)
        rig.send(Pulse(0, 1))
        chunks += hear(rig, 100)
        for boards in ({}, {"N4": 0}, {"N5": 1, "N6": 2}, BOARDS):
            rig.assign(boards)
            assert rig.boards == boards and set(rig.real_boards()) == {rig.network.index(name) for name in boards}
            begun = rig.source._i_next
            later = hear(rig, 150)
            if not any(i == 0 for c in later for i in c.spike_neurons.tolist()):
                rig.send(Pulse(0, 1))  # the spike was in what was exchanged
                later += hear(rig, 150)
            fired = {i for c in later for i in c.spike_neurons.tolist()}
            assert fired == set(range(6)), boards
            v = np.concatenate([c.samples for c in later if c.n_samples and c.i_first > begun + 500])
            assert np.isfinite(v).mean() > 0.5 and v.shape[1] == 6, "all of them are measured"
            chunks += later
        ends = [(c.i_first, c.i_end) for c in chunks if c.n_samples]
        assert all(a[1] == b[0] for a, b in pairwise(ends)), "one time, without a gap"
        assert all(c.layout.neurons == tuple(f"N{k}" for k in range(1, 7)) for c in chunks)


class Unpluggable:
    """A virtual adapter whose cable can be pulled."""

    def __init__(self) -> None:
        self.device = VirtualDevice(table())
        self.plugged = True

    def adapter(self) -> Adapter:
        return Adapter("virtual", opener=self._open)

    def _open(self, path: str, baud: int) -> Transport:
        if not self.plugged:
            raise LinkError("{port} isn't there", port=path)
        wire = VirtualTransport(self.device)
        read = wire.read

        def read_if_plugged() -> bytes:
            if not self.plugged:
                raise LinkError("{port} went", port=path)
            return read()

        wire.read = read_if_plugged  # type: ignore[method-assign]
        return wire


def test_pulling_the_cable_silences_the_boards_and_nothing_else() -> None:
    cable = Unpluggable()
    net = ring()
    net.set_parameter("N1", "r_vleak", 80e3)  # fires by itself
    net.set_parameter("N1", "r_leak", 5e3)
    with contextlib.closing(HybridRig(net, BOARDS, cable.adapter())) as rig:
        hear(rig, 150)
        assert not any(one.silent for one in rig.real_boards().values())
        cable.plugged = False
        gone = hear(rig, 300)
        assert all(one.silent for one in rig.real_boards().values())
        assert any(e.kind == "link" and e.name == "gone" for c in gone for e in c.events), "it is said"
        late = np.concatenate([c.samples for c in gone[-40:] if c.n_samples])
        assert np.isfinite(late[:, :3]).all() and np.isnan(late[:, 3:]).all()
        assert {0, 1, 2} == {i for c in gone[-40:] for i in c.spike_neurons.tolist()}, "the rest goes on"
        with pytest.raises(RigError, match="plug it in again"):
            rig.send(Pulse(3, 0))
        cable.plugged = True
        back = hear(rig, 400)
        assert not any(one.silent for one in rig.real_boards().values())
        assert {3, 4, 5} <= {i for c in back[-100:] for i in c.spike_neurons.tolist()}
        ends = [(c.i_first, c.i_end) for c in (*gone, *back) if c.n_samples]
        assert all(a[1] == b[0] for a, b in pairwise(ends))


class LongWire:
    """A wire to a virtual device on which everything takes its time; time is what the test says."""

    path = "virtual"

    def __init__(self, device: VirtualDevice, now: list[float], delay: float) -> None:
        self._device, self._now, self._delay = device, now, delay
        self._out: deque[tuple[float, bytes]] = deque()
        self._back: deque[tuple[float, bytes]] = deque()
        device.boot()

    def tick(self) -> None:
        """What has arrived by now."""
        while self._out and self._out[0][0] <= self._now[0]:
            self._device.receive(self._out.popleft()[1])
        if data := self._device.run():
            self._back.append((self._now[0] + self._delay, data))

    def read(self) -> bytes:
        found = b""
        while self._back and self._back[0][0] <= self._now[0]:
            found += self._back.popleft()[1]
        return found

    def write(self, data: bytes) -> None:
        self._out.append((self._now[0] + self._delay, data))

    def set_baud(self, baud: int) -> None: ...

    def reset(self) -> None: ...

    def close(self) -> None: ...


@pytest.mark.parametrize("delay", [0.002, 0.009, 0.025])
def test_a_delay_is_measured_and_made_up_for_in_all_times(delay: float) -> None:
    """On a wire that takes `delay` each way a spike is so much late at each end, and drawn where it truly was."""
    now = [100.0]
    net = ring()
    net.set_parameter("N1", "r_vleak", 80e3)  # N1 fires by itself, a few times a second
    net.set_parameter("N1", "r_leak", 8e3)
    wire = LongWire(VirtualDevice(table(), clock=lambda: now[0]), now, delay)
    adapter = Adapter("virtual", opener=lambda path, baud: wire, clock=lambda: now[0])
    source = HybridSource(Plan(net, BOARDS), adapter, clock=lambda: now[0])
    chunks = []
    for _ in range(10_000):
        now[0] += 1e-3
        wire.tick()
        if (chunk := source.read(0.0)) is not None:
            chunks.append(chunk)
    source.close()
    spikes = [np.array([t for c in chunks for t, i in zip(c.spike_times, c.spike_neurons, strict=True) if i == k and
                        t > 4]) for k in range(6)]  # fmt: skip
    pulses = np.array([e.time for c in chunks for e in c.events
                       if (e.kind, e.target, e.name) == ("pulse", "N4", "0") and e.time > 4.3])  # fmt: skip
    waits = pulses[:-1] - spikes[2][np.searchsorted(spikes[2], pulses[:-1]) - 1]
    out, back = np.array(source.late_out)[5:], np.array(source.late_in)[5:]
    assert len(waits) > 10 and len(back) > 10
    # A chunk of the simulation is 10 ms long, so a spike is sent on up to so much after it happened.
    assert np.abs(waits - np.median(out)).max() < 0.012 and delay - 0.002 < np.median(out) < delay + 0.014
    assert delay - 0.002 < np.median(back) < delay + 0.014
    # N4 fires a fixed time after its pulse: both are told by the device, later than they were, and put back.
    answers = spikes[3][np.searchsorted(spikes[3], pulses[:-1])] - pulses[:-1]
    assert np.ptp(answers) < 8e-3 and np.median(answers) < 0.05
    v = np.concatenate([c.samples for c in chunks if c.n_samples])[:, 3]
    at = next(c.i_first for c in chunks if c.n_samples)
    for t in spikes[3][2:-2]:
        k = round(t / 1e-3) - at
        assert np.nanmax(v[k - 4 : k + 2]) > 1.4 and np.nanmin(v[k : k + 6]) < 0.4


def test_stimuli_of_boards_go_by_wire_and_currents_are_named() -> None:
    net = ring()
    for k in range(6):
        net.stimulus(Train(0.2), to=k, synapse=1)
    net.stimulus(Step(1e-6), to="N5")
    with contextlib.closing(HybridRig(net, {"N5": 1}, virtual_adapter(table()))) as rig:
        assert rig.ungiven() == (("N5", "step"),)
        rig.assign({})
        assert rig.ungiven() == ()
        rig.assign({"N5": 1})
        pulses = [e for c in hear(rig, 200) for e in c.events if e.kind == "pulse" and e.name == "1"]
        mine = [e for e in pulses if e.target == "N5"]
        assert mine and all(abs(float(e.value) - 15.9e-3) < 0.3e-3 for e in mine)


def test_it_is_opened_by_its_text() -> None:
    with contextlib.closing(open_rig("hybrid:virtual,ring,N2=1,N3=2")) as rig:
        assert rig.network.names == [f"N{k}" for k in range(1, 8)] and rig.boards == {"N2": 0, "N3": 1}
    with pytest.raises(LuiError):
        open_rig("hybrid:virtual,ring,N99=1")
