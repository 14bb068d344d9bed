"""The verb ``lesson``: list, begin, check and print the lessons of the course."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from luiapp.cli.parser import Verb, count
from luiapp.cli.paths import add_overwrite
from luiapp.cli.report import Report
from luiapp.texts import mark, tr


def lesson(options: Namespace) -> Report:
    """List the lessons, begin a new one, check what is written, or print."""
    from luiapp.cli import lesson_deeds

    return lesson_deeds.DEEDS[options.action](options)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action",
        choices=("list", "new", "check", "record", "sheet", "overview", "preview"),
        help=tr(
            "list: what there is; new: a folder to begin with; check: is it right, and can it be solved? "
            "record: keep the robot's way through it, to be played back; sheet: a page to print; "
            "overview: a class at a glance; "
            "preview: in the window, anew whenever a file changes"
        ),
    )
    parser.add_argument("name", nargs="?", default="", metavar=tr("NAME"),
                        help=tr("a lesson's name, number or folder; overview: the folder with results"))  # fmt: skip
    parser.add_argument("--all", action="store_true", help=tr("check, record: every lesson of the course"))
    parser.add_argument("--track", default="", metavar=tr("NAME"), help=tr("list: one way through the course"))
    parser.add_argument("--teacher", action="store_true", help=tr("sheet: the teacher's, with the key"))
    parser.add_argument("--result", metavar=tr("FILE"), help=tr("sheet: the report of a result file"))
    parser.add_argument("--word", default="", help=tr("sheet, overview: the class's word that results are sealed with"))
    parser.add_argument(
        "--out", metavar=tr("FILE"), help=tr("sheet, overview: the .html file to write; sheet: also .pdf")
    )
    parser.add_argument("--run-code", action="store_true",
                        help=tr("check: run the experiment.py of a lesson that isn't this program's own"))  # fmt: skip
    add_overwrite(parser)
    parser.add_argument("--lots", type=count(), default=3, metavar="N",
                        help=tr("check: with how many lots of parts the robot plays it (3)"))  # fmt: skip


LESSON = Verb(
    lesson,
    mark("the lessons of the course: list, begin a new one, check, print"),
    _arguments,
    (
        ("luiapp lesson list", mark("what there is, and how long it takes")),
        ("luiapp lesson check --all --json", mark("a robot plays every lesson; for scripts")),
        ("luiapp lesson record --all", mark("each lesson played once, to be watched without any board")),
        ("luiapp lesson sheet 1 --teacher --out teacher.html", mark("a page for the teacher, to be printed")),
        ("luiapp lesson overview results --out class.html", mark("how far a class is, and who is stuck")),
        ("luiapp lesson preview my-lesson", mark("see it while it is written")),
        ("luiapp lesson new my-lesson", mark("a folder with everything that a lesson needs")),
    ),
)
