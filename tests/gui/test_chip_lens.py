"""One circuit under the lens: what is measured against closed forms and the chip's own laws; undo; no thread left."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6 import QtCore

from luiapp.chip.codes import CELLS, Targets, nominal
from luiapp.chip.spec import SPEC
from luiapp.errors import ParameterError
from luiapp.gui.chip.asker import Asker
from luiapp.gui.chip.lens_card import LensCard
from luiapp.gui.chip.lens_state import N_CIRCUITS, Book, Lab, Lens, spread_out
from luiapp.gui.chip.lens_view import ticks
from luiapp.gui.chip.state import Found
from luiapp.gui.theme import Look

TARGETS = Targets()
BASE = nominal(TARGETS)


def ideal() -> Lab:
    return Lab(7, BASE, TARGETS.threshold, ideal=True)


def real() -> Lab:
    return Lab(7, BASE, TARGETS.threshold)


def test_one_event_of_full_weight_lifts_the_membrane_by_the_published_height() -> None:
    seen = ideal().look(Lens(n_events=1), seed=1)
    assert seen.figures["rest"][0] == pytest.approx(TARGETS.leak, abs=0.6)
    assert seen.figures["peak"][0] == pytest.approx(SPEC.peak, abs=0.6)
    x = (seen.x - 10e-6) / TARGETS.tau_mem
    alpha = np.where(x > 0, x * np.exp(1 - x), 0.0)  # tau_mem = tau_syn
    assert np.abs(seen.traces[0] - TARGETS.leak - SPEC.peak * alpha).max() < 1.5, "LSB; steps and rounding"


def test_a_code_acts_as_its_law_says() -> None:
    lab = ideal()
    moved = lab.look(Lens().turn("leak", int(BASE.leak[0]) - 60), seed=1).figures["rest"][0]
    assert moved == pytest.approx(TARGETS.leak - 60 * SPEC.leak_law[0], abs=0.6)
    slope = lab.look(Lens(n_events=1).turn("gain_exc", int(BASE.gain_exc[0]) // 2), seed=1).figures["peak"][0]
    assert slope == pytest.approx(SPEC.peak / 2, abs=0.6)
    down = lab.look(Lens(n_events=1, weight=-63), seed=1).figures["peak"][0]
    assert down == pytest.approx(-SPEC.peak, abs=0.8)


def test_trials_differ_by_noise_alone_and_circuits_by_their_fixed_pattern() -> None:
    trials = real().look(Lens(n_events=1), seed=1)
    circuits = real().look(Lens(n_events=1, view="circuits"), seed=1)
    assert trials.traces.shape[0] == 8 and circuits.traces.shape[0] == N_CIRCUITS
    assert trials.figures["rest"][1] < 0.2
    assert 7 < circuits.figures["rest"][1] < 20, "published: 12 to 16 LSB, over 512"
    assert circuits.figures["peak"][1] > 5 * trials.figures["peak"][1]
    again = real().look(Lens(n_events=1, view="circuits"), seed=2)
    assert np.abs(again.traces.mean(axis=1) - circuits.traces.mean(axis=1)).max() < 1.0, "the same chip"
    assert len(set(spread_out(500))) == N_CIRCUITS and {c // 128 for c in spread_out(500)} == {0, 1, 2, 3}


def test_other_circuits_get_the_same_codes_or_keep_their_own() -> None:
    unequal = BASE.changed(leak=BASE.leak + 60 * (np.arange(SPEC.n_circuits) // 32 % 2))  # as found for each
    lab = Lab(7, unequal, TARGETS.threshold, ideal=True)
    same = lab.look(Lens(n_events=1, view="circuits"), seed=1).figures["rest"]
    own = lab.look(Lens(n_events=1, view="circuits", own=True), seed=1).figures["rest"]
    assert same[1] < 0.5 and same[0] == pytest.approx(TARGETS.leak, abs=0.6)
    assert own[1] == pytest.approx(30 * SPEC.leak_law[0], rel=0.05), "half of them 60 codes higher"


def test_psps_pile_up_until_their_inputs_saturate_inhibition_first() -> None:
    seen = ideal().look(Lens(view="stacking"), seed=1)
    assert seen.x.tolist() == [63.0 * k for k in range(13)]
    linear = SPEC.peak / 63 * seen.x
    assert np.abs(seen.expected[0] - linear).max() < 8
    few = seen.x <= SPEC.inhibition[0]
    assert np.abs(seen.traces[0][few] - linear[few]).max() < 1.5
    below = seen.x <= SPEC.excitation[0]
    assert np.abs(seen.traces[0][below] - linear[below]).max() < 0.06 * linear[below].max()
    share = np.abs(seen.traces[:, 1:]) / linear[1:]
    assert share[0, 3] > 0.97 > 0.8 > share[1, 3], "at 252 weights inhibition saturates, excitation doesn't yet"
    assert share[0, -1] < 0.9 and share[1, -1] < 0.5
    for k in (0, 1):
        gained = np.diff(np.abs(seen.traces[k]))
        assert (gained[6:] < gained[0]).all() and (gained > -1.0).all(), (
            "each further event counts less, none backwards"
        )


def test_it_fires_where_the_threshold_is_crossed() -> None:
    seen = ideal().look(Lens(n_events=8, interval=1), seed=1)
    assert len(seen.spikes[0]) >= 1
    k = int(np.searchsorted(seen.x, seen.spikes[0][0]))
    assert seen.traces[0][: k + 1].max() == pytest.approx(TARGETS.threshold, abs=6)
    silent = ideal().look(Lens(n_events=8, interval=1).turn("threshold", SPEC.code_max), seed=1)
    assert not len(silent.spikes[0])


def test_lenses_that_cannot_be() -> None:
    for wrong in ({"circuit": 512}, {"weight": 64}, {"view": "x"}, {"n_events": 0}):
        with pytest.raises(ParameterError):
            Lens(**wrong)  # type: ignore[arg-type]
    assert Lens().turn("leak", 5000).codes(BASE)["leak"] == SPEC.code_max
    assert set(Lens().codes(BASE)) == set(CELLS)


def test_what_is_dragged_is_one_step_of_undo() -> None:
    book = Book()
    first = book.lens
    for code in range(500, 520):
        book.put(book.lens.turn("leak", code), "0 leak")
    book.let_go()
    for code in range(519, 500, -1):
        book.put(book.lens.turn("leak", code), "0 leak")
    book.put(replace(book.lens, weight=10))
    assert book.undo() and book.lens.weight == 63 and book.lens.codes(BASE)["leak"] == 501
    assert book.undo() and book.lens.codes(BASE)["leak"] == 519
    assert book.undo() and book.lens == first and not book.can_undo and not book.undo()
    assert book.redo() and book.lens.codes(BASE)["leak"] == 519 and book.can_redo
    book.look_at(9)
    assert book.lens.codes(BASE)["leak"] == int(BASE.leak[9]), "codes are turned in one circuit"
    book.look_at(0)
    assert book.lens.codes(BASE)["leak"] == 519
    assert book.lens.untouched().codes(BASE)["leak"] == int(BASE.leak[0])


@pytest.mark.parametrize(("low", "high"), [(0.0, 100.0), (-756.0, 756.0), (71.3, 158.0), (-0.4, 0.9)])
def test_ticks_are_few_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high, 5)
    assert 2 <= len(found) <= 7 and low <= found[0] and found[-1] <= high
    assert len({round(b - a, 9) for a, b in pairwise(found)}) == 1


def test_only_the_newest_question_is_answered_and_faults_are_told(qtbot: Any) -> None:
    asker, begun, go_on = Asker("lens"), threading.Event(), threading.Event()
    answered: list[int] = []

    def slow() -> int:
        begun.set()
        go_on.wait(10)
        return 0

    def fail() -> None:
        raise ParameterError("no")

    asker.ask(slow)
    begun.wait(10)
    for k in range(1, 5):
        asker.ask(lambda k=k: answered.append(k) or k)  # type: ignore[misc]
    go_on.set()
    qtbot.waitUntil(lambda: asker.take() == 4)
    assert answered == [4]
    asker.ask(fail)
    qtbot.waitUntil(lambda: isinstance(asker.take_problem(), ParameterError))
    asker.shut()
    assert not [t for t in threading.enumerate() if t.name == "lens"]


def test_sliders_act_at_once_and_are_undone(qtbot: Any) -> None:
    card = LensCard(Look("dark"))
    qtbot.addWidget(card)
    card.retranslate()
    card.restyle()
    card.show_found(Found(7))
    assert not [t for t in threading.enumerate() if t.name == "lens"], "nothing is measured before it is seen"
    card.resize(430, 400)
    card.show()

    def drawn() -> bool:
        assert card.draw() is None
        return card.seen is not None and card.seen.lens == card.book.lens

    try:
        qtbot.waitUntil(drawn, timeout=20000)
        rest = card.seen.figures["rest"][0]  # type: ignore[union-attr]
        slider = card.codes["leak"].slider
        slider.setFocus()
        for _ in range(2):
            qtbot.keyClick(slider, QtCore.Qt.Key.Key_PageDown)
        qtbot.waitUntil(drawn, timeout=20000)
        moved = card.seen.figures["rest"][0]  # type: ignore[union-attr]
        assert moved - rest == pytest.approx(-100 * SPEC.leak_law[0], rel=0.1)
        card.undo()
        qtbot.waitUntil(drawn, timeout=20000)
        assert card.seen.figures["rest"][0] == pytest.approx(rest, abs=0.5)  # type: ignore[union-attr]
        assert not card.book.can_undo and slider.value() == int(BASE.leak[0])
        for name in ("circuits", "stacking"):
            card.views[name].click()
            qtbot.waitUntil(drawn, timeout=20000)
            assert card.told.whole and not card.grab().isNull()
        assert not card.events.isEnabled()
    finally:
        card.shut()
