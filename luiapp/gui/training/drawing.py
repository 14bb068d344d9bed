"""Snapshots on their way into the page: the newest at frame rate, a part in each frame so that none takes long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6 import QtCore

from luiapp.gui.banner import Notice
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.gui.training.engine import Snapshot
    from luiapp.gui.training.panel import LearnPage

WARM_UP_TOLD_MS = 1500


class Drawing:
    """Draws what the page's engine has found, and lets time pass for a sample that is watched."""

    def __init__(self, page: LearnPage) -> None:
        self._page = page
        self._parts: list[Callable[[], None]] = []  # of a snapshot that still have to be shown
        self._clock = QtCore.QElapsedTimer()
        self._clock.start()

    def draw(self) -> None:
        """A frame."""
        page = self._page
        problem = page.engine.take_problem()
        if problem is not None:
            page.desk.faults.take(problem, "learn")
        if not self._parts:
            snapshot = page.engine.take()
            if snapshot is not None:
                self._parts = [lambda: self._map(snapshot), lambda: self._network(snapshot),
                               lambda: self._rest(snapshot)]  # fmt: skip
            elif page.rival.draw(page.studio.setup):
                page.show_history()
        if self._parts:
            self._parts.pop(0)()
        elif page.latest is None and self._clock.elapsed() > WARM_UP_TOLD_MS:
            page.data.say(None, long=True)
        self._follow_watch()
        self.show_progress()

    def show_progress(self) -> None:
        """How far it is."""
        latest = self._page.latest
        shown = (latest.past or latest) if latest is not None else None
        epochs, seconds = (shown.epochs, shown.seconds) if shown is not None else (0.0, 0.0)
        self._page.knobs.show_progress(epochs, seconds, self._page.engine.playing)

    def _map(self, snapshot: Snapshot) -> None:
        page = self._page
        if page.data.show_data(snapshot.data, snapshot.shares, snapshot.inside.place):
            page.place = snapshot.inside.place
            page.painter.show_points()
            page.body.show_classes(len(snapshot.data.names))
        page.data.say(snapshot.inside)

    def _network(self, snapshot: Snapshot) -> None:
        self._page.middle.show_network(snapshot, snapshot.inside, snapshot.few)

    def _rest(self, snapshot: Snapshot) -> None:
        page = self._page
        if snapshot.stopped is not None and (page.latest is None or page.latest.stopped != snapshot.stopped):
            n = f"{snapshot.stopped:.0f}"
            page.desk.tell(Notice(lambda: tr("Nothing became better for long: stopped, and back at epoch {n}.", n=n)))
        page.latest = snapshot  # all of it is shown now
        page.studio.take(snapshot.marks)
        page.middle.show_neuron()
        page.show_history()

    def _follow_watch(self) -> None:
        page = self._page
        if page.latest is None:
            return
        was = page.watch.on
        page.watch.advance(self._clock.restart() / 1000)
        if was or page.middle.network.now is not None:
            page.middle.show_moment(page.watch.moment(page.latest.inside.until), page.watch.backwards)
        if was != page.watch.on or not page.middle.watch.text():
            page.middle.show_watching(page.watch.on)
