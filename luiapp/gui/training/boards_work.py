"""The thread that teaches a network for real boards, and then tries it on many sets of parts. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from luiapp.data.recording import Recording
from luiapp.gui.worker import Worker
from luiapp.model.network import Network
from luiapp.texts import mark
from luiapp.train.boards.exam import SETS, Exam, examine
from luiapp.train.boards.settings import LayerSettings
from luiapp.train.boards.tasks import BoardTask, board_task
from luiapp.train.boards.teach import EPOCHS, STARTS, teach

NICE = 2
TRYING, TEACHING, JUDGING = mark("trying first settings"), mark("learning"), mark("trying it on {n} sets of boards")


@dataclass(frozen=True, eq=False)
class Stage:
    """How far it is.

    Attributes
    ----------
    task : BoardTask
    doing : str, one of the texts above; empty: it is done, or was stopped
    share : float, of what it is doing
    accuracy : float or None, share of patterns that are right while it learns
    layers : the settings, once they are learned
    exam : Exam or None, once it is done
    """

    task: BoardTask
    doing: str = ""
    share: float = 0.0
    accuracy: float | None = None
    layers: Sequence[LayerSettings] = ()
    exam: Exam | None = None


class _Stopped(Exception):
    """Somebody said so."""


class BoardsWorker(Worker[Stage]):
    """Sleeps until it is asked.

    Parameters
    ----------
    epochs, starts, sets : int, as `teach` and `examine` take them
    """

    def __init__(self, *, epochs: int = EPOCHS, starts: int = STARTS, sets: int = SETS) -> None:
        super().__init__()
        self.epochs, self.starts, self.sets = epochs, starts, sets
        self._wish: tuple[str, int] | None = None
        self._stop = False
        self._start("boards", nice=NICE)

    def teach(self, key: str, seed: int) -> None:
        """Begin with a task; what is being done ends."""
        with self._wake:
            self._wish, self._stop = (key, seed), True
            self._wake.notify()

    def stop(self) -> None:
        """End what is being done."""
        with self._wake:
            self._stop = True

    def _live(self) -> None:
        while True:
            with self._wake:
                while self._wish is None and not self._end:
                    self._wake.wait()
                wish, self._wish, self._stop = self._wish, None, False
                if self._end or wish is None:
                    return
            task = board_task(wish[0])
            try:
                self._do(task, wish[1])
            except _Stopped:
                self._tell(Stage(task))
            except Exception as error:  # told to the person; the thread goes on
                with self._wake:
                    self._problem = error
                self._tell(Stage(task))

    def _do(self, task: BoardTask, seed: int) -> None:
        n_steps, n_first = 0, self.starts * max(1, self.epochs // 4)
        accuracy: float | None = None

        def stop() -> bool:
            nonlocal n_steps
            n_steps += 1
            if n_steps <= n_first:
                self._tell(Stage(task, TRYING, n_steps / n_first))
            else:
                self._tell(Stage(task, TEACHING, (n_steps - n_first) / self.epochs, accuracy))
            return False

        def tell(now: object) -> None:
            nonlocal accuracy
            valid = getattr(now, "valid", None)
            accuracy = None if valid is None else valid.accuracy

        layers = teach(task, seed=seed, epochs=self.epochs, starts=self.starts, tell=tell, stop=stop).settings()
        self._tell(Stage(task, JUDGING, 0.0, accuracy, layers))
        exam = examine(task, layers, twins, sets=self.sets,
                       tell=lambda share: self._tell(Stage(task, JUDGING, share, accuracy, layers)))  # fmt: skip
        self._tell(Stage(task, "", 1.0, accuracy, layers, exam))

    def _tell(self, stage: Stage) -> None:
        with self._wake:
            self._ready = stage
            if (self._stop or self._end) and stage.doing:
                raise _Stopped


def twins(network: Network, duration: float) -> Recording:
    """Boards as the simulator has them."""
    from luiapp.simulate import Options, run

    return run(network, duration, options=Options(dt=1e-3))
