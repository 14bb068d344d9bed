"""The firmware is built once for all tests that need it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from devices import FIRMWARE, lacking


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what a compiler is there for."""
    folder = tmp_path_factory.mktemp("firmware")
    made = subprocess.run(
        ["make", "-C", str(FIRMWARE), "all", f"BUILD={folder}"], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def needs() -> object:
    """Skip where a kind of device can't be built."""

    def check(kind: str) -> None:
        if missing := lacking(kind):
            pytest.skip(f"needs {missing}")

    return check
