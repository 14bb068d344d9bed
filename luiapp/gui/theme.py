"""Colours, sizes and line styles of the window: dark, light and stage."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.fonts import interface_font
from luiapp.gui.style import sheet

# Okabe and Ito's colour-blind-safe set, without black and without the amber that LEDs keep for themselves. Each neuron
# has a colour and, for those who can't tell colours apart, a line style: 7 colours in turn, then the next style.
_ON_DARK = ("#56b4e9", "#e0703a", "#2fb594", "#d68ab5", "#f0e442", "#8fa8ff", "#c9c2d1")
_ON_LIGHT = ("#0072b2", "#b84a00", "#00795a", "#a8457f", "#7a6a00", "#3f51c9", "#5a5263")
_BADGES_DARK = {"sim": ("#2fb594", "#04120d"), "board": ("#56b4e9", "#04121b"),
                "hybrid": ("#9ad4a6", "#04120d"), "replay": ("#ffb000", "#1c1300"),
                "chip": ("#c79adb", "#14061a")}  # fmt: skip
_BADGES_LIGHT = {"sim": ("#00795a", "#ffffff"), "board": ("#0067a3", "#ffffff"),
                 "hybrid": ("#2f5f45", "#ffffff"), "replay": ("#ffb000", "#2a1d00"),
                 "chip": ("#6b2d78", "#ffffff")}  # fmt: skip
LINE_STYLES = ("solid", "dashed", "dotted", "dash-dotted")


@dataclass(frozen=True)
class Theme:
    """One look. Colours are ``#rrggbb``; sizes are logical pixels."""

    name: str
    ground: str
    panel: str
    raised: str
    line: str
    text: str
    secondary: str
    neurons: tuple[str, ...]
    dark: bool
    accent: str = "#6b2d78"  # the boards' purple; primary buttons
    on_accent: str = "#ffffff"
    amber: str = "#ffb000"  # LEDs, and "act here"
    good: str = "#2fb594"
    bad: str = "#e0703a"
    amber_text: str = "#ffb000"  # amber, dark enough to be read on a light ground
    focus: str = "#ffb000"  # the ring round what the keyboard acts on
    scale: float = 1.0  # of type and touch targets
    trace_width: float = 2.0
    touch: int = 32  # height of controls

    @property
    def font_px(self) -> int:
        """Type size of panels."""
        return round(13 * self.scale)

    def neuron_colour(self, i_neuron: int) -> str:
        """The identity colour of a neuron, the same on bench, scope and raster."""
        return self.neurons[i_neuron % len(self.neurons)]

    def badge(self, kind: str) -> tuple[str, str]:
        """Ground and text colour of the badge of a rig's `kind`."""
        return (_BADGES_DARK if self.dark else _BADGES_LIGHT).get(kind, (self.raised, self.text))

    def neuron_style(self, i_neuron: int) -> str:
        """One of `LINE_STYLES`, so that identity doesn't rest on colour alone."""
        return LINE_STYLES[(i_neuron % len(self.neurons) + i_neuron // len(self.neurons)) % len(LINE_STYLES)]


DARK = Theme("dark", "#17131c", "#201a27", "#2b2434", "#3a3144", "#efe9f4", "#a99db5", _ON_DARK, True)
LIGHT = Theme("light", "#faf8fb", "#ffffff", "#f1ecf5", "#d9d2df", "#221a2b", "#6a5f75", _ON_LIGHT, False,
              amber="#d98e00", good="#00795a", bad="#b04500", amber_text="#855600", focus="#6b2d78")  # fmt: skip
STAGE = Theme("stage", "#000000", "#0c0a10", "#1d1826", "#5a4f68", "#ffffff", "#d8d0e0", _ON_DARK, True,
              accent="#7b3189", good="#4fd8b5", bad="#ff9166", scale=1.6, trace_width=4.0, touch=48)  # fmt: skip
THEMES = {theme.name: theme for theme in (DARK, LIGHT, STAGE)}


class Look(QtCore.QObject):
    """The theme in use; views connect to `changed` and read `theme`."""

    changed = QtCore.Signal()

    def __init__(self, name: str = "dark") -> None:
        super().__init__()
        self.theme = THEMES[name]

    def choose(self, name: str) -> None:
        """Use the theme called `name`, a key of `THEMES`."""
        self.theme = THEMES[name]
        self.apply()
        self.changed.emit()

    def apply(self) -> None:
        """Give the application this theme's palette and type size."""
        app = QtWidgets.QApplication.instance()
        if not isinstance(app, QtWidgets.QApplication):
            return
        theme = self.theme
        role = QtGui.QPalette.ColorRole
        palette = QtGui.QPalette(QtGui.QColor(theme.panel))
        for name, colour in (
            (role.Window, theme.panel), (role.Base, theme.ground), (role.AlternateBase, theme.raised),
            (role.Text, theme.text), (role.WindowText, theme.text), (role.ButtonText, theme.text),
            (role.Button, theme.raised), (role.Highlight, theme.accent), (role.HighlightedText, theme.on_accent),
            (role.ToolTipBase, theme.raised), (role.ToolTipText, theme.text), (role.PlaceholderText, theme.secondary),
        ):  # fmt: skip
            palette.setColor(name, QtGui.QColor(colour))
        app.setPalette(palette)
        if app.style().name() != "fusion":  # the same controls everywhere, and the only style that keeps our palette
            app.setStyle("Fusion")
        app.setFont(interface_font(theme.font_px))
        app.setStyleSheet(sheet(theme))
