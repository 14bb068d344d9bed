"""What can be measured on the open rig, what it needs, and the last results: without Qt, so that it is tested alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from luiapp.errors import FormatError, LuiError
from luiapp.experiments.finding import Finding
from luiapp.experiments.registry import EXPERIMENTS, Experiment
from luiapp.experiments.result import Result
from luiapp.gui.bench.state import KNOB_LABELS
from luiapp.gui.measure.keeping import MOST_FILES, Kept, read_all, write_kept
from luiapp.stream.source import Description, Pulse
from luiapp.texts import mark, tr

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


def told(kept: Kept) -> str:
    """A line of the list: when, what, and on what."""
    day = "" if kept.when.date() == datetime.now().date() else f"{kept.when:%Y-%m-%d} "
    who = f"{kept.who}, {kept.circuit}" if kept.circuit and kept.circuit not in kept.who else kept.who
    return f"{day}{kept.when:%H:%M:%S}  {tr(kept.title)}, {who}"


@dataclass
class Shelf:
    """All results, newest first, and the folder that keeps them."""

    folder: Path
    kept: list[Kept] = field(default_factory=list)

    def open(self) -> list[LuiError]:
        """Take what lies in the folder; returns what is wrong with files that can't be read."""
        self.kept, wrong = read_all(self.folder)
        return wrong

    def put(self, kept: Kept) -> Kept:
        """Keep one more, also on disk; the oldest goes when there are too many.

        Raises `FileError` if it can't be written; it is kept until the end of the program then.
        """
        self.kept.insert(0, kept)
        kept = replace(kept, path=write_kept(self.folder, kept))
        self.kept[0] = kept
        for old in self.kept[MOST_FILES:]:
            self.remove(old)
        return kept

    def remove(self, kept: Kept) -> None:
        """Forget it, on disk too. Raises `OSError` if it can't be deleted."""
        if kept.path is not None:
            kept.path.unlink(missing_ok=True)
        self.kept = [one for one in self.kept if one is not kept]

    def beside(self, kept: Kept | None) -> list[Kept]:
        """The other results that can be laid over one: plotted, with the same axes."""
        if kept is None or not isinstance(kept.result, Result):
            return []
        axes = kept.result.x, kept.result.y
        return [one for one in self.kept if one is not kept and isinstance(one.result, Result)
                and (one.result.x, one.result.y) == axes]  # fmt: skip


def file_name(kept: Kept) -> str:
    """A name for its file, without a suffix."""
    return f"{kept.when:%Y-%m-%d %H.%M} {kept.result.experiment}"


def write(kept: Kept, path: Path, svg: Any, beside: Kept | None = None) -> None:
    """Write a result by the suffix of `path`: its points, everything, or what ``svg()`` gives as bytes.

    With another one that lies over it, both are in the file.

    Raises
    ------
    FormatError
        For any other suffix.
    FileError
        If it can't be written.
    """
    from luiapp.experiments.export import as_csv, as_csv_of_several, as_json, as_json_of_several
    from luiapp.files.disk import atomic

    suffix = path.suffix.lower()
    if suffix not in FILES:
        raise FormatError("a measurement is saved as .csv, .json or .svg, not as '{name}'", name=path.name)
    both = [(told(one), one.result) for one in (kept, beside) if one is not None and isinstance(one.result, Result)]
    if suffix == ".svg":
        content = svg()
    elif len(both) > 1:
        content = (as_csv_of_several(both) if suffix == ".csv" else as_json_of_several(both)).encode()
    else:
        content = (as_csv if suffix == ".csv" else as_json)(kept.result).encode()
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
