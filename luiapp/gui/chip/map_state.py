"""Where everything lies on the map of the core, and the piece of it that is looked at. No Qt.

The map's unit is the height of a synapse, which is drawn three times as wide. From above: the rows of the upper half,
both lines of neurons, the rows of the lower half; drivers at both flanks. A *line* is a row or a line of neurons,
counted from above; with a column it names a synapse or a circuit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from luiapp.chip.spec import SPEC

WIDE, FLANK, SPLIT = 3.0, 26.0, 8.0  # of a synapse, of the drivers at each side, between left and right quadrants
BAND, GAP = 15.0, 6.0  # height of a line of neurons, and between them and the synapses
N_LINES = SPEC.n_halves * SPEC.n_rows + SPEC.n_halves
WIDTH = 2 * FLANK + SPEC.n_columns * WIDE + SPLIT
HEIGHT = SPEC.n_halves * (SPEC.n_rows + BAND) + 2 * GAP
DRIVERS_FROM = 6.5  # px of a synapse's height from which the drivers stay in sight at the window's edges
_MOST = 44.0  # px of a synapse's height at the closest look
_LEAST = 0.8  # of the zoom at which all of it fits


@dataclass(frozen=True)
class Spot:
    """A synapse or a circuit.

    Attributes
    ----------
    line : int
    column : int
    """

    line: int
    column: int

    @property
    def half(self) -> int:
        return int(self.line > SPEC.n_rows)

    @property
    def is_circuit(self) -> bool:
        return SPEC.n_rows <= self.line < SPEC.n_rows + SPEC.n_halves

    @property
    def row(self) -> int:
        """Rows are counted from the neurons outwards."""
        return SPEC.n_rows - 1 - self.line if self.half == 0 else self.line - SPEC.n_rows - SPEC.n_halves

    @property
    def circuit(self) -> int:
        """The circuit that it is, or that its column leads to."""
        return self.half * SPEC.n_columns + self.column

    def moved(self, lines: int, columns: int) -> Spot:
        """Another one, at the edge where there is none further."""
        line = min(max(self.line + lines, 0), N_LINES - 1)
        return Spot(line, min(max(self.column + columns, 0), SPEC.n_columns - 1))


def of_circuit(circuit: int) -> Spot:
    """Where a circuit is."""
    return Spot(SPEC.n_rows + circuit // SPEC.n_columns, circuit % SPEC.n_columns)


def of_synapse(half: int, row: int, column: int) -> Spot:
    """Where a synapse is."""
    return Spot(SPEC.n_rows - 1 - row if half == 0 else SPEC.n_rows + SPEC.n_halves + row, column)


def left_of(column: float) -> float:
    """Where a column begins on the map."""
    return FLANK + column * WIDE + (SPLIT if column >= SPEC.n_columns / 2 else 0.0)


def top_of(line: float) -> float:
    """Where a line begins on the map."""
    rows, halves = SPEC.n_rows, SPEC.n_halves
    if line < rows:
        return float(line)
    if line < rows + halves:
        return rows + GAP + (line - rows) * BAND
    return rows + 2 * GAP + halves * BAND + (line - rows - halves)


def box(spot: Spot) -> tuple[float, float, float, float]:
    """Left, top, width and height on the map."""
    return left_of(spot.column), top_of(spot.line), WIDE, BAND if spot.is_circuit else 1.0


def spot_at(x: float, y: float) -> Spot | None:
    """What lies at a place of the map."""
    across = x - FLANK
    middle = SPEC.n_columns / 2 * WIDE
    if across >= middle + SPLIT:
        across -= SPLIT
    elif across >= middle:
        return None
    column = int(across // WIDE)
    band = SPEC.n_rows + GAP
    low = band + SPEC.n_halves * BAND + GAP
    if y < SPEC.n_rows:
        line = int(y // 1)
    elif band <= y < band + SPEC.n_halves * BAND:
        line = SPEC.n_rows + int((y - band) // BAND)
    elif y >= low:
        line = SPEC.n_rows + SPEC.n_halves + int(y - low)
    else:
        return None
    return Spot(line, column) if 0 <= column < SPEC.n_columns and 0 <= line < N_LINES else None


def driver_box(half: int, driver: int) -> tuple[float, float, float, float]:
    """A driver lies beside its two rows: those of the first two buses at the left, of the others at the right."""
    top = min(top_of(of_synapse(half, row, 0).line) for row in (2 * driver, 2 * driver + 1))
    left = 0.0 if driver < SPEC.n_drivers // 2 else WIDTH - FLANK
    return left, top, FLANK, 2.0


@dataclass(frozen=True)
class View:
    """The piece of the map that a window shows.

    Attributes
    ----------
    width, height : float
        Of the window [px].
    zoom : float
        px for a unit of the map.
    x, y : float
        What of the map is in the window's middle.
    """

    width: float = 800.0
    height: float = 500.0
    zoom: float = 1.0
    x: float = WIDTH / 2
    y: float = HEIGHT / 2

    @property
    def whole(self) -> float:
        """The zoom at which all of it fits."""
        return max(1e-3, min((self.width - 8) / WIDTH, (self.height - 8) / HEIGHT))

    def fitted(self) -> View:
        """All of the map."""
        return replace(self, zoom=self.whole, x=WIDTH / 2, y=HEIGHT / 2)

    def resized(self, width: float, height: float) -> View:
        """The same place in a window of another size; all of the map if all was there."""
        whole = self.zoom <= self.whole * 1.001
        moved = replace(self, width=max(width, 20.0), height=max(height, 20.0))
        return moved.fitted() if whole else moved._kept()

    def zoomed(self, factor: float, at: tuple[float, float] | None = None) -> View:
        """Closer by `factor`; what lies under the window's place `at` [px] stays there."""
        px, py = at or (self.width / 2, self.height / 2)
        zoom = min(max(self.zoom * factor, _LEAST * self.whole), max(_MOST, self.whole))
        x, y = self.to_map(px, py)
        return replace(self, zoom=zoom, x=x - (px - self.width / 2) / zoom, y=y - (py - self.height / 2) / zoom)._kept()

    def panned(self, dx: float, dy: float) -> View:
        """Moved by so many px."""
        return replace(self, x=self.x - dx / self.zoom, y=self.y - dy / self.zoom)._kept()

    def showing(self, spot: Spot) -> View:
        """Moved as little as needed for `spot` to be seen."""
        left, top, width, height = box(spot)
        beside = 0.32 * self.width if self.zoom >= DRIVERS_FROM else min(30.0, self.width / 6)
        half_w = (self.width / 2 - beside) / self.zoom
        half_h = (self.height / 2 - min(30.0, self.height / 6)) / self.zoom
        x = min(max(self.x, left + width - half_w), left + half_w)
        y = min(max(self.y, top + height - half_h), top + half_h)
        return replace(self, x=x, y=y)._kept()

    def to_window(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the map is seen [px]."""
        return self.width / 2 + (x - self.x) * self.zoom, self.height / 2 + (y - self.y) * self.zoom

    def to_map(self, px: float, py: float) -> tuple[float, float]:
        """The inverse of `to_window`."""
        return self.x + (px - self.width / 2) / self.zoom, self.y + (py - self.height / 2) / self.zoom

    def _kept(self) -> View:
        """Never beyond the map's edge by more than half a window."""
        return replace(self, x=min(max(self.x, 0.0), WIDTH), y=min(max(self.y, 0.0), HEIGHT))
