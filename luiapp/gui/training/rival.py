"""A second run beside the first: it learns at the same time by the set-up as it was, whatever is turned since."""

from __future__ import annotations

import numpy as np
from PySide6 import QtWidgets

from luiapp.gui.controls import label
from luiapp.gui.statusbar import decimal
from luiapp.gui.theme import Look
from luiapp.gui.training.cards import Card
from luiapp.gui.training.data_view import DataView
from luiapp.gui.training.engine import Engine, Snapshot
from luiapp.gui.training.knob_state import TABLE, said
from luiapp.gui.training.setup_state import Setup, matters
from luiapp.gui.training.state import Mark
from luiapp.texts import tr


def differences(one: Setup, other: Setup, point: str = ".") -> str:
    """How `one` differs from `other`, in words; empty if it doesn't."""
    names = [k for k in TABLE if getattr(one, k.name) != getattr(other, k.name)
             and (matters(k.name, one) or matters(k.name, other))]  # fmt: skip
    return ", ".join(f"{tr(k.text)} {said(k, getattr(one, k.name), point)}" for k in names)


class RivalCard(Card):
    """The other run: its map, how well it does, and what is different about it."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.engine: Engine | None = None
        self.latest: Snapshot | None = None
        self._setup = Setup()
        self.value = label("heading")
        self.head.addWidget(self.value)
        self.view = DataView(look)
        self.map = self.view.map
        self.view.setMinimumSize(100, 100)
        free = QtWidgets.QSizePolicy.Policy.Ignored  # the first run's map has the say
        self.view.setSizePolicy(free, free)
        self.told = label("secondary", wrap=True)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.view, 3)
        row.addWidget(self.told, 2)
        self.column.addLayout(row, 1)
        self.hide()

    def begin(self, engine: Engine, setup: Setup) -> None:
        """`engine` is the other run from now on; it learns by `setup`."""
        self.stop()
        self.engine, self._setup = engine, setup
        self.show()

    def stop(self) -> None:
        """No other run any more."""
        if self.engine is not None:
            self.engine.shut()
        self.engine = self.latest = None
        self.hide()

    def follows(self, setup: Setup) -> bool:
        """Whether it learns the same data as `setup`, so that there is something to compare."""
        return self._setup.learns == setup.learns

    @property
    def marks(self) -> list[Mark]:
        return self.latest.marks if self.latest is not None else []

    def look_back(self, mark: Mark | None) -> None:
        """The moment that is as far as `mark` of the first run; None: the present."""
        if self.engine is None or not self.marks:
            return
        epochs = np.array([one.epochs for one in self.marks])
        self.engine.show(self.marks[int(np.abs(epochs - mark.epochs).argmin())] if mark is not None else None)

    def draw(self, setup: Setup) -> bool:
        """Show its newest snapshot; `setup` is the first run's. Returns whether there was one."""
        snapshot = self.engine.take() if self.engine is not None else None
        if snapshot is None:
            return False
        self.latest = snapshot
        self.view.show_data(snapshot.data, snapshot.shares, snapshot.inside.place)
        self.say(setup)
        return True

    def say(self, setup: Setup) -> None:
        """In words, in the language in use."""
        self.heading.setText(tr("The other run"))
        if self.latest is None:
            return
        mark = self.latest.past or self.latest.marks[-1]
        self.value.setText(f"{100 * mark.accuracy:.1f} %".replace(".", decimal()))
        self.told.setText(differences(self._setup, setup, decimal()) or tr("The same set-up so far: turn a knob."))
        for one in (self.map, self.view.gallery):
            one.setAccessibleName(tr("Decisions of the other run"))
            one.setAccessibleDescription(f"{self.value.text()}, {self.told.text()}")

    def restyle(self) -> None:
        self.view.restyle()
