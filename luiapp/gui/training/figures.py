"""How well it does: accuracy, loss, spikes, and who is taken for whom."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6 import QtCore, QtWidgets

from luiapp.gui.controls import label
from luiapp.gui.statusbar import decimal
from luiapp.gui.theme import Look
from luiapp.gui.training.curves import Confusion, Curve, Series
from luiapp.gui.training.engine import Snapshot
from luiapp.gui.training.state import Mark, Studio
from luiapp.texts import tr

LOSS_FROM, SPIKES_FROM = 190, 300
_STRETCHES = (4, 3, 3)
_MOST_LOSS = 2.0  # that is drawn


class Row(QtWidgets.QFrame):
    """A curve or a table with its name and its present value over it."""

    def __init__(self, view: QtWidgets.QWidget) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.name, self.value, self.view = label("heading"), label(), view
        self.value.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight)
        top = QtWidgets.QHBoxLayout()
        top.addWidget(self.name)
        top.addStretch(1)
        top.addWidget(self.value)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(12, 6, 12, 6)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(view, 1)

    def say(self, name: str, value: str) -> None:
        """Name and value."""
        self.name.setText(name)
        self.value.setText(value)
        self.view.setAccessibleName(f"{name}: {value}" if value else name)


class Figures(QtWidgets.QWidget):
    """The right column, and the table of who is taken for whom, which its owner puts where there is room."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.accuracy, self.loss, self.spikes = Curve(look), Curve(look), Curve(look)
        self.confusion = Confusion(look)
        self.rows = [Row(one) for one in (self.accuracy, self.loss, self.spikes, self.confusion)]
        column = self._column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for row, stretch in zip(self.rows[:3], _STRETCHES, strict=True):
            column.addWidget(row, stretch)
        self.table = self.rows[3]  # stands elsewhere, under the map

    def take_back(self) -> None:
        """The first row, which somebody borrowed."""
        self._column.insertWidget(0, self.rows[0], _STRETCHES[0])

    def show_room(self, room: float) -> None:
        """Fewer curves where there is little room [pixels of height, at the usual size of type]."""
        self.rows[1].setVisible(room >= LOSS_FROM)
        self.rows[2].setVisible(room >= SPIKES_FROM)

    def show_run(self, snapshot: Snapshot, studio: Studio, rival: Sequence[Mark] = ()) -> None:
        """The history of a run, the moment that is looked at, and the history of another run in grey."""
        marks, now, names = snapshot.marks, studio.mark, [tr(name) for name in snapshot.data.names]
        if now is None or len(now.confusion) != len(names):  # the history of other data, for a moment
            return
        chance = 1 / len(names)
        theme, point = self._look.theme, decimal()
        cursor = now.epochs if studio.at is not None else None
        self.accuracy.show_series(
            [*_lines(rival, "accuracy", theme.secondary, "dotted"),
             *_lines(marks, "learned", theme.neuron_colour(0), "dashed"), *_lines(marks, "accuracy", theme.good)],
            chance - 0.04, 1.0, [(1.0, "100 %"), *((v, f"{100 * v:.0f}") for v in (0.5 + chance / 2, chance))], cursor,
        )  # fmt: skip
        for curve, name, colour, most in ((self.loss, "loss", theme.neuron_colour(1), _MOST_LOSS),
                                          (self.spikes, "spikes", theme.neuron_colour(3), math.inf)):  # fmt: skip
            lines = [*_lines(rival, name, theme.secondary, "dotted"), *_lines(marks, name, colour)]
            top = max(1.08 * float(min(max(line.y.max() for line in lines), most)), 0.1)
            curve.show_series(lines, 0.0, top, _heights(top, point), cursor)
        self.confusion.show_table(names, now.confusion)
        self.confusion.setAccessibleDescription("; ".join(
            f"{name}: " + ", ".join(f"{n} {other}" for n, other in zip(row, names, strict=True))
            for name, row in zip(names, now.confusion.tolist(), strict=True)
        ))  # fmt: skip
        self._say(now, point)

    def _say(self, now: Mark, point: str) -> None:
        names = (tr("Right answers"), tr("Loss"), tr("Spikes per sample"), tr("Who is taken for whom"))
        values = (f"{100 * now.accuracy:.1f} %", f"{now.loss:.3f}" if math.isfinite(now.loss) else "–",
                  f"{now.spikes:.0f}" if now.spikes >= 20 else f"{now.spikes:.1f}", "")  # fmt: skip
        for row, name, value in zip(self.rows, names, values, strict=True):
            row.say(name, value.replace(".", point))

    def retranslate(self) -> None:
        names = (tr("Right answers"), tr("Loss"), tr("Spikes per sample"), tr("Who is taken for whom"))
        for row, name in zip(self.rows, names, strict=True):
            row.say(name, row.value.text())
        self.rows[0].setToolTip(tr("Solid: samples that the network never learned from. Dashed: those that it learns."))
        self.rows[3].setToolTip(tr("Rows: what they are. Columns: what the network says."))

    def restyle(self) -> None:
        """Heights by the size of type; colours come with the next snapshot."""
        for row in self.rows:
            row.update()


def _lines(marks: Sequence[Mark], name: str, colour: str, style: str = "solid") -> list[Series]:
    """What `marks` say of `name`, as a line; none if there are no marks."""
    if not marks:
        return []
    x, y = ([getattr(one, what) for one in marks] for what in ("epochs", name))
    return [Series(np.array(x), np.array(y, np.float64), colour, style)]


def _heights(top: float, point: str) -> list[tuple[float, str]]:
    """Zero, and a round height near the top, labelled."""
    step = 10.0 ** math.floor(math.log10(top))
    round_top = max(k * step for k in (1, 2, 5) if k * step <= top)
    return [(round_top, f"{round_top:g}".replace(".", point)), (0.0, "0")]
