"""A sheet of the course as PDF: the HTML that a browser would print, laid out by Qt. Needs no window and no screen."""

from __future__ import annotations

import html
import itertools
import re
from pathlib import Path

from PySide6 import QtCore, QtGui, QtSvg

from luiapp.course.formula_page import one_line
from luiapp.course.formula_words import spoken
from luiapp.files.disk import atomic
from luiapp.gui import fonts
from luiapp.gui.formula import picture
from luiapp.gui.picture import need_qt

_SHARPER = 3  # pixels of a figure per pixel of its size
_FORMULA = 15.0  # size of a formula's type on paper, as _WIDTH
_WIDTH = 480  # of a figure on paper, in points of the text
_DIV = re.compile(r'(<div(?: class="(\w+)")?>|</div>)')
_MATH = re.compile(r'<math( display="block")?.*?<annotation[^>]*>(.*?)</annotation>.*?</math>', re.DOTALL)
_SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
_EDGE = "border-color:#000000; border-width:0.5px; border-collapse:collapse; margin-top:8px; margin-bottom:8px"
_BOX = (
    '<table width="100%" cellspacing="0" cellpadding="6" border="{}" style="border-style:{}; ' + _EDGE + '"><tr><td>',
    "</td></tr></table>",
)
_TABLE = '<table border="1" cellspacing="0" cellpadding="5" style="border-style:solid; ' + _EDGE + '">'
_BLANK = "&nbsp;" + "_" * 24 + "&nbsp; "
_HEAD = re.compile(r'<div class="head">(.*?)</div></div></div>')  # whose sheet it is, and when
_STYLE = (
    "h1{font-size:17pt} h2{font-size:13pt} h3{font-size:11pt} p{margin-top:3px;margin-bottom:3px} .small{font-size:8pt}"
)
# What Qt makes of each of the sheet's boxes: what stands before it, and behind it.
_BOXES = {
    "task": (_BOX[0].format(1, "solid"), _BOX[1]),
    "note": (_BOX[0].format(1, "solid"), _BOX[1]),
    "key": (_BOX[0].format(2, "dashed"), _BOX[1]),
    "line": ("<p>" + "_" * 100, "</p>"),
    "": ("<p>", "</p>"),
}


def write_pdf(path: str | Path, page: str) -> Path:
    """Write a sheet (see `luiapp.course.sheets`) as A4 in black and white.

    Raises
    ------
    FileError
        If it can't be written.
    """
    need_qt()
    fonts.load()
    path = Path(path)
    document = QtGui.QTextDocument()
    document.setDefaultFont(QtGui.QFont(fonts.FAMILY, 10))
    document.setDefaultStyleSheet(_STYLE)
    document.setHtml(for_qt(page, document))
    buffer = QtCore.QBuffer()
    buffer.open(QtCore.QIODevice.OpenModeFlag.WriteOnly)
    writer = QtGui.QPdfWriter(buffer)
    writer.setPageSize(QtGui.QPageSize(QtGui.QPageSize.PageSizeId.A4))
    writer.setPageMargins(QtCore.QMarginsF(0, 0, 0, 0), QtGui.QPageLayout.Unit.Millimeter)  # print_ adds 20 mm
    title = re.search(r"<title>(.*?)</title>", page)
    writer.setTitle(title[1] if title else "luiapp")
    document.print_(writer)
    del writer  # which finishes the file
    with atomic(path) as file:
        file.write(bytes(buffer.data().data()))
    return path


def for_qt(page: str, document: QtGui.QTextDocument) -> str:
    """The page with figures as pictures and boxes as tables, which is what Qt's rich text knows."""
    page = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    figures = _SVG.findall(page)
    for i, text in enumerate(figures):
        name = f"figure{i}"
        document.addResource(QtGui.QTextDocument.ResourceType.ImageResource, QtCore.QUrl(name), _picture(text))
        page = page.replace(text, f'<p><img src="{name}" width="{_WIDTH}"></p>', 1)
    page = _HEAD.sub(lambda m: f"<p>{_BLANK.join(re.findall('<div>(.*?:)', m[1]))}{_BLANK}</p>", page)
    page = _with_formulas(page, document).replace("<table>", _TABLE)
    parts: list[str] = []
    ends: list[str] = []
    for i, piece in enumerate(_DIV.split(page)):
        if i % 3 == 0:
            parts.append(piece)
        elif i % 3 == 1 and piece == "</div>":
            parts.append(ends.pop() if ends else "")
        elif i % 3 == 1:
            found = _DIV.match(piece)
            before, behind = _BOXES.get((found[2] if found else "") or "", ("", ""))
            parts.append(before)
            ends.append(behind)
    return "".join(parts)


def _with_formulas(page: str, document: QtGui.QTextDocument) -> str:
    """The page with its MathML as pictures, or within a line as ordinary text."""
    count = itertools.count()

    def drawn(match: re.Match[str]) -> str:
        formula = html.unescape(match[2])
        if not match[1]:
            return one_line(formula)
        name, image = f"formula{next(count)}", picture(formula, _FORMULA, _SHARPER, _WIDTH)
        document.addResource(QtGui.QTextDocument.ResourceType.ImageResource, QtCore.QUrl(name), image)
        width = round(image.width() / _SHARPER)
        return f'<p><img src="{name}" width="{width}" alt="{html.escape(spoken(formula))}"></p>'

    return _MATH.sub(drawn, page)


def _picture(text: str) -> QtGui.QImage:
    if "xmlns" not in text:
        text = text.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    renderer = QtSvg.QSvgRenderer(QtCore.QByteArray(text.encode("utf-8", "replace")))
    size = renderer.defaultSize()
    image = QtGui.QImage(size * _SHARPER, QtGui.QImage.Format.Format_RGB32)
    image.fill(QtCore.Qt.GlobalColor.white)
    painter = QtGui.QPainter(image)
    renderer.render(painter)
    painter.end()
    return image
