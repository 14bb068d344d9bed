"""A field that shows a quantity and lets it be typed; what is wrong with it is said beside it."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import LuiError
from luiapp.gui.theme import Theme


class ValueField(QtWidgets.QWidget):
    """A line for one value. The caller says how it reads and what is done with what is typed.

    Parameters
    ----------
    parse : callable
        Turns what was typed into a number; raises `LuiError` with a sentence for the person.
    take : callable
        Receives the number. May raise `LuiError` too.

    Attributes
    ----------
    note : QLabel
        Says what is wrong, hidden while nothing is. Whoever uses the field puts it below, where there is room.
    """

    def __init__(
        self,
        parse: Callable[[str], float],
        take: Callable[[float], object],
        parent: QtWidgets.QWidget | None = None,
        *,
        right: bool = True,
    ) -> None:
        super().__init__(parent)
        self._parse, self._take = parse, take
        self._shown = ""
        self.line = _Line(self._leave, self._restore, self)
        self.line.setFrame(False)
        side = QtCore.Qt.AlignmentFlag.AlignRight if right else QtCore.Qt.AlignmentFlag.AlignLeft
        if right:
            self.line.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)
        self.line.setAlignment(side | QtCore.Qt.AlignmentFlag.AlignVCenter)
        self.note = QtWidgets.QLabel(self)
        self.note.setWordWrap(True)
        self.note.hide()
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.line.returnPressed.connect(self._enter)

    def show_text(self, text: str) -> None:
        """Show the present value, unless a person is typing."""
        self._shown = text
        if not self.line.isModified():
            self.line.setText(text)
            self.line.setModified(False)

        # Room for what stands there now and a digit more, so that values are never cut.
        self.line.setMinimumWidth(self.line.fontMetrics().horizontalAdvance(text + "00") + 12)

    def discard(self) -> None:
        """Forget what is being typed; it was meant for something else."""
        self._restore()

    def set_name(self, name: str) -> None:
        """Name for assistive technology."""
        self.line.setAccessibleName(name)

    def restyle(self, theme: Theme) -> None:
        self.line.setStyleSheet(
            f"QLineEdit {{ background: transparent; color: {theme.text}; border: 1px solid transparent;"
            f" border-radius: 5px; padding: 2px 5px; min-height: {theme.touch - 10}px; }}"
            f"QLineEdit:hover:enabled {{ border-color: {theme.line}; }}"
            f"QLineEdit:focus {{ background: {theme.ground}; border-color: {theme.focus}; }}"
            f"QLineEdit:disabled {{ color: {theme.secondary}; }}"
        )
        self.note.setStyleSheet(f"color: {theme.bad}; font-weight: 600;")

    def _enter(self) -> None:
        if self._commit():
            self.line.selectAll()

    def _leave(self) -> None:
        if not (shiboken6.isValid(self) and shiboken6.isValid(self.note)):
            return
        if not self.line.isModified() or not self._commit():
            self._restore()

    def _commit(self) -> bool:
        text = self.line.text()
        if text.strip() == self._shown.strip():
            self._restore()
            return True
        try:
            self._take(self._parse(text))
        except LuiError as error:
            self.note.setText("⚠ " + str(error))
            self.note.show()
            self.line.setAccessibleDescription(str(error))
            return False
        self._restore()
        return True

    def _restore(self) -> None:
        self.line.setText(self._shown)
        self.line.setModified(False)
        self.line.setAccessibleDescription("")
        self.note.hide()


class _Line(QtWidgets.QLineEdit):
    """A line edit that says when it is left and when Escape is pressed."""

    # Plain callables: a field that is destroyed loses its focus too late to look up slots of its parent.
    def __init__(self, left: Callable[[], None], escaped: Callable[[], None], parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self._left, self._escaped = left, escaped

    def sizeHint(self) -> QtCore.QSize:
        wide = not self.alignment() & QtCore.Qt.AlignmentFlag.AlignRight
        return QtCore.QSize(160 if wide else max(self.minimumWidth(), 60), super().sizeHint().height())

    def focusOutEvent(self, event: QtGui.QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.deselect()
        self._left()

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        if event.key() == QtCore.Qt.Key.Key_Escape:
            self._escaped()
            return
        super().keyPressEvent(event)
