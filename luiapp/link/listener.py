"""One port kept open: found, opened, lost, found again, at the right speed; bytes become rows. Never blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from luiapp.errors import LinkError
from luiapp.link.detect import BaudFinder
from luiapp.link.lines import LineParser, Rows
from luiapp.link.port import Opener, Port, Transport, is_address, list_all, open_at, real_path, short_name
from luiapp.texts import tr

RETRY = 1.0  # s between two tries to open
SILENCE = 2.5  # s without a byte until a person is told (an Uno is silent for 2 s after opening)
WORDS = 4.0  # s of words without a number until a person is told
RUBBISH_TIME = 2.0  # s of nothing but rubbish until the baud rate is doubted

State = Literal["waiting", "listening", "reading"]


@dataclass(frozen=True)
class Note:
    """Something that happened to a port.

    ``name`` is one of ``"open"``, ``"back"``, ``"gone"``, ``"missing"``, ``"denied"``, ``"busy"``, ``"other"``,
    ``"silent"``, ``"data"``, ``"garbage"``, ``"columns"``, ``"rate"``; ``text`` says it to a person.
    """

    name: str
    text: str


class PortListener:
    """Keeps one port open and reads rows from it.

    Parameters
    ----------
    path : str
        As the person gave it: a device, a pty, ``socket://host:port``.
    baud : int or None
        None: found out, beginning with `likely_baud`.
    opener, lister : callables
        For tests.

    Attributes
    ----------
    state : str
        ``"waiting"`` for the port, ``"listening"`` for the right baud rate, ``"reading"``.
    parser : LineParser
        Its ``counters`` are public.
    n_opened, n_lost : int
        How often the port came and went.
    open_path : str
        The device that is open at present; empty while none is.
    port : Port or None
        What the system says of it.
    notes : list of Note
        What happened since somebody last emptied it.
    """

    def __init__(
        self,
        path: str,
        *,
        baud: int | None = None,
        likely_baud: int | None = None,
        opener: Opener = open_at,
        lister: Callable[[], list[Port]] = list_all,
    ) -> None:
        self.path = path
        self.name = short_name(path)
        self.state: State = "waiting"
        self.parser = LineParser()
        self.open_path = ""
        self.port: Port | None = None
        self.n_opened = self.n_lost = 0
        self.notes: list[Note] = []
        self._fixed = baud
        self._finder = BaudFinder(baud or likely_baud, fixed=baud is not None)
        self._opener, self._lister = opener, lister
        self._wire: Transport | None = None
        self._next_try = 0.0
        self._fault = ""  # the one last told
        self._rows: list[Rows] = []  # while listening
        self._t_bytes = 0.0
        self._is_silent = False
        self._t_begun, self._begun, self._told_words = 0.0, (0, 0), False  # since when; lines and words then
        self._doubt = (0.0, 0, 0)  # since when; lines and garbage bytes then

    @property
    def baud(self) -> int:
        """The baud rate found, or under trial."""
        return self._finder.baud

    def poll(self, now: float, taken: Collection[str] = ()) -> list[Rows]:
        """Look once: open where it is closed, read where it is open. `taken` are ports that others have open."""
        if self._wire is None:
            if now >= self._next_try:
                self._try_open(now, taken)
            return []
        try:
            data = self._wire.read()
            rows = self.parser.feed(data) if data else []
            self._watch_silence(now, len(data))
            if self.state == "listening":
                return self._listen(now, rows)
            self._watch_rubbish(now)
        except LinkError as error:
            self._lose(now, error)
            return []
        return rows

    def close(self) -> None:
        """Let go of the port."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        self.open_path = ""
        self.state = "waiting"

    def _try_open(self, now: float, taken: Collection[str]) -> None:
        self._next_try = now + RETRY
        try:
            ports = self._lister() if not is_address(self.path) else []
        except OSError:
            ports = []
        path = _find(self.path, self.port, ports, taken)
        try:
            self._wire = self._opener(path, self._finder.baud)
        except LinkError as error:
            fault = str(error.fields.get("fault", "other"))
            if fault != self._fault and not (fault == "missing" and self._fault == "gone"):
                self._fault = fault
                self.notes.append(Note(fault, str(error)))
            return
        self.open_path = real_path(path)
        self.port = next((p for p in ports if p.path == self.open_path), self.port)
        self._fault = ""
        self.n_opened += 1
        self.state = "listening"
        self.parser.reset()
        self._begin_listening(now)
        text = tr("{port} is open", port=path) if self.n_opened == 1 else tr("{port} is back", port=path)
        self.notes.append(Note("open" if self.n_opened == 1 else "back", text))

    def _begin_listening(self, now: float) -> None:
        self._rows = []
        self._t_bytes, self._is_silent = now, False
        counters = self.parser.counters
        self._t_begun, self._begun = now, (counters.lines, counters.text_lines + counters.header_lines)
        self._finder.begin(now, self.parser.counters)

    def _listen(self, now: float, rows: list[Rows]) -> list[Rows]:
        self._rows += rows
        verdict = self._finder.judge(now, self.parser.counters)
        if verdict == "found":
            rows, self._rows = self._rows, []
            self.state = "reading"
            self._doubt = (now, self.parser.counters.lines, self.parser.counters.garbage_bytes)
            self.notes.append(Note("data", tr("{port} sends lines at {baud} baud", port=self.name, baud=self.baud)))
            return rows
        if not self._told_words and now - self._t_begun > WORDS and self._only_words():
            self._told_words = True
            self.notes.append(Note("garbage", tr("{port} sends words but no lines of numbers", port=self.name)))
        if verdict == "next":
            rounds = self._finder.n_rounds
            self._finder.advance()
            self.parser.reset()
            self._begin_listening(now)
            if self._finder.n_rounds == 1 and rounds == 0:
                self.notes.append(Note("garbage", self._rubbish_text()))
            if self._wire is not None and self._fixed is None:
                self._wire.set_baud(self._finder.baud)
        return []

    def _only_words(self) -> bool:
        lines, words = self._begun
        counters = self.parser.counters
        return counters.lines == lines and counters.text_lines + counters.header_lines >= words + 3

    def _rubbish_text(self) -> str:
        if self._fixed is not None:
            return tr("{port} sends no readable lines at {baud} baud; leave the baud rate out to have it found",
                      port=self.name, baud=self._fixed)  # fmt: skip
        return tr("{port} sends no lines of numbers at any baud rate; does its sketch print some?", port=self.name)

    def _watch_silence(self, now: float, n_bytes: int) -> None:
        if n_bytes:
            if self._is_silent and self.state == "reading":
                self.notes.append(Note("data", tr("{port} sends again", port=self.name)))
            self._t_bytes, self._is_silent = now, False
        elif not self._is_silent and now - self._t_bytes > SILENCE:
            self._is_silent = True
            self.notes.append(Note("silent", tr("{port} is open but sends nothing", port=self.name)))

    def _watch_rubbish(self, now: float) -> None:
        since, lines, garbage = self._doubt
        counters = self.parser.counters
        if now - since < RUBBISH_TIME:
            return
        self._doubt = (now, counters.lines, counters.garbage_bytes)
        if counters.lines == lines and counters.garbage_bytes - garbage > 200:
            self.notes.append(Note("garbage", tr("{port} sends nothing readable any more", port=self.name)))
            if self._fixed is None:
                self.state = "listening"
                self.parser.reset()
                self._begin_listening(now)

    def _lose(self, now: float, error: LinkError) -> None:
        self.close()
        self.n_lost += 1
        self._fault = "gone"
        self._next_try = now + RETRY / 4
        self.parser.reset()
        self.notes.append(Note("gone", str(error)))


def _find(path: str, known: Port | None, ports: list[Port], taken: Collection[str]) -> str:
    """Where a port is now: by what it was known as, else by the path it was asked for."""
    if known is None:
        return path
    free = [p for p in ports if p.path not in taken]
    same = [p for p in free if p.identity == known.identity]
    kin = [p for p in free if (p.vid, p.pid) == (known.vid, known.pid) and p.vid is not None and not p.serial_number]
    for found in (same, kin if len(kin) == 1 and not known.serial_number else []):
        if found:
            at_old_place = [p for p in found if p.path in (path, known.path)]
            return (at_old_place or found)[0].path
    return path
