"""What learning in the loop brings, over several chips: ``python -m tests.benchmarks.chip_loop --json``.

Each row is one course; accuracies are those of the Yin-Yang test set on the chip, mean over two runs with other noise.

    transfer      calibrated chip, network of surrogate gradients trained in software, then `epochs` in the loop
    decalibrated  the same after time constants and gains went astray by 30 %
    scratch       from first weights, five epochs, each input on five pairs of rows
    long          the same for four times as many epochs
    ttfs          network of first spikes trained in software, then twenty epochs
    ttfs spoilt   the same after time constants and gains went astray by 30 %
    delays        as ttfs with six hidden neurons and three events for each input, without delays and with learned ones:
                  wires inside the chip have none, but whoever sends events chooses when
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from luiapp.chip.core import Chip
from luiapp.deploy.loop import LoopSchedule, learn_in_the_loop, usual
from luiapp.deploy.onchip import OnChip, calibration_for, decalibrated
from luiapp.deploy.transfer import N_TUNED, several
from luiapp.train.datasets import Dataset
from luiapp.train.event.learner import TimingStart
from luiapp.train.event.task import TimingTask, first_spike_task
from luiapp.train.fit import Schedule, fit
from luiapp.train.task import SurrogateTask, yin_yang_sets

TRAIN, _, TEST = yin_yang_sets()
TRIALS, SPOILT, FEW, COPIES = 2, 0.3, 6, 3
Task = SurrogateTask | TimingTask
Row = dict[str, Any]


def software(task: Task, train: Dataset = TRAIN, test: Dataset = TEST) -> tuple[Any, float]:
    """Weights after training, and the test accuracy."""
    taught: Any = task
    with taught.learner() as learner:
        for _ in fit(learner, taught.data(learner, train), taught.schedule):
            pass
        return learner.weight.copy(), float(learner.evaluate(taught.data(learner, test)).accuracy)


def course(name: str, one: OnChip, ideal: float | None, plan: LoopSchedule, *, spoilt: float = 0.0,
           train: Dataset = TRAIN, test: Dataset = TEST) -> Row:  # fmt: skip
    """Calibrate, and teach there."""
    serial = one.chip.serial
    calibration_for(one, seed=serial)
    if spoilt:
        one.chip.configure(decalibrated(one.chip.codes, spoilt, seed=serial), seed=serial)
    one.fit_readout(train.samples[:N_TUNED])
    before = several(one, test, TRIALS, serial).mean
    for _ in learn_in_the_loop(one, one.weight, train, plan):
        pass
    after = several(one, test, TRIALS, serial)
    return {"course": name, "chip": serial, "ideal": ideal, "before": before, "after": after.mean,
            "spread": after.spread, "epochs": plan.epochs}  # fmt: skip


def _transfer(serials: list[int], spoilt: float) -> Iterator[Row]:
    task = replace(SurrogateTask(), schedule=Schedule(20))
    weight, ideal = software(task)
    for serial in serials:
        plan = usual(task, 12 if spoilt else 5, seed=serial)
        one = OnChip(task, weight, Chip(serial), repeat=5)
        yield course("decalibrated" if spoilt else "transfer", one, ideal, plan, spoilt=spoilt)


def _scratch(serials: list[int], epochs: int) -> Iterator[Row]:
    for serial in serials:
        task = SurrogateTask(seed=serial)
        one = OnChip(task, task.learner().weight, Chip(serial), repeat=5)
        yield course("scratch", one, None, usual(task, epochs, seed=serial))


def _first_spikes(serials: list[int], spoilt: float) -> Iterator[Row]:
    task = first_spike_task()
    weight, ideal = software(task)
    for serial in serials:
        one = OnChip(task, weight, Chip(serial), repeat=(5, 2))
        yield course("ttfs spoilt" if spoilt else "ttfs", one, ideal, usual(task, 20, seed=serial), spoilt=spoilt)


def _delays(serials: list[int]) -> Iterator[Row]:
    train, test = (Dataset(np.tile(one.samples, (1, COPIES)), one.labels) for one in (TRAIN, TEST))
    for kind in ("none", "inputs"):
        base = first_spike_task(FEW, delays="axonal", epochs=60)
        spec = replace(base.spec, sizes=(4 * COPIES, FEW, 3), delays=kind, longest_delay=2.0)
        start = TimingStart(((1.5 / COPIES, COPIES**-0.5), (1.0, 1.0)), (0.0, 1.0))
        for serial in serials:
            task = replace(base, spec=spec, start=start, seed=serial, schedule=replace(base.schedule, seed=serial))
            weight, ideal = software(task, train, test)
            one = OnChip(task, weight, Chip(serial), repeat=(5, 5))
            plan = usual(task, 20, seed=serial)
            yield course(f"delays: {kind}", one, ideal, plan, train=train, test=test)


COURSES: dict[str, Callable[[list[int]], Iterator[Row]]] = {
    "transfer": lambda serials: _transfer(serials, 0.0),
    "decalibrated": lambda serials: _transfer(serials, SPOILT),
    "scratch": lambda serials: _scratch(serials, 5),
    "long": lambda serials: _scratch(serials, 20),
    "ttfs": lambda serials: _first_spikes(serials, 0.0),
    "ttfs spoilt": lambda serials: _first_spikes(serials, SPOILT),
    "delays": _delays,
}


def main(argv: list[str] | None = None) -> int:
    """Run the courses, a line for each chip, and means at the end."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.chip_loop", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("courses", nargs="*", help=f"{', '.join(COURSES)}; all if none is named")
    parser.add_argument("--chips", type=int, nargs="+", default=[1, 2, 3, 4, 5], metavar="N")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(argv)
    unknown = [name for name in options.courses if name not in COURSES]
    if unknown:
        parser.error(f"there is no course '{unknown[0]}'; there are {', '.join(COURSES)}")
    rows: list[Row] = []
    for name in options.courses or COURSES:
        found = []
        for row in COURSES[name](options.chips):
            found.append(row)
            print(f"{row['course']:16} chip {row['chip']:3}: {row['before']:.3f} -> {row['after']:.3f}",
                  file=sys.stderr, flush=True)  # fmt: skip
        rows += found
    if options.json:
        print(json.dumps(rows))
        return 0
    for name in dict.fromkeys((row["course"], row["epochs"]) for row in rows):
        mine = [row for row in rows if (row["course"], row["epochs"]) == name]
        after = np.array([row["after"] for row in mine])
        ideal = [row["ideal"] for row in mine if row["ideal"] is not None]
        told = f", in software {np.mean(ideal):.4f}" if ideal else ""
        print(f"{name[0]}, {name[1]} epochs: {after.mean():.4f} ({after.min():.4f} to {after.max():.4f}){told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
