"""What ails a board that doesn't do what it should: listened to, pulsed, and told with what to do about it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from luiapp.data.recording import Recording
from luiapp.errors import RigError
from luiapp.experiments.finding import Finding
from luiapp.experiments.result import Progress, Request, told
from luiapp.experiments.session import Session
from luiapp.experiments.stretches import membrane_column
from luiapp.experiments.wires import Board, look
from luiapp.model import lui
from luiapp.stream.source import Pulse
from luiapp.texts import mark, tr

LISTEN = 2.0  # s without stimuli
SEEN = 3.0  # standard errors that an input stands out by, to be there
N_ROUNDS = 6  # pulses on each dendrite
APART = (0.3, 0.5)  # s between them
WIDE = (0.1, 0.3, 0.6)  # s, pulses that make most boards fire
HUM = 0.05  # V, amplitude of mains above which there is no common ground
MAINS = (50.0, 60.0)  # Hz
FLAT = 4e-3  # V, below which nothing moves
WEAK = 2.45  # V, supply of a cell that is to be changed
FORGETFUL = 0.06  # V that even wide pulses move a membrane by whose trimmer is at its left stop: 50 Ω times 435 µA
SPREAD = 0.25  # of the logarithm of a weight, by parts and by hands
PRIOR = 4.0  # in squares of SPREAD: what it takes to believe in one thing that is wrong
Steps = Iterator[Progress | Request]

# Name, what it is, what to do about it; the gravest first. `{k}` is a dendrite, `{neuron}` the board.
ILLS: dict[str, tuple[str, str]] = {
    "ground": (mark("{neuron} has no common ground: its membrane hums with the mains."),
               mark("Join GND of the board and GND of the adapter with a wire, before all others.")),
    "dead": (mark("Nothing moves at {neuron}."),
             mark("Switch the board on; if its LEDs stay dark, put a new cell in. Then check the wire at MEM.")),
    "battery": (mark("The cell of {neuron} is empty: it gives {volts}."),
                mark("Put a new CR2032 in, the + up.")),
    "leak": (mark("The leak of {neuron} is too high: it fires by itself."),
             mark("Turn the leak trimmer left until it falls silent, then a little further.")),
    "tau_mem": (mark("The membrane trimmer of {neuron} is at its left stop: the membrane forgets at once."),
                mark("Turn tau_mem right, to a fifth of its way or so.")),
    "open": (mark("Pulses on dendrite {k} of {neuron} do nothing."),
             mark("Push the plug in, and see that the line is the one of this dendrite.")),
    "sign": (mark("The switch of dendrite {k} of {neuron} stands the wrong way."),
             mark("Flip the switch beside the dendrite.")),
    "dendrite": (mark("Wires of {neuron} are in the wrong dendrites: {k} and {other} are exchanged."),
                 mark("Exchange the two plugs.")),
    "stop_left": (mark("The weight trimmer of dendrite {k} of {neuron} is at its left stop."),
                  mark("Turn it right; the guide to a trimmer tells how far.")),
    "stop_right": (mark("The weight trimmer of dendrite {k} of {neuron} is at its right stop."),
                   mark("Turn it left; the guide to a trimmer tells how far.")),
}  # fmt: skip


@dataclass(frozen=True)
class Ill:
    """Something that is wrong: a key of `ILLS`, and the dendrites that it is about (0…2, −1 for none)."""

    name: str
    k: int = -1
    other: int = -1


def diagnose(session: Session) -> Iterator[Progress | Request | Finding]:
    """Listen, give pulses, and say what is wrong. The bench's circuit, where there is one, says what is wanted."""
    if not session.can(Pulse) and not session.is_replay:
        raise RigError("the troubleshooter needs pulses by wire, and {name} can't give them; use an adapter",
                       name=session.rig.name)  # fmt: skip
    yield session.report(0.0, tr("listening"))
    yield from session.run(LISTEN)
    begun = session.now
    random = np.random.default_rng(2)
    lines = [k for _ in range(N_ROUNDS) for k in random.permutation(3).tolist()]
    for n, k in enumerate(lines):
        yield session.report(0.2 + 0.6 * n / len(lines), tr("a pulse on dendrite {k} of {neuron}",
                                                            k=k + 1, neuron=session.name))  # fmt: skip
        yield from session.pulse(width=lui.SPIKE_WIDTH, synapse=k)
        yield from session.run(float(random.uniform(*APART)))
    for width, k in itertools.product(WIDE, range(3)):
        if session.n_spikes_since(begun - LISTEN) >= 2:
            break
        yield session.report(0.85, tr("making {neuron} fire", neuron=session.name))
        yield from session.pulse(width=width, synapse=k)
        yield from session.run(width + 0.25)
    yield session.report(0.95, tr("thinking"))
    wanted = session.network if session.rig.network is not None else None
    plan = None if wanted is None else {p.name: session.value(p.name) for p in wanted.kind.parameters}
    recording = session.recording()
    ills, volts = found_ill(recording, session.i_neuron, recording.t_start + LISTEN, plan)
    yield _told(ills, session.name, volts, planned=plan is not None)


