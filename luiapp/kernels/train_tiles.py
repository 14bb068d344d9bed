"""The usual case of surrogate training, fast: one hidden layer without recurrence, few outputs, detached reset.

The same equations as in `train_layers`, in another order: neurons are taken in tiles of a fixed number of lanes, and a
tile goes through eight steps at once with its state in registers. Neurons are padded with ones that have no weights,
outputs to four, and steps, at the beginning, to whole blocks: a row is a step with that padding before it.

What the loss says of a neuron's spikes is what the readout's adjoint, two numbers for each output, says through the
weights; as the adjoint is linear and the same for all outputs, each neuron carries the weighted sums instead.

A tile's membranes lie step after step, and whatever else it needs in one array at known places, so that the compiler
knows all distances; an array costs a call seven numbers, a view two atomic operations, a signed index a test.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from luiapp.kernels.train_batch import N_IN, WEIGHT, N, input_steps
from luiapp.kernels.train_loss import LAST, MAXIMUM, MEAN, activity, cross_entropy
from luiapp.kernels.train_readout import OUTPUTS, STATES, classify, readout_backward, readout_forward
from luiapp.kernels.train_rows import FASTMATH, SUPERSPIKE, surrogate_row

LANES = 64
BLOCK = 8  # steps
_SEQUENCE = np.uint64(
    0x03F79D71B4CB0A89
)  # de Bruijn's: shifted by any number of bits, its first six are another number
_PLACES = np.array([int(_SEQUENCE) * 2**k % 2**64 >> 58 for k in range(64)]).argsort()
# Rows of `Room.lanes`: currents; gradients by membranes and currents; the readout's, heard by each neuron, and what is
# added to them at every step; what the bounds say. Then a row for each step: what comes in, and what is heard of it.
_I, _U_GRAD, _I_GRAD, _HEARD, _HEARD_SLOW, _STEADY, _ALWAYS = (k * LANES for k in range(7))
_COMES, _KEPT = 7 * LANES, (7 + BLOCK) * LANES
_N_ROWS = 7 + 2 * BLOCK

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)
_estimate: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={*FASTMATH, "ninf"})  # as in train_rows


class Room(NamedTuple):
    """Scratch of one thread; m is the number of neurons, padded, and n_rows that of steps."""

    u: NDArray[Any]  # (m * (n_rows + 1),) membranes: tile, row, lane
    first: NDArray[np.int64]  # (n_rows + 1,) input spikes by row
    when: NDArray[np.int32]  # (m * n_steps,) hidden spikes as they are found: rows
    who: NDArray[np.int32]  # (m * n_steps,) and neurons
    bits: NDArray[np.uint8]  # (m * n_rows / BLOCK,) spikes of eight steps: tile, block, lane
    words: NDArray[np.uint64]  # the same memory
    lanes: NDArray[Any]  # (_N_ROWS * LANES,)
    h: NDArray[Any]  # (n_rows * LANES,) surrogates of a tile
    weight: NDArray[Any]  # (n_in * m,) padded
    weight_grad: NDArray[Any]  # (n_in * m,)
    out: NDArray[Any]  # (m * OUTPUTS,) weights of the readout, padded, neuron by neuron
    out_t: NDArray[Any]  # (m * OUTPUTS,) the same: tile, output, lane
    out_grad: NDArray[Any]  # (m * OUTPUTS,)
    comes: NDArray[Any]  # (n_rows * OUTPUTS,) what comes in at the readout
    gradient: NDArray[Any]  # (n_rows * OUTPUTS,) by the readout's currents of the step after
    readout: NDArray[Any]  # (STATES * OUTPUTS,)
    counts: NDArray[Any]  # (m,)
    base: NDArray[Any]  # (m,)


def _make_advance(driven: bool) -> Any:
    @_kernel
    def advance(u, at, lanes, bits, bits_at, a, b, one):  # type: ignore[no-untyped-def]
        zero, p, q = one - one, np.uintp(at), np.uintp(bits_at)
        for j in range(LANES):
            x, i, found = u[p + np.uintp(j)], lanes[_I + j], np.int32(0)
            for k in range(BLOCK):
                found |= np.int32(np.int32(x >= one) << np.int32(k))
                x = zero if x >= one else b * x + i
                i *= a
                if driven:
                    i += lanes[_COMES + k * LANES + j]
                u[p + np.uintp((k + 1) * LANES + j)] = x
            lanes[_I + j] = i
            bits[q + np.uintp(j)] = np.uint8(found)

    return advance


def _make_back(superspike: bool, bounded: bool, told: bool, heard: bool) -> Any:
    @_estimate
    def back(u, at, h, h_at, lanes, beta, a, b, b_out, one):  # type: ignore[no-untyped-def]
        zero = one - one
        p, p_h = np.uintp(at), np.uintp(h_at)
        for j in range(LANES):
            du, di = lanes[_U_GRAD + j], lanes[_I_GRAD + j]
            ear, ear_slow, steady = lanes[_HEARD + j], lanes[_HEARD_SLOW + j], lanes[_STEADY + j]
            for back in range(BLOCK):
                k = BLOCK - 1 - back
                ds = ear
                if bounded:
                    ds += lanes[_ALWAYS + j]
                ear = a * ear + ear_slow
                ear_slow = b_out * ear_slow + steady
                if told:
                    ear_slow += lanes[_COMES + k * LANES + j]
                x = u[p + np.uintp(k * LANES + j)]
                if superspike:
                    d = beta * abs(x - one) + one
                    ds = ds / (d * d)
                else:
                    ds = ds * h[p_h + np.uintp(k * LANES + j)]
                if heard:
                    lanes[_KEPT + k * LANES + j] = di
                kept = zero if x >= one else du
                di = a * di + kept
                du = b * kept + ds
            lanes[_U_GRAD + j], lanes[_I_GRAD + j] = du, di
            lanes[_HEARD + j], lanes[_HEARD_SLOW + j] = ear, ear_slow

    return back


# A tile through the eight steps from row ``u[at:]`` on, with or without spikes that come in; `bits` gets which of its
# neurons have reached the threshold in which step. And backwards, with or without bounds, something that the loss tells
# the readout, spikes that hear. The usual surrogate is computed there and then, others beforehand.
_advance_quiet, _advance_driven = _make_advance(False), _make_advance(True)
_back, _back_superspike = _make_back(False, True, True, True), _make_back(True, True, True, True)
_back_told, _back_heard = _make_back(True, False, True, True), _make_back(True, False, False, True)
_back_quiet = _make_back(True, False, False, False)


@_kernel
def add_lanes(target, target_at, source, source_at, width):  # type: ignore[no-untyped-def]
    """``target += source``, a tile's row; `width` is LANES, which the compiler mustn't know: it would unroll."""
    p, q = np.uintp(target_at), np.uintp(source_at)
    for j in range(width):
        target[p + np.uintp(j)] += source[q + np.uintp(j)]


@_kernel
def add_times_lanes(lanes, lanes_at, factor, source, source_at, width):  # type: ignore[no-untyped-def]
    """``target += factor * source``, a tile's row; `width` as above."""
    p, q = np.uintp(lanes_at), np.uintp(source_at)
    for j in range(width):
        lanes[p + np.uintp(j)] += factor * source[q + np.uintp(j)]


