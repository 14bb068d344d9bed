"""What an adapter adds to a board's readings so that they agree with a multimeter."""

from __future__ import annotations

import math

from luiapp.errors import ParameterError
from luiapp.texts import mark

HIGHEST = 5.0  # V that a membrane can have at an adapter
MOST = 0.5  # V that can be a matter of calibration: references and converters are good to some per cent
_FAR_OFF = mark("board {board} shows {shown} V and the meter {true} V: no matter of calibration; look for a loose wire")


def corrected(board: int, shown: float, true: float, offset: float = 0.0) -> float:
    """The offset [V] with which a board's reading becomes true.

    Parameters
    ----------
    board : int
        Counted from 1, for messages.
    shown, true : float
        The present reading, and a meter's [V].
    offset : float
        That is in `shown` already [V].

    Raises
    ------
    ParameterError
        If `true` is no membrane's voltage, nothing is read, or they differ by more than a calibration may.
    """
    if not 0 <= true <= HIGHEST:
        raise ParameterError("a membrane has 0 to {limit} V, not {value} V", limit=f"{HIGHEST:g}", value=f"{true:g}")
    if not math.isfinite(shown):
        raise ParameterError("board {board} sends nothing to compare with; connect it first", board=board)
    if abs(true - shown) > MOST:
        raise ParameterError(_FAR_OFF, board=board, shown=f"{shown:.3f}", true=f"{true:.3f}")
    return offset + true - shown
