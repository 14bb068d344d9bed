"""The small part of Markdown that lessons are written in: paragraphs, lists, notes, and data in fences.

Raw HTML, pictures from elsewhere and code that runs don't exist here: what isn't listed below is plain text. Inline:
``**strong**``, ``*stress*``, `````code`````, ``~sub~``, ``^super^``, ``[text](https://…)``, and a number to turn,
``[[N1.leak 20..80]]``: a trimmer of a board and the percents between which it goes. Formulas stand between ``$`` in a
line, and between ``$$`` as a paragraph of their own (see `formula`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from luiapp.course.formula import parse
from luiapp.errors import FormatError

MOST_CHARACTERS = 100_000  # of one file: a lesson is read by people
MOST_BLOCKS = 1000
_INLINE = re.compile(
    r"\[\[(?P<neuron>[\w-]{1,40})\.(?P<knob>\w{1,20}) (?P<low>\d{1,3})\.\.(?P<high>\d{1,3})\]\]"
    r"|\*\*(?P<strong>[^*\n]{1,500})\*\*"
    r"|\*(?P<stress>[^*\n]{1,500})\*"
    r"|\$(?P<formula>[^$\n]{1,500})\$"
    r"|`(?P<code>[^`\n]{1,500})`"
    r"|~(?P<sub>[^~\s]{1,20})~"
    r"|\^(?P<super>[^^\s]{1,20})\^"
    r"|\[(?P<text>[^\]\n]{1,300})\]\((?P<address>https://[^\s)<>\"']{1,500})\)"
)
_HEADING = re.compile(r"^(#{1,3}) +(.+?)(?: +\{#([a-z][a-z0-9-]{0,39})\})? *$")
_FENCE = re.compile(r"^(`{3,})([a-z]*) *$")
_FORMULA = re.compile(r"^\$\$(.+)\$\$$")
_ITEM = re.compile(r"^(?:([-*])|(\d{1,3})\.) +(.+)$")


@dataclass(frozen=True)
class Span:
    """A piece of a line. ``kind``: text, strong, stress, code, sub, super, formula, link (more: address), turn."""

    kind: str
    text: str
    address: str = ""
    neuron: str = ""  # of a number to turn: board, trimmer, and between which percents
    knob: str = ""
    low: float = 0.0
    high: float = 0.0


@dataclass(frozen=True)
class Block:
    """A block. ``kind``: heading, paragraph, bullet, number, note, formula, or data (a fence: word and text)."""

    kind: str
    line: int
    spans: tuple[Span, ...] = ()
    level: int = 0  # of a heading
    name: str = ""  # of a heading, or the word behind a fence
    text: str = ""  # of a fence or a formula


def spans(text: str) -> tuple[Span, ...]:
    """The pieces of one line."""
    found: list[Span] = []
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            found.append(Span("text", text[at : match.start()]))
        at = match.end()
        kind = match.lastgroup or ""
        if kind == "high":
            found.append(Span("turn", "", neuron=match["neuron"], knob=match["knob"], low=float(match["low"]),
                              high=float(match["high"])))  # fmt: skip
        elif kind == "address":
            found.append(Span("link", match["text"], match["address"]))
        else:
            found.append(Span(kind, match[kind]))
    if at < len(text):
        found.append(Span("text", text[at:]))
    return tuple(found)


def blocks(text: str, file: str = "lesson.md") -> list[Block]:
    """The blocks of a text, in order.

    Raises
    ------
    FormatError
        Too long, too many blocks, a fence that nobody closes, or a formula that isn't understood; says file and line.
    """
    if len(text) > MOST_CHARACTERS:
        raise FormatError("{file} has {n} characters; a lesson may have {most}: split it",
                          file=file, n=len(text), most=MOST_CHARACTERS)  # fmt: skip
    lines = text.replace("\r\n", "\n").split("\n")
    found: list[Block] = []
    i = 0
    while i < len(lines):
        block, i = _one(lines, i, file)
        if block is not None:
            _understood(block, file)
            found.append(block)
        if len(found) > MOST_BLOCKS:
            raise FormatError("{file} has more than {most} blocks: split the lesson", file=file, most=MOST_BLOCKS)
    return found


def plain(pieces: tuple[Span, ...]) -> str:
    """The words without their dress."""
    return "".join(f"{s.neuron}.{s.knob}" if s.kind == "turn" else s.text for s in pieces)


def _understood(block: Block, file: str) -> None:
    """Whether all of its formulas are, so that nobody has to ask again."""
    formulas = [span.text for span in block.spans if span.kind == "formula"]
    for formula in formulas + ([block.text] if block.kind == "formula" else []):
        try:
            parse(formula)
        except FormatError as error:
            raise FormatError("{file}, line {line}: {error}", file=file, line=block.line, error=error) from None


def _one(lines: list[str], i: int, file: str) -> tuple[Block | None, int]:
    line, number = lines[i].rstrip(), i + 1
    if not line.strip():
        return None, i + 1
    fence = _FENCE.match(line)
    if fence:
        end = next((k for k in range(i + 1, len(lines)) if lines[k].rstrip() == fence[1]), None)
        if end is None:
            raise FormatError("{file}, line {line}: this fence is never closed; end it with {fence}",
                              file=file, line=number, fence=fence[1])  # fmt: skip
        return Block("data", number, name=fence[2], text="\n".join(lines[i + 1 : end])), end + 1
    heading = _HEADING.match(line)
    if heading:
        return Block("heading", number, spans(heading[2]), len(heading[1]), heading[3] or ""), i + 1
    kind, first = _start(line)
    words = [first]
    i += 1
    while i < len(lines) and lines[i].strip() and not _begins(lines[i], kind):
        words.append(lines[i].strip().removeprefix("> ") if kind == "note" else lines[i].strip())
        i += 1
    text = " ".join(words)
    formula = _FORMULA.match(text) if kind == "paragraph" else None
    if formula is not None:
        return Block("formula", number, text=formula[1].strip()), i
    return Block(kind, number, spans(text)), i


def _start(line: str) -> tuple[str, str]:
    item = _ITEM.match(line)
    if item:
        return ("bullet" if item[1] else "number"), item[3].strip()
    if line.startswith("> "):
        return "note", line[2:].strip()
    return "paragraph", line.strip()


def _begins(line: str, kind: str) -> bool:
    """Whether a line begins a block of its own rather than go on with the one before."""
    starts = bool(_FENCE.match(line.rstrip()) or _HEADING.match(line.rstrip()) or _ITEM.match(line))
    return starts or (line.startswith("> ") and kind != "note")
