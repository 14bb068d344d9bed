"""How a board is painted: once per zoom into a pixmap what never changes, then trimmers, switches and lights on it."""

from __future__ import annotations

from PySide6 import QtCore, QtGui

from luiapp.gui.bench import shape
from luiapp.gui.bench.shape import Point, toward
from luiapp.gui.theme import Theme
from luiapp.texts import tr

_MASK_TOP, _MASK, _MASK_LOW = "#743a88", "#552466", "#3b164b"  # soldermask, lit from the top left
_COPPER = "#7d4a91"
_SILK = "#f1e9f5"
_GOLD, _GOLD_DARK, _GOLD_LIGHT = "#d9ae54", "#8d6a26", "#fbe7ad"
_HOLE = "#120c16"
_STEEL, _STEEL_DARK, _STEEL_LIGHT = "#b9bac4", "#6f7080", "#f4f4f8"
REAL_MARK = QtCore.QRectF(-62, 49, 142, 38)  # where it says that a board is real
INHIBIT, EXCITE, INK = "#e0603a", "#f4ecd8", "#1d1425"

_TRACKS: tuple[tuple[Point, ...], ...] = (  # copper under the soldermask, for the eye only
    ((-99, -63), (-92, -56), (-80, -48), (-66, -42), (-51, -33)), ((-51, -33), (-40, -22), (-40, 2), (-31, 2)),
    ((-124, 0), (-67, 0), (-44, 0)), ((-99, 63), (-92, 56), (-80, 48), (-66, 42), (-51, 33)),
    ((-51, 33), (-40, 22), (-40, 8), (-31, 8)), ((-20, -25), (-20, -8), (-12, 0), (47, 0)), ((8, -30), (8, -8)),
    ((36, -25), (50, -11), (50, 2), (80, 2)), ((80, 2), (104, 2), (112, -4), (120, -18), (126, -27)),
    ((80, 0), (135, 0)), ((104, 0), (112, 6), (120, 18), (126, 27)), ((56, 20), (66, 10), (80, 10)),
)  # fmt: skip
_VIAS: tuple[Point, ...] = ((-40, -10), (-40, 14), (50, -6), (56, 20), (-10, 42), (24, 42), (62, -18), (-78, 34),
                            (-78, -34), (104, 0), (-104, 7))  # fmt: skip
_CHIPS: tuple[tuple[float, float, float], ...] = ((58, 12, 0), (58, 18, 0), (60, -12, 90), (-20, 42.5, 0), (34, 41, 0))


def _qcolor(name: str, alpha: float = 1.0) -> QtGui.QColor:
    colour = QtGui.QColor(name)
    colour.setAlphaF(alpha)
    return colour


