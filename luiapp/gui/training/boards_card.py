"""The card for real boards: a small task, a network that three wires a board can carry, and how it does on 100 sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6 import QtCore, QtGui, QtWidgets

from luiapp.errors import FileError
from luiapp.files.disk import atomic
from luiapp.gui.banner import Notice
from luiapp.gui.controls import label, push
from luiapp.gui.desk import Desk
from luiapp.gui.statusbar import decimal
from luiapp.gui.theme import Look
from luiapp.gui.training.boards_work import JUDGING, BoardsWorker, Stage
from luiapp.gui.training.colours import strong
from luiapp.gui.widgets.overlay import Overlay
from luiapp.texts import language, mark, tr
from luiapp.train.boards.circuit import Verdict, circuit
from luiapp.train.boards.sheet import sheet_html
from luiapp.train.boards.tasks import TASKS, board_task

OFFERED = ("coincidence", "majority", "xor")  # those that are learned well
FRAME_MS = 60
_SEEDS = range(10)


class Sets(QtWidgets.QWidget):
    """A bar for every share of patterns: how many sets of boards get so many right."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._counts: NDArray[np.int64] = np.zeros(0, np.int64)
        self.setMinimumSize(160, 84)

    def show_verdict(self, verdict: Verdict | None) -> None:
        """What sets of boards answered; None: nothing yet."""
        right = verdict.right if verdict is not None else np.zeros((0, 0), bool)
        self._counts = np.bincount(right.sum(axis=1), minlength=right.shape[1] + 1)
        self.update()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        n = len(self._counts)
        if n < 2:
            return
        theme, line = self._look.theme, self.fontMetrics().height()
        p = QtGui.QPainter(self)
        wide, tall = self.width() / n, self.height() - 2 * line - 4
        centre = QtCore.Qt.AlignmentFlag.AlignHCenter
        for k, count in enumerate(self._counts.tolist()):
            high = tall * count / max(int(self._counts.max()), 1)
            bar = QtCore.QRectF(k * wide + 2, line + tall - high, wide - 4, max(high, 1.0))
            p.fillRect(bar, QtGui.QColor(strong(theme) if k == n - 1 else theme.secondary))
            p.setPen(QtGui.QColor(theme.text))
            if count:
                p.drawText(QtCore.QRectF(k * wide, bar.top() - line, wide, line), centre, str(count))
            p.setPen(QtGui.QColor(theme.secondary))
            p.drawText(QtCore.QRectF(k * wide, line + tall + 2, wide, line), centre, f"{k}/{n - 1}")
        p.end()


