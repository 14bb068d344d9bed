"""What a teacher finds below the list of lessons: the class's word, and the class at a glance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6 import QtCore, QtWidgets

from luiapp.course.library import by_name
from luiapp.course.overview import overview, overview_html
from luiapp.errors import LuiError
from luiapp.gui.controls import label, push, thin_line
from luiapp.gui.late import late
from luiapp.texts import language, tr

LONGEST_WORD = 60


class Glance(QtWidgets.QWidget):
    """The class at a glance, in a window of its own beside the class's."""

    def __init__(self, folder: Path, word: str, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent, QtCore.Qt.WindowType.Window)
        self._folder, self._word = folder, word
        self.setProperty("role", "window")
        self.page = QtWidgets.QTextBrowser()
        self.page.setOpenLinks(False)
        self.page.setStyleSheet("background: #ffffff; color: #000000;")
        self.where = label("secondary", wrap=True)
        self.again, self.keep = push(self.read, "primary"), push(self.save)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self.where, 1)
        row.addWidget(self.again)
        row.addWidget(self.keep)
        column = QtWidgets.QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.page)
        self.resize(980, 680)
        self.html = ""
        self.read()

    def read(self) -> None:
        """Read the folder once more."""
        self.setWindowTitle(tr("The class at a glance"))
        self.again.setText(tr("Read again"))
        self.keep.setText(tr("Save as PDF"))
        self.where.setText(str(self._folder))
        lessons = by_name(language())
        try:
            self.html = overview_html(overview(self._folder, lessons, self._word), lessons)
        except LuiError as error:
            self.where.setText(f"⚠ {error}")
            return
        place = self.page.verticalScrollBar().value()
        self.page.setHtml(late("luiapp.gui.paper:for_qt")(self.html, self.page.document()))
        self.page.verticalScrollBar().setValue(place)

    def save(self) -> None:
        """Put it beside the results, as PDF."""
        try:
            path = late("luiapp.gui.paper:write_pdf")(self._folder / "overview.pdf", self.html)
        except LuiError as error:
            self.where.setText(f"⚠ {error}")
        else:
            self.where.setText(tr("Saved: {path}", path=path))


class TeacherPart(QtWidgets.QWidget):
    """Below the list of lessons.

    Attributes
    ----------
    glance : Glance or None
        The window that is open.
    """

    def __init__(self, results: Callable[[], Path]) -> None:
        super().__init__()
        self._results = results
        self.glance: Glance | None = None
        self.title, self.note = label("heading"), label("secondary", wrap=True)
        self.word = QtWidgets.QLineEdit()
        self.word.setMaxLength(LONGEST_WORD)
        self.look = push(self.choose)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        for one in (thin_line(), self.title, self.word, self.note, self.look):
            column.addWidget(one)

    def retranslate(self) -> None:
        """Texts in the language in use."""
        self.title.setText(tr("For the teacher"))
        self.word.setPlaceholderText(tr("The class's word"))
        self.word.setAccessibleName(tr("The class's word"))
        self.note.setText(tr("Saved results are sealed with this word: whoever changes one afterwards is found out. "
                             "The same word has to stand on all computers of the class."))  # fmt: skip
        self.look.setText(tr("The class at a glance …"))
        if self.glance is not None:
            self.glance.read()

    def choose(self) -> None:
        """Ask for the folder with the results, and show them."""
        start = str(self._results())
        name = QtWidgets.QFileDialog.getExistingDirectory(self, tr("Folder with the results of a class"), start)
        if name:
            self.show_folder(Path(name))

    def show_folder(self, folder: Path) -> None:
        """The results in a folder."""
        if self.glance is not None:
            self.glance.close()
            self.glance.deleteLater()
        self.glance = Glance(folder, self.word.text(), self)
        self.glance.show()
