"""Layers of LIF neurons through time, forward and backward, one sample at a time.

On a grid of steps, with membranes U in units of the threshold, currents I, spikes S, inputs X::

    U[n+1] = (b U[n] + I[n]) (1 - S[n])          b = exp(-dt / tau_mem)
    I[n+1] = a I[n] + W X[n] + V S[n]            a = exp(-dt / tau_syn)
    S[n]   = U[n] >= 1

from rest (Zenke and Vogels, Neural Comput. 33 (2021) 899, with the factor 1 - b taken into the weights). A readout has
no spikes. Backward, lower-case letters are the derivatives of the loss, h the surrogate of dS/dU::

    s[n] = ds_outer[n] + V^T i[n+1]   ( - (b U[n] + I[n]) u[n+1]   if the reset is attached)
    u[n] = b (1 - S[n]) u[n+1] + h(U[n]) s[n]
    i[n] = a i[n+1] + (1 - S[n]) u[n+1]
    dW  += X[n] i[n+1],   dV += S[n] i[n+1],   dX[n] = W^T i[n+1]

Spikes travel as lists, as few fire. With smooth spikes (for tests) every neuron is in the list at every step.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from luiapp.kernels.train_rows import (
    FASTMATH,
    add_row,
    add_times_row,
    advance_row,
    back_readout_row,
    back_row,
    fire_row,
    integrate_row,
    primitive_row,
    reset_row,
    surrogate_row,
)  # fmt: skip

_kernel: Any = njit(cache=True, nogil=True, error_model="numpy", fastmath=FASTMATH)


@_kernel
def list_spikes(s, n_found, begin, out):  # type: ignore[no-untyped-def]
    """Append the places of the `n_found` ones in row `s` to the list `out` from `begin` on."""
    end = begin + n_found
    j = 0
    while begin < end:
        if s[j] != 0:
            out[begin] = j
            begin += 1
        j += 1
    return end


@_kernel
def forward(spiking, smooth, kind, beta, one, a, b, n_steps, in_first, in_list, in_value, valued, weight, loop,  # type: ignore[no-untyped-def]
            u, s, current, kept, first, found):  # fmt: skip
    """One layer through all steps.

    Parameters
    ----------
    in_first, in_list : (n_steps + 1,), (n_spikes,) int
        Spikes that come in, by step.
    in_value : (n_steps, n_in)
        How much of a spike each is, if `valued`; else one.
    weight, loop : (n_in, n), (n, n) or (0, 0)
        Row by row what a spike adds to the currents.
    u, s : (n_steps, n)
        Membranes and spikes are written here.
    current : (n,)
        Scratch.
    kept : (n_steps, n) or (0, 0)
        Currents are kept here, if not empty.
    first, found : (n_steps + 1,), (n_steps * n,) int
        The layer's own spikes, by step.

    Returns
    -------
    int
        Spikes found.
    """
    current[:] = one - one
    u[0, :] = one - one
    first[0] = 0
    recurrent = loop.shape[0] > 0
    for t in range(n_steps):
        end = first[t]
        if spiking:
            if smooth:
                primitive_row(kind, beta, one, u[t], s[t])
                for j in range(u.shape[1]):
                    found[end + j] = j
                end += u.shape[1]
            else:
                n_found = fire_row(u[t], one, s[t])
                if n_found > 0:
                    end = list_spikes(s[t], n_found, end, found)
        first[t + 1] = end
        if t + 1 == n_steps:
            break
        if kept.shape[0] > 0:
            kept[t, :] = current
        if spiking:
            advance_row(u[t], s[t], current, a, b, one, u[t + 1])
        else:
            integrate_row(u[t], current, a, b, u[t + 1])
        for e in range(in_first[t], in_first[t + 1]):
            if valued:
                add_times_row(current, in_value[t, in_list[e]], weight[in_list[e]])
            else:
                add_row(current, weight[in_list[e]])
        if recurrent:
            for e in range(first[t], end):
                add_times_row(current, s[t, found[e]], loop[found[e]])
    return first[n_steps]


@_kernel
def backward(spiking, kind, beta, one, a, b, n_back, in_first, in_list, in_value, valued, weight_t, loop_t,  # type: ignore[no-untyped-def]
             u, s, kept, first, found, outer, base, u_grad, i_grad, s_grad, h,
             weight_grad, loop_grad, in_grad):  # fmt: skip
    """Back through the steps ``n_back - 1 … 0`` of `forward`.

    Parameters
    ----------
    weight_t, loop_t : (n, n_in), (n, n) or (0, 0)
        The weights, transposed.
    kept : (n_steps, n) or (0, 0)
        The currents, if the reset takes part in the gradient.
    outer : (n_steps, n)
        What the loss and the layers above say about this layer's spikes (of a readout: membranes).
    base : (n,)
        The same for all steps: what the bounds on activity say.
    u_grad, i_grad, s_grad, h : (n,)
        Scratch.
    weight_grad, loop_grad : (n_in, n), (n, n) or (0, 0)
        Added to.
    in_grad : (n_steps, n_in) or (0, 0)
        What this layer says about the spikes that come in, if not empty.
    """
    zero = one - one
    u_grad[:] = zero
    i_grad[:] = zero
    recurrent = loop_t.shape[0] > 0
    downwards = in_grad.shape[0] > 0
    for t in range(n_back - 1, -1, -1):
        if t < n_back - 1:  # else the currents' gradients are still zero
            for e in range(in_first[t], in_first[t + 1]):
                if valued:
                    add_times_row(weight_grad[in_list[e]], in_value[t, in_list[e]], i_grad)
                else:
                    add_row(weight_grad[in_list[e]], i_grad)
            if recurrent:
                for e in range(first[t], first[t + 1]):
                    add_times_row(loop_grad[found[e]], s[t, found[e]], i_grad)
        if downwards:
            in_grad[t, :] = zero
            for j in range(i_grad.shape[0]):
                add_times_row(in_grad[t], i_grad[j], weight_t[j])
        if spiking:
            s_grad[:] = outer[t]
            add_row(s_grad, base)
            if recurrent:
                for j in range(i_grad.shape[0]):
                    add_times_row(s_grad, i_grad[j], loop_t[j])
            if kept.shape[0] > 0:
                reset_row(s_grad, u[t], kept[t], b, u_grad)
            surrogate_row(kind, beta, one, u[t], h)
            back_row(u_grad, i_grad, s_grad, h, s[t], a, b, one)
        else:
            back_readout_row(u_grad, i_grad, outer[t], a, b)
