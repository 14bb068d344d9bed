"""A board to be drawn: our own silhouette of a neuron, where its parts sit, and the way of a wire. Plain numbers.

Board units, origin in the soma. Three dendrites reach to the left, each with its pad, sign switch and weight trimmer.
The soma carries the three trimmers of the membrane and the row of LEDs that fills towards the axon; the axon runs to
the right and ends in three boutons, each with an output pin.
"""

from __future__ import annotations

from functools import cache

Point = tuple[float, float]
Bend = tuple[Point, Point, Point]  # two control points and the end of a cubic curve

PADS: tuple[Point, ...] = ((-99.0, -63.0), (-124.0, 0.0), (-99.0, 63.0))
PINS: tuple[Point, ...] = ((126.0, -27.0), (135.0, 0.0), (126.0, 27.0))
SWITCHES: tuple[Point, ...] = ((-75.5, -46.5), (-94.0, 0.0), (-75.5, 46.5))
TRIMMERS: dict[str, Point] = {
    "leak": (-20.5, -25.0),
    "tau_mem": (8.0, -30.0),
    "tau_syn": (36.5, -25.0),
    "w1": (-51.5, -33.5),
    "w2": (-67.0, 0.0),
    "w3": (-51.5, 33.5),
}
LEDS: tuple[Point, ...] = tuple((-31.0 + 15.5 * i, 2.0) for i in range(6))
SPIKE_LED: Point = (80.0, 2.0)
R_TRIMMER = 8.6
R_PAD = 6.2
R_PIN = 4.0
R_LED = 4.3
R_SPIKE_LED = 5.6
SWITCH_SIZE: Point = (17.0, 10.0)
SIZE = 0.82  # of a board unit on the bench, where boards stand some 260 apart
TURN = 270.0  # degrees between the ends of a trimmer
PLATE: tuple[float, float, float, float] = (-26.0, 17.0, 68.0, 20.0)  # x, y, width, height of the name
_AROUND = 92.0  # how far a wire that goes back swings round the boards
_ROOM = 120.0  # between two boards, for a wire to go back between them
_OUT = (-0.45, 0.0, 0.45)  # slope in which a wire leaves each pin
_IN = (-0.75, 0.0, 0.75)  # and from which it comes to each dendrite


# The upper half of the edge from the tip of the axon to the tip of the middle dendrite: the zero line of a smooth union
# of an ellipse and six tapered limbs, sampled at equal distances. The lower half is its mirror image.
_HALF = """
    143.9,0.0 142.2,-5.2 138.3,-8.3 133.4,-9.4 129.4,-11.8 130.5,-16.6 132.9,-21.0 134.8,-25.6 134.2,-30.5
    131.0,-34.4 126.3,-35.9 121.5,-34.7 118.1,-31.1 116.6,-26.3 115.2,-21.4 113.4,-16.8 109.4,-14.0 104.5,-12.9
    99.6,-11.9 94.7,-10.7 89.7,-11.0 85.0,-12.7 80.7,-15.3 76.7,-18.3 73.1,-21.8 69.5,-25.3 65.8,-28.7 61.8,-31.7
    57.6,-34.5 53.2,-37.0 48.9,-39.5 44.4,-41.6 39.7,-43.6 35.0,-45.4 30.3,-46.9 25.4,-48.2 20.5,-49.1 15.5,-49.7
    10.5,-50.0 5.5,-49.9 0.5,-49.7 -4.5,-49.2 -9.5,-48.6 -14.5,-48.0 -19.5,-47.3 -24.5,-46.7 -29.5,-46.4 -34.5,-46.6
    -39.4,-47.4 -44.3,-48.6 -49.0,-50.4 -53.7,-52.2 -58.5,-53.7 -63.2,-55.3 -68.0,-57.0 -72.6,-58.9 -77.1,-61.1
    -81.5,-63.6 -85.3,-66.8 -88.8,-70.4 -92.6,-73.7 -97.3,-75.3 -102.3,-75.0 -106.7,-72.7 -109.9,-68.9 -111.4,-64.1
    -110.8,-59.2 -108.4,-54.8 -105.2,-51.0 -101.7,-47.4 -98.0,-44.0 -94.2,-40.7 -90.3,-37.5 -86.3,-34.5 -82.4,-31.3
    -78.9,-27.7 -76.5,-23.4 -78.4,-19.1 -82.9,-16.9 -87.8,-15.6 -92.7,-14.9 -97.7,-14.3 -102.7,-13.8 -107.7,-13.1
    -112.7,-12.5 -117.7,-12.4 -122.7,-12.5 -127.7,-11.9 -132.0,-9.5 -135.1,-5.6 -136.5,0.0
"""


@cache
def contour() -> tuple[Point, ...]:
    """The edge of the board, point by point."""
    upper = [tuple(float(v) for v in pair.split(",")) for pair in _HALF.split()]
    return tuple((x, y) for x, y in upper) + tuple((x, -y) for x, y in upper[-2:0:-1])


def way(start: Point, end: Point, i_pin: int, i_pad: int) -> list[Bend]:
    """A smooth way from an output pin to a dendrite; one that goes back swings between or round the boards."""
    slope_out, slope_in = _OUT[min(i_pin, 2)], _IN[min(i_pad, 2)]
    (x0, y0), (x1, y1) = start, end
    dx, dy = x1 - x0, y1 - y0
    if dx > 10:
        reach = min(max(0.45 * dx, 18.0, 0.22 * abs(dy)), 130.0)
        return [((x0 + reach, y0 + slope_out * reach * 0.6), (x1 - reach, y1 + slope_in * reach * 0.6), end)]
    up = (slope_out + slope_in, dy) < (0, 0)
    y = (min(y0, y1) - _AROUND) if up else (max(y0, y1) + _AROUND)
    reach = min(70.0, 34.0 + 0.08 * abs(dx)) * 1.5
    if abs(dy) > _ROOM:  # between the two boards there is room to pass
        y = (y0 + y1) / 2
        reach = min(reach, 0.45 * abs(dy))
    middle = (x0 + x1) / 2
    half = 0.9 * max(abs(dx) / 2, 20.0)
    return [((x0 + reach, y0 + slope_out * reach * 0.6), (middle + half, y), (middle, y)),
            ((middle - half, y), (x1 - reach, y1 + slope_in * reach * 0.4), end)]  # fmt: skip


def pin_for(start: Point, target: Point) -> int:
    """The output pin of a board whose middle pin is at `start` that looks towards `target`."""
    dx, dy = target[0] - start[0], target[1] - start[1]
    if dx > 0 and abs(dy) < 0.35 * dx:
        return 1
    return 0 if dy < 0 else 2
