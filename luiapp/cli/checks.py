"""What the doctor looks at. Each check is a function that returns findings and never raises."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from luiapp.cli import qtcheck
from luiapp.texts import LANGUAGES, tr
from luiapp.version import __version__

PACKAGES = {
    "PySide6-Essentials": "qt", "pyqtgraph": "pyqtgraph", "numpy": "numpy", "numba": "numba", "llvmlite": "llvmlite",
    "pyserial": "pyserial", "mcap": "mcap",
}  # fmt: skip
_PYTHONS = ((3, 11), (3, 14))
_LITTLE_SPACE = 1 << 30  # bytes; an hour of eight boards at 1 kHz is about a tenth of it
_PROBE_TIME = 60.0  # s; the first import on a slow disk takes its time


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes
    ----------
    name : str
        For scripts; stays the same in every language and version.
    ok : bool
        False: something won't work until `advice` is followed.
    found : str
        What is there.
    advice : str
        What to do, or to know; may be given where all is well.
    """

    name: str
    ok: bool
    found: str
    advice: str = ""


def python() -> list[Check]:
    """The interpreter."""
    (low, high), here = _PYTHONS, sys.version_info[:2]
    ok = low <= here <= high
    advice = "" if ok else tr("use Python {low} to {high}", low=_dotted(low), high=_dotted(high))
    return [Check("python", ok, f"{platform.python_version()} ({sys.executable})", advice)]


def packages() -> list[Check]:
    """What is installed, and pairs that are known to fail together."""
    versions: dict[str, str] = {}
    checks = []
    for package, name in PACKAGES.items():
        try:
            versions[name] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            advice = tr("type: python -m pip install {package}", package=package)
            if name == "qt":
                advice += " " + tr("(only the window needs it; the other verbs work without)")
            checks.append(Check(name, False, tr("not installed"), advice))
            continue
        checks.append(Check(name, True, versions[name]))
    return checks + bad_pairs(versions, sys.version_info[:2])


def bad_pairs(versions: dict[str, str], python_version: tuple[int, int]) -> list[Check]:
    """Versions that are each fine, but not together."""
    qt, plots = _numbers(versions.get("qt")), _numbers(versions.get("pyqtgraph"))
    checks = []
    if qt[:3] == (6, 12, 0) and python_version < (3, 12):
        checks.append(Check("qt.version", False, f"PySide6 6.12.0, Python {_dotted(python_version)}",
                            tr("this pair ends the program after seconds of animation; type: {command}",
                               command="python -m pip install 'PySide6-Essentials<6.12'")))  # fmt: skip
    if qt[:3] == (6, 9, 1):
        checks.append(Check("qt.version", False, "PySide6 6.9.1",
                            tr("this version breaks the plots; type: {command}",
                               command="python -m pip install 'PySide6-Essentials!=6.9.1'")))  # fmt: skip
    if qt >= (6, 10) and plots and plots < (0, 14):
        checks.append(Check("pyqtgraph.version", False, f"pyqtgraph {versions['pyqtgraph']}, PySide6 {versions['qt']}",
                            tr("this pair crashes; type: {command}",
                               command="python -m pip install 'pyqtgraph>=0.14'")))  # fmt: skip
    return checks


def window() -> list[Check]:
    """Whether Qt can open a window here."""
    if importlib.util.find_spec("PySide6") is None:
        return []
    return [
        Check(finding.name, finding.ok, finding.found, finding.advice)
        for finding in qtcheck.examine(time_limit=_PROBE_TIME)
    ]


