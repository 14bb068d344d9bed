"""The experiments by name; each is loaded when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luiapp.texts import mark

if TYPE_CHECKING:
    from luiapp.experiments.finding import Finding
    from luiapp.experiments.result import Progress, Request, Result
    from luiapp.experiments.session import Session


@dataclass(frozen=True)
class Option:
    """Something to choose before it begins: one of `choices`, or without these a whole number from `low` to `high`.

    ``text`` and choices are marked; a choice is handed on as it stands in ``choices``.
    """

    name: str
    text: str
    default: str | int
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 100
    unit: str = ""


@dataclass(frozen=True)
class Experiment:
    """A protocol.

    Attributes
    ----------
    about : str
        One sentence (marked).
    home : str
        ``"module:function"``; the function takes a `Session` and yields `Progress`, `Request`s, and a `Result`
        or a `Finding` as the last.
    turns : tuple of str
        Trimmers of a board that it turns.
    pulses : bool
        Whether it gives pulses.
    title : str
        Its name in the window (marked).
    whole : bool
        Whether it looks at all neurons at once.
    by_hand : bool
        Whether a hand takes part all the time, so that a simulation runs in real time.
    options : tuple of Option
    """

    about: str
    home: str
    turns: tuple[str, ...] = ("leak",)
    pulses: bool = False
    title: str = ""
    whole: bool = False
    by_hand: bool = False
    options: tuple[Option, ...] = ()

    def begin(self, session: Session, **options: str | int) -> Iterator[Progress | Request | Result | Finding]:
        """The protocol on a session, step by step; closing the iterator stops it."""
        module, _, name = self.home.partition(":")
        found: Iterator[Progress | Request | Result | Finding] = getattr(importlib.import_module(module), name)(
            session, **options
        )
        return found


EXPERIMENTS: dict[str, Experiment] = {
    "f-i": Experiment(
        mark("how fast it fires at a constant current"), "luiapp.experiments.f_i:f_i", title=mark("f–I curve")
    ),
    "psp-weight": Experiment(
        mark("how high the potential after a pulse is, against the weight"), "luiapp.experiments.psp:psp_weight",
        ("leak", "w1"), True, mark("Height against weight"),
    ),
    "paired-pulses": Experiment(
        mark("two pulses close together, and the refractory time"), "luiapp.experiments.psp:paired_pulses",
        pulses=True, title=mark("Paired pulses"),
    ),
    "time-constants": Experiment(
        mark("membrane and synaptic time constant"), "luiapp.experiments.time_constants:time_constants",
        pulses=True, title=mark("Time constants"),
    ),
    "strength-duration": Experiment(
        mark("how wide a pulse must be to make it fire, against the weight"),
        "luiapp.experiments.strength:strength_duration", ("leak", "w1"), True, mark("Strength and duration"),
    ),
    "jitter": Experiment(
        mark("how much its intervals differ"), "luiapp.experiments.jitter:spike_jitter", title=mark("Jitter")
    ),
    "table": Experiment(
        mark("what is on the table: every line gets pulses, every spike is followed, and the wires are drawn"),
        "luiapp.experiments.table:discover", (), True, mark("Find out what is on the table"), whole=True,
    ),
    "trimmer": Experiment(
        mark("a hand turns a trimmer, and is told how far it is until it is right"),
        "luiapp.experiments.trimmer:guide", (), True, mark("Guide to a trimmer"), by_hand=True,
        options=(Option("trimmer", mark("Trimmer"), "w1", ("leak", "tau_mem", "tau_syn", "w1", "w2", "w3")),
                 Option("percent", mark("Turn to"), 40, unit="%")),
    ),
    "pulse-count": Experiment(
        mark("on which pulse of a 100 Hz train it fires, and which way to turn until it is the wanted one"),
        "luiapp.experiments.trimmer:pulse_count", (), True, mark("Pulse count"), by_hand=True,
        options=(Option("dendrite", mark("Dendrite"), 1, low=1, high=3),
                 Option("wanted", mark("Shall fire on pulse"), 4, low=1, high=40)),
    ),
    "trouble": Experiment(
        mark("what is wrong with a board that doesn't do what it should, and what to do about it"),
        "luiapp.experiments.trouble:diagnose", (), True, mark("Troubleshooter"),
    ),
    "twin": Experiment(
        mark("half a minute of known pulses, and the twin of the board that fits best"),
        "luiapp.experiments.twin_protocol:twin", (), True, mark("Twin of a board"),
    ),
    "sta": Experiment(
        mark("the mean course of the membrane around its spikes"), "luiapp.experiments.watch:triggered_average", (),
        title=mark("Spike-triggered average"), options=(Option("seconds", mark("Listen for"), 10, low=1, unit="s"),),
    ),
    "spectrum": Experiment(
        mark("how much the membrane swings at which frequency"), "luiapp.experiments.watch:membrane_spectrum", (),
        title=mark("Spectrum"), options=(Option("seconds", mark("Listen for"), 10, low=1, unit="s"),),
    ),
}  # fmt: skip
