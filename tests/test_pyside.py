"""The Qt binding itself: one release of it loses references of None, and Python below 3.12 dies of that."""

from __future__ import annotations

import sys

import pytest
from PySide6 import QtWidgets
from pytestqt.qtbot import QtBot

CALLS = 2000


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_calls_that_return_nothing_leave_none_alone(qtbot: QtBot) -> None:
    label = QtWidgets.QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        label.update()
    lost = before - sys.getrefcount(None)
    assert lost < CALLS // 2, f"{lost} references of None were lost in {CALLS} calls: don't use this PySide6"
