"""The real image in a second simulator, written by others: what simavr shows must not be simavr's own doing."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from devices import FIRMWARE, Talk, device, lacking
from test_simavr import widths

from luiapp.link import messages as msg
from luiapp.link.adapter import Adapter

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None or bool(lacking("simavr")),
    reason="needs node, npm, avr-gcc and libsimavr-dev",
)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the simulator in it; skips where it can't be fetched."""
    folder = tmp_path_factory.mktemp("node")
    shutil.copy(FIRMWARE / "sim" / "package.json", folder)
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("the second simulator could not be fetched in time")
    if done.returncode:
        pytest.skip("the second simulator could not be fetched")
    return folder


@contextlib.contextmanager
def avr8js(build: Path, modules: Path, edges: Path) -> Iterator[Talk]:
    command = ["node", str(FIRMWARE / "sim" / "avr8.mjs"), str(build / "adapter.hex"), str(edges)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "AVR8JS": str(modules)}) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        ended = threading.Timer(60, process.kill)
        ended.start()
        try:
            talk = Talk(Adapter(f"socket://127.0.0.1:{int(process.stdout.readline())}"))
            yield talk
            talk.adapter.close()
        finally:
            process.stdin.close()
            process.wait(10)
            ended.cancel()
            ended.join()


def work(talk: Talk) -> tuple[np.ndarray, msg.Status, msg.SelfTestResult]:
    """A self-test, then eight membranes and a train of pulses: (n, 8) codes, how it was, the test."""
    test = talk.ask(msg.SelfTest(), msg.SelfTestResult)
    assert talk.status().bad_rx <= 1  # a greeting that found it still starting
    heard = talk.status().bad_rx
    talk.adapter.send(msg.Start(1000, 0xFF, 3, 0))
    talk.adapter.send(msg.Stim(19, 1590, 20, 500, 0))
    codes: list[bytes] = []
    while len(codes) < 250:
        block = talk.wait(msg.Samples, 20)
        assert block.set_index == 6 * len(codes)
        codes.append(block.codes)
    status = talk.status()
    assert status.bad_rx == heard
    return np.frombuffer(b"".join(codes), "<u2").reshape(-1, 8), status, test


@pytest.mark.slow
def test_both_simulators_agree(build, modules, tmp_path):
    with avr8js(build, modules, tmp_path / "edges8") as talk:
        codes_8, status_8, test_8 = work(talk)
    with device("simavr", build, tmp_path, "--edges", str(tmp_path / "edges")) as client:
        talk = Talk(client())
        codes, status, test = work(talk)
        talk.adapter.close()
    for one in (status, status_8):
        assert one.lost_sets == one.overruns == one.lost_frames == one.lost_spikes == 0
    assert abs(test.vref_mv - test_8.vref_mv) <= 3 and test.loopback == test_8.loopback == 1 << 7
    for path in ("edges", "edges8"):
        true = widths(tmp_path / path, 19)[:20]
        assert len(true) == 20 and np.abs(true - 15.9e-3).max() < 40e-6
        assert np.quantile(np.abs(true - 15.9e-3), 0.8) <= 10e-6
    # Board 7 gets the same train: the same course, to a bit, apart from when it began.
    assert abs(int(codes[:, 6].max()) - int(codes_8[:, 6].max())) <= 2
    assert abs(int(codes[0, 6]) - int(codes_8[0, 6])) <= 1
    # Board 1 fires by itself, at the same rate.
    falls = [int((np.diff(one[:, 0].astype(int)) < -200).sum()) for one in (codes, codes_8)]
    assert abs(falls[0] - falls[1]) <= 1 and min(falls) >= 2
