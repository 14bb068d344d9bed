"""A neuron with eight inputs learns to fire for some patterns and not for others. Short, to be read and changed."""

import numpy as np

N_INPUTS, N_PATTERNS, N_STEPS = 8, 16, 200
TIMES = np.arange(0, 100.0)  # ms
TAU_MEM, TAU_SYN = 20.0, 5.0  # ms


def bump(since):
    """How far one pulse of weight 1 lifts the membrane, `since` milliseconds after it; the highest point is 1."""
    rise = np.where(since > 0, np.exp(-since / TAU_MEM) - np.exp(-since / TAU_SYN), 0.0)
    return rise / 0.47247


def teach(rule, steepness, rate, seed):
    """Gradient descent, with the true slope of a spike or with one that stands in for it."""
    random = np.random.default_rng(seed)
    teacher = np.where(np.arange(N_INPUTS) < N_INPUTS // 2, 0.55, -0.35)  # weights with which it can be done
    arrive = random.uniform(5, 60, (600, N_INPUTS))  # when each input's pulse comes
    lifted = bump(TIMES[:, None, None] - arrive)  # (time, pattern, input)
    highest = (lifted @ teacher).max(axis=0)
    yes, no = np.flatnonzero(highest > 1.12), np.flatnonzero(highest < 0.88)
    chosen = np.concatenate([yes[: N_PATTERNS // 2], no[: N_PATTERNS // 2]])
    lifted, wanted = lifted[:, chosen], np.arange(N_PATTERNS) < N_PATTERNS // 2
    weight = np.full(N_INPUTS, 0.3) + random.normal(0, 0.05, N_INPUTS)
    patterns = np.arange(N_PATTERNS)
    right, loss = [], []
    for step in range(N_STEPS + 1):
        membrane = lifted @ weight
        when = membrane.argmax(axis=0)  # the moment at which it came closest to the threshold
        over = membrane[when, patterns] - 1.0
        fires = over > 0
        right.append((step, 100 * np.mean(fires == wanted)))
        loss.append((step, np.mean((fires - wanted.astype(float)) ** 2)))
        slope = np.zeros(N_PATTERNS)  # of a step: flat on both sides
        if rule == "surrogate":
            slope = 1 / (1 + steepness * np.abs(over)) ** 2
        blame = (fires - wanted.astype(float)) * slope
        weight = weight - rate * (blame[:, None] * lifted[when, patterns]).mean(axis=0)
    best = max(value for _, value in right)
    return {"values": {"right": right[-1][1], "first": right[0][1], "best": best}, "curves": {"right": right}}


def stairs(steepness, seed):
    """How the number of spikes, and what stands in for its slope, depend on one weight."""
    weights = np.linspace(0, 2, 201)
    fires = (weights > 1).astype(float)
    slope = 1 / (1 + steepness * np.abs(weights - 1)) ** 2
    width = weights[slope > 0.5][-1] - weights[slope > 0.5][0]
    return {"values": {"width": width},
            "curves": {"spike": np.c_[weights, fires], "surrogate": np.c_[weights, slope]}}  # fmt: skip
