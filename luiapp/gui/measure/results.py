"""What came out of measurements: the plot or what was found, the numbers, the last results, and their files."""

from __future__ import annotations

from collections.abc import Sequence
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
from luiapp.gui.measure.plot import Plot, content_of, content_so_far, in_words
from luiapp.texts import tr


class ResultBox(QtWidgets.QWidget):
    """The result that is shown, and those before it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.shelf = state.Shelf()
        self.shown: state.Kept | None = None
        self.results = QtWidgets.QComboBox()
        self.results.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.results.setMinimumContentsLength(12)
        self.results.currentIndexChanged.connect(self._show_kept)
        self.results_label, self.numbers = label("secondary"), label(wrap=True)
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
        column.addWidget(self.results)
        column.addStretch(1)  # only where nothing is plotted

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.plot.setAccessibleName(tr("Plot of the measurement"))
        self.export.setText(tr("Export"))
        self.table.setText(tr("From a table…"))
        self.table.setToolTip(tr("An f–I curve from a file with currents and rates"))
        self.adopt.setText(tr("Show it on the bench"))
        self.results_label.setText(tr("Last results"))
        self.results.setAccessibleName(tr("Last results"))
        self._fill()

    def restyle(self) -> None:
        """Icons of the theme in use."""
        text = self._desk.look.theme.text
        self.export.setIcon(icon("export", text))
        self.table.setIcon(icon("folder", text))
        self.plot.updateGeometry()
        self.plot.update()

    def keep(self, result: Result | Finding, title: str, who: str) -> None:
        """Show one more, and keep it."""
        self.shown = self.shelf.put(result, title, who, datetime.now())
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
            state.write(kept, target, lambda: self.plot.svg(tr(kept.title)))
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
            self.results.addItems([one.told() for one in self.shelf.kept])
            if self.shown in self.shelf.kept:
                self.results.setCurrentIndex(self.shelf.kept.index(self.shown))
        self._show_kept(self.results.currentIndex())

    def _show_kept(self, i: int) -> None:
        kept = self.shelf.kept[i] if 0 <= i < len(self.shelf.kept) else None
        self.shown = kept
        for one in (self.results, self.results_label):
            one.setVisible(kept is not None)
        self.export.setEnabled(kept is not None)
        network = kept.result.network if kept is not None and isinstance(kept.result, Finding) else None
        rig = self._desk.live.rig
        self.adopt.setVisible(network is not None and rig is not None and rig.kind == "board")
        self.plot.setVisible(kept is None or isinstance(kept.result, Result))
        if kept is None:
            self.plot.show_content(None)
        elif isinstance(kept.result, Result):
            self.plot.show_content(content_of(kept.result), "\n".join(kept.result.summary()))
        self.numbers.setText("" if kept is None else "\n".join(state.summary(kept.result)))
        self.numbers.setVisible(bool(self.numbers.text()))

    def _fill_export(self) -> None:
        menu = self.export.menu()
        menu.clear()
        files = [(".csv", tr("Points as a table (.csv)")), (".json", tr("Everything (.json)"))]
        if self.shown is not None and isinstance(self.shown.result, Result):
            files.append((".svg", tr("Figure (.svg)")))
        for suffix, text in files:
            menu.addAction(text, partial(self.save, suffix))
