"""What leaves the studio and comes into it: networks, tables, figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtWidgets

from luiapp.errors import FileError, LuiError, ParameterError
from luiapp.files.disk import atomic
from luiapp.files.export import EXPORTERS
from luiapp.gui.banner import Notice
from luiapp.gui.statusbar import decimal
from luiapp.gui.training.bench_state import sample_circuit
from luiapp.gui.training.figure_state import figure_svg
from luiapp.gui.training.model_state import pack, unpack
from luiapp.gui.training.setup_state import BIAS, channels
from luiapp.gui.training.state import history_csv
from luiapp.texts import language, mark, tr
from luiapp.train.layered import to_layered
from luiapp.train.store import open_model, save_model

if TYPE_CHECKING:
    from luiapp.gui.training.panel import LearnPage

SUFFIX = ".npz"
MOST_BOARDS = 8  # that show a sample
OTHERS = {
    "nir": mark("NIR graph…"),
    "pynn": mark("PyNN script…"),
    "norse": mark("Norse script…"),
    "csv": mark("Table of all synapses…"),
}


class Export:
    """Asks for a file, writes or reads it, and says so; what goes wrong is told in the banner."""

    def __init__(self, page: LearnPage, recordings: Path) -> None:
        self._page, self._folder = page, recordings

    def fill(self, menu: QtWidgets.QMenu) -> None:
        """The menu of all that leaves the studio and comes into it, in the language in use."""
        menu.clear()
        for text, keys, call in (
            (tr("Open a trained network…"), "Ctrl+O", self.open),
            (tr("Save the network…"), "Ctrl+S", self.save),
            (tr("History as a table…"), "", self.table),
            (tr("Export figure…"), "Ctrl+P", self.figure),
            (tr("Hand this set-up on…"), "L", self._page.toggle_share),
            (tr("The sample on the bench"), "B", self.to_bench),
            (tr("A network for real boards…"), "N", self._page.boards.toggle),
        ):
            menu.addAction(f"{text}\t{keys}" if keys else text).triggered.connect(_without_state(call))
        others = menu.addMenu(tr("The network for other programs"))
        others.setToolTipsVisible(True)
        for way, title in OTHERS.items():
            entry = others.addAction(tr(title))
            entry.setToolTip(tr(EXPORTERS[way].about))
            entry.triggered.connect(_without_state(partial(self.other, way)))

    def save(self) -> None:
        """Ask where to, and save the network that is shown."""
        self._ask_and("network", SUFFIX, tr("Save the network"), tr("Trained network"), self.save_to)

    def table(self) -> None:
        """Ask where to, and write the history as a table."""
        self._ask_and("history", ".csv", tr("History as a table"), tr("Table"), self.table_to)

    def figure(self) -> None:
        """Ask where to, and draw the figure."""
        self._ask_and("figure", ".svg", tr("Export the figure"), tr("Drawing"), self.figure_to)

    def other(self, way: str) -> None:
        """Ask where to, and write the network for another program."""
        exporter = EXPORTERS[way]
        stem, _, suffix = exporter.ending.rpartition(".")
        self._ask_and(f"network{stem}", f".{suffix}", tr(OTHERS[way]).rstrip("…"), tr(OTHERS[way]).rstrip("…"),
                      partial(self.other_to, way))  # fmt: skip

    def open(self) -> None:
        """Ask which network, and show it."""
        name, _ = QtWidgets.QFileDialog.getOpenFileName(
            self._page, tr("Open a trained network"), str(self._start()), f"{tr('Trained network')} (*{SUFFIX})"
        )
        if name:
            self.open_from(Path(name))

    def to_bench(self) -> None:
        """Show and hear the chosen sample: boards on the bench fire as its inputs do."""
        latest, desk = self._page.latest, self._page.desk
        if latest is None:
            return
        if len(channels(latest.task)) > MOST_BOARDS:
            desk.faults.take(ParameterError("a sample with {n} inputs would need as many boards, and there is room for "
                                            "{limit}; take Yin-Yang or painted points",
                                            n=len(channels(latest.task)), limit=MOST_BOARDS), "learn")  # fmt: skip
        else:
            names = [tr(name) if name == BIAS else name for name in channels(latest.task)]
            desk.sources.open_network(sample_circuit(latest.inside, names, tr("a sample")))
            self._page.to_bench.emit()
            desk.tell(
                Notice(lambda: tr("Boards fire as the sample's inputs do, stretched to a second, again and again."))
            )

    # -- without asking ------------------------------------------------------------------------------------------

    def save_to(self, path: Path) -> None:
        """Save the network that is shown."""
        latest, now = self._page.latest, self._page.studio.mark
        if latest is not None and now is not None:
            self._write(path, lambda: save_model(path, pack(latest.setup, now)))

    def table_to(self, path: Path) -> None:
        """Write the history."""
        text = history_csv(self._page.studio.marks, german=language() == "de")
        self._write(path, lambda: _put(path, "\ufeff" + text))

    def figure_to(self, path: Path) -> None:
        """Draw the figure."""
        latest, now = self._page.latest, self._page.studio.mark
        if latest is not None and now is not None:
            text = figure_svg(latest, now, decimal())
            self._write(path, lambda: _put(path, text))

    def other_to(self, way: str, path: Path) -> None:
        """Write the network that is shown for another program, one of `OTHERS`."""
        latest, now = self._page.latest, self._page.studio.mark
        if latest is not None and now is not None:
            self._write(path, lambda: EXPORTERS[way].write(path, to_layered(pack(latest.setup, now), name=path.stem)))

    def open_from(self, path: Path) -> bool:
        """Show a trained network. Returns whether it could be read."""
        try:
            setup, weight = unpack(open_model(path), path.name)
        except LuiError as error:
            self._page.desk.faults.take(error, "learn")
            return False
        self._page.show_network(setup, weight)
        self._page.desk.tell(Notice(lambda: tr("Opened: {file}", file=path.name)))
        return True

    def _ask_and(self, name: str, suffix: str, title: str, kind: str, write: Callable[[Path], None]) -> None:
        chosen, _ = QtWidgets.QFileDialog.getSaveFileName(
            self._page, title, str(self._start() / (name + suffix)), f"{kind} (*{suffix})"
        )
        if chosen:
            path = Path(chosen)
            write(path if path.suffix else path.with_suffix(suffix))

    def _write(self, path: Path, write: Callable[[], object]) -> None:
        try:
            write()
        except (LuiError, OSError) as error:
            fault = error if isinstance(error, LuiError) else FileError("'{file}' can't be written", file=path.name)
            self._page.desk.faults.take(fault, "learn")
            return
        self._page.desk.tell(Notice(lambda: tr("Saved: {file}", file=path.name)))

    def _start(self) -> Path:
        return self._folder if self._folder.is_dir() else Path.home()


def _without_state(call: Callable[[], object]) -> Callable[[bool], None]:
    def run(_checked: bool = False) -> None:
        call()

    return run


def _put(path: Path, text: str) -> None:
    with atomic(path) as file:
        file.write(text.encode("utf-8"))
