"""The scope against pyqtgraph's own curves: the same 32 traces of 10 s at 10 kHz, in turn, in one process.

Each frame, 167 new samples of every trace arrive, the picture moves on by as much and is painted at once, into a
widget of 1280 × 800 pixels. What counts is the processor time of the GUI's thread per frame.
"""

from __future__ import annotations

import os
import statistics
import threading
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

N_TRACES, RATE, WINDOW, PER_FRAME, SIZE = 32, 10_000, 10.0, 167, (1280, 800)


def membranes(n_samples: int, n_traces: int = N_TRACES, seed: int = 1) -> NDArray[np.float32]:
    """(n_samples, n_traces) what looks like membranes that charge, fire and reset, with 5 mV of noise."""
    rng = np.random.default_rng(seed)
    period = rng.uniform(0.08, 0.6, n_traces)
    phase = (np.arange(n_samples)[:, None] / RATE / period + rng.random(n_traces)) % 1.0
    clean = 1.55 * (1 - np.exp(-2 * phase)) / (1 - np.exp(-2))
    return (clean + rng.normal(0, 5e-3, clean.shape)).astype(np.float32)


class _Ours:
    def __init__(self, data: NDArray[np.float32], *, stacked: bool) -> None:
        from luiapp.data.chunk import Layout, Trace
        from luiapp.gui.live import Live
        from luiapp.gui.scope import ScopePanel
        from luiapp.gui.theme import Look
        from luiapp.stream.ring import Ring

        names = tuple(f"N{i + 1}" for i in range(data.shape[1]))
        layout = Layout(1 / RATE, tuple(Trace(n, i_neuron=i) for i, n in enumerate(names)), names)
        self.data, self.at = data, 0
        self.live = Live()
        self.live.ring = Ring(layout, 660.0)
        self.panel = ScopePanel(self.live, Look("dark"))
        self.panel._warmup.join()
        self.panel.restore({"window": WINDOW, "lanes": "stacked" if stacked else "overlaid"})
        self.canvas = self.panel.canvas
        self.canvas.setParent(None)
        self.canvas.resize(*SIZE)
        self.canvas.show()
        self.push(int(WINDOW * RATE))
        self.frame()

    def push(self, n: int) -> None:
        from luiapp.data.chunk import Chunk

        assert self.live.ring is not None
        i = self.at % (len(self.data) - n)
        train = np.full(2, self.at / RATE), np.array([self.at % N_TRACES, 3], np.int32)
        self.live.ring.push(Chunk(self.live.ring.layout, self.at, self.data[i : i + n], *train))
        self.at += n

    def frame(self) -> None:
        self.push(PER_FRAME)
        self.canvas.advance()
        self.canvas.repaint(self.canvas.frame_now().both)

    def close(self) -> None:
        self.panel.shutdown()
        for widget in (self.canvas, self.panel):
            widget.close()
            widget.deleteLater()


class _Theirs:
    """Curves with setData: as in its documentation, and with every check skipped that the picture does not need."""

    def __init__(self, data: NDArray[np.float32], *, tuned: bool) -> None:
        import pyqtgraph as pg

        self.data, self.n, self.at, self.tuned = data, int(WINDOW * RATE), 0, tuned
        self.widget = pg.PlotWidget()
        self.widget.resize(*SIZE)
        self.widget.getPlotItem().disableAutoRange()
        self.widget.setXRange(-WINDOW, 0, padding=0)
        self.widget.setYRange(0, N_TRACES * 2, padding=0)
        self.curves = [self.widget.plot(pen=pg.mkPen(pg.intColor(i), width=1)) for i in range(N_TRACES)]
        self.x = np.linspace(-WINDOW, 0, self.n)
        self.offset = np.arange(N_TRACES, dtype=np.float32) * 2
        self.widget.show()

    def frame(self) -> None:
        self.at = (self.at + PER_FRAME) % (len(self.data) - self.n)
        piece = self.data[self.at : self.at + self.n] + self.offset
        options: dict[str, Any] = {"skipFiniteCheck": True, "connect": "all"} if self.tuned else {}
        columns = np.ascontiguousarray(piece.T)
        begin = time.thread_time()
        for i, curve in enumerate(self.curves):
            curve.setData(self.x, columns[i], **options)
        self.widget.viewport().repaint()
        self.spent = time.thread_time() - begin  # without preparing its data, which is no work of its own

    def close(self) -> None:
        self.widget.close()
        self.widget.deleteLater()


def _cpu(step: Any, n: int) -> float:
    """Median processor time of this thread per call [s]."""
    out = []
    for _ in range(n):
        begin = time.thread_time()
        step()
        out.append(time.thread_time() - begin)
    return statistics.median(out)


