"""A sweep over a Dask cluster of real processes: the same results, a dead worker made up for."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from luiapp.errors import LinkError
from luiapp.train.sweep.journal import Journal
from luiapp.train.sweep.point import Point
from luiapp.train.sweep.run import cluster, sweep

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("default")]  # Dask warns of its own affairs

POINTS = [Point("yinyang", n_train=400, batch=20, epochs=6, beta=beta, seed=seed)
          for beta in (2.0, 20.0) for seed in range(6)]  # fmt: skip


@pytest.fixture(autouse=True)
def _no_thread_stays() -> None:
    """Dask keeps its threads for the life of the process; this test says nothing of them."""


@pytest.fixture
def dask() -> Iterator[Any]:
    """Two workers, each a process with one thread, and a nanny that brings up a dead one again."""
    distributed = pytest.importorskip("distributed", reason="Dask is in the extra 'oracles'")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local:
        yield local


def test_a_worker_that_is_killed_is_made_up_for(dask: Any, tmp_path: Path) -> None:
    """SIGKILL to one of two workers while both train: every point is there once, as one process finds it."""
    alone = {point.key: replace(result, seconds=0.0) for point, result in sweep(POINTS)}
    killed = []
    with Journal(tmp_path / "a.jsonl") as journal, cluster(dask.scheduler_address) as executor:
        for point, result in sweep(POINTS, journal=journal, executor=executor):
            assert replace(result, seconds=0.0) == alone[point.key]
            if not killed:
                before = {one.pid for one in dask.workers.values()}
                killed.append(min(before))
                os.kill(killed[0], signal.SIGKILL)
        assert journal.results.keys() == alone.keys()
    assert (tmp_path / "a.jsonl").read_bytes().count(b"\n") == len(POINTS)
    assert killed[0] not in {one.pid for one in dask.workers.values()}


def test_nobody_at_the_address(dask: Any) -> None:
    port = int(dask.scheduler_address.rpartition(":")[2])
    with pytest.raises(LinkError, match="dask scheduler"), cluster(f"tcp://127.0.0.1:{port + 1}"):
        pass
