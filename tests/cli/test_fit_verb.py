"""The verb ``fit``: tables with and without a header, recordings, pulses from a file, and mistakes."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from luiapp.cli.main import main
from luiapp.files import write_recording
from luiapp.model.network import Network
from luiapp.model.stimulus import spike_train
from luiapp.simulate import Options, run

TIMES = [0.1, 0.3, 0.35]


@pytest.fixture(scope="module")
def recording() -> Any:
    net = Network(model="lui")
    net.neuron("A", r_vleak=30e3, r_leak=6e3)
    net.neuron("B", r_vleak=62e3, r_leak=5e3)
    net.probe([0, 1])
    net.stimulus(spike_train(TIMES), to=0)
    return run(net, 1.0, options=Options(record_every=10))


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    data = json.loads(capsys.readouterr().out)
    assert isinstance(data, dict)
    return data


def named(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in data["parameters"]}


@pytest.mark.parametrize("head", ["", "time_s,membrane_V\n", "t [ms];V [mV]\n"])
def test_a_table(head: str, recording: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a board that fires by itself; in every unit the same."""
    path, out = tmp_path / "trace.csv", tmp_path / "fit.csv"
    factor, mark = (1000, ";") if "ms" in head else (1, ",")
    rows = [
        f"{t * factor:.7g}{mark}{v * factor:.7g}" for t, v in zip(recording.time, recording.trace("B"), strict=True)
    ]
    path.write_text(head + "\n".join(rows) + "\n", "utf-8")
    assert main(["fit", str(path), "--out", str(out), "--json"]) == 0
    data = told(capsys)
    found = named(data)
    assert found["tau_mem"]["value"] == pytest.approx(5e3 * 22e-6, rel=0.01)
    assert 0 < found["tau_mem"]["standard_error"] < 2e-3
    assert found["tau_mem"]["unit"] == "s"
    assert found["vdd"]["value"] == pytest.approx(3.0, rel=0.01)
    assert found["tau_syn"]["value"] is None and found["tau_syn"]["state"] == "undetermined"
    rows = list(csv.reader(out.read_text("utf-8").splitlines()))
    assert rows[0] == ["time_s", "membrane_V", "fit_V", "residual_V"]
    left = np.array([float(r[3]) for r in rows[1:] if r[3]])
    assert math.sqrt(np.mean(left**2)) == pytest.approx(data["rms_residual"], rel=1e-6)
    assert len(left) == data["n_samples"]


def test_a_recording_knows_its_pulses(recording: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.npz"
    write_recording(path, recording)
    assert main(["fit", str(path), "--json"]) == 0
    data = told(capsys)
    assert data["pulse_times"] == TIMES and data["pulses_known"]
    assert named(data)["tau_syn"]["value"] == pytest.approx(0.05, rel=0.02)
    assert main(["fit", str(path), "--neuron", "B", "--json"]) == 0
    assert named(told(capsys))["tau_mem"]["value"] == pytest.approx(5e3 * 22e-6, rel=0.01)
    table = tmp_path / "a.csv"
    write_recording(table, recording)
    assert main(["fit", str(table), "--json"]) == 0
    assert told(capsys)["pulses_known"]


def test_pulses_from_a_file(recording: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, pulses = tmp_path / "trace.csv", tmp_path / "pulses.csv"
    rows = [f"{t},{v}" for t, v in zip(recording.time, recording.trace("A"), strict=True)]
    path.write_text("\n".join(rows), "utf-8")
    pulses.write_text("time_s,dendrite\n" + "\n".join(f"{t},2" for t in TIMES), "utf-8")
    assert main(["fit", str(path), "--pulses", str(pulses), "--json"]) == 0
    found = named(told(capsys))
    assert found["weight_2"]["value"] == pytest.approx(0.0754, rel=0.02)
    assert found["weight_1"]["state"] == "undetermined"
    assert main(["fit", str(path), "--pulses", str(pulses), "--lang", "de"]) == 0
    assert "angepasst als Lu.i-Platine" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "arguments", "part"),
    [
        ("1,2\n2,3\n", [], "at least 20 samples"),
        ("a,b\n1,x\n", [], "line 2"),
        ("1,2\n", ["--neuron", "x"], "no column 'x'"),
        ("1,2\n", ["--pulses", "none.csv"], "none.csv"),
    ],
)
def test_mistakes_are_told(
    content: str, arguments: list[str], part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "trace.csv"
    path.write_text(content, "utf-8")
    assert main(["fit", str(path), *arguments, "--json"]) == 1
    assert part in told(capsys)["error"]["message"]
