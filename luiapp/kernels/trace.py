"""Kernels of the scope: the min/max pyramid of a ring, its columns on screen, and what is drawn of them.

A window of a stream is drawn as one column of pixels after the other: first the least and greatest value in each
column (`columns`, from the samples or from bins of the pyramid), then the strokes (`strokes`) and the spikes (`bars`),
straight into the pixels of an image. The cost depends on the number of columns, not on the length of the window, and
hardly on the width of the pen.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

BIN = 16  # samples in a bin of the lowest level, and bins in a bin of the next
N_LEVELS = 3
# Bins a column must hold to be made of bins: its edges are then right to a quarter of a column.
_FEWEST = 4
CONTEXT = 32  # columns on either side that joints, slopes and wide pens may look at
_BLOCK = 16  # columns drawn at a time: as many pixels as a line of the cache holds


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def fold(raw, low, high, offset, n_bins, first, i_from, i_end):  # type: ignore[no-untyped-def]
    """Bring the pyramid up to date after samples [i_from, i_end) were written; all of them must still be in `raw`.

    Parameters
    ----------
    raw : (n_traces, n_raw) float32
        Sample i of the stream at column i mod n_raw.
    low, high : (n_traces, sum of n_bins) float32
        Least and greatest value of each bin, level after level; not-a-number where all samples are.
    offset, n_bins : (n_levels,) int64
        Where a level begins, and how many bins it has. Bin b of a level is at offset + b mod n_bins.
    first : int
        Index of the stream's first sample.
    """
    n_raw = raw.shape[1]
    for k in range(raw.shape[0]):
        for b in range(i_from // BIN, (i_end - 1) // BIN + 1):
            s = max(b * BIN, first)
            least = np.float32(np.inf)
            greatest = np.float32(-np.inf)
            p = s % n_raw
            for _ in range(min(b * BIN + BIN, i_end) - s):
                v = raw[k, p]
                if v < least:
                    least = v
                if v > greatest:
                    greatest = v
                p += 1
                if p == n_raw:
                    p = 0
            if least > greatest:
                least = greatest = np.float32(np.nan)
            q = offset[0] + b % n_bins[0]
            low[k, q] = least
            high[k, q] = greatest
        child = BIN
        for level in range(1, n_bins.shape[0]):
            size = child * BIN
            for b in range(i_from // size, (i_end - 1) // size + 1):
                least = np.float32(np.inf)
                greatest = np.float32(-np.inf)
                last = min(b * BIN + BIN, (i_end - 1) // child + 1)
                for c in range(max(b * BIN, first // child), last):
                    p = offset[level - 1] + c % n_bins[level - 1]
                    if low[k, p] < least:
                        least = low[k, p]
                    if high[k, p] > greatest:
                        greatest = high[k, p]
                if least > greatest:
                    least = greatest = np.float32(np.nan)
                q = offset[level] + b % n_bins[level]
                low[k, q] = least
                high[k, q] = greatest
            child = size


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def columns(raw, low, high, offset, n_bins, first, head, chosen, origin, number, step, j_from, j_end, lo, hi):  # type: ignore[no-untyped-def]
    """Least and greatest value of the chosen traces in each column j of [j_from, j_end).

    Column j holds the samples from origin + (number + j − j_from)·step on, `step` samples long. Where a column is
    shorter than a sample, the values are those of the line between samples. Not-a-number where there is nothing.
    A column that is counted by another `number` from the same origin has the very same edges.

    Parameters
    ----------
    first, head : int
        The oldest sample that the pyramid still has, and the one after the newest.
    chosen : (n_chosen,) int32
        Traces, one for each row of `lo` and `hi`, which are (n_chosen, n_columns) float32.
    """
    n_raw = raw.shape[1]
    raw_first = max(first, head - n_raw)
    level = -1
    size = 1
    while level + 1 < n_bins.shape[0] and size * BIN * _FEWEST <= step:
        level += 1
        size *= BIN
    for row in range(chosen.shape[0]):
        k = chosen[row]
        for j in range(j_from, j_end):
            s = origin + (number + j - j_from) * step
            e = origin + (number + j - j_from + 1) * step
            least = np.float32(np.inf)
            greatest = np.float32(-np.inf)
            a = math.floor(s)
            b = math.floor(e)
            if level >= 0 or (a < raw_first and b >= first):
                used = max(level, 0)
                width = size if level >= 0 else BIN
                c = math.floor(s / width)
                d = max(math.floor(e / width), c + 1)
                c = max(c, first // width)
                d = min(d, (head - 1) // width + 1)
                n = n_bins[used]
                p = c % n
                for _ in range(d - c):
                    q = offset[used] + p
                    if low[k, q] < least:
                        least = low[k, q]
                    if high[k, q] > greatest:
                        greatest = high[k, q]
                    p += 1
                    if p == n:
                        p = 0
            elif step >= 1.0:
                a = max(a, raw_first)
                b = min(b, head)
                p = a % n_raw
                for _ in range(b - a):
                    v = raw[k, p]
                    if v < least:
                        least = v
                    if v > greatest:
                        greatest = v
                    p += 1
                    if p == n_raw:
                        p = 0
            elif a >= raw_first and b + 1 < head:
                v0 = raw[k, a % n_raw]
                v1 = raw[k, (a + 1) % n_raw]
                at_s = v0 + (v1 - v0) * np.float32(s - a)
                if b > a:
                    v0 = v1
                    v1 = raw[k, (b + 1) % n_raw]
                    least = min(least, v0)
                    greatest = max(greatest, v0)
                at_e = v0 + (v1 - v0) * np.float32(e - b)
                if not (math.isnan(at_s) or math.isnan(at_e)):
                    least = min(least, at_s, at_e)
                    greatest = max(greatest, at_s, at_e)
            if least > greatest:
                least = greatest = np.float32(np.nan)
            lo[row, j] = least
            hi[row, j] = greatest


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _mix(below, above, share):  # type: ignore[no-untyped-def]
    """The colour of a pixel of colour `below`, covered to `share` by `above`."""
    out = np.uint32(0xFF000000)
    for shift in (0, 8, 16):
        under = (below >> np.uint32(shift)) & np.uint32(255)
        over = (above >> np.uint32(shift)) & np.uint32(255)
        out |= np.uint32(under + (np.float32(over) - np.float32(under)) * share + np.float32(0.5)) << np.uint32(shift)
    return out


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def strokes(pixels, lo, hi, gain, zero, y_from, y_end, colour, width, dash, phase, x_first, j_from, j_end):  # type: ignore[no-untyped-def]
    """Draw traces from their columns: a value v of row k lies at pixel zero[k] − gain[k]·v from the top.

    Parameters
    ----------
    pixels : (height, image width) uint32
        0xffRRGGBB. Column j of `lo` and `hi` is drawn at x_first + j.
    y_from, y_end : (n_chosen,) int32
        Rows of pixels that a trace may touch.
    colour : (n_chosen,) uint32
    width : (n_chosen,) float32
        Of the pen [pixel].
    dash : (n_chosen, 4) int32
        Lengths in pixels: on, off, on, off; all zero for a solid line.
    phase : int
        Number of column 0 in the dashes' own count, so that they travel with the trace.
    j_from, j_end : int
        Columns to draw; what they look like depends on no more than `CONTEXT` columns around them.
    """
    a = max(j_from - CONTEXT, 0)
    b = min(j_end + CONTEXT, lo.shape[1])
    top = np.empty(lo.shape, np.float32)
    low = np.empty(lo.shape, np.float32)
    for k in range(lo.shape[0]):
        _join(lo[k], hi[k], gain[k], zero[k], np.float32(y_end[k] + 8), a, b, top[k], low[k])
    # All traces in a few columns, then the next few: what is written stays in the processor's cache.
    for block in range(j_from, j_end, _BLOCK):
        for k in range(lo.shape[0]):
            _stroke(pixels, top[k], low[k], block, min(block + _BLOCK, j_end), y_from[k], y_end[k], colour[k],
                    np.float32(width[k]), dash[k], phase, x_first)  # fmt: skip


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _join(lo, hi, gain, zero, edge, a, b, top, low):  # type: ignore[no-untyped-def]
    """From values to pixels, columns [a, b); each column reaches half way to its neighbours' ends."""
    top_before = low_before = np.float32(np.nan)
    for j in range(a, b):
        t = u = np.float32(np.nan)
        if not math.isnan(lo[j]):
            t = min(max(np.float32(zero - gain * hi[j]), np.float32(-8.0)), edge)
            u = min(max(np.float32(zero - gain * lo[j]), np.float32(-8.0)), edge)
        top[j] = t
        low[j] = u
        if t > low_before:  # neither is true beside a gap
            low[j - 1] = top[j] = (t + low_before) * np.float32(0.5)
        elif u < top_before:
            top[j - 1] = low[j] = (u + top_before) * np.float32(0.5)
        top_before = t
        low_before = u


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _stroke(pixels, top, low, j_from, j_end, y_from, y_end, colour, width, dash, phase, x_first):  # type: ignore[no-untyped-def]
    """Columns [j_from, j_end) of one trace."""
    half = width * np.float32(0.5)
    tall = max(width, np.float32(2.0))
    reach = int(width) // 2
    back = int(width) - 1 - reach
    period = dash[0] + dash[1] + dash[2] + dash[3]
    for j in range(j_from, j_end):
        t = top[j]
        u = low[j]
        if math.isnan(t):
            continue
        for i in range(max(0, j - reach), min(top.shape[0], j + back + 1)):  # a steep stroke is as wide as the pen
            if i != j and low[i] - top[i] > tall:
                t = min(t, top[i])
                u = max(u, low[i])
        # Where a line runs steeper than 45°, its dashes are measured upwards.
        upright = period > 0 and (u - t > np.float32(12.0) or _rise(top, low, j, 4) > np.float32(1.0))
        if period > 0 and not upright and not _on(dash, period, phase + j):
            continue
        # A slope needs a taller pen to look as wide as a level line; what fills the column anyway does not.
        pen = np.float32(0.5)
        if u - t < np.float32(2.5) * width:
            slope = min(_rise(top, low, j, 2), np.float32(2.5))
            pen = max(half * np.float32(math.sqrt(1.0 + slope * slope)) - (u - t) * np.float32(0.5), pen)
        t = max(t - pen, np.float32(y_from))
        u = min(u + pen, np.float32(y_end))
        if u <= t:
            continue
        a = int(t)
        b = int(u)
        x = x_first + j
        if a == b:
            pixels[a, x] = _mix(pixels[a, x], colour, u - t)
        elif not upright:
            pixels[a, x] = _mix(pixels[a, x], colour, np.float32(a + 1) - t)
            for y in range(a + 1, b):
                pixels[y, x] = colour
            if b < y_end:
                pixels[b, x] = _mix(pixels[b, x], colour, u - np.float32(b))
        else:
            first = a - a % period
            while first < b:
                for y in range(max(first, a), min(first + dash[0], b)):
                    pixels[y, x] = colour
                for y in range(max(first + dash[0] + dash[1], a), min(first + period - dash[3], b)):
                    pixels[y, x] = colour
                first += period


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _rise(top, low, j, reach):  # type: ignore[no-untyped-def]
    """How many pixels a line rises or falls per column about column j; 0 beside a gap."""
    a = max(j - reach, 0)
    b = min(j + reach, top.shape[0] - 1)
    rise = abs((top[b] + low[b]) - (top[a] + low[a])) * np.float32(0.5)
    return np.float32(0.0) if math.isnan(rise) or b == a else rise / np.float32(b - a)


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def _on(dash, period, at):  # type: ignore[no-untyped-def]
    """Whether a dashed line is drawn `at` pixels from its beginning."""
    m = at % period
    return m < dash[0] or (m >= dash[0] + dash[1] and m < period - dash[3])


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def bars(pixels, times, neurons, t_first, per_second, x_from, x_end, y_from, y_end, colour, width):  # type: ignore[no-untyped-def]
    """Draw an upright bar for each spike: at x_from + floor((t − t_first)·per_second), between its neuron's rows.

    Parameters
    ----------
    times : (n_spikes,) float64
        In s.
    neurons : (n_spikes,) int32
    x_from, x_end : int
        Columns of pixels that may be touched.
    y_from, y_end : (n_neurons,) int32
        Rows of each neuron; none where they are equal.
    colour : (n_neurons,) uint32
    width : int
        Of a bar [pixel].
    """
    for i in range(times.shape[0]):
        n = neurons[i]
        if n < 0 or n >= y_from.shape[0] or y_from[n] >= y_end[n]:
            continue
        x = x_from + math.floor((times[i] - t_first) * per_second) - (width - 1) // 2
        for y in range(y_from[n], y_end[n]):
            for c in range(max(x, x_from), min(x + width, x_end)):
                pixels[y, c] = colour[n]


