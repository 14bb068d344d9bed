"""``python -m luiapp`` and the console command ``luiapp``."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0 done, 1 failed with a clear error, 2 wrong usage."""
    from luiapp.cli.main import main as run

    if argv is not None:
        return run(argv)
    code = run(sys.argv[1:])
    if any(thread.daemon for thread in threading.enumerate()):
        _leave(code)
    return code


def _leave(code: int) -> None:
    """End at once: a thread that is still compiling would crash while the interpreter is taken down around it."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):  # closed, or its reader is gone
            code = code or 1
    os._exit(code)


if __name__ == "__main__":
    raise SystemExit(main())
