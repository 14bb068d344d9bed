"""A hand turns a trimmer, and the membrane says how far it is: until its response is what was wanted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.data.measure import find_spikes
from luiapp.errors import ParameterError, RigError
from luiapp.experiments.finding import Finding
from luiapp.experiments.result import Axis, Progress, Request
from luiapp.experiments.session import Session
from luiapp.experiments.wires import Board, look
from luiapp.model import lui
from luiapp.stream.source import Pulse
from luiapp.texts import mark, tr

AXES = Axis(mark("time"), "s"), Axis(mark("turn of the trimmer in %"), "")
COUNT_AXES = Axis(mark("time"), "s"), Axis(mark("pulse on which it fires"), "")
TOLERANCE = {"leak": 1.5, "tau_mem": 4.0, "tau_syn": 5.0, "w1": 3.0, "w2": 3.0, "w3": 3.0}  # percent of a turn
BETWEEN = (0.35, 0.55)  # s from pulse to pulse
WINDOW = 2.6  # s that a reading looks back
STEADY = 3  # trains in a row that must be right
LONGEST = 180.0  # s
TRAIN_PERIOD, TRAIN_WIDTH, MOST_PULSES = 10e-3, 5e-3, 40  # of the pulse-count test: 100 Hz
_UNSEEN = mark("pulses on dendrite {k} don't move the membrane of {neuron}; is the line plugged in, and the board on?")
Steps = Iterator[Progress | Request]


@dataclass(frozen=True)
class Wish:
    """What a trimmer shall be turned to: its name, and a turn in percent."""

    trimmer: str
    percent: float

    def __post_init__(self) -> None:
        if not 0 <= self.percent <= 100:
            raise ParameterError("{name} turns from 0 to 100 %, not to {value} %",
                                 name=self.trimmer, value=f"{self.percent:g}")  # fmt: skip
        lui.knob(self.trimmer)

    @property
    def synapse(self) -> int:
        """The dendrite that gets the pulses."""
        return int(self.trimmer[1]) - 1 if self.trimmer.startswith("w") else 0


def guide(session: Session, *, trimmer: str = "w1", percent: float = 40.0) -> Iterator[Progress | Request | Finding]:
    """Tell a hand how far it is, several times a second, until the response is right and stays so.

    A weight is read against the one at its left stop, so that nothing else need be known of the board; the leak as a
    share of the supply, and time constants as such, which is what a circuit needs of them.
    """
    if not session.can(Pulse):
        raise RigError("the guide needs pulses by wire, and {name} can't give them; use an adapter or a simulation",
                       name=session.rig.name)  # fmt: skip
    wish = Wish(trimmer, percent)
    random = np.random.default_rng(1)
    yield session.report(0.0, tr("looking at the board"))
    if trimmer.startswith("w"):
        yield Request(0.0, tr("turn {knob} of {neuron} fully to the left", knob=trimmer, neuron=session.name))
    yield from _pulses(session, wish, random, WINDOW + 1.0)
    seen = _now(session)
    if seen is None or not seen.lines[wish.synapse].clear:
        raise RigError(_UNSEEN, k=wish.synapse + 1, neuron=session.name)
    reference = abs(seen.lines[wish.synapse].size)
    known = {"tau_mem": seen.tau_mem} if trimmer == "tau_syn" else {"tau_syn": seen.tau_syn}  # nobody turns that one
    begun, right, last = session.now, 0.0, math.nan  # for how long it has been right [s]
    while session.now - begun < LONGEST and right < WINDOW:
        before = session.now
        yield from _pulses(session, wish, random, 0.2)
        last = reading(_now(session, **known), wish, reference)
        right = right + session.now - before if abs(last - percent) <= TOLERANCE[trimmer] else 0.0
        near = 1 - min(abs(last - percent) / 100, 1.0) if math.isfinite(last) else 0.0
        yield session.report(near, _told(session, wish, last), (session.now - begun, last), AXES)
    values = {"trimmer": trimmer, "wanted": percent, "reading": last}
    if right >= WINDOW:
        return (yield Finding("trimmer", tr("{knob} of {neuron} is right: {percent} %.", knob=trimmer,
                                            neuron=session.name, percent=f"{percent:.0f}"), more=values))  # fmt: skip
    yield Finding("trimmer", tr("{knob} of {neuron} reads {now} %, not {percent} %.", knob=trimmer,
                                neuron=session.name, now=_number(last), percent=f"{percent:.0f}"),
                  (tr("Does the membrane move when it is turned? If not, see the troubleshooter."),),
                  well=False, more=values)  # fmt: skip


def _told(session: Session, wish: Wish, now: float) -> str:
    about = {"knob": wish.trimmer, "neuron": session.name, "percent": f"{wish.percent:.0f}", "now": _number(now)}
    if not math.isfinite(now):
        return tr("turn {knob} of {neuron} to {percent} %: nothing is seen of it yet", **about)
    if abs(now - wish.percent) <= TOLERANCE[wish.trimmer]:
        return tr("{knob} of {neuron}: {now} %, as wanted; let go", **about)
    if now < wish.percent:
        return tr("turn {knob} of {neuron} right: {now} % now, {percent} % wanted", **about)
    return tr("turn {knob} of {neuron} left: {now} % now, {percent} % wanted", **about)


def _number(value: float) -> str:
    return f"{min(max(value, 0.0), 100.0):.0f}" if math.isfinite(value) else "?"


def _pulses(session: Session, wish: Wish, random: np.random.Generator, duration: float) -> Steps:
    """Pulses at the dendrite, for at least `duration` seconds."""
    end = session.now + duration
    while session.now < end:
        yield from session.pulse(width=lui.SPIKE_WIDTH, synapse=wish.synapse)
        yield from session.run(float(random.uniform(*BETWEEN)))


def _now(session: Session, tau_syn: float = math.nan, tau_mem: float = math.nan) -> Board | None:
    """What the last seconds tell of the board; None where that's too little."""
    cut = session.recent(WINDOW)
    return look(cut, session.i_neuron, tau_syn=tau_syn, tau_mem=tau_mem)[0] if cut is not None else None


