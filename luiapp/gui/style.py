"""The style sheet of a theme. Widgets say what they are by the property ``role``; they hold no colours themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from luiapp.gui.theme import Theme


_GLYPHS = (Path(__file__).parent / "glyphs").as_posix()


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two ``#rrggbb`` colours, 1…21 (WCAG 2.2, relative luminance)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def text_pairs(theme: Theme) -> list[tuple[str, str, str]]:
    """Every pair of text and ground that the style sheet makes: (what, text colour, ground colour)."""
    grounds = {"ground": theme.ground, "panel": theme.panel, "raised": theme.raised}
    texts = {"text": theme.text, "secondary": theme.secondary, "good": theme.good, "bad": theme.bad,
             "amber": theme.amber_text}  # fmt: skip
    pairs = [(f"{t} on {g}", tc, gc) for t, tc in texts.items() for g, gc in grounds.items()]
    pairs.append(("on accent", theme.on_accent, theme.accent))
    kinds = ("sim", "board", "hybrid", "replay", "chip")
    pairs += [(f"badge {kind}", theme.badge(kind)[1], theme.badge(kind)[0]) for kind in kinds]
    return pairs


def sheet(theme: Theme) -> str:
    """The style sheet of `theme`."""
    return _texts(theme) + _frames(theme) + _buttons(theme) + _fields(theme) + _bars(theme)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def px(theme: Theme, size: float) -> int:
    """`size` of the 13-px world in the pixels of `theme`."""
    return round(size * theme.scale)


def _texts(theme: Theme) -> str:
    return f"""
    QLabel {{ background: transparent; color: {theme.text}; }}
    QLabel[role="title"] {{ font-size: {px(theme, 17)}px; font-weight: 600; }}
    QLabel[role="lesson"] {{ font-size: {px(theme, 15)}px; }}
    QLabel[role="lesson-note"] {{ font-size: {px(theme, 14)}px; background: {theme.raised};
        border-left: 4px solid {theme.amber}; padding: {px(theme, 6)}px {px(theme, 8)}px; }}
    QLabel[role="heading"] {{ font-weight: 600; }}
    QLabel[role="secondary"] {{ color: {theme.secondary}; }}
    QLabel[role="good"] {{ color: {theme.good}; }}
    QLabel[role="bad"] {{ color: {theme.bad}; font-weight: 600; }}
    QLabel[role="status"] {{ color: {theme.secondary}; font-size: {px(theme, 11)}px; }}
    QLabel[role="status-bad"] {{ color: {theme.bad}; font-size: {px(theme, 11)}px; font-weight: 600; }}
    QLabel[role="key"] {{ color: {theme.text}; background: {theme.raised}; border: 1px solid {theme.line};
        border-radius: 4px; padding: 1px 6px; font-size: {px(theme, 12)}px; }}
    QToolTip {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line}; padding: 4px 6px; }}
    """


def _frames(theme: Theme) -> str:
    side = theme.bad
    return f"""
    QMainWindow, QWidget[role="window"] {{ background: {theme.ground}; }}
    QWidget[role="bar"], QWidget[role="side"] {{ background: {theme.panel}; }}
    QWidget[role="rail"], QWidget[role="status-bar"] {{ background: {theme.ground}; }}
    QFrame[role="card"] {{ background: {theme.raised}; border: 1px solid {theme.line}; border-radius: 8px; }}
    QFrame[role="overlay"] {{ background: {theme.panel}; border: 1px solid {theme.line}; border-radius: 12px; }}
    QFrame[role="problem"] {{ background: {theme.raised}; border: none; border-left: 4px solid {side}; }}
    QFrame[role="notice"] {{ background: {theme.raised}; border: none; border-left: 4px solid {theme.good}; }}
    QFrame[role="locked"] {{ background: {theme.raised}; border: none; border-left: 4px solid {theme.amber}; }}
    QFrame[role="line"] {{ background: {theme.line}; border: none; }}
    QSplitter::handle {{ background: {theme.line}; }}
    QSplitter::handle:hover, QSplitter::handle:focus {{ background: {theme.secondary}; }}
    QScrollArea {{ border: none; background: transparent; }}
    QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
    QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 0; }}
    QScrollBar::handle {{ background: {theme.line}; border-radius: 4px; min-height: 32px; min-width: 32px;
        margin: 1px; }}
    QScrollBar::handle:hover {{ background: {theme.secondary}; }}
    QScrollBar:focus {{ border: 2px solid {theme.focus}; border-radius: 6px; }}
    QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
        background: none; border: none; width: 0; height: 0; }}
    """


def _buttons(theme: Theme) -> str:
    pad = px(theme, 10)
    inner = theme.touch - 4
    return f"""
    QPushButton {{ background: {theme.raised}; color: {theme.text}; border: 2px solid {theme.line}; border-radius: 6px;
        padding: 0 {pad}px; min-height: {inner}px; }}
    QPushButton:hover {{ border-color: {theme.secondary}; }}
    QPushButton:pressed, QPushButton:checked {{ background: {theme.line}; }}
    QPushButton:disabled, QToolButton:disabled {{ color: {theme.secondary}; }}
    QPushButton[role="primary"] {{ background: {theme.accent}; color: {theme.on_accent}; border-color: {theme.accent};
        font-weight: 600; }}
    QPushButton:focus, QToolButton:focus, QPushButton[role="primary"]:focus {{ border: 2px solid {theme.focus}; }}
    QPushButton[role="primary"]:disabled {{ background: {theme.raised}; color: {theme.secondary};
        border-color: {theme.line}; }}
    QToolButton {{ background: transparent; color: {theme.text}; border: 2px solid transparent; border-radius: 6px;
        padding: 0 {px(theme, 4)}px; min-height: {inner}px; min-width: {px(theme, 22)}px; }}
    QToolButton:hover {{ background: {theme.raised}; }}
    QToolButton:pressed, QToolButton:checked {{ background: {theme.line}; }}
    QToolButton::menu-indicator {{ image: none; width: 0; }}
    QToolButton[role="rail"] {{ color: {theme.secondary}; font-size: {min(px(theme, 11), 15)}px; border-radius: 8px;
        padding: {px(theme, 4)}px 0; min-height: {px(theme, 52)}px; border-width: 1px; }}
    QToolButton[role="rail"]:checked {{ color: {theme.text}; background: {theme.raised}; }}
    QToolButton[role="recording"] {{ color: {theme.bad}; font-weight: 600; }}
    QCheckBox, QRadioButton {{ color: {theme.text}; spacing: 8px; min-height: {inner}px; border-radius: 6px;
        border: 2px solid transparent; background: transparent; }}
    QCheckBox:focus, QRadioButton:focus {{ border: 2px solid {theme.focus}; }}
    """


def _fields(theme: Theme) -> str:
    inner, box = theme.touch - 4, px(theme, 14)
    shade = "dark" if theme.dark else "light"
    return f"""
    QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox {{ background: {theme.ground}; color: {theme.text};
        border: 2px solid {theme.line}; border-radius: 6px; padding: 0 {px(theme, 8)}px; min-height: {inner}px;
        selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}
    QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{ border-color: {theme.focus}; }}
    QListView::indicator, QTreeView::indicator, QCheckBox::indicator {{ width: {box}px; height: {box}px;
        border: 2px solid {theme.secondary}; border-radius: 4px; background: {theme.ground}; }}
    QListView::indicator:checked, QTreeView::indicator:checked, QCheckBox::indicator:checked {{
        background: {theme.amber}; border-color: {theme.amber}; image: url("{_GLYPHS}/check.svg"); }}
    QRadioButton::indicator {{ width: {box}px; height: {box}px; border: 2px solid {theme.secondary};
        border-radius: {box // 2 + 2}px; background: {theme.ground}; }}
    QRadioButton::indicator:checked {{ background: {theme.amber}; border-color: {theme.amber}; }}
    QListView::indicator:selected {{ border-color: {theme.on_accent}; }}
    QComboBox::down-arrow {{ image: url("{_GLYPHS}/down-{shade}.svg"); width: {box}px; height: {box}px; }}
    QComboBox QAbstractItemView {{ background: {theme.raised}; color: {theme.text};
        selection-background-color: {theme.accent}; selection-color: {theme.on_accent}; }}
    QComboBox::drop-down {{ border: none; width: {px(theme, 20)}px; }}
    QListView, QTreeView, QTableView, QPlainTextEdit, QTextBrowser {{ background: {theme.ground}; color: {theme.text};
        border: 2px solid {theme.line}; border-radius: 6px; outline: none; }}
    QListView:focus, QTreeView:focus, QTableView:focus, QTextBrowser:focus, QPlainTextEdit:focus {{
        border-color: {theme.focus}; }}
    QListView::item, QTreeView::item {{ padding: {px(theme, 4)}px; min-height: {px(theme, 24)}px; }}
    QListView::item:selected, QTreeView::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}
    QMenu {{ background: {theme.raised}; color: {theme.text}; border: 1px solid {theme.line}; padding: 6px 0; }}
    QMenu::item {{ padding: {px(theme, 6)}px {px(theme, 22)}px; }}
    QMenu::item:selected {{ background: {theme.accent}; color: {theme.on_accent}; }}
    QMenu::item:disabled {{ color: {theme.secondary}; }}
    QMenu::separator {{ height: 1px; background: {theme.line}; margin: 4px 0; }}
    """


def _bars(theme: Theme) -> str:
    handle = px(theme, 14)
    return f"""
    QSlider {{ min-height: {theme.touch}px; background: transparent; border: 2px solid transparent;
        border-radius: 6px; }}
    QSlider:focus {{ border: 2px solid {theme.focus}; }}
    QSlider::groove:horizontal {{ height: 4px; background: {theme.line}; border-radius: 2px; }}
    QSlider::sub-page:horizontal {{ background: {theme.secondary}; border-radius: 2px; }}
    QSlider::handle:horizontal {{ background: {theme.text}; width: {handle}px; height: {handle}px;
        margin: -{handle // 2 - 2}px 0; border-radius: {handle // 2}px; }}
    QSlider::handle:horizontal:disabled {{ background: {theme.line}; }}
    QSlider::handle:horizontal:hover {{ background: {theme.focus}; }}
    QProgressBar {{ background: {theme.line}; border: none; border-radius: 2px; max-height: 4px; }}
    QProgressBar::chunk {{ background: {theme.amber}; border-radius: 2px; }}
    """
