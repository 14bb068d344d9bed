"""What a simulation is, and the one way to get one from a network."""

from __future__ import annotations

import importlib
import math
import os
from dataclasses import dataclass
from typing import Any, Literal, Protocol, cast

from luiapp.data.chunk import Chunk, Layout
from luiapp.data.recording import Recording, join
from luiapp.errors import ParameterError
from luiapp.model.network import Network
from luiapp.units import format_quantity, parse_quantity

# Where the simulation of each neuron model lives; imported when it is first asked for, since numba takes its time.
ENGINES: dict[str, tuple[str, str]] = {
    "lif": ("luiapp.simulate.lif", "LifSimulation"),
    "lui": ("luiapp.simulate.twin", "TwinSimulation"),
}
_MOST_PER_CALL, _NUMBERS_PER_CALL = 16384, 1 << 21  # samples, and samples times traces


@dataclass(frozen=True)
class Options:
    """How a network is simulated; the circuit itself is in the network.

    Attributes
    ----------
    dt : float
        Step of the integration [s].
    record_every : int
        Steps per sample: the sampling interval is ``dt * record_every``.
    seed : int
        For whatever is random in the simulation itself. Stimuli carry seeds of their own.
    dtype : str
        Of the state: ``"float64"``, or ``"float32"`` for speed.
    threads : int
        Results are the same, bit for bit, for every number of threads.
    delivery : str
        How spikes reach their targets: ``"dense"`` rows, ``"sparse"`` lists, or ``"auto"``, whichever is faster.
    interpolate : bool
        Find spikes between grid points and let them arrive between grid points (``"float64"`` only).
    initial : dict or None
        State at t = 0 by probe name, each value one number or one per neuron, such as ``{"membrane": 0.6}``;
        what isn't named starts at rest.
    samples : str
        Type of the recorded samples, ``"float32"`` or ``"float64"``.
    """

    dt: float = 1e-4
    record_every: int = 1
    seed: int = 0
    dtype: Literal["float64", "float32"] = "float64"
    threads: int = 1
    delivery: Literal["auto", "dense", "sparse"] = "auto"
    interpolate: bool = False
    initial: dict[str, Any] | None = None
    samples: Literal["float32", "float64"] = "float32"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.dt) and self.dt > 0):
            raise ParameterError("the time step must be longer than 0 s, not {dt} s", dt=f"{self.dt:g}")
        for name, number in (("record_every", self.record_every), ("threads", self.threads)):
            if number < 1:
                raise ParameterError("'{name}' must be at least 1, not {value}", name=name, value=number)
        choices: tuple[tuple[str, str, tuple[str, ...]], ...] = (
            ("dtype", self.dtype, ("float64", "float32")),
            ("samples", self.samples, ("float64", "float32")),
            ("delivery", self.delivery, ("auto", "dense", "sparse")),
        )
        for name, value, allowed in choices:
            if value not in allowed:
                raise ParameterError("'{name}' can't be '{value}'; it can be {names}",
                                     name=name, value=value, names=", ".join(allowed))  # fmt: skip


class Simulation(Protocol):
    """A network that evolves.

    Sample k is the state at ``k * layout.dt``; sample 0 is the initial state. A spike at grid point n of the
    integration is stamped ``n * dt`` and comes with the chunk that ends at or after it: a chunk from sample a to b
    holds the spikes with ``a * layout.dt < time <= b * layout.dt`` (and those of `kick` at its very start). Results
    are identical, bit for bit, however the time is cut into chunks.
    """

    layout: Layout

    @property
    def i_sample(self) -> int:
        """Index of the next sample."""

    @property
    def t(self) -> float:
        """Time of the next sample [s]."""

    def advance(self, n_samples: int) -> Chunk:
        """Go on by exactly `n_samples` samples."""

    def set_parameter(self, i_neuron: int, name: str, value: float) -> None:
        """Turn a knob now; `ParameterError` if out of range."""

    def pulse(self, i_neuron: int, synapse: int, *, width: float, weight: float) -> None:
        """An event at a dendrite now."""

    def kick(self, i_neuron: int) -> None:
        """Make a neuron spike now (nothing happens while it is refractory)."""


def build(network: Network, options: Options = Options()) -> Simulation:
    """The simulation of `network`, at t = 0. The network is read, never changed, and may change afterwards."""
    if not isinstance(network, Network):
        raise ParameterError("only a Network can be simulated, not {value}; the examples are built like this: "
                             "luiapp.EXAMPLES['ring'].build()", value=repr(network)[:80])  # fmt: skip
    module, name = ENGINES[network.model]
    return cast(Simulation, getattr(importlib.import_module(module), name)(network, options))


def samples_per_call(layout: Layout) -> int:
    """How many samples at a time are a good measure: calls cost next to nothing, memory isn't filled."""
    return max(1, min(_MOST_PER_CALL, _NUMBERS_PER_CALL // max(1, len(layout.traces))))


def run(
    network: Network,
    duration: float | str,
    *,
    options: Options = Options(),
    metadata: dict[str, Any] | None = None,
) -> Recording:
    """Simulate `network` for `duration` seconds.

    Parameters
    ----------
    duration : float
        In s, or as text such as ``"500 ms"``; rounded to whole samples.
    options : Options
        Time step, seed, precision, threads.
    metadata : dict or None
        Added to the recording's.

    Returns
    -------
    Recording
        One trace per probe, the spikes of all neurons, and in its metadata what is needed to do it again:
        ``network``, ``software``, ``dt``, ``record_every``, ``seed``, ``dtype``, ``interpolate``.
    """
    if isinstance(duration, str):
        duration = parse_quantity(duration, "s")
    if not (math.isfinite(duration) and duration > 0):
        raise ParameterError("the duration must be longer than 0 s, not {duration} s", duration=f"{duration:g}")
    simulation = build(network, options)
    n_total = max(1, round(duration / simulation.layout.dt))
    _check_size(n_total, len(simulation.layout.traces) * (8 if options.samples == "float64" else 4), duration)
    n_most = samples_per_call(simulation.layout)
    chunks = [simulation.advance(min(n_most, n_total - i)) for i in range(0, n_total, n_most)]
    about = {"network": network.to_dict(), "software": "luiapp", "dt": options.dt,
             "record_every": options.record_every, "seed": options.seed, "dtype": options.dtype,
             "interpolate": options.interpolate}  # fmt: skip
    return join(chunks, {**about, **(metadata or {})})


def _check_size(n_samples: int, n_bytes: int, duration: float) -> None:
    """Refuse at once what would fill the memory hours later: the samples are held twice while they are joined."""
    needed, there = 2 * n_samples * max(n_bytes, 1), memory_size()
    if needed > there:
        raise ParameterError(
            "{duration} at {rate} need {needed}, but this computer has {there} of memory; simulate less at once, "
            "fewer probes, or keep only every so many-th step (record_every)",
            duration=format_quantity(duration, "s"), rate=format_quantity(n_samples / duration, "Hz"),
            needed=format_quantity(needed, "B"), there=format_quantity(there, "B"),
        )  # fmt: skip


def memory_size() -> int:
    """The computer's memory in bytes; 8 GiB where the system doesn't tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows
        return 8 << 30