class _Busy:
    """A network that simulates without pause in a thread of its own."""

    def __init__(self) -> None:
        from luiapp.model.network import Network
        from luiapp.simulate.engine import Options, build

        net = Network()
        rng = np.random.default_rng(2)
        net.neurons(1000, tau_mem=0.02, v_leak=1.6)
        pre, post = rng.integers(0, 1000, (2, 20_000))
        net.connect(pre, post, weight=1e-3, delay=1e-3)
        self.simulation = build(net, Options())
        self.simulation.advance(10)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        while not self.stopped.is_set():
            self.simulation.advance(50)

    def close(self) -> None:
        self.stopped.set()
        self.thread.join()


def _paced(ours: _Ours, seconds: float) -> tuple[float, float]:
    """Frames painted per second on a 16 ms timer, and the longest interval between two [s]."""
    from PySide6 import QtCore

    loop = QtCore.QEventLoop()
    timer = QtCore.QTimer(interval=16, timerType=QtCore.Qt.TimerType.PreciseTimer)
    times: list[float] = []

    def tick() -> None:
        ours.frame()
        times.append(time.perf_counter())
        if times[-1] - times[0] > seconds:
            loop.quit()

    timer.timeout.connect(tick)
    timer.start()
    loop.exec()
    timer.stop()
    gaps = np.diff(times)
    return float(len(gaps) / (times[-1] - times[0])), float(gaps.max())


def rows(quick: bool = False) -> list[dict[str, Any]]:
    """Rows of the report: name, value, unit, ratio, against, note."""
    import sys

    from PySide6 import QtWidgets

    app = QtWidgets.QApplication.instance() or QtWidgets.QApplication([])
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)  # as the app does
    rounds, n_ours, n_theirs = (2, 30, 3) if quick else (5, 60, 6)
    data = membranes(int((WINDOW + 4) * RATE))
    ours, lanes = _Ours(data, stacked=False), _Ours(data, stacked=True)
    naive, tuned = _Theirs(data, tuned=False), _Theirs(data, tuned=True)
    for _ in range(3):
        app.processEvents()  # until the windows are exposed, nothing is painted
    times: dict[str, list[float]] = {"ours": [], "lanes": [], "sweep": [], "glow": [], "naive": [], "tuned": []}
    try:
        for _ in range(rounds):
            times["ours"].append(_cpu(ours.frame, n_ours))
            times["lanes"].append(_cpu(lanes.frame, n_ours))
            for name in ("sweep", "glow"):
                ours.panel.restore(
                    {"window": WINDOW, "lanes": "overlaid", "mode": "sweep", "afterglow": name == "glow"}
                )
                ours.frame()
                times[name].append(_cpu(ours.frame, n_ours // 2))
            ours.panel.restore({"window": WINDOW, "lanes": "overlaid"})
            ours.frame()
            for name, one in (("naive", naive), ("tuned", tuned)):
                spent = []
                for _ in range(n_theirs):
                    one.frame()
                    spent.append(one.spent)
                times[name].append(statistics.median(spent))
        out = _report(times)
        try:
            busy = _Busy()
        except ImportError as error:  # a branch without the simulator
            return [*out, {"name": "scope while a network simulates", "value": float("nan"), "unit": "ms",
                           "note": f"not measured: {error}"}]  # fmt: skip
        try:
            cpu = _cpu(ours.frame, n_ours)
            fps, longest = _paced(ours, 2.0 if quick else 6.0)
        finally:
            busy.close()
        out.append({"name": "scope, overlaid, while 1000 neurons simulate", "value": cpu * 1e3, "unit": "ms CPU/frame",
                    "ratio": statistics.median(times["naive"]) / cpu, "against": "pyqtgraph setData",
                    "note": f"{fps:.1f} frames/s on a 16 ms timer, longest interval {longest * 1e3:.0f} ms; "
                            "goal ≤ 5 ms"})  # fmt: skip
        return out
    finally:
        for one in (ours, lanes, naive, tuned):
            one.close()
        app.processEvents()
        sys.setswitchinterval(before)


def _report(times: dict[str, list[float]]) -> list[dict[str, Any]]:
    median = {name: statistics.median(values) for name, values in times.items()}
    note = "32 traces × 10 s × 10 kHz, 1280 × 800 px, push and paint"
    out = [{"name": f"pyqtgraph setData, {text}", "value": median[name] * 1e3, "unit": "ms CPU/frame", "note": note}
           for name, text in (("naive", "plain"), ("tuned", "all checks skipped"))]  # fmt: skip
    for name, text in (("ours", "overlaid"), ("lanes", "lanes"), ("sweep", "sweep"), ("glow", "sweep with afterglow")):
        ratio = median["naive"] / median[name]
        out.append({"name": f"scope, {text}", "value": median[name] * 1e3, "unit": "ms CPU/frame", "ratio": ratio,
                    "against": "pyqtgraph setData", "note": f"{note}; goal ≤ 5 ms, ≥ 40×; "
                    f"{median['tuned'] / median[name]:.0f}× with its checks skipped"})  # fmt: skip
    return out


if __name__ == "__main__":
    for row in rows(quick=True):
        print(row)
