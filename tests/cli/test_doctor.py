"""The doctor: the shape of its report, and each illness that can be staged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from luiapp.cli import checks, qtcheck
from luiapp.cli.checks import Check, bad_pairs
from luiapp.cli.main import main
from luiapp.version import __version__


def fake_checks(monkeypatch: pytest.MonkeyPatch, *found: Check) -> None:
    monkeypatch.setattr("luiapp.cli.doctor.CHECKS", tuple(lambda one=one: [one] for one in found))


def test_the_report_of_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["version"] == __version__
    assert code == (0 if report["ok"] else 1)
    assert report["ok"] == all(one["ok"] for one in report["checks"])
    for one in report["checks"]:
        assert set(one) == {"name", "ok", "found", "advice"}
        assert one["found"]
        assert one["ok"] or one["advice"], f"{one['name']} is ill, but there is no advice"
    names = {one["name"] for one in report["checks"]}
    assert {"python", "qt", "numpy", "numba", "jit", "jit.cache", "qt.platform", "display", "disk", "ports",
            "languages"} <= names  # fmt: skip
    assert next(one for one in report["checks"] if one["name"] == "qt.platform")["found"].startswith("offscreen")


def test_healthy_is_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fake_checks(monkeypatch, Check("a", True, "1"), Check("b", True, "2", "a hint"))
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "✓ a  1" in told
    assert "→ a hint" in told
    assert told.endswith("All is well.\n")


def test_ill_is_1_and_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    fake_checks(monkeypatch, Check("a", True, "1"), Check("b", False, "2", "do this"))
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "✗ b  2" in told
    assert "→ do this" in told
    assert told.endswith("To put right: b\n")


def test_a_check_that_fails_is_a_finding(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def faint() -> list[Check]:
        raise ValueError("oh")

    monkeypatch.setattr("luiapp.cli.doctor.CHECKS", (faint,))
    assert main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["checks"][0]["found"] == "ValueError: oh"


@pytest.mark.parametrize(
    ("versions", "python", "ill"),
    [
        ({"qt": "6.12.0", "pyqtgraph": "0.14.0"}, (3, 11), ["qt.version"]),
        ({"qt": "6.12.0", "pyqtgraph": "0.14.0"}, (3, 12), []),
        ({"qt": "6.12.1", "pyqtgraph": "0.14.0"}, (3, 11), []),
        ({"qt": "6.11.3", "pyqtgraph": "0.14.0"}, (3, 11), []),
        ({"qt": "6.9.1", "pyqtgraph": "0.14.0"}, (3, 13), ["qt.version"]),
        ({"qt": "6.10.0", "pyqtgraph": "0.13.7"}, (3, 13), ["pyqtgraph.version"]),
        ({"qt": "6.8.2", "pyqtgraph": "0.13.7"}, (3, 13), []),
        ({"qt": "6.10.0.dev1"}, (3, 13), []),
        ({}, (3, 11), []),
    ],
)
def test_pairs_known_to_fail(versions: dict[str, str], python: tuple[int, int], ill: list[str]) -> None:
    found = bad_pairs(versions, python)
    assert [one.name for one in found] == ill
    assert all(not one.ok and "pip install" in one.advice for one in found)


def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(checks.PACKAGES, "no-such-package-of-ours", "ghost")
    ghost = next(one for one in checks.packages() if one.name == "ghost")
    assert not ghost.ok
    assert "pip install no-such-package-of-ours" in ghost.advice


def test_libraries_are_named_from_the_loaders_complaints() -> None:
    said = (
        "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory\n"
        "Cannot load library /x/libqxcb.so: (libxcb-cursor.so.0: cannot open shared object file: No such file)\n"
        "\tlibxkbcommon-x11.so.0 => not found\n\tlibc.so.6 => /lib/libc.so.6 (0x0)\n"
    )
    assert qtcheck.missing_libraries(said) == {"libEGL.so.1", "libxcb-cursor.so.0", "libxkbcommon-x11.so.0"}


def test_the_line_to_type() -> None:
    line = qtcheck.install_line({"libEGL.so.1", "libxcb-cursor.so.0", "libghost.so.3"})
    assert "sudo apt-get install -y libegl1 libxcb-cursor0" in line
    assert "libghost.so.3" in line


def test_every_package_of_the_setup_is_known_to_the_doctor() -> None:
    setup = (Path(__file__).parents[2] / ".ci" / "system").read_text()
    wanted = setup.partition('wanted="')[2].partition('"')[0].replace("libglib2.0-0t64/", "").split()
    assert len(wanted) == 11
    assert set(wanted) <= set(qtcheck.LIBRARIES.values())


def test_qt_starts_offscreen() -> None:
    started, said = qtcheck.start("offscreen", 60)
    assert started.startswith("offscreen, ")
    assert said == ""


def test_qt_on_a_platform_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "papyrus")
    found = {one.name: one for one in qtcheck.examine(time_limit=60)}
    assert not found["qt.platform"].ok
    assert found["qt.platform"].found.startswith("papyrus: ")
    assert "offscreen" in found["qt.platform"].advice


def test_qt_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qtcheck, "_START", "import time; time.sleep(60)")
    found = {one.name: one for one in qtcheck.examine(time_limit=0.3)}
    assert not found["qt.platform"].ok
    assert "0.3 s" in found["qt.platform"].found


def test_qt_without_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "ImportError: libEGL.so.1: cannot open shared object file: No such file or directory"
    monkeypatch.setattr(qtcheck, "_START", f"raise SystemExit({said!r})")
    found = {one.name: one for one in qtcheck.examine(time_limit=60)}
    assert not found["system libraries"].ok
    assert found["system libraries"].found == "libEGL.so.1"
    assert "apt-get install -y libegl1" in found["system libraries"].advice


def test_no_display_is_told_but_no_illness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert qtcheck.display_found() == ""
    monkeypatch.setenv("DISPLAY", ":7")
    assert qtcheck.display_found() == "DISPLAY=:7"


def test_a_probe_tells_the_last_line_and_keeps_time() -> None:
    assert checks.probe("pass") == ""
    assert checks.probe("raise ValueError('broken wheel')") == "ValueError: broken wheel"
    assert "0.2 s" in checks.probe("import time; time.sleep(60)", 0.2)


def test_a_jit_cache_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(checks, "probe", lambda code: "")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file" / "cache"))
    found = {one.name: one for one in checks.compiler()}
    assert not found["jit.cache"].ok
    assert "NUMBA_CACHE_DIR" in found["jit.cache"].advice
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    assert {one.name: one.ok for one in checks.compiler()}["jit.cache"]


def test_a_compiler_that_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "probe", lambda code: "ImportError: numba needs another numpy")
    found = {one.name: one for one in checks.compiler()}
    assert found["jit"] == Check("jit", False, "ImportError: numba needs another numpy", found["jit"].advice)
    assert "--force-reinstall" in found["jit"].advice


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr(checks.shutil, "disk_usage", lambda path: usage)
    (found,) = checks.space()
    assert not found.ok
    assert "0.0 GB" in found.found


def test_works_where_qt_is_missing() -> None:
    """In a Python that can't find Qt: the doctor says so, and ends in order."""
    code = (
        "import sys, json, importlib.util, importlib.metadata as m\n"
        "find, version = importlib.util.find_spec, m.version\n"
        "importlib.util.find_spec = lambda name, *a: None if name.startswith('PySide6') else find(name, *a)\n"
        "def versions(name):\n"
        "    if name.startswith('PySide6'): raise m.PackageNotFoundError(name)\n"
        "    return version(name)\n"
        "m.version = versions\n"
        "from luiapp.cli.main import main\n"
        "code = main(['doctor', '--json'])\n"
        "assert 'PySide6' not in sys.modules\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    qt = next(one for one in report["checks"] if one["name"] == "qt")
    assert (qt["ok"], "PySide6-Essentials" in qt["advice"]) == (False, True)
