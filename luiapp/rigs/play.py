"""Stimuli on any rig: the same objects that drive a simulation are sent to boards as pulses, when their time comes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from luiapp.data.chunk import Chunk
from luiapp.data.recording import Recording
from luiapp.errors import RigError
from luiapp.model.library.example import Example
from luiapp.model.network import StimulusLink
from luiapp.simulate.drive import EventTimes
from luiapp.stream.record import record
from luiapp.stream.source import Pulse, Rig

LEAD = 0.25  # s before the first stimulus, for the rig to settle


def play(rig: Rig, stimuli: Sequence[StimulusLink], duration: float, *, lead: float = LEAD) -> Recording:
    """Record a rig while `stimuli` act on it.

    Pulses leave here when the stream has reached their time, so that they are late by the length of a chunk and the way
    of the wire: some milliseconds. The recording says in its events when they truly were there.

    Parameters
    ----------
    duration : float
        From the beginning of the stimuli, 0 s of their own time, which is `lead` seconds after the next sample [s].

    Returns
    -------
    Recording
        From the next sample on; ``metadata["stimuli_start"]`` is 0 s of the stimuli on its clock [s].

    Raises
    ------
    RigError
        If the rig takes no pulses, or there is a stimulus that it can't give, such as a current.
    """
    if stimuli and Pulse not in rig.describe().commands:
        raise RigError("'{name}' takes no pulses; use a simulation or an adapter", name=rig.name)
    if currents := [link.stimulus.kind for link in stimuli if not link.stimulus.is_event]:
        raise RigError("'{name}' gives pulses only; '{kind}' is a current and can be simulated",
                       name=rig.name, kind=currents[0])  # fmt: skip
    due = [(float(t), link) for link in stimuli for t in EventTimes(link.stimulus).until(duration)]
    player = _Player(rig, sorted(due, key=lambda one: one[0]), lead)
    recording = record(player, lead + duration)
    return replace(recording, metadata={**recording.metadata, "stimuli_start": player.origin})


def works(rig: Rig, example: Example) -> list[str]:
    """What the boards on `rig`, set and wired as `example` says and named as there, don't do as it claims."""
    net = example.build()
    recording = play(rig, net.stimuli, example.duration)
    if missing := [name for name in net.names if name not in recording.layout.neurons]:
        raise RigError("'{name}' has no board '{board}'; name the boards as the example does",
                       name=rig.name, board=missing[0])  # fmt: skip
    start = recording.metadata["stimuli_start"]
    trains = {name: recording.spike_train(name) - start for name in net.names}
    return example.faults({name: times[times >= 0] for name, times in trains.items()})


class _Player:
    """A rig and its source that sends what is due at every read."""

    def __init__(self, rig: Rig, due: list[tuple[float, StimulusLink]], lead: float) -> None:
        self.name, self.kind = rig.name, rig.kind
        self.origin = math.nan
        self._rig, self._due, self._lead, self._i = rig, due, lead, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rig, name)

    @property
    def source(self) -> _Player:
        return self

    def read(self, timeout: float) -> Chunk | None:
        """The next chunk of the rig; then the pulses whose time has come are on their way."""
        chunk = self._rig.source.read(timeout)
        if chunk is not None and chunk.n_samples:
            dt = chunk.layout.dt
            if math.isnan(self.origin):
                self.origin = chunk.i_first * dt + self._lead
            self._send(chunk.i_end * dt - self.origin)
        return chunk

    def _send(self, now: float) -> None:
        while self._i < len(self._due) and self._due[self._i][0] <= now:
            link = self._due[self._i][1]
            width = getattr(link.stimulus, "width", 0.0)
            self._rig.send(Pulse(link.i_neuron, link.synapse, width=width, weight=link.weight))
            self._i += 1