@njit(cache=True, nogil=True, boundscheck=False, error_model="numpy")
def fade(pixels, ground, keep):  # type: ignore[no-untyped-def]
    """Bring an image nearer to its ground: of every difference the share `keep` is left, and in the end nothing.

    Parameters
    ----------
    pixels : (height, width) uint32
        0xffRRGGBB.
    ground : (height,) uint32
        The colour that each row fades to.
    keep : float32
        0 to 1.
    """
    for y in range(pixels.shape[0]):
        g = ground[y]
        for x in range(pixels.shape[1]):
            p = pixels[y, x]
            if p == g:
                continue
            out = np.uint32(0xFF000000)
            for shift in (0, 8, 16):
                under = np.int32((g >> np.uint32(shift)) & np.uint32(255))
                over = np.int32((p >> np.uint32(shift)) & np.uint32(255))
                out |= np.uint32(under + np.int32(np.float32(over - under) * keep)) << np.uint32(shift)
            pixels[y, x] = out


def dtypes() -> dict[str, NDArray[Any]]:
    """Arrays of the smallest size, of the types that the kernels are compiled for."""
    i8, i4, f4, u4, f8 = np.int64, np.int32, np.float32, np.uint32, np.float64
    return {
        "raw": np.zeros((1, BIN), f4), "pyramid": np.zeros((1, N_LEVELS), f4),
        "per_level": np.arange(N_LEVELS, dtype=i8), "n_bins": np.ones(N_LEVELS, i8), "chosen": np.zeros(1, i4),
        "columns": np.zeros((1, 2), f4),
        "pixels": np.zeros((2, 2), u4), "rows": np.zeros(1, i4), "colour": np.zeros(1, u4), "factor": np.zeros(1, f8),
        "width": np.ones(1, f4), "dash": np.zeros((1, 4), i4), "times": np.zeros(1, f8), "neurons": np.zeros(1, i4),
    }  # fmt: skip


def warm_up() -> None:
    """Call every kernel once on the smallest arrays, so that none of them is compiled while someone waits."""
    d = dtypes()
    pyramid = d["pyramid"], d["pyramid"].copy(), d["per_level"], d["n_bins"]
    fold(d["raw"], *pyramid, 0, 0, 2)
    columns(d["raw"], *pyramid, 0, 2, d["chosen"], 0.0, 0, 1.0, 0, 2, d["columns"], d["columns"].copy())
    strokes(d["pixels"], d["columns"], d["columns"], d["factor"], d["factor"], d["rows"], d["rows"] + np.int32(2),
            d["colour"], d["width"], d["dash"], 0, 0, 0, 2)  # fmt: skip
    bars(d["pixels"], d["times"], d["neurons"], 0.0, 1.0, 0, 2, d["rows"], d["rows"] + np.int32(2), d["colour"], 1)
    fade(d["pixels"], d["pixels"][:, 0].copy(), np.float32(0.5))
