"""What is trained and by which rule: plain, frozen descriptions, checked when they are made."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from luiapp.errors import ParameterError
from luiapp.kernels import train_loss, train_rows

SURROGATES = {
    "superspike": train_rows.SUPERSPIKE,
    "sigmoid": train_rows.SIGMOID,
    "esser": train_rows.ESSER,
    "arctan": train_rows.ARCTAN,
    "triangular": train_rows.TRIANGULAR,
    "asymptotic": train_rows.ASYMPTOTIC,
    "none": train_rows.NONE,
}
LOSSES = {
    "maximum": train_loss.MAXIMUM,
    "last": train_loss.LAST,
    "mean": train_loss.MEAN,
    "first spike": train_loss.FIRST_SPIKE,
}
MAX_NEURONS, MAX_STEPS, MAX_LAYERS = 20_000, 20_000, 32


@dataclass(frozen=True)
class SpikingNet:
    """Layers of LIF neurons and a readout, on a grid of time.

    Attributes
    ----------
    n_in, n_out : int
        Input channels and classes.
    hidden : tuple of int
        Neurons of each hidden layer.
    recurrent : bool
        Whether the neurons of a hidden layer reach each other.
    tau_mem, tau_syn : float
        Time constants of membranes and of synaptic currents [s].
    dt : float
        Time step [s].
    n_steps : int
        Steps of a sample.
    tau_out : float or None
        Of the readout's membranes [s]; None: as `tau_mem`.
    """

    n_in: int
    n_out: int = 3
    hidden: tuple[int, ...] = (120,)
    recurrent: bool = False
    tau_mem: float = 20e-3
    tau_syn: float = 10e-3
    dt: float = 1e-3
    n_steps: int = 100
    tau_out: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(self.hidden))
        for name, n in (("n_in", self.n_in), ("n_out", self.n_out), *(("hidden", n) for n in self.hidden)):
            _check(name, n, 1, MAX_NEURONS)
        _check("len(hidden)", len(self.hidden), 0, MAX_LAYERS)
        _check("n_steps", self.n_steps, 2, MAX_STEPS)
        for name in ("tau_mem", "tau_syn", "dt"):
            _check(name, getattr(self, name), 1e-9, 1e3)
        _check("tau_out", self.taus()[-1], 1e-9, 1e3)

    def taus(self) -> list[float]:
        """Time constants of the membranes of each layer [s]."""
        return [self.tau_mem] * len(self.hidden) + [self.tau_mem if self.tau_out is None else self.tau_out]

    def layers(self) -> NDArray[np.int64]:
        """(n_layers, 4): inputs, neurons, and where the weights and the recurrent weights begin, -1 for none."""
        rows, begin, n_in = [], 0, self.n_in
        for i, n in enumerate((*self.hidden, self.n_out)):
            loop = begin + n_in * n if self.recurrent and i < len(self.hidden) else -1
            rows.append((n_in, n, begin, loop))
            begin += n_in * n + (n * n if loop >= 0 else 0)
            n_in = n
        return np.array(rows, np.int64)

    @property
    def n_parameters(self) -> int:
        """Number of weights."""
        n_in, n, weight, _ = self.layers()[-1].tolist()
        return int(weight + n_in * n)

    def matrices(self, flat: NDArray[Any]) -> list[tuple[NDArray[Any], NDArray[Any] | None]]:
        """Views of the flat parameters, layer by layer: weights (n_in, n), recurrent weights (n, n) or None."""
        found = []
        for n_in, n, weight, loop in self.layers().tolist():
            own = flat[loop : loop + n * n].reshape(n, n) if loop >= 0 else None
            found.append((flat[weight : weight + n_in * n].reshape(n_in, n), own))
        return found

    def psp_peak(self, tau_mem: float | None = None) -> float:
        """How high a single spike of weight 1 takes a resting membrane (of `tau_mem`), in thresholds."""
        step = np.arange(self.n_steps + 1)
        a, b = math.exp(-self.dt / self.tau_syn), math.exp(-self.dt / (tau_mem or self.tau_mem))
        height = (a**step - b**step) / (a - b) if abs(a - b) > 1e-9 else step * a ** (step - 1.0)
        return float(height.max())


@dataclass(frozen=True)
class Start:
    """How weights begin: normal, in thresholds that a single spike reaches, so that time constants don't matter.

    Attributes
    ----------
    mean_in, spread_in : float
        Of the first layer.
    mean, spread : float
        Of all later layers, over the square root of their inputs. A mean above zero keeps every readout alive: one that
        never rises above rest has its maximum at the very first step, where it can't learn.
    spread_loop : float
        Of recurrent weights, over the square root of the neurons.
    """

    mean_in: float = 0.0
    spread_in: float = 0.8
    mean: float = 1.75
    spread: float = 1.75
    spread_loop: float = 0.2

    def draw(self, net: SpikingNet, seed: int) -> NDArray[np.float64]:
        """(n_parameters,) weights."""
        random = np.random.default_rng(seed)
        flat = np.empty(net.n_parameters)
        for i, (tau, (weight, loop)) in enumerate(zip(net.taus(), net.matrices(flat), strict=True)):
            mean, spread = (self.mean_in, self.spread_in) if i == 0 else (self.mean, self.spread)
            scale = 1.0 if i == 0 else 1.0 / math.sqrt(len(weight))
            weight[:] = random.normal(mean * scale, spread * scale, weight.shape) / net.psp_peak(tau)
            if loop is not None:
                loop[:] = random.normal(0.0, self.spread_loop / math.sqrt(len(loop)), loop.shape) / net.psp_peak(tau)
        return flat


@dataclass(frozen=True)
class Bound:
    """A bound on activity: what hidden neurons pay for firing too little or too much.

    Attributes
    ----------
    count : float
        Spikes per neuron and sample.
    strength : float
        Loss for one spike beyond.
    upper : bool
        Whether more is too much, or less too little.
    power : 1 or 2
        Whether the loss grows with the excess or with its square.
    population : bool
        Whether the layer's mean count is bound, or every neuron's.
    """

    count: float
    strength: float
    upper: bool = True
    power: Literal[1, 2] = 2
    population: bool = False

    def __post_init__(self) -> None:
        _check("count", self.count, 0, 1e9)
        _check("strength", self.strength, 0, 1e9)
        if self.power not in (1, 2):
            raise ParameterError("the power of a bound is 1 or 2, not {value}", value=self.power)


@dataclass(frozen=True)
class Rule:
    """How gradients are made.

    Attributes
    ----------
    surrogate : str
        A key of `SURROGATES`.
    beta : float
        Its steepness, per threshold.
    attached : bool
        Whether the reset takes part in the gradient. With large surrogates that hurts (Zenke and Vogels 2021).
    loss : str
        A key of `LOSSES`.
    tau_loss : float
        For ``"first spike"``: time by which the right neuron should lead [s].
    bounds : tuple of Bound
    dropout : float
        Share of hidden neurons that are unheard in a mini-batch, in all its steps; the others count for more.
    """

    surrogate: str = "superspike"
    beta: float = 10.0
    attached: bool = False
    loss: str = "maximum"
    tau_loss: float = 5e-3
    bounds: tuple[Bound, ...] = ()
    dropout: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "bounds", tuple(self.bounds))
        _choice("surrogate", self.surrogate, SURROGATES)
        _choice("loss", self.loss, LOSSES)
        _check("beta", self.beta, 1e-6, 1e6)
        _check("tau_loss", self.tau_loss, 1e-9, 1e3)
        _check("dropout", self.dropout, 0, 0.99)


def to_dict(one: SpikingNet | Start | Rule) -> dict[str, Any]:
    """As plain data for JSON."""
    return asdict(one)


def rule_from_dict(data: dict[str, Any]) -> Rule:
    """The inverse of `to_dict` for a `Rule`."""
    return Rule(**{**data, "bounds": tuple(Bound(**bound) for bound in data.get("bounds", ()))})


def _check(name: str, value: float, low: float, high: float) -> None:
    if not (isinstance(value, int | float | np.integer | np.floating) and low <= value <= high):
        raise ParameterError("'{name}' must lie between {low} and {high}, not {value}",
                             name=name, low=low, high=high, value=value)  # fmt: skip


def _choice(name: str, value: str, known: dict[str, int]) -> None:
    if value not in known:
        raise ParameterError("'{name}' can't be '{value}'; it can be {names}",
                             name=name, value=value, names=", ".join(known))  # fmt: skip
