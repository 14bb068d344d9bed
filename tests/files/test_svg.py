"""Figures: valid XML, only simple features, every extreme drawn, everything named."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recordings import example, recordings

from luiapp.data.chunk import Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import ParameterError
from luiapp.files.svg import svg, write_svg
from luiapp.texts import set_language

SVG = "{http://www.w3.org/2000/svg}"
TINY = {"svg", "title", "desc", "rect", "line", "polyline", "circle", "path", "text"}


def parse(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text.encode())


def texts(root: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(recordings(), st.text(max_size=10))
def test_any_recording_gives_valid_simple_xml(tmp_path: Path, recording: Recording, title: str) -> None:
    write_svg(tmp_path / "a.svg", recording, title=title, threshold=1.5)
    root = parse((tmp_path / "a.svg").read_text("utf-8"))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= TINY
    assert not any({"class", "style", "id"} & set(one.attrib) for one in root.iter())
    assert "nan" not in re.sub(r">[^<]*<", "><", (tmp_path / "a.svg").read_text("utf-8"))


def long_recording() -> Recording:
    n = 200_000
    samples = np.zeros((n, 1), np.float32)
    samples[77_777] = 2.0  # one sample of 200,000
    samples[123_456] = -1.0
    samples[150_000:160_000] = np.nan
    layout = Layout(1e-4, (Trace("N1"),), ("N1",))
    return Recording(layout, samples, np.array([7.7777, 9.0]), np.zeros(2, np.int32))


def test_extremes_survive_and_gaps_stay_open() -> None:
    root = parse(svg(long_recording(), threshold=1.55))
    lines = [one.attrib["points"].split() for one in root.iter(f"{SVG}polyline")]
    assert len(lines) == 2
    assert sum(map(len, lines)) < 2000
    points = np.array([[float(v) for v in p.split(",")] for line in lines for p in line])
    # 20 s on 816 pixels from 68: the peak is the highest drawn point (y grows downwards)
    assert points[points[:, 1].argmin(), 0] == pytest.approx(68 + 816 * 7.7777 / 20, abs=1)
    assert points[points[:, 1].argmax(), 0] == pytest.approx(68 + 816 * 12.3456 / 20, abs=1)
    height = points[:, 1].max() - points[:, 1].min()
    assert height == pytest.approx(190 / 1.1, abs=0.1)  # 3 V of the 3.3 V that the panel shows
    gap = (68 + 816 * 15.0 / 20, 68 + 816 * 16.0 / 20)
    assert not ((points[:, 0] > gap[0] + 1) & (points[:, 0] < gap[1] - 1)).any()


@pytest.mark.parametrize("slope", [1, -1])
def test_a_ramp_stays_a_ramp(slope: int) -> None:
    values = slope * np.linspace(0, 1, 50_000, dtype=np.float32)[:, None]
    recording = Recording(Layout(1e-4, (Trace("a"),), ()), values, np.empty(0), np.empty(0, np.int32))
    (line,) = parse(svg(recording)).iter(f"{SVG}polyline")
    heights = np.array([float(p.split(",")[1]) for p in line.attrib["points"].split()])
    assert (slope * np.diff(heights) <= 0).all()


def test_axes_legend_raster_and_threshold() -> None:
    root = parse(svg(long_recording(), title="Lu.i <fires> & rests", threshold=1.55))
    found = texts(root)
    for wanted in ("Time (s)", "Voltage (V)", "threshold", "N1", "Lu.i <fires> & rests", "0", "20", "−1"):
        assert wanted in found, wanted
    raster = next(one.attrib["d"] for one in root.iter(f"{SVG}path"))
    places = [float(x) for x in re.findall(r"M([\d.]+) ", raster)]
    np.testing.assert_allclose(places, [68 + 816 * t / 20 for t in (7.7777, 9.0)], atol=0.5)
    assert "2 spikes" in (root.findtext(f"{SVG}desc") or "")


def test_no_two_of_twenty_eight_neurons_look_alike() -> None:
    n = 28
    layout = Layout(1e-3, tuple(Trace(f"N{i}", i_neuron=i) for i in range(n)), tuple(f"N{i}" for i in range(n)))
    flat = Recording(layout, np.zeros((5, n), np.float32), np.empty(0), np.empty(0, np.int32))
    root = parse(svg(flat))
    looks = {(p.get("stroke"), p.get("stroke-dasharray")) for p in root.iter(f"{SVG}polyline")}
    assert len(looks) == n
    assert len({p.get("stroke-dasharray") for p in list(root.iter(f"{SVG}polyline"))[:4]}) == 4


def test_a_stretch_and_some_traces() -> None:
    recording = example(500)
    root = parse(svg(recording, start=0.1, stop=0.2, traces=["N2"]))
    assert "N2" in texts(root)
    assert "N1" not in texts(root)
    assert "0.10" in texts(root)
    for wrong in ({"start": 9.0}, {"start": 0.3, "stop": 0.2}, {"stop": float("nan")}, {"traces": ["x"]},
                  {"traces": []}, {"width": 5}):  # fmt: skip
        with pytest.raises(ParameterError):
            svg(recording, **wrong)  # type: ignore[arg-type]


def test_german_figures_have_decimal_commas() -> None:
    set_language("de")
    found = texts(parse(svg(example(500), start=0.1, stop=0.2)))
    assert "0,10" in found
    assert "Zeit (s)" in found
    assert not any("." in text for text in found if text[:1].isdigit())
