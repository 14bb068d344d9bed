"""A button with room for a whole sentence."""

from __future__ import annotations

from PySide6 import QtCore, QtWidgets

from luiapp.gui.controls import label


class WrappedButton(QtWidgets.QPushButton):
    """A button whose text may take several lines, as a lesson's sentences do."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.setAccessibleName(text)
        words = label("lesson", wrap=True)
        words.setText(text)
        words.setAlignment(QtCore.Qt.AlignmentFlag.AlignCenter)
        words.setAttribute(QtCore.Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        inside = QtWidgets.QVBoxLayout(self)
        inside.setContentsMargins(10, 6, 10, 6)
        inside.addWidget(words)

    def sizeHint(self) -> QtCore.QSize:
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QtCore.QSize:
        inside = self.layout()
        assert inside is not None
        return inside.totalMinimumSize()
