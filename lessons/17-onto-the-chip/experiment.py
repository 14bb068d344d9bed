"""A network taught in software, on an emulated chip: as it is delivered, calibrated, and taught on the chip itself."""

import luiapp as lui

EPOCHS = 6  # in software


def carry(chip, seed):
    """Teach it, and carry it over."""
    found = lui.learn_on_chip(lui.learn(epochs=EPOCHS, seed=seed).model, chip, seed=seed)
    ideal, raw, set_ = (100 * x for x in (found.ideal, found.uncalibrated, found.calibrated))
    return {"values": {"ideal": ideal, "uncalibrated": raw, "calibrated": set_, "lost": ideal - set_},
            "curves": {"right": [(1, ideal), (2, raw), (3, set_)]}}  # fmt: skip


def loop(chip, epochs, seed):
    """The same, and then some epochs with the chip in the loop."""
    found = lui.learn_on_chip(lui.learn(epochs=EPOCHS, seed=seed).model, chip, epochs=epochs, seed=seed)
    course = [100 * found.calibrated, *(100 * x for x in found.in_the_loop[:-1])]
    after = 100 * (found.in_the_loop[-1] if epochs else found.calibrated)
    return {"values": {"ideal": 100 * found.ideal, "before": 100 * found.calibrated, "after": after,
                       "gap": 100 * found.ideal - after},
            "curves": {"chip": list(enumerate(course)), "software": [(0, 100 * found.ideal),
                                                                     (max(epochs, 1), 100 * found.ideal)]}}  # fmt: skip
