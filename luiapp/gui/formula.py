"""Formulas painted: laid out from fractions, roots and indices, on the screen and in pictures for paper.

A `Box` holds what is painted and how far it reaches above and below the line on which it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.course.formula import CLOSING, Brackets, Fraction, Node, Root, Row, Scripts, Sign, parse
from luiapp.course.formula_words import spoken
from luiapp.gui import fonts

_SMALL, _SMALLEST = 0.72, 9  # size of indices, and its limit [px]
_GAPS = {"relation": 0.28, "operator": 0.22}  # em on both sides
_LINE_GAP = 0.35  # em between lines
_INDENT = 1.4  # em of every line but the first


@dataclass(frozen=True)
class Glyphs:
    """Text at a place (left, base line)."""

    x: float
    y: float
    text: str
    font: QtGui.QFont


@dataclass(frozen=True)
class Stroke:
    """A line, a root's sign, a tall bracket."""

    path: QtGui.QPainterPath
    width: float


@dataclass(frozen=True)
class Box:
    """Something laid out: its size [px] around its base line, and what it is made of."""

    width: float
    up: float
    down: float
    parts: tuple[Glyphs | Stroke, ...] = ()

    def moved(self, dx: float, dy: float) -> tuple[Glyphs | Stroke, ...]:
        """The parts, elsewhere."""
        return tuple(Glyphs(p.x + dx, p.y + dy, p.text, p.font) if isinstance(p, Glyphs)
                     else Stroke(p.path.translated(dx, dy), p.width) for p in self.parts)  # fmt: skip

    def paint(self, painter: QtGui.QPainter, x: float, y: float, colour: QtGui.QColor) -> None:
        """Paint it with its left end at `x` and its base line at `y`."""
        for part in self.moved(x, y):
            if isinstance(part, Glyphs):
                painter.setPen(colour)
                painter.setFont(part.font)
                painter.drawText(QtCore.QPointF(part.x, part.y), part.text)
            else:
                painter.strokePath(part.path, QtGui.QPen(colour, part.width))


def lay_out(text: str, pixels: float, width: float = 1e6) -> Box:
    """A formula at a size of type, in lines of at most `width` where it can be broken. Raises `FormatError`."""
    return _in_lines(parse(text), pixels, width)


def picture(text: str, pixels: float, ratio: float, width: float = 1e6) -> QtGui.QImage:
    """A formula in black on white, `ratio` times as sharp as its size says. Raises `FormatError`."""
    box = lay_out(text, pixels, width)
    size = QtCore.QSizeF(box.width + 4, box.up + box.down + 4) * ratio
    image = QtGui.QImage(size.toSize(), QtGui.QImage.Format.Format_RGB32)
    image.fill(QtCore.Qt.GlobalColor.white)
    painter = QtGui.QPainter(image)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.scale(ratio, ratio)
    box.paint(painter, 2, 2 + box.up, QtGui.QColor("black"))
    painter.end()
    return image


class FormulaView(QtWidgets.QWidget):
    """A formula of its own line, broken or made smaller where the column is narrow; its name is its reading."""

    def __init__(self, text: str, pixels: float) -> None:
        super().__init__()
        self._text, self._pixels = text, pixels
        self.setAccessibleName(spoken(text))
        policy = QtWidgets.QSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def box(self, width: float) -> Box:
        """As it stands in a column of that width [px]."""
        pixels = self._pixels
        box = lay_out(self._text, pixels, width)
        while box.width > width and pixels > _SMALLEST:
            pixels = max(0.95 * pixels * width / box.width, _SMALLEST)
            box = lay_out(self._text, pixels, width)
        return box

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        box = self.box(width - 4)
        return round(box.up + box.down + 0.5 * self._pixels)

    def sizeHint(self) -> QtCore.QSize:
        box = lay_out(self._text, self._pixels)
        return QtCore.QSize(round(box.width) + 4, self.heightForWidth(10_000))

    def minimumSizeHint(self) -> QtCore.QSize:
        return QtCore.QSize(0, self.heightForWidth(max(self.width(), 100)))

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        box = self.box(self.width() - 4)
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        box.paint(painter, 2, 0.25 * self._pixels + box.up, self.palette().color(self.foregroundRole()))
        painter.end()


# -- laying out -------------------------------------------------------------------------------------------------------


