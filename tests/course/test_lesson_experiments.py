"""Programs of lessons: what goes in and out, what is refused, and that nothing from outside runs unasked."""

from __future__ import annotations

import ast
import math
import sys
from pathlib import Path

import pytest

import luiapp
from luiapp.cli.lesson_deeds import check_folder
from luiapp.course.lab import blank, experiments, may_run
from luiapp.course.lesson import Experiment, Prediction
from luiapp.course.library import lesson_names, lessons_folder
from luiapp.course.metrics import measure
from luiapp.course.play import Play
from luiapp.course.reading import read_lesson
from luiapp.course.sheet_figures import chart, heights, ticks
from luiapp.course.sight import Sight
from luiapp.course.template import write_template
from luiapp.course.trial import FILE, Found, Knob, Trial, digest, read_found, settings
from luiapp.errors import FormatError, ParameterError, RigError

TASK = Experiment("two-times", "Double", 30.0, ("x 0..10 2", "rule twice|never twice"), ("A number", "Rule: 2x|no"),
                  ("y V",), ("What comes out",), ("x", "y"), ("line",), ("line",))  # fmt: skip
CODE = """
import numpy as np
def two_times(x, rule, seed):
    y = 2.0 * x if rule == "twice" else float("nan")
    return {"values": {"y": y, "seed": np.int64(seed)}, "curves": {"line": np.array([[0, 0], [x, y]])}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_text(CODE, "utf-8")
    return tmp_path


def test_numbers_go_in_and_come_out(folder: Path) -> None:
    found = Trial(folder, TASK, {"x": 3}, seed=5).wait()
    assert found.values == {"y": 6.0, "seed": 5.0} and found.curves == {"line": [(0.0, 0.0), (3.0, 6.0)]}
    found = Trial(folder, TASK, {"rule": "never"}, seed=5).wait()
    assert math.isnan(found.values["y"]) and found.curves == {"line": [(0.0, 0.0)]}  # what is no number isn't drawn


@pytest.mark.parametrize("given", [{"x": 11}, {"x": "2"}, {"x": True}, {"rule": "thrice"}, {"z": 1}])
def test_knobs_have_ends(given: dict[str, object]) -> None:
    with pytest.raises(ParameterError):
        settings(TASK, given)


@pytest.mark.parametrize(
    "text", ["x", "x 0..1", "x 0..1 2", "x 1..1 1", "x a..b c", "x a|b c", "a-b 0..1 0", "x a|b a"]
)
def test_knobs_are_written_in_one_way(text: str) -> None:
    with pytest.raises(FormatError, match="a knob is written"):
        Knob.read(text, "Label: only|two|three")


def test_whole_numbers_stay_whole() -> None:
    knob = Knob.read("n 1..99 7", "Chip")
    assert knob.whole and knob.take(7.4) == 7 and not Knob.read("x 0..1 1", "Share").whole


def test_a_program_that_fails_or_hangs_says_so(folder: Path) -> None:
    (folder / FILE).write_text("def two_times(**_):\n    raise ValueError('too bad')", "utf-8")
    with pytest.raises(RigError, match="too bad"):
        Trial(folder, TASK, {}, seed=0).wait()
    (folder / FILE).write_text("import time\ndef two_times(**_):\n    time.sleep(60)", "utf-8")
    trial = Trial(folder, Experiment("two-times", "", 0.5), {}, seed=0)
    with pytest.raises(RigError, match=r"longer than its 0\.5 s"):
        trial.wait()
    assert trial._process.returncode is not None
    trial = Trial(folder, TASK, {}, seed=0)
    trial.stop()
    assert trial._process.returncode is not None and not Path(trial._room.name).exists()


@pytest.mark.parametrize("text", ["", "[]", '{"values": {"a": "b"}}', '{"curves": {"a": [1]}}', '{"curves": []}',
                                  '{"curves": {"a": [' + "[0, 0]," * 2000 + "[0, 0]]}}"])  # fmt: skip
def test_what_comes_out_is_checked(text: str, tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text(text, "utf-8")
    with pytest.raises(FormatError, match="must give"):
        read_found(tmp_path / "out.json")


def test_a_program_from_outside_runs_only_if_somebody_agreed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    write_template(mine)
    sign = tmp_path / "it-ran"
    page = mine / "lesson.md"
    page.write_text(page.read_text("utf-8") + '\n```experiment\nid = "go"\ntext = "Go"\nseconds = 20\n```\n', "utf-8")
    german = mine / "lesson.de.md"
    german.write_text(german.read_text("utf-8") + '\n```experiment\nid = "go"\ntext = "Los"\n```\n', "utf-8")
    (mine / "solution.toml").write_text('first = [{run = "go"}, {turn = "N1.leak", to = 95}, {wait = 5}]', "utf-8")
    (mine / FILE).write_text(f"def go(seed):\n    open({str(sign)!r}, 'w')\n    return {{}}", "utf-8")
    (message,) = check_folder(mine, range(1, 2))
    assert "--run-code" in message and not sign.exists()
    assert not may_run(mine, lessons_folder())
    agreed = frozenset({digest(mine)})
    assert may_run(mine, lessons_folder(), agreed)
    assert check_folder(mine, range(1, 2), run_code=True) == [] and sign.exists()
    (mine / FILE).write_text("def go(seed):\n    return {'values': {}}", "utf-8")
    assert not may_run(mine, lessons_folder(), agreed), "what was changed has to be agreed to anew"


def test_goals_read_experiments_and_pages() -> None:
    play = Play(read_lesson(lessons_folder() / "12-a-neuron-learns"))
    task = play.lesson.task("teach")
    assert isinstance(task, Experiment) and not play.task_done(task)
    play.go(2)
    assert play.held_back(task), "predict first"
    play.lock(play.lesson.task("true-slope"), option=1, reason=0)  # type: ignore[arg-type]
    assert not play.held_back(task)
    play.found(task, {"rule": "true"}, Found({"right": 50.0, "first": math.nan}, {"right": [(0, 50)]}))
    goal = play.lesson.task("learned")
    verdict = play.look(goal, Sight(blank(), None, play.readings()))  # type: ignore[arg-type]
    assert not verdict.ok and "slope of the surrogate" in verdict.sentence
    play.found(task, {"rule": "surrogate"}, Found({"right": 62.5}))
    assert "62 %" in play.look(goal, Sight(blank(), None, play.readings())).sentence  # type: ignore[arg-type]
    play.found(task, {"rule": "surrogate"}, Found({"right": 100.0}))
    assert play.look(goal, Sight(blank(), None, play.readings())).ok  # type: ignore[arg-type]
    assert play.known["teach"]["runs"] == 3
    page = {"learn": {"accuracy": 91.0, "hidden": 5.0, "method": "ttfs"}}
    where = {"method": "ttfs", "hidden": [1, 5]}
    options = {"of": "learn", "value": "accuracy", "where": where}
    assert measure("reading", Sight(blank(), None, page), options) == 91.0
    page["learn"]["hidden"] = 6.0
    assert math.isnan(measure("reading", Sight(blank(), None, page), options))


def test_an_experiment_waits_for_a_prediction_about_a_goal_that_is_read_off_it() -> None:
    play = Play(read_lesson(lessons_folder() / "14-how-robust"))
    task, prediction = play.lesson.task("shapes"), play.lesson.task("matters")
    assert isinstance(task, Experiment) and isinstance(prediction, Prediction)
    assert prediction.until == "all-three" and play.held_back(task)
    play.lock(prediction, option=1, reason=0)
    play.found(task, {}, Found({"worst": 62.0}))
    play.look(play.lesson.task("all-three"), Sight(blank(), None, play.readings()))  # type: ignore[arg-type]
    assert not play.held_back(task) and play.waiting() is None, "one run doesn't tell yet"
    play.found(task, {}, Found({"worst": 84.0}))
    play.look(play.lesson.task("all-three"), Sight(blank(), None, play.readings()))  # type: ignore[arg-type]
    assert play.waiting() is prediction


def test_charts_have_round_numbers() -> None:
    assert ticks(0, 1) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0]) and ticks(-3, 46) == pytest.approx(
        range(0, 41, 10)
    )
    assert heights([2, 50]) == (0.0, 50) and heights([-3, 5]) == (-3, 5)
    low, high = heights([50, 100])
    assert 40 < low < 50 and high == 100
    picture = chart(TASK, {"line": [[0, 0], [3, 6]]})
    assert picture.count("<polyline") == 1 and ">6<" in picture and chart(TASK, {}) == ""


def test_programs_of_our_lessons_use_the_public_names_alone() -> None:
    """numpy, the standard library, and ``luiapp`` itself; of that only what it promises."""
    seen = 0
    for name in lesson_names():
        path = lessons_folder() / name / FILE
        if not path.exists():
            assert not experiments(read_lesson(path.parent))
            continue
        seen += 1
        tree = ast.parse(path.read_text("utf-8"))
        names = [(n.names[0].name, n.names[0].asname) for n in ast.walk(tree) if isinstance(n, ast.Import)]
        assert not [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)], path
        assert all(n in ("numpy", "luiapp") or n in sys.stdlib_module_names for n, _ in names), path
        ours = {short for n, short in names if n == "luiapp"}
        used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name)
                and n.value.id in ours}  # fmt: skip
        assert used <= set(luiapp.__all__), path
    assert seen
