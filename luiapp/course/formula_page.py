"""Formulas on pages: MathML for browsers, and one line of ordinary text with indices where nothing else is known."""

from __future__ import annotations

import html

from luiapp.course.formula import CLOSING, Brackets, Fraction, Node, Root, Row, Scripts, Sign, parse, simple
from luiapp.course.formula_words import spoken

_TAGS = {"letter": "mi", "number": "mn", "word": "mtext", "function": "mi", "space": "mspace"}


def mathml(text: str, *, block: bool) -> str:
    """A formula for a page, with its reading; its source stays with it. Raises `FormatError`."""
    display = ' display="block"' if block else ""
    source = f'<annotation encoding="application/x-tex">{html.escape(text)}</annotation>'
    return (f'<math{display} alttext="{html.escape(spoken(text))}">'
            f"<semantics>{_mathml(parse(text))}{source}</semantics></math>")  # fmt: skip


def one_line(text: str) -> str:
    """A formula as one line of rich text: a fraction with a slash, indices below and above. Raises `FormatError`."""
    return _line(parse(text))


def _mathml(node: Node) -> str:
    match node:
        case Row(items):
            return f"<mrow>{''.join(_mathml(one) for one in items)}</mrow>"
        case Fraction(above, below):
            return f"<mfrac>{_mathml(above)}{_mathml(below)}</mfrac>"
        case Root(inside, None):
            return f"<msqrt>{_mathml(inside)}</msqrt>"
        case Root(inside, degree) if degree is not None:
            return f"<mroot>{_mathml(inside)}{_mathml(degree)}</mroot>"
        case Scripts(base, below, above):
            limits = isinstance(base, Sign) and base.text in "∑∏"
            names = ("munder", "mover", "munderover") if limits else ("msub", "msup", "msubsup")
            tag = names[2 if below is not None and above is not None else 0 if below is not None else 1]
            parts = "".join(_mathml(one) for one in (base, below, above) if one is not None)
            return f"<{tag}>{parts}</{tag}>"
        case Brackets(open_, inside):
            return f"<mrow><mo>{open_}</mo>{_mathml(inside)}<mo>{CLOSING[open_]}</mo></mrow>"
        case Sign(_, "space", em):
            return f'<mspace width="{em}em"/>'
        case Sign(sign, kind):
            tag = _TAGS.get(kind, "mo")
            after = '<mo>&#x2061;</mo><mspace width="0.17em"/>' if kind == "function" else ""
            return f"<{tag}>{html.escape(sign)}</{tag}>{after}"
    raise AssertionError(node)


def _line(node: Node) -> str:
    match node:
        case Row(items):
            return "".join(_line(one) for one in items)
        case Fraction(above, below):
            return f"{_held(above)}/{_held(below)}"
        case Root(inside, degree):
            power = "" if degree is None else f"<sup>{_line(degree)}</sup>"
            return f"{power}√{_held(inside)}"
        case Scripts(base, below, above):
            low = "" if below is None else f"<sub>{_line(below)}</sub>"
            high = "" if above is None else f"<sup>{_line(above)}</sup>"
            return _line(base) + low + high
        case Brackets(open_, inside):
            return f"{open_}{_line(inside)}{CLOSING[open_]}"
        case Sign(text, kind):
            words = html.escape(text)
            return {"letter": f"<i>{words}</i>", "relation": f"&nbsp;{words} ", "operator": f"&nbsp;{words} ",
                    "function": f"{words}&thinsp;", "space": "&nbsp;"}.get(kind, words)  # fmt: skip


def _held(node: Node) -> str:
    return _line(node) if simple(node) else f"({_line(node)})"
