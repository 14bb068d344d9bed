"""What the window's own panels share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from luiapp.gui.banner import Notice
from luiapp.gui.boards.watch import PortWatch
from luiapp.gui.faults import Faults
from luiapp.gui.live import Live
from luiapp.gui.paths import Paths
from luiapp.gui.recording import Recording
from luiapp.gui.settings import Settings
from luiapp.gui.sources import Sources
from luiapp.gui.theme import Look


@dataclass(frozen=True)
class Desk:
    """The services of one window."""

    live: Live
    look: Look
    sources: Sources
    recording: Recording
    settings: Settings
    faults: Faults
    paths: Paths
    watch: PortWatch
    tell: Callable[[Notice], None]
    open_page: Callable[[str], Any] = lambda _name: None  # beside the right column; "": bench and scope again
