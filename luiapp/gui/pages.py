"""Places that take the whole middle of the window, instead of bench and scope. Each is made when it is first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6 import QtGui, QtWidgets

from luiapp.gui.late import late
from luiapp.gui.rail import PLACES, Place
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.gui.shell import Shell

SUFFIX = " page"  # of its name among the window's panels


class Pages(QtWidgets.QStackedWidget):
    """Bench and scope, or one of the pages, with the right column beside it only where a lesson is about it.

    A page may have `kick`, `pause`, `step`, `slower`, `faster`, `undo`, `redo`, `open_file`, `save` and
    `export_figure`: while it is shown, the window's keys for these act on it. `can_undo` and `can_redo` are its
    properties, and `meanings` tells in English what those keys mean there, by the names of the commands.
    """

    def __init__(self, shell: Shell, bench: QtWidgets.QWidget) -> None:
        super().__init__()
        self._shell = shell
        self._put_away: list[QtGui.QAction] = []  # of bench and scope, whose letters mean nothing here
        self.page: Any = None
        self.name = ""
        self.beside = False  # the right column stays, as its lesson is about the page
        self.addWidget(bench)

    def choose(self, name: str) -> bool:
        """Show the page of the place `name`. Returns whether it has one."""
        place = next((one for one in PLACES if one.name == name), None)
        if place is None or not place.page:
            return False
        desk = self._shell.desk
        if desk is not None and (self.name != name or self.beside):
            self.leave()
            self._show(place)
        return True

    def open_beside(self, name: str) -> Any:
        """Show the page of the place `name` beside the right column; "" for bench and scope. Returns the page."""
        if name != self.name or not self.beside:
            self.leave()
            place = next((one for one in PLACES if one.name == name), None)
            if place is not None and place.page and self._shell.desk is not None:
                self.beside = True
                self._show(place)
            self._shell.set_side_open(self._shell.side_open)
        return self.page

    def leave(self) -> bool:
        """Back to bench and scope. Returns whether a page was shown."""
        if self.page is None:
            return False
        self.page, self.name, self.beside = None, "", False
        self.setCurrentIndex(0)
        for action in self._put_away:
            self._shell.addAction(action)
        self._put_away.clear()
        self._tell()
        return True

    def can(self, deed: str) -> bool:
        """Whether the page that is shown takes the deed to itself."""
        return self.page is not None and hasattr(self.page, deed)

    def show_undo(self) -> bool:
        """Undo and redo as the page has them. Returns whether there is a page."""
        if self.page is None:
            return False
        actions = self._shell.actions_
        for name, text, can in (("undo", tr("Undo"), "can_undo"), ("redo", tr("Redo"), "can_redo")):
            actions[name].setText(text)
            actions[name].setToolTip(f"{text} ({actions[name].shortcut().toString()})")
            actions[name].setEnabled(bool(getattr(self.page, can, False)))
        return True

    def _show(self, place: Place) -> None:
        shell = self._shell
        name = place.name + SUFFIX
        if name not in shell.panels:
            page: Any = late(place.page)(shell.desk)
            state = shell.settings.get("panels").get(name)
            if isinstance(state, dict):
                page.restore(state)
            page.changed.connect(shell.show_undo)
            if hasattr(page, "to_bench"):
                page.to_bench.connect(lambda: shell.show_place("bench"))
            shell.panels[name] = page
            self.addWidget(page)
        self.page, self.name = shell.panels[name], place.name
        acting = set(shell.actions())
        stays = shell.panels.get(shell.place + " side") if self.beside else None
        for panel in shell.panels.values():
            if panel is not self.page and panel is not stays and hasattr(panel, "actions"):
                self._put_away += [action for action in panel.actions() if action in acting]
        for action in self._put_away:
            shell.removeAction(action)
        self.setCurrentWidget(self.page)
        if not self.beside:
            self.page.setFocus()
        self._tell()

    def _tell(self) -> None:
        self._shell.top.show_page(self.name)
        self._shell.show_undo()


def meanings(shell: Shell) -> dict[str, str] | None:
    """What the window's keys mean on the page that is shown, in English; None without a page."""
    return None if shell.pages.page is None else dict(shell.pages.page.meanings)


def panel_actions(shell: Shell) -> dict[str, list[QtGui.QAction]]:
    """The actions that panels have of their own, by panel; those of a page while it is shown, the others' else."""
    found = {}
    for name, panel in shell.panels.items():
        actions = getattr(panel, "actions", None)
        shown = panel is shell.pages.page if shell.pages.page is not None else not name.endswith(SUFFIX)
        if actions is None or name == "scrub" or not shown:
            continue
        found["inspector" if name == "bench side" else name.removesuffix(" side").removesuffix(SUFFIX)] = list(
            actions()
        )
    return found
