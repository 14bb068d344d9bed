"""The trimmer sheet: how to set and wire the boards by hand, for a terminal or for paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from luiapp.model.lui import VDD, knob, tau_mem, tau_syn
from luiapp.texts import tr
from luiapp.train.boards.circuit import TEST_PULSES, Wire, board_names, wires
from luiapp.train.boards.settings import N_STEPS, LayerSettings, weight_ohms
from luiapp.train.boards.tasks import BoardTask
from luiapp.units import format_quantity

Counts = Sequence[tuple[int | None, int]]
_STYLE = (
    "body{font:11pt/1.4 sans-serif;margin:2em auto;max-width:46em;color:#111;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:.4em 0 1.2em}"
    "th,td{border:1px solid #777;padding:.25em .6em;text-align:left}th{background:#eee}"
    "section{break-inside:avoid}.sign{font-weight:bold}"
    "meter{width:7em}@media print{body{margin:0}}"
)


@dataclass(frozen=True)
class _Board:
    name: str
    trimmers: list[tuple[str, str, str]]  # what, where to, what it then is
    dendrites: list[tuple[str, str, str, str, str]]  # number, from, switch, trimmer, test


def sheet_text(task: BoardTask, layers: Sequence[LayerSettings], counts: Counts) -> str:
    """The sheet as plain text, in the language in use.

    Parameters
    ----------
    counts : what `circuit.pulse_counts` says of nominal boards
    """
    lines = [_title(task), "=" * len(_title(task)), "", *_how(), ""]
    for board in _boards(task, layers, counts):
        lines += [board.name, "-" * len(board.name)]
        lines += _aligned([_trimmer_heads(), *board.trimmers])
        lines += ["", *_aligned([_dendrite_heads(), *board.dendrites]), ""]
    lines += [tr("What it shall do"), "", *_aligned([_pattern_heads(task), *_patterns(task)])]
    return "\n".join(lines) + "\n"


def sheet_html(task: BoardTask, layers: Sequence[LayerSettings], counts: Counts, *, language: str = "en") -> str:
    """The sheet as one HTML page without anything from outside, for printing; in the language in use."""
    parts = [f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8">',
             f"<title>{escape(_title(task))}</title><style>{_STYLE}</style></head><body>",
             f"<h1>{escape(_title(task))}</h1><ol>", *(f"<li>{escape(line)}</li>" for line in _how(numbered=False)),
             "</ol>"]  # fmt: skip
    for board in _boards(task, layers, counts):
        parts += [f"<section><h2>{escape(board.name)}</h2>", _table([_trimmer_heads(), *board.trimmers]),
                  _table([_dendrite_heads(), *board.dendrites]), "</section>"]  # fmt: skip
    parts += [f"<section><h2>{escape(tr('What it shall do'))}</h2>", _table([_pattern_heads(task), *_patterns(task)]),
              "</section></body></html>\n"]  # fmt: skip
    return "\n".join(parts)


def _title(task: BoardTask) -> str:
    return tr("Trimmer sheet: {task}, {n} boards", task=tr(task.title), n=task.n_boards)


def _how(*, numbered: bool = True) -> list[str]:
    steps = [
        tr("Join the GND pads of all boards, then plug in the wires of the tables."),
        tr("Turn every trimmer to its place. A step is a twentieth of the way, counted from the left end; at a weight "
           "trimmer, from the weak end."),
        tr("The pulse-count test: switch the dendrite to + while it lasts, and give it a train of 5 ms pulses, {rate} "
           "a second. Turn its trimmer until the board fires with the pulse that the sheet says: one more or "
           "less is fine, three are wrong. Let the board rest for a second before the next try.", rate=100),
        tr("Put every switch back to the sign of the table."),
    ]  # fmt: skip
    return [f"{i + 1}. {one}" for i, one in enumerate(steps)] if numbered else steps


def _trimmer_heads() -> tuple[str, str, str]:
    return tr("trimmer"), tr("set to"), tr("which is")


def _dendrite_heads() -> tuple[str, str, str, str, str]:
    return tr("dendrite"), tr("wire from"), tr("switch"), tr("weight trimmer"), tr("fires with pulse")


def _pattern_heads(task: BoardTask) -> tuple[str, ...]:
    return (*(tr("pulse at {name}", name=name) for name in task.inputs), *task.outputs)


def _patterns(task: BoardTask) -> list[tuple[str, ...]]:
    start = float(np.nanmin(np.where(np.isfinite(task.times), task.times, np.nan)))
    rows = []
    for times, targets in zip(task.times, task.targets, strict=True):
        given = [format_quantity(t - start, "s") if np.isfinite(t) else "–" for t in times.tolist()]
        rows.append((*given, *(tr("fires") if fires else tr("silent") for fires in targets)))
    return rows


def _boards(task: BoardTask, layers: Sequence[LayerSettings], counts: Counts) -> list[_Board]:
    names, found = board_names(task), []
    by_board: dict[tuple[int, int], list[tuple[Wire, tuple[int | None, int]]]] = {}
    for wire, count in zip(wires(layers), counts, strict=True):
        by_board.setdefault((wire.layer, wire.board), []).append((wire, count))
    for depth, one in enumerate(layers):
        sources = list(task.inputs) if depth == 0 else names[depth - 1]
        for board, name in enumerate(names[depth]):
            mine = by_board.get((depth, board), [])
            rows = [_dendrite(wire, sources[wire.source], count) for wire, count in mine]
            found.append(_Board(name, _trimmers(one, board), rows))
    return found


def _trimmers(one: LayerSettings, board: int) -> list[tuple[str, str, str]]:
    leak, mem, syn = (int(column[board]) for column in (one.leak, one.tau_mem, one.tau_syn))
    return [
        (tr("leak potential"), _place(leak), format_quantity(leak / N_STEPS * VDD, "V")),
        (tr("membrane time constant"), _place(mem),
         format_quantity(tau_mem(knob("tau_mem").ohms(100 * mem / N_STEPS)), "s")),
        (tr("synaptic time constant"), _place(syn),
         format_quantity(tau_syn(knob("tau_syn").ohms(100 * syn / N_STEPS)), "s")),
    ]  # fmt: skip


def _dendrite(wire: Wire, source: str, count: tuple[int | None, int]) -> tuple[str, str, str, str, str]:
    pulse, leds = count
    test = str(pulse) if pulse is not None else tr("none of {n}; {leds} LEDs", n=TEST_PULSES, leds=leds)
    place = f"{_place(abs(wire.step) - 1)} · {format_quantity(weight_ohms(wire.step), 'Ω')}"
    return str(wire.dendrite + 1), source, "+" if wire.step > 0 else "−", place, test


def _place(step: int) -> str:
    return tr("step {n} of {m}", n=step, m=N_STEPS)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    head, *body = rows
    cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    lines = ["<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body]
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
