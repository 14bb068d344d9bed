"""What the README shows is true: its script runs, its commands are right usage, its links lead somewhere."""

from __future__ import annotations

import math
import re
import shlex
from pathlib import Path

import pytest

from luiapp.cli.parser import build
from luiapp.cli.verbs import VERBS
from luiapp.files import read_network
from luiapp.simulate import run
from luiapp.version import __version__

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "hardware/README.md",
    "lessons/README.md",
]


def test_the_script_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (script,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    exec(compile(script, "README.md", "exec"), {})  # our own text
    lines = capsys.readouterr().out.splitlines()
    # From 0 V to the threshold of 1.55 V, then the refractory time; the first spike comes at once, from rest.
    period = 200 * math.log(2.0 / (2.0 - 1.55)) + 15.9
    n = 1 + int(2000 / period)
    assert lines == [f"{name} {n} spikes, one every {period:.0f} ms" for name in "AB"]
    assert (tmp_path / "pacemaker.npz").is_file()


def test_the_circuit_is_one(tmp_path: Path) -> None:
    """A fires by itself, and B listens to it."""
    (text,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    path = tmp_path / "pair.json"
    path.write_text(text, "utf-8")
    net = read_network(path)
    recording = run(net, 1.0)
    assert [trace.name for trace in recording.layout.traces] == net.names == ["A", "B"]
    assert len(recording.spike_train("A")) >= 2


def test_commands_are_right_usage() -> None:
    parser = build(VERBS, __version__)
    shown = re.findall(r"`(luiapp [a-z][^`]*)`", README)
    assert {command.split()[1] for command in shown} >= set(VERBS)
    for command in shown:
        parser.parse_args(shlex.split(command)[1:])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert ((ROOT / name).parent / target).exists(), f"{name} links to {target}"


def test_targets_and_files_that_contributors_are_told_exist() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8") + README
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in set(re.findall(r"`make ([a-z]+)", text)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"there is no make {target}"
    for path in set(re.findall(r"`((?:luiapp|tests|\.ci)/[\w./-]*\w)`", text)):
        assert "x.py" in path or "/xx/" in path or (ROOT / path).exists(), f"there is no {path}"
