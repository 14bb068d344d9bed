"""The real images in other simulators: what simavr shows must not be its own doing, and a Pico must do the same."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from devices import FIRMWARE, Talk, device, lacking
from test_simavr import widths

from luiapp.link import messages as msg
from luiapp.link.adapter import Adapter
from luiapp.link.flash import shipped_uf2
from luiapp.link.uf2 import read_uf2

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="needs node and npm"
)
avr = pytest.mark.skipif(bool(lacking("simavr")), reason=f"needs {lacking('simavr')}")


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
def simulated(program: str, image: Path, modules: Path, edges: Path) -> Iterator[Talk]:
    """A greeted adapter whose `image` runs in firmware/sim/`program`."""
    command = ["node", str(FIRMWARE / "sim" / program), str(image), str(edges)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "SIMULATORS": str(modules)}) as process:  # fmt: skip
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
    heard = talk.status().bad_rx  # greetings that found it still starting
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


@avr
@pytest.mark.slow
def test_both_simulators_agree(build, modules, tmp_path):
    with simulated("avr8.mjs", build / "adapter.hex", modules, tmp_path / "edges8") as talk:
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


@pytest.mark.slow
def test_the_picos_image_streams_stimulates_and_remembers(modules, tmp_path):
    """The image in the package, in rp2040js: through its USB port, with its own converter behind a switch."""
    (tmp_path / "adapter.bin").write_bytes(read_uf2(shipped_uf2()[0], name="adapter-rp2040.uf2"))
    with simulated("pico.mjs", tmp_path / "adapter.bin", modules, tmp_path / "edges") as talk:
        info = talk.adapter.info
        assert info is not None and (info.board, info.adc_bits, info.tick_hz) == (2, 12, 1_000_000)
        codes, status, test = work(talk)
        talk.ask(msg.Stop(), msg.Ack)
        talk.ask(msg.SetId(b"12345678", b"Pico\0\0\0\0\0\0\0\0"), msg.Ack)  # into its flash
        talk.adapter.send(msg.Reset())
        until = time.monotonic() + 10
        while talk.adapter.counters.restarts == 0 or talk.adapter.state != "ready":
            assert time.monotonic() < until
            talk.listen(0.02)
        assert talk.adapter.info.uid == b"12345678" and talk.adapter.label == "Pico"
    assert test.loopback == 1 << 7
    assert status.lost_sets == status.overruns == status.lost_frames == status.lost_spikes == 0
    true = widths(tmp_path / "edges", 19, tick_hz=1e9)[:20]
    assert len(true) == 20 and np.abs(true - 15.9e-3).max() <= 10e-6
    # Without a stimulus a board rests at 1 V of 2.5; board 1 fires by itself and falls to 0.34 V.
    assert abs(int(codes[0, 3]) - 4096 / 2.5) <= 1
    assert int((np.diff(codes[:, 0].astype(int)) < -800).sum()) >= 2
