"""SI inside, people outside: print and parse quantities such as ``12.5 ms``."""

from __future__ import annotations

import math
import re

from luiapp.errors import ParameterError

_PREFIXES = {"p": 1e-12, "n": 1e-9, "µ": 1e-6, "m": 1e-3, "": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
_PREFIX_OF = {round(math.log10(scale)): name for name, scale in _PREFIXES.items()}
_SMALLEST = 1e-15  # prints as zero
_ALIASES = {"u": "µ", "μ": "µ"}
_QUANTITY = re.compile(r"^\s*([-+−]?\d*[.,]?\d+(?:[eE][-+]?\d+)?)\s*([^\d\s].*?)?\s*$")


def parse_quantity(text: str, unit: str) -> float:
    """A typed quantity in SI.

    Parameters
    ----------
    text : str
        Such as ``"12.5 ms"``, ``"12,5ms"``, ``"0.0125"`` (SI already), ``"40 %"``.
    unit : str
        The SI unit it must have (``"s"``, ``"V"``, ``"A"``, ``"Hz"``, ``"Ω"``, or ``""`` for a plain number).

    Returns
    -------
    float
        The value in `unit`.

    Raises
    ------
    ParameterError
        If it is not a number, not finite, or in another unit.
    """
    match = _QUANTITY.match(text)
    if match is None:
        raise ParameterError("'{text}' is not a quantity; write a number and a unit, such as '12.5 ms'", text=text)
    number = float(match[1].replace(",", ".").replace("−", "-"))
    suffix = (match[2] or "").replace("Ohm", "Ω").replace("ohm", "Ω").replace("\u2126", "Ω")
    if not math.isfinite(number):
        raise ParameterError("'{text}' is too large", text=text)
    if suffix in ("", unit):
        return number
    if suffix == "%" and unit == "":
        return number / 100
    prefix = _ALIASES.get(suffix[0], suffix[0])
    if prefix in _PREFIXES and suffix[1:] in (unit, "") and (unit or suffix[1:] == ""):
        return number * _PREFIXES[prefix]
    raise ParameterError("'{text}' must be in {unit}", text=text, unit=unit or "1")


def format_quantity(value: float, unit: str, digits: int = 3, decimal: str = ".") -> str:
    """A quantity for reading: `digits` significant digits and an SI prefix, such as ``12.5 ms``.

    Parameters
    ----------
    value : float
        In `unit` (SI). Not-a-number prints as a dash.
    unit : str
        The SI unit.
    digits : int
        Significant digits.
    decimal : str
        The decimal mark of the reader's language.
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return ("−" if value < 0 else "") + "∞"
    rounded = float(f"{value:.{digits - 1}e}")  # first, so that 999.99 becomes 1.00 k
    if abs(rounded) < _SMALLEST:
        rounded = 0.0
    exponent = 0 if rounded == 0 else math.floor(math.log10(abs(rounded)) + 1e-12)
    prefix = ""
    if rounded != 0 and unit not in ("", "%"):
        step = min(max(exponent // 3 * 3, -12), 9)
        prefix = _PREFIX_OF[step]
        rounded /= 10.0**step
        exponent -= step
    text = f"{abs(rounded):.{max(0, digits - 1 - exponent)}f}".replace(".", decimal)
    return ("−" if rounded < 0 else "") + text + (f" {prefix}{unit}" if prefix + unit else "")
