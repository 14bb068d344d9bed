"""What can be set in the studio, and the task of the training room that comes of it; as a link and back. No Qt."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from luiapp.errors import FormatError, ParameterError
from luiapp.texts import mark
from luiapp.train.codes import RateCode
from luiapp.train.event.first_spike import DELAYS, FirstSpikeSpec
from luiapp.train.event.task import TimingTask, eventprop_task, first_spike_task
from luiapp.train.fit import Schedule
from luiapp.train.optimise import Adam
from luiapp.train.surrogate.network import SURROGATES, Bound, Rule, SpikingNet
from luiapp.train.task import SurrogateTask

Task = SurrogateTask | TimingTask
METHODS = ("surrogate", "ttfs", "eventprop")
CODES = ("latency", "rate")
LOSSES = ("maximum", "mean", "last")
SCHEME = "luiapp://learn"
_BATCH = 150
_STRENGTH = 0.05  # of the bounds on activity
_MOST_HIDDEN = 1000
_LONGEST = 2000  # characters of a link


@dataclass(frozen=True)
class Setup:
    """Everything that a run depends on.

    Attributes
    ----------
    method : str, one of `METHODS`
    hidden : int, hidden neurons
    seed : int, of weights and of the order of samples
    rate : float, learning rate; decay : float, what remains of it after an epoch
    code : str, one of `CODES`; rates are for the surrogate method only
    delays : str, learned beside the weights, for first spikes only
    surrogate, beta, attached, loss, dropout : see `Rule`; for the surrogate method
    recurrent : bool, whether hidden neurons reach each other; for the surrogate method
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

    def __post_init__(self) -> None:
        for name, known in (("method", METHODS), ("code", CODES), ("delays", DELAYS), ("surrogate", SURROGATES),
                            ("loss", LOSSES)):  # fmt: skip
            if getattr(self, name) not in known:
                raise ParameterError("'{name}' can't be '{value}'; it can be {names}",
                                     name=name, value=getattr(self, name), names=", ".join(known))  # fmt: skip
        for name, low, high in (("hidden", 1, _MOST_HIDDEN), ("seed", 0, 2**31), ("rate", 1e-6, 1.0),
                                ("decay", 0.5, 1.0), ("beta", 0.01, 1000.0), ("dropout", 0.0, 0.9),
                                ("at_most", 0.0, 100.0), ("at_least", 0.0, 100.0)):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise ParameterError("'{name}' must lie between {low} and {high}, not {value}",
                                     name=name, low=low, high=high, value=value)  # fmt: skip

    def task(self) -> Task:
        """As the training room takes it."""
        if self.method == "surrogate":
            made: Task = self._surrogate()
        elif self.method == "ttfs":
            made = first_spike_task(self.hidden, delays=self.delays, seed=self.seed)
        else:
            made = eventprop_task(self.hidden, seed=self.seed)
        batch = _BATCH if self.method == "surrogate" else made.schedule.batch
        plan = Schedule(1000, batch, Adam(self.rate, self.decay), seed=self.seed, anneal=False)
        return replace(made, schedule=plan)

    def _surrogate(self) -> SurrogateTask:
        plain = SurrogateTask()
        rates = self.code == "rate"
        code = RateCode(5.0, 200.0, seed=self.seed) if rates else plain.code
        bounds = []
        if self.at_most:
            bounds.append(Bound(self.at_most, _STRENGTH))
        if self.at_least:
            bounds.append(Bound(self.at_least, _STRENGTH, upper=False))
        return SurrogateTask(
            SpikingNet(4 if rates else 5, hidden=(self.hidden,), recurrent=self.recurrent),
            code,
            replace(plain.start, spread_in=0.3) if rates else plain.start,
            Rule(self.surrogate, self.beta, self.attached, self.loss, bounds=tuple(bounds), dropout=self.dropout),
            seed=self.seed,
        )

    def goes_on(self, other: Setup) -> bool:
        """Whether a network that learns by this can go on by `other`; else it has to begin anew."""
        return all(getattr(self, name) == getattr(other, name) for name in ANEW)


ANEW = ("method", "hidden", "seed", "code", "delays", "recurrent")
# What means something to which method; what isn't named here does to all.
ONLY = {
    "code": ("surrogate",), "surrogate": ("surrogate",), "beta": ("surrogate",), "attached": ("surrogate",),
    "loss": ("surrogate",), "dropout": ("surrogate",), "recurrent": ("surrogate",), "at_most": ("surrogate",),
    "at_least": ("surrogate",), "delays": ("ttfs",),
}  # fmt: skip
KNOBS = tuple(one.name for one in fields(Setup))
# Where each method learns well.
_HABITS = {"surrogate": (120, 5e-3), "ttfs": (120, 1e-2), "eventprop": (60, 1e-2)}


def turned(setup: Setup, name: str, value: Any) -> Setup:
    """`setup` with one knob at another value; another method also gets the size and the rate that suit it."""
    if name == "method" and value in _HABITS and value != setup.method:
        hidden, rate = _HABITS[value]
        return replace(setup, method=value, hidden=hidden, rate=rate)
    if name == "delays" and (value == "none") != (setup.delays == "none"):
        hidden, rate = (120, 1e-2) if value == "none" else (30, 2e-2)
        return replace(setup, delays=value, hidden=hidden, rate=rate)
    return replace(setup, **{name: value})


def matters(name: str, setup: Setup) -> bool:
    """Whether the knob `name` means anything to the method that is set."""
    return setup.method in ONLY.get(name, METHODS)


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


def channels(task: Task) -> list[str]:
    """What each input carries; a text of the studio, or a coordinate."""
    plain = ["x", "y", "1−x", "1−y"]
    if isinstance(task, SurrogateTask):
        bias = task.net.n_in > len(plain)
    else:
        bias = task.spec.sizes[0] > len(plain) or (
            isinstance(task.spec, FirstSpikeSpec) and task.spec.bias(0) is not None
        )
    return [*plain, BIAS] if bias else plain


BIAS = mark("bias")
