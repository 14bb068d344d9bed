"""What is told rather than plotted: a headline, sentences, and where it is known the circuit on the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from luiapp.model.network import Network


@dataclass(frozen=True, repr=False)
class Finding:
    """What a task ends with.

    Attributes
    ----------
    experiment : str
    headline : str
        In a sentence, in the reader's language.
    lines : tuple of str
        The details.
    table : tuple of tuple of str
        The same for a machine: rows, the first one a header.
    network : Network or None
        The circuit that was found.
    well : bool
        Whether nothing is to be mended.
    """

    experiment: str
    headline: str
    lines: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    network: Network | None = None
    well: bool = True
    more: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<Finding of '{self.experiment}': {self.headline}>"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        network = None if self.network is None else self.network.to_dict()
        header, *rows = self.table or ((),)
        return {"experiment": self.experiment, "headline": self.headline, "well": self.well,
                "rows": [dict(zip(header, row, strict=True)) for row in rows], "network": network,
                "summary": self.summary(), **self.more}  # fmt: skip

    def summary(self) -> list[str]:
        """Lines for people."""
        return [self.headline, *self.lines]

    def rows(self) -> Iterator[list[str]]:
        """The table as lines."""
        yield from (list(row) for row in self.table)
