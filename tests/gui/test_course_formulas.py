"""Formulas painted: where things stand, how lines break, and what is in the picture."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6 import QtGui

from luiapp.gui.formula import Box, FormulaView, Glyphs, Stroke, lay_out, picture
from luiapp.gui.paper import for_qt

LONG = r"\frac{1}{f} = t_\text{pause} + t_\text{help} + \tau_\text{mem} \ln\left(\frac{V - 0.48}{V_\text{leak}}\right)"


def glyph(box: Box, text: str) -> Glyphs:
    return next(p for p in box.parts if isinstance(p, Glyphs) and p.text == text)


def test_a_fraction_stands_over_and_under_its_line(qtbot: Any) -> None:
    box = lay_out(r"\frac{a}{b+c}", 40)
    (line,) = [p for p in box.parts if isinstance(p, Stroke)]
    y = line.path.boundingRect().center().y()
    assert glyph(box, "a").y < y < glyph(box, "b").y - 10
    assert line.path.boundingRect().width() == pytest.approx(box.width, abs=6)
    a = glyph(box, "a")
    middle = a.x + QtGui.QFontMetricsF(a.font).horizontalAdvance("a") / 2
    assert middle == pytest.approx(line.path.boundingRect().center().x(), abs=2)


def test_indices_are_smaller_lower_and_higher(qtbot: Any) -> None:
    box = lay_out("V_i^2", 40)
    base, low, high = (glyph(box, one) for one in "Vi2")
    assert low.font.pixelSize() == high.font.pixelSize() == round(0.72 * 40)
    assert high.y < base.y < low.y and low.x > base.x and high.x == low.x
    assert glyph(lay_out("V_i", 10), "i").font.pixelSize() == 9  # no index becomes too small to be read


def test_all_that_is_painted_lies_within_the_box(qtbot: Any) -> None:
    for text in (
        LONG,
        r"\sum_{i=1}^{n} w_i",
        r"\sqrt[3]{\frac{x}{y}}",
        r"[\frac{a}{b}] \{\frac{c}{d}\}",
        r"e^{-t/\tau}",
    ):
        box = lay_out(text, 40)
        image = QtGui.QImage(round(box.width) + 60, round(box.up + box.down) + 60, QtGui.QImage.Format.Format_RGB32)
        image.fill(QtGui.QColor("white"))
        painter = QtGui.QPainter(image)
        box.paint(painter, 30, 30 + box.up, QtGui.QColor("black"))
        painter.end()
        dark = [(x, y) for x in range(image.width()) for y in range(image.height())
                if image.pixelColor(x, y).lightness() < 128]  # fmt: skip
        assert dark, text
        xs, ys = [x for x, _ in dark], [y for _, y in dark]
        assert min(xs) >= 26 and max(xs) <= 34 + box.width, text
        assert min(ys) >= 26 and max(ys) <= 34 + box.up + box.down, text


def test_narrow_columns_get_more_lines_and_then_smaller_type(qtbot: Any) -> None:
    wide, narrow = lay_out(LONG, 17), lay_out(LONG, 17, 250)
    assert narrow.width <= 250 < wide.width and narrow.up + narrow.down > 1.5 * (wide.up + wide.down)
    view = FormulaView(LONG, 17)
    qtbot.addWidget(view)
    assert view.box(140).width <= 140 and view.box(140).parts[0].font.pixelSize() < 17  # type: ignore[union-attr]
    assert view.heightForWidth(250) > view.heightForWidth(600)
    assert view.accessibleName().startswith("1 over f equals t pause plus t help")
    view.resize(300, view.heightForWidth(300))
    assert not view.grab().isNull()


def test_paper_gets_pictures_and_lines_of_text(qtbot: Any) -> None:
    from luiapp.course.formula_page import mathml

    image = picture(r"\frac{a}{b}", 15, 3)
    assert image.pixelColor(0, 0) == QtGui.QColor("white") and image.width() > 30
    colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    assert all(QtGui.QColor(one).saturation() == 0 for one in colours) and "#000000" in colours
    document = QtGui.QTextDocument()
    page = for_qt(f"<p>{mathml('x^2', block=False)}</p>{mathml(LONG, block=True)}", document)
    assert "<math" not in page and "<sup>2</sup>" in page and page.count("<img") == 1
    document.setHtml(page)
    assert "x2" in document.toPlainText()
