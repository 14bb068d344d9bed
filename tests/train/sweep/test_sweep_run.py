"""A sweep: what is done is done, whoever runs it and whatever kills it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from luiapp.errors import FileError, FormatError, LinkError, ParameterError
from luiapp.train.sweep.journal import Journal
from luiapp.train.sweep.point import Point, Result, run_point
from luiapp.train.sweep.run import cluster, local_pool, sweep

SMALL = [Point("yinyang", n_train=120, batch=20, epochs=2, beta=beta, seed=seed) for beta in (2, 20) for seed in (0, 1)]
DONE = Result(0.9, 0.8, 0.7, 0.6, 5, False, 1.0)


def plain(result: Result) -> Result:
    """Without the time that it took."""
    return replace(result, seconds=0.0)


def test_every_executor_finds_the_same(tmp_path: Path) -> None:
    alone = {point.key: plain(result) for point, result in sweep(SMALL)}
    assert list(alone) == [point.key for point in SMALL]
    assert len(set(alone.values())) == 4  # neither beta nor seed is lost on the way
    with ThreadPoolExecutor(3) as threads:
        assert {p.key: plain(r) for p, r in sweep([*SMALL, *SMALL], executor=threads)} == alone
    with local_pool(2) as pool, Journal(tmp_path / "a.jsonl") as journal:
        assert len(list(sweep(SMALL, journal=journal, executor=pool))) == 4
    with Journal(tmp_path / "a.jsonl") as journal:
        assert {key: plain(result) for key, result in journal.results.items()} == alone
        assert list(sweep(SMALL, journal=journal)) == []
        (more,) = sweep([*SMALL, replace(SMALL[0], seed=2)], journal=journal)
        assert more[0].seed == 2


def test_a_killed_sweep_goes_on_where_it_was(tmp_path: Path) -> None:
    """SIGKILL in the middle: the lines so far are whole, and none of them is done again."""
    path = tmp_path / "sweep.jsonl"
    points = [replace(SMALL[0], seed=seed) for seed in range(400)]
    code = (
        "import sys, json\nfrom luiapp.train.sweep import journal, point, run\n"
        "points = [point.Point(**one) for one in json.load(sys.stdin)]\n"
        "with journal.Journal(sys.argv[1]) as book:\n"
        "    for _ in run.sweep(points, journal=book): print('done', flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)  # fmt: skip
    with child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(json.dumps([asdict(point) for point in points]))
        child.stdin.close()
        for _ in range(3):
            assert child.stdout.readline() == "done\n"
        os.kill(child.pid, signal.SIGKILL)
    kept = path.read_bytes()
    with path.open("ab") as file:
        file.write(b'{"point": {"data": "yinyang", "surr')  # torn, as a power failure leaves it
    with Journal(path) as journal:
        n_done = len(journal.results)
        assert 3 <= n_done < 400
        assert path.read_bytes() == kept
        assert len(list(sweep(points[: n_done + 2], journal=journal))) == 2
    assert path.read_bytes().startswith(kept)
    assert path.read_bytes().count(b"\n") == n_done + 2


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_line_is_dropped_wherever_it_was_torn(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.jsonl"
    with Journal(path) as journal:
        journal.add(SMALL[0], DONE)
        journal.add(SMALL[1], DONE)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1][:cut])
    with Journal(path) as journal:
        assert list(journal.results) == [SMALL[0].key]
    assert path.read_bytes() == lines[0]


@pytest.mark.parametrize("content", [b"shopping list", b"{}\n", b"[1]\n{", b'{"point": {}}\n', b"\xff\xfe\n",
                                     b'{"point": {"beta": -1}, "result": {}}\n', b"[" * 100_000 + b"\n"])  # fmt: skip
def test_a_strange_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(FormatError, match=r"a\.jsonl.*line 1"):
        Journal(path)
    assert path.read_bytes() == content


def test_wrong_places_are_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="jsonl"):
        Journal(tmp_path / "a.txt")
    with pytest.raises(FileError):
        Journal(tmp_path / "no" / "a.jsonl")
    journal = Journal(tmp_path / "a.jsonl")
    journal.close()
    with pytest.raises(FileError, match="closed"):
        journal.add(SMALL[0], DONE)


def test_a_dead_worker_is_told_and_what_was_done_is_kept(tmp_path: Path) -> None:
    with Journal(tmp_path / "a.jsonl") as journal, local_pool(1) as pool:
        seen = 0
        with pytest.raises(LinkError, match="goes on where it ended"):
            for _ in sweep([replace(SMALL[0], seed=seed) for seed in range(400)], journal=journal, executor=pool):
                seen += 1
                if seen == 2:
                    _kill_children()
        assert len(journal.results) == seen


def _kill_children() -> None:
    import multiprocessing

    for process in multiprocessing.active_children():
        process.kill()


def test_a_cluster_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(LinkError, match="pip install"), cluster("tcp://127.0.0.1:1"):
        pass


def test_learning_that_blows_up_is_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    from luiapp.train.sweep import point

    monkeypatch.setitem(point._RATES, "yinyang", 1e37)
    found = run_point(asdict(replace(SMALL[0], n_train=5000)))
    assert found["diverged"] and found["loss"] is None and 0 <= found["test_accuracy"] < 0.6
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("wrong", [{"data": "mnist"}, {"beta": 0}, {"surrogate": "x"}, {"n_train": 0}, {"batch": 0},
                                   {"epochs": -1}, {"ceiling": -1}])  # fmt: skip
def test_impossible_points_are_refused(wrong: dict) -> None:
    with pytest.raises(ParameterError):
        Point(**wrong)
