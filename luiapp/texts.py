"""Every text that a person reads passes through `tr`; the English sentence is its own key.

Catalogues are ordinary gettext files, ``luiapp/locale/<language>/<room>.po`` with the compiled ``.mo`` beside it
(``make translations``). English needs none.
"""

from __future__ import annotations

import gettext
import locale
import os
from pathlib import Path

LANGUAGES = {"en": "English", "de": "Deutsch"}
_LOCALE_DIR = Path(__file__).parent / "locale"


class _Catalogue:
    """The language in use: process-wide by nature, and the only such state in the project."""

    def __init__(self) -> None:
        self.language = "en"
        self.rooms: list[gettext.GNUTranslations] = []

    def load(self, language: str) -> None:
        rooms = []
        if language != "en":
            for path in sorted((_LOCALE_DIR / language).glob("*.mo")):
                with path.open("rb") as file:
                    rooms.append(gettext.GNUTranslations(file))
        self.language, self.rooms = language, rooms

    def find(self, text: str) -> str:
        for room in self.rooms:
            found = room.gettext(text)
            if found != text:
                return found
        return text


_catalogue = _Catalogue()


def set_language(language: str) -> None:
    """Choose the language of all texts from now on: a key of `LANGUAGES`; others fall back to English."""
    _catalogue.load(language if language in LANGUAGES else "en")


def language() -> str:
    """The language in use, a key of `LANGUAGES`."""
    return _catalogue.language


def system_language() -> str:
    """The language that the person's system asks for, ``"en"`` where we don't speak it."""
    for name in ("LUIAPP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        code = os.environ.get(name, "").lower()[:2]
        if code in LANGUAGES:
            return code
        if code and code != "c" and name != "LUIAPP_LANG":
            return "en"
    code = (locale.getlocale()[0] or "en").lower()[:2]
    return code if code in LANGUAGES else "en"


def tr(text: str, /, **fields: object) -> str:
    """`text` in the language in use, its braces filled from `fields`."""
    found = _catalogue.find(text)
    return found.format(**fields) if fields else found


def mark(text: str) -> str:
    """Mark a text for translation where it is written, to be passed to `tr` where it is shown."""
    return text
