"""What can be set in the studio, and the task of the training room that comes of it; as a link and back. No Qt."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from luiapp.errors import FormatError, ParameterError
from luiapp.gui.training.data_state import KINDS, Data, decoded, learned, load, n_classes
from luiapp.texts import mark
from luiapp.train.codes import LatencyCode, RateCode
from luiapp.train.digits import check_digits, digits_task
from luiapp.train.event.first_spike import DELAYS, FirstSpikeSpec
from luiapp.train.event.task import TimingTask, eventprop_task, first_spike_task
from luiapp.train.fit import Schedule
from luiapp.train.optimise import Adam
from luiapp.train.sets import N_MANIFOLDS
from luiapp.train.surrogate.network import SURROGATES, Bound, Rule, SpikingNet, Start
from luiapp.train.task import SurrogateTask

Task = SurrogateTask | TimingTask
METHODS = ("surrogate", "ttfs", "eventprop")
CODES = ("latency", "rate")
LOSSES = ("maximum", "mean", "last", "first spike")
SCHEME = "luiapp://learn"
_STRENGTH = 0.5  # of the bounds on activity
_RATES = 5.0, 800.0  # of a coordinate of 0 and of 1 [1/s]
_MOST_HIDDEN = 1000
_LONGEST = 8000  # characters of a link


@dataclass(frozen=True)
class Setup:
    """Everything that a run depends on.

    Attributes
    ----------
    data : str, one of `KINDS`; points : str, painted, see `data_state.encoded`
    method : str, one of `METHODS`
    hidden : int, hidden neurons
    seed : int, of weights and of the order of samples
    rate : float, learning rate; decay : float, what remains of it after an epoch
    code : str, one of `CODES`; rates are for the surrogate method only
    delays : str, learned beside the weights, for first spikes only
    surrogate, beta, attached, loss, dropout : see `Rule`; for the surrogate method
    recurrent : bool, whether hidden neurons reach each other; for the surrogate method
    normalise : bool, whether their currents are normalised at each step; for the surrogate method
    patience : int, epochs without a better answer after which it stops and goes back to the best; 0: never
    at_most, at_least : float, spikes per hidden neuron and sample beyond which it costs; 0: no bound
    """

    method: str = "surrogate"
    hidden: int = 120
    seed: int = 42
    rate: float = 5e-3
    decay: float = 0.96
    code: str = "latency"
    delays: str = "none"
    surrogate: str = "superspike"
    beta: float = 10.0
    attached: bool = False
    loss: str = "maximum"
    dropout: float = 0.0
    recurrent: bool = False
    at_most: float = 0.0
    at_least: float = 0.0
    normalise: bool = False
    patience: int = 0
    data: str = "yinyang"
    points: str = ""

    def __post_init__(self) -> None:
        for name, known in (("data", KINDS), ("method", METHODS), ("code", CODES), ("delays", DELAYS),
                            ("surrogate", SURROGATES), ("loss", LOSSES)):  # fmt: skip
            if getattr(self, name) not in known:
                raise ParameterError("'{name}' can't be '{value}'; it can be {names}",
                                     name=name, value=getattr(self, name), names=", ".join(known))  # fmt: skip
        for name, low, high in (("hidden", 1, _MOST_HIDDEN), ("seed", 0, 2**31), ("rate", 1e-6, 1.0),
                                ("decay", 0.5, 1.0), ("beta", 0.01, 1000.0), ("dropout", 0.0, 0.9),
                                ("at_most", 0.0, 100.0), ("at_least", 0.0, 100.0), ("patience", 0, 1000)):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParameterError("'{name}' must lie between {low} and {high}, not {value}",
                                     name=name, low=low, high=high, value=value)  # fmt: skip
        decoded(self.points)

    @property
    def learns(self) -> tuple[str, str]:
        """The kind of data that is learned, and the points where they are."""
        kind = learned(self.data, self.points)
        return kind, self.points if kind == "painted" else ""

    def load(self) -> Data:
        """The samples. Raises `ParameterError` where what carries them isn't installed."""
        return load(self.data, self.points)

    def task(self) -> Task:
        """As the training room takes it.

        Raises
        ------
        ParameterError
            If the method can't learn such data.
        """
        if self.data in ONE_WAY and (self.method, self.code) != ONE_WAY_ONLY:
            raise ParameterError("'{data}' is learned by the surrogate gradient, from spike times", data=self.data)
        if self.method == "surrogate":
            made: Task = self._surrogate()
        elif self.method == "ttfs":
            made = first_spike_task(self.hidden, delays=self.delays, seed=self.seed)
        else:
            made = eventprop_task(self.hidden, seed=self.seed)
        if not isinstance(made, SurrogateTask):
            sizes = (*made.spec.sizes[:-1], n_classes(self.data, self.points))
            made = replace(made, spec=replace(made.spec, sizes=sizes))
        plan = Schedule(1000, made.schedule.batch, Adam(self.rate, self.decay), seed=self.seed, anneal=False)
        return replace(made, schedule=plan)

    def _surrogate(self) -> SurrogateTask:
        plain = {"digits": digits_task, "randman": _randman_task}.get(self.data, SurrogateTask)()
        rates = self.code == "rate"
        code = RateCode(*_RATES, seed=self.seed) if rates else plain.code
        n_in, n_out = 4 if rates else plain.net.n_in, n_classes(self.data, self.points)
        bounds = []
        if self.at_most:
            bounds.append(Bound(self.at_most, _STRENGTH))
        if self.at_least:
            bounds.append(Bound(self.at_least, _STRENGTH, upper=False))
        return SurrogateTask(
            replace(plain.net, n_in=n_in, n_out=n_out, hidden=(self.hidden,), recurrent=self.recurrent,
                    normalise=self.normalise),
            code,
            replace(plain.start, spread_in=0.1) if rates else plain.start,
            Rule(self.surrogate, self.beta, self.attached, self.loss, bounds=tuple(bounds), dropout=self.dropout),
            plain.schedule,
            self.seed,
        )  # fmt: skip

    def goes_on(self, other: Setup) -> bool:
        """Whether a network that learns by this can go on by `other`; else it has to begin anew."""
        return all(getattr(self, name) == getattr(other, name) for name in ANEW)


