"""What can be measured on the open rig, what it needs, and the last results: without Qt, so that it is tested alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from luiapp.errors import FormatError
from luiapp.experiments.finding import Finding
from luiapp.experiments.registry import EXPERIMENTS, Experiment
from luiapp.experiments.result import Result
from luiapp.gui.bench.state import KNOB_LABELS
from luiapp.stream.source import Description, Pulse
from luiapp.texts import mark, tr

MOST_KEPT = 12
FILES = (".csv", ".json", ".svg")  # the last one only of what is plotted


@dataclass(frozen=True)
class Need:
    """What a measurement needs, in a sentence, and whether it is there."""

    text: str
    met: bool = True


def needs(experiment: Experiment, about: Description, model: str) -> list[Need]:
    """What `experiment` needs of a rig that can do what `about` says, with neurons of `model`."""
    if about.duration is not None:
        return [Need(tr("Evaluates the whole recording."))]
    found = []
    if model == "lui" and experiment.turns:
        by_hand = [t for t in experiment.turns if about.parameters.get(_PARAMETERS[t]) == "by hand"]
        names = ", ".join(map(_label, experiment.turns))
        if by_hand:
            found.append(
                Need(tr("A small screwdriver: it asks for turns of {names}.", names=", ".join(map(_label, by_hand))))
            )
        elif all(about.parameters.get(_PARAMETERS[t]) == "by wire" for t in experiment.turns):
            found.append(Need(tr("It turns {names} by itself, and back at the end.", names=names)))
        else:
            found.append(Need(tr("It must turn {names}, which can't be turned here.", names=names), met=False))
    if experiment.pulses:
        wire = Pulse in about.commands
        gives = tr(_GIVES.get(_kind(experiment), _GIVES[""]))
        found.append(Need(gives) if wire else
                     Need(tr("It needs pulses by wire: use an adapter or a simulation."), met=False))  # fmt: skip
    if model != "lui" and (
        (experiment.pulses and not experiment.turns) or experiment is EXPERIMENTS["strength-duration"]
    ):
        found.append(Need(tr("It needs boards: to a textbook neuron a pulse has no width."), met=False))
    return found


_GIVES = {
    "hand": mark("It gives pulses; have a small screwdriver at hand."),
    "whole": mark("It gives pulses to every dendrite in turn, for about a minute."),
    "trouble": mark("It gives pulses to all three dendrites, for half a minute at most."),
    "": mark("It gives pulses to dendrite 1; nothing else may be plugged in there."),
}


def _kind(experiment: Experiment) -> str:
    if experiment in (EXPERIMENTS["trouble"], EXPERIMENTS["twin"]):
        return "trouble"
    return "hand" if experiment.by_hand else "whole" if experiment.whole else ""


def _label(trimmer: str) -> str:
    return tr(KNOB_LABELS[trimmer])


_PARAMETERS = {"leak": "r_vleak", "w1": "r_w1"}


@dataclass(frozen=True)
class Kept:
    """A result, and where and when it was measured."""

    result: Result | Finding
    title: str  # marked
    who: str  # neuron and rig
    when: datetime

    def told(self) -> str:
        """A line of the list."""
        return f"{self.when:%H:%M}  {tr(self.title)}, {self.who}"


@dataclass
class Shelf:
    """The last results, newest first."""

    kept: list[Kept] = field(default_factory=list)

    def put(self, result: Result | Finding, title: str, who: str, when: datetime) -> Kept:
        """Keep one more; the oldest goes when there are too many."""
        one = Kept(result, title, who, when)
        self.kept = [one, *self.kept][:MOST_KEPT]
        return one


def file_name(kept: Kept) -> str:
    """A name for its file, without a suffix."""
    return f"{kept.when:%Y-%m-%d %H.%M} {kept.result.experiment}"


def write(kept: Kept, path: Path, svg: Any) -> None:
    """Write a result by the suffix of `path`: its points, everything, or what ``svg()`` gives as bytes.

    Raises
    ------
    FormatError
        For any other suffix.
    FileError
        If it can't be written.
    """
    from luiapp.experiments.export import as_csv, as_json
    from luiapp.files.disk import atomic

    suffix = path.suffix.lower()
    if suffix not in FILES:
        raise FormatError("a measurement is saved as .csv, .json or .svg, not as '{name}'", name=path.name)
    content = {".csv": lambda: as_csv(kept.result).encode(), ".json": lambda: as_json(kept.result).encode(),
               ".svg": svg}[suffix]()  # fmt: skip
    with atomic(path) as file:
        file.write(content)


def pairs_from(path: Path) -> Result:
    """The f–I curve in a table of currents and rates, by their names or else the first two columns.

    Raises
    ------
    FileError, FormatError
        If it can't be read.
    ParameterError
        If it is no f–I curve.
    """
    from luiapp.experiments.f_i import from_pairs
    from luiapp.files.columns import read_columns

    table = read_columns(path)
    i = table.find("current", "i", "strom")
    f = table.find("rate", "f", "frequency", "frequenz")
    first, second = (i, f) if i is not None and f is not None and i != f else (0, 1)
    return from_pairs(table.values[:, first], table.values[:, second])


def summary(result: Result | Finding) -> Sequence[str]:
    """Its numbers with standard errors, one a line, and what else must be said; or all that was found."""
    return result.summary()[1:] if isinstance(result, Result) else result.summary()
