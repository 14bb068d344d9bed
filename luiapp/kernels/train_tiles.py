"""The usual case of surrogate training, fast: one hidden layer without recurrence, few outputs, detached reset.

The same equations as in `train_layers`, in another order: neurons are taken in tiles of a fixed number of lanes, and a
tile goes through eight steps at once with its state in registers, wherever no input spike falls in between. A tile's
membranes lie step after step, so that the compiler knows all distances and needs no alias checks; half the work is
arithmetic that way, where a row at a time is mostly memory traffic. Neurons are padded with ones that have no weights,
outputs to four.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from luiapp.kernels.train_batch import N_IN, WEIGHT, N, input_steps
from luiapp.kernels.train_loss import LAST, MAXIMUM, MEAN, activity, cross_entropy
from luiapp.kernels.train_readout import COLUMNS, OUTPUTS, classify, readout_backward, readout_forward
from luiapp.kernels.train_rows import FASTMATH, SUPERSPIKE, surrogate_row

LANES = 32
BLOCK = 8  # steps
_SEQUENCE = np.uint64(
    0x03F79D71B4CB0A89
)  # de Bruijn's: shifted by any number of bits, its first six are another number
_PLACES = np.array([int(_SEQUENCE) * 2**k % 2**64 >> 58 for k in range(64)]).argsort()
_MASKS = np.array([(0xFF >> k) * 0x0101010101010101 for k in range(BLOCK)], np.uint64)  # without the last k steps

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)
_estimate: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath={*FASTMATH, "ninf"})  # as in train_rows


class Room(NamedTuple):
    """Scratch of one thread; m is the number of neurons, padded."""

    u: NDArray[Any]  # (m * (n_rows + 1),) membranes: tile, step, lane; n_rows is n_steps, padded to whole blocks
    first: NDArray[np.int64]  # (n_steps + 1,) input spikes by step
    hidden: NDArray[np.int64]  # (n_steps + 1,) hidden spikes by step
    found: NDArray[np.int32]  # (m * n_steps,) which neurons
    when: NDArray[np.int32]  # (m * n_steps,) spikes as they are found: steps
    who: NDArray[np.int32]  # (m * n_steps,) and neurons
    bits: NDArray[np.uint8]  # (m * n_rows / BLOCK,) spikes of eight steps: tile, block, lane
    words: NDArray[np.uint64]  # the same memory
    lanes: NDArray[Any]  # (3, LANES)
    drive: NDArray[Any]  # (BLOCK * LANES,)
    h: NDArray[Any]  # (n_rows * LANES,) surrogates of a tile
    weight: NDArray[Any]  # (n_in * m,) padded
    weight_grad: NDArray[Any]  # (n_in * m,)
    out: NDArray[Any]  # (m * OUTPUTS,) weights of the readout, padded, neuron by neuron
    out_t: NDArray[Any]  # (m * OUTPUTS,) the same: tile, output, lane
    out_grad: NDArray[Any]  # (m * OUTPUTS,)
    readout: NDArray[Any]  # (n_steps * OUTPUTS,)
    gradient: NDArray[Any]  # (n_rows * COLUMNS,) by the readout's currents of the step after
    counts: NDArray[Any]  # (m,)
    base: NDArray[Any]  # (m,)


# A view costs two atomic operations and a signed index a test, so the lanes are found by unsigned offsets.
def _make_advance(driven: bool) -> Any:
    @_kernel
    def advance(u, at, current, drive, bits, bits_at, a, b, one):  # type: ignore[no-untyped-def]
        zero, p, q = one - one, np.uintp(at), np.uintp(bits_at)
        for j in range(LANES):
            x, i, found = u[p + np.uintp(j)], current[j], np.int32(0)
            for k in range(BLOCK):
                found |= np.int32(np.int32(x >= one) << np.int32(k))
                x = zero if x >= one else b * x + i
                i *= a
                if driven:
                    i += drive[k * LANES + j]
                u[p + np.uintp((k + 1) * LANES + j)] = x
            current[j] = i
            bits[q + np.uintp(j)] = np.uint8(found)

    return advance


def _make_back(superspike: bool, all_terms: bool, heard: bool) -> Any:
    @_estimate
    def back(u, at, beta, h, h_at, g, g_at, out_t, o, base, base_at, u_grad, i_grad, kept_i, a, b, one):  # type: ignore[no-untyped-def]
        zero = one - one
        p, p_h, p_g, p_o, p_b = np.uintp(at), np.uintp(h_at), np.uintp(g_at), np.uintp(o), np.uintp(base_at)
        for j in range(LANES):
            du, di = u_grad[j], i_grad[j]
            w0, w1 = out_t[p_o + np.uintp(j)], out_t[p_o + np.uintp(LANES + j)]
            w2, w3 = out_t[p_o + np.uintp(2 * LANES + j)], out_t[p_o + np.uintp(3 * LANES + j)]
            always = base[p_b + np.uintp(j)]
            for back in range(BLOCK):
                k = BLOCK - 1 - back
                q = p_g + np.uintp(COLUMNS * k)
                ds = w0 * g[q] + w1 * g[q + np.uintp(1)] + w2 * g[q + np.uintp(2)]
                if all_terms:
                    ds += w3 * g[q + np.uintp(3)] + always * g[q + np.uintp(4)]
                x = u[p + np.uintp(k * LANES + j)]
                if superspike:
                    d = beta * abs(x - one) + one
                    ds = ds / (d * d)
                else:
                    ds = ds * h[p_h + np.uintp(k * LANES + j)]
                if heard:
                    kept_i[k * LANES + j] = di
                kept = zero if x >= one else du
                di = a * di + kept
                du = b * kept + ds
            u_grad[j], i_grad[j] = du, di

    return back


# A tile through the eight steps from row ``u[at:]`` on, with or without spikes that come in (`drive`, by step); `bits`
# gets which of its neurons have reached the threshold in which step. And backwards: ``u[at:]`` and ``g[g_at:]`` are the
# rows of the earliest step; `kept_i` keeps what a spike that comes in at each step hears. The usual surrogate is
# computed there and then, others beforehand; the usual case has three outputs, and no bounds.
_advance_quiet, _advance_driven = _make_advance(False), _make_advance(True)
_back, _back_superspike = _make_back(False, True, True), _make_back(True, True, True)
_back_usual, _back_usual_quiet = _make_back(True, False, True), _make_back(True, False, False)


@_kernel
def add_lanes(target, target_at, source, source_at):  # type: ignore[no-untyped-def]
    """``target += source``, a tile's row."""
    target, source = target[target_at : target_at + LANES], source[source_at : source_at + LANES]
    for j in range(target.shape[0]):
        target[j] += source[j]


