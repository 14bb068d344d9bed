"""No sequence of faults, on one port or three, breaks the stream's promises. The clock is played: nothing waits."""

from __future__ import annotations

import numpy as np
from board_pty import counts
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.data.chunk import Chunk
from luiapp.errors import LinkError
from luiapp.link.columns import BoardSettings
from luiapp.rigs.board import BoardSource, PortSpec


class Wire:
    """Plays what a test says: bytes to be read, or an error."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.todo: list[bytes | LinkError] = []

    def read(self) -> bytes:
        if not self.todo:
            return b""
        first = self.todo.pop(0)
        if isinstance(first, LinkError):
            raise first
        return first

    def set_baud(self, baud: int) -> None:
        if self.todo and isinstance(self.todo[0], LinkError):
            raise self.todo.pop(0)

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


steady = st.tuples(st.just("lines"), st.integers(1, 120))
deed = st.one_of(
    steady, steady, steady,
    st.tuples(st.just("bytes"), st.binary(max_size=80)),
    st.tuples(st.just("bytes"), st.sampled_from([b"1,2\n" * 4, b"V:1.5\n" * 40, b"9999\n" * 4])),
    st.tuples(st.just("bytes"), st.sampled_from([b"7" * 1200, b"t,V\n", b"1.25\n", b"nan\n", b"900,spike\n"])),
    st.tuples(st.just("fault"), st.sampled_from(["gone", "busy", "missing"])),
    st.tuples(st.just("wait"), st.floats(0.0, 4.0)),
)  # fmt: skip


def check(chunks: list[Chunk]) -> None:
    end, layout = 0, None
    for chunk in chunks:
        if chunk.layout is not layout:
            layout, end = chunk.layout, 0
            assert chunk.i_first == 0
        assert chunk.i_first >= end and chunk.samples.shape[1:] == (len(layout.traces),)
        end = chunk.i_end
        times, dt = chunk.spike_times, layout.dt
        assert (np.diff(times) >= 0).all()
        assert (times >= chunk.i_first * dt - 1e-9).all() and (times <= chunk.i_end * dt + 1e-9).all()
        assert ((chunk.spike_neurons >= 0) & (chunk.spike_neurons < len(layout.neurons))).all()
        assert not np.isinf(chunk.samples).any()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3), st.lists(st.tuples(st.integers(0, 2), deed), max_size=40))
def test_no_sequence_of_faults_breaks_the_stream(n_ports, deeds):
    now = [50.0]
    names = [f"port{k}" for k in range(n_ports)]
    wires = [Wire(name) for name in names]
    refused: dict[int, str] = {}
    source = BoardSource([PortSpec(n) for n in names], BoardSettings(), lister=list, clock=lambda: now[0])
    for k, listener in enumerate(source.listeners):

        def opener(path: str, baud: int, k: int = k) -> Wire:
            if k in refused:
                raise LinkError("no", fault=refused.pop(k))
            return wires[k]

        listener._opener = opener
    printed, chunks = [0] * n_ports, []

    def pass_time(duration: float) -> None:
        for _ in range(max(1, round(duration / 0.05))):
            now[0] += 0.05
            while (chunk := source.read(0.0)) is not None:
                chunks.append(chunk)

    pass_time(0.1)
    for _ in range(15):  # most of the time there is something to break
        for k in range(n_ports):
            wires[k].todo.append(b"".join(counts(i) for i in range(printed[k], printed[k] + 50)))
            printed[k] += 50
        pass_time(0.05)
    for k, (kind, what) in deeds:
        k %= n_ports
        if kind == "lines":
            wires[k].todo.append(b"".join(counts(i) for i in range(printed[k], printed[k] + what)))
            printed[k] += what
        elif kind == "bytes":
            wires[k].todo.append(what)
        elif kind == "fault":
            wires[k].todo.append(LinkError("gone", fault="gone"))
            if what != "gone":
                refused[k] = what
        pass_time(what if kind == "wait" else 0.05)
    pass_time(0.5)
    check(chunks)
    assert sum(c.n_samples for c in chunks) > 0
    source.close()
