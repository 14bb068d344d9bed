"""One suite for every rig. A rig joins by one function in `FACTORIES`: a context manager that yields an open rig.

The rig must be running: samples arrive within a few seconds, and go on arriving.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

from luiapp.data.chunk import Chunk
from luiapp.errors import RigError
from luiapp.stream.source import (
    Command,
    Kick,
    Mark,
    Pulse,
    Rig,
    Seek,
    SetParameter,
    SetPaused,
    SetSpeed,
    StepOnce,
)

EVERY_COMMAND: tuple[Command, ...] = (
    SetParameter(0, "r_leak", 20e3), Pulse(0), Kick(0), SetSpeed(1.0), SetPaused(False), StepOnce(), Mark(3), Seek(0.0),
)  # fmt: skip
SLACK = 0.5  # s; on a laden machine a sleep takes longer than asked


@contextlib.contextmanager
def _board() -> Iterator[Rig]:
    from board_pty import FakeBoard

    from luiapp.rigs.board import open_board

    with FakeBoard() as board:
        rig = open_board(board.path)
        try:
            yield rig
        finally:
            rig.close()


@contextlib.contextmanager
def _two_boards() -> Iterator[Rig]:
    from board_pty import FakeBoard

    from luiapp.rigs.board import open_board

    with FakeBoard() as one, FakeBoard(rate=500.0) as other:
        rig = open_board(f"{one.path},{other.path}@115200")
        try:
            yield rig
        finally:
            rig.close()


@contextlib.contextmanager
def _virtual() -> Iterator[Rig]:
    from luiapp.rigs.registry import open_rig

    with contextlib.closing(open_rig("board:virtual")) as rig:
        yield rig


@contextlib.contextmanager
def _sim() -> Iterator[Rig]:
    from luiapp.rigs.registry import open_rig

    with contextlib.closing(open_rig("sim:single")) as rig:
        yield rig


@contextlib.contextmanager
def _hybrid() -> Iterator[Rig]:
    from luiapp.rigs.registry import open_rig

    with contextlib.closing(open_rig("hybrid:virtual,ring,N2=1,N3=2")) as rig:
        yield rig


@contextlib.contextmanager
def _replay() -> Iterator[Rig]:
    from luiapp.model.library import EXAMPLES
    from luiapp.rigs.replay import ReplayRig
    from luiapp.simulate import Options, run

    recording = run(EXAMPLES["single"].build(), 20.0, options=Options(record_every=10))
    with contextlib.closing(ReplayRig(recording)) as rig:
        yield rig


@contextlib.contextmanager
def _chip() -> Iterator[Rig]:
    from luiapp.rigs.registry import open_rig

    with contextlib.closing(open_rig("chip:3")) as rig:
        yield rig


@contextlib.contextmanager
def _beside_chip() -> Iterator[Rig]:
    from luiapp.rigs.registry import open_rig

    with contextlib.closing(open_rig("hybrid:chip:3,ring,N2,N3")) as rig:
        yield rig


FACTORIES: dict[str, Callable[[], AbstractContextManager[Rig]]] = {
    "sim": _sim,
    "board": _board,
    "two boards": _two_boards,
    "virtual adapter": _virtual,
    "hybrid": _hybrid,
    "replay": _replay,
    "chip": _chip,
    "beside a chip": _beside_chip,
}


@pytest.fixture(scope="module", params=list(FACTORIES))
def heard(request: pytest.FixtureRequest) -> tuple[Rig, list[Chunk]]:
    """A rig (closed by now), and what it sent: at least 0.6 s of samples after the layout had settled."""
    with FACTORIES[request.param]() as rig:
        rig.send(Mark(7))
        chunks = _listen(rig, 0.6)
    return rig, chunks


@pytest.fixture(params=list(FACTORIES))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with FACTORIES[request.param]() as opened:
        yield opened


def _listen(rig: Rig, duration: float) -> list[Chunk]:
    chunks: list[Chunk] = []
    end = time.monotonic() + 10
    while (
        not chunks
        or sum(c.n_samples for c in chunks if c.layout == chunks[-1].layout) * chunks[-1].layout.dt < duration
    ):
        assert time.monotonic() < end, "too few samples came"
        chunk = rig.source.read(0.05)
        if chunk is not None:
            chunks.append(chunk)
    return chunks


def test_samples_are_float32_with_a_column_for_each_trace(heard):
    _, chunks = heard
    for chunk in chunks:
        assert chunk.samples.dtype == np.float32 and chunk.samples.shape[1:] == (len(chunk.layout.traces),)
        assert chunk.spike_times.dtype == np.float64 and chunk.spike_neurons.dtype == np.int32
        assert chunk.spike_times.shape == chunk.spike_neurons.shape


def test_indices_follow_each_other_and_a_new_layout_begins_at_zero(heard):
    _, chunks = heard
    for before, after in pairwise(chunks):
        if after.layout is before.layout:
            assert after.i_first >= before.i_end
        else:
            assert after.i_first == 0
    with_samples = [c for c in chunks if c.n_samples and c.layout is chunks[-1].layout]
    n_missing = sum(b.i_first - a.i_end for a, b in pairwise(with_samples))
    assert n_missing <= sum(c.n_samples for c in with_samples)


def test_a_layout_names_its_neurons_and_traces(heard):
    rig, chunks = heard
    layout = chunks[-1].layout
    assert layout.kind == rig.kind and rig.name and layout.dt > 0
    assert len(set(layout.neurons)) == len(layout.neurons) > 0
    names = [(t.name, t.quantity) for t in layout.traces]
    assert len(set(names)) == len(names) > 0
    assert all(-1 <= t.i_neuron < len(layout.neurons) for t in layout.traces)
    assert rig.source.layout is layout


def test_spikes_are_sorted_and_lie_inside_their_chunk(heard):
    _, chunks = heard
    n_spikes = 0
    for chunk in chunks:
        times, dt = chunk.spike_times, chunk.layout.dt
        n_spikes += len(times)
        assert (np.diff(times) >= 0).all()
        assert (times >= chunk.i_first * dt - 1e-9).all() and (times < chunk.i_end * dt + 1e-9).all()
        assert ((chunk.spike_neurons >= 0) & (chunk.spike_neurons < len(chunk.layout.neurons))).all()
    assert n_spikes > 0, "let the factory's neurons fire, or this test says nothing"


def test_a_marker_comes_back_as_an_event(heard):
    _, chunks = heard
    markers = [(c, e) for c in chunks for e in c.events if e.kind == "marker"]
    assert [e.value for _, e in markers] == [7]
    chunk, event = markers[0]
    assert chunk.i_first * chunk.layout.dt - 1e-9 <= event.time <= (chunk.i_end + 1) * chunk.layout.dt + 1e-9


def test_health_is_numbers_by_name(heard):
    rig, _ = heard
    health = rig.health()
    assert health and all(isinstance(name, str) for name in health)
    assert all(isinstance(value, int | float) and np.isfinite(value) for value in health.values())


def test_reading_returns_in_time(rig):
    for timeout in (0.0, 0.02, 0.1):
        before = time.monotonic()
        rig.source.read(timeout)
        assert time.monotonic() - before < timeout + SLACK


def test_a_rig_says_which_commands_it_obeys_and_refuses_the_others_in_a_sentence(rig):
    obeyed = rig.describe().commands
    assert obeyed <= set(get_args(Command))
    assert {type(c) for c in EVERY_COMMAND} == set(get_args(Command)), "a command is missing in this test"
    for command in EVERY_COMMAND:
        if type(command) not in obeyed:
            with pytest.raises(RigError) as refusal:
                rig.send(command)
            assert len(str(refusal.value).split()) > 3 and "{" not in str(refusal.value)
    if Mark in obeyed:
        rig.send(Mark("here"))


def test_parameters_are_by_wire_by_hand_or_fixed(rig):
    description = rig.describe()
    assert description.parameters
    assert set(description.parameters.values()) <= {"by wire", "by hand", "fixed"}


def test_reading_a_closed_rig_raises_eof_and_closing_twice_is_fine(rig):
    rig.source.read(0.0)
    rig.close()
    rig.close()
    with pytest.raises(EOFError):
        for _ in range(100):
            rig.source.read(0.0)
