"""The recordings that travel with the lessons: small, made by one command, and every goal is reached in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from luiapp.cli.lesson_record import recording_faults, replayed
from luiapp.cli.main import main
from luiapp.course.lab import experiments, uses_pages
from luiapp.course.library import lesson_names, lessons_folder
from luiapp.course.reading import read_lesson
from luiapp.course.recorded import light, recording_of, step_ends
from luiapp.course.template import write_template
from luiapp.data.chunk import Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.files.npz import read_npz, write_npz

MOST_BYTES = 500_000


@pytest.mark.parametrize("name", lesson_names())
def test_every_lesson_of_the_bench_can_be_watched_without_one(name: str) -> None:
    folder = lessons_folder() / name
    lesson = read_lesson(folder)
    if experiments(lesson) or uses_pages(lesson):
        pytest.skip("its experiments need no board")
    path = recording_of(folder)
    assert path is not None, f"luiapp lesson record {name}"
    assert path.stat().st_size < MOST_BYTES
    assert recording_faults(lesson, folder) == []
    recording = read_npz(path)
    assert recording.metadata["network"]["neurons"], "the circuit is part of it"
    ends = step_ends(recording)
    assert len(ends) == len(lesson.steps) and ends == sorted(ends) and ends[-1] <= recording.duration + 1e-9


def test_a_recording_in_which_a_goal_is_missed_is_found(tmp_path: Path) -> None:
    folder = lessons_folder() / "01-meet-lui"
    recording = read_npz(folder / "recording.npz")
    hasty = replace(recording, metadata={**recording.metadata, "step_ends": [0.1] * 5})
    assert any("doesn't reach it" in m for m in replayed(read_lesson(folder), hasty))
    write_npz(tmp_path / "recording.npz", hasty)
    assert any("luiapp lesson record" in m for m in recording_faults(read_lesson(folder), tmp_path))


def test_light_samples_are_within_a_millivolt_and_times_are_kept() -> None:
    samples = np.random.default_rng(3).uniform(0, 3, (500, 2)).astype(np.float32)
    layout = Layout(1e-3, (Trace("A", i_neuron=0), Trace("B", i_neuron=1)), ("A", "B"))
    full = Recording(layout, samples, np.array([0.1234567]), np.array([1], np.int32), (), {"network": {}}, 250)
    less = light(full, [0.3, 0.75])
    assert np.abs(less.samples - samples).max() <= 0.5 / 512 + 1e-7
    assert less.spike_times[0] == 0.1234567 and less.metadata["network"] == {}
    assert step_ends(less) == pytest.approx([0.05, 0.5])  # from its first sample, which is at 0.25 s
    with pytest.raises(FormatError, match="record the lesson anew"):
        step_ends(full)


def test_the_verb_records_what_the_robot_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_template(tmp_path / "mine")
    assert main(["lesson", "record", str(tmp_path / "mine"), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["lessons"]
    path = tmp_path / "mine/recording.npz"
    assert row["ok"] and row["bytes"] == path.stat().st_size > 0
    assert main(["lesson", "check", str(tmp_path / "mine"), "--lots", "1"]) == 0
    path.unlink()
    (tmp_path / "mine/solution.toml").write_text("first = [{wait = 5}]", "utf-8")
    assert main(["lesson", "record", str(tmp_path / "mine")]) == 1  # what can't be done isn't kept
    assert not path.exists()
    assert main(["lesson", "record"]) == 1
