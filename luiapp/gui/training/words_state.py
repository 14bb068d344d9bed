"""What the network says of the chosen sample, in a sentence. No Qt."""

from __future__ import annotations

from luiapp.gui.training.insight import Inside
from luiapp.texts import tr


def verdict(inside: Inside, names: tuple[str, ...], point: str = ".") -> str:
    """Such as ``✓ Sample (0.62; 0.78) is yang; the network says yang, 93 %``; `names` are those of the classes."""
    place = inside.place
    if isinstance(place, int):
        where = str(place + 1)
    else:
        where = "(" + "; ".join(f"{v:.2f}".replace(".", point) for v in place) + ")"
    truth = names[inside.label]
    if inside.answer < 0:
        return tr("Sample {where} is {truth}; the network says nothing", where=where, truth=truth)
    percent = f"{100 * float(inside.shares[inside.answer]):.0f}\u00a0%"
    sign = "✓" if inside.answer == inside.label else "✗"
    text = tr("Sample {where} is {truth}; the network says {said}, {percent}", where=where, truth=truth,
              said=names[inside.answer], percent=percent)  # fmt: skip
    return f"{sign} {text}"