def reading(board: Board | None, wish: Wish, reference: float = math.nan) -> float:
    """Where a trimmer stands [%], as the membrane tells; not-a-number where it doesn't.

    Parameters
    ----------
    reference : float
        For weights: size of the input while its trimmer was at the left stop [V/s].
    """
    if board is None:
        return math.nan
    knob = lui.knob(wish.trimmer)
    if wish.trimmer == "leak":
        return 100 * board.v_leak / lui.VDD
    if wish.trimmer == "tau_mem":
        return 100 * board.tau_mem / lui.C_MEM / knob.track
    if wish.trimmer == "tau_syn":
        return 100 * board.tau_syn / lui.C_SYN / knob.track
    line = board.lines[wish.synapse]
    if not (line.clear and reference > 0):
        return math.nan
    whole = knob.track + lui.R_WEIGHT_SERIES
    return 100 * (1 - (whole * reference / abs(line.size) - lui.R_WEIGHT_SERIES) / knob.track)


def pulse_count(session: Session, *, dendrite: int = 1, wanted: int = 4) -> Iterator[Progress | Request | Finding]:
    """Trains of 100 Hz on a dendrite: on which pulse does it fire? Told until that is the wanted one, three times.

    Raises `RigError` where no trains go by wire, `ParameterError` where `wanted` isn't 1 to 40.
    """
    if not 1 <= wanted <= MOST_PULSES:
        raise ParameterError("it can fire on pulse 1 to {limit} of a train, not on {value}",
                             limit=MOST_PULSES, value=wanted)  # fmt: skip
    if not session.can(Pulse):
        raise RigError("the guide needs pulses by wire, and {name} can't give them; use an adapter or a simulation",
                       name=session.rig.name)  # fmt: skip
    synapse = dendrite - 1
    yield session.report(0.0, tr("looking at the board"))
    yield from session.run(0.5)
    begun, right, counts = session.now, 0, list[int]()
    while session.now - begun < LONGEST and right < STEADY:
        count = 0
        for step in _train(session, synapse, wanted + 8):
            if isinstance(step, int):
                count = step
            else:
                yield step
        counts.append(count)
        right = right + 1 if count == wanted else 0
        near = right / STEADY
        point = (session.now - begun, float(count) if count else math.nan)
        yield session.report(near, _count_told(session, synapse, count, wanted), point, COUNT_AXES)
    told = tr("{neuron} fires on pulse {n} of 100 Hz at dendrite {k}.", neuron=session.name, n=counts[-1] or "–",
              k=synapse + 1)  # fmt: skip
    yield Finding("pulse-count", told, well=right >= STEADY, more={"counts": counts, "wanted": wanted})


def _count_told(session: Session, synapse: int, count: int, wanted: int) -> str:
    about = {"knob": f"w{synapse + 1}", "neuron": session.name, "n": count, "wanted": wanted}
    if count == wanted:
        return tr("it fires on pulse {n}, as wanted; let go", **about)
    if count == 0:
        return tr("it doesn't fire: turn {knob} of {neuron} right; pulse {wanted} is wanted", **about)
    if count < wanted:
        return tr("it fires on pulse {n}: turn {knob} of {neuron} left; pulse {wanted} is wanted", **about)
    return tr("it fires on pulse {n}: turn {knob} of {neuron} right; pulse {wanted} is wanted", **about)


def _train(session: Session, synapse: int, n: int) -> Iterator[Progress | Request | int]:
    """One train from rest; the number of the pulse that it fired on, 0 for none, comes last."""
    begun = session.now
    yield from session.train(n=n, width=TRAIN_WIDTH, period=TRAIN_PERIOD, synapse=synapse)
    yield from session.run(n * TRAIN_PERIOD + 0.9)
    cut = session.recent(session.now - begun)
    if cut is None:
        yield 0
        return
    spikes = cut.spike_train(session.i_neuron) if cut.layout.neurons else find_spikes(cut.time, cut.samples[:, 0])
    yield counted(session.pulse_times(begun, synapse), spikes)


def counted(pulses: NDArray[np.float64], spikes: NDArray[np.float64]) -> int:
    """The number of the pulse that the first spike since the first pulse came on; 0 where there was none."""
    after = spikes[spikes > pulses[0]] if len(pulses) else spikes[:0]
    return int(np.searchsorted(pulses, after[0], side="right")) if len(after) else 0
