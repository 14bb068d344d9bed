"""A class at a glance: who is stuck, what was expected, what was gained; damaged and forged files are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from luiapp.cli.main import main
from luiapp.course.lesson import Check, Prediction, Question
from luiapp.course.library import POST, PRE, by_name
from luiapp.course.overview import overview, overview_html
from luiapp.course.play import Play
from luiapp.course.results import result, write_result
from luiapp.errors import FileError

LESSONS = by_name()
FIRST = "01-meet-lui"


def handed_in(folder: Path, person: str, play: Play, *, word: str = "", created: str = "2026-05-04 10:00") -> Path:
    data = result(play, person, created=created, word=word)
    return write_result(folder / f"{person} {play.lesson.name} {created[-2:]}.json", data)


def answers(play: Play, right: int) -> None:
    """Answer all questions, the first so many of them right."""
    tasks = [t for step in play.lesson.steps for t in step.tasks if isinstance(t, Question)]
    for i, task in enumerate(tasks):
        wrong = (task.answer + 1) % len(task.options)
        play.answer(task, task.answer if i < right else wrong, task.reason)


def test_progress_histogram_and_who_is_stuck(tmp_path: Path) -> None:
    lesson = LESSONS[FIRST]
    predictions = [t for s in lesson.steps for t in s.tasks if isinstance(t, Prediction) and t.kind == "pick"]
    check = next(t for s in lesson.steps for t in s.tasks if isinstance(t, Check))
    for k, person in enumerate(("Ada", "Ben", "Cem")):
        play = Play(lesson)
        answers(play, 99 if person == "Ada" else 0)
        if predictions:
            play.lock(predictions[0], option=0 if k else predictions[0].answer, reason=predictions[0].reason)
        if person == "Ben":
            for _ in range(3):
                play.more_hints(check)
        handed_in(tmp_path, person, play)
    found = overview(tmp_path, LESSONS)
    ada, ben, _ = found.rows
    n = sum(isinstance(t, Question) for s in lesson.steps for t in s.tasks)
    assert (ada.person, ada.right) == ("Ada", n + len(predictions[:1])) and ben.right <= 1 and ada.genuine
    assert ben.stuck == next(s.title for s in lesson.steps if check in s.tasks)
    for tally in found.tallies:
        assert sum(tally.counts) == 3 and tally.counts[tally.answer] >= tally.right
    page = overview_html(found, LESSONS)
    assert "Ada" in page and "⚠" in page and "■" in page and "<script" not in page


def test_the_latest_file_counts_and_forged_ones_are_seen(tmp_path: Path) -> None:
    early, late = Play(LESSONS[FIRST]), Play(LESSONS[FIRST])
    answers(late, 99)
    handed_in(tmp_path, "Ada", late, word="owl", created="2026-05-04 10:30")
    file = handed_in(tmp_path, "Ada", early, word="owl", created="2026-05-04 10:05")
    handed_in(tmp_path, "Ben", early, word="hawk")
    (row, forged) = overview(tmp_path, LESSONS, "owl").rows
    assert row.created.endswith("10:30") and row.genuine and row.right > 0 and not forged.genuine
    data: dict[str, Any] = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**data, "person": "<b>Eve</b>"}), "utf-8")
    found = overview(tmp_path, LESSONS, "owl")
    eve = next(r for r in found.rows if "Eve" in r.person)
    assert not eve.genuine and "<b>Eve" not in overview_html(found, LESSONS)


def test_gain_is_the_share_of_what_there_was_to_learn(tmp_path: Path) -> None:
    for person, pre, post in (("Ada", 2, 5), ("Ben", 4, 7), ("Cem", 8, None)):
        for name, right in ((PRE, pre), (POST, post)):
            if right is not None:
                play = Play(LESSONS[name])
                answers(play, right)
                handed_in(tmp_path, person, play)
    found = overview(tmp_path, LESSONS)
    assert (found.n_both, found.before, found.after, found.gain) == (2, 3.0, 6.0, pytest.approx(3 / 5))


def test_whatever_lies_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[1, 2", "utf-8")
    (tmp_path / "b.json").write_text("{}", "utf-8")
    play = Play(LESSONS[FIRST])
    play.known = {"order": {"answer": 99, "reason": "x"}, "fast": {"hints": "many"}}  # type: ignore[dict-item]
    handed_in(tmp_path, "Ada", play)
    found = overview(tmp_path, LESSONS)
    assert len(found.problems) == 2 and len(found.rows) == 1 and found.rows[0].right == 0
    with pytest.raises(FileError):
        overview(tmp_path / "nowhere", LESSONS)


def test_the_verb(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    play = Play(LESSONS[FIRST])
    answers(play, 99)
    handed_in(tmp_path, "Ada", play)
    page = tmp_path / "class.html"
    assert main(["lesson", "overview", str(tmp_path), "--out", str(page), "--json", "--lang", "de"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["rows"][0]["person"] == "Ada" and "Die Klasse auf einen Blick" in page.read_text("utf-8")
    assert main(["lesson", "overview", str(tmp_path), "--out", str(page)]) == 1
    assert main(["lesson", "overview"]) == 1


def test_what_a_teacher_looks_at_first_stands_first(tmp_path: Path) -> None:
    """Who is stuck and where, then a line for everybody with a column for each lesson that somebody has begun."""
    for person, name, hinted in (("Ada", "01-meet-lui", True), ("Ada", "03-synapses", False),
                                 ("Ben", "03-synapses", False)):  # fmt: skip
        play = Play(LESSONS[name])
        if hinted:
            check = next(t for s in play.lesson.steps for t in s.tasks if isinstance(t, Check))
            for _ in range(3):
                play.more_hints(check)
        handed_in(tmp_path, person, play)
    page = overview_html(overview(tmp_path, LESSONS), LESSONS)
    first, _, rest = page.partition("<table>")
    table = rest.partition("</table>")[0]
    meet, synapses = LESSONS["01-meet-lui"], LESSONS["03-synapses"]
    assert f"Ada: {meet.title}, " in first and "Ben" not in first
    assert f"<th>{meet.title}</th><th>{synapses.title}</th>" in table and table.count("<th>") == 3
    ada, ben = table.split("<tr>")[2:]
    assert f"0/{len(meet.steps)} ⚠</td>" in ada and f"0/{len(synapses.steps)}</td>" in ada
    assert "Ben</td><td>–</td>" in ben and "□" * len(synapses.steps) in ben