@_kernel
def hidden_forward(u, n_rows, first, channel, begin, weight, m, n_steps, current, drive, bits, a, b, one):  # type: ignore[no-untyped-def]
    """The hidden layer through all steps, tile by tile."""
    for tile in range(m // LANES):
        here = tile * (n_rows + 1) * LANES
        current[:] = one - one
        for j in range(LANES):
            u[here + j] = one - one
        for t in range(0, n_rows, BLOCK):
            end, bits_at = min(t + BLOCK, n_steps), (tile * n_rows + t) // BLOCK * LANES
            if first[t] == first[end]:
                _advance_quiet(u, here + t * LANES, current, drive, bits, bits_at, a, b, one)
                continue
            drive[:] = one - one
            for k in range(end - t):
                for e in range(first[t + k], first[t + k + 1]):
                    add_lanes(drive, k * LANES, weight, channel[begin + e] * m + tile * LANES)
            _advance_driven(u, here + t * LANES, current, drive, bits, bits_at, a, b, one)


@_kernel
def hidden_spikes(m, n_rows, words, when, who, first, found):  # type: ignore[no-untyped-def]
    """List the spikes by step; a word is the bits of eight neurons in eight steps, and most are zero."""
    first[:] = 0
    n_found, n_blocks = 0, n_rows // BLOCK
    n_steps = first.shape[0] - 1
    left, one, place = np.uint64(_MASKS[n_rows - n_steps]), np.uint64(1), np.uintp(0)
    for tile in range(m // LANES):
        for block in range(n_blocks):
            for eight in range(LANES // 8):
                word = words[place]
                place += np.uintp(1)
                if block == n_blocks - 1:
                    word &= left  # it may reach beyond the end
                while word != 0:
                    rest = word & (word - one)
                    bit = np.int32(_PLACES[(word ^ rest) * _SEQUENCE >> np.uint64(58)])
                    when[n_found] = block * BLOCK + (bit & np.int32(7))
                    who[n_found] = tile * LANES + eight * 8 + (bit >> np.int32(3))
                    n_found += 1
                    word = rest
    for e in range(n_found):
        first[when[e] + 1] += 1
    for t in range(first.shape[0] - 1):
        first[t + 1] += first[t]
    for e in range(n_found - 1, -1, -1):
        t = when[e] + 1  # from the end of each step's stretch down to its beginning
        first[t] -= 1
        found[first[t]] = who[e]
    for t in range(first.shape[0] - 1):
        first[t] = first[t + 1]
    first[first.shape[0] - 1] = n_found
    return n_found


@_kernel
def hidden_backward(kind, usual, beta, u, n_rows, first, channel, begin, gradient, out_t, base, n_back, n_steps,  # type: ignore[no-untyped-def]
                    m, lanes, drive, h, a, b, one, weight_grad):  # fmt: skip
    """Back through the hidden layer, tile by tile; the weights' gradient is added up."""
    u_grad, i_grad = lanes[1], lanes[2]
    for tile in range(m // LANES):
        here = tile * (n_rows + 1) * LANES
        o, base_at = tile * OUTPUTS * LANES, tile * LANES
        lanes[1:] = one - one
        n_blocks = (n_back + BLOCK - 1) // BLOCK
        if kind != SUPERSPIKE:
            surrogate_row(kind, beta, one, u[here : here + n_blocks * BLOCK * LANES], h)
        for block in range(n_blocks - 1, -1, -1):
            t = block * BLOCK
            end = min(t + BLOCK, n_steps)
            if first[end] == 0:
                break  # nothing came in before
            at, h_at, q = here + t * LANES, t * LANES, t * COLUMNS
            if kind != SUPERSPIKE:
                _back(u, at, beta, h, h_at, gradient, q, out_t, o, base, base_at, u_grad, i_grad, drive, a, b, one)
            elif not usual:
                _back_superspike(u, at, beta, h, h_at, gradient, q, out_t, o, base, base_at, u_grad, i_grad, drive,
                                 a, b, one)  # fmt: skip
            elif first[t] == first[end]:
                _back_usual_quiet(u, at, beta, h, h_at, gradient, q, out_t, o, base, base_at, u_grad, i_grad, drive,
                                  a, b, one)  # fmt: skip
                continue
            else:
                _back_usual(u, at, beta, h, h_at, gradient, q, out_t, o, base, base_at, u_grad, i_grad, drive,
                            a, b, one)  # fmt: skip
            for k in range(end - t):
                for e in range(first[t + k], first[t + k + 1]):
                    add_lanes(weight_grad, channel[begin + e] * m + tile * LANES, drive, k * LANES)


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
    m = room.counts.shape[0]
    n_rows = room.u.shape[0] // m - 1
    learns = grad.shape[0] > 0
    a, b, beta, scale = plan.decay[0, 0], plan.decay[0, 1], plan.beta[0], plan.beta[1]
    b_out = plan.decay[1, 1]
    one = room.u.dtype.type(1)
    zero = one - one
    u, first, hidden, found, readout, gradient = (
        room.u, room.first, room.hidden, room.found, room.readout, room.gradient
    )  # fmt: skip
    top, slope, where = np.zeros(OUTPUTS, room.u.dtype), np.zeros(OUTPUTS, room.u.dtype), np.zeros(OUTPUTS, np.int64)
    score = np.zeros(n_out, room.u.dtype)
    room.weight_grad[:] = zero
    room.out_grad[:] = zero
    room.base[:] = zero
    total, n_correct, n_spikes = 0.0, 0, 0
    for s in range(order.shape[0]):
        i = order[s]
        label = data.labels[i]
        begin, _ = input_steps(data, i, first)
        hidden_forward(
            u, n_rows, first, data.channel, begin, room.weight, m, n_steps, room.lanes[0], room.drive, room.bits,
            a, b, one,
        )  # fmt: skip
        n_found = hidden_spikes(m, n_rows, room.words, room.when, room.who, hidden, found)
        readout_forward(hidden, found, room.out, n_steps, a, b_out, one, readout, top, where)
        classify(plan.loss, scale, readout, n_steps, n_out, top, score, where)
        loss, best = cross_entropy(score, label, slope)
        bounded = False
        if plan.bounds.shape[0] > 0:
            room.counts[:] = zero
            for e in range(n_found):
                room.counts[found[e]] += one
            part = activity(plan.bounds, room.counts[:n], room.base[:n])
            loss += part
            bounded = part > 0
        predicted[s] = best
        total += loss
        n_correct += best == label
        n_spikes += n_found
        if learns:
            n_back = n_steps
            if plan.loss == MAXIMUM and not bounded:
                n_back = where[:n_out].max() + 1
            readout_backward(plan.loss, scale, slope, where, n_back, hidden, found, a, b_out, one, gradient,
                             room.out_grad)  # fmt: skip
            hidden_backward(plan.kind, n_out < OUTPUTS and not bounded, beta, u, n_rows, first, data.channel, begin,
                            gradient, room.out_t, room.base, n_back, n_steps, m, room.lanes, room.drive, room.h, a, b,
                            one, room.weight_grad)  # fmt: skip
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


def room(n_in: int, n: int, n_steps: int, dtype: Any) -> Room:
    """Scratch for `n` hidden neurons."""
    m, n_rows = -(-n // LANES) * LANES, -(-n_steps // BLOCK) * BLOCK
    bits = np.zeros(m * n_rows // BLOCK, np.uint8)
    sizes = {"u": m * (n_rows + 1), "drive": BLOCK * LANES, "h": n_rows * LANES, "weight": n_in * m,
             "weight_grad": n_in * m, "out": m * OUTPUTS,
             "out_t": m * OUTPUTS, "out_grad": m * OUTPUTS, "readout": n_steps * OUTPUTS,
             "gradient": n_rows * COLUMNS, "counts": m, "base": m}  # fmt: skip
    return Room(
        first=np.zeros(n_steps + 1, np.int64), hidden=np.zeros(n_steps + 1, np.int64),
        found=np.zeros(m * n_steps, np.int32), when=np.zeros(m * n_steps + 1, np.int32),
        who=np.zeros(m * n_steps + 1, np.int32), bits=bits, words=bits.view(np.uint64),
        lanes=np.zeros((3, LANES), dtype),
        **{name: np.zeros(size, dtype) for name, size in sizes.items()},
    )  # fmt: skip
