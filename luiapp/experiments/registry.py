"""The experiments by name; each is loaded when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from luiapp.texts import mark

if TYPE_CHECKING:
    from luiapp.experiments.result import Progress, Request, Result
    from luiapp.experiments.session import Session


@dataclass(frozen=True)
class Experiment:
    """A protocol.

    Attributes
    ----------
    about : str
        One sentence (marked).
    home : str
        ``"module:function"``; the function takes a `Session` and yields `Progress`, `Request`s, and a `Result` as
        the last.
    turns : tuple of str
        Trimmers of a board that it turns.
    pulses : bool
        Whether it gives pulses.
    title : str
        Its name in the window (marked).
    """

    about: str
    home: str
    turns: tuple[str, ...] = ("leak",)
    pulses: bool = False
    title: str = ""

    def begin(self, session: Session) -> Iterator[Progress | Request | Result]:
        """The protocol on a session, step by step; closing the iterator stops it."""
        module, _, name = self.home.partition(":")
        found: Iterator[Progress | Request | Result] = getattr(importlib.import_module(module), name)(session)
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
}  # fmt: skip
