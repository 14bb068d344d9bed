"""The Lu.i board: constants, what can be turned, and in which range.

Revision 03/2025. Figures from the published schematic and layout (giant-axon/lu.i-neuron-pcb, CERN-OHL-S v2;
Stradmann et al., Trends in Neuroscience and Education 38 (2025) 100248), checked in circuit simulation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luiapp.errors import ParameterError
from luiapp.model.neuron import NeuronModel, Parameter
from luiapp.texts import mark

VDD = 3.0  # V, a fresh CR2032 cell
C_MEM = 22e-6  # F
C_SYN = 10e-6  # F
K_LADDER = 22 / 69  # ladder VDD-22k-47k-VSYN-47k-22k-GND
R_SOURCE = 2.2e3  # Ω, resistors that turn the synaptic voltage into current
I_BIAS = 175e-9  # A, net bias current into the membrane
R_WEIGHT_SERIES = 490.0  # Ω, 470 Ω and the switch
THRESHOLD_RATIO = 0.5167  # V_threshold / VDD
RELEASE_RATIO = 0.264  # the reset counts from the moment the membrane falls below this fraction of VDD
RESET_HOLD = 15.52e-3  # s, from that moment to the release
TAU_RESET = 0.6e-3  # s, ≈ 26 Ω times C_MEM
R_RESET = 26.0  # Ω
SPIKE_WIDTH = 15.9e-3  # s, output pulse = refractory time
FLOOR_RATIO = 0.159  # below this fraction of VDD the sink stage pulls the membrane up
LED_STEP_RATIO = 0.0695  # LED n (1…6) is lit above n times this fraction of VDD
N_LEDS = 6
N_SYNAPSES = 3
INPUT_THRESHOLD = 1.8  # V, what counts as a pulse at a dendrite
R_END = (
    50.0  # Ω, what is left of R_leak and R_tsyn at the end of the track (our choice: parts of this size have 20-100 Ω)
)
# The supply: an idle board, a lit LED and the light of a spike as straight lines through the figures of the circuit.
IDLE_CURRENT = 1.2e-3  # A at VDD, proportional to the voltage
LED_KNEE, LED_SLOPE = 1.845, 201.8  # V, Ω: diode, 150 Ω and the comparator's 30 Ω
PULSE_KNEE, PULSE_SLOPE = 1.979, 25.5  # V, Ω: what lights while the output is high


@dataclass(frozen=True)
class Knob:
    """A trimmer: which parameter it sets, its track in ohms, and in which sense a person turns it.

    ``reversed`` trimmers show more (a larger weight) where their resistance is smaller.
    """

    name: str
    parameter: str
    track: float
    reversed: bool
    about: str

    def ohms(self, percent: float) -> float:
        """Resistance [Ω] at a turn of `percent` (0…100)."""
        if not 0 <= percent <= 100:
            raise ParameterError("{name} turns from 0 to 100 %, not to {value} %", name=self.name, value=f"{percent:g}")
        fraction = percent / 100
        return self.track * (1 - fraction if self.reversed else fraction)

    def percent(self, ohms: float) -> float:
        """How far the trimmer is turned (0…100) at a resistance in Ω."""
        fraction = min(max(ohms / self.track, 0.0), 1.0)
        return 100 * (1 - fraction if self.reversed else fraction)


KNOBS = (
    Knob("leak", "r_vleak", 100e3, False, mark("leak potential")),
    Knob("tau_mem", "r_leak", 50e3, False, mark("membrane time constant")),
    Knob("tau_syn", "r_tsyn", 22e3, False, mark("synaptic time constant")),
    Knob("w1", "r_w1", 22e3, True, mark("weight of dendrite 1")),
    Knob("w2", "r_w2", 22e3, True, mark("weight of dendrite 2")),
    Knob("w3", "r_w3", 22e3, True, mark("weight of dendrite 3")),
)
# Short names of the trimmers, as on the silk-screen.
KNOB_LABELS = {"leak": mark("leak"), "tau_mem": "τ mem", "tau_syn": "τ syn", "w1": "w1", "w2": "w2", "w3": "w3"}


def knob(name: str) -> Knob:
    """The trimmer called `name`, by its own name or by its parameter's."""
    for one in KNOBS:
        if name in (one.name, one.parameter):
            return one
    raise ParameterError(
        "a Lu.i has no trimmer '{name}'; it has {names}", name=name, names=", ".join(k.name for k in KNOBS)
    )


