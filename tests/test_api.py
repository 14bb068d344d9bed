"""The public names: all there, loaded only when asked for."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import luiapp

HEAVY = ("numpy", "numba", "PySide6", "pyqtgraph", "serial", "mcap")


@pytest.mark.parametrize("name", luiapp.__all__)
def test_every_public_name_resolves(name: str) -> None:
    value = getattr(luiapp, name)
    assert value is not None
    assert getattr(luiapp, name) is value


def test_what_lessons_need_is_public() -> None:
    needed = {"Network", "Neuron", "spike_train", "Poisson", "Step", "Ramp", "Sine", "Noise", "Recording", "Rig",
              "record", "open_rig", "run", "read_recording", "write_recording", "read_network", "write_network",
              "EXAMPLES", "LuiError", "format_quantity", "parse_quantity"}  # fmt: skip
    assert needed <= set(luiapp.__all__) <= set(dir(luiapp))


def test_importing_is_light() -> None:
    code = f"import sys, luiapp\nloaded = set({HEAVY!r}) & set(sys.modules)\nassert not loaded, loaded"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_public_name_brings_qt_or_the_compiler() -> None:
    code = (
        "import sys, luiapp\n[getattr(luiapp, name) for name in luiapp.__all__]\n"
        "loaded = {'numba', 'PySide6', 'pyqtgraph', 'serial'} & set(sys.modules)\nassert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no attribute 'teapot'"):
        luiapp.teapot  # noqa: B018


def test_type_checkers_see_the_same_names() -> None:
    """What stands under TYPE_CHECKING is what is loaded at run time, from the same place."""
    tree = ast.parse(Path(luiapp.__file__).read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    static = {
        alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert static == luiapp._WHERE
    assert sorted(static) == luiapp.__all__


def test_tab_completes_public_names_only() -> None:
    assert [name for name in dir(luiapp) if not name.startswith("__")] == luiapp.__all__


def test_times_may_be_written_with_units_and_mistakes_are_told() -> None:
    net = luiapp.Network(name="one")
    net.probe(net.neuron("A", v_leak=2.0))
    recording = luiapp.run(net, "250 ms")
    assert recording.duration == pytest.approx(0.25)
    assert repr(recording).startswith("<Recording: 0.25 s at 10000 Hz, 1 traces (A), ")
    with pytest.raises(luiapp.ParameterError, match="only a Network can be simulated, not 'ring'"):
        luiapp.run("ring", 1.0)  # type: ignore[arg-type]
    with pytest.raises(luiapp.ParameterError, match="must be in s"):
        luiapp.run(net, "2 V")
