"""Open the window. Only what the first paint needs is imported here; the rest follows after it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6 import QtCore, QtWidgets

from luiapp.errors import FileError
from luiapp.gui import fonts
from luiapp.gui.banner import Notice
from luiapp.gui.faults import Faults
from luiapp.gui.milestones import Milestones
from luiapp.gui.paths import Paths
from luiapp.gui.settings import Settings
from luiapp.gui.shell import Shell
from luiapp.gui.theme import THEMES, Look
from luiapp.texts import LANGUAGES, mark, set_language, system_language, tr

if TYPE_CHECKING:
    from luiapp.gui.desk import Desk
    from luiapp.gui.sources import Sources

SWITCH = 0.0005  # s between turns of threads: a busy parser then doesn't cost frames
OFFSCREEN_SECONDS = 6.0
OFFSCREEN_SIZE = (1366, 768)
PATIENCE = 120.0  # s for the first data without a display; a first compilation on a slow machine takes long


class Places(NamedTuple):
    """What else to open at once; see `main`."""

    learn: str | None = None
    chip: int | None = None
    lesson: str | None = None
    lock: bool = False


def main(
    *,
    rig: str = "sim",
    example: str | None = None,
    learn: str | None = None,
    chip: int | None = None,
    lesson: str | None = None,
    lock: bool = False,
    offscreen: bool = False,
    seconds: float | None = None,
    out: str | Path | None = None,
    theme: str | None = None,
    lang: str | None = None,
) -> int:
    """Open the window and run until it is closed.

    Parameters
    ----------
    rig : str
        What to show: ``sim``, ``sim:ring``, ``board:/dev/ttyACM0``, ``replay:FILE``. With ``sim`` the circuit of the
        last session comes back.
    example : str, optional
        A circuit of the library to open with.
    learn : str, optional
        Open the learning page at once, with the set-up of this link if it isn't "", and learn if `offscreen`.
    chip : int, optional
        Open the page of the chip with this serial number, and go the whole way if `offscreen`.
    lesson : str, optional
        Open this lesson, and follow its files as they are written.
    lock : bool
        Lock what lessons don't need, as the teacher's key does.
    offscreen : bool
        Without a display: play for `seconds`, kick once, leave ``luiapp.png`` and ``opening.mcap`` in `out`.
    seconds : float, optional
        End after this time [s].
    out : path, optional
        Folder for picture and recording.
    theme, lang : str, optional
        For this session.

    Returns
    -------
    int
        0, or 1 if there was nothing to show or nothing could be written.
    """
    sys.setswitchinterval(SWITCH)
    if offscreen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication(sys.argv[:1])
    assert isinstance(app, QtWidgets.QApplication)
    app.setApplicationName("luiapp")
    app.setApplicationDisplayName("luiapp")
    fonts.load()
    paths = Paths.standard()
    faults = Faults(None if offscreen else paths.log)
    faults.install()
    try:
        return _run(
            app, faults, paths, rig, example, Places(learn, chip, lesson, lock), offscreen, seconds, out, theme, lang
        )
    finally:
        faults.uninstall()


def _run(
    app: QtWidgets.QApplication,
    faults: Faults,
    paths: Paths,
    rig: str,
    example: str | None,
    places: Places,
    offscreen: bool,
    seconds: float | None,
    out: str | Path | None,
    theme: str | None,
    lang: str | None,
) -> int:
    settings = Settings(None if offscreen else paths.settings)
    language = lang or settings.get("language") or system_language()
    set_language(language if language in LANGUAGES else "en")
    chosen = theme or settings.get("theme")
    look = Look(chosen if chosen in THEMES else "dark")
    look.apply()
    shell = Shell(settings, faults, look, paths)
    shell.qt_texts.load(language)
    shell.restore_layout()
    start = Start(shell, rig, example)
    learn, chip, lesson, lock = places
    if chip is not None:
        shell.loaded.connect(lambda: start.show_chip(chip, play=offscreen))
    if learn is not None:
        shell.loaded.connect(lambda: start.show_learning(learn or "", play=offscreen))
    if lesson is not None:
        shell.loaded.connect(lambda: start.show_lesson(lesson))
    if lock or settings.get("locked"):
        shell.loaded.connect(lambda: shell.deeds.lock(True))
    if offscreen:
        folder = Path(out) if out is not None else Path.cwd()
        unattended = Unattended(start, folder, OFFSCREEN_SECONDS if seconds is None else seconds)
        shell.resize(*OFFSCREEN_SIZE)
        shell.show()
        code = app.exec() or unattended.code
    else:
        if theme == "stage":
            shell.deeds.stage(True)
        shell.show()
        if seconds is not None:
            QtCore.QTimer.singleShot(round(seconds * 1000), shell, shell.close)
        code = app.exec()
    shell.shut()
    shell.deleteLater()
    app.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
    return code


class Start(QtCore.QObject):
    """What happens between the first paint and the first moving trace, in slices that never freeze the window."""

    moving = QtCore.Signal()  # the first trace moves

    def __init__(self, shell: Shell, rig: str, example: str | None) -> None:
        super().__init__(shell)
        self.shell, self.rig, self.example = shell, rig, example
        self.milestones = Milestones()
        self.desk: Desk | None = None
        shell.painted.connect(self._first_paint)
        shell.loaded.connect(lambda: self.milestones.reach("panels"))

    def show_learning(self, link: str, *, play: bool) -> None:
        """The learning page, with the set-up of `link` if it isn't ""; with `play` it begins to learn."""
        self.shell.choose_place("learn")
        page = self.shell.pages.page
        if page is not None and link:
            page.open_text(link)
        if page is not None and play:
            page.kick()

    def show_chip(self, serial: int, *, play: bool) -> None:
        """The page of a chip; with `play` it goes the whole way."""
        self.shell.choose_place("chip")
        page = self.shell.pages.page
        if page is not None:
            page.choose_serial(serial)
        if page is not None and play:
            page.go_through()

    def show_lesson(self, path: str) -> None:
        """The course, with this lesson as it is being written."""
        self.shell.show_place("course")
        self.shell.panels["course side"].watch(path)

    def _first_paint(self) -> None:
        self.milestones.reach("first_paint")
        # Imported now that there is something to see; this is what numpy costs.
        from luiapp.gui.boards.watch import PortWatch
        from luiapp.gui.boards.wires import Wires
        from luiapp.gui.desk import Desk
        from luiapp.gui.live import Live
        from luiapp.gui.recording import Recording
        from luiapp.gui.sources import Sources as Sources_

        shell = self.shell
        live = Live(shell)
        sources = Sources_(live)
        recording = Recording(live, shell.paths.recordings)
        self.desk = Desk(live, shell.look, sources, recording, shell.settings, shell.faults, shell.paths,
                         PortWatch(shell), shell.banner.tell, shell.pages.open_beside)  # fmt: skip
        shell.status.wires = Wires(live, shell.banner.tell)
        shell.attach(self.desk)
        self._frames = 0
        live.frame.connect(self._frame)
        self._open(sources)
        self._tell_of_settings()
        QtCore.QTimer.singleShot(0, shell, shell.load_next)

    def _open(self, sources: Sources) -> None:
        stored = self.shell.settings.get("network")
        if self.example is not None:
            sources.open_example(self.example)
        elif self.rig == "sim" and stored and sources.open_stored(stored):
            return
        else:
            sources.open_text(self.rig)

    def _tell_of_settings(self) -> None:
        aside = self.shell.settings.set_aside
        if aside is not None:
            text = mark("The settings could not be read and begin anew. The old ones: {file}")
            self.shell.banner.tell(Notice(lambda: tr(text, file=aside)))

    def _frame(self) -> None:
        live = self.desk.live if self.desk is not None else None
        if live is None or live.ring is None or live.ring.head <= live.ring.tail or not self._scope_draws():
            return
        self._frames += 1
        if self._frames == 2:  # the frame before has been painted: the trace has moved
            live.frame.disconnect(self._frame)
            self.milestones.reach("first_moving_trace")
            self.milestones.print_if_wanted()
            self.moving.emit()

    def _scope_draws(self) -> bool:
        """Whether the scope is there and its drawing has been compiled."""
        canvas = getattr(self.shell.panels.get("scope"), "canvas", None)
        return "scope" in self.shell.panels and (canvas is None or bool(canvas.is_ready()))


