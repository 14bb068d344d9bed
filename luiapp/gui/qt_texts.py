"""Qt's own texts, such as those of the dialogs for opening files, in the language in use."""

from __future__ import annotations

from PySide6 import QtCore


class QtTexts(QtCore.QObject):
    """Holds the translator that the application uses."""

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._translator: QtCore.QTranslator | None = None

    def load(self, language: str) -> bool:
        """Switch to `language`. Returns whether Qt's texts are in it now."""
        app = QtCore.QCoreApplication.instance()
        if app is None:
            return False
        if self._translator is not None:
            app.removeTranslator(self._translator)
            self._translator = None
        if language == "en":
            return True
        translator = QtCore.QTranslator(self)
        where = QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.TranslationsPath)
        if not translator.load(f"qtbase_{language}", where):
            return False
        app.installTranslator(translator)
        self._translator = translator
        return True
