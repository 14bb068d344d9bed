"""What tests of the window share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shell_kit import Kit, close_window, open_window, use_fake_panels


@pytest.fixture
def kit(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kit]:
    """A window with fakes behind it."""
    use_fake_panels(monkeypatch)
    kit = open_window(qtbot, tmp_path)
    yield kit
    close_window(kit)
