"""The real image in simavr: rate, loss, jitter, memory, and several at once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from devices import FIRMWARE, Talk, device, lacking
from soak import ring_of_six

from luiapp.link import messages as msg
from luiapp.link.flash import FLASH, shipped_image, shipped_uf2
from luiapp.link.hexfile import read_hex
from luiapp.rigs.adapter import AdapterRig
from luiapp.stream.source import Pulse

CPU_HZ = 16_000_000
simavr = pytest.mark.skipif(bool(lacking("simavr")), reason="needs avr-gcc and libsimavr-dev")


def widths(path: Path, line: int, *, tick_hz: float = CPU_HZ) -> np.ndarray:
    """(n,) seconds that a line was high, from the simulator's own record of its pins."""
    rose, out = None, []
    for row in path.read_text().splitlines():
        cycle, lines = row.split()
        high = int(lines, 16) >> line & 1
        if high and rose is None:
            rose = int(cycle)
        elif not high and rose is not None:
            out.append((int(cycle) - rose) / tick_hz)
            rose = None
    return np.array(out)


@simavr
@pytest.mark.slow
def test_pulses_are_true_to_ten_microseconds_while_everything_streams(build, tmp_path):
    """Of the pins themselves, not of what the device says: a pulse of 15.9 ms, eight membranes and spikes beside it."""
    edges = tmp_path / "edges"
    with device("simavr", build, tmp_path, "--edges", str(edges)) as client:
        talk = Talk(client())
        talk.adapter.send(msg.Start(1000, 0xFF, 3, 0))
        talk.adapter.send(msg.Stim(13, 1590, 400, 237, 0))
        talk.listen(11.0)
        told = np.array([(one.t_fall - one.t_rise) / 2e6 for one in talk.all(msg.StimDone)])
        status = talk.status()
        talk.adapter.close()
    true = widths(edges, 13)[:400]
    assert len(told) == len(true) == 400
    error = np.abs(true - 15.9e-3)
    assert np.quantile(error, 0.98) <= 10e-6 and error.max() <= 40e-6, (np.sort(error)[-10:] * 1e6).round(1)
    np.testing.assert_allclose(told, true, atol=2e-6)  # and what is told is what was
    assert status.late_edges <= 8 and status.lost_sets == status.overruns == status.lost_reports == 0


@simavr
def test_memory_for_the_stack_is_left_after_everything_was_done(build, tmp_path):
    with device("simavr", build, tmp_path) as client:
        talk = Talk(client())
        talk.adapter.send(msg.Start(500, 0xFF, 3, 0))
        for line in range(24):
            talk.adapter.send(msg.Stim(line, 700 + 40 * line, 0xFFFF, 200 + 7 * line, 0))
        talk.listen(3.0)
        assert talk.status().stim_active == (1 << 24) - 1
        talk.adapter.send(msg.Hello(1, 1))
        talk.listen(0.3)
        test = talk.ask(msg.SelfTest(), msg.SelfTestResult)
        talk.adapter.close()
    assert test.free_ram > 0.1 * 2048  # never touched by the stack, of the 2048 bytes of the chip
    assert abs(test.vref_mv - 2500) < 30 and test.loopback == 1 << 7  # line 0 is plugged into input 8


@simavr
@pytest.mark.slow
def test_four_adapters_at_once_lose_nothing(build, tmp_path):
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(device("simavr", build, tmp_path, name=f"port{k}")) for k in range(4)]
        adapters = [client() for client in clients]
        rig = AdapterRig(adapters)
        stack.callback(rig.close)
        n = 0
        while n < 8000:
            chunk = rig.source.read(1.0)
            assert chunk is not None
            if len(chunk.layout.neurons) < 32:
                continue
            n += chunk.n_samples
        rig.send(Pulse(2 * 8 + 6, 1))
        events = []
        while not any(event.kind == "pulse" for event in events):
            chunk = rig.source.read(1.0)
            assert chunk is not None
            events += chunk.events
            n += chunk.n_samples
            assert n < 12000
        health = rig.health()
    for name in ("missing", "gaps", "lost_sets", "overruns", "lost_frames", "bad_frames", "lost_spikes"):
        assert health[name] == 0, name
    pulse = next(event for event in events if event.kind == "pulse")
    assert pulse.target == "port2 N7" and pulse.value == pytest.approx(15.9e-3, abs=50e-6)


@pytest.mark.parametrize(("port", "shipped"), [("avr", shipped_image), ("pico", shipped_uf2)])
def test_the_image_in_the_package_is_made_of_these_sources(port, shipped):
    image, about = shipped()
    digest = hashlib.sha256()
    ours = (f"port/{port}/*.[ch]", f"port/{port}/*.txt", "src/*.[ch]")
    for path in sorted(path for pattern in ours for path in FIRMWARE.glob(pattern)):
        digest.update(f"{path.relative_to(FIRMWARE).as_posix()}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    assert about["sources"] == digest.hexdigest(), "the image is stale: make firmware (see firmware/README.md)"
    assert len(image) > 4000


@simavr
def test_the_same_compiler_makes_the_same_image(build):
    image, about = shipped_image()
    compiler = subprocess.run(["avr-gcc", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[
        0
    ]
    assert len(image) <= FLASH
    if compiler != about["compiler"]:
        pytest.skip(f"another compiler: {compiler}")
    assert read_hex((build / "adapter.hex").read_text("ascii"), name="adapter.hex", size=FLASH) == image


def test_the_pin_table_is_that_of_a_nano():
    """Against the ATmega328P's pin-out, as the Arduino Nano carries it: D0–D7 are PD0–PD7, D8–D13 are PB0–PB5."""
    defines = dict(line.split(None, 2)[1:] for line in (FIRMWARE / "port/avr/pins.h").read_text().splitlines()
                   if line.startswith("#define") and len(line.split(None, 2)) == 3)  # fmt: skip
    assert (defines["SPIKE_MASK_D"], defines["SPIKE_MASK_B"]) == ("0xFC", "0x03")  # PD2–PD7, PB0–PB1
    assert (defines["SPIKE_SHIFT_D"], defines["SPIKE_SHIFT_B"]) == ("(-2)", "(6)")
    assert [defines[f"{name}_{what}"] for name in ("LATCH", "DATA", "CLOCK") for what in ("PORT", "BIT")] == [
        "PORTB", "2", "PORTB", "3", "PORTB", "5",
    ]  # fmt: skip
    assert json.loads(defines["ADC_CHANNELS"].replace("{", "[").replace("}", "]")) == list(range(8))


@simavr
def test_a_short_soak_loses_nothing(build):
    soak = str(Path(__file__).with_name("soak.py"))
    done = subprocess.run([sys.executable, soak, "--minutes", "0.1", "--adapters", "2", "--build", str(build)],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost: 0 samples, 0 spikes" in done.stdout


@simavr
@pytest.mark.slow
def test_a_ring_of_simulated_neurons_and_boards_keeps_its_spike_for_a_minute(build, tmp_path):
    """Three simulated neurons, three boards on the table of the real image: one spike, always the next one's turn."""
    with ring_of_six(build, tmp_path, 60.0) as ring:
        turned = ring.result(120)
    assert turned.n_breaks == turned.n_lost == 0
    assert turned.n_spikes > 6 * 60 / 0.5, "a round takes less than half a second"
    assert 0 < turned.median_ms <= turned.most_ms
