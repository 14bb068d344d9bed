"""The banner: faults and notices in a sentence with a next step, at the bottom, in nobody's way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.controls import label, push, set_role
from luiapp.gui.faults import Fault, Faults
from luiapp.gui.icons import icon
from luiapp.gui.theme import Look
from luiapp.texts import tr

NOTICE_MS = 9000


@dataclass(frozen=True)
class Notice:
    """Something that went well or should be known, perhaps with one thing to do about it.

    ``text`` and ``button`` give the words when they are shown, so that they follow the language.
    """

    text: Callable[[], str]
    button: Callable[[], str] | None = None
    press: Callable[[], object] | None = None


class Banner(QtWidgets.QFrame):
    """Shows one fault or notice at a time; faults stay until they are dismissed, and wait for each other."""

    def __init__(self, faults: Faults, look: Look) -> None:
        super().__init__()
        self._faults, self._look = faults, look
        self._waiting: list[Fault] = []
        self._notice: Notice | None = None
        self._details = False
        self.text = label(wrap=True)
        self.text.setTextInteractionFlags(QtCore.Qt.TextInteractionFlag.TextSelectableByMouse)
        self.more = label("secondary")
        self.act = push(self._act)
        self.details = push(self._toggle_details)
        self.close_button = QtWidgets.QToolButton()
        self.close_button.clicked.connect(lambda _c=False: self.dismiss())
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(12)
        row.addWidget(self.text, 1)
        for one in (self.more, self.act, self.details, self.close_button):
            row.addWidget(one)
        self._timer = QtCore.QTimer(self, interval=NOTICE_MS, singleShot=True)
        self._timer.timeout.connect(self._forget_notice)
        faults.told.connect(self._queue)
        faults.repeated.connect(lambda _fault: self._show())
        self.hide()

    def tell(self, notice: Notice) -> None:
        """Show a notice for some seconds, unless a fault is on screen (a fault is more important)."""
        self._notice = notice
        self._timer.start()
        self._show()

    def shut(self) -> None:
        """Nothing more is told, and no timer runs."""
        self._notice, self._waiting = None, []
        self._timer.stop()
        self.hide()

    def dismiss(self) -> bool:
        """Put away what is shown; True if there was something."""
        if self._waiting:
            self._faults.dismiss(self._waiting.pop(0))
        elif self._notice is not None:
            self._notice = None
        else:
            return False
        self._details = False
        self._show()
        return True

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.details.setText(tr("Details"))
        self.close_button.setToolTip(tr("Dismiss (Esc)"))
        self.close_button.setAccessibleName(tr("Dismiss (Esc)"))
        self._show()

    def restyle(self) -> None:
        """Icons of the theme in use."""
        self.close_button.setIcon(icon("close", self._look.theme.text))

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        super().hideEvent(event)
        if self._notice is None:
            self._timer.stop()

    def _queue(self, fault: Fault) -> None:
        self._waiting.append(fault)
        self._show()

    def _show(self) -> None:
        fault = self._waiting[0] if self._waiting else None
        self.details.setVisible(fault is not None and self._faults.log is not None)
        if fault is not None:
            times = f"  ({fault.n}×)" if fault.n > 1 else ""
            log = "\n" + tr("The log tells more: {file}", file=self._faults.log) if self._details else ""
            self.text.setText(f"⚠  {fault.text}{times}{log}")
            n_more = len(self._waiting) - 1
            self.more.setText(tr("{n} more", n=n_more) if n_more else "")
            self.act.hide()
        elif self._notice is not None:
            self.text.setText(self._notice.text())
            self.more.clear()
            self.act.setVisible(self._notice.button is not None)
            self.act.setText(self._notice.button() if self._notice.button is not None else "")
        self.more.setVisible(bool(self.more.text()))
        set_role(self, "problem" if fault is not None else "notice")
        self.setVisible(fault is not None or self._notice is not None)

    def _act(self) -> None:
        notice, self._notice = self._notice, None
        self._show()
        if notice is not None and notice.press is not None:
            notice.press()

    def _toggle_details(self) -> None:
        self._details = not self._details
        self._show()

    def _forget_notice(self) -> None:
        self._notice = None
        self._show()
