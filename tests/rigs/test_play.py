"""The same stimuli on a rig as in a simulation: what they do differs by no more than a chunk."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.errors import RigError
from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network
from luiapp.model.stimulus import Step, Train, spike_train
from luiapp.rigs.play import play, works
from luiapp.rigs.sim import SimRig
from luiapp.stream.source import Mark

CHUNK = 0.010  # s, of a simulated rig


def bare(key: str) -> Network:
    """The boards of an example, without what stimulates them."""
    net = EXAMPLES[key].build(1)
    net.stimuli = []
    return net


@pytest.mark.parametrize("key", ["spatial", "temporal", "or", "and", "not", "motion", "morse"])
def test_examples_work_on_a_rig_that_is_stimulated_by_pulses(key: str) -> None:
    assert works(SimRig(bare(key), real_time=False), EXAMPLES[key]) == []


def test_boards_that_are_wired_wrongly_are_found_out() -> None:
    net = bare("and")
    net.disconnect(0)
    assert "OUT fired 0 times" in works(SimRig(net, real_time=False), EXAMPLES["and"])[0]


def test_pulses_are_given_in_time_and_written_down() -> None:
    net = bare("and")
    net.stimulus(spike_train([0.1, 0.35], width=5e-3), to="B", synapse=2)
    net.stimulus(Train(0.25, (0.0, 0.05), stop=0.6), to="A", synapse=0)
    rig = SimRig(bare("and"), real_time=False)
    recording = play(rig, net.stimuli, 1.0)
    start = recording.metadata["stimuli_start"]
    given = {(e.target, e.name): [] for e in recording.events}
    for event in recording.events:
        given[event.target, event.name].append(event.time - start)
    wanted = {("B", "2"): [0.1, 0.35], ("A", "0"): [0.0, 0.05, 0.25, 0.3, 0.5, 0.55]}
    assert set(given) == set(wanted)
    for where, times in wanted.items():
        late = np.array(given[where]) - times
        assert (late > -1e-9).all() and (late <= CHUNK + 1e-9).all()
    assert recording.duration == pytest.approx(1.25)


def test_what_a_rig_cannot_do_is_told() -> None:
    net = bare("and")
    net.stimulus(Step(1e-6), to="A")
    with pytest.raises(RigError, match="'step' is a current"):
        play(SimRig(bare("and"), real_time=False), net.stimuli, 0.1)

    class Deaf(SimRig):
        def describe(self):  # type: ignore[no-untyped-def]
            from luiapp.stream.source import Description

            return Description({}, frozenset({Mark}), can_rewire=False)

    with pytest.raises(RigError, match="takes no pulses"):
        works(Deaf(bare("and"), real_time=False), EXAMPLES["and"])
    other = Network(model="lui")
    for name in ("A", "B", "C"):
        other.neuron(name)
    with pytest.raises(RigError, match="no board 'OUT'"):
        works(SimRig(other, real_time=False), EXAMPLES["and"])
