"""How long the start took: from the process's birth to the first paint and to the first moving trace."""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path

_log = logging.getLogger(__name__)
_LOADED = time.time()
VARIABLE = "LUIAPP_STARTUP"


def process_age() -> float:
    """Seconds since this process began; since this module was loaded where the system doesn't tell."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        ticks = os.sysconf("SC_CLK_TCK")
        return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / ticks
    except (OSError, ValueError, IndexError, AttributeError):
        return time.time() - _LOADED


class Milestones:
    """Named moments of the start, each taken once."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def reach(self, name: str) -> bool:
        """The moment `name` is now; False if it was before."""
        if name in self.seconds:
            return False
        self.seconds[name] = round(process_age(), 3)
        _log.info("start: %s after %.3f s", name, self.seconds[name])
        return True

    def print_if_wanted(self) -> None:
        """As JSON on standard output, if ``$LUIAPP_STARTUP`` is set."""
        if os.environ.get(VARIABLE):
            sys.stdout.write(json.dumps({"startup_s": self.seconds}) + "\n")
            sys.stdout.flush()
