"""The bench: the canvas with its zoom controls, the inline name field, and the actions for menus and keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.gui.bench import edit, item_edit, real, shape
from luiapp.gui.bench.arrange import WAYS
from luiapp.gui.bench.canvas import BenchCanvas
from luiapp.gui.bench.corners import AddBar, ZoomBar
from luiapp.gui.bench.name_field import NameField
from luiapp.gui.bench.rows import button_style
from luiapp.gui.bench.share_card import CircuitCard
from luiapp.gui.live import Live
from luiapp.gui.theme import Look
from luiapp.model.items import ITEMS
from luiapp.stream.source import Pulse
from luiapp.texts import mark, tr

_KEYS = QtGui.QKeySequence
# Name, text, keys. Letters that the scope, the window and the markers use are theirs; H, J and K lie side by side on
# every keyboard.
_ACTIONS: tuple[tuple[str, str, str], ...] = (
    ("add", mark("Add a board"), "B"),
    ("item", mark("Add a sensor or a display…"), "I"),
    ("duplicate", mark("Duplicate the board"), "Ctrl+D"),
    ("rename", mark("Rename the board"), "F2"),
    ("remove", mark("Remove the board"), "Del"),
    ("copy", mark("Copy"), "Ctrl+C"),
    ("cut", mark("Cut"), "Ctrl+X"),
    ("paste", mark("Paste"), "Ctrl+V"),
    ("share", mark("Share: text, QR code, scripts…"), "Ctrl+T"),
    ("all", mark("Choose everything"), "Ctrl+A"),
    ("row", WAYS["row"], "Ctrl+R"),
    ("column", WAYS["column"], "Ctrl+K"),
    ("spread", WAYS["spread"], "Ctrl+E"),
    ("group", mark("Group: move together"), "Ctrl+G"),
    ("ungroup", mark("Ungroup"), "Ctrl+Shift+G"),
    ("wire", mark("Plug or unplug a wire"), "V"),
    ("real", mark("Real board, or simulated"), "Shift+B"),
    ("next", mark("Select the next one"), "E"),
    ("previous", mark("Select the one before"), "Shift+E"),
    ("pulse_1", mark("Pulse on dendrite 1"), "H"),
    ("pulse_2", mark("Pulse on dendrite 2"), "J"),
    ("pulse_3", mark("Pulse on dendrite 3"), "K"),
    ("move_left", mark("Move the board left"), "Ctrl+Left"),
    ("move_right", mark("Move the board right"), "Ctrl+Right"),
    ("move_up", mark("Move the board up"), "Ctrl+Up"),
    ("move_down", mark("Move the board down"), "Ctrl+Down"),
    ("zoom_in", mark("Zoom in"), "Ctrl++"),
    ("zoom_out", mark("Zoom out"), "Ctrl+-"),
    ("zoom_fit", mark("Show all boards"), "Ctrl+0"),
)
_FOR_NEURONS = {  # what the same is called where textbook neurons stand on the bench
    "add": mark("Add a neuron"),
    "duplicate": mark("Duplicate the neuron"),
    "rename": mark("Rename the neuron"),
    "remove": mark("Remove the neuron"),
    "move_left": mark("Move the neuron left"),
    "move_right": mark("Move the neuron right"),
    "move_up": mark("Move the neuron up"),
    "move_down": mark("Move the neuron down"),
    "zoom_fit": mark("Show all neurons"),
}
_MENU = ("rename", "duplicate", "copy", "cut", "paste", "remove", "", "wire", "real", "", "row", "column", "spread",
         "group", "ungroup", "", "add", "item", "all", "", "share")  # fmt: skip
_EDITS = ("add", "item", "duplicate", "rename", "remove", "wire")


class BenchPanel(QtWidgets.QWidget):
    """Canvas of boards. Space, pause and undo are the shell's; arrows and Tab work inside."""

    def __init__(self, live: Live, look: Look, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._live, self._look = live, look
        self.canvas = BenchCanvas(live, look, self)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.canvas)
        self._actions: dict[str, QtGui.QAction] = {}
        self._textbook = False
        deeds: dict[str, Callable[[], object]] = {
            "add": lambda: edit.add(live),
            "item": self.choose_item,
            "duplicate": self._duplicate,
            "rename": lambda: self.start_renaming(live.item or live.selected),
            "remove": self._remove,
            "copy": self.canvas.chosen.copy,
            "cut": self.canvas.chosen.cut,
            "paste": self.canvas.chosen.paste,
            "share": self.share,
            "all": self.canvas.chosen.everything,
            "row": lambda: self.canvas.chosen.arrange("row"),
            "column": lambda: self.canvas.chosen.arrange("column"),
            "spread": lambda: self.canvas.chosen.arrange("spread"),
            "group": lambda: self.canvas.chosen.group(True),
            "ungroup": lambda: self.canvas.chosen.group(False),
            "wire": self.canvas.hands.start_wire,
            "real": lambda: real.toggle(live, live.selected),
            "next": lambda: self.canvas.hands.go(1),
            "previous": lambda: self.canvas.hands.go(-1),
            "pulse_1": lambda: self.canvas.hands.pulse(live.selected, 0),
            "pulse_2": lambda: self.canvas.hands.pulse(live.selected, 1),
            "pulse_3": lambda: self.canvas.hands.pulse(live.selected, 2),
            "move_left": lambda: self.canvas.hands.nudge(-1, 0),
            "move_right": lambda: self.canvas.hands.nudge(1, 0),
            "move_up": lambda: self.canvas.hands.nudge(0, -1),
            "move_down": lambda: self.canvas.hands.nudge(0, 1),
            "zoom_in": lambda: self.canvas.zoom(1.25),
            "zoom_out": lambda: self.canvas.zoom(0.8),
            "zoom_fit": self.canvas.fit,
        }
        for name, _, keys in _ACTIONS:
            action = QtGui.QAction(self)
            action.setObjectName(f"bench.{name}")
            action.setShortcut(_KEYS(keys))
            action.setAutoRepeat(name.startswith(("move", "zoom")))
            action.triggered.connect(deeds[name])
            self.addAction(action)
            self._actions[name] = action
        self._actions["zoom_in"].setShortcuts([_KEYS("Ctrl++"), _KEYS("Ctrl+=")])
        self._zoom = ZoomBar([self._actions[name] for name in ("zoom_out", "zoom_fit", "zoom_in")], look, self)
        self.add_bar = AddBar([self._actions["add"], self._actions["item"]], look, self)
        self._table = QtWidgets.QPushButton(self)  # of boards that nobody has told us the wires of
        self._table.clicked.connect(lambda _c=False: self._deed("table"))
        self._add = QtWidgets.QPushButton(self)
        self._add.clicked.connect(self._actions["add"].trigger)
        self._name = NameField(self)
        self._name.finished.connect(self._rename)
        self._card: CircuitCard | None = None  # made when it is first wanted
        self.canvas.rename_wanted.connect(self.start_renaming)
        self.canvas.item_rename_wanted.connect(self.start_renaming)
        self._items = QtWidgets.QMenu(self)
        for kind in ITEMS:
            chosen = self._items.addAction("")
            chosen.setObjectName(kind)
            chosen.triggered.connect(lambda _c=False, kind=kind: item_edit.add(live, kind))
        self.canvas.view_changed.connect(self._name.hide)
        for signal in (live.network_changed, live.rig_changed, live.layout_changed, live.selection_changed,
                       live.item_changed):  # fmt: skip
            signal.connect(self._able)
        look.changed.connect(self._restyle)
        self.setFocusProxy(self.canvas)
        self.retranslate()
        self._restyle()

    def actions(self) -> list[QtGui.QAction]:
        """What can be done here, with its keys, for menus and the keyboard help."""
        return list(self._actions.values())

    def retranslate(self) -> None:
        """All texts again, after the language changed."""
        self._title_actions()
        self._name.setAccessibleName(tr("New name"))
        if self._card is not None:
            self._card.retranslate()
        self.canvas.layers.forget_art()
        self.canvas.announce()
        self.canvas.update()
        self._place()

    def _title_actions(self) -> None:
        network = self._live.network
        self._textbook = network is not None and network.model == "lif"
        for name, text, _ in _ACTIONS:
            action = self._actions[name]
            shown = tr(_FOR_NEURONS.get(name, text) if self._textbook else text)
            action.setText(shown)
            keys = action.shortcut().toString(_KEYS.SequenceFormat.NativeText)
            action.setToolTip(f"{shown} ({keys})")
        self._zoom.retranslate()
        self.add_bar.retranslate([tr("Neuron") if self._textbook else tr("Board"), tr("Sensor or display")])
        self._table.setText(tr("Find out what is on the table"))
        self._table.setToolTip(tr("Every line gets pulses, and the wires appear here (Shift+D)"))
        self._add.setText(self._actions["add"].text())
        self._add.setAccessibleName(self._actions["add"].text())

    def state(self) -> dict[str, Any]:
        """What to remember until the next start."""
        view = self.canvas.view
        return {"fit": self.canvas.follows, "scale": view.scale, "x": view.offset.x(), "y": view.offset.y()}

    def restore(self, state: dict[str, Any]) -> None:
        """Show what `state` remembered; nonsense is ignored."""
        try:
            scale, x, y = float(state["scale"]), float(state["x"]), float(state["y"])
        except (KeyError, TypeError, ValueError):
            return
        if state.get("fit", True) or not (self.canvas.view.LEAST <= scale <= self.canvas.view.MOST):
            self.canvas.fit()
            return
        self.canvas.follows = False
        self.canvas.view.scale, self.canvas.view.offset = scale, QtCore.QPointF(x, y)
        self.canvas.shift()

    @property
    def vdd(self) -> float:
        """Supply [V] assumed for boards whose cell isn't known; the LEDs follow it."""
        return self.canvas.lights.vdd_estimate

    @vdd.setter
    def vdd(self, volts: float) -> None:
        self.canvas.lights.vdd_estimate = volts
        self.canvas.lights.refresh()

    @property
    def calm(self) -> bool:
        """Reduced motion: no lights run along the wires."""
        return self.canvas.lights.calm

    @calm.setter
    def calm(self, calm: bool) -> None:
        self.canvas.lights.calm = self.canvas.play.calm = calm

    def share(self) -> None:
        """The circuit as a text, a QR code, a script; over the whole window, as the bench may be low."""
        if self._card is None:
            self._card = CircuitCard(self.window(), self._live, self._look)
        self._card.toggle()

    def choose_item(self) -> None:
        """Offer what can stand beside the boards, by a menu that arrows and Enter work in."""
        if not edit.can_rewire(self._live):
            return
        for action in self._items.actions():
            action.setText(tr(ITEMS[action.objectName()].about))
        self._items.popup(self.canvas.mapToGlobal(self.canvas.rect().center()))
        self._items.setActiveAction(self._items.actions()[0])

    def start_renaming(self, which: int | str) -> None:
        """Let the name of a board, or of the item of that name, be typed where it stands."""
        scene, view = self.canvas.scene, self.canvas.view
        if not edit.can_rewire(self._live):
            return
        if isinstance(which, str):
            found = [thing for thing in scene.things if thing.item.name == which]
            if not found:
                return
            name, a, b = which, found[0].area.topLeft(), found[0].area.bottomRight()
        elif not 0 <= which < len(scene.centres):
            return
        elif scene.kind == "boards":
            plate, name = shape.NAME_PLATE, scene.names[which]
            a, b = scene.at(which, (plate.left(), plate.top())), scene.at(which, (plate.right(), plate.bottom()))
        else:
            name, a = scene.names[which], QtCore.QPointF(*scene.centres[which])
            b = a
        middle = view.to_pixel((a + b) / 2)
        width = max(120.0 * self._look.theme.scale, (b.x() - a.x()) * view.scale)
        height = float(self._look.theme.touch)
        area = QtCore.QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
        self._name.start(which, name, area.toAlignedRect())

    def _rename(self, which: int | str, name: str) -> None:
        live = self._live
        error = item_edit.rename(live, which, name) if isinstance(which, str) else edit.rename(live, which, name)
        if error is None:
            self._name.hide()
            self.canvas.setFocus()
        else:
            self._name.complain(str(error))

    def _duplicate(self) -> None:
        if self.canvas.chosen.more:
            self.canvas.chosen.duplicate()
        elif self._live.item:
            item_edit.duplicate(self._live, self._live.item)
        else:
            edit.duplicate(self._live, self._live.selected)

    def _remove(self) -> None:
        if self.canvas.chosen.more:
            self.canvas.chosen.remove()
        elif self._live.item:
            item_edit.remove(self._live, self._live.item)
        else:
            edit.remove(self._live, self._live.selected)

    def _asks_the_table(self) -> bool:
        """Whether all of these are boards on the table, at an adapter that can look at them."""
        rig = self._live.rig
        return rig is not None and rig.kind == "board" and Pulse in self._live.describe().commands

    def _deed(self, name: str) -> None:
        """A command of the window."""
        action = self.window().findChild(QtGui.QAction, name)
        if isinstance(action, QtGui.QAction):
            action.trigger()

    def _able(self) -> None:
        live, n = self._live, len(self.canvas.scene.names)
        if self._textbook != (live.network is not None and live.network.model == "lif"):
            self._title_actions()
        board = 0 <= live.selected < n
        selected = board or bool(live.item)
        for name in _EDITS:
            self._actions[name].setEnabled(edit.can_rewire(live) and (name in ("add", "item") or selected))
        n_synapses = live.network.kind.n_synapses if live.network is not None else 0
        for way in ("left", "right", "up", "down"):
            self._actions[f"move_{way}"].setEnabled(selected and live.network is not None)
        for k in range(3):
            self._actions[f"pulse_{k + 1}"].setEnabled(board and k < n_synapses)
        empty = n == 0 and not self.canvas.scene.things
        self._add.setVisible(empty and edit.can_rewire(live))
        self.add_bar.setVisible(not empty and edit.can_rewire(live))
        self._table.setVisible(not empty and self._asks_the_table())
        self._place()
        self._name.hide()

    def _restyle(self) -> None:
        theme = self._look.theme
        self._add.setStyleSheet(
            f"QPushButton {{ background: {theme.accent}; color: {theme.on_accent}; border: 2px solid transparent;"
            f" border-radius: {theme.touch // 2}px; padding: 0 {theme.font_px}px; font-weight: 600;"
            f" min-height: {theme.touch - 4}px; }} QPushButton:focus {{ border-color: {theme.focus}; }}"
        )
        self._table.setStyleSheet(button_style(theme))
        self._zoom.restyle()
        self.add_bar.restyle()
        self._name.restyle(theme.raised, theme.text, theme.amber, theme.bad)
        self._able()
        self._place()

    def _place(self) -> None:
        """Put the floating controls into their corners."""
        size = self._zoom.sizeHint()
        self._zoom.setGeometry(self.width() - size.width() - 8, self.height() - size.height() - 8,
                               size.width(), size.height())  # fmt: skip
        size = self.add_bar.sizeHint()
        self.add_bar.setGeometry(8, self.height() - size.height() - 8, size.width(), size.height())
        size = self._table.sizeHint()
        self._table.setGeometry(11, self.height() - size.height() - 11, size.width(), size.height())
        bars = [bar for bar in (self.add_bar, self._table, self._zoom) if bar.isVisible()]
        corners = [QtCore.QRectF(bar.geometry()) for bar in bars]
        if corners != self.canvas.corners:
            self.canvas.corners = corners
            if self.canvas.follows and not self.canvas.hands.busy:
                self.canvas.fit()
        hint = self._add.sizeHint()
        y = min(self.height() - hint.height() - 10, round(self.height() * 0.5 + 5.2 * self._look.theme.font_px + 62))
        self._add.setGeometry((self.width() - hint.width()) // 2, y, hint.width(), hint.height())

    def contextMenuEvent(self, event: QtGui.QContextMenuEvent) -> None:
        """What can be done with what is chosen, for those who use no keys."""
        menu = QtWidgets.QMenu(self)
        menu.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._asks_the_table():
            menu.addAction(self._table.text(), lambda: self._deed("table"))
        for name in _MENU if edit.can_rewire(self._live) else ():
            if name:
                menu.addAction(self._actions[name])
            else:
                menu.addSeparator()
        if menu.actions():
            menu.popup(event.globalPos())

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        self._place()

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        self._name.hide()
        self._place()
