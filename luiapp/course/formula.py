r"""Formulas of lessons, in the small part of LaTeX that they need: a tree, made into pictures, pages and speech.

``\frac{a}{b}``, ``\sqrt[n]{x}``, ``x_i``, ``x^2``, Greek letters, ``\sum``, ``\prod`` and ``\int`` with their limits,
functions such as ``\ln``, operators, brackets (with or without ``\left`` and ``\right``), ``\text{…}``, spaces. What
isn't listed here is a `FormatError` that names it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from luiapp.errors import FormatError

MOST_CHARACTERS = 500  # of one formula
MOST_DEPTH = 12  # of what stands within each other
_LETTERS = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
)
GREEK = dict(zip(_LETTERS.split(), "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", strict=True))
RELATIONS = {"=": "=", "<": "<", ">": ">", "approx": "≈", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥",
             "neq": "≠", "ne": "≠", "propto": "∝", "to": "→", "≈": "≈", "≤": "≤", "≥": "≥", "≠": "≠", "∝": "∝",
             "→": "→"}  # fmt: skip
OPERATORS = {"+": "+", "-": "−", "−": "−", "cdot": "·", "times": "×", "pm": "±", "·": "·", "×": "×", "±": "±",
             "/": "/", "*": "·"}  # fmt: skip
BIG = {"sum": "∑", "prod": "∏", "int": "∫"}
FUNCTIONS = ("ln", "log", "exp", "sin", "cos", "tan", "max", "min")
SIGNS = {"infty": "∞", "partial": "∂", "∞": "∞", "∂": "∂", "'": "′", "!": "!", ",": ",", ";": ";", ":": ":", "|": "|",
         "%": "%", "ldots": "…", "dots": "…", "…": "…", ".": "."}  # fmt: skip
SPACES = {",": 0.17, ":": 0.22, ";": 0.28, " ": 0.28, "!": 0.0, "quad": 1.0}  # em
CLOSING = {"(": ")", "[": "]", "{": "}"}
_TOKEN = re.compile(r"\\(?:text|mathrm)\{(?P<text>[^{}]*)\}|\\(?P<command>[A-Za-z]+|[^A-Za-z])"
                    r"|(?P<number>\d+(?:[.,]\d+)?)|(?P<letter>[^\W\d_])|(?P<blank>\s+)|(?P<other>.)")  # fmt: skip


@dataclass(frozen=True)
class Sign:
    """One sign or word. ``kind``: letter, number, word, function, relation, operator, big, sign, space."""

    text: str
    kind: str
    em: float = 0.0  # of a space


@dataclass(frozen=True)
class Row:
    """Things side by side."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Fraction:
    """One thing over another."""

    above: Node
    below: Node


@dataclass(frozen=True)
class Root:
    """A square root, or one of another degree."""

    inside: Node
    degree: Node | None = None


@dataclass(frozen=True)
class Scripts:
    """Something with an index below, an exponent above, or both."""

    base: Node
    below: Node | None = None
    above: Node | None = None


@dataclass(frozen=True)
class Brackets:
    """Round, square or curly brackets around something."""

    open_: str
    inside: Node


Node = Sign | Row | Fraction | Root | Scripts | Brackets


def parse(text: str) -> Row:
    """The tree of a formula. Raises `FormatError`, which names what isn't understood."""
    if len(text) > MOST_CHARACTERS:
        raise FormatError("a formula has {n} characters; {most} are the most: split it", n=len(text),
                          most=MOST_CHARACTERS)  # fmt: skip
    reader = _Reader(text)
    row = reader.row("")
    if not row.items:
        raise FormatError("a formula is empty; write it between two '$', such as $\\tau = R \\cdot C$")
    return row


def simple(node: Node) -> bool:
    """Whether it can be read out in one breath: nothing is added or compared in it, and nothing is a fraction."""
    if isinstance(node, Row):
        return all(simple(one) and not (isinstance(one, Sign) and one.kind in ("operator", "relation"))
                   for one in node.items)  # fmt: skip
    return not isinstance(node, Fraction)


def _row(items: list[Node]) -> Row:
    """Things side by side; a minus with nothing to subtract from is a sign, not an operator."""
    found: list[Node] = []
    for one in items:
        alone = not found or (isinstance(found[-1], Sign) and found[-1].kind in ("operator", "relation"))
        if isinstance(one, Sign) and one.kind == "operator" and alone:
            one = Sign(one.text, "sign")
        found.append(one)
    return Row(tuple(found))