class Unattended(QtCore.QObject):
    """Plays without a display: records, kicks once, takes a picture, ends."""

    def __init__(self, start: Start, folder: Path, seconds: float) -> None:
        super().__init__(start)
        self._start, self._folder, self._seconds = start, folder, max(seconds, 0.1)
        self.code = 1  # until it is done
        self._recorded = False
        self._said: list[str] = []
        start.moving.connect(self._begin)
        start.shell.faults.told.connect(self._fault)
        QtCore.QTimer.singleShot(round(1000 * (self._seconds + PATIENCE)), self, self._end)

    def _begin(self) -> None:
        desk = self._start.desk
        assert desk is not None
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._start.shell.faults.take(
                FileError("the folder {folder} can't be made: {why}", folder=self._folder, why=error.strerror)
            )
            self._end()
            return
        if desk.live.rig is not None and desk.live.rig.kind == "sim":
            QtCore.QTimer.singleShot(round(500 * self._seconds), self, desk.live.kick)
        QtCore.QTimer.singleShot(round(1000 * self._seconds), self, self._finish)
        self._recorded = desk.recording.start(self._folder / "opening.mcap")

    def _finish(self) -> None:
        desk, shell = self._start.desk, self._start.shell
        assert desk is not None
        picture = self._folder / "luiapp.png"
        saved = shell.grab().save(str(picture))
        path = desk.recording.path
        desk.recording.stop()
        if saved:
            self._say(tr("Picture: {file}", file=picture))
        else:
            self._say(tr("The picture can't be written: {file}", file=picture))
        if path is not None:
            self._say(tr("Recording: {file}", file=path))
        self.code = 0 if saved and self._recorded else 1
        self._end()

    def _fault(self, fault: object) -> None:
        self._say(str(getattr(fault, "text", fault)))
        if self._start.desk is None or self._start.desk.live.rig is None:  # nothing will come any more
            self._end()

    def _say(self, text: str) -> None:
        if text not in self._said:
            self._said.append(text)
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def _end(self) -> None:
        self._start.shell.close()
        QtWidgets.QApplication.exit(self.code)
