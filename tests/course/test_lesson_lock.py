"""What a teacher's lock leaves free: all that a lesson's own solution needs, and not what no step speaks of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from luiapp.course.acts import commands
from luiapp.course.library import circuit, lesson_names, lessons_folder
from luiapp.course.lock import PLACES, Free, free
from luiapp.course.reading import read_lesson
from luiapp.course.template import write_template
from luiapp.course.validate import faults
from luiapp.model.lui import KNOBS
from luiapp.model.network import Network
from luiapp.stream.source import SetParameter


@pytest.mark.parametrize("name", lesson_names())
def test_the_solution_of_each_lesson_is_free(name: str) -> None:
    folder = lessons_folder() / name
    lesson = read_lesson(folder)
    network, left = circuit(lesson, folder), free(lesson)
    for act in (act for acts in lesson.solution.values() for act in acts):
        if act.verb in ("wire", "unwire"):
            assert left.wires
            network = next(due.what for due in commands(act, network) if isinstance(due.what, Network))
        turned = replace(act, verb="turn") if act.verb == "tune" else act
        for due in commands(turned, network):
            if isinstance(due.what, SetParameter):
                assert left.part(network.names[due.what.i_neuron], due.what.name), act
    assert not left.part(network.names[0], "parts_seed")  # no lesson asks for other parts
    assert [p for p in PLACES if left.place(p)] == sorted({s.page for s in lesson.steps if s.page}, key=PLACES.index)


def test_what_no_step_speaks_of_is_locked() -> None:
    left = free(read_lesson(lessons_folder() / "01-meet-lui"))
    assert left.part("N1", "r_vleak") and not left.part("N2", "r_vleak")
    assert left.parameters == {"r_vleak"} and not left.wires and left.place("course") and not left.place("boards")
    everything = Free(frozenset({"N1"}))
    assert everything.parameters is None and all(everything.part("N1", knob.parameter) for knob in KNOBS)
    assert Free(frozenset({"A.2"})).parameters == {"sign_2"}


def test_a_lesson_may_say_so_itself_and_is_checked(tmp_path: Path) -> None:
    write_template(tmp_path / "mine")
    page = tmp_path / "mine/lesson.md"
    text = page.read_text("utf-8")
    page.write_text(text.replace("circuit = ", 'free = ["N1.w2", "measure"]\ncircuit = ', 1), "utf-8")
    left = free(read_lesson(tmp_path / "mine", "de"))
    assert left.names == {"N1.w2", "measure"} and left.place("measure") and left.parameters == {"r_w2"}
    assert faults(tmp_path / "mine") == []
    page.write_text(text.replace("circuit = ", 'free = ["N7.w2", "wires"]\ncircuit = ', 1), "utf-8")
    assert [("free" in str(f), "N7" in str(f)) for f in faults(tmp_path / "mine")] == [(True, True)]
