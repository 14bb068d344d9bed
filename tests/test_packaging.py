"""The wheel: everything that the program needs at run time travels inside it, and nothing else."""

from __future__ import annotations

import email
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from luiapp.version import __version__

ROOT = Path(__file__).parent.parent
NOT_SHIPPED = {"luiapp/locale/compile.py"}  # a developer's tool


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built as `pip install .` builds it, from a copy, so that the checkout stays clean."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "luiapp", source / "luiapp", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "lessons", source / "lessons")
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(source)]
    major = int(version("setuptools").partition(".")[0]) if importlib.util.find_spec("setuptools") else 0
    if major >= 77:  # as the lock file has it; needs no network
        command.insert(4, "--no-build-isolation")
    subprocess.run(command, check=True)
    (built,) = out.glob("*.whl")
    return zipfile.ZipFile(built)


def test_every_file_travels(wheel: zipfile.ZipFile) -> None:
    ours = {p.relative_to(ROOT).as_posix() for p in (ROOT / "luiapp").rglob("*") if p.is_file()}
    ours = {name for name in ours if "__pycache__" not in name} - NOT_SHIPPED
    ours |= {f"luiapp/course/{p.relative_to(ROOT).as_posix()}" for p in (ROOT / "lessons").rglob("*") if p.is_file()}
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert sorted(ours - packed) == []
    assert sorted(packed - ours) == []
    assert {"luiapp/py.typed", "luiapp/locale/de/cli.mo", "luiapp/__main__.py"} <= packed


def test_what_the_metadata_says(wheel: zipfile.ZipFile) -> None:
    folder = f"luiapp-{__version__}.dist-info"
    metadata = email.message_from_string(wheel.read(f"{folder}/METADATA").decode())
    assert metadata["Version"] == __version__
    assert metadata["License-Expression"].startswith("MIT")
    assert wheel.read(f"{folder}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert "luiapp = luiapp.__main__:main" in wheel.read(f"{folder}/entry_points.txt").decode()


def test_it_runs_from_elsewhere(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    wheel.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    command = [sys.executable, "-m", "luiapp", "--lang", "de", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "Neuronen zum Anfassen" in done.stdout
    command = [sys.executable, "-m", "luiapp", "--lang", "de", "lesson", "list"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert "Lu.i kennenlernen" in done.stdout


def test_dependencies_are_bounded_and_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = {"requirements.lock": [], "requirements-test.lock": project["optional-dependencies"]["test"]}
    for one in project["dependencies"]:
        assert "<" in one.partition(";")[0], f"{one} has no upper bound"
    for name, more in extras.items():
        lock = (ROOT / name).read_text("utf-8")
        assert "://" not in lock, f"{name} names an address"
        pinned = set(re.findall(r"^([a-z0-9._-]+)==", lock, re.MULTILINE))
        wanted = {re.split(r"[^A-Za-z0-9._-]", one)[0].lower().replace("_", "-") for one in project["dependencies"]}
        wanted |= {re.split(r"[^A-Za-z0-9._-]", one)[0].lower() for one in more}
        assert wanted <= pinned, f"{name} lacks {wanted - pinned}; make lock renews it"
        assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", lock)) >= len(pinned)


def test_the_locked_qt_is_none_of_the_bad_ones() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        pins = re.findall(r"^pyside6-essentials==(\S+)(.*)$", (ROOT / name).read_text("utf-8"), re.MULTILINE)
        assert pins
        for number, condition in pins:
            assert number != "6.9.1"
            assert number != "6.12.0" or ">= '3.12'" in condition


def test_licences_are_where_they_belong() -> None:
    assert (ROOT / "LICENSE").read_text("utf-8").startswith("MIT License\n\nCopyright (c) 2026 the luiapp authors")
    assert (ROOT / "lessons/LICENSE").read_text("utf-8").startswith("Creative Commons Attribution 4.0 International")
    hardware = (ROOT / "hardware/README.md").read_text("utf-8")
    assert (ROOT / "hardware/LICENSE").read_text("utf-8").startswith("CERN Open Hardware Licence Version 2 - Strongly")
    for credit in ("Giant Axon", "Stradmann", "Göltz", "Petrovici", "Schemmel", "Billaudelle", "not affiliated"):
        assert credit in hardware
        assert credit in (ROOT / "README.md").read_text("utf-8")
