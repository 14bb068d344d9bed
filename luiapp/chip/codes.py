"""What is written into the chip's analogue memory: 10-bit codes, and how an average circuit obeys them."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.spec import SPEC, ChipSpec
from luiapp.errors import ParameterError
from luiapp.model.layered import psp_peak

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Targets:
    """How all circuits shall be.

    Attributes
    ----------
    leak, reset, threshold : float
        Potentials [LSB of the CADC].
    tau_mem, tau_syn : float
        [s].
    peak : float
        How far one event of weight 63 lifts a membrane at rest [LSB].
    tau_ref : float
        Refractory time [s]; infinite: a neuron fires once at most in a sample.
    """

    leak: float = 80.0
    reset: float = 80.0
    threshold: float = 150.0
    tau_mem: float = 6e-6
    tau_syn: float = 6e-6
    peak: float = SPEC.peak
    tau_ref: float = 2e-6

    def __post_init__(self) -> None:
        spec = SPEC
        limits = {
            "leak": spec.leak_range,
            "reset": spec.reset_range,
            "threshold": spec.threshold_range,
            "tau_mem": spec.tau_mem_range,
            "tau_syn": spec.tau_syn_range,
            "peak": (1.0, 60.0),
        }
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise ParameterError(
                    "the chip can reach '{name}' between {low} and {high}, not {value}; choose another target",
                    name=name, low=low, high=high, value=getattr(self, name),
                )  # fmt: skip
        if not (0 <= self.tau_ref <= spec.refractory_max or self.tau_ref == math.inf):
            raise ParameterError("a refractory time lies between 0 and 32 µs, or is infinite")

    @property
    def gap(self) -> float:
        """From leak to threshold [LSB]."""
        return self.threshold - self.leak


@dataclass(frozen=True, eq=False)
class Codes:
    """One code for each circuit; (n_circuits,) int64 each.

    Attributes
    ----------
    leak, reset, threshold : potentials
    tau_mem, tau_exc, tau_inh : bias currents of the leak and of both synaptic lines
    gain_exc, gain_inh : transconductances of both synaptic inputs
    trim : what the converter adds to the readings of each channel [LSB]
    tau_ref : refractory time of all circuits, digital [s]
    bias : code of the synapses' bias current, of all quadrants
    """

    leak: Ints
    reset: Ints
    threshold: Ints
    tau_mem: Ints
    tau_exc: Ints
    tau_inh: Ints
    gain_exc: Ints
    gain_inh: Ints
    trim: Ints
    tau_ref: float = 2e-6
    bias: int = int(SPEC.bias_code)

    def __post_init__(self) -> None:
        for name in CELLS:
            array = getattr(self, name)
            if array.shape != (SPEC.n_circuits,) or array.min() < 0 or array.max() > SPEC.code_max:
                raise ParameterError("the codes '{name}' are {n} whole numbers from 0 to {limit}",
                                     name=name, n=SPEC.n_circuits, limit=SPEC.code_max)  # fmt: skip
        if self.trim.shape != (SPEC.n_circuits,) or np.abs(self.trim).max() > SPEC.cadc_trim:
            raise ParameterError("the converter's channels can be trimmed by {limit} LSB at most", limit=SPEC.cadc_trim)
        if not 0 <= self.bias <= SPEC.code_max:
            raise ParameterError("the codes '{name}' are {n} whole numbers from 0 to {limit}",
                                 name="bias", n=1, limit=SPEC.code_max)  # fmt: skip

    def changed(self, **codes: Any) -> Codes:
        """The same with some codes replaced, rounded and kept within their range."""
        whole = {}
        for name, value in codes.items():
            array = np.broadcast_to(np.rint(np.asarray(value, np.float64)), (SPEC.n_circuits,))
            low, high = (-SPEC.cadc_trim, SPEC.cadc_trim) if name == "trim" else (0, SPEC.code_max)
            whole[name] = np.clip(array, low, high).astype(np.int64)
        return replace(self, **whole)


CELLS = tuple(f.name for f in fields(Codes) if f.name not in ("trim", "tau_ref", "bias"))


def linear(law: tuple[float, float], code: Any) -> Any:
    """The potential [LSB] that an average circuit makes of `code`."""
    return law[0] * code + law[1]


def linear_code(law: tuple[float, float], value: Any) -> Any:
    """The inverse of `linear`, not rounded."""
    return (value - law[1]) / law[0]


def power(law: tuple[float, float, float], code: Any) -> Any:
    """The time constant [s] that an average circuit makes of `code`."""
    return law[0] * (law[1] / np.maximum(code, 1)) ** law[2]


def power_code(law: tuple[float, float, float], tau: Any) -> Any:
    """The inverse of `power`, not rounded."""
    return law[1] * (law[0] / tau) ** (1 / law[2])


def height(tau_mem: Any, tau_syn: Any) -> float:
    """Peak of a PSP relative to that with equal time constants."""
    return math.e * psp_peak(float(tau_mem), float(tau_syn))


def nominal(targets: Targets, spec: ChipSpec = SPEC) -> Codes:
    """What would take an average circuit to the targets: the codes of a chip that nobody has calibrated."""
    gain = spec.gain_code * targets.peak / (spec.peak * height(targets.tau_mem, targets.tau_syn))
    tau_syn = power_code(spec.tau_syn_law, targets.tau_syn)
    values = {
        "leak": linear_code(spec.leak_law, targets.leak),
        "reset": linear_code(spec.reset_law, targets.reset),
        "threshold": linear_code(spec.threshold_law, targets.threshold),
        "tau_mem": power_code(spec.tau_mem_law, targets.tau_mem),
        "tau_exc": tau_syn,
        "tau_inh": tau_syn,
        "gain_exc": gain,
        "gain_inh": gain,
    }
    beyond = [name for name, value in values.items() if value > spec.code_max]
    if beyond:
        raise ParameterError("these targets need a code of '{name}' beyond {limit}; "
                             "choose longer time constants or a lower peak",
                             name=beyond[0], limit=spec.code_max)  # fmt: skip
    blank = np.zeros(spec.n_circuits, np.int64)
    parts: dict[str, Any] = {name: blank for name in (*CELLS, "trim")}
    return Codes(**parts, tau_ref=targets.tau_ref).changed(**values)
