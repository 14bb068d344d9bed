"""From a membrane sample in an adapter to a painted pixel: the real image in simavr where it can be built, else the
virtual adapter. The scope stands in an offscreen window and paints as always; a sample counts as seen when the frame
that holds it has been painted.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[1] / "firmware"))


def _measure(kind: str, seconds: float, build: Path) -> tuple[np.ndarray, dict[str, Any]]:
    """(n_frames,) seconds from the newest sample on the screen to the end of its painting."""
    from devices import device
    from PySide6 import QtCore, QtWidgets

    from luiapp.gui.live import Live
    from luiapp.gui.scope import ScopePanel
    from luiapp.gui.theme import Look
    from luiapp.rigs.adapter import AdapterRig

    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    delays: list[float] = []
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        adapter = stack.enter_context(device(kind, build, folder))()
        rig = AdapterRig([adapter])
        live = Live()
        panel = ScopePanel(live, Look("dark"))
        panel.resize(1280, 600)
        panel.show()
        live.adopt(rig)
        begun, shown = time.monotonic(), -1

        def seen() -> None:
            nonlocal shown
            if live.ring is None or live.ring.head == shown or time.monotonic() - begun < 4.0:
                return
            shown = live.ring.head
            panel.canvas.repaint()  # what the frame asked for, now
            intake = rig.source.intakes[0]
            delays.append(time.monotonic() - intake.time_of(shown - 1, live.ring.layout.dt))

        live.frame.connect(seen)
        loop = QtCore.QEventLoop()
        QtCore.QTimer.singleShot(int(1000 * (seconds + 4)), loop.quit)
        loop.exec()
        health = rig.health()
        live.shut()
        panel.deleteLater()
        app.processEvents()
    return np.array(delays), health


def rows(*, quick: bool = False) -> list[dict[str, Any]]:
    """Median and 99th percentile of the delay."""
    from devices import FIRMWARE, lacking

    out: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        build = Path(folder)
        kinds = ["virtual"]
        if not lacking("simavr"):
            subprocess.run(["make", "-C", str(FIRMWARE), "all", f"BUILD={build}"], check=True, capture_output=True)
            kinds = ["simavr", "virtual"]
        for kind in kinds:
            delays, health = _measure(kind, 3.0 if quick else 15.0, build)
            note = (
                f"8 × 1 kHz, {len(delays)} frames, missing {health['missing']}, round trip {health['round_trip_ms']} ms"
            )
            for name, q in (("median", 0.5), ("99th percentile", 0.99)):
                value = 1000 * float(np.quantile(delays, q)) if len(delays) else None
                out.append({"name": f"sample to pixel, {kind}, {name}", "value": value, "unit": "ms", "note": note})
    return out
