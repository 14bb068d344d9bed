"""Parse, run one verb, print its report, return the exit code. Faults of any kind end here, as a sentence."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from luiapp.cli.parser import build, option
from luiapp.cli.report import DONE, FAILED, Report, error_data, to_json
from luiapp.cli.verbs import VERBS
from luiapp.errors import LuiError
from luiapp.texts import LANGUAGES, set_language, system_language, tr
from luiapp.version import __version__

INTERRUPTED = 130  # 128 + SIGINT, as shells have it

_log = logging.getLogger(__name__)


def main(argv: Sequence[str]) -> int:
    """Run one command line.

    Returns
    -------
    int
        0 done, 1 failed with a clear error, 2 wrong usage, 130 interrupted (a recording that is interrupted is
        kept, and counts as done).
    """
    try:
        code = _main(argv)
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # `luiapp ports | head -1`: nobody listens any more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def _main(argv: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a console without 'Ω' must not end in a traceback
    wanted = option(argv, "--lang")
    set_language(wanted if wanted in LANGUAGES else system_language())
    parser = build(VERBS, __version__, as_json="--json" in argv)
    try:
        options = parser.parse_args(argv or ["run"])
    except SystemExit as end:
        return int(end.code or 0)
    if options.verb is None:
        options = parser.parse_args([*argv, "run"])
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if getattr(options, "verbose", False) else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    return _execute(options)


def _execute(options: Namespace) -> int:
    as_json = getattr(options, "json", False)
    try:
        # Whatever a library prints on the way must not stand beside the one JSON object.
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            report = VERBS[options.verb].run(options)
        _print(report, as_json=as_json)
        return report.code
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        print(tr("interrupted"), file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        return _fail(error, as_json=as_json)


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        print(to_json(report.data))
    else:
        for line in report.lines:
            print(line)


def _fail(error: Exception, *, as_json: bool) -> int:
    expected = isinstance(error, LuiError | OSError | MemoryError)
    _log.debug("the verb failed", exc_info=error)
    if as_json:
        print(to_json(error_data(error)))
    elif isinstance(error, MemoryError):
        print(
            tr("error: {sentence}", sentence=tr("the memory does not suffice; ask for less at once")), file=sys.stderr
        )
    elif expected:
        print(tr("error: {sentence}", sentence=error), file=sys.stderr)
    else:
        kind = type(error).__name__
        print(tr("unexpected fault ({kind}): {error}", kind=kind, error=error), file=sys.stderr)
        print(tr("'luiapp doctor' looks for causes; --verbose shows where it happened"), file=sys.stderr)
    return FAILED
