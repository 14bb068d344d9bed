"""A sample on the bench: boards fire once for each spike of the code, in its order, and the window goes there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from shell_kit import Kit

from luiapp.gui.training.bench_state import LASTS, PERIOD, sample_circuit
from luiapp.gui.training.insight import look
from luiapp.gui.training.setup_state import Setup, channels, turned
from luiapp.model.network import Network
from luiapp.simulate import run

SETUPS = [Setup(hidden=4), replace(turned(Setup(), "method", "ttfs"), hidden=4), Setup(method="eventprop", hidden=4)]


@pytest.mark.parametrize("setup", SETUPS, ids=lambda s: s.method)
def test_every_board_fires_once_a_sample_soon_after_the_code_says(setup: Setup) -> None:
    """Within 8 to 18 ms, as these settings answer a pulse; and again a period later."""
    task = setup.task()
    inside = look(task, task.learner(), (0.35, 0.7))
    names = channels(task)
    network = sample_circuit(inside, names, "a sample")
    assert network.n_neurons == len(names) == len(inside.inputs)
    recording = run(network, 0.2 + PERIOD + LASTS + 0.2)
    for time, i in inside.inputs.tolist():
        own = recording.spike_times[recording.spike_neurons == int(i)]
        told = 0.2 + time / inside.until * LASTS
        assert len(own) == 2 and np.all((own - told > (0.008, PERIOD + 0.008)) & (own - told < (0.018, PERIOD + 0.018)))


def test_the_key_opens_the_sample_on_the_bench_and_goes_there(
    qtbot: Any, kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.shell.choose_place("learn")
    page = kit.shell.pages.page
    qtbot.waitUntil(lambda: page.latest is not None, timeout=120_000)
    opened: list[Network] = []
    monkeypatch.setattr(page.desk.sources, "open_network", opened.append)
    next(one for one in page.actions() if one.objectName() == "bench").trigger()
    assert kit.shell.pages.page is None and kit.shell.place == "bench"
    assert [one.names for one in opened] == [["x", "y", "1−x", "1−y", "bias"]]
