"""The figure: every number is where the axes say, and each curve is told without colour."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from luiapp.train.sweep.figure import BOTTOM, GUESSING, LEFT, RIGHT, TOP, to_svg
from luiapp.train.sweep.study import STUDIES, Spot

SVG = "{http://www.w3.org/2000/svg}"
PLACE = re.compile(r"translate\(([-\d.]+) ([-\d.]+)\)")


def spot(x: float, mean: float, spread: float = 0.0, curve: str = "a") -> Spot:
    return Spot(curve, x, 3, 3, mean, spread, mean - spread, mean + spread, x / 2, 0)


def markers(root: ElementTree.Element) -> list[tuple[str, float, float]]:
    """Shape and place of each marker inside the axes."""
    found = []
    for path in root.iter(f"{SVG}path"):
        match = PLACE.fullmatch(path.get("transform", ""))
        assert match is not None
        x, y = map(float, match.groups())
        if y <= BOTTOM:
            found.append((path.get("d", ""), x, y))
    return found


def test_numbers_are_where_the_axes_say() -> None:
    root = ElementTree.fromstring(to_svg(STUDIES["shapes"], "randman", [spot(1, 0), spot(10, 0.5, 0.1), spot(100, 1)]))
    (_, x0, y0), (_, x1, y1), (_, x2, y2) = markers(root)
    assert (y0, y1, y2) == (BOTTOM, (TOP + BOTTOM) / 2, TOP)
    assert LEFT < x0 < x2 < RIGHT and x1 - x0 == pytest.approx(x2 - x1, abs=0.11)  # a decade is a decade
    whiskers = [line for line in root.iter(f"{SVG}line") if float(line.get("x1", 0)) == x1 == float(line.get("x2", 0))]
    heights = [
        float(line.get("y2", 0)) - float(line.get("y1", 0)) for line in whiskers if line.get("stroke") != "#221a2b"
    ]
    assert heights == [pytest.approx(0.2 * (BOTTOM - TOP), abs=0.2)]
    ticks = [text for text in root.iter(f"{SVG}text") if text.text == "10"]
    assert float(ticks[0].get("x", 0)) == pytest.approx(x1, abs=0.1)


def test_spikes_stand_where_they_were_measured() -> None:
    many = [spot(2, 0.5), spot(20, 0.5), spot(200, 0.5)]  # of which half are fired
    by_spikes = markers(ElementTree.fromstring(to_svg(STUDIES["activity"], "yinyang", many)))
    halved = markers(
        ElementTree.fromstring(to_svg(STUDIES["shapes"], "yinyang", [replace(s, x=s.x / 2) for s in many]))
    )
    assert by_spikes == halved


@pytest.mark.parametrize("study", list(STUDIES))
def test_curves_differ_in_more_than_colour(study: str) -> None:
    found = [spot(x, 0.5, curve=name) for name in STUDIES[study].curves for x in (1.0, 2.0)]
    root = ElementTree.fromstring(to_svg(STUDIES[study], "randman", found))
    n = len(STUDIES[study].curves)
    assert len({shape for shape, _, _ in markers(root)}) == n
    assert len({line.get("stroke-dasharray") for line in root.iter(f"{SVG}polyline")}) == n
    words = [text.text for text in root.iter(f"{SVG}text")]
    assert set(STUDIES[study].curves) <= set(words)


def test_nothing_at_all_and_strange_names_are_drawn() -> None:
    assert markers(ElementTree.fromstring(to_svg(STUDIES["reset"], "randman", []))) == []
    hostile = ElementTree.fromstring(to_svg(STUDIES["reset"], "randman", [spot(1, 0.1, curve='<b "&')]))
    assert '<b "&' in [text.text for text in hostile.iter(f"{SVG}text")]
    assert GUESSING == {"randman": 1 / 10, "yinyang": 1 / 3}
