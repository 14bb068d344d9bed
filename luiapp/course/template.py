"""The lesson to begin with: small, complete, and right."""

from __future__ import annotations

from pathlib import Path

from luiapp.errors import FileError

_EN = """\
# A lesson of my own

```lesson
about = "One sentence on what it is about."
circuit = "single"
```

## The first step {#first}

```step
minutes = 5
point_at = "N1.leak"
```

Write what there is to see. Words can be **strong**, and a trimmer can be turned in the text: [[N1.leak 40..100]]

```check
id = "faster"
text = "Make it fire at least 3.5 times a second."
metric = "rate"
of = {neuron = "N1"}
low = 3.5
high = 30
seconds = 4
below = "It fires at {value}; 3.5 Hz is the goal."
above = "It fires at {value}, which is too much."
hints = ["A small hint.", "A larger hint.", "Turn the leak to about 95 %."]
```
"""
_DE = """\
# Eine eigene Lektion

```lesson
about = "Ein Satz, worum es geht."
```

## Der erste Schritt {#first}

Was ist zu sehen? Wörter können **stark** sein, und ein Trimmer lässt sich hier drehen: [[N1.leak 40..100]]

```check
id = "faster"
text = "Das Neuron mindestens 3,5-mal in der Sekunde feuern lassen."
below = "Es feuert mit {value}; das Ziel sind 3,5 Hz."
above = "Es feuert mit {value}, das ist zu viel."
hints = ["Ein kleiner Hinweis.", "Ein größerer Hinweis.", "Den Leak auf etwa 95 % drehen."]
```
"""
_SOLUTION = """\
# What the robot does in each step, to prove that it can be done.
first = [{turn = "N1.leak", to = 95}, {wait = 5}]
"""
_TEACHER = "# For the teacher\n\n## Objectives\n\n- …\n\n## What the model does not show\n\n- …\n\n## Key\n\n- …\n"
_TEACHER_DE = "# Für Lehrkräfte\n\n## Lernziele\n\n- …\n\n## Was das Modell nicht zeigt\n\n- …\n\n## Lösungen\n\n- …\n"
FILES = {"lesson.md": _EN, "lesson.de.md": _DE, "solution.toml": _SOLUTION, "teacher.md": _TEACHER,
         "teacher.de.md": _TEACHER_DE}  # fmt: skip


def write_template(folder: Path) -> list[Path]:
    """Make `folder` with a lesson in it. Raises `FileError` where that can't be done, or the folder is there."""
    try:
        folder.mkdir(parents=True)
        for name, text in FILES.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise FileError("'{path}' can't be made: {why}", path=folder, why=error.strerror) from error
    return [folder / name for name in FILES]
