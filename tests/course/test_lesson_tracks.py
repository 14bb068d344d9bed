"""Ways through the course, the concept check before and after it, and the order of reasons."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from luiapp.cli.main import main
from luiapp.course.lesson import Question
from luiapp.course.library import CONCEPTS, POST, PRE, all_lessons, circuit, lessons_folder, open_lesson
from luiapp.course.play import Play
from luiapp.course.results import points, score
from luiapp.course.sheets import student_sheet
from luiapp.course.tracks import order, track_faults, tracks
from luiapp.course.validate import faults
from luiapp.errors import FormatError


def test_tracks_take_as_long_as_they_say() -> None:
    lessons = {one.name: one for one in all_lessons()}
    minutes = {track.id: track.minutes(lessons) for track in tracks()}
    assert track_faults(lessons_folder(), lessons) == []
    assert minutes["booth"] == [8] and minutes["school-45"][0] <= 45 and minutes["school-90"][0] <= 90
    assert len(minutes["half-day"]) == 2 and sum(minutes["half-day"]) <= 180
    assert len(minutes["workshop"]) == 5 and max(minutes["workshop"]) <= 90
    assert set(lessons) - {p.lesson for s in tracks()[-1].sessions for p in s} == {"mystery"}, "a game is left for home"


def test_tracks_are_in_both_languages() -> None:
    for english, german in zip(tracks("en"), tracks("de"), strict=True):
        assert english.id == german.id and english.title != german.title and english.about != german.about


TEXTS = 'id = "a"\ntitle = "b"\nabout = "c"\n'


@pytest.mark.parametrize(("row", "why"), [('id = "a"', "'title'"), (TEXTS, "sessions"),
                                          (TEXTS + 'sessions = [["no"]]', "'no'")])  # fmt: skip
def test_what_is_wrong_with_a_track_is_told(row: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "course.toml").write_text(f'lessons = ["one"]\n[[tracks]]\n{row}', "utf-8")
    with pytest.raises(FormatError, match=why):
        tracks("en", tmp_path)


def test_the_verb_lists_tracks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson", "list", "--track", "school-45", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in data["lessons"]] == ["01-meet-lui", "03-synapses"]
    assert [one["id"] for one in data["tracks"]] == ["school-45"] and data["tracks"][0]["minutes"] == [35]
    assert main(["lesson", "list", "--track", "no"]) == 1


def test_the_concept_check_has_eight_questions_of_two_tiers() -> None:
    assert faults(lessons_folder() / CONCEPTS) == []
    for language in ("en", "de"):
        lesson, _ = open_lesson(PRE, language)
        tasks = [t for step in lesson.steps for t in step.tasks]
        assert len(tasks) == 8 and all(isinstance(t, Question) and len(t.reasons) == 3 for t in tasks)


def test_before_the_course_nothing_is_marked_and_afterwards_only_at_the_end() -> None:
    for name in (PRE, POST):
        lesson, home = open_lesson(name)
        play = Play(lesson)
        assert lesson.name == name and home.name == CONCEPTS and play.hush
        tasks = [t for step in lesson.steps for t in step.tasks if isinstance(t, Question)]
        for i, task in enumerate(tasks):
            assert play.hush
            play.answer(task, task.answer, task.reason if i else (task.reason + 1) % 3)
        assert play.hush == (name == PRE)
        assert score(play)["questions"] == [7, 8], "a right answer for a wrong reason doesn't count"


def test_reasons_stand_in_an_order_of_their_own_that_is_the_same_on_paper() -> None:
    """Whoever ticks the first reason each time is right about as often as by chance, whatever the author does."""
    first = []
    for lesson in all_lessons():
        page = student_sheet(lesson)
        for task in (t for step in lesson.steps for t in step.tasks if isinstance(t, Question)):
            places = order(task.id, len(task.reasons))
            assert sorted(places) == list(range(len(task.reasons)))
            first.append((places[0] == task.reason, len(task.reasons)))
            at = [page.index(_plain(task.reasons[i]), page.index(_plain(task.text))) for i in places]
            assert at == sorted(at)
    share, chance = sum(hit for hit, _ in first) / len(first), sum(1 / n for _, n in first) / len(first)
    assert len(first) > 30 and abs(share - chance) < 0.17


def _plain(text: str) -> str:
    import html

    return re.sub("~", "~", html.escape(text))


def test_the_mystery_neuron_is_another_for_everybody_and_stays_the_same_for_one() -> None:
    lesson, home = open_lesson("mystery")
    lots = {Play(lesson).lot for _ in range(20)}
    assert len(lots) > 15
    play = Play(lesson)
    again = Play(lesson, json.loads(json.dumps(play.to_dict())))
    assert again.lot == play.lot
    seeds = [circuit(lesson, home, p.lot).parameter("parts_seed")[0] for p in (play, again)]
    assert seeds[0] == seeds[1] != circuit(lesson, home, play.lot + 1).parameter("parts_seed")[0]
    play.reset()
    assert play.lot != again.lot
    assert Play(open_lesson("01")[0]).lot == 1 and "lot" not in Play(open_lesson("01")[0]).to_dict()


@pytest.mark.parametrize(("tries", "hints", "worth"), [(1, 0, 10), (2, 0, 8), (3, 2, 4), (9, 3, 2)])
def test_points_fall_with_tries_and_hints(tries: int, hints: int, worth: int) -> None:
    play = Play(open_lesson("mystery")[0])
    assert points(play) == (0, 30)
    play.known["level"] = {"tries": tries, "hints": hints, "ok": False}
    assert points(play) == (0, 30)
    play.known["level"]["ok"] = True
    assert points(play) == (worth, 30)
