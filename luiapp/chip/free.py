"""A `Network` of LIF neurons, wired as one likes, onto the chip: what a rig needs.

Poisson trains come from the chip's own sources, as far as there are any; the others, and spike trains, from outside.
Volts become LSB of the CADC by ``60 + 60 v``, so that usual thresholds lie where the chip's do, and time is divided by
as much as the time constants ask for, a thousand or more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.background import LAST_SEED, Background, poisson
from luiapp.chip.calibrate import Calibration
from luiapp.chip.codes import CELLS, Codes, Targets, height, linear_code, nominal, power_code
from luiapp.chip.place import _dealt, _Drivers, bus
from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import Events, Wiring
from luiapp.errors import NetworkError, ParameterError
from luiapp.model.network import Network
from luiapp.model.stimulus import Poisson, SpikeTrain

ZERO, PER_VOLT = 60.0, 60.0  # LSB
_SCALES = (1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5)
_LONGEST_DELAY = 1e-3  # s of the network
_COPIES = 5
_APART = 7919  # between the seeds of two trials
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FreelyPlaced:
    """A network's place.

    Attributes
    ----------
    network : Network
    wiring : Wiring
        Its inputs are the network's stimuli, in their order.
    sources : tuple of Background
        Those of the stimuli that the chip itself makes.
    codes : Codes
        As for an average chip.
    time_scale : float
        How many times faster than the network the chip runs.
    """

    network: Network
    wiring: Wiring
    sources: tuple[Background, ...]
    codes: Codes
    time_scale: float

    def events(self, duration: float, seed: int | None = None, begin: float = 0.0) -> Events:
        """The other stimuli's events in one sample of `duration` that begins at `begin` [s of the network]."""
        times, sources = [np.zeros(0)], [np.zeros(0, np.int64)]
        own = {one.inputs[0] for one in self.sources}
        for k, link in enumerate(self.network.stimuli):
            if k in own:
                continue
            when = _times(link.stimulus, duration, seed, begin)
            times.append(when[(when >= 0) & (when < duration)])
            sources.append(np.full(len(times[-1]), k))
        time, source = np.concatenate(times), np.concatenate(sources)
        order = np.argsort(time, kind="stable")
        return Events(np.array([0, len(time)]), time[order] / self.time_scale, source[order])

    def background(self, i_trial: int) -> tuple[Background, ...]:
        """The chip's own sources, in each trial with other events."""
        return tuple(replace(one, seed=(one.seed + _APART * i_trial) % LAST_SEED + 1) for one in self.sources)


def volts(lsb: Floats) -> Floats:
    """Readings of the CADC in the network's volts."""
    return (lsb - ZERO) / PER_VOLT


def place_network(
    network: Network, calibration: Calibration | None = None, *, own_sources: bool = True
) -> FreelyPlaced:
    """Find a place for `network`.

    Parameters
    ----------
    calibration : Calibration, optional
        Of the chip, to whatever targets: what it found out about each circuit is added to the average chip's codes.
    own_sources : bool
        Let the chip make Poisson trains itself, as far as it can.

    Raises
    ------
    NetworkError
        If the chip has no such neurons, connections or stimuli, or not enough of them.
    ParameterError
        If its circuits can't have these parameters.
    """
    _check(network)
    n = network.n_neurons
    scale = _time_scale(network)
    circuit = np.array(_dealt(np.ones(SPEC.n_circuits, np.bool_), 1)[:n], np.int64)
    wanted = _weights(network, scale)
    n_inputs = len(network.stimuli)
    copies = np.maximum(np.ceil(np.abs(wanted).max(axis=1, initial=0) / SPEC.weight_max), 1).astype(int)
    if copies.max(initial=1) > _COPIES:
        raise NetworkError("a weight of this network would need {n} synapses at once; the chip gives {limit}. "
                           "Make it weaker", n=int(copies.max()), limit=_COPIES)  # fmt: skip
    row = np.full((n_inputs + n, _COPIES, 2, SPEC.n_halves), -1, np.int64)
    target = np.zeros((n_inputs + n, 2), np.int64)
    drivers, sources = _Drivers([1]), list[Background]()
    for source in [*range(n_inputs, n_inputs + n), *range(n_inputs)]:
        if not wanted[source].any():
            continue
        target[source] = 0, n
        buses = (int(bus(circuit[source - n_inputs])),) if source >= n_inputs else tuple(range(SPEC.n_padi))
        halves: Any = slice(None)
        own = _own_source(network, source, circuit, scale, sources) if own_sources and source < n_inputs else None
        if own is not None and drivers.room(0, own.number % SPEC.n_padi) >= copies[source]:
            sources.append(own)
            buses, halves = (own.number % SPEC.n_padi,), own.number // SPEC.n_padi
        for k in range(copies[source]):
            driver, _ = drivers.take([0], buses)
            row[source, k, 0, halves], row[source, k, 1, halves] = 2 * driver, 2 * driver + 1
    weight = np.rint(wanted[target[:, 1] > 0]).astype(np.int64).ravel()
    wiring = Wiring(n_inputs, circuit[:, None], np.array([0, n]), target, row,
                    np.zeros((n_inputs + n, _COPIES), np.int64), weight, np.zeros(n, np.bool_))  # fmt: skip
    codes = _codes(network, circuit, scale)
    return FreelyPlaced(network, wiring, tuple(sources),
                        codes if calibration is None else corrected(codes, calibration), scale)  # fmt: skip


