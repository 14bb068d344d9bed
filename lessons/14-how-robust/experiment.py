"""Does it matter what stands in for the slope of a spike? Three shapes of one steepness, and 30 hidden neurons."""

import luiapp as lui

SHAPES = ("superspike", "sigmoid", "triangular")
EPOCHS = 5


def shapes(steepness, seed):
    """Teach the same network once with each shape."""
    curves, last = {}, {}
    for shape in SHAPES:
        found = lui.learn(hidden=30, epochs=EPOCHS, surrogate=shape, beta=steepness, seed=seed)
        curves[shape] = [(i, 100 * a) for i, a in enumerate(found.accuracy)]
        last[shape] = 100 * found.accuracy[-1]
    return {"values": {**last, "worst": min(last.values()), "apart": max(last.values()) - min(last.values())},
            "curves": curves}  # fmt: skip


def quiet(bound, seed):
    """Teach with a price on spikes beyond `bound` per neuron and sample, and without."""
    free = lui.learn(hidden=60, epochs=EPOCHS, seed=seed)
    thrifty = lui.learn(hidden=60, epochs=EPOCHS, seed=seed, at_most=bound)
    curves = {"free": [(i, s) for i, s in enumerate(free.spikes)],
              "thrifty": [(i, s) for i, s in enumerate(thrifty.spikes)]}  # fmt: skip
    return {"values": {"free": 100 * free.accuracy[-1], "thrifty": 100 * thrifty.accuracy[-1],
                       "free_spikes": free.spikes[-1], "thrifty_spikes": thrifty.spikes[-1],
                       "share": 100 * thrifty.spikes[-1] / free.spikes[-1]},
            "curves": curves}  # fmt: skip
