"""One chip out of many: the fixed pattern of its faults follows from its serial number, on every machine the same.

Only `luiapp.chip.core` looks in here. Who calibrates a chip has to measure it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.spec import SPEC, ChipSpec
from luiapp.errors import ParameterError

Floats = NDArray[np.float64]
LAST_SERIAL = 2**32 - 1
EXC, INH = 0, 1
# What is drawn, each from a stream of its own, so that one more leaves the others as they are. Never change a number.
_STREAMS = {"voltages": 1, "tau_mem": 2, "tau_syn": 3, "gain": 4, "saturation": 5, "cadc": 6, "synapses": 7}


@dataclass(frozen=True, eq=False)
class FixedPattern:
    """How the parts of one chip differ from the average.

    Attributes
    ----------
    leak, reset, threshold : (n_circuits,) float64
        Shifts of the potentials [LSB].
    tau_mem : (n_circuits,) float64
        Factors.
    tau_syn, gain, saturation : (2, n_circuits) float64
        Factors of excitatory and inhibitory inputs.
    cadc_offset, cadc_gain : (n_circuits,) float64
        Of the channels of the converter [LSB], and factors.
    synapse : (n_halves, n_rows, n_columns) float64
        Factors of the weights.
    """

    leak: Floats
    reset: Floats
    threshold: Floats
    tau_mem: Floats
    tau_syn: Floats
    gain: Floats
    saturation: Floats
    cadc_offset: Floats
    cadc_gain: Floats
    synapse: Floats


def quadrant(circuit: NDArray[np.int64] | int, spec: ChipSpec = SPEC) -> NDArray[np.int64]:
    """Quadrants of circuits: the left and the right half of the upper row, then of the lower."""
    return np.asarray(circuit) // (spec.n_circuits // spec.n_quadrants)


def draw(serial: int, spec: ChipSpec = SPEC) -> FixedPattern:
    """The chip with this serial number.

    Relative spreads are lognormal with mean one, so that nothing becomes negative.

    Raises
    ------
    ParameterError
        If there can't be such a serial number.
    """
    if not 0 <= serial <= LAST_SERIAL:
        raise ParameterError("a chip's serial number lies between 0 and {limit}, not {value}",
                             limit=LAST_SERIAL, value=serial)  # fmt: skip
    n = spec.n_circuits
    where = quadrant(np.arange(n), spec)
    leak, reset, threshold = _voltages(_random(serial, "voltages"), where, spec)
    random = _random(serial, "gain")
    shared = random.standard_normal(spec.n_quadrants)[where] * spec.gain_quadrants
    own = _pair(random, n, spec.gain_correlation) * np.array(spec.gain_spread)[:, None]
    tau_syn = _pair(_random(serial, "tau_syn"), n, spec.tau_syn_correlation)
    spread = np.array([spec.excitation_spread, spec.inhibition_spread])[:, None]
    cadc = _random(serial, "cadc").standard_normal((2, n))
    shape = (spec.n_halves, spec.n_rows, spec.n_columns)
    synapse = 1 + spec.synapse_spread * _random(serial, "synapses").standard_normal(shape)
    return FixedPattern(
        leak, reset, threshold,
        _factors(_random(serial, "tau_mem").standard_normal(n) * spec.tau_mem_spread),
        _factors(tau_syn * spec.tau_syn_spread),
        _factors(shared + own),
        _factors(_random(serial, "saturation").standard_normal((2, n)) * spread),
        cadc[0] * spec.cadc_offset, 1 + cadc[1] * spec.cadc_gain, np.maximum(synapse, 0.0),
    )  # fmt: skip


def _random(serial: int, name: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence((serial, _STREAMS[name]))))


def _pair(random: np.random.Generator, n: int, correlation: float) -> Floats:
    """(2, n) normal numbers, both rows with this correlation."""
    common, apart = random.standard_normal(n), random.standard_normal((2, n))
    return np.sqrt(correlation) * common + np.sqrt(1 - correlation) * apart


def _factors(exponents: Floats) -> Floats:
    """Lognormal factors from normal exponents: what is small stays close to 1 plus the exponent."""
    return np.exp(exponents)


def _voltages(random: np.random.Generator, where: NDArray[np.int64], spec: ChipSpec) -> Floats:
    """(3, n_circuits) shifts: potentials of a circuit move together, and so do those of a quadrant."""
    a, b, c = spec.leak_reset, spec.leak_threshold, spec.reset_threshold
    root = np.linalg.cholesky(np.array([[1, a, b], [a, 1, c], [b, c, 1]]))
    spreads = np.array([spec.leak_spread, spec.reset_spread, spec.threshold_spread])
    # Sums of three products, written out: a matrix product may differ in the last bit from machine to machine.
    own, between = random.standard_normal((3, len(where))), random.standard_normal((3, spec.n_quadrants))
    mixed = [(root[k][:, None, None] * part[:, None, :]).sum(axis=0)[0] for k in range(3) for part in (own, between)]
    return np.stack([spreads[k, 0] * mixed[2 * k] + spreads[k, 1] * mixed[2 * k + 1][where] for k in range(3)])
