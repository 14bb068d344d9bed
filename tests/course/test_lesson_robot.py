"""Each lesson played by a robot: as shipped nothing is reached, with the solution everything, whatever the parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from luiapp.cli.lesson_deeds import check_folder, play_lot
from luiapp.cli.lesson_lab import Lab
from luiapp.cli.main import main
from luiapp.course.library import circuit, lesson_names, lessons_folder
from luiapp.course.reading import read_lesson
from luiapp.course.robot import play_both
from luiapp.course.template import write_template
from luiapp.rigs.sim import SimRig

LOTS = (0, 1, 5, 9, 23, 57)
HEAVY = {"14-how-robust", "15-exact-times", "16-unequal-neurons", "17-onto-the-chip"}  # their programs take seconds
PLAYS = [pytest.param(name, lot, marks=[pytest.mark.slow] if name in HEAVY else [])
         for name in lesson_names() for lot in (LOTS[1:2] if name in HEAVY else LOTS)]  # fmt: skip


@pytest.mark.parametrize(("name", "lot"), PLAYS)
def test_a_robot_passes_in_simulation_and_replay(name: str, lot: int) -> None:
    folder = lessons_folder() / name
    assert play_lot(read_lesson(folder), folder, lot) == []


@pytest.mark.parametrize("name", lesson_names())
def test_half_a_solution_is_none(name: str) -> None:
    """Without the deeds of a step that has goals, these stay open: the robot doesn't pass by itself."""
    from dataclasses import replace

    folder = lessons_folder() / name
    lesson = read_lesson(folder)
    with_goals = [s.id for s in lesson.steps if any(t.id for t in s.tasks if hasattr(t, "metric"))]
    assert with_goals, "a lesson without a goal"
    cut = {key: acts for key, acts in lesson.solution.items() if key != with_goals[0]}
    network = circuit(lesson, folder)
    messages, _ = play_both(replace(lesson, solution=cut), lambda: SimRig(network, real_time=False), lab=Lab)
    assert any(with_goals[0] in m for m in messages)


def test_a_goal_that_is_reached_by_doing_nothing_is_found(tmp_path: Path) -> None:
    write_template(tmp_path / "mine")
    page = tmp_path / "mine/lesson.md"
    page.write_text(page.read_text("utf-8").replace("low = 3.5", "low = 0.1"), "utf-8")
    (message,) = check_folder(tmp_path / "mine", range(1, 2))
    assert "before anybody did anything" in message


def test_a_solution_that_solves_nothing_is_found(tmp_path: Path) -> None:
    write_template(tmp_path / "mine")
    (tmp_path / "mine/solution.toml").write_text("first = [{wait = 5}]", "utf-8")
    (message,) = check_folder(tmp_path / "mine", range(1, 2))
    assert "3.5 Hz is the goal" in message


def test_the_verb(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["lesson", "new", str(tmp_path / "mine"), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["files"]) == 5
    assert main(["lesson", "check", str(tmp_path / "mine"), "--lots", "1", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["lessons"]
    assert row["name"] == "mine" and row["ok"] is True and row["messages"] == [] and row["seconds"] > 0
    (tmp_path / "mine/lesson.md").write_text("nothing", "utf-8")
    assert main(["lesson", "check", str(tmp_path / "mine"), "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)["lessons"]
    assert row["ok"] is False and "must begin with its title" in row["messages"][0]
    assert main(["lesson", "list", "--json", "--lang", "de"]) == 0
    listed = json.loads(capsys.readouterr().out)["lessons"]
    assert [one["name"] for one in listed] == list(lesson_names())
    assert listed[0]["title"] == "Lu.i kennenlernen" and listed[0]["minutes"] > 0
    assert main(["lesson", "check"]) == 1
    assert main(["lesson", "new"]) == 1
    assert main(["lesson", "new", str(tmp_path / "mine")]) == 1
