"""What came out of measurements: the plot or what was found, the numbers, the last results, and their files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6 import QtCore, QtWidgets

from luiapp.errors import LuiError
from luiapp.experiments.finding import Finding
from luiapp.experiments.registry import EXPERIMENTS
from luiapp.experiments.result import Axis, Result
from luiapp.gui.banner import Notice
from luiapp.gui.controls import label, push
from luiapp.gui.desk import Desk
from luiapp.gui.icons import icon
from luiapp.gui.measure import state
from luiapp.gui.measure.keeping import Kept
from luiapp.gui.measure.plot import Plot, content_of, content_so_far, in_words
from luiapp.gui.steps import OWN
from luiapp.texts import tr


class ResultBox(QtWidgets.QWidget):
    """The result that is shown, and those before it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.shelf = state.Shelf(desk.paths.results)
        self.shown: Kept | None = None
        self._others: list[Kept] = []
        self.results, self.others = QtWidgets.QComboBox(), QtWidgets.QComboBox()
        for box in (self.results, self.others):
            box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
        self.results.currentIndexChanged.connect(self._show_kept)
        self.others.currentIndexChanged.connect(self._show_plot)
        self.results_label, self.others_label = label("secondary"), label("secondary")
        self.numbers = label(wrap=True)
        self.delete = QtWidgets.QToolButton()
        self.delete.clicked.connect(lambda _c=False: self.forget())
        self.numbers.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self.plot = Plot(desk.look)
        self.export = QtWidgets.QPushButton()
        self.export.setMenu(QtWidgets.QMenu(self.export))
        self.export.menu().aboutToShow.connect(self._fill_export)
        self.table, self.adopt = push(self.open_table), push(self.show_on_bench, "primary")
        files = QtWidgets.QHBoxLayout()
        files.addWidget(self.export, 1)
        files.addWidget(self.table, 1)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.plot, 100)
        column.addWidget(self.numbers)
        column.addWidget(self.adopt)
        column.addLayout(files)
        column.addWidget(self.results_label)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.results, 1)
        row.addWidget(self.delete)
        column.addLayout(row)
        column.addWidget(self.others_label)
        column.addWidget(self.others)
        column.addStretch(1)  # only where nothing is plotted
        for error in self.shelf.open():
            desk.faults.take(error, "measure")
        self.shown = self.shelf.kept[0] if self.shelf.kept else None

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.plot.setAccessibleName(tr("Plot of the measurement"))
        self.export.setText(tr("Export"))
        self.table.setText(tr("From a table…"))
        self.table.setToolTip(tr("An f–I curve from a file with currents and rates"))
        self.adopt.setText(tr("Show it on the bench"))
        self.results_label.setText(tr("Results"))
        self.results.setAccessibleName(tr("Results"))
        self.others_label.setText(tr("Lay over it"))
        self.others.setAccessibleName(tr("Lay over it"))
        self.delete.setToolTip(tr("Delete this result"))
        self.delete.setAccessibleName(tr("Delete this result"))
        self._fill()

    def restyle(self) -> None:
        """Icons of the theme in use."""
        text = self._desk.look.theme.text
        self.export.setIcon(icon("export", text))
        self.table.setIcon(icon("folder", text))
        self.delete.setIcon(icon("trash", text))
        self.plot.updateGeometry()
        self.plot.update()

    def keep(self, result: Result | Finding, title: str, who: str) -> None:
        """Show one more, and keep it."""
        live = self._desk.live
        named = live.rig is not None and live.rig.kind in OWN  # then `who` tells the circuit
        circuit = "" if named or live.network is None else live.network.name
        kept = Kept(result, title, who, datetime.now(), circuit)
        try:
            self.shown = self.shelf.put(kept)
        except (LuiError, OSError) as error:
            self.shown = kept
            self._desk.faults.take(error, "measure")
        self._fill()

    def forget(self) -> None:
        """Delete the result that is shown; for a moment that can be undone."""
        gone = self.shown
        if gone is None:
            return
        i = self.shelf.kept.index(gone)
        try:
            self.shelf.remove(gone)
        except OSError as error:
            self._desk.faults.take(error, "measure")
            return
        self.shown = self.shelf.kept[min(i, len(self.shelf.kept) - 1)] if self.shelf.kept else None
        self._fill()
        self._desk.tell(Notice(lambda: tr("Deleted: {result}", result=state.told(gone)), lambda: tr("Undo"),
                               lambda: self._take_back(gone)))  # fmt: skip

    def _take_back(self, gone: Kept) -> None:
        try:
            self.shown = self.shelf.put(gone)
        except (LuiError, OSError) as error:
            self._desk.faults.take(error, "measure")
        self.shelf.kept.sort(key=lambda one: one.when, reverse=True)
        self._fill()

    def show_growing(self, axes: tuple[Axis, Axis], points: Sequence[tuple[float, float]]) -> None:
        """The points of a measurement that is at work."""
        content = content_so_far(axes, points)
        self.plot.show_content(content, in_words(content))
        self.plot.show()
        self.numbers.setText("")
        self.numbers.hide()

    def open_table(self) -> None:
        """An f–I curve from a file."""
        name, _ = QtWidgets.QFileDialog.getOpenFileName(
            self, tr("Open a table of currents and rates"), str(Path.home()),
            tr("Tables") + " (*.csv *.txt *.tsv);;" + tr("All files") + " (*)",
        )  # fmt: skip
        if name:
            self.take_table(Path(name))

    def take_table(self, path: Path) -> None:
        """The f–I curve in the table at `path`."""
        try:
            self.keep(state.pairs_from(path), EXPERIMENTS["f-i"].title, path.name)
        except (LuiError, OSError) as error:
            self._desk.faults.take(error, "measure")

    def show_on_bench(self) -> None:
        """The circuit that was found becomes the bench's."""
        rig = self._desk.live.rig
        if rig is None or rig.kind != "board" or self.shown is None or not isinstance(self.shown.result, Finding):
            return
        if self.shown.result.network is not None:
            self._desk.live.put_network(self.shown.result.network)

    def save(self, suffix: str, path: str = "") -> None:
        """Write the result that is shown."""
        kept = self.shown
        if kept is None:
            return
        if not path:
            folder = self._desk.paths.recordings if self._desk.paths.recordings.is_dir() else Path.home()
            path, _ = QtWidgets.QFileDialog.getSaveFileName(
                self, tr("Export the measurement"), str(folder / (state.file_name(kept) + suffix)), f"*{suffix}"
            )
        if not path:
            return
        target = Path(path) if Path(path).suffix else Path(path).with_suffix(suffix)
        try:
            state.write(kept, target, lambda: self.plot.svg(tr(kept.title)), self._other())
        except (LuiError, OSError) as error:
            self._desk.faults.take(error, "measure")
            return
        self._desk.tell(Notice(lambda: tr("Saved: {file}", file=target.name)))

    def refresh(self) -> None:
        """What is shown, again: a measurement ended, or another rig is open."""
        self._show_kept(self.results.currentIndex())

    def _fill(self) -> None:
        with QtCore.QSignalBlocker(self.results):
            self.results.clear()
            self.results.addItems([state.told(one) for one in self.shelf.kept])
            if self.shown in self.shelf.kept:
                self.results.setCurrentIndex(self.shelf.kept.index(self.shown))
        self._show_kept(self.results.currentIndex())

    def _show_kept(self, i: int) -> None:
        kept = self.shelf.kept[i] if 0 <= i < len(self.shelf.kept) else None
        self.shown = kept
        for one in (self.results, self.results_label, self.delete):
            one.setVisible(kept is not None)
        self.export.setEnabled(kept is not None)
        network = kept.result.network if kept is not None and isinstance(kept.result, Finding) else None
        rig = self._desk.live.rig
        self.adopt.setVisible(network is not None and rig is not None and rig.kind == "board")
        self.plot.setVisible(kept is None or isinstance(kept.result, Result))
        before, others = self._other(), self.shelf.beside(kept)
        with QtCore.QSignalBlocker(self.others):
            self.others.clear()
            self.others.addItems([tr("nothing"), *map(state.told, others)])
            self.others.setCurrentIndex(others.index(before) + 1 if before in others else 0)
        self._others = others
        for one in (self.others, self.others_label):
            one.setVisible(bool(others))
        self._show_plot()

    def _other(self) -> Kept | None:
        """What is laid over the result that is shown."""
        i = self.others.currentIndex() - 1
        return self._others[i] if 0 <= i < len(self._others) else None

    def _show_plot(self, _index: int = 0) -> None:
        kept, other = self.shown, self._other()
        lines: list[str] = []
        if kept is None:
            self.plot.show_content(None)
        else:
            lines = list(state.summary(kept.result))
            if isinstance(kept.result, Result):
                content, said = content_of(kept.result), kept.result.summary()
                if other is not None and isinstance(other.result, Result):
                    content = replace(
                        content, over=content_of(other.result), names=(state.told(kept), state.told(other))
                    )
                    said = [state.told(kept), *said, state.told(other), *other.result.summary()]
                    lines = [state.told(kept), *lines, "", state.told(other), *state.summary(other.result)]
                self.plot.show_content(content, "\n".join(said))
        self.numbers.setText("\n".join(lines))
        self.numbers.setVisible(bool(self.numbers.text()))

    def _fill_export(self) -> None:
        menu = self.export.menu()
        menu.clear()
        files = [(".csv", tr("Points as a table (.csv)")), (".json", tr("Everything (.json)"))]
        if self.shown is not None and isinstance(self.shown.result, Result):
            files.append((".svg", tr("Figure (.svg)")))
        for suffix, text in files:
            menu.addAction(text, partial(self.save, suffix))
