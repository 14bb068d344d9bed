"""When a neuron spikes is a smooth function of its weights and of the times of its inputs; here is one to try."""

import numpy as np

import luiapp as lui

TIMES = np.linspace(0, 40, 2001)  # ms
TAU_MEM, TAU_SYN = 20.0, 5.0  # ms
LATE = 12.0  # ms between the two inputs


def bump(since):
    """How far one pulse of weight 1 lifts the membrane, `since` milliseconds after it; the highest point is 1."""
    late = np.maximum(since, 0.0)
    return (np.exp(-late / TAU_MEM) - np.exp(-late / TAU_SYN)) / 0.47247


def first_crossing(membrane):
    """The moment [ms] at which it reaches the threshold, or not-a-number."""
    above = np.flatnonzero(membrane >= 1.0)
    return TIMES[above[0]] if len(above) else np.nan


def moment(weight, seed):
    """One pulse at 5 ms. The membrane for this weight, and the spike's moment for every weight."""
    membrane = weight * bump(TIMES - 5.0)
    weights = np.linspace(0.5, 4, 141)
    moments = np.array([first_crossing(w * bump(TIMES - 5.0)) for w in weights])
    here = first_crossing(membrane)
    return {"values": {"spike": here}, "curves": {"moments": np.c_[weights, moments]}}


def two(delay, seed):
    """Two pulses of weight 0.55, the second 12 ms later; the first goes through a delay."""
    membrane = 0.55 * bump(TIMES - 3.0 - delay) + 0.55 * bump(TIMES - 3.0 - LATE)
    return {"values": {"highest": membrane.max(), "spike": first_crossing(membrane)},
            "curves": {"membrane": np.c_[TIMES[::20], membrane[::20]],
                       "threshold": [(0, 1), (40, 1)]}}  # fmt: skip


def compare(delays, hidden, epochs, seed):
    """A few hidden neurons learn the Yin-Yang by the times of their first spikes, with and without delays to learn."""
    plain = lui.learn(method="ttfs", hidden=hidden, epochs=epochs, seed=seed)
    other = lui.learn(method="ttfs", hidden=hidden, epochs=epochs, seed=seed, delays=delays)
    n_plain, n_other = (len(found.model.weight) for found in (plain, other))
    return {"values": {"plain": 100 * max(plain.accuracy), "delays": 100 * max(other.accuracy),
                       "gain": 100 * (max(other.accuracy) - max(plain.accuracy)),
                       "n_plain": n_plain, "n_delays": n_other},
            "curves": {"plain": [(i, 100 * a) for i, a in enumerate(plain.accuracy)],
                       "delays": [(i, 100 * a) for i, a in enumerate(other.accuracy)]}}  # fmt: skip
