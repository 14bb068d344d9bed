"""One circuit of simulated neurons and neurons on the emulated chip.

Both go in step with the bench's clock: as the simulation goes on by a millisecond, the chip goes on by a microsecond.
(By two milliseconds and more, where the chip's time constants ask for it.) A spike of a simulated neuron reaches the
chip at its own time; a spike of the chip reaches the simulation at the end of that piece, half of it late on average.
A real chip couldn't be stopped in between: there, what answers it has to be on the chip, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.calibrate import Calibration
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.flow import PIECE
from luiapp.chip.free import place_network, volts
from luiapp.data.chunk import Chunk, Layout, Trace
from luiapp.errors import ParameterError, RigError
from luiapp.files.circuit_lif import as_lif
from luiapp.model.lui import SPIKE_WIDTH
from luiapp.model.network import Network
from luiapp.model.stimulus import SpikeTrain
from luiapp.rigs.sim import SimRig
from luiapp.simulate.engine import Options, Simulation, build
from luiapp.stream.source import Command, HandStep, Kick, Pulse, SetParameter
from luiapp.texts import mark

_BLOCK = 10.0  # s of the bench for which events from outside are drawn at once
_ON_CHIP = mark("{name} is on the chip, which takes events by its wires only; pick a simulated neuron")
_NO_TEXT = mark("'{text}' is no circuit with a chip; write chip:SERIAL,CIRCUIT,NEURON, such as chip:7,ring,N4,N5")


class Share:
    """Who is simulated and who is on the chip, and the wires between them.

    Attributes
    ----------
    network : Network
        The whole circuit, of LIF neurons, in the order given.
    simulated, chip : Network
        Its parts; the chip's has a stimulus more for each wire that comes from a simulated neuron.
    here, there : list of int
        Where the neurons of both parts are in the whole.
    to_chip : dict
        Simulated neuron: inputs of the chip.
    from_chip : dict
        Neuron of the chip: (simulated neuron, synapse, weight) of each wire.

    Raises
    ------
    ParameterError
        If nobody is left on one of the sides.
    LuiError
        If there is no such neuron.
    """

    def __init__(self, network: Network, names: Iterable[str]) -> None:
        self.network = net = as_lif(network)
        self.there = sorted({net.index(name) for name in names})
        self.here = [i for i in range(net.n_neurons) if i not in self.there]
        if not self.there or not self.here:
            raise ParameterError("name at least one neuron for the chip, and leave one that is simulated; for a whole "
                                 "circuit on the chip open chip:7,circuit.json")  # fmt: skip
        self.simulated, self.chip = net.copy(), net.copy()
        for part, gone in ((self.simulated, self.there), (self.chip, self.here)):
            for i in reversed(gone):
                part.remove(i)
        self.to_chip: dict[int, list[int]] = {}
        self.from_chip: dict[int, list[tuple[int, int, float]]] = {}
        wires = net.connections
        where = {i: k for part in (self.here, self.there) for k, i in enumerate(part)}
        for pre, post, synapse, weight in zip(wires.pre.tolist(), wires.post.tolist(), wires.synapse.tolist(),
                                              wires.weight.tolist(), strict=True):  # fmt: skip
            if pre in self.here and post in self.there:
                self.to_chip.setdefault(where[pre], []).append(len(self.chip.stimuli))
                self.chip.stimulus(SpikeTrain(()), to=where[post], weight=weight)
            elif pre in self.there and post in self.here:
                self.from_chip.setdefault(where[pre], []).append((where[post], synapse, weight))


class BesideChip:
    """A simulation and a chip in step, as one simulation.

    Parameters
    ----------
    share : Share
    chip : Chip
    calibration : Calibration or None
    seed : int or None
        Of the chip's noise.
    """

    def __init__(self, share: Share, chip: Chip, calibration: Calibration | None, seed: int | None) -> None:
        self.share, self._chip, self._calibration, self._seed = share, chip, calibration, seed
        self.crossed = 0  # spikes that passed from one side to the other
        self._block, self._events = -1, (np.zeros(0), np.zeros(0, np.int64))
        self._place()
        piece = PIECE * self._placed.time_scale
        options = Options(record_every=round(piece / Options().dt))
        simulated = share.simulated.copy()
        probed = {probe.i_neuron for probe in simulated.probes}
        simulated.probe([i for i in range(simulated.n_neurons) if i not in probed])
        self._sim: Simulation = build(simulated, options)
        self._columns = [(k, share.here[t.i_neuron]) for k, t in enumerate(self._sim.layout.traces)
                         if t.quantity == "membrane"]  # fmt: skip
        names = tuple(share.network.names)
        traces = tuple(Trace(name, "V", "membrane", i) for i, name in enumerate(names))
        self.layout = Layout(piece, traces, names, "chip")
        self.i_sample = 0

    @property
    def t(self) -> float:
        """Time of the next sample [s]."""
        return self.i_sample * self.layout.dt

    def advance(self, n_samples: int) -> Chunk:
        """Go on by exactly `n_samples` samples, a piece of the chip each."""
        i_first, samples = self.i_sample, np.empty((n_samples, len(self.layout.traces)), np.float32)
        times: list[NDArray[np.float64]] = [np.zeros(0)]
        neurons: list[NDArray[Any]] = [np.zeros(0, np.int32)]
        for row in samples:
            chunk = self._sim.advance(1)
            for column, i in self._columns:
                row[i] = chunk.samples[0, column]
            row[self.share.there] = self._held
            spiked = self._through_chip(chunk)
            times += [chunk.spike_times, spiked[0]]
            neurons += [np.array(self.share.here)[chunk.spike_neurons], np.array(self.share.there)[spiked[1]]]
            self.i_sample += 1
        time, neuron = np.concatenate(times), np.concatenate(neurons).astype(np.int32)
        order = np.argsort(time, kind="stable")
        return Chunk(self.layout, i_first, samples, time[order], neuron[order])

    def _through_chip(self, chunk: Chunk) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """A piece of the chip, fed by its own stimuli and by the simulation's spikes; what it says goes back."""
        dt, begin = self.layout.dt, self.t
        time, source = self._outside(begin)
        for at, i in zip(chunk.spike_times.tolist(), chunk.spike_neurons.tolist(), strict=True):
            inputs = self.share.to_chip.get(i, ())
            self.crossed += bool(inputs)
            time = np.concatenate([time, np.full(len(inputs), min(max(at - begin, 0.0), dt))])
            source = np.concatenate([source, np.array(inputs, np.int64)])
        order = np.argsort(time, kind="stable")
        piece = self._flow.advance(time[order] / self._placed.time_scale, source[order])
        if piece.cadc is not None:
            self._held = volts(piece.cadc.astype(np.float64)).astype(np.float32)
        for j in piece.neuron.tolist():
            wires = self.share.from_chip.get(j, ())
            self.crossed += bool(wires)
            for i, synapse, weight in wires:
                self._sim.pulse(i, synapse, width=SPIKE_WIDTH, weight=weight)
        return begin + piece.time * self._placed.time_scale, piece.neuron

    def _outside(self, begin: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Events of the chip's own stimuli in the piece that begins now [s since then], and their inputs."""
        block = int(begin / _BLOCK + 1e-9)
        if block != self._block:
            self._block, drawn = block, self._placed.events(_BLOCK, block, block * _BLOCK)
            self._events = drawn.time * self._placed.time_scale + block * _BLOCK, drawn.source
        low, high = np.searchsorted(self._events[0], (begin - 1e-9, begin + self.layout.dt - 1e-9))
        return np.maximum(self._events[0][low:high] - begin, 0.0), self._events[1][low:high]

    def _place(self) -> None:
        """Write the chip's part; its membranes begin at rest."""
        self._placed = place_network(self.share.chip, self._calibration, own_sources=False)
        self._chip.configure(self._placed.codes, seed=self._seed)
        self._flow = self._chip.flow(self._placed.wiring, RunOptions(seed=self._seed))
        self._held = np.asarray(self.share.chip.parameter("v_leak"), np.float32)

    def set_parameter(self, i_neuron: int, name: str, value: float) -> None:
        """Turn a knob; where it is the chip's, the chip is written anew and begins at rest."""
        self.share.network.set_parameter(i_neuron, name, value)
        if i_neuron in self.share.there:
            self.share.chip.set_parameter(self.share.there.index(i_neuron), name, value)
            self._place()
        else:
            self._sim.set_parameter(self.share.here.index(i_neuron), name, value)

    def pulse(self, i_neuron: int, synapse: int, *, width: float, weight: float) -> None:
        """An event at a simulated neuron."""
        self._sim.pulse(self.share.here.index(i_neuron), synapse, width=width, weight=weight)

    def kick(self, i_neuron: int) -> None:
        """Make a simulated neuron spike."""
        self._sim.kick(self.share.here.index(i_neuron))


class BesideChipRig(SimRig):
    """Simulated neurons and neurons on a chip, as a rig.

    Parameters
    ----------
    network : Network
        Boards become textbook neurons, see `as_lif`.
    names : tuple of str
        Of the neurons on the chip.
    serial, calibration, seed, clock :
        See `ChipRig`.
    """

    kind = "chip"

    def __init__(
        self,
        network: Network,
        names: tuple[str, ...],
        *,
        serial: int = 7,
        calibration: Calibration | None = None,
        seed: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        real_time: bool = True,
    ) -> None:
        if calibration is not None:
            calibration.check_serial(serial)
        self._names = names
        self._chip = Chip(serial)
        made = partial(self._built, calibration=calibration, seed=seed)
        super().__init__(as_lif(network), name=f"{network.name} + chip {serial}", clock=clock, real_time=real_time,
                         options=Options(record_every=10), make=made)  # fmt: skip

    def _built(self, network: Network, _options: Options, *, calibration: Calibration | None,
               seed: int | None) -> Simulation:  # fmt: skip
        self._beside = BesideChip(Share(network, self._names), self._chip, calibration, seed)
        return self._beside

    def apply(self, network: Network) -> list[HandStep]:
        missing = [name for name in self._names if name not in network.names]
        if missing:
            raise RigError("{name} is on the chip and can't be removed here; open another circuit", name=missing[0])
        share = Share(network, self._names)
        place_network(share.chip, own_sources=False)  # raises what is wrong with it now, not at the next read
        return super().apply(share.network)

    def send(self, command: Command) -> None:
        there = self._beside.share.there
        if isinstance(command, Pulse | Kick) and command.i_neuron in there:
            raise RigError(_ON_CHIP, name=self._network.names[command.i_neuron])
        if isinstance(command, SetParameter) and command.i_neuron in there:
            if command.name in ("r_leak", "tau_syn_1"):
                raise RigError("the chip has no '{name}'; turn another knob", name=command.name)
            changed = self._beside.share.chip.copy()
            changed.set_parameter(there.index(command.i_neuron), command.name, command.value)
            place_network(changed, own_sources=False)
        super().send(command)

    def health(self) -> dict[str, int | float | str]:
        """As of a simulation, and the spikes that passed between both sides, and those that the chip lost."""
        lost = int(self._chip.counters.lost.sum())
        return {**super().health(), "crossed": self._beside.crossed, "lost_events": lost}


def parse_beside(text: str) -> tuple[int, str, tuple[str, ...]]:
    """Serial number, circuit and neurons of ``"chip:SERIAL,CIRCUIT,NEURON[,NEURON…]"``.

    Raises
    ------
    ParameterError
        If it is none.
    """
    serial, *rest = text.removeprefix("chip:").split(",")
    if not serial.isdecimal() or len(rest) < 2 or not all(rest):
        raise ParameterError(_NO_TEXT, text=text)
    return int(serial), rest[0], tuple(rest[1:])


def open_beside(text: str, calibration: Calibration | None, circuit: Callable[[str], Network]) -> BesideChipRig:
    """The rig that ``"chip:SERIAL,CIRCUIT,NEURON…"`` names; `circuit` finds a network by its name or file."""
    serial, name, neurons = parse_beside(text)
    return BesideChipRig(circuit(name), neurons, serial=serial, calibration=calibration)
