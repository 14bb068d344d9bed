"""Whether Qt starts here, found out in a process of its own: a missing library ends the process, not the doctor."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from luiapp.texts import tr

# Debian's and Ubuntu's package for each library that Qt's wheels expect from the system.
LIBRARIES = {
    "libglib-2.0.so.0": "libglib2.0-0", "libgthread-2.0.so.0": "libglib2.0-0", "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1", "libOpenGL.so.0": "libopengl0", "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1", "libfreetype.so.6": "libfreetype6", "libdbus-1.so.3": "libdbus-1-3",
    "libX11.so.6": "libx11-6", "libX11-xcb.so.1": "libx11-xcb1", "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0", "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0", "libxcb-image.so.0": "libxcb-image0",
    "libxcb-render-util.so.0": "libxcb-render-util0", "libxcb-render.so.0": "libxcb-render0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0", "libxcb-xkb.so.1": "libxcb-xkb1", "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-shm.so.0": "libxcb-shm0", "libxcb-sync.so.1": "libxcb-sync1", "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0", "libSM.so.6": "libsm6", "libICE.so.6": "libice6", "libz.so.1": "zlib1g",
}  # fmt: skip
_START = (
    "from PySide6 import QtCore, QtWidgets\n"
    "app = QtWidgets.QApplication([])\n"
    "screen = app.primaryScreen()\n"
    "size = screen.size() if screen else QtCore.QSize()\n"
    "print('started', app.platformName(), size.width(), size.height())\n"
)
_MISSING = re.compile(r"(lib[\w.+-]+\.so[.\d]*): cannot open shared object file")
_NOT_FOUND = re.compile(r"^\s*(lib[\w.+-]+\.so[.\d]*) => not found", re.MULTILINE)


@dataclass(frozen=True)
class Finding:
    """As `luiapp.cli.checks.Check`."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def examine(*, time_limit: float) -> list[Finding]:
    """Display, Qt platform and missing libraries."""
    display = display_found()
    findings = [
        Finding(
            "display",
            True,
            display or tr("none found"),
            "" if display else tr("no window can open here; 'luiapp run --offscreen' works"),
        )
    ]
    chosen = os.environ.get("QT_QPA_PLATFORM") or ("" if display else "offscreen")
    started, output = start(chosen, time_limit)
    libraries = missing_libraries(output)
    if not started:
        libraries |= unresolved()
    if started:
        findings.append(Finding("qt.platform", True, started))
    else:
        reason = tr("no answer within {seconds} s", seconds=f"{time_limit:g}") if output == "" else _reason(output)
        findings.append(
            Finding("qt.platform", False, f"{chosen or sys.platform}: {reason}", _platform_advice(libraries))
        )
    if libraries:
        findings.append(Finding("system libraries", False, ", ".join(sorted(libraries)), install_line(libraries)))
    elif started:
        findings.append(Finding("system libraries", True, tr("all there")))
    return findings


def display_found() -> str:
    """The display of this session, or nothing."""
    if not sys.platform.startswith("linux"):
        return sys.platform
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(name):
            return f"{name}={os.environ[name]}"
    return ""


def start(platform: str, time_limit: float) -> tuple[str, str]:
    """Start Qt on `platform` (empty: its own choice): what started, and what was said on the way."""
    environment = {**os.environ, "QT_DEBUG_PLUGINS": "1"}
    if platform:
        environment["QT_QPA_PLATFORM"] = platform
    try:
        done = subprocess.run([sys.executable, "-c", _START], capture_output=True, text=True, timeout=time_limit,
                              errors="replace", env=environment, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return "", ""
    match = re.search(r"^started (\S+) (-?\d+) (-?\d+)$", done.stdout, re.MULTILINE)
    if match and done.returncode == 0:
        return f"{match[1]}, {match[2]} × {match[3]}", ""
    return "", done.stderr + done.stdout + "\n"


def missing_libraries(output: str) -> set[str]:
    """Libraries that the loader's complaints in `output` name."""
    return set(_MISSING.findall(output)) | set(_NOT_FOUND.findall(output))


def unresolved() -> set[str]:
    """All libraries that Qt's own files lack, as the loader stops at the first."""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None or not shutil.which("ldd"):
        return set()
    qt = Path(spec.origin).parent / "Qt"
    files = [*(qt / "lib" / f"libQt6{part}.so.6" for part in ("Core", "Gui", "Widgets", "XcbQpa")),
             qt / "plugins" / "platforms" / "libqxcb.so"]  # fmt: skip
    lacking: set[str] = set()
    for file in files:
        if file.exists():
            done = subprocess.run(["ldd", str(file)], capture_output=True, text=True, errors="replace", check=False)
            lacking |= missing_libraries(done.stdout)
    return lacking


def install_line(libraries: set[str]) -> str:
    """What to type so that they are there."""
    packages = sorted({LIBRARIES[name] for name in libraries if name in LIBRARIES})
    unknown = sorted(name for name in libraries if name not in LIBRARIES)
    told = []
    if packages:
        told.append(tr("type: {command}", command="sudo apt-get install -y " + " ".join(packages)))
    if unknown:
        told.append(tr("install what brings {names}", names=", ".join(unknown)))
    return "; ".join(told)


def _platform_advice(libraries: set[str]) -> str:
    if libraries:
        return tr("install the libraries below")
    return tr("try: {command}", command="QT_QPA_PLATFORM=offscreen luiapp run --offscreen --seconds 6 --out demo/")


def _reason(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [one for one in lines if "could not" in one.lower() or "error" in one.lower() or "cannot" in one.lower()]
    return (telling or lines or ["?"])[-1][:200]