def found_ill(
    recording: Recording, i_neuron: int, listened: float, plan: dict[str, float] | None
) -> tuple[list[Ill], float]:
    """What is wrong with a board, the gravest first, and its supply [V] (not-a-number where it didn't fire).

    Parameters
    ----------
    listened : float
        Until when no pulses went out [s].
    plan : dict or None
        Parameters that the board should have.
    """
    time = recording.time
    v = np.asarray(recording.samples[:, membrane_column(recording, i_neuron)], np.float64)
    spikes = recording.spike_train(i_neuron)
    vdd = supply(time, v, spikes)
    quiet = (time < listened) & np.isfinite(v)
    board = look(recording, i_neuron)[0]
    alone = int((spikes < listened).sum())
    if alone < 2 and hum(time[quiet], v[quiet]) > HUM:  # regular spikes have a share of any frequency
        return [Ill("ground")], vdd
    moved = float(np.nanmax(v) - np.nanmin(v)) if np.isfinite(v).any() else 0.0
    if moved < FLAT or (not len(spikes) and not any(line.clear for line in board.lines) and np.nanmax(v) < 0.1):
        return [Ill("dead")], vdd
    ills = [Ill("battery")] if vdd < WEAK else []
    if alone >= 2 and (plan is None or plan["r_vleak"] / lui.knob("leak").track < lui.THRESHOLD_RATIO):
        ills.append(Ill("leak"))
    if not len(spikes) and moved < FORGETFUL:
        return [*ills, Ill("tau_mem")], vdd
    return [*ills, *_lines(board, plan)], vdd


def supply(time: NDArray[np.float64], v: NDArray[np.float64], spikes: NDArray[np.float64]) -> float:
    """VDD [V] by the height from which the membrane falls: the median over spikes; not-a-number without one."""
    tops = []
    for t in spikes.tolist():
        a, b = np.searchsorted(time, (t - 4e-3, t + 1.5e-3))
        part = v[a:b][np.isfinite(v[a:b])]
        if len(part):
            tops.append(float(part.max()))
    return float(np.median(tops)) / lui.THRESHOLD_RATIO if tops else math.nan


def hum(time: NDArray[np.float64], v: NDArray[np.float64]) -> float:
    """Amplitude [V] of the mains in a trace, the larger of both frequencies; 0 where neither stands out."""
    if len(v) < 50:
        return 0.0
    window = np.hanning(len(v))
    rest = (v - np.average(v, weights=window)) * window * 2 / window.sum()
    sizes = {f: abs(complex(rest @ np.exp(-2j * np.pi * f * time))) for f in (45.0, 50.0, 55.0, 60.0, 65.0)}
    lines = [f for f in MAINS if sizes[f] > 4 * max(sizes[f - 5], sizes[f + 5])]  # spikes have all frequencies
    return max((sizes[f] for f in lines), default=0.0)


def expected(plan: dict[str, float], k: int, *, r_w: float | None = None) -> float:
    """Size [V/s] of the input at dendrite `k` (0…2) of a board set as in `plan`, of nominal parts."""
    ohms = plan[f"r_w{k + 1}"] if r_w is None else r_w
    gain = 2 * lui.K_LADDER / lui.R_SOURCE / lui.C_MEM * max(plan["r_tsyn"], lui.R_END)
    return gain * lui.weight_current(ohms, vdd=plan["v_cell"]) * plan[f"sign_{k + 1}"]


def _lines(board: Board, plan: dict[str, float] | None) -> list[Ill]:
    """The one thing that explains best how the three dendrites answer; nothing, where all is as planned."""
    dark = [Ill("open", k) for k, line in enumerate(board.lines) if not abs(line.size) > SEEN * line.error]
    if plan is None or len(dark) == 3:
        return dark
    dead = {ill.k for ill in dark}
    seen = [math.nan if k in dead else line.size for k, line in enumerate(board.lines)]
    usual = [expected(plan, k) for k in range(3)]
    ways: list[tuple[float, int, list[Ill]]] = [(_misfit(seen, usual), 0, [])]

    def add(ill: Ill, sizes: Sequence[float]) -> None:
        ways.append((_misfit(seen, sizes) + PRIOR, len(ways), [ill]))

    for k in range(3):
        add(Ill("sign", k), [-one if i == k else one for i, one in enumerate(usual)])
        for name, ohms in (("stop_left", lui.knob("w1").track), ("stop_right", 0.0)):
            add(Ill(name, k), [expected(plan, k, r_w=ohms) if i == k else one for i, one in enumerate(usual)])
    for a, b in ((0, 1), (0, 2), (1, 2)):
        swapped = list(usual)
        swapped[a], swapped[b] = usual[b], usual[a]
        add(Ill("dendrite", a, b), swapped)
    return [*dark, *min(ways)[2]]


def _misfit(seen: Sequence[float], sizes: Sequence[float]) -> float:
    """In squares of SPREAD; a factor common to all is free, as capacitors are what they are."""
    known = [(a, b) for a, b in zip(seen, sizes, strict=True) if math.isfinite(a)]
    logs = np.array([math.log(abs(a) / abs(b)) for a, b in known])
    signs = sum(1 for a, b in known if a * b < 0)
    common = float(np.clip(np.median(logs), -0.6, 0.6)) if len(logs) else 0.0
    return float((np.clip((logs - common) / SPREAD, -5, 5) ** 2).sum()) + 30.0 * signs


def _told(ills: Sequence[Ill], name: str, volts: float, *, planned: bool) -> Finding:
    if not ills:
        lines = [] if planned else [tr("What it should do isn't known: show the circuit on the bench, and switches, "
                                       "weights and dendrites are compared, too.")]  # fmt: skip
        return Finding("trouble", tr("Nothing is wrong with {neuron}.", neuron=name), tuple(lines),
                       (("ill", "dendrite"),))  # fmt: skip
    lines = []
    for ill in ills:
        what, do = ILLS[ill.name]
        about = {"neuron": name, "k": ill.k + 1, "other": ill.other + 1, "volts": told(volts, "V", 2)}
        lines += [tr(what, **about), "→ " + tr(do)]
    rows = [("ill", "dendrite"), *((ill.name, str(ill.k + 1)) for ill in ills)]
    return Finding("trouble", lines[0], tuple(lines[1:]), tuple(rows), well=False)