def _pen(name: str, width: float, alpha: float = 1.0) -> QtGui.QPen:
    pen = QtGui.QPen(_qcolor(name, alpha), width)
    pen.setCapStyle(QtCore.Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(QtCore.Qt.PenJoinStyle.RoundJoin)
    return pen


def silk_font(pixels: int, *, bold: bool = False) -> QtGui.QFont:
    font = QtGui.QFont(QtGui.QGuiApplication.font())
    font.setPixelSize(pixels)
    font.setWeight(QtGui.QFont.Weight.DemiBold if bold else QtGui.QFont.Weight.Medium)
    return font


def board_pixmap(scale: float, ratio: float, theme: Theme) -> QtGui.QPixmap:
    """The board without what moves or changes, covering `shape.BOUNDS` at `scale` logical pixels per board unit."""
    size = (shape.BOUNDS.size() * scale * ratio).toSize()
    pixmap = QtGui.QPixmap(size)
    pixmap.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(pixmap)
    painter.setRenderHints(QtGui.QPainter.RenderHint.Antialiasing | QtGui.QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(QtCore.QRectF(pixmap.rect()), _shadow(theme))
    painter.scale(scale * ratio, scale * ratio)
    painter.translate(-shape.BOUNDS.topLeft())
    _paint_body(painter)
    _paint_copper(painter)
    _paint_silk(painter)
    for pad in shape.PADS:
        _paint_ring(painter, pad, shape.R_PAD, shape.R_PAD * 0.52)
    for pin in shape.PINS:
        _paint_ring(painter, pin, shape.R_PIN + 0.8, 0)
    for led in shape.LEDS:
        _paint_dark_led(painter, led, shape.R_LED)
    _paint_dark_led(painter, shape.SPIKE_LED, shape.R_SPIKE_LED)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def _shadow(theme: Theme) -> QtGui.QImage:
    """A soft shadow: the silhouette painted small; stretching it blurs it."""
    factor = 0.12
    small = QtGui.QImage((shape.BOUNDS.size() * factor).toSize(), QtGui.QImage.Format.Format_ARGB32_Premultiplied)
    small.fill(0)
    painter = QtGui.QPainter(small)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.scale(factor, factor)
    painter.translate(-shape.BOUNDS.topLeft() + QtCore.QPointF(1, 6))
    painter.fillPath(shape.inset(1.5), _qcolor("#000000" if theme.dark else "#3a2a48", 0.62 if theme.dark else 0.42))
    painter.end()
    return small


def _paint_body(painter: QtGui.QPainter) -> None:
    outline = shape.outline()
    painter.fillPath(outline.translated(0, 2.6), _qcolor("#8c7448"))  # the fibreglass edge
    painter.fillPath(outline.translated(0, 1.9), _qcolor("#2a0f36"))
    mask = QtGui.QLinearGradient(-70, -80, 40, 80)
    for at, name in ((0.0, _MASK_TOP), (0.5, _MASK), (1.0, _MASK_LOW)):
        mask.setColorAt(at, QtGui.QColor(name))
    painter.fillPath(outline, mask)


def _paint_copper(painter: QtGui.QPainter) -> None:
    outline = shape.outline()
    painter.save()
    painter.setClipPath(shape.inset(2.5))
    for track in _TRACKS:
        painter.setPen(_pen("#2c0f3a", 2.6, 0.35))
        line = QtGui.QPolygonF([QtCore.QPointF(*p) for p in track])
        painter.drawPolyline(line.translated(0.3, 0.7))
        painter.setPen(_pen(_COPPER, 2.0, 0.75))
        painter.drawPolyline(line)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    for via in _VIAS:
        painter.setBrush(_qcolor(_COPPER))
        painter.drawEllipse(QtCore.QPointF(*via), 1.9, 1.9)
        painter.setBrush(_qcolor("#2c0f3a"))
        painter.drawEllipse(QtCore.QPointF(*via), 0.8, 0.8)
    sheen = QtGui.QRadialGradient(-6, -40, 74)
    sheen.setColorAt(0, _qcolor("#ffffff", 0.16))
    sheen.setColorAt(0.5, _qcolor("#ffffff", 0.06))
    sheen.setColorAt(1, _qcolor("#ffffff", 0.0))
    painter.fillPath(outline, sheen)
    painter.restore()
    for x, y, angle in _CHIPS:
        _paint_chip(painter, x, y, angle)
    rim = QtGui.QLinearGradient(0, -76, 0, 76)
    rim.setColorAt(0, _qcolor("#ffffff", 0.42))
    rim.setColorAt(0.45, _qcolor("#ffffff", 0.10))
    rim.setColorAt(1, _qcolor("#000000", 0.30))
    painter.strokePath(shape.inset(0.6), QtGui.QPen(QtGui.QBrush(rim), 1.3))


def _paint_chip(painter: QtGui.QPainter, x: float, y: float, angle: float) -> None:
    """A little resistor, soldered at both ends."""
    painter.save()
    painter.translate(x, y)
    painter.rotate(angle)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(_qcolor(_STEEL))
    painter.drawRoundedRect(QtCore.QRectF(-3.4, -1.6, 6.8, 3.2), 0.7, 0.7)
    painter.setBrush(_qcolor("#1b171f"))
    painter.drawRect(QtCore.QRectF(-2.0, -1.6, 4.0, 3.2))
    painter.restore()


def _paint_silk(painter: QtGui.QPainter) -> None:
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.setPen(_pen(_SILK, 0.8, 0.55))
    painter.drawPath(shape.inset(4.2))
    painter.setPen(_pen(_SILK, 0.9, 0.9))
    x, y = shape.SPIKE_LED  # a spike beside its LED
    wave = ((13, 0), (15, 0), (16.4, 0.8), (17.8, -5.0), (19.4, 2.6), (20.6, 0), (22.4, 0))
    painter.drawPolyline(QtGui.QPolygonF([QtCore.QPointF(x + a - 1.5, y + b - 1) for a, b in wave]))
    painter.setPen(_pen(_SILK, 0.7, 0.7))
    first, last = shape.LEDS[0], shape.LEDS[-1]
    low = first[1] + 8.2
    painter.drawLine(QtCore.QPointF(first[0], low), QtCore.QPointF(last[0], low))
    for led in shape.LEDS:
        painter.drawLine(QtCore.QPointF(led[0], low - 1.4), QtCore.QPointF(led[0], low))
    arrow = QtGui.QPolygonF([QtCore.QPointF(last[0] + a, low + b) for a, b in ((6.0, 0), (1.5, -2.2), (1.5, 2.2))])
    painter.setBrush(_qcolor(_SILK, 0.7))
    painter.drawPolygon(arrow)
    painter.setPen(_qcolor(_SILK, 0.92))
    painter.setFont(silk_font(7, bold=True))
    for text, (cx, cy) in (
        ("1", (-88.6, -56.6)), ("2", (-109.6, 0.0)), ("3", (-88.6, 56.6)),
    ):  # fmt: skip
        _centred(painter, text, cx, cy)
    painter.setFont(silk_font(6))
    for text, (cx, cy) in (
        (tr("leak"), (-20.5, -8.2)), ("τ mem", (8.0, -13.0)), ("τ syn", (36.5, -8.2)),
        ("w1", (-47.5, -16.2)), ("w2", (-45.5, 2.0)), ("w3", (-47.5, 16.4)),
    ):  # fmt: skip
        _centred(painter, text, cx, cy)


def _centred(painter: QtGui.QPainter, text: str, x: float, y: float) -> None:
    painter.drawText(QtCore.QRectF(x - 30, y - 6, 60, 12), QtCore.Qt.AlignmentFlag.AlignCenter, text)


def _paint_ring(painter: QtGui.QPainter, at: Point, radius: float, hole: float) -> None:
    """A gold-plated hole, or a pin where there is no hole."""
    centre = QtCore.QPointF(*at)
    painter.setPen(_pen("#2c0f3a", 1.0, 0.55))
    gold = QtGui.QRadialGradient(centre - QtCore.QPointF(radius * 0.4, radius * 0.5), radius * 1.9)
    for place, name in ((0.0, _GOLD_LIGHT), (0.45, _GOLD), (1.0, _GOLD_DARK)):
        gold.setColorAt(place, QtGui.QColor(name))
    painter.setBrush(gold)
    painter.drawEllipse(centre, radius, radius)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    if hole:
        painter.setBrush(_qcolor(_HOLE))
        painter.drawEllipse(centre, hole, hole)
        return
    painter.setBrush(_qcolor("#1d1822"))
    painter.drawRoundedRect(QtCore.QRectF(at[0] - 3.1, at[1] - 3.1, 6.2, 6.2), 1.2, 1.2)
    painter.setBrush(gold)
    painter.drawRect(QtCore.QRectF(at[0] - 1.5, at[1] - 1.5, 3.0, 3.0))
    painter.setBrush(_qcolor("#ffffff", 0.5))
    painter.drawRect(QtCore.QRectF(at[0] - 1.5, at[1] - 1.5, 1.1, 1.1))


def _paint_dark_led(painter: QtGui.QPainter, at: Point, radius: float) -> None:
    centre = QtCore.QPointF(*at)
    painter.setPen(_pen("#200a2a", 0.9, 0.8))
    body = QtGui.QRadialGradient(centre - QtCore.QPointF(1.2, 1.6), radius * 1.6)
    body.setColorAt(0, QtGui.QColor("#7a5a38"))
    body.setColorAt(0.6, QtGui.QColor("#4a3222"))
    body.setColorAt(1, QtGui.QColor("#2c1b14"))
    painter.setBrush(body)
    painter.drawEllipse(centre, radius, radius)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(_qcolor("#ffffff", 0.22))
    painter.drawEllipse(centre - QtCore.QPointF(radius * 0.32, radius * 0.42), radius * 0.3, radius * 0.2)


# -- what changes ----------------------------------------------------------------------------------------------------


def paint_trimmer(painter: QtGui.QPainter, at: Point, percent: float | None) -> None:
    """A trimmer: body, scale 0…100 %, and a screw whose slot has an arrow at its pointing end; None: not known."""
    centre = QtCore.QPointF(*at)
    for tick in range(11):
        long = tick in (0, 5, 10)
        lit = percent is not None and tick * 10 <= percent + 0.5
        painter.setPen(_pen(_SILK, 1.0 if long else 0.7, 0.95 if lit else 0.38))
        angle = shape.knob_angle(tick * 10)
        painter.drawLine(toward(at, angle, 10.9), toward(at, angle, 13.1 if long else 12.4))
    r = shape.R_TRIMMER
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(_qcolor("#1c0a26", 0.45))
    painter.drawEllipse(centre + QtCore.QPointF(0.4, 1.4), r + 0.6, r + 0.6)
    collar = QtGui.QLinearGradient(at[0], at[1] - r, at[0], at[1] + r)
    collar.setColorAt(0, QtGui.QColor("#f6f3f8"))
    collar.setColorAt(1, QtGui.QColor("#9a94a4"))
    painter.setBrush(collar)
    painter.drawEllipse(centre, r, r)
    metal = QtGui.QConicalGradient(centre, 60)
    for place, name in ((0.0, _STEEL_LIGHT), (0.2, _STEEL), (0.4, _STEEL_DARK), (0.6, _STEEL), (0.75, "#dcdde4"),
                        (0.9, "#9a9ba8"), (1.0, _STEEL_LIGHT)):  # fmt: skip
        metal.setColorAt(place, QtGui.QColor(name))
    painter.setBrush(metal)
    painter.setPen(_pen("#4c4a58", 0.6, 0.9))
    painter.drawEllipse(centre, r - 1.6, r - 1.6)
    if percent is None:
        return
    angle = shape.knob_angle(percent)
    painter.save()
    painter.translate(centre)
    painter.rotate(angle)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(QtGui.QColor("#ffffff"))
    painter.drawRoundedRect(QtCore.QRectF(-0.9, -4.9, 2.6, 10.6), 0.9, 0.9)  # the far wall of the slot catches light
    painter.setBrush(QtGui.QColor("#17121c"))
    painter.drawRoundedRect(QtCore.QRectF(-1.3, -5.2, 2.6, 10.6), 0.9, 0.9)
    painter.drawPolygon(
        QtGui.QPolygonF([QtCore.QPointF(0, -7.0), QtCore.QPointF(3.1, -3.2), QtCore.QPointF(-3.1, -3.2)])
    )
    painter.restore()


def paint_switch(painter: QtGui.QPainter, at: Point, sign: float | None) -> None:
    """A slide switch: right and cream with + excites, left and vermilion with − inhibits; None: not known."""
    w, h = shape.SWITCH_SIZE
    box = QtCore.QRectF(at[0] - w / 2, at[1] - h / 2, w, h)
    painter.setPen(_pen("#8d8a98", 0.7))
    painter.setBrush(QtGui.QColor("#17121c"))
    painter.drawRoundedRect(box, 2.2, 2.2)
    if sign is None:
        return
    excite = sign >= 0
    lever = QtCore.QRectF(
        box.right() - h + 0.4 if excite else box.left() - 0.4 + 1.0, box.top() + 0.7, h - 1.4, h - 1.4
    )
    painter.setPen(_pen("#0c080f", 0.5))
    painter.setBrush(QtGui.QColor(EXCITE if excite else INHIBIT))
    painter.drawRoundedRect(lever, 1.7, 1.7)
    pen = _pen(INK if excite else "#ffffff", 1.6)
    painter.setPen(pen)
    c, arm = lever.center(), 2.4
    painter.drawLine(c - QtCore.QPointF(arm, 0), c + QtCore.QPointF(arm, 0))
    if excite:
        painter.drawLine(c - QtCore.QPointF(0, arm), c + QtCore.QPointF(0, arm))


def paint_plate(painter: QtGui.QPainter, name: str, colour: str, style: str) -> None:
    """The sticker with the board's name, in its identity's colour and line style."""
    plate = shape.NAME_PLATE
    painter.save()
    painter.translate(plate.center())
    painter.rotate(-1.6)
    box = QtCore.QRectF(-plate.width() / 2, -plate.height() / 2, plate.width(), plate.height())
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    painter.setBrush(_qcolor("#14061c", 0.4))
    painter.drawRoundedRect(box.translated(0.5, 1.2), 3, 3)
    painter.setBrush(QtGui.QColor(colour))
    painter.drawRoundedRect(box, 3, 3)
    ink = ink_on(colour)
    painter.setPen(line_pen(ink, 1.2, style))
    painter.drawLine(
        QtCore.QPointF(box.left() + 6, box.bottom() - 3.4), QtCore.QPointF(box.right() - 6, box.bottom() - 3.4)
    )
    painter.setPen(QtGui.QColor(ink))
    room = box.adjusted(4, 0.5, -4, -4)
    font = silk_font(12, bold=True)
    for size in (12, 11, 10, 9, 8):
        font.setPixelSize(size)
        if QtGui.QFontMetricsF(font).horizontalAdvance(name) <= room.width():
            break
    painter.setFont(font)
    shown = QtGui.QFontMetricsF(font).elidedText(name, QtCore.Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, QtCore.Qt.AlignmentFlag.AlignCenter, shown)
    painter.restore()


def paint_real(painter: QtGui.QPainter, text: str, theme: Theme, *, silent: bool) -> None:
    """The mark of a board on the table, below its body: a plug and a word; where nothing comes, a broken frame."""
    box = REAL_MARK.adjusted(3, 3, -3, -3)
    edge = line_pen(theme.bad if silent else _GOLD, 1.6, "dashed" if silent else "solid")
    painter.setPen(edge)
    painter.setBrush(QtGui.QColor(theme.panel))
    painter.drawRoundedRect(box, 9, 9)
    x, y = box.left() + 15, box.center().y()
    painter.setPen(_pen(theme.bad if silent else theme.text, 2.0))
    painter.setBrush(QtCore.Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QtCore.QRectF(x - 5.5, y - 5, 10, 10), 2, 2)
    painter.drawLine(QtCore.QPointF(x - 10.5, y), QtCore.QPointF(x - 5.5, y))
    for side in (-2.6, 2.6):
        painter.drawLine(QtCore.QPointF(x + 4.5, y + side), QtCore.QPointF(x + 9.5, y + side))
    painter.setPen(QtGui.QColor(theme.bad if silent else theme.text))
    room = box.adjusted(28, 0, -6, 0)
    font = silk_font(18, bold=True)
    for size in range(18, 8, -1):
        font.setPixelSize(size)
        if QtGui.QFontMetricsF(font).horizontalAdvance(text) <= room.width():
            break
    painter.setFont(font)
    painter.drawText(room, QtCore.Qt.AlignmentFlag.AlignCenter, text)


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on `colour` (relative luminance as in WCAG 2)."""
    exact = QtGui.QColor(colour)
    channels = (exact.redF(), exact.greenF(), exact.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return INK if luminance > 0.2 else "#ffffff"


def line_pen(colour: str, width: float, style: str) -> QtGui.QPen:
    """A pen in one of the identity line styles."""
    pen = QtGui.QPen(QtGui.QColor(colour), width)
    kinds = QtCore.Qt.PenStyle
    pen.setStyle({"dashed": kinds.DashLine, "dotted": kinds.DotLine, "dash-dotted": kinds.DashDotLine}.get(
        style, kinds.SolidLine))  # fmt: skip
    return pen


def glow_pixmap(radius: float, ratio: float, core: str, halo: str, *, hot: str = "#ffffff") -> QtGui.QPixmap:
    """A lit LED of `radius` logical pixels with its halo; four radii to each side."""
    side = max(4, round(radius * 8 * ratio))
    pixmap = QtGui.QPixmap(side, side)
    pixmap.fill(QtCore.Qt.GlobalColor.transparent)
    painter = QtGui.QPainter(pixmap)
    painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
    painter.setPen(QtCore.Qt.PenStyle.NoPen)
    half = side / 2
    light = QtGui.QRadialGradient(half, half, half)
    for place, name, alpha in ((0.0, halo, 0.85), (0.25, halo, 0.55), (0.5, halo, 0.2), (1.0, halo, 0.0)):
        light.setColorAt(place, _qcolor(name, alpha))
    painter.setBrush(light)
    painter.drawRect(0, 0, side, side)
    lens = QtGui.QRadialGradient(half * 0.96, half * 0.94, half / 3.6)
    for place, name in ((0.0, hot), (0.4, core), (1.0, halo)):
        lens.setColorAt(place, QtGui.QColor(name))
    painter.setBrush(lens)
    painter.drawEllipse(QtCore.QPointF(half, half), half / 4, half / 4)
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap
