"""Trainings side by side, over whatever runs them: this process, several, or a cluster."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from luiapp.errors import LinkError
from luiapp.train.sweep.journal import Journal
from luiapp.train.sweep.point import Point, Result, result_from_dict, run_point


def sweep(
    points: Iterable[Point], *, journal: Journal | None = None, executor: Executor | None = None
) -> Iterator[tuple[Point, Result]]:
    """Train every point that `journal` doesn't hold yet.

    Parameters
    ----------
    points : iterable of Point
        Equal ones are trained once.
    journal : Journal, optional
        Each result is written there as soon as it is known.
    executor : concurrent.futures.Executor, optional
        What runs them, such as `local_pool` or `cluster` give; by default this process, one after the other. A point's
        result doesn't depend on it.

    Yields
    ------
    (Point, Result)
        In the order in which they end. Whoever stops listening calls off what has not begun.

    Raises
    ------
    LinkError
        If a process that trains has died. What is in the journal stays.
    """
    known = journal.results if journal is not None else {}
    todo = {point.key: point for point in points if point.key not in known}
    for point, data in _outcomes(list(todo.values()), executor):
        result = result_from_dict(data)
        if journal is not None:
            journal.add(point, result)
        yield point, result


def _outcomes(points: list[Point], executor: Executor | None) -> Iterator[tuple[Point, dict[str, Any]]]:
    if executor is None:
        for point in points:
            yield point, run_point(asdict(point))
        return
    waiting = {}
    try:
        for point in points:
            waiting[executor.submit(run_point, asdict(point))] = point
        for future in as_completed(waiting):
            yield waiting[future], future.result()
    except BrokenExecutor:
        raise LinkError("a process that was training has died (out of memory?); "
                        "the same command again goes on where it ended") from None  # fmt: skip
    finally:
        for future in waiting:
            future.cancel()


@contextmanager
def local_pool(n_workers: int | None = None) -> Iterator[Executor]:
    """Processes on this computer, as many as it has processors by default; an exception ends them at once.

    Ctrl-C reaches the process that waits, not those that train.
    """
    others = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        n_workers or os.cpu_count() or 1, multiprocessing.get_context("spawn"), _ignore_interrupts
    )
    try:
        yield pool
    except BaseException:
        for process in set(multiprocessing.active_children()) - others:
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """A Dask cluster, by the address of its scheduler; luiapp must be installed where its workers run.

    A worker that dies is made up for by the others: the cluster trains its points once more.

    Raises
    ------
    LinkError
        If Dask is missing, or nobody answers.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError:
        raise LinkError("a cluster needs the package 'distributed'; "
                        "install it with: pip install 'luiapp[dask]'") from None  # fmt: skip
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise LinkError("no scheduler answers at '{address}': {reason}. Start one with 'dask scheduler', "
                        "and 'dask worker {address}' on every computer",
                        address=address, reason=str(error)[:120]) from None  # fmt: skip
    try:
        yield client.get_executor(pure=False)
    finally:
        client.close()
