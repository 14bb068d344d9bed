"""What is on the table: every line is stimulated, every spike is followed, and the wires are drawn from what moves."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from luiapp.data.chunk import Event
from luiapp.data.recording import Recording
from luiapp.errors import RigError
from luiapp.experiments.finding import Finding
from luiapp.experiments.result import Progress, Request
from luiapp.experiments.session import Session
from luiapp.experiments.wires import HAND, Board, Wire, look, wires_of
from luiapp.model import lui
from luiapp.model.network import Network
from luiapp.stream.source import Kick, Pulse
from luiapp.texts import mark, tr

LISTEN = 1.5  # s at the beginning, without stimuli
N_ROUNDS = 4  # single pulses on each line
APART = (0.16, 0.34)  # s between them
N_FIRED = 8  # spikes of each board that are enough to follow its axon
KICKS = (60e-3, 0.15, 0.4, 0.6)  # s, ever wider pulses until a board fires
PATIENCE = 8.0  # s to listen to a board that a hand has turned up
SEED = 1
_HEADER = ("from", "to", "dendrite", "sign", "weight_percent", "sure")
_EXCITES, _INHIBITS = mark("excites, {percent} %"), mark("inhibits, {percent} %")
Steps = Iterator[Progress | Request]


def discover(session: Session) -> Iterator[Progress | Request | Finding]:
    """Find out how all boards of a rig are wired. Raises `RigError` where no pulses go by wire."""
    if not session.can(Pulse) and not session.is_replay:
        raise RigError("finding out what is on the table needs pulses by wire, and {name} can't give them; "
                       "use an adapter or a simulation", name=session.rig.name)  # fmt: skip
    if session.is_replay:
        yield session.report(0.0, tr("reading the recording"))
        yield from session.run(session.length)
    else:
        yield from _stimulate(session)
    yield session.report(0.95, tr("drawing the wires"))
    yield evaluate(session.recording())


def _stimulate(session: Session) -> Steps:
    yield session.report(0.0, tr("listening"))
    yield from session.run(LISTEN)
    names = session.neurons
    random = np.random.default_rng(SEED)
    lines = [(i, k) for _ in range(N_ROUNDS) for i, k in random.permutation([(i, k) for i in range(len(names))
                                                                            for k in range(3)]).tolist()]  # fmt: skip
    for n, (i, k) in enumerate(lines):
        yield session.report(0.05 + 0.55 * n / len(lines), tr("a pulse on dendrite {k} of {neuron}",
                                                              k=k + 1, neuron=names[i]))  # fmt: skip
        yield from session.pulse(width=lui.SPIKE_WIDTH, synapse=k, i_neuron=i)
        yield from session.run(float(random.uniform(*APART)))
    for i, name in enumerate(names):
        if session.n_spikes_of(i) >= N_FIRED:
            continue
        yield session.report(0.6 + 0.35 * i / len(names), tr("making {neuron} fire", neuron=name))
        yield from _make_fire(session, i, random)
    for i, name in enumerate(names):
        if session.n_spikes_of(i) == 0 and _is_alive(session, i):
            session.report(0.94, "")
            yield from _with_a_hand(session, i, name)


def _is_alive(session: Session, i: int) -> bool:
    """Whether anything moves its membrane; at empty places of an adapter nobody can help."""
    board = look(session.recording(), only=i)[0]
    return any(one.clear for one in (*board.lines, *board.axons))


def _with_a_hand(session: Session, i: int, name: str) -> Steps:
    """A board that no pulse makes fire: its leak is turned up, which the evaluation is told."""
    begun = session.now
    yield from session.ask(tr("turn leak of {neuron} up until its spike lamp flashes by itself, and let it flash; if "
                              "it never does, go on as well", neuron=name))  # fmt: skip
    session.note(Event(begun, HAND, name, "leak", session.now - begun))
    yield session.report(0.94, tr("listening to {neuron}", neuron=name))
    for _ in range(round(PATIENCE / 0.5)):
        if session.n_spikes_of(i) >= N_FIRED:
            return
        yield from session.run(0.5)


def _make_fire(session: Session, i: int, random: np.random.Generator) -> Steps:
    """Ever wider pulses on one dendrite after the other, until it has fired often enough; lifted where that can be."""
    for _ in range(2 * N_FIRED if session.can(Kick) else 0):
        if session.n_spikes_of(i) >= N_FIRED:
            return
        try:
            session.rig.send(Kick(i))
        except RigError:  # a real board among simulated ones
            break
        yield from session.run(float(random.uniform(0.2, 0.4)))
    for width in KICKS:
        for k in range(3):
            before = session.n_spikes_of(i)
            for _ in range(N_FIRED):
                yield from session.pulse(width=width, synapse=k, i_neuron=i)
                yield from session.run(width + float(random.uniform(0.15, 0.4)))
                if session.n_spikes_of(i) >= N_FIRED:
                    return
                if session.n_spikes_of(i) == before:
                    break


def evaluate(recording: Recording) -> Finding:
    """The circuit that a recording with pulses on single lines tells of."""
    boards = look(recording)
    names = recording.layout.neurons
    found = [wire for post in range(len(boards)) for wire in wires_of(boards, post)]
    network = _network(names, boards, found)
    lines = [_wire_told(network, wire) for wire in found]
    if not all(wire.sure for wire in found):
        lines.append(tr("(?) The dendrite is a guess: others of that board have much the same weight."))
    silent = [name for i, name in enumerate(names) if boards[i].n_fired[i] == 0]
    dead = [i for i, one in enumerate(boards) if not any(line.clear for line in (*one.lines, *one.axons))]
    if silent:
        lines.append(
            tr(
                "Never fired, so wires from their axons stay unknown: {names}. Turn their leak up until they fire, and "
                "look again.",
                names=", ".join(silent),
            )
        )
    if dead:
        lines.append(tr("No line moves these membranes; is the board on, and its MEM plugged in? {names}",
                        names=", ".join(names[i] for i in dead)))  # fmt: skip
    if turned := sorted({e.target for e in recording.events if e.kind == HAND}):
        lines.append(tr("Turned up by hand for this, to be turned back: leak of {names}.", names=", ".join(turned)))
    headline = tr("{n} boards, {k} wires.", n=len(names), k=len(found)) if found else tr(
        "{n} boards, and no wire between them.", n=len(names))  # fmt: skip
    rows = [_HEADER, *(_row(network, wire) for wire in found)]
    return Finding("table", headline, tuple(lines), tuple(rows), network, well=not dead)


def _wire_told(network: Network, wire: Wire) -> str:
    sign, percent = _sign(network, wire), _percent(network, wire)
    told = tr(_EXCITES if sign > 0 else _INHIBITS, percent=f"{percent:.0f}")
    text = tr("{pre} → {post}, dendrite {k}: {what}", pre=network.names[wire.pre], post=network.names[wire.post],
              k=wire.synapse + 1, what=told)  # fmt: skip
    return text if wire.sure else text + " (?)"


def _row(network: Network, wire: Wire) -> tuple[str, ...]:
    return (network.names[wire.pre], network.names[wire.post], str(wire.synapse + 1),
            f"{_sign(network, wire):+.0f}", f"{_percent(network, wire):.0f}", "yes" if wire.sure else "no")  # fmt: skip


def _sign(network: Network, wire: Wire) -> float:
    return float(network.parameter(f"sign_{wire.synapse + 1}")[wire.post])


def _percent(network: Network, wire: Wire) -> float:
    return lui.knob(f"w{wire.synapse + 1}").percent(float(network.parameter(f"r_w{wire.synapse + 1}")[wire.post]))


def _network(names: Sequence[str], boards: Sequence[Board], wires: Sequence[Wire]) -> Network:
    """The circuit, with trimmers as far as membranes tell them; what they don't tell is in the middle."""
    net = Network(model="lui", name=tr("table"))
    for i, board in enumerate(boards):
        values: dict[str, float] = {}
        if math.isfinite(board.tau_syn):
            values["r_tsyn"] = min(board.tau_syn / lui.C_SYN, lui.knob("tau_syn").track)
        if math.isfinite(board.tau_mem):
            values["r_leak"] = min(board.tau_mem / lui.C_MEM, lui.knob("tau_mem").track)
            share = min(max(board.v_leak / lui.VDD, 0.0), 1.0)
            values["r_vleak"] = share * lui.knob("leak").track
        plugged = {wire.synapse: board.axons[wire.pre].size for wire in wires if wire.post == i}
        for k, line in enumerate(board.lines):
            size = line.size if line.clear else plugged.get(k, 0.0)
            if size:
                values[f"sign_{k + 1}"] = math.copysign(1.0, size)
                values[f"r_w{k + 1}"] = _resistance(abs(size), values.get("r_tsyn", 5e3))
        net.neuron(names[i], **values)  # type: ignore[arg-type]
    for wire in wires:
        net.connect(wire.pre, wire.post, synapse=wire.synapse)
    return net


def _resistance(size: float, r_tsyn: float) -> float:
    """The weight trimmer [Ω] of an input that pulls the membrane by `size` [V/s] at full current, nominal parts."""
    current = size * lui.C_MEM * lui.R_SOURCE / (2 * lui.K_LADDER * max(r_tsyn, lui.R_END))
    return min(max(lui.VDD / 2 / current - lui.R_WEIGHT_SERIES, 0.0), lui.knob("w1").track)
