"""A recording as a PNG picture: the SVG figure, drawn by Qt. Needs no window and no screen."""

from __future__ import annotations

import os
import re
from pathlib import Path

from PySide6 import QtCore, QtGui, QtSvg

from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.files.disk import atomic
from luiapp.files.svg import svg
from luiapp.gui import fonts

SHARPER = 3  # pixels of the picture per pixel of the figure: 2700 across, enough for a printed page
_MOST = 16_000  # pixels of a side
_own: QtGui.QGuiApplication | None = None  # kept, since Qt lives as long as it


def write_png(path: str | Path, recording: Recording) -> list[Path]:
    """Draw a recording (see `luiapp.files.svg.write_svg`) into a PNG file.

    Raises
    ------
    FileError
        If it can't be written.
    FormatError
        If Qt can't draw it.
    ParameterError
        If there is nothing to draw.
    """
    need_qt()
    fonts.load()
    text = re.sub('font-family="[^"]*"', f'font-family="{fonts.FAMILY}"', svg(recording), count=1)
    renderer = QtSvg.QSvgRenderer(QtCore.QByteArray(text.encode("utf-8", "replace")))
    size = renderer.defaultSize()
    scale = min(SHARPER, _MOST / max(size.width(), size.height(), 1))
    image = QtGui.QImage(size * scale, QtGui.QImage.Format.Format_RGB32)
    if not renderer.isValid() or image.isNull():
        raise FormatError("'{path}' can't be drawn; a figure as .svg may be", path=path)
    image.fill(QtCore.Qt.GlobalColor.white)
    painter = QtGui.QPainter(image)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    data = QtCore.QByteArray()
    buffer = QtCore.QBuffer(data)
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    with atomic(Path(path)) as file:
        file.write(bytes(data.data()))
    return [Path(path)]


def need_qt() -> None:
    """Qt, without a screen where there is no window."""
    global _own
    if QtGui.QGuiApplication.instance() is None:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"  # a picture needs no screen, wherever it is made
        _own = QtGui.QGuiApplication([])
