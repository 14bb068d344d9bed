"""The 512 neurons of one emulated BrainScaleS-2 core, all asked to be equal, and what the converter reads of them."""

import numpy as np

import luiapp as lui

GOAL = {"leak": 80.0, "threshold": 150.0, "tau_mem": 6.0}  # LSB, LSB, µs
SCALE = {"leak": 1.0, "threshold": 1.0, "tau_mem": 1e6}


def sorted_values(found, quantity):
    """All neurons, the smallest first; what was never reached is left out."""
    values = np.sort(found[quantity][np.isfinite(found[quantity])]) * SCALE[quantity]
    return values, np.c_[np.arange(len(values)), values][::5]


def measure(chip, quantity, calibrated, seed):
    """Measure one chip as it is delivered, or calibrated."""
    found = lui.measure_chip(chip, calibrated=calibrated == "yes", seed=seed)
    values, curve = sorted_values(found, quantity)
    goal = GOAL[quantity]
    return {"values": {"mean": values.mean(), "spread": values.std(), "percent": 100 * values.std() / goal,
                       "smallest": values[0], "largest": values[-1]},
            "curves": {"sorted": curve, "goal": [(0, goal), (len(values) - 1, goal)]}}  # fmt: skip


def twice(chip, other, seed):
    """Measure one chip twice, and another one once; how alike are their leaks, neuron by neuron?"""
    first, again = (lui.measure_chip(chip, seed=seed + i)["leak"] for i in (0, 1))
    third = lui.measure_chip(other, seed=seed + 2)["leak"]
    shown = slice(0, 60)
    return {"values": {"same": np.corrcoef(first, again)[0, 1], "other": np.corrcoef(first, third)[0, 1],
                       "noise": np.std(first - again) / np.sqrt(2)},
            "curves": {"first": list(enumerate(first[shown])), "again": list(enumerate(again[shown])),
                       "third": list(enumerate(third[shown]))}}  # fmt: skip
