"""Lessons as text: what the small Markdown keeps, and that files from outside are data whatever is in them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from luiapp.course.library import CONCEPTS, circuit, find_lesson, lesson_names, lessons_folder
from luiapp.course.markdown import blocks, plain, spans
from luiapp.course.reading import MOST_BYTES, read_lesson, read_text
from luiapp.course.schema import FENCES
from luiapp.course.template import FILES, write_template
from luiapp.course.validate import faults
from luiapp.errors import FileError, FormatError, LuiError

NAMES = lesson_names()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_template(tmp_path / "mine")
    return tmp_path / "mine"


def change(folder: Path, old: str, new: str, name: str = "lesson.md") -> None:
    text = (folder / name).read_text("utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_lesson_is_right_in_both_languages(name: str) -> None:
    path = lessons_folder() / name
    assert [str(f) for f in faults(path)] == []
    english, german = read_lesson(path), read_lesson(path, "de")
    assert english.title != german.title and english.about != german.about
    assert [s.id for s in english.steps] == [s.id for s in german.steps]
    for here, there in zip(english.steps, german.steps, strict=True):
        assert here.title != there.title
        assert here.minutes == there.minutes
        for one, other in zip(here.tasks, there.tasks, strict=True):
            assert one.text != other.text, f"{one.id} is not translated"
            assert getattr(one, "acts", ()) == getattr(other, "acts", ())
    assert english.teacher and german.teacher and english.teacher != german.teacher
    assert {s.id for s in english.steps} == set(english.solution)


def test_numbers_of_a_translation_are_those_of_the_original() -> None:
    english, german = (read_lesson(lessons_folder() / NAMES[0], lang) for lang in ("en", "de"))
    check, pruefung = english.task("fast"), german.task("fast")
    assert (check.low, check.high, check.metric, check.options) == (
        pruefung.low, pruefung.high, pruefung.metric, pruefung.options)  # fmt: skip
    assert "3,5 Hz" in pruefung.below and "3.5 Hz" in check.below


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("plain", ["text"]),
        ("**a** and *b*, `c`", ["strong", "text", "stress", "text", "code"]),
        ("τ~mem~ = 10^−3^ s", ["text", "sub", "text", "super", "text"]),
        ("[here](https://example.org)", ["link"]),
        ("turn [[N1.leak 20..80]] now", ["text", "turn", "text"]),
        ("<script>alert(1)</script>", ["text"]),
        ("[x](javascript:alert)", ["text"]),
        ("![x](https://example.org/a.png)", ["text", "link"]),
    ],
)
def test_inline(text: str, kinds: list[str]) -> None:
    assert [s.kind for s in spans(text)] == kinds


def test_blocks_of_a_page() -> None:
    found = blocks("# T\n\none\ntwo\n\n- a\n- b\n1. c\n> d\n> e\n\n## S {#s}\n```step\nminutes = 1\n```\nend")
    assert [b.kind for b in found] == ["heading", "paragraph", "bullet", "bullet", "number", "note", "heading", "data",
                                       "paragraph"]  # fmt: skip
    assert [plain(b.spans) for b in found if b.spans] == ["T", "one two", "a", "b", "c", "d e", "S", "end"]
    assert found[7].text == "minutes = 1" and found[6].name == "s"


@given(st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_no_letter_of_a_line_is_lost_unless_it_is_dress(text: str) -> None:
    line = text.replace("\n", " ")
    kept = "".join(s.text + s.address + s.neuron + s.knob for s in spans(line))
    dress = set("*`~^[]() .0123456789")
    assert [c for c in kept if c not in dress] == [c for c in line if c not in dress]


@given(st.binary(max_size=600))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_a_lesson_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "lesson.md").write_bytes(data)
    try:
        read_lesson(folder)
    except LuiError as error:
        assert len(str(error)) < 700


_WORDS = st.sampled_from([*FENCES, *{k for keys in FENCES.values() for k in keys}, "x"])
_VALUES = st.recursive(
    st.one_of(st.integers(-9, 10**9), st.floats(), st.booleans(), st.text(max_size=9).map(lambda s: ascii(s)[1:-1])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=6,
)


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'".replace("\\", "/") if isinstance(value, str) else str(value)


@given(st.sampled_from(sorted(FENCES)), st.dictionaries(_WORDS, _VALUES, max_size=8))
@settings(max_examples=200, deadline=None)
def test_any_fence_is_taken_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: dict[str, object]
) -> None:
    folder = tmp_path_factory.mktemp("fence")
    write_template(folder / "mine")
    rows = "\n".join(f"{k} = {toml(v)}" for k, v in data.items())
    with (folder / "mine/lesson.md").open("a", encoding="utf-8") as file:
        file.write(f"\n```{kind}\n{rows}\n```\n")
    for fault in faults(folder / "mine"):
        assert "lesson" in str(fault) or "step" in str(fault)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("```check\n", "```exec\n", "a fence begins with one of"),
        ('metric = "rate"', 'metric = "__import__"', "there is no metric"),
        ('of = {neuron = "N1"}', 'of = {neuron = "N9"}', "has no board 'N9'"),
        ('of = {neuron = "N1"}', 'of = {neuron = "N1", sight = 3}', "knows no 'sight'"),
        ("low = 3.5", "low = 99", "'low' must not be above"),
        ("low = 3.5", "low = nan", "finite number"),
        ("seconds = 4", "seconds = 1e5", "0 to 120 seconds"),
        ("minutes = 5", "minutes = 0", "a whole number from 1 to 240"),
        ('"A larger hint.", ', "", "there are 2 hints"),
        ("{#first}", "", "## Its title {#name}"),
        ("[[N1.leak 40..100]]", "[[N1.volume 40..100]]", "trimmers"),
        ('point_at = "N1.leak"', 'point_at = "N7"', "N7"),
        ('circuit = "single"', 'circuit = "../../secret.toml"', "outside the lesson's folder"),
        ('circuit = "single"', 'circuit = "/etc/passwd"', "neither an example"),
        ("```\n", "\n", "not TOML"),
        ("low = 3.5", "low = 3.5\nrun = 'rm'", "'run' is unknown"),
    ],
)
def test_the_validator_says_what_is_wrong(folder: Path, old: str, new: str, word: str) -> None:
    assert faults(folder) == []
    change(folder, old, new)
    said = [str(f) for f in faults(folder)]
    assert len(said) >= 1
    assert any(word in s for s in said), said


def test_a_translation_holds_texts_alone(folder: Path) -> None:
    change(folder, 'id = "faster"\n', 'id = "faster"\nlow = 1\n', "lesson.de.md")
    assert "belongs into lesson.md alone" in str(faults(folder)[0])
    change(folder, "low = 1\n", "", "lesson.de.md")
    change(folder, '"Ein größerer Hinweis.", ', "", "lesson.de.md")
    assert "another number in lesson.md" in str(faults(folder)[0])


@pytest.mark.parametrize("name", [n for n in FILES if n != "lesson.md"])
def test_each_file_is_missed(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert any(name in str(f) for f in faults(folder))


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs symbolic links")
def test_a_link_out_of_the_folder_is_not_read(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.md").write_text("# secret", "utf-8")
    (folder / "lesson.md").unlink()
    (folder / "lesson.md").symlink_to(tmp_path / "secret.md")
    with pytest.raises(FormatError, match="outside"):
        read_lesson(folder)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", ".."])
def test_paths_stay_inside(folder: Path, name: str) -> None:
    with pytest.raises((FormatError, FileError)):
        read_text(folder, name)


def test_sizes_are_bounded(folder: Path) -> None:
    with (folder / "lesson.md").open("wb") as file:
        file.truncate(20 * MOST_BYTES)
    with pytest.raises(FormatError, match="larger than"):
        read_lesson(folder)
    (folder / "lesson.md").write_text("# T\n" + "a\n\n" * 2000, "utf-8")
    with pytest.raises(FormatError, match="blocks"):
        read_lesson(folder)
    (folder / "lesson.md").write_text("x" * 200_000, "utf-8")
    with pytest.raises(FormatError, match="characters"):
        read_lesson(folder)


def test_code_beside_a_lesson_is_never_run(folder: Path) -> None:
    for name in ("experiment.py", "solution.py", "__init__.py", "conftest.py"):
        (folder / name).write_text(f"open({str(folder / 'ran')!r}, 'w')", "utf-8")
    assert faults(folder) == []
    assert not (folder / "ran").exists()


def test_a_lesson_is_found_by_name_number_and_path(folder: Path) -> None:
    first = lessons_folder() / NAMES[0]
    assert find_lesson(NAMES[0]) == find_lesson("1") == find_lesson("meet-lui") == first
    assert find_lesson(str(folder)) == folder
    with pytest.raises(FileError, match=NAMES[0]):
        find_lesson("nothing")


def test_a_circuit_of_the_folder(folder: Path) -> None:
    change(folder, 'circuit = "single"', 'circuit = "bench.toml"')
    rows = '[[neurons]]\nname = "N1"\nparameters = {r_vleak = "45 kΩ"}\n'
    (folder / "bench.toml").write_text(rows, "utf-8")
    network = circuit(read_lesson(folder), folder, lot=7)
    assert network.names == ["N1"] and network.parameter("r_vleak")[0] == 45e3
    assert network.parameter("parts_seed")[0] == 7 and len(network.probes) == 1
    (folder / "bench.toml").write_text("neurons = 3", "utf-8")
    assert len(faults(folder)) == 1


def test_the_course_names_every_folder() -> None:
    there = {p.name for p in lessons_folder().iterdir() if p.is_dir()}
    assert there == {*NAMES, CONCEPTS}
    assert list(NAMES) == sorted(NAMES)


def test_course_file_is_checked(tmp_path: Path) -> None:
    shutil.copy(lessons_folder() / "course.toml", tmp_path)
    assert lesson_names(tmp_path) == NAMES
    for bad in ('lessons = ["../x"]', "lessons = 3", "", "lessons = [1]", "lessons = ["):
        (tmp_path / "course.toml").write_text(bad, "utf-8")
        with pytest.raises(FormatError):
            lesson_names(tmp_path)
