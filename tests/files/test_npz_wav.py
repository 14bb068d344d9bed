"""Recordings as numpy archives and as sound."""

from __future__ import annotations

import io
import struct
import tracemalloc
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recordings import example, recordings, same

from luiapp.data.chunk import Event, Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.files.npz import read_npz, write_npz
from luiapp.files.wav import audio_rate, read_wav, write_wav

QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@QUICK
@given(recordings(), st.booleans())
def test_npz_round_trip(tmp_path: Path, recording: Recording, compressed: bool) -> None:
    write_npz(tmp_path / "a.npz", recording, compressed=compressed)
    same(recording, read_npz(tmp_path / "a.npz"))


def test_numpy_reads_ours_without_pickle(tmp_path: Path) -> None:
    recording = example(40)
    write_npz(tmp_path / "a.npz", recording)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        np.testing.assert_array_equal(found["samples"], recording.samples)
        assert found["traces"].tolist() == ["N1", "N2", "N1 synapse"]
        assert float(found["dt"]) == recording.layout.dt


def archive(path: Path, **members: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)


def npy(array: np.ndarray, claim: str | None = None) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, allow_pickle=True)
    data = buffer.getvalue()
    if claim is None:
        return data
    shape = str(array.shape)
    lies = data.replace(f"{shape}, }}{' ' * (len(claim) - len(shape))}".encode(), f"{claim}, }}".encode())
    assert len(lies) == len(data)
    assert lies != data
    return lies


def parts(**other: bytes) -> dict[str, bytes]:
    header = '{"format": "luiapp-recording", "version": 1, "layout": {"dt": 1, "traces": [{}], "neurons": ["a"]}}'
    good = {"samples": npy(np.zeros((3, 1), np.float32)), "spike_times": npy(np.zeros(2)),
            "spike_neurons": npy(np.zeros(2, np.int32)), "header": npy(np.array(header))}  # fmt: skip
    return {**good, **other}


@pytest.mark.parametrize(
    "other",
    [
        {"samples": npy(np.zeros((3, 2), np.float32))},
        {"samples": npy(np.zeros(3, np.float32))},
        {"samples": npy(np.array([None]))},
        {"samples": npy(np.zeros((3, 1), np.complex64))},
        {"samples": npy(np.zeros((3, 1), np.float32), "(99999999, 9999)")},
        {"samples": npy(np.zeros((3, 1), np.float32))[:-3]},
        {"samples": b""},
        {"samples": b"\x93NUMPY\x01\x00\xff\xff{"},
        {"samples": b"\x93NUMPY\x09\x00\xff\xff{"},
        {"spike_times": npy(np.zeros(3))},
        {"spike_times": npy(np.array([0, np.nan]))},
        {"spike_neurons": npy(np.array([0, 5], np.int32))},
        {"spike_neurons": npy(np.array([-1, 0], np.int32))},
        {"header": npy(np.array("{"))},
        {"header": npy(np.array("[" * 5000))},
        {"header": npy(np.zeros(3))},
    ],
)
def test_impossible_npz_are_refused(tmp_path: Path, other: dict[str, bytes]) -> None:
    archive(tmp_path / "good.npz", **parts())
    assert len(read_npz(tmp_path / "good.npz").samples) == 3
    archive(tmp_path / "bad.npz", **parts(**other))
    with pytest.raises(FormatError, match=r"bad\.npz"):
        read_npz(tmp_path / "bad.npz")


def test_a_claim_is_checked_before_memory_is_taken(tmp_path: Path) -> None:
    archive(tmp_path / "bad.npz", **parts(samples=npy(np.zeros((3, 1), np.float32), "(99999999, 9999)")))
    with pytest.raises(FormatError, match="claims 999899990001 values, more than it has"):
        read_npz(tmp_path / "bad.npz")


def test_an_npz_bomb_doesnt_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        with file.open("samples.npy", "w", force_zip64=True) as member:
            head = io.BytesIO()
            shape = (40_000, 8192)
            np.lib.format.write_array_header_1_0(head, {"descr": "<f4", "fortran_order": False, "shape": shape})
            member.write(head.getvalue())
            zeros = bytes(2**24)
            for _ in range(40_000 * 8192 * 4 // 2**24):
                member.write(zeros)
        for name, data in parts().items():
            if name != "samples":
                file.writestr(f"{name}.npy", data)
    tracemalloc.start()
    with pytest.raises(FormatError, match=r"would unpack to 12\d\d MB; 1024 MB is the most"):
        read_npz(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 2**20


@QUICK
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6), st.floats(0, 1), st.binary(max_size=60))
def test_random_damage_never_escapes(tmp_path: Path, damage: list[tuple[float, int]], cut: float, noise: bytes) -> None:
    for write, read, name in ((write_npz, read_npz, "a.npz"), (write_wav, read_wav, "a.wav")):
        path = tmp_path / name
        write(path, example(30))
        content = bytearray(path.read_bytes())
        for place, value in damage:
            content[int(place * (len(content) - 1))] = value
        for bad in (content[: int(cut * len(content))] + noise, content, noise, b"RIFF\0\0\0\0WAVE" + noise):
            path.write_bytes(bad)
            try:
                read(path)
            except FormatError as error:
                assert name in str(error)


