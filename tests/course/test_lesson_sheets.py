"""Sheets for paper: whole, without the key for students, and with nothing in them that a result could smuggle in."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from luiapp.cli.main import main
from luiapp.course.library import lesson_names, lessons_folder
from luiapp.course.play import Play
from luiapp.course.reading import read_lesson
from luiapp.course.results import result, write_result
from luiapp.course.sheets import report_sheet, student_sheet, teacher_sheet
from luiapp.texts import set_language

_VOID = {"meta", "rect", "path", "polyline", "br"}


class Reader(HTMLParser):
    """Collects text and refuses what isn't balanced."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [v or "" for k, v in attrs if k in ("src", "href", "data")]
        assert not any(k.startswith("on") for k, _ in attrs)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.words)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", lesson_names())
def test_sheets_hold_the_lesson_and_only_the_teachers_the_key(name: str, language: str) -> None:
    lesson = read_lesson(lessons_folder() / name, language)
    set_language(language)
    try:
        student, teacher = Reader(student_sheet(lesson)), Reader(teacher_sheet(lesson))
    finally:
        set_language("en")
    assert not {"script", "img", "iframe", "link", "object"} & {*student.tags, *teacher.tags}
    assert student.addresses == teacher.addresses == []
    for step in lesson.steps:
        assert step.title in student.text and step.title in teacher.text
        for task in step.tasks:
            assert task.text in student.text and task.text in teacher.text
            for secret in (getattr(task, "explain", None), *getattr(task, "hints", ())):
                assert secret is None or (secret not in student.text and secret in teacher.text)
    right = sum(1 for s in lesson.steps for t in s.tasks if getattr(t, "reasons", ()))
    assert "☒" not in student.text and teacher.text.count("☒") == 2 * right
    drawn = sum(1 for s in lesson.steps for t in s.tasks if getattr(t, "kind", "") == "draw")
    assert student.tags.count("svg") == drawn


def test_a_report_tells_what_was_done() -> None:
    lesson = read_lesson(lessons_folder() / "01-meet-lui")
    play = Play(lesson)
    play.answer(lesson.task("order"), 1, 0)
    play.lock(lesson.task("kick"), drawn=[(0.0, 1.0), (2.0, 0.5)])
    play.observe(lesson.task("kick"), [(0.0, 1.2), (1.0, 0.1), (2.0, 1.2)])
    play.explain(lesson.task("kick"), "emptied & filled <again>")
    text = report_sheet(lesson, result(play, "Ada", created="2026-01-01"), genuine=True)
    seen = Reader(text)
    for words in ("Question", "Set-up", "Outcome", "Conclusion", "Ada", "The seal fits", "emptied & filled <again>",
                  "It falls to almost nothing at once.", "not done"):  # fmt: skip
        assert words in seen.text, words
    assert seen.tags.count("polyline") == 2 and text.count("stroke-dasharray") == 1


JUNK = (None, 3, [], "<script>", {"answer": 99, "reason": "x"}, {"drawn": [[1], "x", [0, {}]]},
        {"ok": True, "value": "<b>"}, {"words": "<script>alert(1)</script>"})  # fmt: skip


@pytest.mark.parametrize("junk", JUNK)
def test_a_forged_result_stays_text(junk: object) -> None:
    lesson = read_lesson(lessons_folder() / "01-meet-lui")
    known = {t.id: junk for s in lesson.steps for t in s.tasks}
    text = report_sheet(lesson, {"person": "<script>x</script>", "known": known}, genuine=False)
    assert "script" not in Reader(text).tags and "does not fit" in text
    Reader(report_sheet(lesson, {"known": junk}))


def test_the_verb_writes_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "sheet.html"
    assert main(["lesson", "sheet", "1", "--out", str(page), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lesson"] == "01-meet-lui"
    assert "☒" not in page.read_text("utf-8")
    assert main(["lesson", "sheet", "1", "--out", str(page)]) == 1  # never by accident
    assert main(["lesson", "sheet", "1", "--teacher", "--lang", "de", "--out", str(page), "--overwrite"]) == 0
    assert "Lösungen" in page.read_text("utf-8")
    play = Play(read_lesson(lessons_folder() / "01-meet-lui"))
    path = write_result(tmp_path / "r.json", result(play, "Ada", created="x", word="tulip"))
    arguments = ["lesson", "sheet", "--result", str(path), "--word", "tulip", "--out", str(page), "--overwrite"]
    assert main([*arguments, "--lang", "en"]) == 0
    assert "The seal fits" in page.read_text("utf-8")
    for wrong in (["lesson", "sheet", "1"], ["lesson", "sheet", "--out", str(tmp_path / "x.html")],
                  ["lesson", "sheet", "1", "--out", str(tmp_path / "x.docx")]):  # fmt: skip
        assert main(wrong) == 1


def test_trimmers_are_called_as_on_the_board_in_either_language() -> None:
    set_language("de")
    try:
        assert "<b>N1 Leck</b> (____ %)" in student_sheet(read_lesson(lessons_folder() / "01-meet-lui", "de"))
    finally:
        set_language("en")
    assert "<b>N1 τ mem</b> (____ %)" in student_sheet(read_lesson(lessons_folder() / "02-rest-and-leak"))
