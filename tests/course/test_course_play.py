"""A lesson as it is done: what locks stays locked, what is reached stays reached, and all of it comes back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.course.library import lesson_names, lessons_folder
from luiapp.course.play import EXPLAINED, LOCKED, OBSERVED, OPEN, Play, thinned
from luiapp.course.progress import Progress, person_name
from luiapp.course.reading import read_lesson
from luiapp.course.results import read_result, result, seal, write_result
from luiapp.course.sight import Sight
from luiapp.data.chunk import Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import FileError, FormatError, ParameterError

LESSON = read_lesson(lessons_folder() / lesson_names()[0])
GERMAN = read_lesson(lessons_folder() / lesson_names()[0], "de")


def firing(hz: float, seconds: float = 4.0) -> Sight:
    layout = Layout(1e-3, (Trace("N1"),), ("N1",))
    times = np.arange(0.01, seconds, 1 / hz) if hz else np.empty(0)
    samples = np.full((round(seconds * 1000), 1), 1.2)
    return Sight(Recording(layout, samples, times, np.zeros(len(times), np.int32)))


def test_steps_go_on_and_back_within_the_lesson() -> None:
    play = Play(LESSON)
    assert not play.go(-1) and play.i_step == 0
    while play.go(1):
        pass
    assert play.i_step == len(LESSON.steps) - 1
    assert play.progress() == (0, len(LESSON.steps))


def test_a_question_is_answered_once_with_a_reason() -> None:
    play = Play(LESSON)
    question = LESSON.task("order")
    for option, reason in ((-1, 0), (0, -1), (9, 0), (0, 9)):
        with pytest.raises(ParameterError):
            play.answer(question, option, reason)
    assert play.answer(question, question.answer, question.reason) is True
    with pytest.raises(ParameterError):
        play.answer(question, 0, 0)
    assert play.done(LESSON.steps[0])
    other = Play(LESSON)
    assert other.answer(question, question.answer, (question.reason + 1) % 3) is False  # right for a wrong reason


def test_predict_observe_explain_in_this_order_alone() -> None:
    play = Play(LESSON)
    one = LESSON.task("kick")
    assert play.stage(one) == OPEN
    for early in (lambda: play.observe(one), lambda: play.explain(one, "x"), lambda: play.lock(one, drawn=[(0, 1)])):
        with pytest.raises(ParameterError):
            early()
    acts = play.lock(one, drawn=[(1.0, 0.5), (0.0, 1.0), (float("nan"), 1.0)])
    assert [a.verb for a in acts] == ["kick"] and play.stage(one) == LOCKED
    assert play.known["kick"]["drawn"] == [[0.0, 1.0], [1.0, 0.5]]
    with pytest.raises(ParameterError):
        play.lock(one, drawn=[(0, 0), (1, 1)])
    with pytest.raises(ParameterError):
        play.explain(one, "too early")
    play.observe(one, [(0.0, 1.2), (2.0, 1.1)])
    assert play.stage(one) == OBSERVED and play.task_done(one)
    play.explain(one, " because ")
    assert play.stage(one) == EXPLAINED and play.known["kick"]["words"] == "because"
    assert play.known["kick"]["drawn"] == [[0.0, 1.0], [1.0, 0.5]]


def test_a_goal_that_was_reached_stays_reached() -> None:
    play = Play(LESSON)
    check = LESSON.task("fast")
    assert not play.look(check, firing(2)).ok and not play.task_done(check)
    assert play.look(check, firing(5)).ok and play.task_done(check)
    assert not play.look(check, firing(2)).ok and play.task_done(check)
    assert play.known["fast"]["value"] == pytest.approx(5)


def test_hints_come_one_by_one() -> None:
    play = Play(LESSON)
    check = LESSON.task("fast")
    assert play.hints(check) == ()
    seen = [play.more_hints(check) for _ in range(5)]
    assert [len(s) for s in seen] == [1, 2, 3, 3, 3]


def test_everything_comes_back_also_in_the_other_language() -> None:
    play = Play(LESSON)
    play.answer(LESSON.task("order"), 1, 0)
    play.go(1)
    play.look(LESSON.task("fast"), firing(5))
    play.more_hints(LESSON.task("fast"))
    kept = json.loads(json.dumps(play.to_dict(), allow_nan=False))
    again = Play(GERMAN, kept)
    assert again.i_step == 1 and again.known == play.known
    assert again.progress() == (2, 5)
    assert again.hints(GERMAN.task("fast")) == GERMAN.task("fast").hints[:1]
    again.reset()
    assert again.known == {} and again.i_step == 0


_KEYS = st.sampled_from(["known", "step", "fast", "kick", "stage", "ok"])
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
_STATES = st.recursive(_LEAVES, lambda x: st.lists(x, max_size=3) | st.dictionaries(_KEYS, x, max_size=4))


@given(_STATES)
@settings(max_examples=200, deadline=None)
def test_any_remembered_state_can_be_taken_up(state: object) -> None:
    play = Play(LESSON, state if isinstance(state, dict) else None)
    assert 0 <= play.i_step < len(LESSON.steps)
    play.progress()


def test_thinned_keeps_the_ends() -> None:
    points = [(float(i), 0.0) for i in range(10_000)]
    few = thinned(points)
    assert len(few) == 400 and few[0] == points[0] and few[-1] == points[-1]


def test_progress_by_person_and_lesson(tmp_path: Path) -> None:
    now = [100.0]
    progress = Progress(tmp_path / "deep/progress.db", clock=lambda: now[0])
    assert progress.get("Ada", "x") is None and progress.people() == []
    progress.keep("Ada", "x", {"a": 1})
    now[0] = 200.0
    progress.keep(" Ben  & Cem ", "x", {"b": "ü"})
    progress.keep("Ada", "y", {})
    assert progress.get("Ada", "x") == {"a": 1} and progress.get("Ben & Cem", "x") == {"b": "ü"}
    assert progress.lessons("Ada") == {"x": 100.0, "y": 200.0}
    progress.reset("Ada", "x")
    assert progress.get("Ada", "x") is None and sorted(progress.people()) == ["Ada", "Ben & Cem"]


@pytest.mark.parametrize("name", ["", "  ", "\x00\n", "x" * 61])
def test_names_are_names(name: str) -> None:
    with pytest.raises(ParameterError):
        person_name(name)


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "p.db").write_bytes(b"this is no database, however long it may be" * 100)
    with pytest.raises(FileError, match="can't be kept"):
        Progress(tmp_path / "p.db").keep("Ada", "x", {})


_WRITER = """
import sys
from pathlib import Path
from luiapp.course.progress import Progress
progress = Progress(Path(sys.argv[1]))
i = 0
while True:
    i += 1
    progress.keep("Ada", "x", {"n": i, "filler": "f" * 5000})
    print(i, flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs a kill that can't be caught")
def test_a_killed_program_has_lost_nothing(tmp_path: Path) -> None:
    path = tmp_path / "progress.db"
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        told = 0
        for _ in range(12):
            told = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.stdout.close()
        writer.wait()
        told = max([told, *(int(word) for word in rest if word.isdigit())])
        state = Progress(path).get("Ada", "x")
        assert state is not None and state["n"] in (told, told + 1)  # at most one that it couldn't tell of any more


def test_results_show_edits(tmp_path: Path) -> None:
    play = Play(LESSON)
    play.answer(LESSON.task("order"), 0, 0)
    data = result(play, "Ada", created=time.strftime("%Y-%m-%d", time.gmtime(0)), word="tulip")
    assert data["score"]["questions"] == [0, 2] and (data["steps_done"], data["steps"]) == (1, 5)
    path = write_result(tmp_path / "ada.json", data)
    assert read_result(path, "tulip").genuine and not read_result(path, "rose").genuine
    path.write_text(path.read_text("utf-8").replace('"right": false', '"right": true'), "utf-8")
    edited = read_result(path, "tulip")
    assert not edited.genuine and edited.person == "Ada" and edited.lesson == LESSON.name
    for bad in ("", "[]", "{}", '{"format": "luiapp-result", "seal": 3}', "[" * 5000):
        path.write_text(bad, "utf-8")
        with pytest.raises(FormatError):
            read_result(path)


def test_the_seal_does_not_depend_on_the_order_of_keys() -> None:
    assert seal({"a": 1, "b": [1, 2]}) == seal({"b": [1, 2], "a": 1}) != seal({"a": 1, "b": [2, 1]})
