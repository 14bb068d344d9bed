"""Every example of the library can be built on an empty bench, with the mouse and without it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from bench_builders import ByKeys, ByMouse, plain
from bench_desk import Bench, make

from luiapp.model.library import EXAMPLES
from luiapp.model.network import Network

__all__ = ["make"]


@pytest.mark.parametrize("key", EXAMPLES)
def test_it_is_built_by_mouse(make: Callable[..., Bench], key: str) -> None:
    wanted = EXAMPLES[key].build()
    built = ByMouse(make(Network(model="lui"))).build(wanted)
    assert plain(built) == plain(wanted)
    for there, here in zip(built.positions, wanted.positions, strict=True):
        assert np.allclose(there, here, atol=12), "where the mouse put it, on a grid of 8"


@pytest.mark.parametrize("key", EXAMPLES)
def test_it_is_built_by_keys(make: Callable[..., Bench], key: str) -> None:
    wanted = EXAMPLES[key].build()
    assert plain(ByKeys(make(Network(model="lui"))).build(wanted)) == plain(wanted)