ANEW = ("learns", "method", "hidden", "seed", "code", "delays", "recurrent", "normalise")
# Data in more dimensions is learned in one way only: the exact methods' first weights are made for a plane.
ONE_WAY, ONE_WAY_ONLY = ("digits", "randman"), ("surrogate", "latency")
# What means something to which method; what isn't named here does to all.
ONLY = {
    "code": ("surrogate",), "surrogate": ("surrogate",), "beta": ("surrogate",), "attached": ("surrogate",),
    "loss": ("surrogate",), "dropout": ("surrogate",), "recurrent": ("surrogate",), "at_most": ("surrogate",),
    "at_least": ("surrogate",), "normalise": ("surrogate",), "delays": ("ttfs",),
}  # fmt: skip
KNOBS = tuple(one.name for one in fields(Setup) if one.name != "points")
# Where each method learns well.
_HABITS = {"surrogate": (120, 5e-3), "ttfs": (120, 1e-2), "eventprop": (60, 1e-2)}


def turned(setup: Setup, name: str, value: Any) -> Setup:
    """`setup` with one knob at another value; another method also gets the size and the rate that suit it, and data
    that is learned in one way only gets that.
    """
    if name == "data" and value in ONE_WAY and value != setup.data:
        if value == "digits":
            check_digits()
        method, code = ONE_WAY_ONLY
        return replace(turned(setup, "method", method), data=value, code=code)
    if name == "method" and value in _HABITS and value != setup.method:
        hidden, rate = _HABITS[value]
        return replace(setup, method=value, hidden=hidden, rate=rate)
    if name == "delays" and (value == "none") != (setup.delays == "none"):
        hidden, rate = (120, 1e-2) if value == "none" else (30, 2e-2)
        return replace(setup, delays=value, hidden=hidden, rate=rate)
    return replace(setup, **{name: value})


def matters(name: str, setup: Setup) -> bool:
    """Whether the knob `name` means anything to the method that is set."""
    return setup.method in ONLY.get(name, METHODS) and not (setup.data in ONE_WAY and name in ("method", "code"))


def link(setup: Setup, hidden: frozenset[str] = frozenset()) -> str:
    """The set-up as a link: what differs from the usual, and which knobs a class shall not see."""
    usual = asdict(Setup())
    parts = {name: value for name, value in asdict(setup).items() if value != usual[name]}
    if hidden:
        parts["hide"] = ",".join(sorted(hidden))
    return SCHEME + ("?" + urlencode({k: _text(v) for k, v in parts.items()}) if parts else "")


def from_link(text: str) -> tuple[Setup, frozenset[str]]:
    """The inverse of `link`.

    Raises
    ------
    FormatError
        If it isn't one.
    ParameterError
        If a value is out of range.
    """
    parts = urlsplit(text.strip()[:_LONGEST])
    if f"{parts.scheme}://{parts.netloc}" != SCHEME:
        raise FormatError("'{text}' is no link to a set-up; it begins with {scheme}", text=text[:60], scheme=SCHEME)
    usual, given, hidden = asdict(Setup()), {}, frozenset[str]()
    for name, value in parse_qsl(parts.query):
        if name == "hide":
            hidden = frozenset(value.split(",")) & frozenset(KNOBS)
        elif name not in usual:
            raise FormatError("there is no knob '{name}'; there are {names}", name=name[:40], names=", ".join(KNOBS))
        else:
            given[name] = _value(name, value, usual[name])
    return Setup(**given), hidden


def _text(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _value(name: str, text: str, usual: Any) -> Any:
    try:
        if isinstance(usual, bool):
            return {"yes": True, "no": False}[text]
        return type(usual)(text)
    except (ValueError, KeyError):
        raise FormatError("'{name}' can't be '{value}'", name=name, value=text[:40]) from None


def _randman_task() -> SurrogateTask:
    """20 inputs, one a feature, between 0 and 50 ms; the time constants of Zenke and Vogels (2021)."""
    net = SpikingNet(20, N_MANIFOLDS, (100,), tau_mem=10e-3, tau_syn=5e-3, tau_out=20e-3, n_steps=70)
    return SurrogateTask(net, LatencyCode(0.0, 50e-3), Start(0.0, 0.5), schedule=Schedule(batch=50))


def channels(task: Task) -> list[str]:
    """What each input carries; a text of the studio, a coordinate, or the number of a feature."""
    plain = ["x", "y", "1−x", "1−y"]
    if isinstance(task, SurrogateTask):
        if task.net.n_in > len(plain) + 1:
            bias = isinstance(task.code, LatencyCode) and task.code.bias is not None
            plain = [str(i + 1) for i in range(task.net.n_in - bias)]
        else:
            bias = task.net.n_in > len(plain)
    else:
        bias = task.spec.sizes[0] > len(plain) or (
            isinstance(task.spec, FirstSpikeSpec) and task.spec.bias(0) is not None
        )
    return [*plain, BIAS] if bias else plain


BIAS = mark("bias")