def _in_lines(row: Row, px: float, width: float) -> Box:
    """The row in lines; a new one begins before a relation or an operator."""
    pieces: list[list[Node]] = [[]]
    for i, one in enumerate(row.items):
        if i and isinstance(one, Sign) and one.kind in _GAPS:
            pieces.append([])
        pieces[-1].append(one)
    lines: list[Sequence[Node]] = [pieces[0]]
    for piece in pieces[1:]:
        longer = [*lines[-1], *piece]
        indent = _INDENT * px if len(lines) > 1 else 0.0
        if _row(longer, px).width + indent <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    boxes = [_row(line, px) for line in lines]
    parts, y = list(boxes[0].parts), boxes[0].down
    for box in boxes[1:]:
        y += _LINE_GAP * px + box.up
        parts += box.moved(_INDENT * px, y)
        y += box.down
    wide = max([boxes[0].width, *(box.width + _INDENT * px for box in boxes[1:])])
    return Box(wide, boxes[0].up, y, tuple(parts))


def _row(items: Sequence[Node], px: float) -> Box:
    x, up, down = 0.0, 0.0, 0.0
    parts: list[Glyphs | Stroke] = []
    for i, one in enumerate(items):
        gap = _GAPS.get(one.kind, 0.0) * px if isinstance(one, Sign) else 0.0
        function = isinstance(one, Sign) and one.kind == "function"
        before = items[i - 1] if i else None
        if before is not None and (function or isinstance(one, Fraction)) and not isinstance(before, Sign):
            x += 0.17 * px
        box = _node(one, px)
        x += gap if i else 0.0
        parts += box.moved(x, 0)
        x += box.width + gap + (0.12 * px if function or isinstance(one, Fraction) else 0.0)
        up, down = max(up, box.up), max(down, box.down)
    return Box(x, up, down, tuple(parts))


def _node(node: Node, px: float) -> Box:
    match node:
        case Row(items):
            return _row(items, px)
        case Fraction(above, below):
            return _fraction(_node(above, 0.92 * px), _node(below, 0.92 * px), px)
        case Root(inside, degree):
            return _root(_node(inside, px), None if degree is None else _node(degree, _small(px)), px)
        case Scripts():
            return _scripts(node, px)
        case Brackets(open_, inside):
            return _brackets(open_, _node(inside, px), px)
        case Sign(_, "space", em):
            return Box(em * px, 0, 0)
        case Sign(text, kind):
            return _glyphs(text, 1.35 * px if kind == "big" else px, slanted=kind == "letter")


def _small(px: float) -> float:
    return max(_SMALL * px, min(px, _SMALLEST))


def _font(px: float, *, slanted: bool = False) -> QtGui.QFont:
    font = fonts.interface_font(round(px))
    font.setItalic(slanted)
    return font


def _glyphs(text: str, px: float, *, slanted: bool) -> Box:
    font = _font(px, slanted=slanted)
    metrics = QtGui.QFontMetricsF(font)
    around = metrics.tightBoundingRect(text) if text.strip() else QtCore.QRectF()
    lean = 0.06 * px if slanted else 0.0  # a slanted letter reaches over its own width
    up = max(-around.top(), metrics.xHeight())
    return Box(metrics.horizontalAdvance(text) + lean, up, max(around.bottom(), 0.0), (Glyphs(0, 0, text, font),))


def _axis(px: float) -> float:
    """How high a fraction's line runs above the base line."""
    return QtGui.QFontMetricsF(_font(px)).xHeight() / 2


def _line(x1: float, y1: float, x2: float, y2: float) -> QtGui.QPainterPath:
    path = QtGui.QPainterPath(QtCore.QPointF(x1, y1))
    path.lineTo(x2, y2)
    return path


def _fraction(above: Box, below: Box, px: float) -> Box:
    width = max(above.width, below.width) + 0.3 * px
    axis, gap, thick = _axis(px), 0.2 * px, max(0.065 * px, 1.0)
    up, down = -axis - gap - above.down, -axis + gap + below.up
    parts = (*above.moved((width - above.width) / 2, up), *below.moved((width - below.width) / 2, down),
             Stroke(_line(0, -axis, width, -axis), thick))  # fmt: skip
    return Box(width, above.up - up, down + below.down, parts)


