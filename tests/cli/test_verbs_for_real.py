"""Every verb once for real, as a script would call it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from luiapp.cli.main import main
from luiapp.cli.simulate import CIRCUIT
from luiapp.model.network import Network
from luiapp.model.stimulus import spike_train


@pytest.fixture
def circuit(tmp_path: Path) -> Path:
    """A LIF neuron that fires by itself every tau_ref + tau_mem·ln(2) seconds."""
    network = Network(name="pacemaker")
    a = network.neuron(tau_mem=0.1, tau_ref=0.01, v_leak=2.0, v_threshold=1.0, v_reset=0.0)
    network.probe(a)
    network.stimulus(spike_train([0.5]), to=a, weight=0.0)
    path = tmp_path / "circuit.json"
    path.write_text(json.dumps(network.to_dict()), "utf-8")
    return path


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    out, _ = capsys.readouterr()
    value = json.loads(out)
    assert isinstance(value, dict)
    return value


def test_simulate_convert_and_tell(circuit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run.npz"
    arguments = ["simulate", str(circuit), "--duration", "1 s", "--dt", "0.1 ms", "--record-every", "10"]
    assert main([*arguments, "--out", str(out), "--json"]) == 0
    report = told(capsys)
    period = 0.01 + 0.1 * np.log(2)
    # It rests at its leak potential at first, which lies above the threshold: the first spike comes at once.
    assert report["n_spikes"] == 1 + int(1.0 / period) == 13
    assert (report["n_samples"], report["duration"], report["n_neurons"]) == (1000, 1.0, 1)
    assert report["files"] == [str(out)]

    part = tmp_path / "part.csv"
    window = ["--start", "100 ms", "--stop", "0,3 s", "--decimal", "comma"]
    assert main(["convert", str(out), str(part), *window, "--json"]) == 0
    report = told(capsys)
    assert (report["n_samples"], report["start"]) == (200, pytest.approx(0.1))
    text = part.read_text("utf-8-sig")
    assert ";" in text
    assert "0,1" in text

    assert main(["replay", str(part), "--json"]) == 0
    report = told(capsys)
    assert report["n_samples"] == 200
    assert report["dt"] == pytest.approx(1e-3)
    assert report["traces"][0]["unit"] == "V"


def test_simulate_reads_like_a_sentence(circuit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", str(circuit), "--duration", "1s", "--lang", "de"]) == 0
    lines = capsys.readouterr().out
    assert "pacemaker: 1 × LIF-Neuron mit Stromsynapsen" in lines
    assert "1.00 s" in lines


def test_simulate_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "single", "--duration", "2 s", "--json"]) == 0
    report = told(capsys)
    assert report["file"] is None
    assert report["n_spikes"] > 0


@pytest.mark.parametrize("seed", [["--seed", "3"], ["--threads", "2"], ["--dtype", "float64"]])
def test_simulate_is_repeatable(seed: list[str], circuit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["simulate", str(circuit), "--duration", "1 s", "--json"]
    assert main(arguments) == 0
    plain = told(capsys)["summary"]
    assert main([*arguments, *seed]) == 0
    assert told(capsys)["summary"] == plain


def test_the_circuit_that_the_help_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A fires by itself, and each of its spikes makes B fire."""
    assert main(["--lang", "en", "simulate", "--help"]) == 0
    shown = capsys.readouterr().out
    assert CIRCUIT in shown
    path = tmp_path / "circuit.json"
    path.write_text(CIRCUIT, "utf-8")
    assert main(["simulate", str(path), "--duration", "1 s", "--json"]) == 0
    a, b = told(capsys)["summary"]["neurons"]
    assert (a["name"], b["name"]) == ("A", "B")
    assert 1 < a["n_spikes"] - 1 <= b["n_spikes"] <= a["n_spikes"]  # the last one may still be on its way


@pytest.mark.parametrize("duration", ["1e12 s", "1e300 s"])
def test_what_no_memory_can_hold_is_refused_at_once(
    duration: str, circuit: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", str(circuit), "--duration", duration, "--json"]) == 1
    assert "of memory; simulate less" in told(capsys)["error"]["message"]


def test_simulate_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "no-such", "--duration", "1 s", "--json"]) == 1
    error = told(capsys)["error"]
    assert error["kind"] == "FileError"
    assert "single" in error["message"]


