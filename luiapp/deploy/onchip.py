"""A network on a chip, and how it fares there."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.calibrate import Calibration, calibrate
from luiapp.chip.codes import Codes, Targets, nominal
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.place import Placed, place, weights
from luiapp.chip.readout import Readout
from luiapp.chip.spec import SPEC
from luiapp.deploy.describe import layered, unit
from luiapp.errors import ParameterError
from luiapp.model.layered import psp_peak
from luiapp.train.event.task import TimingTask
from luiapp.train.task import SurrogateTask, latency_code

_STEP = 0.5e-6  # s
_MARGIN = 10.0  # LSB that readouts keep from both ends of the converter
_MOST = 0.95  # share of samples and outputs that must fit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Judged:
    """How some samples fared on the chip.

    Attributes
    ----------
    predicted : (n_samples,) int64
        -1 where nothing was decided.
    accuracy : float
    spikes : float
        Of hidden neurons per sample, as they arrived.
    lost : float
        Share of events that got lost.
    """

    predicted: Ints
    accuracy: float
    spikes: float
    lost: float


class OnChip:
    """A task's network, placed.

    Parameters
    ----------
    task : SurrogateTask or TimingTask
    weight : (n_parameters,)
    chip : Chip
    repeat : int or tuple of int, optional
        See `place`.

    Attributes
    ----------
    from_rest : bool
        Readouts are counted from what the converter reads of them as samples begin, mean over all; else from the
        target of the leak, as for a chip of which nothing is known.

    Raises
    ------
    NetworkError, ParameterError
        If the chip can't hold it.
    """

    def __init__(
        self,
        task: SurrogateTask | TimingTask,
        weight: NDArray[Any],
        chip: Chip,
        *,
        repeat: int | tuple[int, ...] | None = None,
    ) -> None:
        self.task, self.chip = task, chip
        self.placed: Placed = place(layered(task, weight), repeat=repeat)
        self.from_rest = True
        self._bound = math.inf  # of the readout's scale
        self._weight = np.asarray(weight)

    @property
    def weight(self) -> NDArray[Any]:
        """(n_parameters,) of the task, as they were put there last."""
        return self._weight

    @property
    def targets(self) -> Targets:
        """What the chip should be calibrated to."""
        return self.placed.targets

    def reweigh(self, weight: NDArray[Any]) -> None:
        """Other weights in the same place; readouts are scaled anew so that they fit."""
        self._weight = np.asarray(weight)
        net = layered(self.task, weight)
        fitting = [_fitting(layer.weight, layer.kind, self.placed, i) for i, layer in enumerate(net.layers)]
        scale = np.minimum(fitting, [math.inf if layer.kind == "lif" else self._bound for layer in net.layers])
        whole, clipped = weights(net, self.placed.wiring, self.placed.unit, scale)
        wiring = self.placed.wiring.reweighted(whole)
        self.placed = replace(self.placed, net=net, wiring=wiring, scale=scale, clipped=clipped)

    def fit_readout(self, samples: Floats, *, seed: int | None = 0) -> float:
        """Scale the weights of leaky integrators so that their inputs don't saturate and the converter doesn't clip.

        Judged from the hidden spikes of `samples`; returns the scale, in thresholds.
        """
        placed = self.placed
        if placed.net.layers[-1].kind == "lif":
            return 1.0
        out = self.run(samples, seed=seed, cadc=False)
        levels = _levels(out, placed)
        bounds = (SPEC.excitation[0], SPEC.inhibition[0], SPEC.cadc_max - _MARGIN - placed.targets.leak,
                  placed.targets.leak - _MARGIN)  # fmt: skip
        fits = [
            bound / max(float(np.quantile(level, _MOST)), 1e-9) for bound, level in zip(bounds, levels, strict=True)
        ]
        self._bound = float(placed.scale[-1]) * min(fits)
        self.reweigh(self._weight)
        return float(self.placed.scale[-1])

    def adopt(self, other: OnChip) -> None:
        """Take the scale of the readouts from another chip's."""
        self._bound = other._bound
        self.reweigh(self._weight)

    def run(self, samples: Floats, *, seed: int | None = None, cadc: bool | tuple[int, ...] | None = None) -> Readout:
        """Samples (n_samples, n_features) as the task's code has them, through the chip.

        Parameters
        ----------
        cadc : optional
            Whose membranes are read; by default those of the outputs, where they decide.
        """
        net = self.placed.net
        times = latency_code(self.task.code).times(samples) * unit(self.task)
        if cadc is None:
            cadc = self.placed.outputs if net.decision in ("maximum", "last", "mean") else False
        return self.chip.run(self.placed.wiring, self.placed.events(times), net.duration / self.placed.time_scale,
                             RunOptions(seed=seed, cadc=cadc))  # fmt: skip

    def scores(self, out: Readout) -> Floats:
        """(n_samples, n_classes): the larger, the likelier; in thresholds, or minus the time of a first spike [s]."""
        placed, net = self.placed, self.placed.net
        if net.decision == "count":
            return out.counts(placed.wiring.n)[:, -net.n_out :].astype(np.float64)
        if net.decision == "first spike":
            return np.asarray(-out.first_spikes(placed.wiring.n)[:, -net.n_out :])
        membranes = self.membranes(out)
        if net.decision == "maximum":
            return np.asarray(membranes.max(axis=1))
        return np.asarray(membranes[:, -1] if net.decision == "last" else membranes.mean(axis=1))

    def membranes(self, out: Readout) -> Floats:
        """(n_samples, n_cadc, n_classes): the readouts' membranes, in thresholds of the network."""
        placed = self.placed
        rest = out.cadc[:, 0].mean(axis=0) if self.from_rest else placed.targets.leak
        return np.asarray(out.membranes(rest, placed.targets.gap)[:, :, -placed.net.n_out :] / placed.scale[-1])

    def judge(self, samples: Floats, labels: Ints, *, seed: int | None = None) -> Judged:
        """How `samples` fare."""
        out = self.run(samples, seed=seed)
        score = self.scores(out)
        undecided = ~np.isfinite(score).any(axis=1)
        predicted = np.where(undecided, -1, score.argmax(axis=1))
        n_hidden = self.placed.wiring.n - self.placed.net.n_out
        spikes = float((out.neuron < n_hidden).sum()) / max(len(labels), 1)
        lost = float(out.lost.sum()) / max(int(out.fired.sum()), 1)
        return Judged(predicted, float(np.mean(predicted == labels)), spikes, lost)