def _root(inside: Box, degree: Box | None, px: float) -> Box:
    thick, hook = max(0.065 * px, 1.0), 0.55 * px
    top, bottom = inside.up + 0.18 * px, inside.down + 0.04 * px
    lead = 0.0 if degree is None else max(degree.width - 0.25 * px, 0.0)
    middle = bottom - 0.45 * (top + bottom)
    path = QtGui.QPainterPath(QtCore.QPointF(lead, middle + 0.08 * px))
    path.lineTo(lead + 0.16 * px, middle)
    path.lineTo(lead + 0.32 * px, bottom)
    path.lineTo(lead + hook, -top)
    path.lineTo(lead + hook + inside.width + 0.1 * px, -top)
    parts = [*inside.moved(lead + hook + 0.05 * px, 0), Stroke(path, thick)]
    up = top + thick
    if degree is not None:
        raised = middle - 0.12 * px - degree.down
        parts += degree.moved(max(0.3 * px - degree.width, 0.0), raised)
        up = max(up, degree.up - raised)
    return Box(lead + hook + inside.width + 0.15 * px, up, bottom + thick, tuple(parts))


def _scripts(node: Scripts, px: float) -> Box:
    base, small = _node(node.base, px), _small(px)
    below = Box(0, 0, 0) if node.below is None else _node(node.below, small)
    above = Box(0, 0, 0) if node.above is None else _node(node.above, small)
    if isinstance(node.base, Sign) and node.base.text in ("∑", "∏"):  # limits stand over and under it
        width = max(base.width, below.width, above.width)
        high, low = -base.up - 0.12 * px - above.down, base.down + 0.12 * px + below.up
        parts = (*base.moved((width - base.width) / 2, 0), *above.moved((width - above.width) / 2, high),
                 *below.moved((width - below.width) / 2, low))  # fmt: skip
        return Box(width + 0.15 * px, above.up - high, low + below.down, parts)
    low = max(base.down, 0.0) + 0.2 * px if below.width else 0.0
    high = -(base.up - 0.42 * small) if above.width else 0.0
    if above.width and below.width:
        low = max(low, high + above.down + below.up + 0.12 * px)
    x = base.width + 0.03 * px
    width = x + max(below.width, above.width) + 0.06 * px
    parts = (*base.parts, *below.moved(x, low), *above.moved(x, high))
    return Box(width, max(base.up, above.up - high), max(base.down, below.down + low), parts)


def _brackets(open_: str, inside: Box, px: float) -> Box:
    if inside.up < 1.1 * px and inside.down < 0.45 * px:
        left, right = (_glyphs(one, px, slanted=False) for one in (open_, CLOSING[open_]))
        x = left.width + inside.width
        return Box(x + right.width, max(left.up, inside.up), max(left.down, inside.down),
                   (*left.parts, *inside.moved(left.width, 0), *right.moved(x, 0)))  # fmt: skip
    top, bottom = -inside.up - 0.1 * px, inside.down + 0.1 * px
    side, thick = 0.34 * px, max(0.075 * px, 1.1)
    x = side + inside.width + 0.12 * px
    parts = (Stroke(_tall(open_, side, top, bottom), thick), *inside.moved(side + 0.06 * px, 0),
             Stroke(_mirrored(_tall(open_, side, top, bottom), x + side), thick))  # fmt: skip
    return Box(x + side, -top, bottom, parts)


def _tall(open_: str, side: float, top: float, bottom: float) -> QtGui.QPainterPath:
    """An opening bracket from `top` to `bottom`."""
    right, left, middle = 0.85 * side, 0.3 * side, (top + bottom) / 2
    path = QtGui.QPainterPath(QtCore.QPointF(right, top))
    if open_ == "[":
        path.lineTo(left, top)
        path.lineTo(left, bottom)
        path.lineTo(right, bottom)
    elif open_ == "{":
        centre = 0.55 * side
        path.quadTo(centre, top, centre, top + side / 2)
        path.lineTo(centre, middle - side / 2)
        path.quadTo(centre, middle, left / 2, middle)
        path.quadTo(centre, middle, centre, middle + side / 2)
        path.lineTo(centre, bottom - side / 2)
        path.quadTo(centre, bottom, right, bottom)
    else:
        path.cubicTo(left - 0.2 * side, top + 0.25 * (bottom - top), left - 0.2 * side,
                     bottom - 0.25 * (bottom - top), right, bottom)  # fmt: skip
    return path


def _mirrored(path: QtGui.QPainterPath, width: float) -> QtGui.QPainterPath:
    return QtGui.QTransform(-1, 0, 0, 1, width, 0).map(path)
