"""The Lu.i board: constants, what can be turned, and in which range.

Revision 03/2025. Figures from the published schematic and layout (giant-axon/lu.i-neuron-pcb, CERN-OHL-S v2;
Stradmann et al., Trends in Neuroscience and Education 38 (2025) 100248), checked in circuit simulation.
"""

from __future__ import annotations

from dataclasses import dataclass

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