@_kernel
def clear(lanes, at, n_rows, one):  # type: ignore[no-untyped-def]
    """Zeros in some of a tile's rows."""
    p = np.uintp(at)
    for j in range(n_rows * LANES):
        lanes[p + np.uintp(j)] = one - one


@_kernel
def hidden_forward(u, n_rows, row, first, step, channel, begin, pad, weight, m, lanes, bits, a, b, one):  # type: ignore[no-untyped-def]
    """The hidden layer from `row` on, before which nothing comes in, tile by tile."""
    width = lanes.shape[0] // _N_ROWS
    for tile in range(m // LANES):
        here, bits_at = tile * (n_rows + 1) * LANES, tile * n_rows // BLOCK * LANES
        clear(lanes, _I, 1, one)
        clear(u, here + row * LANES, 1, one)
        for t in range(row, n_rows, BLOCK):
            at = bits_at + t // BLOCK * LANES
            if first[t] == first[t + BLOCK]:
                _advance_quiet(u, here + t * LANES, lanes, bits, at, a, b, one)
                continue
            clear(lanes, _COMES, BLOCK, one)
            for e in range(begin + first[t], begin + first[t + BLOCK]):
                add_lanes(lanes, _COMES + (step[e] + pad - t) * LANES, weight, channel[e] * m + tile * LANES, width)
            _advance_driven(u, here + t * LANES, lanes, bits, at, a, b, one)


@_kernel
def hidden_spikes(m, n_rows, row, words, when, who, out, comes):  # type: ignore[no-untyped-def]
    """List the spikes from `row` on, and add up what comes in at the readout; most words, of eight neurons in eight
    steps, are zero.
    """
    n_found, n_blocks = 0, n_rows // BLOCK
    one = np.uint64(1)
    comes[:] = out[0] - out[0]
    for tile in range(m // LANES):
        for block in range(row // BLOCK, n_blocks):
            place = np.uintp((tile * n_blocks + block) * (LANES // 8))
            for eight in range(LANES // 8):
                word = words[place + np.uintp(eight)]
                while word != 0:
                    rest = word & (word - one)
                    bit = np.int32(_PLACES[(word ^ rest) * _SEQUENCE >> np.uint64(58)])
                    t, j = block * BLOCK + (bit & np.int32(7)), tile * LANES + eight * 8 + (bit >> np.int32(3))
                    when[n_found], who[n_found] = t, j
                    n_found += 1
                    word = rest
                    p, q = np.uintp(t * OUTPUTS), np.uintp(j * OUTPUTS)
                    for k in range(OUTPUTS):
                        comes[p + np.uintp(k)] += out[q + np.uintp(k)]
    return n_found


@_kernel
def out_gradient(n_found, when, who, gradient, out_grad):  # type: ignore[no-untyped-def]
    """What the spikes found say of the readout's weights, added up."""
    for e in range(n_found):
        p, q = np.uintp(when[e] * OUTPUTS), np.uintp(who[e] * OUTPUTS)
        for k in range(OUTPUTS):
            out_grad[q + np.uintp(k)] += gradient[p + np.uintp(k)]


@_kernel
def told(lanes, t, where, slope, out_t, o, width, one):  # type: ignore[no-untyped-def]
    """What the loss tells the readout in the eight steps from `t` on, as a tile's neurons hear it; whether it does."""
    any_told = False
    for k in range(OUTPUTS):
        if t <= where[k] < t + BLOCK and slope[k] != 0:
            if not any_told:
                clear(lanes, _COMES, BLOCK, one)
                any_told = True
            add_times_lanes(lanes, _COMES + (where[k] - t) * LANES, slope[k], out_t, o + k * LANES, width)
    return any_told


@_kernel
def hidden_backward(kind, bounded, steady, beta, u, n_rows, row, first, step, channel, begin, pad, where, slope, out_t,  # type: ignore[no-untyped-def]
                    base, n_back, m, lanes, h, a, b, b_out, one, weight_grad):  # fmt: skip
    """Back through the hidden layer, tile by tile, down to `row`; the weights' gradient is added up."""
    width = lanes.shape[0] // _N_ROWS
    end = (n_back + BLOCK - 1) // BLOCK * BLOCK
    for tile in range(m // LANES):
        here, o = tile * (n_rows + 1) * LANES, tile * OUTPUTS * LANES
        clear(lanes, _U_GRAD, 6, one)
        if steady:
            for k in range(OUTPUTS):
                add_times_lanes(lanes, _STEADY, slope[k], out_t, o + k * LANES, width)
        if bounded:
            add_lanes(lanes, _ALWAYS, base, tile * LANES, width)
        if kind != SUPERSPIKE:
            surrogate_row(kind, beta, one, u[here : here + end * LANES], h)
        for t in range(end - BLOCK, row - 1, -BLOCK):
            at, h_at = here + t * LANES, t * LANES
            tells = (not steady) and told(lanes, t, where, slope, out_t, o, width, one)
            if kind != SUPERSPIKE or bounded:
                if not tells:
                    clear(lanes, _COMES, BLOCK, one)
                if kind != SUPERSPIKE:
                    _back(u, at, h, h_at, lanes, beta, a, b, b_out, one)
                else:
                    _back_superspike(u, at, h, h_at, lanes, beta, a, b, b_out, one)
            elif tells:
                _back_told(u, at, h, h_at, lanes, beta, a, b, b_out, one)
            elif first[t] == first[t + BLOCK]:
                _back_quiet(u, at, h, h_at, lanes, beta, a, b, b_out, one)
                continue
            else:
                _back_heard(u, at, h, h_at, lanes, beta, a, b, b_out, one)
            for e in range(begin + first[t], begin + first[t + BLOCK]):
                add_lanes(weight_grad, channel[e] * m + tile * LANES, lanes, _KEPT + (step[e] + pad - t) * LANES, width)


@_kernel
def pack(layers, weight, room, m):  # type: ignore[no-untyped-def]
    """The weights as the kernels above want them; padding stays zero."""
    n_in, n, n_out, second = layers[0, N_IN], layers[0, N], layers[1, N], layers[1, WEIGHT]
    for c in range(n_in):
        for j in range(n):
            room.weight[c * m + j] = weight[c * n + j]
    for j in range(n):
        for k in range(n_out):
            w = weight[second + j * n_out + k]
            room.out[j * OUTPUTS + k] = w
            room.out_t[(j // LANES * OUTPUTS + k) * LANES + j % LANES] = w


@_kernel
def unpack(layers, room, m, grad):  # type: ignore[no-untyped-def]
    """The gradients back into their flat order."""
    n_in, n, n_out, second = layers[0, N_IN], layers[0, N], layers[1, N], layers[1, WEIGHT]
    for c in range(n_in):
        for j in range(n):
            grad[c * n + j] = room.weight_grad[c * m + j]
    for j in range(n):
        for k in range(n_out):
            grad[second + j * n_out + k] = room.out_grad[j * OUTPUTS + k]


@_kernel
def run_slice(plan, data, order, n_steps, room, grad, predicted):  # type: ignore[no-untyped-def]
    """`train_batch.run_slice`; the weights are packed already."""
    n, n_out = plan.layers[0, N], plan.layers[1, N]
    u, first, lanes, h, bits, words, when, who = (
        room.u, room.first, room.lanes, room.h, room.bits, room.words, room.when, room.who
    )  # fmt: skip
    weight, weight_grad, out, out_t, out_grad = room.weight, room.weight_grad, room.out, room.out_t, room.out_grad
    comes, gradient, readout, base, counts = room.comes, room.gradient, room.readout, room.base, room.counts
    step, channel, labels, bounds = data.step, data.channel, data.labels, plan.bounds
    m, n_rows = counts.shape[0], first.shape[0] - 1
    pad = n_rows - n_steps
    steps, some_counts, some_base = first[pad:], counts[:n], base[:n]
    learns, loss_kind, kind = grad.shape[0] > 0, plan.loss, plan.kind
    a, b, beta, scale = plan.decay[0, 0], plan.decay[0, 1], plan.beta[0], plan.beta[1]
    b_out = plan.decay[1, 1]
    one = u.dtype.type(1)
    slope, where = np.zeros(OUTPUTS, u.dtype), np.zeros(OUTPUTS, np.int64)
    score = np.zeros(n_out, u.dtype)
    weight_grad[:], out_grad[:], base[:] = one - one, one - one, one - one
    total, n_correct, n_spikes = 0.0, 0, 0
    for s in range(order.shape[0]):
        i = order[s]
        label = labels[i]
        begin, end = input_steps(data, i, steps)
        row = (step[begin] + pad) // BLOCK * BLOCK if end > begin else n_rows
        hidden_forward(u, n_rows, row, first, step, channel, begin, pad, weight, m, lanes, bits, a, b, one)
        n_found = hidden_spikes(m, n_rows, row, words, when, who, out, comes)
        readout_forward(comes, n_rows, pad, a, b_out, one, readout)
        classify(loss_kind, scale, readout, n_rows, n_out, score, where)
        loss, best = cross_entropy(score, label, slope)
        bounded = False
        if bounds.shape[0] > 0:
            counts[:] = one - one
            for e in range(n_found):
                counts[who[e]] += one
            part = activity(bounds, some_counts, some_base)
            loss += part
            bounded = part > 0
        predicted[s] = best
        total += loss
        n_correct += best == label
        n_spikes += n_found
        if learns:
            steady = loss_kind == MEAN
            n_back = n_rows
            if loss_kind == MAXIMUM and not bounded:
                n_back = max(max(where[0], where[1]), max(where[2], where[3])) + 1
            if steady:
                for k in range(n_out):
                    slope[k] /= scale
            readout_backward(steady, slope, where, n_back, row, a, b_out, one, gradient)
            out_gradient(n_found, when, who, gradient, out_grad)
            hidden_backward(kind, bounded, steady, beta, u, n_rows, row, first, step, channel, begin, pad, where, slope,
                            out_t, base, n_back, m, lanes, h, a, b, b_out, one, weight_grad)  # fmt: skip
    if learns:
        unpack(plan.layers, room, m, grad)
    return total, n_correct, n_spikes


@_kernel
def run_slices(plan, data, order, cuts, i_first, i_end, n_steps, weight, room, grads, predicted, sums):  # type: ignore[no-untyped-def]
    """`train_batch.run_slices`, with the room of this module."""
    pack(plan.layers, weight, room, room.counts.shape[0])
    for k in range(i_first, i_end):
        begin, end = cuts[k], cuts[k + 1]
        loss, n_correct, n_spikes = run_slice(
            plan, data, order[begin:end], n_steps, room, grads[k], predicted[begin:end]
        )
        sums[k, 0], sums[k, 1], sums[k, 2] = loss, n_correct, n_spikes


def fits(plan: Any, *, recurrent: bool) -> bool:
    """Whether a network and a rule can be trained here."""
    layers = plan.layers
    return (
        len(layers) == 2 and layers[1, N] <= OUTPUTS and not recurrent and not plan.attached and not plan.smooth
        and plan.loss in (MAXIMUM, LAST, MEAN)
    )  # fmt: skip


def aligned(n: int, dtype: Any) -> NDArray[Any]:
    """Zeros from a multiple of 64 bytes on, as wide instructions want them."""
    memory = np.zeros(n * np.dtype(dtype).itemsize + 63, np.uint8)
    begin = -memory.ctypes.data % 64
    return memory[begin : begin + n * np.dtype(dtype).itemsize].view(dtype)


def room(n_in: int, n: int, n_steps: int, dtype: Any) -> Room:
    """Scratch for `n` hidden neurons."""
    m, n_rows = -(-n // LANES) * LANES, -(-n_steps // BLOCK) * BLOCK
    bits = aligned(m * n_rows // BLOCK, np.uint8)
    sizes = {"u": m * (n_rows + 1), "lanes": _N_ROWS * LANES, "h": n_rows * LANES, "weight": n_in * m,
             "weight_grad": n_in * m, "out": m * OUTPUTS, "out_t": m * OUTPUTS, "out_grad": m * OUTPUTS,
             "comes": n_rows * OUTPUTS, "gradient": n_rows * OUTPUTS, "readout": STATES * OUTPUTS,
             "counts": m, "base": m}  # fmt: skip
    return Room(
        first=np.zeros(n_rows + 1, np.int64), when=np.zeros(m * n_steps, np.int32),
        who=np.zeros(m * n_steps, np.int32), bits=bits, words=bits.view(np.uint64),
        **{name: aligned(size, dtype) for name, size in sizes.items()},
    )  # fmt: skip