def corrected(codes: Codes, calibration: Calibration) -> Codes:
    """Codes meant for an average chip, with what a calibration to other targets knows of each circuit: potentials are
    off by as many codes there, time constants and gains by the same factors.
    """
    average, own = nominal(calibration.targets), calibration.codes
    changed = {}
    for name in CELLS:
        code, found, plain = (np.asarray(getattr(one, name), np.float64) for one in (codes, own, average))
        changed[name] = code + found - plain if name in ("leak", "reset", "threshold") else code * found / plain
    return codes.changed(**changed, trim=own.trim)


def _own_source(
    network: Network, i: int, circuit: NDArray[np.int64], scale: float, taken: list[Background]
) -> Background | None:
    """A free source of the chip for stimulus `i`, if it is a Poisson train that one can make."""
    link = network.stimuli[i]
    train = link.stimulus
    if not isinstance(train, Poisson) or train.start > 0 or train.stop < math.inf:
        return None
    half = int(circuit[link.i_neuron]) // SPEC.n_columns
    numbers = {half * SPEC.n_padi + k for k in range(SPEC.n_padi)} - {one.number for one in taken}
    try:
        period, rate = poisson(train.rate * scale)
    except ParameterError:
        return None
    return Background(min(numbers), (i,), period, rate, train.seed % LAST_SEED + 1) if numbers else None


def _check(network: Network) -> None:
    if network.model != "lif" or network.synapse_shape != "exponential":
        raise NetworkError("the chip has LIF neurons with exponential synapses; this network has others")
    if not 0 < network.n_neurons <= SPEC.fan_in:
        raise NetworkError("{n} neurons are too many for this rig; it takes {limit}", n=network.n_neurons,
                           limit=SPEC.fan_in)  # fmt: skip
    if any(not isinstance(link.stimulus, SpikeTrain | Poisson) for link in network.stimuli):
        raise NetworkError("the chip takes events only: spike trains and Poisson trains; leave currents out")
    if (network.connections.delay > _LONGEST_DELAY).any():
        raise NetworkError("connections on the chip act at once; leave delays out")


def _time_scale(network: Network) -> float:
    longest = max(float(network.parameter("tau_mem").max()) / SPEC.tau_mem_range[1],
                  float(network.parameter("tau_syn").max()) / SPEC.tau_syn_range[1],
                  float(network.parameter("tau_ref").max()) / SPEC.refractory_max)  # fmt: skip
    for scale in _SCALES:
        if longest <= scale:
            return scale
    raise NetworkError("the time constants of this network are too long for the chip; shorten them")


def _weights(network: Network, scale: float) -> Floats:
    """(n_inputs + n, n) in weights of the chip: those that make PSPs as high as the network's."""
    n, n_inputs = network.n_neurons, len(network.stimuli)
    wanted = np.zeros((n_inputs + n, n))
    made = network.connections
    np.add.at(wanted, (n_inputs + made.pre, made.post), made.weight)
    for k, link in enumerate(network.stimuli):
        wanted[k, link.i_neuron] += link.weight
    tau_mem, tau_syn = network.parameter("tau_mem"), network.parameter("tau_syn")
    peaks = [height(a, b) / math.e * b / a for a, b in zip(tau_mem, tau_syn, strict=True)]
    return np.asarray(wanted * np.array(peaks) * PER_VOLT / (SPEC.peak / SPEC.weight_max))


def _codes(network: Network, circuit: NDArray[np.int64], scale: float) -> Codes:
    """Of an average chip: each neuron's own for its circuit, those of the first for the rest."""
    values = {name: network.parameter(name) for name in ("v_leak", "v_reset", "v_threshold", "tau_mem", "tau_syn")}
    lsb = {name: ZERO + PER_VOLT * values[name] for name in ("v_leak", "v_reset", "v_threshold")}
    tau_mem, tau_syn = values["tau_mem"] / scale, values["tau_syn"] / scale
    base = nominal(Targets(80.0, 80.0, 150.0, float(tau_mem[0]), float(tau_syn[0]), SPEC.peak,
                           float(network.parameter("tau_ref").max()) / scale))  # fmt: skip
    gain = [SPEC.gain_code / height(a, b) for a, b in zip(tau_mem, tau_syn, strict=True)]
    own = {
        "leak": linear_code(SPEC.leak_law, lsb["v_leak"]),
        "reset": linear_code(SPEC.reset_law, lsb["v_reset"]),
        "threshold": linear_code(SPEC.threshold_law, lsb["v_threshold"]),
        "tau_mem": power_code(SPEC.tau_mem_law, tau_mem),
        "tau_exc": power_code(SPEC.tau_syn_law, tau_syn),
        "tau_inh": power_code(SPEC.tau_syn_law, tau_syn),
        "gain_exc": np.array(gain),
        "gain_inh": np.array(gain),
    }
    changed = {}
    for name, code in own.items():
        if (code > SPEC.code_max).any() or (code < 0).any():
            raise NetworkError("the chip can't reach the '{name}' of a neuron of this network; its potentials lie "
                               "between about 0 and 2.5 V, its synapses are faster than its membranes",
                               name=name)  # fmt: skip
        full = getattr(base, name).astype(np.float64)
        full[circuit] = code
        changed[name] = full
    return base.changed(**changed)


def _times(stimulus: SpikeTrain | Poisson | object, duration: float, seed: int | None, begin: float) -> Floats:
    if isinstance(stimulus, SpikeTrain):
        return np.array(stimulus.times, np.float64) - begin
    assert isinstance(stimulus, Poisson)
    random = np.random.default_rng((stimulus.seed, 0 if seed is None else seed))
    start = max(stimulus.start - begin, 0.0)
    span = max(min(stimulus.stop - begin, duration) - start, 0.0)
    return np.sort(start + span * random.random(random.poisson(stimulus.rate * span)))