def test_simulate_what_is_no_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text("[1, 2")
    assert main(["simulate", str(tmp_path / "a.json"), "--duration", "1 s", "--json"]) == 1
    assert told(capsys)["error"]["kind"] == "FormatError"


def test_convert_refuses_its_own_source(circuit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run.npz"
    assert main(["simulate", str(circuit), "--duration", "0.1 s", "--out", str(out)]) == 0
    content = out.read_bytes()
    assert main(["convert", str(out), str(out), "--overwrite"]) == 1
    assert "while it is read" in capsys.readouterr().err
    assert main(["convert", str(out), str(tmp_path / "b.mcap"), "--decimal", "comma"]) == 1
    assert ".csv" in capsys.readouterr().err
    assert main(["convert", str(out), str(tmp_path / "c.npz"), "--start", "5 s"]) == 1
    assert "nothing lies between" in capsys.readouterr().err
    assert out.read_bytes() == content


def test_record_the_simulated_rig(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "a.npz"
    assert main(["record", "sim", "--duration", "300 ms", "--out", str(out), "--json"]) == 0
    report = told(capsys)
    assert report["duration"] == pytest.approx(0.3)
    assert (report["kind"], report["ended"]) == ("sim", "duration")
    assert out.is_file()


def test_a_recorded_file_is_a_rig(circuit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "a.mcap", tmp_path / "b.npz"
    assert main(["simulate", str(circuit), "--duration", "0.2 s", "--out", str(first)]) == 0
    capsys.readouterr()
    assert main(["record", f"replay:{first}", "--duration", "0.1 s", "--out", str(second), "--json"]) == 0
    report = told(capsys)
    assert (report["kind"], report["duration"]) == ("replay", pytest.approx(0.1))


def test_record_what_is_no_rig(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "teapot:1", "--out", str(tmp_path / "a.mcap"), "--json"]) == 1
    assert "teapot" in told(capsys)["error"]["message"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_keeps_what_was_recorded(tmp_path: Path) -> None:
    from luiapp.files import read_recording

    out = tmp_path / "a.mcap"
    command = [sys.executable, "-m", "luiapp", "record", "sim", "--out", str(out), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        deadline = time.monotonic() + 60
        empty = None
        while time.monotonic() < deadline and child.poll() is None:
            size = out.stat().st_size if out.exists() else 0
            if empty is None and size:
                empty = size
            if empty is not None and size > empty:
                break
            time.sleep(0.05)
        child.send_signal(signal.SIGINT)
        text, errors = child.communicate(timeout=60)
    assert child.returncode == 0, errors
    report = json.loads(text)
    assert report["ended"] == "interrupted"
    assert read_recording(out).duration == pytest.approx(report["duration"]) != 0


def test_ports(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ports", "--json"]) == 0
    for port in told(capsys)["ports"]:
        assert port["rig"] == f"board:{port['path']}"
    assert main(["ports"]) == 0
    assert capsys.readouterr().out


def test_the_circuits_of_the_bench_are_busy_but_not_saturated() -> None:
    from luiapp.cli.bench import resting_at_random, sparse, twins
    from luiapp.simulate import Options, build

    n = 200
    spikes = build(sparse(n), Options(record_every=100, initial=resting_at_random(n))).advance(50).spike_times
    assert 2 < len(spikes) / n / 0.5 < 100  # Hz
    assert len(build(twins(4), Options(record_every=100)).advance(100).spike_times) >= 4


def test_bench_reports_ratios(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("luiapp.cli.bench._AIM", 0.01)
    assert main(["bench", "--json"]) == 0
    report = told(capsys)
    assert [row["name"] for row in report["rows"]] == ["twin_64", "lif_1000_float64", "lif_1000_float32"]
    for row in report["rows"]:
        assert row["value"] == pytest.approx(row["biology"] / row["seconds"])
    assert report["cpu"]