def compiler() -> list[Check]:
    """Whether the JIT compiler loads, and where it keeps what it compiled."""
    checks = []
    if all(importlib.util.find_spec(name) for name in ("numpy", "numba")):
        error = probe("import numba; assert numba.njit(lambda x: x + 1, cache=False)(1) == 2")
        advice = tr("type: {command}", command="python -m pip install --force-reinstall numba llvmlite numpy")
        checks.append(Check("jit", not error, error or tr("compiles"), advice if error else ""))
    kernels = Path(__file__).parent.parent / "kernels" / "__pycache__"
    own = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(own)] if own else [kernels, _user_cache()]
    for place in places:
        if _writable(place):
            n = sum(1 for _ in place.rglob("*.nbc")) if place.is_dir() else 0
            state = tr("{n} kernels ready", n=n) if n else tr("empty; the first start takes some seconds longer")
            return [*checks, Check("jit.cache", True, f"{place}: {state}")]
    advice = tr("every start compiles anew; set NUMBA_CACHE_DIR to a folder that can be written")
    return [*checks, Check("jit.cache", False, ", ".join(map(str, places)), advice)]


def serial_ports() -> list[Check]:
    """The ports, and whether they may be used."""
    try:
        from luiapp.link.doctor import answer, port_report

        found = port_report()
    except Exception as error:  # a missing or broken pyserial is told by `packages`
        return [Check("ports", False, f"{type(error).__name__}: {error}", tr("look at 'pyserial' above"))]
    if not found:
        return [Check("ports", True, tr("none found"), tr("plug in a microcontroller to see a real board"))]
    checks = []
    for p in found:
        words = " ".join(w for w in (p.path, p.recognised or p.description, p.usb) if w)
        if p.permitted and p.recognised:  # a kind of board that people have: is it ours, and free?
            words = f"{words}: {answer(p.path)[1]}"
        checks.append(Check("ports", p.permitted, words, p.advice))
    return checks


def space() -> list[Check]:
    """Room for recordings."""
    folder = recordings_folder()
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    try:
        free = shutil.disk_usage(existing).free
    except OSError as error:
        return [Check("disk", False, f"{folder}: {error}", tr("record into another folder"))]
    ok = free >= _LITTLE_SPACE and os.access(existing, os.W_OK)
    found = tr("{folder}: {n} GB free", folder=folder, n=f"{free / 1e9:.1f}")
    if not os.access(existing, os.W_OK):
        return [Check("disk", False, found, tr("it can't be written; record into another folder"))]
    return [Check("disk", ok, found, "" if ok else tr("make room, or record to another disk"))]


def languages() -> list[Check]:
    """Whether every language has its texts."""
    folder = Path(__file__).parent.parent / "locale"
    lacking = [code for code in LANGUAGES if code != "en" and not list((folder / code).glob("*.mo"))]
    advice = tr("install luiapp anew: its translations are missing") if lacking else ""
    return [Check("languages", not lacking, ", ".join(c for c in LANGUAGES if c not in lacking), advice)]


CHECKS: tuple[Callable[[], list[Check]], ...] = (
    python, packages, window, compiler, serial_ports, space, languages,
)  # fmt: skip


def recordings_folder() -> Path:
    """Where recordings go unless told otherwise, or a folder on the same disk."""
    own = os.environ.get("LUIAPP_HOME")
    return Path(own).expanduser() / "recordings" if own else Path.home()


def probe(code: str, time_limit: float = _PROBE_TIME) -> str:
    """Run `code` in a process of its own; what went wrong in one line, or nothing."""
    try:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=time_limit,
                              errors="replace", check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return tr("no answer within {seconds} s", seconds=f"{time_limit:g}")
    if done.returncode == 0:
        return ""
    lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return lines[-1] if lines else tr("ended with code {code}", code=done.returncode)


def versions() -> dict[str, str]:
    """For reports: luiapp's and Python's version."""
    return {"luiapp": __version__, "python": platform.python_version(), "system": platform.platform()}


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _numbers(version: str | None) -> tuple[int, ...]:
    parts = []
    for part in (version or "").split("."):
        digits = "".join(c for c in part if c.isdigit())
        if not digits:
            break
        parts.append(int(digits))
    return tuple(parts)


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "numba"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "numba"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "numba"


def _writable(folder: Path) -> bool:
    existing = next((p for p in (folder, *folder.parents) if p.exists()), None)
    return existing is not None and existing.is_dir() and os.access(existing, os.W_OK)
