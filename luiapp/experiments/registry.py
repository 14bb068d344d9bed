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
    """

    about: str
    home: str

    def begin(self, session: Session) -> Iterator[Progress | Request | Result]:
        """The protocol on a session, step by step; closing the iterator stops it."""
        module, _, name = self.home.partition(":")
        found: Iterator[Progress | Request | Result] = getattr(importlib.import_module(module), name)(session)
        return found


EXPERIMENTS: dict[str, Experiment] = {
    "f-i": Experiment(mark("how fast it fires at a constant current"), "luiapp.experiments.f_i:f_i"),
}
