"""Networks on the chip, written as in hxtorch.snn: modules belong to an experiment, and `run` fills what they returned.

    exp = snn.Experiment(chip=7)
    first, hidden = snn.Synapse(25, 120, exp, scale=66.39), snn.LIF(120, exp, threshold=150)
    second, out = snn.Synapse(120, 3, exp, scale=66.39), snn.LI(3, exp)
    h = hidden(first(snn.LIFObservables(spikes=inputs)))
    o = out(second(h))
    snn.run(exp, 60)
    o.membrane_cadc  # (time, sample, neuron) in units of the model

Arrays are (time, sample, neuron), as there; they are numpy's, as nothing here computes gradients.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from luiapp.chip.background import Background, poisson
from luiapp.chip.calibrate import Calibration, calibrate
from luiapp.chip.codes import Codes, Targets, nominal
from luiapp.chip.core import Chip, RunOptions
from luiapp.chip.place import Placed, place
from luiapp.chip.readout import Readout
from luiapp.chip.spec import SPEC
from luiapp.chip.wiring import Events
from luiapp.errors import NetworkError, ParameterError
from luiapp.model.layered import Layer, Layered

Floats = NDArray[np.float64]


def linear_saturating(
    weight: Floats, scale: float, low: float = -SPEC.weight_max, high: float = SPEC.weight_max
) -> Floats:
    """Weights of a model as whole weights of the chip: scaled, clipped, rounded."""
    return np.rint(np.clip(np.asarray(weight) * scale, low, high))


@dataclass
class LIFObservables:
    """What a module takes and gives; filled by `run`.

    Attributes
    ----------
    spikes : (n_steps, n_samples, n)
        0 or 1, on the grid of the experiment.
    membrane_cadc : (n_steps, n_samples, n) or None
        The parallel converter's readings from the calibrated leak on, times the module's `trace_scale`.
    """

    spikes: NDArray[Any] | None = None
    membrane_cadc: Floats | None = None
    source: Synapse | Neurons | PoissonOnChip | None = field(default=None, repr=False)


class PoissonOnChip:
    """Random trains that the chip makes itself, in the manner of PyNN's SpikeSourcePoissonOnChip.

    Each is the same for all neurons: a background source in either half carries it.

    Parameters
    ----------
    size : int
        Trains: 1, 2, 4, 8 or 16.
    rate : float
        Of each [Hz of hardware].
    seed : int
    bus : int
        0 … 3, whose two sources are taken.
    samples : int
        That are run one after the other.

    Raises
    ------
    ParameterError
        If the chip has no such source.
    """

    def __init__(self, size: int, experiment: Experiment, *, rate: float, seed: int = 1, bus: int = 3,
                 samples: int = 1) -> None:  # fmt: skip
        self.size, self.experiment, self.samples = size, experiment, samples
        period, share = poisson(rate * size)
        self.sources = tuple(
            Background(half * SPEC.n_padi + bus, tuple(range(half * size, (half + 1) * size)), period, share, seed)
            for half in range(SPEC.n_halves)
        )

    @property
    def numbers(self) -> tuple[int, ...]:
        """For each input of the chip the source that feeds it."""
        return tuple(one.number for one in self.sources for _ in one.inputs)

    def __call__(self) -> LIFObservables:
        """What a synapse takes."""
        return LIFObservables(source=self)


class Experiment:
    """What runs together on one chip.

    Parameters
    ----------
    chip : int
        Serial number.
    dt : float
        Grid of spikes in and out [s of hardware].
    calibration : Calibration, "none" or None
        None: the chip is calibrated when it first runs.
    mock : bool
        Run on equal circuits free of noise. Other than hxtorch's mock, it keeps whole weights and saturation.
    seed : int or None
        Of all noise.
    """

    def __init__(self, chip: int = 0, *, dt: float = 1e-6, calibration: Calibration | str | None = None,
                 mock: bool = False, seed: int | None = None) -> None:  # fmt: skip
        self.chip = Chip(chip, ideal=mock)
        self.dt, self.mock, self.seed = dt, mock, seed
        self._calibration = calibration
        self._configured: Targets | None = None
        self.readout: Readout | None = None

    def configure(self, targets: Targets) -> None:
        """Take the chip to `targets`, unless it is there already."""
        if targets == self._configured:
            return
        if self.mock or self._calibration == "none":
            codes: Codes = nominal(targets)
        elif isinstance(self._calibration, Calibration):
            if replace(self._calibration.targets, tau_ref=targets.tau_ref) != targets:
                raise ParameterError("the chip was calibrated to other targets than these modules have; "
                                     "leave the calibration out, and it is made")  # fmt: skip
            codes = replace(self._calibration.codes, tau_ref=targets.tau_ref)
        else:
            codes = calibrate(self.chip, targets, seed=self.seed).codes
        self.chip.configure(codes, seed=self.seed)
        self._configured = targets


class Synapse:
    """Weights between two modules.

    Parameters
    ----------
    scale : float
        From weights of the model to whole ones, by `linear_saturating`.
    transform : callable, optional
        Does that instead, as in hxtorch: ``partial(linear_saturating, scale=66.39)``.

    Attributes
    ----------
    weight : (n_out, n_in)
        As in PyTorch: outputs first.
    """

    def __init__(self, n_in: int, n_out: int, experiment: Experiment, *, scale: float = 1.0,
                 transform: Callable[[Floats], Floats] | None = None) -> None:  # fmt: skip
        self.n_in, self.n_out, self.experiment = n_in, n_out, experiment
        self.transform = transform or partial(linear_saturating, scale=scale)
        self.weight: Floats = np.zeros((n_out, n_in))

    def __call__(self, given: LIFObservables) -> LIFObservables:
        """Connect."""
        self.before = given
        return LIFObservables(source=self)

    def whole(self) -> Floats:
        """(n_in, n_out) weights as the chip has them."""
        if np.shape(self.weight) != (self.n_out, self.n_in):
            raise ParameterError("the weights of this synapse have the shape {shape}", shape=(self.n_out, self.n_in))
        return self.transform(np.asarray(self.weight, np.float64)).T


class Neurons:
    """What `LIF` and `LI` share. Potentials in LSB of the CADC, times in seconds of hardware."""

    kind = "lif"

    def __init__(self, size: int, experiment: Experiment, *, leak: float = 80.0, reset: float = 80.0,
                 threshold: float = 150.0, tau_mem: float = 6e-6, tau_syn: float = 6e-6, refractory_time: float = 2e-6,
                 trace_scale: float = 1.0, enable_cadc_recording: bool = True) -> None:  # fmt: skip
        self.size, self.experiment = size, experiment
        self.targets = Targets(leak, reset, threshold, tau_mem, tau_syn, SPEC.peak, refractory_time)
        self.trace_scale, self.enable_cadc_recording = trace_scale, enable_cadc_recording

    def __call__(self, given: LIFObservables) -> LIFObservables:
        """Take what a synapse gives; the result is filled by `run`."""
        if not isinstance(given.source, Synapse) or given.source.n_out != self.size:
            raise NetworkError("{n} neurons take what a synapse with as many outputs gives", n=self.size)
        self.synapse = given.source
        self.result = LIFObservables(source=self)
        self.experiment.last = self  # type: ignore[attr-defined]
        return self.result


class LIF(Neurons):
    """Leaky integrate-and-fire neurons."""


class LI(Neurons):
    """Leaky integrators: neurons whose threshold is switched off."""

    kind = "li"


def run(experiment: Experiment, runtime: int) -> None:
    """Place what leads to the experiment's last module, run it for `runtime` steps, and fill all results.

    Raises
    ------
    NetworkError, ParameterError
        If the chip can't hold it, or nothing was called yet.
    """
    modules = _chain(experiment)
    before = modules[0].synapse.before
    on_chip = before.source if isinstance(before.source, PoissonOnChip) else None
    given = np.zeros((runtime, on_chip.samples, on_chip.size)) if on_chip else np.asarray(before.spikes)
    if given.ndim != 3 or given.shape[2] != modules[0].synapse.n_in:
        raise ParameterError("the input has the shape (steps, samples, {n}), not {shape}",
                             n=modules[0].synapse.n_in, shape=given.shape)  # fmt: skip
    placed = _placed(modules, on_chip.numbers if on_chip else ())
    experiment.configure(placed.targets)
    options = RunOptions(seed=experiment.seed, background=on_chip.sources if on_chip else ())
    out = experiment.chip.run(placed.wiring, _events(given[:runtime], experiment.dt), runtime * experiment.dt, options)
    experiment.readout = out
    grid = np.arange(runtime) * experiment.dt
    step = np.minimum((out.time / experiment.dt).astype(np.int64), runtime - 1)
    for module, a, b in zip(modules, placed.wiring.segment[:-1], placed.wiring.segment[1:], strict=True):
        mine = (out.neuron >= a) & (out.neuron < b)
        spikes = np.zeros((runtime, out.n_samples, module.size), np.float32)
        spikes[step[mine], out.sample[mine], out.neuron[mine] - a] = 1.0
        module.result.spikes = spikes
        if module.enable_cadc_recording:
            at = np.clip(np.searchsorted(out.cadc_time, grid, side="right") - 1, 0, None)
            read = out.cadc[:, at, a:b].astype(np.float64) - module.targets.leak
            module.result.membrane_cadc = read.swapaxes(0, 1) * module.trace_scale


def layered(experiment: Experiment) -> Layered:
    """What leads to the experiment's last module, as plain data in the time of the chip."""
    return _described(_chain(experiment))


