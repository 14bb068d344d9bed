"""How a measured parameter is spread over the circuits, before and after calibration. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.calibrate import QUANTITIES, wanted
from luiapp.chip.codes import Targets
from luiapp.texts import mark

Floats = NDArray[np.float64]
N_BINS = 40
NAMES = {
    "leak": mark("leak potential"),
    "reset": mark("reset potential"),
    "threshold": mark("threshold potential"),
    "tau_mem": mark("membrane time constant"),
    "tau_exc": mark("excitatory synaptic time constant"),
    "tau_inh": mark("inhibitory synaptic time constant"),
    "peak_exc": mark("height of an excitatory PSP"),
    "peak_inh": mark("height of an inhibitory PSP"),
}
assert tuple(NAMES) == QUANTITIES


@dataclass(frozen=True, eq=False)
class Spread:
    """One parameter of all circuits.

    Attributes
    ----------
    name : str
    before, after : (n_circuits,) float64
        Measured with the codes of an average chip, and with the codes found; in `unit`, infinite where nothing came.
    target : float
    low, high : float
        Ends of the colour scale: the target lies in its middle.
    unit : str
        ``"LSB"`` or ``"µs"``.
    running : bool
        What is called after is what there is now, while the chip is being calibrated.
    """

    name: str
    before: Floats
    after: Floats
    target: float
    low: float
    high: float
    unit: str
    running: bool = False

    def values(self, *, after: bool) -> Floats:
        return self.after if after else self.before

    def moments(self, *, after: bool) -> tuple[float, float]:
        """Mean and standard deviation of what could be measured."""
        values = self.values(after=after)
        known = values[np.isfinite(values)]
        return (float(known.mean()), float(known.std())) if len(known) else (float("nan"), float("nan"))

    def histogram(self, *, after: bool) -> tuple[NDArray[np.int64], Floats]:
        """Circuits in each of the bins, and the bins' edges; those beyond the ends count in the last bins."""
        values = self.values(after=after)
        known = np.clip(values[np.isfinite(values)], self.low, self.high)
        counts, edges = np.histogram(known, N_BINS, (self.low, self.high))
        return counts.astype(np.int64), np.asarray(edges, np.float64)


def spread(targets: Targets, name: str, before: Floats, after: Floats, *, running: bool = False) -> Spread:
    """The parameter `name`, one of `QUANTITIES`, as it was measured, in the units of a `Calibration`."""
    scale, unit = (1e6, "µs") if name.startswith("tau") else (1.0, "LSB")
    before, after = scale * before, scale * after
    target = scale * wanted(targets)[name]
    known = before[np.isfinite(before)]
    far = float(np.quantile(np.abs(known - target), 0.98)) if len(known) else 1.0
    far = max(far, 0.02 * target)
    return Spread(name, before, after, target, target - far, target + far, unit, running)