def _fitting(weight: Floats, kind: str, placed: Placed, layer: int) -> float:
    if kind == "lif":
        return 1.0
    room = SPEC.weight_max * placed.unit * placed.repeat[layer]
    return min(1.0, room / max(float(np.abs(weight).max()), 1e-12))


def _levels(out: Readout, placed: Placed) -> tuple[Floats, Floats, Floats, Floats]:
    """Of each sample and output, without saturation: the highest excitatory and inhibitory line [weights], and how far
    the membrane goes up and down [LSB].
    """
    targets, n_out = placed.targets, placed.net.n_out
    n_steps = math.ceil(out.duration / _STEP)
    last = placed.wiring.n - n_out
    hidden = out.neuron < last
    at = (out.time[hidden] / _STEP).astype(np.int64)
    weight = np.zeros((placed.wiring.n, n_out))
    source, neuron = placed.wiring.ends()
    mine = (neuron >= last) & (source >= placed.wiring.n_inputs)
    weight[source[mine] - placed.wiring.n_inputs, neuron[mine] - last] = placed.wiring.weight[mine]
    own = weight[out.neuron[hidden]]
    given = np.zeros((2, out.n_samples, n_steps, n_out))
    for sign in range(2):
        part = np.maximum(own, 0) if sign == 0 else np.maximum(-own, 0)
        np.add.at(given[sign], (out.sample[hidden], np.minimum(at, n_steps - 1)), part)
    line, membrane = np.zeros((2, out.n_samples, n_out)), np.zeros((out.n_samples, n_out))
    highest = [np.zeros((out.n_samples, n_out)) for _ in range(4)]
    gain = targets.peak / SPEC.weight_max / psp_peak(targets.tau_mem, targets.tau_syn) * _STEP / targets.tau_syn
    for t in range(n_steps):
        line = line * math.exp(-_STEP / targets.tau_syn) + given[:, :, t]
        membrane = membrane * math.exp(-_STEP / targets.tau_mem) + gain * (line[0] - line[1])
        for k, value in enumerate((line[0], line[1], membrane, -membrane)):
            np.maximum(highest[k], value, out=highest[k])
    return highest[0], highest[1], highest[2], highest[3]


def calibrated_codes(calibration: Calibration, on_chip: OnChip) -> Codes:
    """The codes of a calibration, if it was made for this chip and these targets.

    Raises
    ------
    ParameterError
        If it wasn't.
    """
    calibration.check_serial(on_chip.chip.serial)
    ours, theirs = on_chip.targets, calibration.targets
    for name in ("leak", "reset", "threshold", "tau_mem", "tau_syn", "peak"):
        a, b = getattr(ours, name), getattr(theirs, name)
        if abs(a - b) > 1e-3 * abs(a):
            raise ParameterError("the network needs '{name}' of {wanted}, but the chip was calibrated to {found}; "
                                 "calibrate for this network", name=name, wanted=a, found=b)  # fmt: skip
    return replace(calibration.codes, tau_ref=ours.tau_ref)


def calibration_for(on_chip: OnChip, *, seed: int | None = None) -> Calibration:
    """Calibrate the chip to what the network needs."""
    return calibrate(on_chip.chip, on_chip.targets, seed=seed)


def plain_codes(on_chip: OnChip) -> Codes:
    """The codes of an average chip: no calibration at all."""
    return nominal(on_chip.targets)


def decalibrated(codes: Codes, share: float, *, seed: int) -> Codes:
    """Codes spoilt: time constants and gains off by a normal share of themselves; after Cramer et al. (2022)."""
    random = np.random.default_rng((seed, 3))
    names = ("tau_mem", "tau_exc", "tau_inh", "gain_exc", "gain_inh")
    factors = {name: np.maximum(1 + share * random.standard_normal(SPEC.n_circuits), 0.1) for name in names}
    return codes.changed(**{name: getattr(codes, name) * factor for name, factor in factors.items()})
