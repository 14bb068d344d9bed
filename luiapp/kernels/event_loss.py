"""What losses say of first spike times, sample by sample; the formulas stand in `luiapp.train.event.losses`."""

from __future__ import annotations

import math

from luiapp.kernels.event_lanes import kernel


@kernel
def margin(times, labels, distance, early_weight, at_least, silent_loss, errors):  # type: ignore[no-untyped-def]
    """The sum of the losses; writes their derivatives by `times` to `errors`, both (n_samples, n_classes)."""
    total = 0.0
    for sample in range(times.shape[0]):
        label = labels[sample]
        right, owed = times[sample, label], 0.0
        fired = right < math.inf
        for k in range(times.shape[1]):
            off = 0.0
            if fired and k != label and times[sample, k] < math.inf:
                off = times[sample, k] - right - distance
                if at_least and off > 0.0:
                    off = 0.0
            errors[sample, k] = off
            total += 0.5 * off * off
            owed += off
        errors[sample, label] = early_weight - owed if fired else 0.0
        total += early_weight * right if fired else silent_loss
    return total


@kernel
def cross_entropy(times, labels, scale, early_weight, early_scale, silent_loss, errors):  # type: ignore[no-untyped-def]
    """The same for the time-to-first-spike loss."""
    total = 0.0
    for sample in range(times.shape[0]):
        label = labels[sample]
        right, odds = times[sample, label], 0.0
        if right == math.inf:
            errors[sample] = 0.0
            total += silent_loss
            continue
        for k in range(times.shape[1]):
            errors[sample, k] = math.exp(min((right - times[sample, k]) / scale, 700.0))  # over the label's
            odds += errors[sample, k]
        for k in range(times.shape[1]):
            errors[sample, k] /= -odds * scale
        early = math.exp(right / early_scale)
        errors[sample, label] += 1.0 / scale + early_weight / early_scale * early
        total += math.log(odds) + early_weight * (early - 1.0)
    return total


@kernel
def first(times, found):  # type: ignore[no-untyped-def]
    """Write to `found` (n_samples,) which neuron fires first, -1 where none does."""
    for sample in range(times.shape[0]):
        found[sample], best = -1, math.inf
        for k in range(times.shape[1]):
            if times[sample, k] < best:
                found[sample], best = k, times[sample, k]


@kernel
def count(times, fired):  # type: ignore[no-untyped-def]
    """Add to `fired` (n,) in how many samples each neuron fires; returns the number of all spikes."""
    total = 0
    for sample in range(times.shape[0]):
        for k in range(times.shape[1]):
            fires = times[sample, k] < math.inf
            fired[k] += fires
            total += fires
    return total
