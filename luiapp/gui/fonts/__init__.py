"""The bundled typeface, so that every machine shows the same window: Inter (SIL Open Font License, see OFL.txt)."""

from __future__ import annotations

from pathlib import Path

from PySide6 import QtGui

FAMILY = "Inter"
_FACES = ("Inter-Regular.otf", "Inter-Medium.otf", "Inter-SemiBold.otf")


def load() -> bool:
    """Make the typeface known to Qt, once; False where a file of it is missing (the system's font serves then)."""
    if FAMILY in QtGui.QFontDatabase.families():
        return True
    folder = Path(__file__).parent
    return all([QtGui.QFontDatabase.addApplicationFont(str(folder / face)) >= 0 for face in _FACES])


def interface_font(pixels: int, weight: QtGui.QFont.Weight = QtGui.QFont.Weight.Normal) -> QtGui.QFont:
    """The window's font at `pixels`, with figures of equal width where Qt can ask for them (6.7 and later)."""
    load()
    font = QtGui.QFont(FAMILY)
    font.setPixelSize(max(1, pixels))
    font.setWeight(weight)
    if hasattr(font, "setFeature"):
        font.setFeature(QtGui.QFont.Tag("tnum"), 1)
    return font
