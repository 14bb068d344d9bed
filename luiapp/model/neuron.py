"""The equations of the project, once, with their sources, and the parameters they take."""

from __future__ import annotations

import math
from dataclasses import dataclass

from luiapp.errors import ParameterError
from luiapp.texts import mark
from luiapp.units import parse_quantity


@dataclass(frozen=True)
class Parameter:
    """One number of a neuron: its name, default, SI unit and range (inclusive)."""

    name: str
    default: float
    unit: str
    low: float
    high: float
    about: str

    def check(self, value: float | str) -> float:
        """`value`, in SI or as text such as ``"30 kΩ"``, or a `ParameterError` that names parameter, value, range."""
        number = parse_quantity(value, self.unit) if isinstance(value, str) else float(value)
        if not self.low <= number <= self.high or math.isnan(number):
            raise ParameterError(
                "{name} must lie between {low} and {high} {unit}, but is {value}",
                name=self.name, low=f"{self.low:g}", high=f"{self.high:g}", unit=self.unit, value=f"{number:g}",
            )  # fmt: skip
        return number


@dataclass(frozen=True)
class NeuronModel:
    """A kind of neuron: what can be set, how many dendrites it has, what can be probed.

    Attributes
    ----------
    probes : tuple of (name, unit)
        Signals that can be recorded. ``"membrane"`` is always the first.
    """

    name: str
    about: str
    n_synapses: int
    parameters: tuple[Parameter, ...]
    probes: tuple[tuple[str, str], ...]

    def parameter(self, name: str) -> Parameter:
        """The parameter called `name`; a `ParameterError` lists those that exist."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise ParameterError(
            "a '{model}' neuron has no parameter '{name}'; it has {names}",
            model=self.name, name=name, names=", ".join(p.name for p in self.parameters),
        )  # fmt: skip


# The textbook neuron, with current-based synapses (names as in the NIR standard's CubaLIF; Gerstner et al.,
# Neuronal Dynamics, 2014, section 1.3; two synapse time constants as in Brette et al., J Comput Neurosci 23 (2007)):
#
#     tau_mem dv/dt = v_leak - v + i_0 + i_1 + r_leak * I_stim
#     exponential:  tau_k di_k/dt = -i_k,                  i_k += weight at an arriving spike
#     alpha:        i_k(t) = weight * t/tau_k * exp(1 - t/tau_k) after an arriving spike (peak = weight)
#     delta:        v += weight at an arriving spike
#
# v >= v_threshold: spike, v = v_reset held for tau_ref; i_k goes on. Synaptic drive i_k is in volts (current times
# r_leak), so a weight is in volts for all shapes.
LIF = NeuronModel(
    name="lif",
    about=mark("leaky integrate-and-fire neuron with current synapses"),
    n_synapses=2,
    parameters=(
        Parameter("tau_mem", 200e-3, "s", 1e-6, 1e3, mark("membrane time constant")),
        Parameter("tau_syn", 20e-3, "s", 1e-6, 1e3, mark("time constant of synapse 0")),
        Parameter("tau_syn_1", 20e-3, "s", 1e-6, 1e3, mark("time constant of synapse 1")),
        Parameter("tau_ref", 15.9e-3, "s", 0.0, 1e3, mark("refractory time")),
        Parameter("v_leak", 0.6, "V", -1e3, 1e3, mark("leak potential")),
        Parameter("v_threshold", 1.55, "V", -1e3, 1e3, mark("threshold")),
        Parameter("v_reset", 0.0, "V", -1e3, 1e3, mark("reset potential")),
        Parameter("r_leak", 10e3, "Ω", 1e-3, 1e15, mark("leak resistance, turns a stimulus current into volts")),
    ),
    probes=(("membrane", "V"), ("synapse", "V"), ("synapse_1", "V")),
)
SYNAPSE_SHAPES = ("exponential", "alpha", "delta")
