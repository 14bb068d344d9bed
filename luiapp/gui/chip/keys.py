"""The page's own keys. They act while it is shown, wherever in it the focus is."""

from __future__ import annotations

from luiapp.gui.training.keys import MEANINGS as LEARNING
from luiapp.texts import mark

TABLE = (
    ("through", "W", mark("Go the whole way")),
    ("sample", "N", mark("Another sample")),
    ("beside", "V", mark("What stands beside the map")),
    ("halt", "Backspace", mark("Stop what is being done")),
)
# What the window's keys mean on the page.
MEANINGS = {
    "kick": mark("The next station, or stop"),
    "pause": mark("Slow motion: play or pause"),
    "step": mark("Slow motion: one reading further"),
    "slower": mark("Slower"),
    "faster": mark("Faster"),
    **{name: LEARNING[name] for name in ("open", "save", "figure", "undo", "redo")},
}
