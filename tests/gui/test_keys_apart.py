"""No key means two things: neither within the window nor between the panels that stand side by side in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from shell_kit import close_window, open_window

from luiapp.gui.rail import PLACES


def test_no_panel_loses_a_key_to_another(qtbot: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kit = open_window(qtbot, tmp_path)
    try:
        for place in PLACES:
            if not place.page:
                kit.shell.show_place(place.name)
        sides = {name for name in kit.shell.panels if name.endswith(" side")}
        assert len(sides) >= 4 and {"bench", "scope"} <= set(kit.shell.panels)
        assert [one.getMessage() for one in caplog.records if one.name.startswith("luiapp.gui.shell")] == []
    finally:
        close_window(kit)
