"""What the commands of the table do."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6 import QtCore, QtWidgets

from luiapp.errors import RigError
from luiapp.gui import session
from luiapp.gui.banner import Notice
from luiapp.gui.icons import icon
from luiapp.texts import language, tr

if TYPE_CHECKING:
    from luiapp.gui.lock import Lock, LockStrip
    from luiapp.gui.shell import Shell

SPEEDS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Deeds(QtCore.QObject):
    """One method for each command; before the window is complete they do nothing."""

    sound_failed = QtCore.Signal(object)  # from the sound's thread

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell = shell
        self._sound: Any = None
        self._strip: Any = None  # seen while it is locked
        self.everyday_theme = shell.look.theme.name if shell.look.theme.name != "stage" else "dark"
        self._before_stage = (True, False)  # right column open, maximised
        self.sound_failed.connect(self._sound_is_off)

    @property
    def everyday_side(self) -> bool:
        """Whether the right column is open when it isn't stage."""
        return self._before_stage[0] if self._shell.look.theme.name == "stage" else self._shell.side_open

    def table(self) -> dict[str, Callable[..., object]]:
        """What each command of the table calls; the page that is shown may take it to itself."""
        taken = {"kick", "pause", "step", "slower", "faster", "undo", "redo", "figure", "open", "save"}
        own = self._own()
        return {name: _first_page(self._shell, name, deed) if name in taken else deed for name, deed in own.items()}

    def _own(self) -> dict[str, Callable[..., object]]:
        return {
            "kick": self.kick, "pause": self.pause, "step": self.step, "slower": lambda: self._change_speed(-1),
            "faster": lambda: self._change_speed(1), "real_time": lambda: self.set_speed(1.0), "sound": self.sound,
            "record": self.record, "live": self.back_to_live, "figure": self.export_figure, "open": self.open_file,
            "save": self.save_circuit, "join": self.join, "table": self.discover,
            "undo": lambda: self._undo("undo"), "redo": lambda: self._undo("redo"),
            "stage": self.stage, "theme": self.next_theme, "language": self.next_language,
            "side": self._shell_side, "lock": self.lock,
            "quit": lambda: self._shell.close(), "help": lambda: self._shell.help.toggle(),
        }  # fmt: skip

    # -- play ----------------------------------------------------------------------------------------------------

    def kick(self) -> None:
        """A spike of the selected neuron; in a replay, where nothing can be kicked, play or pause."""
        live = self._shell.live
        if live is None or live.rig is None:
            return
        if live.rig.kind == "replay":
            live.set_paused(not live.paused)
        elif live.selected >= 0 or live.item:
            live.kick()

    def pause(self, paused: bool) -> None:
        live = self._shell.live
        if live is None or live.rig is None or not live.set_paused(paused):
            self._shell.top.show_paused(live.paused if live is not None else False)

    def step(self) -> None:
        live = self._shell.live
        if live is not None and live.rig is not None:
            live.step()

    def set_speed(self, factor: float) -> None:
        live = self._shell.live
        if live is None or live.rig is None:
            return
        live.set_speed(factor)
        self._shell.top.show_speed(live.speed)

    def mark(self, digit: int) -> None:
        live = self._shell.live
        if live is not None and live.rig is not None:
            live.mark(digit)

    def _change_speed(self, direction: int) -> None:
        live = self._shell.live
        if live is None:
            return
        here = math.log10(live.speed)
        further = [s for s in SPEEDS if direction * (math.log10(s) - here) > 0.02]
        if further:
            self.set_speed(min(further, key=lambda s: abs(math.log10(s) - here)))

    # -- sound ---------------------------------------------------------------------------------------------------

    def sound(self, on: bool) -> None:
        if on and self._sound is None:
            from luiapp.gui.sound import Sound

            self._sound = Sound(failed=self.sound_failed.emit)
        if on:
            self._sound.start()
        elif self._sound is not None:
            self._sound.stop()
        self._shell.settings.put("sound", on)
        self.show_sound_icon()

    def start_sound_if(self, on: bool) -> None:
        """The sound was on when the window was closed."""
        if on:
            self._shell.actions_["sound"].setChecked(True)

    def hear(self, spikes: list[tuple[float, int]]) -> None:
        """New spikes, for the ear."""
        live = self._shell.live
        if self._sound is not None and live is not None and live.ring is not None:
            self._sound.add(spikes, live.ring.now, live.speed)

    def stop_sound(self) -> None:
        """At the end."""
        if self._sound is not None:
            self._sound.stop()

    def retranslate(self) -> None:
        """What isn't a panel's, in the language in use."""
        self.show_sound_icon()
        if self._strip is not None:
            self._strip.retranslate()

    def show_sound_icon(self) -> None:
        """A speaker, crossed out where it is off."""
        action = self._shell.actions_["sound"]
        action.setIcon(icon("sound" if action.isChecked() else "mute", self._shell.look.theme.text))

    def _sound_is_off(self, error: Exception) -> None:
        with QtCore.QSignalBlocker(self._shell.actions_["sound"]):
            self._shell.actions_["sound"].setChecked(False)
        self._shell.settings.put("sound", False)
        self.show_sound_icon()
        self._shell.faults.take(error, "sound")

    # -- recordings and files ------------------------------------------------------------------------------------

    def record(self, on: bool) -> None:
        recording = self._shell.recording
        if recording is None or on == recording.active:
            return
        recording.toggle()
        self._shell.top.show_recording(recording.active, recording.elapsed)

    def refused(self, error: RigError) -> None:
        """What this rig can't do is told in passing; it is no fault, and not logged as one."""
        self._shell.banner.tell(Notice(lambda: str(error)))

    def recorded(self, path: Path) -> None:
        """A recording is complete."""
        self._shell.banner.tell(Notice(
            lambda: tr("Recorded: {file}", file=path.name), lambda: tr("Replay"),
            lambda: self._shell.sources.open_recording(path) if self._shell.sources is not None else None,
        ))  # fmt: skip

    def port_came(self, port: Any) -> None:
        """A board was plugged in: say so, with the one thing to do about it."""
        shell = self._shell
        if shell.side_open and shell.place == "boards":
            return  # it is seen in the list
        name = port.recognised or port.description or port.path
        shell.banner.tell(Notice(lambda: tr("Plugged in: {name} ({port})", name=tr(name), port=port.path),
                          lambda: tr("Connect"), lambda: self.connect_port(port.path)))  # fmt: skip

    def connect_port(self, path: str) -> None:
        """Show the boards, and open the one at `path`."""
        if self._shell.live is not None and not self._shell.live.lock.may_open():
            return
        self._shell.show_place("boards")
        panel = self._shell.panels.get("boards side")
        if panel is not None and hasattr(panel, "connect_ports"):
            panel.connect_ports(path)

    def join(self) -> None:
        """Show the boards, and join the chosen port's with the circuit on the screen."""
        self._shell.show_place("boards")
        panel = self._shell.panels.get("boards side")
        if panel is not None and hasattr(panel, "join"):
            panel.join()

    def discover(self) -> None:
        """Have the boards on the table looked at; the bench then shows how they are wired."""
        self._shell.show_place("measure")
        panel = self._shell.panels.get("measure side")
        if panel is not None and hasattr(panel, "discover"):
            panel.discover()

    def back_to_live(self) -> None:
        if self._shell.sources is not None:
            self._shell.sources.back_to_live()

    def open_example(self, key: str) -> None:
        if self._shell.sources is not None:
            self._shell.sources.open_example(key)

    def open_file(self) -> None:
        name, _ = QtWidgets.QFileDialog.getOpenFileName(
            self._shell, tr("Open a circuit or a recording"), str(self._folder()),
            tr("Circuits and recordings") + " (*.json *.nir *.txt *.mcap *.npz *.csv);;" + tr("All files") + " (*)",
        )  # fmt: skip
        if name:
            self.dropped([name])

    def dropped(self, names: list[str]) -> None:
        """Open the first of the files that were dropped."""
        if self._shell.pages.can("take_files") and self._shell.pages.page.take_files(names):
            return
        if names and self._shell.sources is not None:
            self._shell.sources.open_file(Path(names[0]))

    def save_circuit(self) -> None:
        kinds = [
            tr("Circuit") + " (*.json)", tr("Picture") + " (*.svg)", tr("NIR graph") + " (*.nir)",
            tr("PyNN script") + " (*.py)", tr("Norse script") + " (*.py)", tr("Text to share") + " (*.txt)",
        ]  # fmt: skip
        name, kind = QtWidgets.QFileDialog.getSaveFileName(
            self._shell, tr("Save the circuit"), str(self._folder() / "circuit.json"), ";;".join(kinds)
        )
        if name and self._shell.sources is not None:
            path = Path(name)
            path = path if path.suffix else path.with_suffix(kind.rpartition("*")[2].rstrip(")") or ".json")
            script = "norse" if kind == kinds[4] else "pynn"
            if self._shell.sources.save_circuit(path, script=script):
                self._shell.banner.tell(Notice(lambda: tr("Saved: {file}", file=path.name)))

    def export_figure(self, path: str | None = None) -> None:
        """The scope as a figure, .svg or .png by the name."""
        scope = self._shell.panels.get("scope")
        if scope is None or not hasattr(scope, "export_figure"):
            self._shell.faults.take(RigError("there is no scope to draw yet; wait until it is loaded"))
            return
        if path is None:
            path, _ = QtWidgets.QFileDialog.getSaveFileName(
                self._shell, tr("Export the figure"), str(self._folder() / "figure.svg"), "SVG (*.svg);;PNG (*.png)"
            )
        if not path:
            return
        try:
            scope.export_figure(path)
        except Exception as error:  # a full disk must be told like any other fault
            self._shell.faults.take(error, "figure")
            return
        name = Path(path).name
        self._shell.banner.tell(Notice(lambda: tr("Saved: {file}", file=name)))

    def _folder(self) -> Path:
        folder = self._shell.paths.recordings
        return folder if folder.is_dir() else Path.home()

    # -- view ----------------------------------------------------------------------------------------------------

    def stage(self, on: bool) -> None:
        """The projector's look: large, full screen, without what is secondary. Once more to leave it."""
        shell = self._shell
        with QtCore.QSignalBlocker(shell.actions_["stage"]):
            shell.actions_["stage"].setChecked(on)
        if on:
            self._before_stage = (shell.side_open, shell.isMaximized())
            session.remember(shell)  # sizes as they are now: the stage has its own, and doesn't keep them
            shell.look.choose("stage")
            shell.set_side_open(shell.side_open and shell.place == "course")  # a lesson is what is shown
            shell.showFullScreen()
        else:
            shell.look.choose(self.everyday_theme)
            shell.set_side_open(self._before_stage[0])
            if self._before_stage[1]:
                shell.showMaximized()
            else:
                shell.showNormal()
            QtCore.QTimer.singleShot(0, shell, lambda: session.restore_splitters(shell))  # at its old size again

    def lock_strip(self, lock: Lock) -> LockStrip:
        """What is seen while it is locked."""
        from luiapp.gui.lock import LockStrip  # needs more than the first paint does

        self._strip = LockStrip(lock, self._shell.look)
        lock.changed.connect(self._show_lock)
        return self._strip

    def lock(self, on: bool) -> None:
        """Lock what the lesson doesn't need; to open it again, the strip's button has to be held down."""
        live = self._shell.live
        if live is None:
            return
        if on:
            live.lock.put(True)
        elif live.lock.on:
            self._strip.open_.setFocus(QtCore.Qt.FocusReason.ShortcutFocusReason)
        self._show_lock()

    def _show_lock(self) -> None:
        shell = self._shell
        if shell.live is None:
            return
        lock = shell.live.lock
        with QtCore.QSignalBlocker(shell.actions_["lock"]):
            shell.actions_["lock"].setChecked(lock.on)
        shell.settings.put("locked", lock.on)
        for one in (shell.actions_["open"], shell.top.circuit):
            one.setEnabled(not lock.on)
        place = shell.pages.name if shell.pages.name and not shell.pages.beside else shell.place
        if not lock.may_go(place):
            shell.show_place("course")

    def next_theme(self) -> None:
        """From dark to light and back; on stage, leave it."""
        if self._shell.look.theme.name == "stage":
            self.stage(False)
            return
        self.everyday_theme = "light" if self._shell.look.theme.name == "dark" else "dark"
        self._shell.look.choose(self.everyday_theme)

    def next_language(self) -> None:
        self._shell.choose_language("en" if language() == "de" else "de")

    def escape(self) -> bool:
        """Put away what lies on top: card, message, stage. True if there was something."""
        shell = self._shell
        if shell.help.isVisible():
            shell.help.hide()
            return True
        if shell.banner.dismiss() or (shell.pages.can("escape") and shell.pages.page.escape()):
            return True
        if shell.look.theme.name == "stage" and shell.isFullScreen():
            self.stage(False)
            return True
        return False

    def _shell_side(self, on: bool) -> None:
        self._shell.set_side_open(on)

    def _undo(self, name: str) -> None:
        live = self._shell.live
        if live is not None:
            getattr(live.undo, name)()


_ON_PAGES = {"figure": "export_figure", "open": "open_file"}


def _first_page(shell: Shell, name: str, deed: Callable[..., object]) -> Callable[..., object]:
    """`deed`, unless the page that is shown does it in its own way."""
    called = _ON_PAGES.get(name, name)

    def do(*state: bool) -> None:
        if shell.pages.page is None:
            deed(*state)
        elif shell.pages.can(called):
            getattr(shell.pages.page, called)()
        if state and shell.pages.page is not None and shell.live is not None:
            shell.top.show_paused(shell.live.paused)  # the bench's time is not what was meant

    return do
