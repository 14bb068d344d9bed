"""The chip's page beside a lesson: it is pointed at, read, and stays where it is from step to step."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from shell_kit import Kit

from luiapp.cli.lesson_lab import Lab
from luiapp.course.lesson import Act
from luiapp.course.library import lessons_folder, open_lesson
from luiapp.course.play import OBSERVED, Play
from luiapp.course.template import write_template
from luiapp.course.validate import PARTS_OF_PAGES, faults
from luiapp.errors import FormatError
from luiapp.gui.chip.panel import ChipPage
from luiapp.gui.chip.state import STATIONS, Found, leading, readings
from luiapp.gui.course.beside import Beside

pytestmark = pytest.mark.usefixtures("small_chip")


def test_the_way_leads_over_every_station_to_the_one_that_is_meant() -> None:
    done: tuple[str, ...] = ()
    seen = []
    while leading("run", done):
        seen.append(leading("run", done))
        done = (*done, seen[-1])
    assert seen == ["serial", "calibrate", "place", "run"]
    assert leading("", ()) == leading("nowhere", ()) == "" and leading("place", ("serial", "place")) == ""
    assert PARTS_OF_PAGES["chip"] == STATIONS


def test_the_page_stands_beside_its_lesson_is_pointed_at_and_read(qtbot: Any, kit: Kit) -> None:
    beside = Beside(kit.shell.pages.open_beside, lambda _step: None)
    play = Play(open_lesson("17-onto-the-chip")[0])
    beside.follow(play)
    page = kit.shell.pages.page
    assert isinstance(page, ChipPage) and page.bar.serial.value == 7
    boxes = page.bar.stations.boxes
    qtbot.waitUntil(lambda: page.latest is not None and page.latest.found.done == ("serial",), timeout=120_000)
    assert [name for name, box in boxes.items() if box.shown.meant] == ["calibrate"]
    assert "lesson" in boxes["calibrate"].accessibleName()
    said = beside.readings()["chip"]
    assert said["serial"] == 7 and said["is_calibrated"] == "no" and "calibrated" not in said
    assert 0 <= float(said["ideal"]) <= 100
    page.choose_serial(9)  # the learner takes another chip: the next step doesn't take it away
    play.go(1)
    beside.follow(play)
    assert page.bar.serial.value == 9
    play.go(1)  # the last step is about nothing on the page
    beside.follow(play)
    assert kit.shell.pages.page is None and not any(box.shown.meant for box in boxes.values())


def test_what_is_read_is_what_was_found() -> None:
    nothing = readings(Found(3))
    assert nothing == {"serial": 3.0, "epochs": 0.0, "is_calibrated": "no"}
    lab = Lab(seed=1)
    with pytest.raises(FormatError, match="station"):
        lab.obey(Act("go", "calibrate"))
    lab.open("chip", "luiapp://chip?serial=5")
    said = lab.readings()["chip"]
    assert said["serial"] == 5.0 and not math.isnan(float(said["epochs"]))
    with pytest.raises(FormatError, match="serial, calibrate"):
        lab.obey(Act("go", "nowhere"))


def test_a_goal_reached_before_the_prediction_was_locked_is_an_observation() -> None:
    lesson, _ = open_lesson("17-onto-the-chip")
    play = Play(lesson)
    prediction = next(t for t in play.step.tasks if t.id == "lost")
    play.known["carried"] = {"ok": True, "value": 91.0}
    play.lock(prediction, option=1, reason=0)  # type: ignore[arg-type]
    waiting = play.waiting()
    assert waiting is prediction
    play.observe(waiting)
    assert play.stage(waiting) == OBSERVED and play.waiting() is None


def test_a_step_can_point_at_stations_of_its_own_page_alone(tmp_path: Path) -> None:
    write_template(tmp_path / "mine")
    page = tmp_path / "mine/lesson.md"
    text = page.read_text("utf-8")
    for point, where, wrong in (("chip.run", 'page = "chip"\n', 0), ("chip.lens", 'page = "chip"\n', 1),
                                ("chip.run", "", 1), ("learn.run", 'page = "learn"\n', 1)):  # fmt: skip
        head, _, rest = text.partition("```step\n")
        lines = [line for line in rest.split("\n") if not line.startswith("point_at")]
        page.write_text(f'{head}```step\n{where}point_at = "{point}"\n' + "\n".join(lines), "utf-8")
        found = faults(tmp_path / "mine")
        assert len(found) == wrong and all("chip.calibrate" in str(one) for one in found), (point, where, found)
    assert (lessons_folder() / "17-onto-the-chip/lesson.md").read_text("utf-8").count('point_at = "chip.') == 2