class _Reader:
    """One formula, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_TOKEN.finditer(text))
        self._at = 0
        self._depth = 0

    def row(self, end: str) -> Row:
        """Everything up to `end`, a closing bracket or "" for the end of the formula."""
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise FormatError("the formula '{formula}' has more than {most} things within each other: split it",
                              formula=self._text, most=MOST_DEPTH)  # fmt: skip
        items: list[Node] = []
        while self._at < len(self._tokens):
            token = self._next()
            if token["blank"] is not None:
                continue
            other = token["other"] or ""
            if token["command"] == "right":
                other = (self._next()["other"] or "") if self._at < len(self._tokens) else ""
            elif token["command"] == "}":
                other = "\\}"
            if other and other == end:
                self._depth -= 1
                return _row(items)
            if other in ("_", "^"):
                items.append(self._scripts(items.pop() if items else None, other))
            else:
                items.append(self._item(token, other))
        if end:
            raise FormatError("the formula '{formula}': '{sign}' is missing at its end", formula=self._text, sign=end)
        return _row(items)

    def _next(self) -> re.Match[str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _item(self, token: re.Match[str], other: str) -> Node:
        if token["text"] is not None:
            return Sign(token["text"], "word")
        if token["number"] is not None:
            return Sign(token["number"], "number")
        if token["letter"] is not None:
            return Sign(token["letter"], "letter")
        name = token["command"] or other
        if token["command"] is None:
            if name == "{":
                inside = self.row("}")
                return inside.items[0] if len(inside.items) == 1 else inside
            if name in ("(", "["):
                return Brackets(name, self.row(CLOSING[name]))
        elif name in SPACES:
            return Sign("", "space", SPACES[name])
        elif name == "{":
            return Brackets("{", self.row("\\}"))
        elif name == "%":
            return Sign("%", "sign")
        return self._command(name) if token["command"] else self._sign(name)

    def _command(self, name: str) -> Node:
        if name == "left":
            name = (self._next()["other"] or "") if self._at < len(self._tokens) else ""
            if name not in ("(", "["):
                raise self._fault("\\left" + name)
            return Brackets(name, self.row(CLOSING[name]))
        if name == "frac":
            return Fraction(self._argument(), self._argument())
        if name == "sqrt":
            degree = None
            if self._at < len(self._tokens) and self._tokens[self._at]["other"] == "[":
                self._next()
                degree = self.row("]")
            return Root(self._argument(), degree)
        if name in GREEK:
            return Sign(GREEK[name], "letter")
        if name in BIG:
            return Sign(BIG[name], "big")
        if name in FUNCTIONS:
            return Sign(name, "function")
        return self._sign(name)

    def _sign(self, name: str) -> Sign:
        for kind, known in (("relation", RELATIONS), ("operator", OPERATORS), ("sign", SIGNS)):
            if name in known:
                return Sign(known[name], kind)
        raise self._fault(f"\\{name}" if name.isalpha() else name)

    def _argument(self) -> Node:
        """What follows, in curly brackets or one sign."""
        while self._at < len(self._tokens):
            token = self._next()
            if token["blank"] is None:
                return self._item(token, token["other"] or "")
        raise FormatError("the formula '{formula}' ends too early", formula=self._text)

    def _scripts(self, base: Node | None, sign: str) -> Scripts:
        if base is None:
            raise FormatError("the formula '{formula}': nothing stands before '{sign}'", formula=self._text, sign=sign)
        one = self._argument()
        below, above = (one, None) if sign == "_" else (None, one)
        if isinstance(base, Scripts) and (base.below is None) != (below is None):
            return Scripts(base.base, below or base.below, above or base.above)
        return Scripts(base, below, above)

    def _fault(self, what: str) -> FormatError:
        names = ["frac", "sqrt", "text", *FUNCTIONS, *BIG, "tau", "cdot", "approx", "left", "right"]
        return FormatError("the formula '{formula}': '{what}' isn't understood; there are {names} and the like",
                           formula=self._text, what=what, names=", ".join("\\" + n for n in names))  # fmt: skip
