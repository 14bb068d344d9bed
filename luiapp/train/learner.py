"""What every learner hands back, whatever its method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Outcome:
    """How some samples fared.

    Attributes
    ----------
    n_samples : int
    loss : float
        Mean.
    accuracy : float
        Share that was classified correctly.
    spikes : float
        Spikes of hidden neurons per sample.
    predicted : (n_samples,) int64
        The most likely class of each.
    """

    n_samples: int
    loss: float
    accuracy: float
    spikes: float
    predicted: NDArray[np.int64]


class Said(NamedTuple):
    """What a network says of samples, without being told their classes.

    Attributes
    ----------
    scores : (n_samples, n_out)
        Of each class; their softmax is how sure the network is. Minus infinity: not a word.
    counts : (n_samples, n_hidden) int32
        Spikes of every hidden neuron, layer after layer.
    """

    scores: NDArray[Any]
    counts: NDArray[np.int32]
