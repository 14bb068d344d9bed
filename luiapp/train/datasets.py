"""What is learned: points in the unit cube and their classes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from luiapp.errors import ParameterError

MAX_SAMPLES = 10_000_000
_CUTOFF = 1e-3  # of a manifold's harmonics, relative to the first


class Dataset(NamedTuple):
    """Samples and their classes.

    Attributes
    ----------
    samples : (n_samples, n_features) float64
        Each feature from 0 to 1.
    labels : (n_samples,) int64
        Classes, counted from 0.
    """

    samples: NDArray[np.float64]
    labels: NDArray[np.int64]


def yin_yang(size: int, seed: int = 42) -> Dataset:
    """The Yin-Yang data set of Kriener, Göltz and Petrovici (arXiv 2102.08211), bit for bit as published.

    Parameters
    ----------
    size : int
        Number of samples. The published sets have 5000 (training), 1000 (validation) and 1000 (test).
    seed : int
        42, 41 and 40 for those.

    Returns
    -------
    Dataset
        Samples (size, 4): x, y, 1 - x, 1 - y; and the classes: 1 the swirl over the left dot, 0 the other, 2 the dots.

    Raises
    ------
    ParameterError
        If size or seed are out of range.
    """
    from luiapp.kernels import train_data  # here, as the compiler takes a while to load

    _check_size(size)
    if not 0 <= seed < 2**32:
        raise ParameterError("the seed must lie between 0 and {limit}, not {value}", limit=2**32 - 1, value=seed)
    samples, labels = np.empty((size, 4)), np.empty(size, np.int64)
    random = np.random.RandomState(seed)  # the generator that the published set was drawn with
    words = np.empty(0, np.uint32)
    n_done = 0
    while n_done < size:
        more = random.randint(0, 2**32, 32 * (size - n_done) + 256, np.uint32)
        words = np.concatenate([words, more])
        n_done, used = train_data.yin_yang_fill(words, samples, labels, n_done)
        words = words[used:]
    return Dataset(samples, labels)


def yin_yang_classes(points: ArrayLike) -> NDArray[np.int64]:
    """The true class of each of `points` (n, 2), -1 outside the disc: what a map of decisions is compared with."""
    from luiapp.kernels import train_data  # here, as the compiler takes a while to load

    flat = np.ascontiguousarray(points, np.float64)
    if flat.ndim != 2 or flat.shape[1] != 2:
        raise ParameterError("points have the shape (n, 2), not {shape}", shape=flat.shape)
    classes = np.empty(len(flat), np.int64)
    train_data.yin_yang_classes(flat, classes)
    return classes


def painted(points: ArrayLike, labels: ArrayLike) -> Dataset:
    """A data set from points that somebody painted.

    Parameters
    ----------
    points : (n, n_dimensions)
        In the unit square (or cube).
    labels : (n,)
        Classes, whole numbers from 0.

    Returns
    -------
    Dataset
        With mirrored coordinates, as `yin_yang` has them.

    Raises
    ------
    ParameterError
        If there is no point, one lies outside, or points and labels don't go together.
    """
    plain = np.asarray(points, np.float64)
    classes = np.asarray(labels)
    if plain.ndim != 2 or classes.shape != plain.shape[:1]:
        raise ParameterError("{points} points don't go with {labels} labels",
                             points=plain.shape, labels=classes.shape)  # fmt: skip
    if not plain.size:
        raise ParameterError("there is no point yet; paint at least one of each class")
    if not ((plain >= 0) & (plain <= 1)).all():
        raise ParameterError("every coordinate must lie between 0 and 1")
    whole = classes.astype(np.int64)
    if (whole != classes).any() or whole.min() < 0:
        raise ParameterError("classes are whole numbers from 0")
    return Dataset(mirrored(plain), whole)


def mirrored(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, d) points as (n, 2 d): each coordinate, then each coordinate from the other side, ``1 - x``.

    A late spike says little about where a point lies; its mirror image is an early one.
    """
    return np.concatenate([points, 1.0 - points], axis=1)


def randman(
    n_classes: int = 10,
    n_per_class: int = 1000,
    *,
    n_features: int = 20,
    n_dimensions: int = 1,
    smoothness: float = 1.0,
    seed: int = 0,
) -> Dataset:
    """Smooth random manifolds, one a class, after Zenke and Vogels, Neural Comput. 33 (2021) 899.

    Feature i of a sample is ``prod_j sum_k k^-smoothness A_ijk sin(2 pi (k x_j B_ijk + C_ijk))`` with A, B, C and the
    place x on the manifold uniform between 0 and 1, stretched so that each feature spans 0 to 1 within its class.

    Parameters
    ----------
    n_classes, n_per_class : int
    n_features : int
        Dimensions of the space that holds the manifolds.
    n_dimensions : int
        Dimensions of the manifolds.
    smoothness : float
        The larger, the smoother (alpha in the paper).
    seed : int
        Of the manifolds and the places.

    Returns
    -------
    Dataset
        In random order, so that any slice of it is a fair sample.
    """
    from luiapp.kernels import train_data  # here, as the compiler takes a while to load

    for value in (n_classes, n_per_class, n_features, n_dimensions):
        _check_size(value)
    _check_size(n_classes * n_per_class)
    if not 0 < smoothness <= 100:
        raise ParameterError("the smoothness must lie between 0 and 100, not {value}", value=smoothness)
    random = np.random.default_rng(seed)
    n_harmonics = int(min(np.ceil(_CUTOFF ** (-1 / smoothness)), 1000))
    order = np.arange(1, n_harmonics + 1)
    samples = np.empty((n_classes * n_per_class, n_features))
    for label in range(n_classes):
        draw = random.random((3, n_features, n_dimensions, n_harmonics))
        places = random.random((n_per_class, n_dimensions))
        part = samples[label * n_per_class : (label + 1) * n_per_class]
        train_data.manifold(places, draw[0] * order**-smoothness, draw[1] * order, draw[2], part)
        low, high = part.min(axis=0), part.max(axis=0)
        part -= low
        part /= np.where(high > low, high - low, 1.0)
    shuffled = random.permutation(len(samples))
    return Dataset(samples[shuffled], np.repeat(np.arange(n_classes), n_per_class)[shuffled])


def _check_size(value: int) -> None:
    if not 1 <= value <= MAX_SAMPLES:
        raise ParameterError("a data set has between 1 and {limit} samples, not {value}",
                             limit=MAX_SAMPLES, value=value)  # fmt: skip