LUI = NeuronModel(
    name="lui",
    about=mark("Lu.i board, revision 03/2025"),
    n_synapses=N_SYNAPSES,
    parameters=(
        Parameter("r_vleak", 60e3, "Ω", 0.0, 100e3, mark("leak trimmer, ground to wiper")),
        Parameter("r_leak", 10e3, "Ω", 0.0, 50e3, mark("membrane time constant trimmer")),
        Parameter("r_tsyn", 5e3, "Ω", 0.0, 22e3, mark("synaptic time constant trimmer")),
        Parameter("r_w1", 11e3, "Ω", 0.0, 22e3, mark("weight trimmer of dendrite 1")),
        Parameter("r_w2", 11e3, "Ω", 0.0, 22e3, mark("weight trimmer of dendrite 2")),
        Parameter("r_w3", 11e3, "Ω", 0.0, 22e3, mark("weight trimmer of dendrite 3")),
        Parameter("sign_1", 1, "", -1, 1, mark("switch of dendrite 1: +1 excites, −1 inhibits")),
        Parameter("sign_2", 1, "", -1, 1, mark("switch of dendrite 2: +1 excites, −1 inhibits")),
        Parameter("sign_3", 1, "", -1, 1, mark("switch of dendrite 3: +1 excites, −1 inhibits")),
        Parameter("v_cell", VDD, "V", 1.8, 5.5, mark("open-circuit voltage of the cell")),
        Parameter("r_cell", 0.1, "Ω", 0.0, 100.0, mark("internal resistance of the cell")),
        Parameter("noise", 0.0, "V", 0.0, 0.1, mark("membrane noise, standard deviation at rest")),
        Parameter("parts_seed", 0, "", 0, 2**31 - 1, mark("lot number of the parts; 0 has nominal values")),
    ),
    probes=(("membrane", "V"), ("synapse", "V"), ("supply", "V")),
)


def tau_mem(r_leak: float, *, c_mem: float = C_MEM) -> float:
    """Membrane time constant [s] of a leak trimmer at `r_leak` [Ω]."""
    return max(r_leak, R_END) * c_mem


def tau_syn(r_tsyn: float, *, c_syn: float = C_SYN) -> float:
    """Synaptic time constant [s] of its trimmer at `r_tsyn` [Ω]."""
    return max(r_tsyn, R_END) * c_syn


def v_threshold(vdd: ArrayLike = VDD) -> Any:
    """Threshold [V] at the supply `vdd` [V] (numbers or arrays)."""
    return THRESHOLD_RATIO * np.asarray(vdd, np.float64)[()]


def v_leak(r_vleak: float, *, vdd: float = VDD) -> float:
    """Leak potential [V] of its trimmer at `r_vleak` [Ω], ground to wiper."""
    return r_vleak / knob("leak").track * vdd


def weight_current(r_w: float, *, vdd: float = VDD) -> float:
    """Current [A] into the synaptic integrator while a pulse is high at a dendrite with its trimmer at `r_w` [Ω]."""
    return vdd / 2 / (r_w + R_WEIGHT_SERIES)


def leds_lit(v: ArrayLike, vdd: ArrayLike = VDD) -> NDArray[np.int64]:
    """How many LEDs (0…6) of the bar are lit, for membranes `v` and supplies `vdd` [V] of any matching shapes.

    An LED lights above its level; membranes that are not a number light none.
    """
    ratio = np.nan_to_num(np.asarray(v, np.float64) / (LED_STEP_RATIO * np.asarray(vdd, np.float64)), nan=0.0)
    return np.clip(np.ceil(ratio) - 1, 0, N_LEDS).astype(np.int64)


