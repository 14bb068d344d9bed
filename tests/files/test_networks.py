"""Networks on disk, the table of formats, and a disk that refuses."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recordings import example, same

from luiapp.errors import FileError, FormatError
from luiapp.files import disk
from luiapp.files.codec import from_json
from luiapp.files.networks import read_network, write_network
from luiapp.files.registry import READERS, WRITERS, read_recording, read_segments, write_recording
from luiapp.model.network import Network
from luiapp.model.stimulus import spike_train
from luiapp.texts import set_language

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def network() -> Network:
    net = Network("lui", name="größer")
    a, b = net.neuron("A", r_leak=12345.678, position=(1.5, 2)), net.neuron("B")
    net.connect(a, b, synapse=2)
    net.stimulus(spike_train([0.1, 0.2]), to=a)
    net.probe([0, 1])
    net.extra = {"later": [1, {"x": None}]}
    return net


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_network(path, network())
    write_network(path, network())
    assert read_network(path).to_dict() == network().to_dict()
    assert "größer" in path.read_text("utf-8")
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "line 1, column 1: this is not JSON"),
        (b'{"format": "luiapp-network",\n "version" 1}', "line 2, column 12: this is not JSON"),
        (b"\xff\xfe", "byte 0 is not UTF-8"),
        (b"[" * 200_000, "nested deeper than 100"),
        (b"[" * 150 + b"]" * 150, "nested deeper than 100"),
        (b'{"a": NaN}', "'NaN', which is not a number"),
        (b'{"a": 1e999}', "'1e999', which is too large"),
        (b'{"a": ' + b"1" * 10_000 + b"}", "a number that can't be read"),
        (b"[]", "is not a network"),
        (b'{"format": "luiapp-network", "version": 99}', "version 99"),
        (b'{"format": "luiapp-network", "version": 1, "neurons": [{"name": "a"}, {"name": "a"}]}', "'a'"),
        (b'{"format": "luiapp-network", "version": 1, "model": {}}', "malformed"),
        (b'{"format": "luiapp-network", "version": 1, "neurons": 5}', "malformed"),
        (json.dumps({"format": "luiapp-network", "version": 1, "neurons": [{}] * 20_001}).encode(), "20001 neurons"),
        (json.dumps({"format": "luiapp-network", "version": 1, "neurons": [{"parameters": {"tau_mem": -1}}]}).encode(),
         "tau_mem must lie between"),
    ],
)  # fmt: skip
def test_wrong_files_are_refused_with_name_and_place(tmp_path: Path, content: bytes, complaint: str) -> None:
    (tmp_path / "bad.json").write_bytes(content)
    with pytest.raises(FormatError, match=complaint) as found:
        read_network(tmp_path / "bad.json")
    assert "'bad.json'" in str(found.value)


@QUICK
@given(st.dictionaries(st.sampled_from(["model", "neurons", "connections", "stimuli", "probes", "name", "x"]), JSON)
       | st.fixed_dictionaries({"neurons": st.just([{}]), "connections": st.lists(st.fixed_dictionaries(
           {"from": JSON, "to": JSON})), "probes": st.lists(st.fixed_dictionaries({"neuron": JSON}))}))  # fmt: skip
def test_any_json_gives_a_network_or_a_format_error(tmp_path: Path, data: dict) -> None:
    content = json.dumps({**data, "format": "luiapp-network", "version": 1})
    (tmp_path / "a.json").write_text(content)
    try:
        net = read_network(tmp_path / "a.json")
    except FormatError as error:
        assert "'a.json'" in str(error)
    else:
        write_network(tmp_path / "b.json", net)
        assert read_network(tmp_path / "b.json").to_dict() == net.to_dict()


def test_oversized_files_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(65 * 2**20)
    with pytest.raises(FormatError, match="larger than 64 MB"):
        read_network(path)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [f"a{suffix}" for suffix in WRITERS]:
        (tmp_path / name).write_text("old")

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for suffix in WRITERS:
        with pytest.raises(FileError, match=f"The disk is full: 'a{suffix}' was not completely written") as found:
            write_recording(tmp_path / f"a{suffix}", example(20))
        assert found.value.errno == errno.ENOSPC
    with pytest.raises(FileError, match="disk is full"):
        write_network(tmp_path / "a.mcap", network())
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {f"a{suffix}": "old" for suffix in WRITERS}


@pytest.mark.parametrize("suffix", WRITERS)
def test_places_that_cant_be_used(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "missing" / f"a{suffix}"
    with pytest.raises(FileError, match=r"The folder '.*missing' is not there"):
        write_recording(path, example(20))
    folder = tmp_path / f"folder{suffix}"
    folder.mkdir()
    with pytest.raises(FileError, match=f"'folder{suffix}' is a folder"):
        write_recording(folder, example(20))
    if suffix in READERS:
        with pytest.raises(FileError, match=f"'a{suffix}' is not there"):
            read_recording(path)
        with pytest.raises(FileError, match="is a folder"):
            read_recording(folder)


@pytest.mark.parametrize(
    ("code", "writing", "text"),
    [
        (errno.EACCES, True, "may not be written here"),
        (errno.EACCES, False, "may not be read"),
        (errno.EROFS, True, "may not be written here"),
        (errno.ENAMETOOLONG, True, "name is too long"),
        (errno.EBUSY, True, "open in another program"),
        (errno.EIO, True, "could not be used: Input/output error"),
    ],
)
def test_reasons_are_told(code: int, writing: bool, text: str) -> None:
    error = disk.file_error(OSError(code, os.strerror(code)), Path("dir/x.csv"), writing=writing)
    assert text in str(error)
    assert "x.csv" in str(error)
    set_language("de")
    assert text not in str(error)
    assert "x.csv" in str(error)


def test_an_unknown_suffix(tmp_path: Path) -> None:
    with pytest.raises(
        FormatError, match=r"'a\.xls': files ending in '\.xls' are unknown; choose one of \.mcap, \.csv"
    ):
        read_recording(tmp_path / "a.xls")
    with pytest.raises(FormatError, match=r"\.svg"):
        write_recording(tmp_path / "a.xls", example(5))
    with pytest.raises(TypeError):
        write_recording(tmp_path / "a.csv", example(5), colour="red")


@pytest.mark.parametrize("suffix", [s for s in READERS if s != ".wav"])
def test_every_format_that_can_be_read_brings_back_the_same(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix.upper()}"
    recording = example(100, i_first=30)
    assert path in write_recording(path, recording)
    same(recording, read_recording(path))
    same(recording, read_segments(path)[0])
    assert set(READERS) <= set(WRITERS)


def test_files_are_as_readable_as_others(tmp_path: Path) -> None:
    write_network(tmp_path / "a.json", network())
    assert (tmp_path / "a.json").stat().st_mode & 0o444 == 0o444
    (tmp_path / "a.json").chmod(0o600)
    write_network(tmp_path / "a.json", network())
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o600


@QUICK
@given(JSON)
def test_json_is_read_as_written(value: object) -> None:
    from luiapp.files.codec import to_json

    text = to_json(value)
    assert json.loads(text) == from_json(text)


def test_written_by_hand(tmp_path: Path) -> None:
    """Names for neurons, and nothing that isn't needed; an unknown name is told."""
    path = tmp_path / "a.json"
    by_name = {"format": "luiapp-network", "neurons": [{"name": "A"}, {"name": "7"}],
               "connections": [{"from": "A", "to": "7", "weight": 2.0}], "probes": [{"neuron": "7"}],
               "stimuli": [{"to": "A", "stimulus": {"kind": "poisson", "rate": 5}}]}  # fmt: skip
    path.write_text(json.dumps(by_name), "utf-8")
    net = read_network(path)
    assert (net.connections.pre.tolist(), net.connections.post.tolist()) == ([0], [1])
    assert net.probes[0].i_neuron == 1
    assert net.stimuli[0].i_neuron == 0
    path.write_text(json.dumps({**by_name, "probes": [{"neuron": "B"}]}), "utf-8")
    with pytest.raises(FormatError, match="no neuron called 'B'"):
        read_network(path)
