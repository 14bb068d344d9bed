"""What a lesson needs to be changed, and so what a teacher's lock leaves free. Everything else can be locked.

A lesson may say so itself (``free`` in its first fence). Otherwise it is told by what its steps use: the numbers to
turn in its text, the parts it points at, the way to its solution, the pages that stand beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from luiapp.course.lesson import Check, Entry, Lesson
from luiapp.course.markdown import Block
from luiapp.model.lui import KNOBS, knob

WIRES = "wires"  # boards and wires come and go
PLACES = (
    "bench",
    "boards",
    "measure",
    "recordings",
    "learn",
    "chip",
)  # all but the course
_KNOBS = {one.name for one in KNOBS}


@dataclass(frozen=True)
class Free:
    """What stays free: parts such as ``N1.leak`` and ``N1.1`` (a switch), whole boards, `WIRES`, places."""

    names: frozenset[str] = frozenset()

    @property
    def wires(self) -> bool:
        """Whether boards and wires may come and go."""
        return WIRES in self.names

    def place(self, name: str) -> bool:
        """Whether a place of the window may be gone to."""
        return name == "course" or name in self.names

    def part(self, board: str, parameter: str) -> bool:
        """Whether a parameter of a board, such as ``r_vleak``, may be turned."""
        return board in self.names or (board, parameter) in {_parameter(name) for name in self.names}

    @property
    def parameters(self) -> frozenset[str] | None:
        """The parameters that may be turned on one board or another; None for all."""
        found = {_parameter(name)[1] for name in self.names - {WIRES, *PLACES}}
        return None if "" in found else frozenset(found)


def free(lesson: Lesson) -> Free:
    """What the lock leaves free in a lesson."""
    if lesson.free:
        return Free(frozenset(lesson.free))
    found: set[str] = set()
    for step in lesson.steps:
        found |= {step.page} - {""}
        if _turns(step.point_at):
            found.add(step.point_at)
        for part in step.parts:
            if isinstance(part, Block):
                found |= {f"{s.neuron}.{s.knob}" for s in part.spans if s.kind == "turn"}
            elif isinstance(part, Check | Entry) and part.metric.startswith("wires"):
                found.add(WIRES)
    for act in (act for acts in lesson.solution.values() for act in acts):
        if act.verb in ("turn", "tune", "flip"):
            found.add(act.target)
        elif act.verb in ("wire", "unwire"):
            found.add(WIRES)
    return Free(frozenset(found))


def _turns(part: str) -> bool:
    return part.rpartition(".")[2] in _KNOBS and "." in part


def _parameter(name: str) -> tuple[str, str]:
    """Board and parameter of a part; the parameter is empty where it is a whole board."""
    board, dot, part = name.rpartition(".")
    if not dot:
        return name, ""
    return board, f"sign_{part}" if part.isdigit() else knob(part).parameter if part in _KNOBS else part
