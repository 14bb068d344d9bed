"""Loads the drawing kernels in a thread, so that neither the window nor a hand waits for them."""

from __future__ import annotations

import logging
import threading

_log = logging.getLogger(__name__)


class Warmup:
    """A thread that ends once the kernels are compiled, or read from their cache.

    Attributes
    ----------
    ready : bool
        The kernels can be called without a pause.
    """

    def __init__(self) -> None:
        self.ready = False
        self._thread = threading.Thread(target=self._run, name="scope-kernels", daemon=True)
        self._thread.start()

    def join(self, timeout: float = 30.0) -> None:
        """Wait for the thread to end."""
        self._thread.join(timeout)

    def _run(self) -> None:
        try:
            from luiapp.kernels.trace import warm_up

            warm_up()
        except Exception:  # numba is missing or broken: the axes stay empty, the log tells why
            _log.exception("the drawing kernels could not be loaded")
        else:
            self.ready = True