def _chain(experiment: Experiment) -> list[Neurons]:
    module = getattr(experiment, "last", None)
    found: list[Neurons] = []
    while isinstance(module, Neurons):
        found.insert(0, module)
        module = module.synapse.before.source
    if not found:
        raise NetworkError("this experiment has no modules yet; call them one after the other, then run")
    return found


def _described(modules: list[Neurons]) -> Layered:
    layers = []
    for module in modules:
        targets = module.targets
        unit = targets.peak / targets.gap / SPEC.weight_max
        layers.append(Layer(module.synapse.whole() * unit, module.kind, targets.tau_mem, targets.tau_syn,  # type: ignore[arg-type]
                            targets.tau_ref))  # fmt: skip
    return Layered(tuple(layers))


def _placed(modules: list[Neurons], numbers: tuple[int, ...] = ()) -> Placed:
    first = modules[0].targets
    for module in modules:
        if (module.targets.leak, module.targets.threshold, module.targets.peak) != (
            first.leak,
            first.threshold,
            first.peak,
        ):
            raise NetworkError("one calibration serves the whole chip; give all modules the same leak and threshold")
    net = _described(modules)
    if numbers:  # each half has inputs of its own
        inner = net.layers[0]
        twice = np.concatenate([inner.weight] * (len(numbers) // modules[0].synapse.n_in))
        net = replace(net, layers=(replace(inner, weight=twice), *net.layers[1:]))
    placed = place(net, repeat=1, time_scale=1.0, leak=first.leak, threshold=first.threshold, numbers=numbers)
    return replace(placed, targets=first)


def _events(spikes: NDArray[Any], dt: float) -> Events:
    sample, step, source = np.nonzero(spikes.swapaxes(0, 1))
    first = np.concatenate([[0], np.cumsum(np.bincount(sample, minlength=spikes.shape[1]))]).astype(np.int64)
    return Events(first, np.asarray(step * dt, np.float64), source.astype(np.int64))
