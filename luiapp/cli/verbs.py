"""The verbs. A new one: write a module with a `Verb`, and add its line here."""

from __future__ import annotations

from luiapp.cli import (
    adapter,
    bench,
    chip,
    convert,
    doctor,
    experiment,
    firmware,
    lesson,
    ports,
    record,
    simulate,
    train,
    window,
)
from luiapp.cli.parser import Verb

VERBS: dict[str, Verb] = {
    "run": window.RUN,
    "simulate": simulate.SIMULATE,
    "record": record.RECORD,
    "replay": window.REPLAY,
    "convert": convert.CONVERT,
    "experiment": experiment.EXPERIMENT,
    "ports": ports.PORTS,
    "adapter": adapter.ADAPTER,
    "firmware": firmware.FIRMWARE,
    "doctor": doctor.DOCTOR,
    "bench": bench.BENCH,
    "train": train.TRAIN,
    "chip": chip.CHIP,
    "lesson": lesson.LESSON,
}
