"""How fast a rig's time may pass, where it can be chosen."""

from __future__ import annotations

from luiapp.errors import RigError

SPEED_RANGE = (0.1, 10.0)


def check_speed(factor: float) -> None:
    """Raises `RigError` for a speed out of range."""
    if not SPEED_RANGE[0] <= factor <= SPEED_RANGE[1]:
        raise RigError("the speed must lie between 0.1 and 10, not {value}", value=f"{factor:g}")
