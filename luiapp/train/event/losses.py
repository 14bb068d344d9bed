"""Losses on the first spike times of the output neurons, and their exact derivatives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from luiapp.kernels import event_loss

SILENT_LOSS = 100.0  # of a sample whose label neuron didn't fire; as in Göltz et al. (2021)


class Judged(NamedTuple):
    """What a loss says of a batch.

    Attributes
    ----------
    value : float, mean loss over the samples
    errors : (n_samples, n_classes) float64, derivative of `value` by each output time; 0 where silent
    """

    value: float
    errors: NDArray[np.float64]


def cross_entropy(
    times: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    scale: float = 0.2,
    early_weight: float = 0.005,
    early_scale: float = 1.0,
) -> Judged:
    """Time-to-first-spike loss: the label neuron shall fire first, by a margin of about `scale`, and soon.

    For each sample  L = ln(sum_n exp(-t_n/scale)) + t_label/scale + early_weight (exp(t_label/early_scale) - 1),
    Göltz et al., Nat Mach Intell 3 (2021) 823. Silent neurons are left out of the sum; a sample whose label neuron is
    silent counts `SILENT_LOSS` and teaches nothing here.

    Parameters
    ----------
    times : (n_samples, n_classes) float64, first spike times, inf where silent
    labels : (n_samples,) int64
    scale, early_scale : float, in the unit of `times`
    """
    errors = np.empty_like(times)
    value = event_loss.cross_entropy(times, labels, scale, early_weight, early_scale, SILENT_LOSS, errors)
    return Judged(value / len(times), errors / len(times))


def margin(
    times: NDArray[np.float64],
    labels: NDArray[np.int64],
    *,
    margin: float = 0.2,
    early_weight: float = 0.0,
    at_least: bool = False,
) -> Judged:
    """Every wrong neuron shall fire `margin` after the label neuron: 1/2 sum_n (t_n - t_label - margin)².

    It doesn't depend on when all of them fire (Göltz et al., Nat Commun 2025, doi 10.1038/s41467-025-63120-y);
    `early_weight` adds that multiple of the label neuron's time. Silent wrong neurons are left out. With `at_least`
    those that fire later still are left alone too, so that only samples near a border teach.
    """
    errors = np.empty_like(times)
    value = event_loss.margin(times, labels, margin, early_weight, at_least, SILENT_LOSS, errors)
    return Judged(value / len(times), errors / len(times))


def first(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which output neuron fires first, (n_samples,); -1 where none does."""
    found = np.empty(len(times), np.int64)
    event_loss.first(times, found)
    return found
