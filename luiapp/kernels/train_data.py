"""Sampling loops of the training data sets: what is sequential by definition, or long."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy")  # no fastmath: equal bit for bit on every machine

YIN_YANG_BIG, YIN_YANG_SMALL = 0.5, 0.1  # radii of the disc and of its dots


@_kernel
def yin_yang_class(x, y):  # type: ignore[no-untyped-def]
    """The class of a point, or -1 outside the disc: 1 the swirl over the left dot, 0 the other, 2 the dots.

    The order of comparisons, and which of them are strict, are the published generator's.
    """
    big, small = YIN_YANG_BIG, YIN_YANG_SMALL
    if math.sqrt((x - big) ** 2 + (y - big) ** 2) > big:
        return -1
    right = math.sqrt((x - 1.5 * big) ** 2 + (y - big) ** 2)
    left = math.sqrt((x - 0.5 * big) ** 2 + (y - big) ** 2)
    if right < small or left < small:
        return 2
    if right <= small or (left > small and left <= 0.5 * big) or (y > big and right > 0.5 * big):
        return 1
    return 0


@_kernel
def yin_yang_fill(words, samples, labels, n_done):  # type: ignore[no-untyped-def]
    """Draw samples from a stream of 32-bit `words` until they are used up.

    A class is drawn from the two lowest bits of a word, again if they say 3; then points of the square, two words a
    coordinate, until one is of that class.

    Returns
    -------
    tuple of int
        Samples done, and words used by them; a sample that was begun but not finished counts in neither.
    """
    i, n_words = 0, words.shape[0]
    used = 0
    while n_done < labels.shape[0]:
        while i < n_words and words[i] & 3 == 3:
            i += 1
        if i >= n_words:
            break
        goal = words[i] & 3
        i += 1
        found = False
        while not found and i + 4 <= n_words:
            x = ((words[i] >> 5) * 67108864.0 + (words[i + 1] >> 6)) / 9007199254740992.0
            y = ((words[i + 2] >> 5) * 67108864.0 + (words[i + 3] >> 6)) / 9007199254740992.0
            i += 4
            found = yin_yang_class(x, y) == goal
        if not found:
            break
        samples[n_done, 0], samples[n_done, 1] = x, y
        samples[n_done, 2], samples[n_done, 3] = 1.0 - x, 1.0 - y
        labels[n_done] = goal
        n_done += 1
        used = i
    return n_done, used


@_kernel
def yin_yang_classes(points, classes):  # type: ignore[no-untyped-def]
    """`yin_yang_class` of each row of `points` (n, 2), into `classes` (n,)."""
    for i in range(points.shape[0]):
        classes[i] = yin_yang_class(points[i, 0], points[i, 1])


@_kernel
def manifold(places, gain, frequency, phase, out):  # type: ignore[no-untyped-def]
    """Smooth random functions on a cube.

    ``out[n, i] = prod_j sum_k gain[i, j, k] sin(2 pi (frequency[i, j, k] places[n, j] + phase[i, j, k]))``.
    """
    for n in range(places.shape[0]):
        for i in range(gain.shape[0]):
            product = 1.0
            for j in range(gain.shape[1]):
                total = 0.0
                for k in range(gain.shape[2]):
                    total += gain[i, j, k] * math.sin(
                        2.0 * math.pi * (frequency[i, j, k] * places[n, j] + phase[i, j, k])
                    )
                product *= total
            out[n, i] = product