class BoardsCard(Overlay):
    """Choose a task, let it be learned, look how it does, and build it on the bench."""

    built = QtCore.Signal()  # a circuit was opened there

    def __init__(self, over: QtWidgets.QWidget, desk: Desk, *, make: Callable[[], BoardsWorker] = BoardsWorker) -> None:
        super().__init__(over, desk.look)
        self._desk, self._make = desk, make
        self._worker: BoardsWorker | None = None
        self.stage: Stage | None = None
        self.about = label("secondary", wrap=True)
        self.task, self.seed = QtWidgets.QComboBox(), QtWidgets.QComboBox()
        self.task_caption, self.seed_caption = label("status"), label("status")
        self.teach, self.build, self.sheet = push(self._teach), push(self.to_bench), push(self._save_sheet)
        self.teach.setProperty("role", "primary")
        self.bar, self.told = QtWidgets.QProgressBar(), label(wrap=True)
        self.bar.setTextVisible(False)
        self.names = [label(), label()]
        self.sets = [Sets(desk.look), Sets(desk.look)]
        self._arrange()
        self._timer = QtCore.QTimer(self, interval=FRAME_MS)
        self._timer.timeout.connect(self._look_at)

    def _arrange(self) -> None:
        row = QtWidgets.QHBoxLayout()
        for caption, box in ((self.task_caption, self.task), (self.seed_caption, self.seed)):
            column = QtWidgets.QVBoxLayout()
            column.setSpacing(1)
            column.addWidget(caption)
            column.addWidget(box)
            row.addLayout(column)
        row.addWidget(self.teach, 0, QtCore.Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        grid = QtWidgets.QGridLayout()
        for k in range(2):
            grid.addWidget(self.names[k], 0, k)
            grid.addWidget(self.sets[k], 1, k)
        grid.setRowStretch(1, 1)
        last = QtWidgets.QHBoxLayout()
        last.addStretch(1)
        last.addWidget(self.sheet)
        last.addWidget(self.build)
        whole = self._head()
        whole.addWidget(self.about)
        whole.addLayout(row)
        whole.addWidget(self.bar)
        whole.addWidget(self.told)
        whole.addLayout(grid, 1)
        whole.addLayout(last)

    # -- what a person does --------------------------------------------------------------------------------------

    def _teach(self) -> None:
        if self._worker is not None and self.stage is not None and self.stage.doing:
            self._worker.stop()
            return
        if self._worker is None:
            self._worker = self._make()
        self.stage = Stage(board_task(OFFERED[self.task.currentIndex()]), " ")
        self._worker.teach(self.stage.task.key, _SEEDS[self.seed.currentIndex()])
        self._timer.start()
        self._say()
        self._place()

    def to_bench(self) -> None:
        """Open the boards as they are to be set; the sheet for real ones is a click away."""
        stage = self.stage
        if stage is not None and stage.exam is not None:
            self._desk.sources.open_network(circuit(stage.task, stage.layers))
            self.hide()
            self.built.emit()
            told = mark(
                "These boards do what was learned, with parts of their own: a pattern every second, again and again."
            )
            self._desk.tell(Notice(lambda: tr(told), lambda: tr("Trimmer sheet…"), self._save_sheet))

    def _save_sheet(self) -> None:
        if self.stage is None:
            return
        start = self._desk.paths.recordings
        name = tr("trimmer sheet {task}", task=self.stage.task.key) + ".html"
        chosen, _ = QtWidgets.QFileDialog.getSaveFileName(
            self._over, tr("Trimmer sheet"), str((start if start.is_dir() else Path.home()) / name), "HTML (*.html)"
        )
        if chosen:
            self.sheet_to(Path(chosen))

    def sheet_to(self, path: Path) -> None:
        """Write the trimmer sheet, and show it in whatever shows pages."""
        stage = self.stage
        if stage is None or stage.exam is None:
            return
        text = sheet_html(stage.task, stage.layers, stage.exam.counts, language=language())
        try:
            with atomic(path) as file:
                file.write(text.encode("utf-8"))
        except OSError:
            self._desk.faults.take(FileError("'{file}' can't be written", file=path.name), "learn")
            return
        url = QtCore.QUrl.fromLocalFile(str(path))
        self._desk.tell(Notice(lambda: tr("Saved: {file}", file=path.name), lambda: tr("Show it"),
                               lambda: QtGui.QDesktopServices.openUrl(url)))  # fmt: skip

    # -- what it shows -------------------------------------------------------------------------------------------

    def _look_at(self) -> None:
        if self._worker is None:
            return
        problem = self._worker.take_problem()
        if problem is not None:
            self._desk.faults.take(problem, "learn")
        stage = self._worker.take()
        if stage is not None:
            self.stage = stage
            self._say()
            if not stage.doing:
                self._timer.stop()
                self._place()

    def _say(self) -> None:
        stage, point = self.stage, decimal()
        busy, exam = stage is not None and bool(stage.doing), stage.exam if stage is not None else None
        self.teach.setText(tr("Stop") if busy else tr("Learn"))
        self.task.setEnabled(not busy)
        self.seed.setEnabled(not busy)
        self.bar.setVisible(busy)
        for one in (self.build, self.sheet):
            one.setVisible(exam is not None)
        for name, view, title, verdict in zip(
            self.names, self.sets, (tr("Trimmers set by eye"), tr("Trimmers set by the pulse-count test")),
            (exam.by_eye, exam.by_test) if exam is not None else (None, None), strict=True,
        ):  # fmt: skip
            view.show_verdict(verdict)
            for widget in (name, view):
                widget.setVisible(exam is not None)
            if verdict is not None:
                text = f"{title}: {100 * verdict.accuracy.mean():.1f} %".replace(".", point)
                name.setText(text)
                view.setAccessibleName(text)
        self.told.setText(self._sentence(point))
        if busy and stage is not None:
            self.bar.setValue(round(100 * stage.share))

    def _sentence(self, point: str) -> str:
        stage = self.stage
        if stage is None:
            return ""
        if stage.exam is not None:
            perfect = [round(100 * one.perfect) for one in (stage.exam.by_eye, stage.exam.by_test)]
            return tr(
                "Of {n} sets of boards with random parts, {eye} % get every pattern right if they are set by eye, "
                "{test} % if each weight is set by the test.",
                n=len(stage.exam.by_eye.right), eye=perfect[0], test=perfect[1],
            )  # fmt: skip
        if not stage.doing.strip():
            return tr("Stopped.") if not stage.doing else ""
        told = tr(stage.doing, n=self._worker.sets) if stage.doing == JUDGING and self._worker else tr(stage.doing)
        if stage.accuracy is None:
            return f"{told} …"
        return f"{told} … " + tr("{percent} % right", percent=f"{100 * stage.accuracy:.0f}".replace(".", point))

    def retranslate(self) -> None:
        super().retranslate()
        self.title.setText(tr("A network for real boards"))
        self.about.setText(tr(
            "Three wires a board, trimmers in steps, parts with tolerances: what is learned here runs on boards on the "
            "table. Take a task, learn, and build it."
        ))  # fmt: skip
        self.task_caption.setText(tr("Task"))
        self.seed_caption.setText(tr("Seed"))
        for box, texts, name in (
            (self.task, [tr(TASKS[key]().title) for key in OFFERED], tr("Task")),
            (self.seed, [str(one) for one in _SEEDS], tr("Seed")),
        ):
            chosen = max(box.currentIndex(), 0)
            box.clear()
            box.addItems(texts)
            box.setCurrentIndex(chosen)
            box.setAccessibleName(name)
        self.build.setText(tr("Build it on the bench"))
        self.sheet.setText(tr("Trimmer sheet…"))
        self._say()

    def _focus(self) -> None:
        self.teach.setFocus()

    def _height(self) -> int:
        least = 430 * min(self._look.theme.scale, 1.3) if self.stage is not None and self.stage.exam is not None else 0
        return max(super()._height(), round(least))

    def shut(self) -> None:
        """Let go of the thread and the timer."""
        self._timer.stop()
        if self._worker is not None:
            self._worker.shut()
