"""What leaves the chip's page: the network that is on the chip, the calibration, and a figure of what is seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets

from luiapp.chip.store import save_calibration
from luiapp.errors import FileError, FormatError, LuiError
from luiapp.files.disk import atomic
from luiapp.gui.banner import Notice
from luiapp.texts import tr
from luiapp.train.store import save_model

if TYPE_CHECKING:
    from luiapp.gui.chip.panel import ChipPage

SUFFIX = ".npz"
_SHARPER = 2  # pixels of a picture per pixel of the window


class Export:
    """Asks for a file, writes it, and says so; what goes wrong is told in the banner."""

    def __init__(self, page: ChipPage, folder: Path) -> None:
        self._page, self._folder = page, folder

    def network(self) -> None:
        """Ask where to, and save the network as it is on the chip."""
        self._ask_and(
            "network" + SUFFIX, tr("Save the network"), f"{tr('Trained network')} (*{SUFFIX})", self.network_to
        )

    def calibration(self) -> None:
        """Ask where to, and save the calibration."""
        name = f"chip-{self._page.bar.serial.value}{SUFFIX}"
        self._ask_and(name, tr("Save the calibration"), f"{tr('Calibration')} (*{SUFFIX})", self.calibration_to)

    def figure(self) -> None:
        """Ask where to, and draw what is seen."""
        self._ask_and("chip.png", tr("Export the figure"), f"{tr('Picture')} (*.png *.svg)", self.figure_to)

    # -- without asking ------------------------------------------------------------------------------------------

    def network_to(self, path: Path) -> None:
        """Save the network as it is on the chip: taught there, if it was."""
        latest = self._page.latest
        model = latest.found.model if latest is not None else None
        if model is not None:
            self._write(path, lambda: save_model(path, model))

    def calibration_to(self, path: Path) -> None:
        """Save the calibration, as the command line uses it."""
        latest = self._page.latest
        calibration = latest.found.calibration if latest is not None else None
        if calibration is not None:
            self._write(path, lambda: save_calibration(path, calibration))

    def figure_to(self, path: Path) -> None:
        """Draw what is seen below the stations."""
        self._write(path, lambda: _draw(self._page.body, path))

    def _ask_and(self, name: str, title: str, kinds: str, write: Callable[[Path], None]) -> None:
        folder = self._folder if self._folder.is_dir() else Path.home()
        chosen, _ = QtWidgets.QFileDialog.getSaveFileName(self._page, title, str(folder / name), kinds)
        if chosen:
            path = Path(chosen)
            write(path if path.suffix else path.with_suffix(Path(name).suffix))

    def _write(self, path: Path, write: Callable[[], object]) -> None:
        try:
            write()
        except (LuiError, OSError) as error:
            fault = error if isinstance(error, LuiError) else FileError("'{file}' can't be written", file=path.name)
            self._page.desk.faults.take(fault, "chip")
            return
        self._page.desk.tell(Notice(lambda: tr("Saved: {file}", file=path.name)))


def _draw(widget: QtWidgets.QWidget, path: Path) -> None:
    data = QtCore.QByteArray()
    buffer = QtCore.QBuffer(data)
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    if path.suffix.lower() == ".svg":
        generator = QtSvg.QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(widget.size())
        generator.setViewBox(widget.rect())
        widget.render(generator)
    elif path.suffix.lower() == ".png":
        image = QtGui.QImage(widget.size() * _SHARPER, QtGui.QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(_SHARPER)
        widget.render(image)
        image.save(buffer, "PNG")  # type: ignore[call-overload]
    else:
        raise FormatError("a figure is saved as .png or .svg, not as '{name}'", name=path.name)
    with atomic(path) as file:
        file.write(bytes(data.data()))