def supply_voltage(
    v_cell: ArrayLike,
    r_cell: ArrayLike,
    *,
    n_leds: ArrayLike = 0,
    pulse: ArrayLike = False,
    conductance: ArrayLike = 0.0,
    current: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Voltage of a loaded cell [V]; arguments broadcast.

    Parameters
    ----------
    v_cell, r_cell : float or array
        Open-circuit voltage [V] and internal resistance [Ω] of the cell.
    n_leds : int or array
        LEDs of the bar that are lit, 0…6.
    pulse : bool or array
        Whether the output is high.
    conductance, current : float or array
        Further loads [S, A]; `IDLE_CURRENT` is already counted.
    """
    cell, r, n, p, g, i = np.broadcast_arrays(*(np.asarray(a, np.float64) for a in
                                                (v_cell, r_cell, n_leds, pulse, conductance, current)))  # fmt: skip
    g_idle = g + IDLE_CURRENT / VDD
    vdd = cell
    for _ in range(3):  # lights below their knee draw nothing
        g_led = np.where(vdd > LED_KNEE, n / LED_SLOPE, 0.0)
        g_pulse = np.where(vdd > PULSE_KNEE, p / PULSE_SLOPE, 0.0)
        vdd = (cell + r * (g_led * LED_KNEE + g_pulse * PULSE_KNEE - i)) / (1 + r * (g_idle + g_led + g_pulse))
    return np.array(vdd)


def resting_potential(r_vleak: float, r_leak: float, *, vdd: float = VDD, i_bias: float = I_BIAS) -> float:
    """Membrane [V] of an unstimulated board if the threshold were out of reach; at or above the floor of its circuit.

    Below `FLOOR_RATIO`·VDD the sink stage lets go and the source stage pulls the membrane up through `R_SOURCE`.
    """
    goal, r = v_leak(r_vleak, vdd=vdd), max(r_leak, R_END)
    free = goal + i_bias * r
    floor = K_LADDER * vdd / 2
    if free >= floor:
        return free
    return (floor / R_SOURCE + goal / r + i_bias) / (1 / R_SOURCE + 1 / r)


def inter_spike_interval(r_vleak: float, r_leak: float, *, vdd: float = VDD, i_bias: float = I_BIAS) -> float:
    """Interval [s] between spikes of an unstimulated board; infinite if it rests below the threshold.

    The output pulse, then the rise from 0 to the floor with the source stage's help, then a plain exponential:
    15.9 ms + t(0→a) + tau_mem·ln((V_leak − a)/(V_leak − V_threshold)), a the floor, V_leak with the bias current.
    """
    r = max(r_leak, R_END)
    goal = v_leak(r_vleak, vdd=vdd) + i_bias * r
    top, floor = float(v_threshold(vdd)), K_LADDER * vdd / 2
    if goal <= top:
        return math.inf
    conductance = 1 / R_SOURCE + 1 / r
    below = (floor / R_SOURCE + goal / r) / conductance
    lift = -C_MEM / conductance * math.log(1 - floor / below)
    return SPIKE_WIDTH + lift + tau_mem(r) * math.log((goal - floor) / (goal - top))


def synaptic_step(width: float, *, r_w: float, r_tsyn: float, vdd: float = VDD) -> float:
    """How far the synaptic node has moved [V] at the end of a pulse `width` seconds wide, off the rails."""
    r = max(r_tsyn, R_END)
    return weight_current(r_w, vdd=vdd) * r * -math.expm1(-width / (r * C_SYN))


def psp_height(width: float, *, r_w: float, r_tsyn: float, r_leak: float, vdd: float = VDD) -> float:
    """Peak [V] of the potential that a pulse `width` seconds wide adds to a membrane at rest.

    Closed form of the linear piece: holds while the synaptic node is off its rails (see `synaptic_step`, below
    VDD/2) and the membrane stays between floor and threshold.
    """
    a, b = 1 / tau_mem(r_leak), 1 / tau_syn(r_tsyn)
    if abs(a - b) < 1e-6 * a:
        b *= 1 + 1e-6
    gain = 2 * K_LADDER / R_SOURCE / C_MEM
    full = weight_current(r_w, vdd=vdd) / C_SYN / b

    def response(t: float) -> float:
        """To a current that stays on."""
        return gain * full * ((1 - math.exp(-a * t)) / a - (math.exp(-b * t) - math.exp(-a * t)) / (a - b))

    # After the pulse both exponentials only shrink; their derivative vanishes once.
    ratio = math.expm1(a * width) / math.expm1(b * width) if max(a, b) * width < 700 else math.inf
    peak = max(math.log(ratio) / (a - b), width) if math.isfinite(ratio) else width
    return response(peak) - response(peak - width)
