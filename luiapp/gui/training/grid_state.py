"""Where tiles, inputs and outputs of a drawn network lie. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

MOST_TILES = 32  # on a page
_LEAST, _MOST = 34.0, 92.0  # pixels of a tile's side, for a scale of 1
_GAP = 0.14  # between tiles, of their side


@dataclass(frozen=True)
class Grid:
    """Tiles in rows and columns, on pages.

    Attributes
    ----------
    side : float, of a tile; pitch : float, from one to the next
    left, top : float, of the first
    n_columns, n_rows : int, on a page
    n : int, tiles in all
    """

    side: float
    pitch: float
    left: float
    top: float
    n_columns: int
    n_rows: int
    n: int

    @property
    def per_page(self) -> int:
        return self.n_columns * self.n_rows

    @property
    def n_pages(self) -> int:
        return max(1, -(-self.n // self.per_page))

    def page_of(self, i: int) -> int:
        """The page on which tile `i` lies."""
        return i // self.per_page

    def on_page(self, page: int) -> range:
        """Tiles of a page."""
        return range(page * self.per_page, min((page + 1) * self.per_page, self.n))

    def corner(self, i: int) -> tuple[float, float]:
        """Left and top of tile `i` on its page."""
        row, column = divmod(i % self.per_page, self.n_columns)
        return self.left + column * self.pitch, self.top + row * self.pitch

    def at(self, x: float, y: float, page: int) -> int | None:
        """The tile at a place of a page."""
        column, row = (x - self.left) // self.pitch, (y - self.top) // self.pitch
        if not (0 <= column < self.n_columns and 0 <= row < self.n_rows):
            return None
        i = page * self.per_page + int(row) * self.n_columns + int(column)
        return i if i < self.n else None

    def neighbour(self, i: int, right: int, down: int) -> int:
        """The tile beside `i`, or `i` where there is none; rows go on over pages."""
        other = i + right + down * self.n_columns
        return other if 0 <= other < self.n else i


def grid(n: int, left: float, top: float, width: float, height: float, scale: float = 1.0) -> Grid:
    """The largest tiles with which `n`, or `MOST_TILES` of them, fit into a rectangle; smaller pages if need be."""
    shown = max(1, min(n, MOST_TILES))
    best = (0.0, 1, 1)
    while True:
        for n_columns in range(1, shown + 1):
            n_rows = -(-shown // n_columns)
            pitch = min(width / n_columns, height / n_rows)
            best = max(best, (pitch, n_columns, n_rows))
        if best[0] >= _LEAST * scale * (1 + _GAP) or shown == 1:
            break
        shown -= 1
        best = (0.0, 1, 1)
    pitch, n_columns, n_rows = best
    side = min(pitch / (1 + _GAP), _MOST * scale)
    pitch = side * (1 + _GAP)
    return Grid(side, pitch, left + (width - pitch * n_columns + side * _GAP) / 2,
                top + (height - pitch * n_rows + side * _GAP) / 2, n_columns, n_rows, n)  # fmt: skip


def spread(n: int, top: float, height: float) -> list[float]:
    """Middles of `n` things one below the other."""
    return [top + height * (i + 0.5) / n for i in range(n)]