@QUICK
@given(recordings(min_samples=2))
def test_wav_round_trip(tmp_path: Path, recording: Recording) -> None:
    """Samples to half a step of 1/32767 of the largest; times to 0.1 ms; layout, clock and metadata exactly."""
    path = tmp_path / "a.wav"
    write_wav(path, recording)
    found = read_wav(path)
    columns = [i for i, t in enumerate(recording.layout.traces) if t.quantity == "membrane"]
    columns = columns or list(range(len(recording.layout.traces)))
    assert found.layout.traces == tuple(recording.layout.traces[i] for i in columns)
    assert (found.layout.dt, found.layout.neurons) == (recording.layout.dt, recording.layout.neurons)
    assert (found.i_first, found.metadata) == (recording.i_first, recording.metadata)
    wanted = np.nan_to_num(recording.samples[:, columns].astype(np.float64))
    step = np.abs(wanted).max() / 32767
    np.testing.assert_allclose(found.samples, wanted, rtol=1e-6, atol=0.5001 * step)
    np.testing.assert_allclose(np.sort(found.spike_times), recording.spike_times, atol=0.6e-4)
    assert sorted(found.spike_neurons) == sorted(recording.spike_neurons)
    np.testing.assert_allclose(
        sorted(e.time for e in found.events), sorted(e.time for e in recording.events), atol=0.6e-4
    )


def test_the_standard_library_hears_ours_interpolated(tmp_path: Path) -> None:
    layout = Layout(1e-3, (Trace("N1"), Trace("N2", i_neuron=1)), ("N1", "N2"))
    samples = np.random.default_rng(0).normal(size=(9000, 2)).astype(np.float32)
    recording = Recording(layout, samples, np.empty(0), np.empty(0, np.int32))
    write_wav(tmp_path / "a.wav", recording)
    assert audio_rate(1e-3) == (8000, 8)
    with wave.open(str(tmp_path / "a.wav")) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, 8000)
        assert sound.getnframes() == 8999 * 8 + 1
        counts = np.frombuffer(sound.readframes(10**6), "<i2").reshape(-1, 2)
    step = np.abs(samples).max() / 32767
    at = np.arange(len(counts)) / 8
    for k in range(2):
        np.testing.assert_allclose(counts[:, k] * step, np.interp(at, np.arange(9000), samples[:, k]), atol=0.51 * step)


@pytest.mark.parametrize(("dt", "rate"), [(1e-4, (10_000, 1)), (1 / 44100, (44_100, 1)), (1 / 300, (8100, 27))])
def test_audio_rates(dt: float, rate: tuple[int, int]) -> None:
    assert audio_rate(dt) == rate


def test_the_events_file_is_as_others_expect(tmp_path: Path) -> None:
    layout = Layout(1e-4, (Trace("N1"),), ("N1",))
    events = (Event(2.25, "marker", value=3), Event(3.0, "marker", value="a,\nb"))
    samples = np.zeros((20_000, 1), np.float32)
    recording = Recording(layout, samples, np.array([2.51234]), np.zeros(1, np.int32), events, {}, 20_000)
    _, beside = write_wav(tmp_path / "a.wav", recording)
    assert beside.name == "a-events.txt"
    assert beside.read_bytes() == (
        b"# Marker IDs can be arbitrary strings.\n# Marker ID,\tTime (in s)\n"
        b"3,\t0.2500\n_ch0_neuron0,\t0.5123\na b,\t1.0000\n"
    )


@pytest.mark.parametrize(("bits", "kind"), [(8, 1), (16, 1), (24, 1), (32, 1), (32, 3), (16, 0xFFFE)])
def test_sounds_of_others(tmp_path: Path, bits: int, kind: int) -> None:
    wanted = np.array([[0.0, 0.5], [-0.5, 0.25], [-1.0, 0.75]])
    if kind == 3:
        data = wanted.astype("<f4").tobytes()
    elif bits == 8:
        data = (wanted * 128 + 128).astype(np.uint8).tobytes()
    else:
        full = (wanted * 2.0 ** (bits - 1)).astype("<i4")
        data = b"".join(int(v).to_bytes(4, "little", signed=True)[: bits // 8] for v in full.ravel())
    fmt = struct.pack("<HHIIHH", kind, 2, 5000, 0, 0, bits)
    if kind == 0xFFFE:
        fmt += struct.pack("<HHI", 22, bits, 3) + struct.pack("<H", 1) + bytes(14)
    chunks = b"WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"junk" + struct.pack("<I", 3) + b"abc\0"
    chunks += b"data" + struct.pack("<I", len(data)) + data
    (tmp_path / "a.wav").write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
    (tmp_path / "a-events.txt").write_text("# Marker ID,\tTime (in s)\r\n1,\t0.0002\r\n")
    recording = read_wav(tmp_path / "a.wav")
    assert recording.layout.dt == pytest.approx(2e-4)
    np.testing.assert_allclose(recording.samples, wanted, atol=1e-9)
    assert recording.events == (Event(0.0002, "marker", value=1),)


@pytest.mark.parametrize(
    "chunks",
    [
        b"",
        b"fmt " + struct.pack("<I", 4) + b"abcd",
        b"fmt " + struct.pack("<IHHIIHH", 16, 1, 0, 5000, 0, 0, 16) + b"data" + bytes(4),
        b"fmt " + struct.pack("<IHHIIHH", 16, 2, 1, 5000, 0, 0, 4) + b"data" + bytes(4),
        b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 5000, 0, 0, 16),
        b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 5000, 0, 0, 16) + b"LIST" + struct.pack("<I", 40)
        + b'INFOICMT\x1c\0\0\0{"volts_per_count": [[[]]]}  ' + b"data" + bytes(4),
    ],
)  # fmt: skip
def test_wrong_sounds_are_refused(tmp_path: Path, chunks: bytes) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF\0\0\0\0WAVE" + chunks)
    with pytest.raises(FormatError, match=r"bad\.wav"):
        read_wav(tmp_path / "bad.wav")
