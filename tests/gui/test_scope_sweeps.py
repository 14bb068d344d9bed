"""Sweeps: drawn about the beam only, and glowing on after they are over."""

from __future__ import annotations

import numpy as np
import pytest
from scope_desk import Bench, near

from luiapp.data.chunk import Chunk
from luiapp.gui.scope.ink import FADE, GLOW, rgb
from luiapp.gui.scope.picture import Picture
from luiapp.gui.theme import DARK
from luiapp.kernels import trace


@pytest.fixture
def bench(qtbot):
    one = Bench(qtbot)
    yield one
    one.panel.shutdown()


@pytest.mark.parametrize("window", [1.0, 0.02])
@pytest.mark.parametrize("more", [{}, {"afterglow": True}, {"trigger": "spike", "afterglow": True}])
def test_a_sweep_about_its_beam_is_drawn_as_if_drawn_anew(bench, window, more):
    bench.panel.restore({"window": window, "mode": "sweep", **more})
    rng = np.random.default_rng(2)
    bench.feed(3.0)
    bench.pixels()
    drawn = []
    for k in range(50):
        now, seconds, skip = bench.live.ring.now, float(rng.choice([0.001, 0.016, 0.05])) * window, 30 * (k == 30)
        spikes = [(now + skip / 1000 + seconds * rng.random(), int(rng.integers(0, 2)))] if k % 9 == 0 else []
        bench.feed(max(seconds, 1e-3), spikes, skip=skip)
        about_beam = bench.pixels()
        drawn.append(bench.canvas.picture.n_drawn / about_beam.shape[1])
        data = bench.canvas.picture.low.copy()
        bench.canvas.picture = Picture()
        bench.canvas.refresh()
        np.testing.assert_array_equal(bench.canvas.picture.low, np.empty((0, 0)))
        anew = bench.pixels()
        np.testing.assert_array_equal(bench.canvas.picture.low, data)
        shades = [np.abs(((anew >> s) & 255).astype(int) - ((about_beam >> s) & 255)) for s in (0, 8, 16)]
        # What is forgotten glows on by a few shades, and there an upright line of the grid isn't drawn.
        limit = 24 if more.get("afterglow") else 0
        assert np.max(shades) <= limit, k
    if window == 1.0:
        assert np.median(drawn) < 0.3


def test_earlier_sweeps_stay_and_fade(bench):
    bench.panel.restore({"mode": "sweep", "window": 1.0, "auto_axes": False, "y_low": 0.0, "y_high": 2.0,
                         "raster": False, "hidden": ["N2"], "afterglow": True})  # fmt: skip
    bench.live.network = None
    ground = np.array([int(DARK.ground[i : i + 2], 16) for i in (1, 3, 5)])
    ink = np.array([int(DARK.neuron_colour(0)[i : i + 2], 16) for i in (1, 3, 5)])

    def feed(level: float, seconds: float) -> None:
        ring = bench.live.ring
        samples = np.full((round(seconds * 1000), 2), level, np.float32)
        ring.push(Chunk(bench.layout, ring.head, samples))
        bench.live.frame.emit()
        bench.pixels()

    for level in (0.35, 0.8, 1.2):  # one sweep each
        feed(level, 1.0)
    feed(1.6, 0.5)
    pixels = bench.pixels()

    def strength(level: float, x: float) -> float:
        """How much of the trace's colour is left where a level lies, 0 to 1."""
        y, column = round(pixels.shape[0] * (2 - level) / 2), round(x * pixels.shape[1])
        block = pixels[y - 2 : y + 3, column]
        colours = np.stack([(block >> s) & 255 for s in (16, 8, 0)], axis=-1) - ground
        return float((colours @ (ink - ground) / ((ink - ground) ** 2).sum()).max())

    assert strength(1.6, 0.2) == pytest.approx(1.0, abs=0.05)  # the present one
    assert strength(1.2, 0.2) == pytest.approx(GLOW, abs=0.05)  # the last one, under it
    assert strength(1.2, 0.8) == pytest.approx(1.0, abs=0.05)  # and still ahead of the beam
    assert strength(0.8, 0.2) == pytest.approx(GLOW * FADE, abs=0.05)
    assert strength(0.35, 0.8) == pytest.approx(GLOW * FADE**2, abs=0.05)
    bench.panel.restore({"mode": "sweep", "window": 1.0, "auto_axes": False, "raster": False, "hidden": ["N2"]})
    pixels = bench.pixels()
    assert strength(0.8, 0.2) < 0.15  # a line of the grid at most
    assert near(pixels, DARK.neuron_colour(0)).any()


def test_fading_ends_at_the_ground():
    ground = np.array([rgb("#17131c"), rgb("#ffffff")], np.uint32)
    pixels = np.array([[rgb("#ffffff"), rgb("#18131c")], [rgb("#000000"), rgb("#fefefe")]], np.uint32)
    before = pixels.copy()
    trace.fade(pixels, ground, np.float32(0.5))
    assert (pixels[0, 0] >> 16) & 255 == 0x17 + (0xFF - 0x17) // 2 and (pixels[1, 0] >> 8) & 255 == 255 - 127
    for _ in range(40):
        trace.fade(pixels, ground, np.float32(0.78))
    np.testing.assert_array_equal(pixels, np.repeat(ground[:, None], 2, axis=1))
    assert (before != pixels).all()
