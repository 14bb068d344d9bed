"""Pages of the window that stand beside a lesson: opened when a step is about them, and read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from luiapp.course.lab import Readings
from luiapp.course.play import Play

Opener = Callable[[str], Any]  # a page's name, or "" for bench and scope; returns the page


class Beside:
    """What stands beside the lesson.

    Parameters
    ----------
    opener : callable
        The window's.
    scope : callable
        Told how many seconds the scope is to show at once.
    """

    def __init__(self, opener: Opener, scope: Callable[[float], object]) -> None:
        self._opener, self._scope = opener, scope
        self._at: tuple[str, str] | None = None  # lesson and step
        self._link = ""
        self._page: Any = None

    @property
    def shown(self) -> bool:
        """Whether a page, and not the bench, is beside the lesson."""
        return self._page is not None

    def follow(self, play: Play | None) -> None:
        """Show what the step is about. A set-up that was opened before stays as it was changed meanwhile."""
        at = None if play is None else (play.lesson.name, play.step.id)
        if at == self._at:
            return
        before, self._at = self._at, at
        if before is None or at is None or before[0] != at[0]:
            self._link = ""
        if play is not None and play.step.scope:
            self._scope(play.step.scope)
        self._point("")
        if play is None or not play.step.page:
            if self._page is not None:
                self._page = self._opener("")
            return
        self._page = self._opener(play.step.page)
        if play.step.link != self._link:
            self._set_up(play.step.link)
        page, _, part = play.step.point_at.partition(".")
        self._point(part if page == play.step.page else "")

    def anew(self, play: Play) -> None:
        """The step's page as the lesson wants it, whatever was changed."""
        self._page = self._opener(play.step.page)
        self._set_up(play.step.link)

    def readings(self) -> Readings:
        """What can be read off the page."""
        read = getattr(self._page, "readings", None)
        return {} if read is None else read()

    def _point(self, part: str) -> None:
        """Show which part of the page is meant, where it can."""
        if hasattr(self._page, "point"):
            self._page.point(part)

    def _set_up(self, link: str) -> None:
        self._link = link
        if link and self._page is not None:
            self._page.open_text(link)
