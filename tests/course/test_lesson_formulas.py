"""Formulas of lessons: read as LaTeX is, told in words in both languages, whole on pages; what isn't known is named."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from luiapp.course.formula import GREEK, MOST_CHARACTERS, Fraction, Scripts, Sign, parse
from luiapp.course.formula_page import mathml, one_line
from luiapp.course.formula_words import spoken
from luiapp.course.library import lesson_names, lessons_folder
from luiapp.course.markdown import blocks
from luiapp.course.reading import read_lesson
from luiapp.course.sheets import student_sheet
from luiapp.course.template import write_template
from luiapp.course.validate import faults
from luiapp.errors import FormatError
from luiapp.texts import set_language

MEMBRANE = r"\frac{dV}{dt} = -\frac{V - V_\text{leak}}{\tau_\text{mem}} + \frac{I}{C}"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    set_language("en")
    yield
    set_language("en")


@pytest.mark.parametrize(("text", "en", "de"), [
    (r"\frac{V - V_\text{leak}}{\tau_\text{mem}}", "V minus V leak, all over tau mem",
     "V minus V leak, alles durch tau mem"),
    (r"\frac{1}{f}", "1 over f", "1 durch f"),
    (r"\frac{a}{b + c} \cdot d", "a over b plus c, end of the fraction times d",
     "a durch b plus c, Ende des Bruchs mal d"),
    (r"\frac{dV}{dt}", "d V by d t", "d V nach d t"),
    (r"-\frac{a + b}{c}", "minus the fraction a plus b, all over c", "minus der Bruch a plus b, alles durch c"),
    (r"\sqrt{x^2 + 1}", "the square root of x squared plus 1, end of the root",
     "Wurzel aus x Quadrat plus 1, Ende der Wurzel"),
    (r"\sum_{i=1}^n w_i", "the sum, from i equals 1 to n, of w i", "Summe von i gleich 1 bis n über w i"),
    (r"e^{-t}", "e to the power of minus t", "e hoch minus t"),
    (r"e^{a - t}", "e to the power of a minus t, end of the power", "e hoch a minus t, Ende der Hochzahl"),
    (r"e^t", "e to the power of t", "e hoch t"),
    (r"\ln x \approx 0,48\,\text{V}", "natural logarithm of x is about 0,48 V",
     "natürlicher Logarithmus von x ist ungefähr 0,48 V"),
])  # fmt: skip
def test_read_aloud(text: str, en: str, de: str) -> None:
    spoken_en = spoken(text)
    set_language("de")
    assert (spoken_en, spoken(text)) == (en, de)


def test_the_tree_is_that_of_latex() -> None:
    assert parse(r"\frac{1} x").items == (Fraction(Sign("1", "number"), Sign("x", "letter")),)
    (power,) = parse("x_i^2").items
    assert power == Scripts(Sign("x", "letter"), Sign("i", "letter"), Sign("2", "number")) == parse("x^2_i").items[0]
    kinds = [one.kind for one in parse("a - -b").items if isinstance(one, Sign)]
    assert kinds == ["letter", "operator", "sign", "letter"]  # the second subtracts nothing
    assert parse(r"\left( x \right)") == parse("(x)")
    letters = parse(" ".join(f"\\{name}" for name in GREEK))
    assert "".join(s.text for s in letters.items if isinstance(s, Sign)) == "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"


@pytest.mark.parametrize(("text", "named"), [
    (r"\foo{x}", r"\foo"), (r"a \sharp b", r"\sharp"), ("a # b", "#"), (r"\frac{a}", "too early"), ("(a", "')'"),
    (r"\left( a", "')'"), ("_x", "'_'"), ("", "empty"), ("   ", "empty"), ("{" * 40 + "x", "12"),
    ("x" * (MOST_CHARACTERS + 1), str(MOST_CHARACTERS)), (r"\left", r"\left"), (r"\sqrt[3", "']'"),
    (r"\text{a", r"\text"),
    ("a }", "}"), ("a )", ")"), (r"\frac)b", ")"),
])  # fmt: skip
def test_what_is_not_understood_is_named(text: str, named: str) -> None:
    with pytest.raises(FormatError) as caught:
        parse(text)
    assert named in str(caught.value)


def test_pages_hold_well_formed_mathml_with_its_reading_and_its_source() -> None:
    root = ET.fromstring(mathml(MEMBRANE, block=True))
    assert root.tag == "math" and root.get("display") == "block" and root.get("alttext") == spoken(MEMBRANE)
    assert len(root.findall(".//mfrac")) == 3 and root.findtext(".//annotation") == MEMBRANE
    assert [sub.findtext("mtext") for sub in root.iter("msub")] == ["leak", "mem"]
    for fraction in root.iter("mfrac"):
        assert len(list(fraction)) == 2
    assert ET.fromstring(mathml(r"\text{<b>} < a", block=False)).findtext(".//mtext") == "<b>"
    assert one_line(r"\frac{a+b}{c} < \text{<b>}").startswith("(<i>a</i>&nbsp;+ <i>b</i>)/<i>c</i>&nbsp;&lt; &lt;b&gt;")


def test_a_lesson_with_a_formula_that_is_not_understood_is_told_with_its_line(tmp_path: Path) -> None:
    write_template(tmp_path / "mine")
    page = tmp_path / "mine/lesson.md"
    text = page.read_text("utf-8")
    page.write_text(text + "\n$$\\frac{V}{\\tau} $$\n\nAnd $x^2$ in a line.\n", "utf-8")
    assert faults(tmp_path / "mine") == []
    sheet = student_sheet(read_lesson(tmp_path / "mine"))
    assert sheet.count("<math") == 2 and sheet.count('<math display="block"') == 1
    page.write_text(text + "\nAnd $x \\foo y$ in a line.\n", "utf-8")
    (fault,) = faults(tmp_path / "mine")
    n = len(text.split("\n")) + 1
    assert str(fault).startswith(f"lesson.md, line {n}: ") and "\\foo" in str(fault)


def test_formulas_are_alike_in_both_languages() -> None:
    """Each formula of a lesson stands on its German page, too, with the same fractions, roots and indices."""
    n = 0
    for name in lesson_names():
        for english, german in (("lesson.md", "lesson.de.md"), ("teacher.md", "teacher.de.md")):
            shapes = []
            for page in (english, german):
                found = blocks((lessons_folder() / name / page).read_text("utf-8"), page)
                texts = [b.text for b in found if b.kind == "formula"]
                texts += [s.text for b in found for s in b.spans if s.kind == "formula"]
                shapes.append([[e.tag for e in ET.fromstring(mathml(t, block=True)).iter()] for t in texts])
            assert shapes[0] == shapes[1], (name, english)
            n += len(shapes[0])
    assert n >= 4
