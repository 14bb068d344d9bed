"""The parts of one board: nominal values, and what a lot of real parts makes of them.

Distributions are our own, wide enough for what is found on boards (a ceramic capacitor under bias has lost up to
half of its value; potentiometer tracks are ±20 %). Only the bit generator's raw numbers are used, so that a lot
number means the same board on every machine and with every version of numpy.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from luiapp.model.lui import (  # fmt: skip
    C_MEM,
    C_SYN,
    I_BIAS,
    K_LADDER,
    LED_STEP_RATIO,
    R_SOURCE,
    RELEASE_RATIO,
    RESET_HOLD,
    THRESHOLD_RATIO,
)


@dataclass(frozen=True)
class Parts:
    """What was soldered onto one board (SI). The defaults are nominal."""

    c_mem: float = C_MEM
    c_syn: float = C_SYN
    track_leak: float = 1.0  # factors on the trimmers' resistance
    track_tsyn: float = 1.0
    track_weights: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset_leak: float = 0.0  # V, of the leak follower
    middle: float = 0.5  # reference of the synaptic integrator, fraction of VDD
    offset_synapse: float = 0.0  # V
    source: float = K_LADDER / R_SOURCE  # S, transconductances of the two current stages
    sink_ratio: float = K_LADDER
    sink_conductance: float = 1 / R_SOURCE
    bias: float = I_BIAS  # A
    threshold: float = THRESHOLD_RATIO
    offset_threshold: float = 0.0  # V
    fall: float = RELEASE_RATIO
    hold: float = RESET_HOLD  # s
    led_step: float = LED_STEP_RATIO


class _Lot:
    def __init__(self, seed: int) -> None:
        self._bits = np.random.Philox(np.random.SeedSequence(seed))

    def uniform(self) -> float:
        return (int(self._bits.random_raw()) >> 11) * 2.0**-53

    def within(self, spread: float) -> float:
        """A number in ±spread, evenly."""
        return spread * (2 * self.uniform() - 1)

    def bell(self, spread: float) -> float:
        """A number in ±spread, mostly near 0 (mean of three)."""
        return (self.within(spread) + self.within(spread) + self.within(spread)) / 3

    def triangle(self, low: float, mode: float, high: float) -> float:
        u, share = self.uniform(), (mode - low) / (high - low)
        if u < share:
            return low + math.sqrt(u * (high - low) * (mode - low))
        return high - math.sqrt((1 - u) * (high - low) * (high - mode))


def draw_parts(seed: int) -> Parts:
    """The parts of lot `seed`: 0 is nominal, any other number one particular board.

    Returns
    -------
    Parts
        C_mem −45…+20 % (mode −12 %) and C_syn −25…+15 % (mode −5 %), X7R with bias loss; timing capacitor of the
        refractory time −25…+12 % (mode −4 %); resistors ±1 %, evenly; trimmer tracks ±20 %, bell-shaped; offsets
        of the op-amps ±1.5 mV and of the comparator ±5 mV, bell-shaped.
    """
    if seed == 0:
        return Parts()
    lot = _Lot(seed)
    c_mem, c_syn = C_MEM * (1 + lot.triangle(-0.45, -0.12, 0.2)), C_SYN * (1 + lot.triangle(-0.25, -0.05, 0.15))
    tracks = [1 + lot.bell(0.2) for _ in range(5)]
    source, sink = (R_SOURCE * (1 + lot.within(0.01)) for _ in range(2))
    ladders = [22 * (1 + lot.within(0.01)) / (22 + 47 * (1 + lot.within(0.01))) for _ in range(2)]
    pull = lot.bell(1.5e-3) / source + lot.bell(1.5e-3) / sink
    # 100 kΩ with its feedback against 56 kΩ: the ratio changes by about half of each resistor's error.
    divider = 1 + 0.5 * (lot.within(0.01) + lot.within(0.01))
    hold = RESET_HOLD * (1 + lot.triangle(-0.25, -0.04, 0.12)) * (1 + lot.within(0.01)) * (1 + lot.within(0.02))
    return Parts(
        c_mem=c_mem,
        c_syn=c_syn,
        track_leak=tracks[0],
        track_tsyn=tracks[1],
        track_weights=(tracks[2], tracks[3], tracks[4]),
        offset_leak=lot.bell(1.5e-3),
        middle=0.5 * (1 + 0.5 * (lot.within(0.01) + lot.within(0.01))),
        offset_synapse=lot.bell(1.5e-3),
        source=ladders[0] / source,
        sink_ratio=ladders[1],
        sink_conductance=1 / sink,
        bias=I_BIAS + pull,
        threshold=THRESHOLD_RATIO * divider,
        offset_threshold=lot.bell(5e-3),
        fall=RELEASE_RATIO * (1 + lot.bell(0.02)),
        hold=hold,
        led_step=LED_STEP_RATIO * (1 + lot.bell(0.02)),
    )
