"""The frame around every verb: exit codes, help, errors, JSON."""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luiapp.cli.main import main
from luiapp.cli.parser import Verb, count, quantity, translate_complaint
from luiapp.cli.report import Report, table, to_json
from luiapp.cli.verbs import VERBS
from luiapp.errors import LinkError
from luiapp.version import __version__


def add_verb(monkeypatch: pytest.MonkeyPatch, run: Callable[[argparse.Namespace], Report]) -> None:
    monkeypatch.setitem(VERBS, "try", Verb(run, "a verb for tests", lambda parser: None))


def raising(error: BaseException) -> Callable[[argparse.Namespace], Report]:
    def run(options: argparse.Namespace) -> Report:
        raise error

    return run


def strict(text: str) -> Any:
    """What a strict reader makes of it: no NaN, exactly one object."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    value = json.loads(text, parse_constant=refuse)
    assert isinstance(value, dict)
    return value


def test_the_promised_verbs_are_there() -> None:
    promised = ("run simulate examples record replay convert experiment fit share ports adapter firmware doctor bench "
                "train chip lesson")  # fmt: skip
    assert set(VERBS) == set(promised.split())


def test_help_is_light() -> None:
    code = (
        "import sys\nfrom luiapp.__main__ import main\nassert main(['--help']) == 0\n"
        "heavy = {'numpy', 'numba', 'PySide6', 'pyqtgraph', 'serial', 'mcap'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("language", ["en", "de"])
def test_help_lists_every_verb(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", language, "--help"]) == 0
    told = capsys.readouterr().out
    for name, verb in VERBS.items():
        assert name in told
        assert verb.examples[0][0] in told
    assert ("Beispiele:" in told) == (language == "de")
    assert ("examples:" in told) == (language == "en")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("name", VERBS)
def test_help_of_a_verb_teaches_by_example(name: str, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help", "--lang", language]) == 0
    told = capsys.readouterr().out
    assert len(VERBS[name].examples) >= 2
    for example, about in VERBS[name].examples:
        assert example in told
        assert (about in told) == (language == "en")
    assert ("--json" in told) == VERBS[name].reports


def test_examples_are_right_usage() -> None:
    import shlex

    from luiapp.cli.parser import build

    parser = build(VERBS, __version__)
    for verb in VERBS.values():
        for example, _ in verb.examples:
            program, *arguments = shlex.split(example)
            assert program == "luiapp"
            parser.parse_args(arguments)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"luiapp {__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "german"),
    [
        (["simulate", "single"], "es fehlt: --duration"),
        (["simulate", "single", "--duration"], "hinter --duration fehlt ein Wert"),
        (["simulate", "single", "--duration", "2 V"], "--duration: „2 V“ muss in s angegeben sein"),
        (["simulate", "single", "--duration", "0"], "--duration: „0“ muss größer als null sein"),
        (["simulate", "single", "--duration", "-1s"], "hinter --duration fehlt ein Wert"),
        (["simulate", "single", "--duration=-1 s"], "--duration: „-1 s“ muss größer als null sein"),
        (["simulate", "single", "--duration", "1", "--threads", "0"], "--threads: 0 ist zu klein; das Kleinste ist 1"),
        (["simulate", "single", "--duration", "1", "--threads", "x"], "--threads: „x“ ist keine ganze Zahl"),
        (["simulate", "single", "--duration", "1", "--dtype", "int"], "--dtype kann nicht 'int' sein"),
        (["ports", "--fast"], "nicht verstanden: --fast"),
        (["ports", "extra"], "nicht verstanden: extra"),
        (["fly"], "kann nicht 'fly' sein; möglich sind"),
    ],
)
def test_wrong_usage_is_2_and_told_in_the_readers_language(
    arguments: list[str], german: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--lang", "de", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert german in err
    assert "Aufruf: luiapp" in err


def test_wrong_usage_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--json", "single"]) == 2
    out, err = capsys.readouterr()
    assert strict(out)["error"] == {"kind": "Usage", "message": "these are missing: --duration"}
    assert err == ""


def test_unknown_complaints_pass_as_they_are() -> None:
    assert translate_complaint("something new") == "something new"


def test_done_is_0_and_lines_go_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    add_verb(monkeypatch, lambda options: Report({"a": 1}, ["one", "two"]))
    assert main(["try"]) == 0
    assert capsys.readouterr().out == "one\ntwo\n"


def test_json_is_alone_on_standard_output(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run(options: argparse.Namespace) -> Report:
        sys.stdout.write("a library talks\n")
        return Report({"a": math.nan}, ["a line for people"], code=1)

    add_verb(monkeypatch, run)
    assert main(["try", "--json"]) == 1
    out, err = capsys.readouterr()
    assert strict(out) == {"a": None}
    assert err == "a library talks\n"


def test_our_errors_are_1_and_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    add_verb(monkeypatch, raising(LinkError("'{text}' is too large", text="9")))
    assert main(["try", "--lang", "de"]) == 1
    assert capsys.readouterr() == ("", "Fehler: „9“ ist zu groß\n")


def test_our_errors_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    add_verb(monkeypatch, raising(LinkError("'{text}' is too large", text=9)))
    assert main(["try", "--json"]) == 1
    out, err = capsys.readouterr()
    assert strict(out)["error"] == {
        "kind": "LinkError", "message": "'9' is too large", "text": "'{text}' is too large", "fields": {"text": "9"},
    }  # fmt: skip
    assert err == ""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device"), "error: [Errno 28] No space left on device"),
        (MemoryError(), "error: the memory does not suffice"),
        (ZeroDivisionError("by zero"), "unexpected fault (ZeroDivisionError): by zero"),
    ],
)
def test_other_faults_are_1(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add_verb(monkeypatch, raising(error))
    assert main(["try"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(told)
    assert "Traceback" not in err


def test_interruption_is_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    add_verb(monkeypatch, raising(KeyboardInterrupt()))
    assert main(["try"]) == 130
    assert capsys.readouterr() == ("", "interrupted\n")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_nobody_listening_is_no_fault(unbuffered: str) -> None:
    command = [sys.executable, "-m", "luiapp", "ports"]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        told = child.stderr.read()
    assert (child.returncode, told) == (0, b"")


def test_no_verb_opens_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[argparse.Namespace] = []

    def run(options: argparse.Namespace) -> Report:
        seen.append(options)
        return Report()

    monkeypatch.setitem(VERBS, "run", Verb(run, "run", VERBS["run"].arguments, VERBS["run"].examples, False))
    assert main([]) == 0
    assert main(["--lang", "de"]) == 0
    assert [options.rig for options in seen] == ["sim", "sim"]


@given(st.floats(1e-3, 1e6), st.sampled_from([("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("", 1.0)]))
def test_quantities_take_units(number: float, unit: tuple[str, float]) -> None:
    assert quantity("s")(f"{number!r} {unit[0]}") == pytest.approx(number * unit[1], rel=1e-12)


@given(st.text(max_size=20))
def test_any_text_is_a_positive_quantity_or_a_complaint(text: str) -> None:
    try:
        assert 0 < quantity("s")(text) < math.inf
    except argparse.ArgumentTypeError as error:
        assert str(error)


@given(st.integers(-10, 10), st.integers(-10, 10))
def test_counts_start_where_they_are_told(value: int, low: int) -> None:
    if value >= low:
        assert count(low)(str(value)) == value
    else:
        with pytest.raises(argparse.ArgumentTypeError):
            count(low)(str(value))


_short = st.text(max_size=5)
_leaves = st.none() | st.booleans() | st.integers() | st.floats() | _short


_trees = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_short, inner, max_size=3), max_leaves=5
)


@given(st.dictionaries(_short, _trees, max_size=3))
def test_json_is_strict_and_ascii_whatever_it_tells(data: dict[str, Any]) -> None:
    def finite(value: Any) -> Any:
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, list):
            return [finite(v) for v in value]
        return {k: finite(v) for k, v in value.items()} if isinstance(value, dict) else value

    text = to_json(data)
    assert text.isascii()
    assert strict(text) == finite(data)


def test_json_takes_numpy_and_paths() -> None:
    from pathlib import Path

    import numpy as np

    data = {"n": np.int64(3), "x": np.float32(0.5), "a": np.array([1.0, np.nan]), "p": Path("a") / "b", "t": (1, 2)}
    assert strict(to_json(data)) == {"n": 3, "x": 0.5, "a": [1.0, None], "p": str(Path("a/b")), "t": [1, 2]}


def test_tables_align() -> None:
    assert table([("a", "1"), ("long", "22")]) == ["a     1", "long  22"]


LATE = """
import sys, threading
import luiapp.cli.main as cli
from luiapp.__main__ import main

def run(argv):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    import atexit
    atexit.register(lambda: print("taken down around it"))
    print("said", end="")
    return 3

cli.run = cli.main = run
sys.argv = ["luiapp"]
main()
print("came back")
"""


def test_it_leaves_a_thread_that_is_at_work_alone():
    ended = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "said", "")
