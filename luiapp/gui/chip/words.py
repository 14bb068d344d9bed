"""What is said of a chip and its network, in the language in use."""

from __future__ import annotations

from pathlib import Path

from luiapp.chip.spec import SPEC
from luiapp.gui.chip.state import BUILT_IN, LEARNED, STEPS, Found, Snapshot
from luiapp.gui.statusbar import decimal
from luiapp.texts import tr


def number(value: float, digits: int = 1) -> str:
    """With the decimal mark of the language in use, and a true minus."""
    return f"{value:.{digits}f}".replace(".", decimal()).replace("-", "−")


def percent(value: float | None, digits: int = 1) -> str:
    """Such as ``97.2 %``; a dash for what isn't known."""
    return "–" if value is None else f"{number(100 * value, digits)}\u202f%"


def network_name(found: Found) -> str:
    """What the network is called."""
    return tr(found.name) if found.name in (BUILT_IN, LEARNED) else Path(found.name).name


def told(station: str, found: Found) -> str:
    """What came out at a station, in a few words; "" where it wasn't reached."""
    if station not in found.done:
        return ""
    if station == "serial":
        return tr("chip {serial}, {shape}", serial=found.serial, shape="–".join(str(n) for n in found.shape))
    if station == "calibrate" and found.calibration is not None:
        return tr("{n} of {all} circuits", n=int(found.calibration.success.sum()), all=SPEC.n_circuits)
    if station == "place" and found.placed is not None:
        return tr("{n} neurons placed", n=found.placed.wiring.n)
    if station == "run" and found.transfer is not None:
        best = found.transfer.calibrated or found.transfer.uncalibrated
        return tr("{percent} right", percent=percent(best.mean))
    if station == "loop" and found.taught is not None:
        return tr("{percent} right", percent=percent(found.taught.mean))
    return ""


def doing(snapshot: Snapshot) -> str:
    """What is being done at the station at work."""
    step, course = tr(STEPS[snapshot.step]), snapshot.found.course
    if snapshot.step == "epoch" and course:
        return tr("{n} epochs, {percent} right", n=len(course), percent=percent(course[-1]))
    return step


def costs(found: Found) -> str:
    """What a sample costs on the chip, an estimate; "" where it isn't known yet."""
    if found.transfer is None:
        return ""
    us, uj = (number(1e6 * value, 0) for value in (found.transfer.seconds, found.transfer.joules))
    return tr("{us} µs, about {uj} µJ a sample (estimate)", us=us, uj=uj)
