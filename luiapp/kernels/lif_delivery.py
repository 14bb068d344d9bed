"""Delivery of spikes and events into the delay ring of a network of leaky integrate-and-fire neurons.

A sum's last bit depends on the order of its terms: at every grid point spikes come first, by the step they were sent at
and then by source, and events from outside come last.
"""

from __future__ import annotations

from numba import njit

_kernel = njit(cache=True, nogil=True, error_model="numpy")  # no fastmath: see `luiapp.kernels.lif`
_inlined = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)


@_inlined
def _note(sent, n_sent, slot, what):  # type: ignore[no-untyped-def]
    """Keep in mind that something was sent to a slot."""
    if n_sent[slot] < sent.shape[1]:
        sent[slot, n_sent[slot]] = what
    n_sent[slot] += 1


@_kernel
def deliver(part, routes, steps, sources):  # type: ignore[no-untyped-def]
    """Send spikes (by step and source, which fixes the order of all additions) to the targets within a part."""
    ring, sent, n_sent = part.ring, part.sent, part.n_sent
    firsts, delays, receptors, starts = routes.first, routes.delay, routes.receptor, routes.start
    equal, targets, weights, rows = routes.equal, routes.target, routes.weight, routes.rows
    last = ring.shape[0] - 1
    for j in range(steps.shape[0]):
        for run in range(firsts[sources[j]], firsts[sources[j] + 1]):
            slot, k = (steps[j] + delays[run]) & last, receptors[run]
            if rows.shape[0] > 0:
                for i in range(ring.shape[2]):
                    ring[slot, k, i] += rows[run, i]
                n_sent[slot] = sent.shape[1] + 1
                continue
            _note(sent, n_sent, slot, run)
            begin, end = starts[run], starts[run + 1]
            if equal[run] != 0:
                weight = weights[begin]
                for q in range(begin, end):
                    ring[slot, k, targets[q]] += weight
            else:
                for q in range(begin, end):
                    ring[slot, k, targets[q]] += weights[q]


@_kernel
def receive(part, events, i_event, until):  # type: ignore[no-untyped-def]
    """Put events up to grid point `until` into the ring. Returns the index of the first one left."""
    last = part.ring.shape[0] - 1
    while i_event < events.step.shape[0] and events.step[i_event] <= until:
        slot, k, i = events.step[i_event] & last, events.receptor[i_event], events.neuron[i_event]
        part.ring[slot, k, i] += events.weight[i_event]
        _note(part.sent, part.n_sent, slot, -1 - (k * part.ring.shape[2] + i))
        i_event += 1
    return i_event


@_kernel
def wipe(part, routes, n0, width):  # type: ignore[no-untyped-def]
    """Empty the slots of a window that has been swept: only what was sent there, since most of a slot is empty."""
    ring, sent, n_sent = part.ring, part.sent, part.n_sent
    receptors, starts, targets = routes.receptor, routes.start, routes.target
    last, n = ring.shape[0] - 1, ring.shape[2]
    for s in range(width):
        slot = (n0 + 1 + s) & last
        count = n_sent[slot]
        n_sent[slot] = 0
        if count > sent.shape[1]:
            ring[slot, 0, :] = 0
            ring[slot, 1, :] = 0
            continue
        for j in range(count):
            run = sent[slot, j]
            if run < 0:
                ring[slot, (-1 - run) // n, (-1 - run) % n] = 0
                continue
            k = receptors[run]
            for q in range(starts[run], starts[run + 1]):
                ring[slot, k, targets[q]] = 0
