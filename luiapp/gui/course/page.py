"""One step of a lesson on the screen: its text, and a widget for each thing to do."""

from __future__ import annotations

import html
from collections.abc import Callable

from PySide6 import QtCore, QtWidgets

from luiapp.course.formula_page import one_line
from luiapp.course.lesson import Experiment, Step
from luiapp.course.markdown import Block, Span
from luiapp.gui.bench.state import KNOB_LABELS
from luiapp.gui.controls import label
from luiapp.gui.course.experiment import ExperimentBox
from luiapp.gui.course.tasks import BOXES, Host, TaskBox
from luiapp.gui.formula import FormulaView
from luiapp.gui.style import px
from luiapp.gui.widgets.turner import Turner
from luiapp.model.lui import knob
from luiapp.texts import tr

_FORMULA_PX = 17
_TAGS = {"strong": "b", "stress": "i", "sub": "sub", "super": "sup"}


def rich(spans: tuple[Span, ...], percent: Callable[[str, str], float | None] = lambda _n, _k: None) -> str:
    """The pieces of a line as Qt's rich text; everything that a lesson says is escaped.

    `percent` tells how far a trimmer is turned, for the numbers in the text.
    """
    parts = []
    for span in spans:
        words = html.escape(span.text)
        if span.kind == "turn":
            at = percent(span.neuron, span.knob)
            value = "" if at is None else f"&nbsp;{at:.0f}&nbsp;%"
            parts.append(f"<b>{html.escape(_named(span)).replace(' ', '&nbsp;')}{value}</b>")
        elif span.kind == "link":
            parts.append(f'<a href="{html.escape(span.address)}">{words}</a>')
        elif span.kind == "formula":
            parts.append(one_line(span.text))
        elif span.kind == "code":  # a long command may be broken behind a comma
            parts.append(f"<code>{words.replace(',', ',&#8203;')}</code>")
        elif span.kind in _TAGS:
            parts.append(f"<{_TAGS[span.kind]}>{words}</{_TAGS[span.kind]}>")
        else:
            parts.append(words)
    return "".join(parts)


def _named(span: Span) -> str:
    """Board and trimmer as the bench calls them."""
    label_ = KNOB_LABELS.get(span.knob)
    return f"{span.neuron} {tr(label_) if label_ is not None else span.knob}"


class StepPage(QtWidgets.QWidget):
    """The parts of one step, from top to bottom."""

    def __init__(self, host: Host, step: Step) -> None:
        super().__init__()
        self.step = step
        self.tasks: dict[str, TaskBox] = {}
        self.turners: list[TurnRow | TextLabel] = []
        self.texts: list[TextLabel] = []
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        count = 0
        for part in step.parts:
            if isinstance(part, Block) and part.kind == "formula":
                column.addWidget(FormulaView(part.text, px(host.look.theme, _FORMULA_PX)))
            elif isinstance(part, Block):
                count = count + 1 if part.kind == "number" else 0
                self.texts.append(TextLabel(host, part, count))
                column.addWidget(self.texts[-1])
                for span in part.spans:
                    if span.kind == "turn":
                        row = TurnRow(host, span)
                        self.turners += [self.texts[-1], row]
                        column.addWidget(row)
            else:
                box = ExperimentBox(host, part) if isinstance(part, Experiment) else BOXES[type(part)](host, part)
                self.tasks[part.id] = box
                column.addWidget(box)

    def refresh(self) -> None:
        """Show what is known by now."""
        for box in self.tasks.values():
            box.refresh()
        for row in self.turners:
            row.refresh()


class TurnRow(QtWidgets.QWidget):
    """A number of the text that can be turned: slider and percent."""

    def __init__(self, host: Host, span: Span) -> None:
        super().__init__()
        self._host, self._span = host, span
        self.turner = Turner()
        self.turner.setAccessibleName(_named(span))
        self.turner.setAccessibleDescription(tr(knob(span.knob).about))
        self.turner.restyle(host.look.theme, host.look.theme.amber)
        self.turner.turned.connect(self._turned)
        self.value = label("heading")
        self.value.setMinimumWidth(52)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        name = label("secondary")  # several numbers of one sentence have their sliders below each other
        name.setText(_named(span))
        row.addWidget(name)
        row.addWidget(self.turner, 1)
        row.addWidget(self.value)
        self.refresh()

    def refresh(self) -> None:
        """Follow the bench."""
        percent = self._host.percent(self._span.neuron, self._span.knob)
        self.turner.setEnabled(percent is not None)
        self.value.setText("–" if percent is None else f"{percent:.0f} %")
        self.turner.setToolTip("" if percent is not None else tr("Turn this trimmer on the board, by hand."))
        if percent is not None and not self.turner.isSliderDown():
            self.turner.show_percent(percent)

    def _turned(self, percent: float) -> None:
        inside = min(max(percent, self._span.low), self._span.high)
        self._host.turn(self._span.neuron, self._span.knob, inside)
        self.value.setText(f"{inside:.0f} %")
        if inside != percent:
            self.turner.show_percent(inside)


class TextLabel(QtWidgets.QLabel):
    """A block of text; numbers that can be turned show how they stand."""

    def __init__(self, host: Host, block: Block, count: int) -> None:
        super().__init__()
        self._host, self._block = host, block
        self._sign = {"bullet": "•&nbsp;", "number": f"{count}.&nbsp;"}.get(block.kind, "")
        self.setProperty("role", "lesson-note" if block.kind == "note" else "lesson")
        self.setWordWrap(True)
        self.setTextFormat(QtCore.Qt.TextFormat.RichText)
        self.setOpenExternalLinks(False)
        self.refresh()

    def refresh(self) -> None:
        """Follow the bench."""
        words = rich(self._block.spans, self._host.percent)
        self.setText(f"<b>{words}</b>" if self._block.kind == "heading" else self._sign + words)
