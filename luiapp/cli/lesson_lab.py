"""The learning page and the chip's without its window, for the robot that plays lessons."""

from __future__ import annotations

from typing import Any

from luiapp.course.lab import Readings
from luiapp.course.lesson import Act
from luiapp.errors import FormatError
from luiapp.train.fit import Loop
from luiapp.train.task import yin_yang_sets


class Lab:
    """Learns as the page does: the same set-ups, the same samples, the same marks; and goes the chip's way as its page.

    Parameters
    ----------
    seed : int
        Added to the seed of every set-up, so that a robot may try several.
    """

    def __init__(self, *, seed: int = 0) -> None:
        self._seed = seed
        self._sets = yin_yang_sets()
        self._setup: Any = None
        self._loop: Loop | None = None
        self._run: Any = None
        self._found: Any = None
        self._link = ""
        self._work: Any = None  # on the chip's page

    def open(self, page: str, link: str) -> None:
        """Show it. A set-up that is open already goes on."""
        from luiapp.gui.training.setup_state import SCHEME, from_link, turned

        if page == "chip":
            self._open_chip(link)
            return
        if page != "learn":
            raise FormatError("the robot knows no page '{name}'", name=page)
        if (link and link != self._link) or self._setup is None:
            setup, _ = from_link(link or SCHEME)
            self._put(turned(setup, "seed", setup.seed + self._seed))
            self._link = link

    def obey(self, act: Act) -> None:
        """Turn a knob, which begins anew where it must, or learn some epochs."""
        from luiapp.gui.training.setup_state import KNOBS, turned

        if act.verb == "go":
            self._go(act.target)
            return
        if act.verb == "learn":
            self._learn(round(act.value))
            return
        name = act.target.removeprefix("learn.")
        if name not in KNOBS:
            raise FormatError("the learning page has no knob '{name}'; it has {names}", name=name,
                              names=", ".join(KNOBS))  # fmt: skip
        kind = type(getattr(self._setup, name))
        value: Any = act.words or (bool(act.value) if kind is bool else kind(act.value))
        self._put(turned(self._setup, name, value))

    def readings(self) -> Readings:
        """As the page gives them."""
        from luiapp.gui.chip.state import readings as chip_readings
        from luiapp.gui.training.state import readings

        chip = {} if self._work is None else {"chip": chip_readings(self._work.found)}
        if self._setup is None or self._run is None:
            return chip
        found = self._found
        epochs = self._loop.progress if self._loop else 0.0
        learn = readings(self._setup, epochs, found.accuracy, found.loss, found.spikes, len(self._run.weight))
        return {**chip, "learn": learn}

    def close(self) -> None:
        """Let go of the learner's threads."""
        if self._run is not None and hasattr(self._run, "close"):
            self._run.close()
        self._run = None

    def _open_chip(self, link: str) -> None:
        from luiapp.gui.chip.work import Work

        serial = link.rpartition("serial=")[2]
        serial_ = int(serial) if serial.isdigit() else 7
        if self._work is None or self._work.serial != serial_:
            self._work = Work(serial_, seed=self._seed)

    def _go(self, station: str) -> None:
        """All stations up to this one that aren't done, as the page's button does; that one anew if it is."""
        from luiapp.gui.chip.state import STATIONS

        if self._work is None or station not in STATIONS:
            raise FormatError("the chip's page has no station '{name}'; it has {names}", name=station,
                              names=", ".join(STATIONS))  # fmt: skip
        for name in STATIONS[: STATIONS.index(station) + 1]:
            if name == station or name not in self._work.found.done:
                self._work.do(name, lambda _step, _share: None)

    def _put(self, setup: Any) -> None:
        anew = self._setup is None or not self._setup.goes_on(setup)
        self._setup = setup
        task: Any = setup.task()
        if anew:
            self.close()
            self._run = task.learner()
            self._loop = Loop(self._run, task.data(self._run, self._sets[0]), task.schedule)
            self._valid = task.data(self._run, self._sets[1])
        elif self._loop is not None:
            self._loop.plan = task.schedule
            if hasattr(task, "net"):
                self._run.change(task.rule)
        self._found = self._run.evaluate(self._valid)

    def _learn(self, epochs: int) -> None:
        assert self._loop is not None
        for _ in range(epochs):
            self._loop.step()
            while not self._loop.between_epochs:
                self._loop.step()
        self._found = self._run.evaluate(self._valid)
