"""The set-up scripts, on staged machines: what is missing, who is asking, which names the release has."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent / ".ci"
QT = ["libgl1", "libegl1", "libxkbcommon0", "libfontconfig1", "libdbus-1-3", "libxcb-cursor0",
      "libxkbcommon-x11-0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0"]  # fmt: skip
BOOKWORM, TRIXIE = "libglib2.0-0", "libglib2.0-0t64"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Debian's packages")


@dataclass
class Machine:
    """A path with stand-ins for the system's own programs; apt-get writes down how it was called."""

    folder: Path

    def program(self, name: str, script: str) -> None:
        path = self.folder / name
        path.write_text("#!/bin/sh\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run(self, purpose: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{self.folder}:/usr/bin:/bin", "PYTHON": sys.executable}
        return subprocess.run([str(SCRIPTS / "system"), purpose], env=environment, capture_output=True, text=True,
                              check=False)  # fmt: skip

    @property
    def calls(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []


def machine(folder: Path, *, installed: list[str], known: list[str], user: int = 0) -> Machine:
    one = Machine(folder)
    listing = "\\n".join(f"installed:{name}" for name in installed)
    one.program("dpkg-query", f"printf '{listing}\\nconfig-files:libxcb-cursor0\\n'\n")
    cases = "|".join(known) or "none"
    one.program(
        "apt-cache", f'for last; do :; done\ncase $last in {cases}) echo "Package: $last" ;; *) exit 1 ;; esac\n'
    )
    one.program("id", f"echo {user}\n")
    one.program("sudo", "exit 1\n")
    one.program("apt-get", f'echo "$*" >> "{folder}/log"\n')
    return one


TOOLS = [
    "xvfb",
    "xauth",
    "ngspice",
    "gcc",
    "libc6-dev",
    "gcc-avr",
    "avr-libc",
    "binutils-avr",
    "libsimavr-dev",
    "arduino-core-avr",
]  # of the tests


def test_nothing_to_do_is_quiet(tmp_path: Path) -> None:
    one = machine(tmp_path, installed=[*QT, BOOKWORM, *TOOLS], known=[])
    for purpose in ("run", "test"):
        done = one.run(purpose)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert one.calls == []


def test_comparing_needs_a_compiler(tmp_path: Path) -> None:
    one = machine(tmp_path, installed=[*QT, BOOKWORM, *TOOLS], known=["g++"])
    assert one.run("oracles").returncode == 0
    assert [call.split()[-1] for call in one.calls] == ["g++"]


def test_new_names_count_as_there(tmp_path: Path) -> None:
    assert machine(tmp_path, installed=[*QT, TRIXIE], known=[]).run("run").returncode == 0


@pytest.mark.parametrize(
    ("known", "chosen"), [([BOOKWORM], BOOKWORM), ([TRIXIE], TRIXIE), ([TRIXIE, BOOKWORM], TRIXIE)]
)
def test_root_installs_what_is_missing_by_its_name_in_this_release(
    known: list[str], chosen: str, tmp_path: Path
) -> None:
    one = machine(tmp_path, installed=[name for name in QT if name != "libxcb-cursor0"], known=[*known, *QT])
    assert one.run("run").returncode == 0
    (call,) = one.calls  # the lists knew all names, so there was no update
    assert call.startswith("install -y")
    assert call.split()[-2:] == [chosen, "libxcb-cursor0"]


def test_empty_lists_are_fetched_first(tmp_path: Path) -> None:
    one = machine(tmp_path, installed=QT, known=[])
    one.run("run")
    assert [call.split()[0] for call in one.calls] == ["update", "install"]


def test_stale_lists_are_renewed_once(tmp_path: Path) -> None:
    one = machine(tmp_path, installed=QT, known=[BOOKWORM])
    one.program("apt-get", f'echo "$*" >> "{tmp_path}/log"\n[ "$1" = update ]\n')
    assert one.run("run").returncode != 0
    assert [call.split()[0] for call in one.calls] == ["install", "update", "install"]


def test_without_rights_one_line_is_printed(tmp_path: Path) -> None:
    one = machine(tmp_path, installed=QT, known=[BOOKWORM], user=1000)
    done = one.run("test")
    assert done.returncode == 1
    line = "sudo apt-get update && sudo apt-get install -y --no-install-recommends libglib2.0-0 " + " ".join(TOOLS)
    assert line in [text.strip() for text in done.stderr.splitlines()]
    assert one.run("run").returncode == 0  # the window may open all the same
    assert one.calls == []


def test_sudo_without_password_is_used(tmp_path: Path) -> None:
    one = machine(tmp_path, installed=QT, known=[BOOKWORM], user=1000)
    one.program("sudo", '[ "$2" = true ] && exit 0\nshift\n"$@"\n')
    assert one.run("run").returncode == 0
    assert [call.split()[0] for call in one.calls] == ["install"]


def test_other_systems_are_left_alone(tmp_path: Path) -> None:
    for name in ("sh", "dirname", "sed", "tr", "id"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run(["/bin/sh", str(SCRIPTS / "system"), "run"], env={"PATH": str(tmp_path)},
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def python(folder: Path, *, arguments: tuple[str, ...] = (), **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{folder}:/usr/bin:/bin", **more}
    return subprocess.run([str(SCRIPTS / "python"), *arguments], env=environment, capture_output=True, text=True,
                          check=False)  # fmt: skip


def test_a_python_in_range_is_found_behind_a_broken_name(tmp_path: Path) -> None:
    one = Machine(tmp_path)
    one.program("python3.14", "exit 127\n")
    one.program("python3.13", f'exec "{sys.executable}" "$@"\n')
    done = python(tmp_path)
    assert done.returncode == 0
    assert Path(done.stdout.strip()) == Path(sys.executable)


def test_no_python_is_a_clear_error(tmp_path: Path) -> None:
    done = python(tmp_path, PYTHON="python-of-yore")
    assert done.returncode == 1
    assert "make PYTHON=" in done.stderr
    assert python(tmp_path, arguments=("--package",), PYTHON="python-of-yore").stdout == "python3 python3-venv\n"


def test_a_python_without_environments_names_its_package(tmp_path: Path) -> None:
    one = Machine(tmp_path)
    one.program("python3.12", "case $2 in *ensurepip*) exit 1 ;; *print*) echo python3.12-venv ;; esac\n")
    assert python(tmp_path, PYTHON="python3.12").returncode == 1
    assert python(tmp_path, arguments=("--package",), PYTHON="python3.12").stdout == "python3.12-venv\n"


def test_help_is_what_make_does_first() -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    done = subprocess.run(["make", "-C", str(SCRIPTS.parent)], env=environment, capture_output=True, text=True,
                          check=True)  # fmt: skip
    for target in ("run", "test", "bench", "oracles", "lint", "translations", "clean", "help"):
        assert f"make {target} " in done.stdout
