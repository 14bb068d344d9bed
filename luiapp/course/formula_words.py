"""A formula read aloud, for screen readers and for whoever reads a text to others: in the language in use."""

from __future__ import annotations

from luiapp.course.formula import GREEK, Brackets, Fraction, Node, Root, Row, Scripts, Sign, parse, simple
from luiapp.texts import mark, tr

_GREEK = {sign: name for name, sign in GREEK.items()}
_SIGNS = {
    "+": mark("plus"), "−": mark("minus"), "·": mark("times"), "×": mark("times"), "±": mark("plus or minus"),
    "/": mark("over"), "=": mark("equals"), "<": mark("is less than"), ">": mark("is greater than"),
    "≈": mark("is about"), "≤": mark("is at most"), "≥": mark("is at least"), "≠": mark("is not"),
    "∝": mark("is proportional to"), "→": mark("goes to"), "∞": mark("infinity"), "%": mark("percent"),
    "′": mark("prime"), "!": mark("factorial"), "∂": "d", "…": mark("and so on"), "|": mark("bar"),
}  # fmt: skip
_FUNCTIONS = {
    "ln": mark("natural logarithm of"), "log": mark("logarithm of"), "exp": mark("exponential function of"),
    "sin": mark("sine of"), "cos": mark("cosine of"), "tan": mark("tangent of"), "max": mark("maximum of"),
    "min": mark("minimum of"),
}  # fmt: skip
_BIG = {"∑": mark("sum"), "∏": mark("product"), "∫": mark("integral")}


def spoken(text: str) -> str:
    """A formula in words, such as "V minus V leak, all over tau mem". Raises `FormatError`."""
    return _say(parse(text)).replace(" ,", ",")


def _say(node: Node) -> str:
    match node:
        case Row(items):
            told = [_say(one) for one in items]
            for i, one in enumerate(items):
                if i and isinstance(one, Fraction) and not simple(one.above):  # or it sounds as if all went over it
                    told[i] = tr("the fraction {x}", x=told[i])
            return " ".join(words for words in told if words)
        case Fraction(above, below):
            return _fraction(above, below)
        case Root(inside, degree):
            words = _say(inside) + ("" if simple(inside) else tr(", end of the root"))
            if degree is None:
                return tr("the square root of {x}", x=words)
            return tr("the root of degree {n} of {x}", n=_say(degree), x=words)
        case Scripts():
            return _scripts(node)
        case Brackets(_, inside):
            return tr("open bracket, {x}, close bracket", x=_say(inside))
        case Sign(text, "function"):
            return tr(_FUNCTIONS[text])
        case Sign(text, "big"):
            return tr("the {sum} of", sum=tr(_BIG[text]))
        case Sign(text, _):
            return tr(_SIGNS[text]) if text in _SIGNS else _GREEK.get(text, text.strip())


def _fraction(above: Node, below: Node) -> str:
    a, b = _say(above), _say(below)
    if _derives(above) and _derives(below):
        return tr("{a} by {b}", a=a, b=b)
    if not simple(below):
        b += tr(", end of the fraction")
    return tr("{a} over {b}", a=a, b=b) if simple(above) else tr("{a}, all over {b}", a=a, b=b)


def _derives(node: Node) -> bool:
    """Whether it begins with the d of a derivative."""
    first = node.items[0] if isinstance(node, Row) and len(node.items) > 1 else node
    return isinstance(first, Sign) and first.text in ("d", "∂")


def _scripts(node: Scripts) -> str:
    base, below, above = node.base, node.below, node.above
    if isinstance(base, Sign) and base.kind == "big":
        name = tr(_BIG[base.text])
        if below is not None and above is not None:
            return tr("the {sum}, from {low} to {high}, of", sum=name, low=_say(below), high=_say(above))
        return tr("the {sum} over {low} of", sum=name, low=_say(below or above or base))
    words = _say(base) if below is None else f"{_say(base)} {_say(below)}"
    if above is None:
        return words
    if above == Sign("2", "number"):
        return tr("{x} squared", x=words)
    power = tr("{x} to the power of {n}", x=words, n=_say(above))
    return power if simple(above) else power + tr(", end of the power")
