"""A network: neurons of one kind, connections, stimuli and probes. A description; it holds no run-time state."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luiapp.errors import FormatError, NetworkError, ParameterError
from luiapp.model.items import Item, without_neuron
from luiapp.model.lui import LUI
from luiapp.model.neuron import LIF, SYNAPSE_SHAPES, NeuronModel
from luiapp.model.probe import Probe
from luiapp.model.reading import read
from luiapp.model.stimulus import Stimulus
from luiapp.texts import mark

FORMAT = "luiapp-network"
VERSION = 1
NEURONS: dict[str, NeuronModel] = {model.name: model for model in (LIF, LUI)}


@dataclass(frozen=True)
class Neuron:
    """A handle: which neuron of a network. Usable wherever an index is."""

    index: int
    name: str

    def __index__(self) -> int:
        return self.index


@dataclass(frozen=True)
class Connections:
    """All connections of a network as columns, each of shape (n_connections,), in the order they were made."""

    pre: NDArray[np.int32]
    post: NDArray[np.int32]
    synapse: NDArray[np.int32]
    weight: NDArray[np.float64]  # V for 'lif'; not used by 'lui', whose weights are trimmers
    delay: NDArray[np.float64]  # s

    def __len__(self) -> int:
        return len(self.pre)


@dataclass(frozen=True)
class StimulusLink:
    """A stimulus and where it goes: events to a dendrite `synapse` with `weight`, currents into the membrane.

    `item` is the name of the bench item whose wire this is; empty for none.
    """

    stimulus: Stimulus
    i_neuron: int
    synapse: int
    weight: float
    item: str = ""


@dataclass(repr=False)
class Network:
    """What is wired.

    Parameters
    ----------
    model : str
        A key of `NEURONS`: ``"lif"``, the textbook neuron, or ``"lui"``, the board twin. All neurons of a network
        are of one kind.
    name : str
        For people.
    synapse_shape : str
        One of `SYNAPSE_SHAPES`; ``"lif"`` only.

    Examples
    --------
    >>> net = Network()
    >>> a = net.neuron(tau_mem=200e-3, v_leak=2.0)
    >>> net.probe(a, "membrane")
    """

    model: str = "lif"
    name: str = ""
    synapse_shape: str = "exponential"
    extra: dict[str, Any] = field(default_factory=dict)  # unknown fields of a file, kept
    names: list[str] = field(default_factory=list)  # change one with `rename`
    positions: list[tuple[float, float] | None] = field(default_factory=list)  # on the bench
    stimuli: list[StimulusLink] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)  # sensors and displays on the bench, see `model.items`
    _neuron_extra: list[dict[str, Any]] = field(default_factory=list)
    _parameters: dict[str, list[NDArray[np.float64]]] = field(default_factory=dict)
    _blocks: list[Connections] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)  # `names` again, for a quick look

    def __repr__(self) -> str:
        kinds = f"{self.n_neurons} '{self.model}' neurons, {len(self.connections)} connections"
        return f"<Network {self.name!r}: {kinds}, {len(self.stimuli)} stimuli, {len(self.probes)} probes>"

    def __post_init__(self) -> None:
        if self.model not in NEURONS:
            raise NetworkError("there is no neuron model '{name}'; there are {names}",
                               name=self.model, names=", ".join(NEURONS))  # fmt: skip
        if self.synapse_shape not in SYNAPSE_SHAPES:
            raise NetworkError("there is no synapse shape '{name}'; there are {names}",
                               name=self.synapse_shape, names=", ".join(SYNAPSE_SHAPES))  # fmt: skip
        if not self._parameters:
            self._parameters = {p.name: [] for p in self.kind.parameters}

    @property
    def kind(self) -> NeuronModel:
        """The neuron model of all its neurons."""
        return NEURONS[self.model]

    @property
    def n_neurons(self) -> int:
        return len(self.names)

    def neuron(
        self, name: str | None = None, *, position: tuple[float, float] | None = None, **parameters: float | str
    ) -> Neuron:
        """Add one neuron; parameters (SI, or text such as ``"30 kΩ"``) not given take the model's defaults.

        Raises `ParameterError` out of range.
        """
        index = self.n_neurons
        chosen = name or self._free_name()
        if chosen in self._taken:
            raise NetworkError("there is already a neuron called '{name}'", name=chosen)
        values = {p.name: p.check(parameters.pop(p.name, p.default)) for p in self.kind.parameters}
        for unknown in parameters:
            self.kind.parameter(unknown)
        self._append([chosen], [position], {n: np.array([v]) for n, v in values.items()})
        return Neuron(index, chosen)

    def neurons(self, n: int, *, prefix: str = "N", **parameters: ArrayLike) -> range:
        """Add `n` neurons at once; each parameter is one number or an array of shape (n,). Returns their indices."""
        if n < 1:
            raise NetworkError("at least one neuron must be added, not {n}", n=n)
        for unknown in parameters:
            self.kind.parameter(unknown)
        columns = {}
        for one in self.kind.parameters:
            column = np.array(np.broadcast_to(np.asarray(parameters.get(one.name, one.default), np.float64), (n,)))
            if not (column >= one.low).all() or not (column <= one.high).all():
                one.check(float(column[~((column >= one.low) & (column <= one.high))][0]))
            columns[one.name] = column
        first = self.n_neurons
        taken = self._taken
        names = [f"{prefix}{first + i + 1}" for i in range(n)]
        if taken.intersection(names):
            raise NetworkError("there is already a neuron called '{name}'", name=sorted(taken.intersection(names))[0])
        self._append(names, [None] * n, columns)
        return range(first, first + n)

    def connect(
        self,
        pre: ArrayLike | Neuron,
        post: ArrayLike | Neuron,
        *,
        synapse: ArrayLike = 0,
        weight: ArrayLike = 0.0,
        delay: ArrayLike = 0.0,
    ) -> None:
        """Connect `pre` to `post` (neurons, indices or names) at a synapse (dendrite), counted from 0.

        Arrays are matched element by element.

        Parameters
        ----------
        weight : float or array
            In V, signed ('lif'). A Lu.i has its weight and sign at the dendrite and ignores it.
        delay : float or array
            In s, not negative.

        Raises
        ------
        NetworkError
            If an index, synapse, weight or delay is impossible.
        """
        columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(self._indices(c))) for c in (pre, post, synapse)),
                                      *(np.atleast_1d(np.asarray(c, np.float64)) for c in (weight, delay)))  # fmt: skip
        i_pre, i_post, i_synapse = (np.array(c, np.int32) for c in columns[:3])
        block = Connections(i_pre, i_post, i_synapse, np.array(columns[3]), np.array(columns[4]))
        for index in (i_pre, i_post):
            _within(index, self.n_neurons, mark("a connection names neuron {value}, but there are {n}"))
        _within(i_synapse, self.kind.n_synapses, mark("a connection names synapse {value}, but a neuron has {n}"))
        if not np.isfinite(block.weight).all():
            raise NetworkError("every weight must be a finite number")
        if not (np.isfinite(block.delay).all() and (block.delay >= 0).all()):
            raise NetworkError("every delay must be finite and not negative")
        self._blocks.append(block)

    def disconnect(self, i_connection: int) -> None:
        """Remove one connection, by its place in `connections`."""
        every = self.connections
        if not 0 <= i_connection < len(every):
            raise NetworkError("there is no connection {value}; there are {n}", value=i_connection, n=len(every))
        keep = np.arange(len(every)) != i_connection
        self._blocks = [Connections(every.pre[keep], every.post[keep], every.synapse[keep],
                                    every.weight[keep], every.delay[keep])]  # fmt: skip

    def stimulus(self, stimulus: Stimulus, *, to: int | str | Neuron, synapse: int = 0, weight: float = 0.0) -> None:
        """Apply `stimulus` to one neuron: events at dendrite `synapse` (weight in V for 'lif'), currents anywhere."""
        index = self._index(to)
        if stimulus.is_event and not 0 <= synapse < self.kind.n_synapses:
            raise NetworkError("a stimulus names synapse {value}, but a neuron has {n}",
                               value=synapse, n=self.kind.n_synapses)  # fmt: skip
        if not math.isfinite(weight):
            raise NetworkError("every weight must be a finite number")
        self.stimuli.append(StimulusLink(stimulus, index, synapse, float(weight)))

    def probe(self, neuron: int | str | Neuron | Iterable[int | str], quantity: str = "membrane") -> None:
        """Record a signal of one or several neurons. Spikes of all neurons are always recorded."""
        known = [name for name, _ in self.kind.probes]
        if quantity not in known:
            raise NetworkError("'{name}' can't be probed; {names} can", name=quantity, names=", ".join(known))
        chosen = [self._index(neuron)] if isinstance(neuron, int | str | Neuron) else [self._index(i) for i in neuron]
        for index in chosen:
            if Probe(index, quantity) not in self.probes:
                self.probes.append(Probe(index, quantity))

    @property
    def connections(self) -> Connections:
        """All connections, as columns."""
        if len(self._blocks) != 1:
            names = ("pre", "post", "synapse", "weight", "delay")
            kinds = (np.int32, np.int32, np.int32, np.float64, np.float64)
            columns = [np.concatenate([getattr(b, n) for b in self._blocks] or [np.empty(0, k)])
                       for n, k in zip(names, kinds, strict=True)]  # fmt: skip
            self._blocks = [Connections(*columns)]
        return self._blocks[0]

    def parameter(self, name: str) -> NDArray[np.float64]:
        """The values of one parameter, shape (n_neurons,), in its SI unit. Treat as read-only; see `set_parameter`."""
        self.kind.parameter(name)
        blocks = self._parameters[name]
        if len(blocks) != 1:
            self._parameters[name] = blocks = [np.concatenate(blocks or [np.empty(0)])]
        return blocks[0]

    def set_parameter(self, neuron: int | str | Neuron, name: str, value: float | str) -> None:
        """Set one parameter of one neuron; `ParameterError` if out of range."""
        checked = self.kind.parameter(name).check(value)
        index = self._index(neuron)
        self.parameter(name)[index] = checked

    def remove(self, i_neuron: int | str | Neuron) -> None:
        """Take one neuron out, with its connections, stimuli and probes; the neurons after it move up by one."""
        gone = self._index(i_neuron)
        parameters = {name: np.delete(self.parameter(name), gone) for name in self._parameters}
        every = self.connections
        keep = (every.pre != gone) & (every.post != gone)
        pre, post = every.pre[keep], every.post[keep]
        self._parameters = {name: [column] for name, column in parameters.items()}
        self._blocks = [Connections(pre - (pre > gone).astype(np.int32), post - (post > gone).astype(np.int32),
                                    every.synapse[keep], every.weight[keep], every.delay[keep])]  # fmt: skip
        self.stimuli = [replace(s, i_neuron=s.i_neuron - (s.i_neuron > gone))
                        for s in self.stimuli if s.i_neuron != gone]  # fmt: skip
        self.probes = [replace(p, i_neuron=p.i_neuron - (p.i_neuron > gone))
                       for p in self.probes if p.i_neuron != gone]  # fmt: skip
        self.items = [without_neuron(item, gone) for item in self.items]
        self._taken.discard(self.names[gone])
        for column in (self.names, self.positions, self._neuron_extra):
            del column[gone]

    def rename(self, i_neuron: int | str | Neuron, name: str) -> None:
        """Call a neuron otherwise. `NetworkError` if the name is empty or another neuron has it."""
        index, chosen = self._index(i_neuron), name.strip()
        if not chosen:
            raise NetworkError("a neuron needs a name")
        if chosen != self.names[index] and chosen in self._taken:
            raise NetworkError("there is already a neuron called '{name}'", name=chosen)
        self._taken.discard(self.names[index])
        self._taken.add(chosen)
        self.names[index] = chosen

    def move(self, i_neuron: int | str | Neuron, position: tuple[float, float] | None) -> None:
        """Put a neuron at another place of the bench; None leaves the place to the bench."""
        index = self._index(i_neuron)
        if position is not None and not (math.isfinite(position[0]) and math.isfinite(position[1])):
            raise NetworkError("a position on the bench must be two finite numbers")
        self.positions[index] = None if position is None else (float(position[0]), float(position[1]))

    def index(self, name: str) -> int:
        """The index of the neuron called `name`."""
        try:
            return self.names.index(name)
        except ValueError:
            raise NetworkError("there is no neuron called '{name}'", name=name) from None

    def copy(self) -> Network:
        """An independent copy."""
        twin = Network(self.model, self.name, self.synapse_shape, deepcopy(self.extra))
        twin._append(list(self.names), list(self.positions),
                     {p.name: self.parameter(p.name).copy() for p in self.kind.parameters})  # fmt: skip
        twin._neuron_extra = deepcopy(self._neuron_extra)
        twin.stimuli, twin.probes, twin.items = list(self.stimuli), list(self.probes), list(self.items)
        twin._blocks = [self.connections]  # its columns are never written to
        return twin

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready description (versioned; fields unknown to this version are kept)."""
        parameters = {p.name: self.parameter(p.name) for p in self.kind.parameters}
        neurons = []
        for i, name in enumerate(self.names):
            row = {**self._neuron_extra[i], "name": name}
            row["parameters"] = {n: float(values[i]) for n, values in parameters.items()}
            if self.positions[i] is not None:
                row["position"] = list(self.positions[i] or ())
            neurons.append(row)
        every = self.connections
        connections = [
            {"from": int(a), "to": int(b), "synapse": int(s), "weight": float(w), "delay": float(d)}
            for a, b, s, w, d in zip(every.pre, every.post, every.synapse, every.weight, every.delay, strict=True)
        ]
        stimuli = [{"stimulus": s.stimulus.to_dict(), "to": s.i_neuron, "synapse": s.synapse, "weight": s.weight,
                    **({"item": s.item} if s.item else {})} for s in self.stimuli]  # fmt: skip
        probes = [{"neuron": p.i_neuron, "quantity": p.quantity} for p in self.probes]
        items = {"items": [item.to_dict() for item in self.items]} if self.items else {}
        return {**self.extra, "format": FORMAT, "version": VERSION, "model": self.model, "name": self.name,
                "synapse_shape": self.synapse_shape, "neurons": neurons, "connections": connections,
                "stimuli": stimuli, "probes": probes, **items}  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Network:
        """The network that `to_dict` described. Raises `FormatError` or `NetworkError`."""
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise FormatError("this is not a network: its field 'format' is not '{format}'", format=FORMAT)
        version = data.get("version", VERSION)  # a person who writes one by hand leaves it out
        if not isinstance(version, int) or version > VERSION:
            raise FormatError("this network is of version {version}; this program reads up to {known}: update it",
                              version=version, known=VERSION)  # fmt: skip
        try:
            return read(cls, data)
        except (KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
            raise FormatError("the network is malformed near {error}", error=repr(error)) from None
        except ParameterError:
            raise
        except ValueError as error:
            if isinstance(error, NetworkError | FormatError):
                raise
            raise FormatError("the network is malformed near {error}", error=repr(error)) from None

    def _append(
        self,
        names: list[str],
        positions: list[tuple[float, float] | None],
        columns: Mapping[str, NDArray[np.float64]],
    ) -> None:
        self.names += names
        self._taken.update(names)
        self.positions += positions
        self._neuron_extra += [{} for _ in names]
        for name, column in columns.items():
            self._parameters[name].append(column)

    def _free_name(self) -> str:
        n = self.n_neurons + 1
        taken = self._taken
        while f"N{n}" in taken:
            n += 1
        return f"N{n}"

    def _indices(self, neurons: ArrayLike | Neuron) -> ArrayLike:
        if isinstance(neurons, Neuron | str):
            return self._index(neurons)
        if isinstance(neurons, list | tuple) and any(isinstance(one, Neuron | str) for one in neurons):
            return [self._index(one) for one in neurons]
        return neurons

    def _index(self, neuron: int | str | Neuron) -> int:
        if isinstance(neuron, str):
            return self.index(neuron)
        index = int(neuron.index if isinstance(neuron, Neuron) else neuron)
        if not 0 <= index < self.n_neurons:
            raise NetworkError("there is no neuron {value}; there are {n}", value=index, n=self.n_neurons)
        return index


def _within(indices: NDArray[np.int32], n: int, text: str) -> None:
    bad = (indices < 0) | (indices >= n)
    if bad.any():
        raise NetworkError(text, value=int(indices[bad][0]), n=n)
