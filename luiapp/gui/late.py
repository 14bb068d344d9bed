"""Load a room of the project only when it is needed: the window appears before numpy, plots and compilers are there."""

from __future__ import annotations

import importlib
from typing import Any


def late(path: str) -> Any:
    """The module, or with ``module:name`` what it calls so."""
    module, _, name = path.partition(":")
    loaded = importlib.import_module(module)
    return getattr(loaded, name) if name else loaded
