"""Handwritten digits, 8×8: a small set of pictures that comes with scikit-learn, for those who have it."""

from __future__ import annotations

import importlib
import importlib.util
import sys

import numpy as np

from luiapp.errors import ParameterError
from luiapp.train.codes import LatencyCode
from luiapp.train.datasets import Dataset
from luiapp.train.fit import Schedule
from luiapp.train.optimise import Adam
from luiapp.train.surrogate.network import SpikingNet, Start
from luiapp.train.task import SurrogateTask

N_SAMPLES, N_PIXELS, DEEPEST = 1797, 64, 16
_TRAIN, _VALID = 1197, 1497  # where the parts end


def check_digits() -> None:
    """Raises `ParameterError` if scikit-learn, which carries the pictures, is not installed; that takes no time."""
    if "sklearn" not in sys.modules and importlib.util.find_spec("sklearn") is None:
        raise _missing()


def _missing() -> ParameterError:
    return ParameterError("the digits come with the package 'scikit-learn'; install it with: pip install "
                          "'luiapp[digits]'; Yin-Yang and Randman need nothing more")  # fmt: skip


def digits() -> Dataset:
    """The optical recognition of handwritten digits data set (Alpaydin and Kaynak, UCI, 1998), its test part.

    Returns
    -------
    Dataset
        Samples (1797, 64): the pixels row by row, 1 for paper and 0 for the deepest ink, so that ink fires first.

    Raises
    ------
    ParameterError
        If scikit-learn, which carries the pictures, is not installed.
    """
    try:
        found = importlib.import_module("sklearn.datasets").load_digits()
    except ImportError as error:
        raise _missing() from error
    ink = np.asarray(found.data, np.float64) / DEEPEST
    return Dataset(1.0 - ink, np.asarray(found.target, np.int64))


def digit_sets(seed: int = 0) -> tuple[Dataset, Dataset, Dataset]:
    """1197 pictures to train with, 300 to validate and 300 to test, shuffled by `seed`."""
    samples, labels = digits()
    order = np.random.default_rng(seed).permutation(len(labels))
    first, second, third = (
        Dataset(samples[part], labels[part]) for part in np.split(order, (_TRAIN, _VALID))
    )  # fmt: skip
    return first, second, third


def digits_task(hidden: int = 100, *, epochs: int = 20, seed: int = 0) -> SurrogateTask:
    """64 inputs, one a pixel: black fires at 5 ms, white at 45 ms, and a bias at 5 ms; ten classes."""
    net = SpikingNet(N_PIXELS + 1, 10, (hidden,) if hidden else (), tau_mem=10e-3, tau_syn=5e-3, n_steps=60)
    return SurrogateTask(
        net, LatencyCode(5e-3, 45e-3, 5e-3), Start(0.05, 0.25),
        schedule=Schedule(epochs, 50, Adam(5e-3), seed), seed=seed,
    )  # fmt: skip
