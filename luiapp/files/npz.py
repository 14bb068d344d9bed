"""Recordings for numpy: ``numpy.load("a.npz")`` and its arrays. Never pickled, neither way."""

from __future__ import annotations

import errno
import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from luiapp.data.recording import Recording
from luiapp.errors import FormatError
from luiapp.files.codec import check_spikes, from_json, header_from_dict, header_to_dict, to_json
from luiapp.files.disk import MAX_JSON, MAX_SPIKES, MAX_VALUES, atomic, guard, naming

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, KeyError, RuntimeError, OSError,
           struct.error)  # fmt: skip
_BYTES = {"samples": 4 * MAX_VALUES, "spike_times": 8 * MAX_SPIKES, "spike_neurons": 8 * MAX_SPIKES,
          "header": 4 * MAX_JSON}  # fmt: skip
_KINDS = {"samples": "f", "spike_times": "f", "spike_neurons": "iu", "header": "U"}


def write_npz(path: str | Path, recording: Recording, *, compressed: bool = False) -> list[Path]:
    """Write a recording as arrays.

    ``samples`` (n_samples, n_traces), ``spike_times`` [s], ``spike_neurons``, ``dt`` [s], ``t_start`` [s],
    ``traces``, ``units``, ``neurons`` (texts), and ``header``, a JSON text with everything else.

    Parameters
    ----------
    compressed : bool
        Smaller by about a tenth for real signals, and ten times slower.
    """
    path = Path(path)
    layout = recording.layout
    arrays: dict[str, Any] = {
        "samples": recording.samples,
        "spike_times": recording.spike_times,
        "spike_neurons": recording.spike_neurons,
        "dt": np.float64(layout.dt),
        "t_start": np.float64(recording.t_start),
        "traces": np.array([t.name for t in layout.traces], np.str_),
        "units": np.array([t.unit for t in layout.traces], np.str_),
        "neurons": np.array(layout.neurons, np.str_),
        "header": np.array(to_json(header_to_dict(recording)), np.str_),
    }
    kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with atomic(path) as file, zipfile.ZipFile(file, "w", kind) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                npy.write_array(member, np.asarray(array), allow_pickle=False)
    return [path]


def read_npz(path: str | Path) -> Recording:
    """The recording that `write_npz` wrote.

    Raises
    ------
    FileError
        If it can't be read.
    FormatError
        If it isn't one, or would unpack to more than a recording can hold.
    """
    path = Path(path)
    with guard(path, writing=False), naming(path):
        try:
            with path.open("rb") as file, zipfile.ZipFile(file) as archive:
                arrays = {name: _array(archive, name) for name in _BYTES}
        except _BROKEN as error:
            # A damaged directory sends the reader to impossible places of the file.
            if isinstance(error, FormatError) or (isinstance(error, OSError) and error.errno != errno.EINVAL):
                raise
            raise FormatError("it is not a sound NPZ file: {reason}", reason=str(error)[:120]) from None
        layout, i_first, events, metadata = header_from_dict(from_json(str(arrays["header"])))
        samples = arrays["samples"]
        if samples.ndim != 2 or samples.shape[1] != len(layout.traces):
            raise FormatError("its samples have the shape {shape}, but its description names {m} traces",
                              shape=samples.shape, m=len(layout.traces))  # fmt: skip
        if samples.dtype not in (np.float32, np.float64):
            samples = samples.astype(np.float32)
        spikes = check_spikes(arrays["spike_times"], arrays["spike_neurons"], len(layout.neurons))
        return Recording(layout, samples, *spikes, events, metadata, i_first)


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """One array; its header is checked against the size of its member before any memory is taken."""
    info = archive.getinfo(f"{name}.npy")
    if info.flag_bits & 1:
        raise FormatError("it is encrypted")
    if info.file_size > _BYTES[name] + 2**16:
        raise FormatError("its '{name}' would unpack to {size} MB; {limit} MB is the most",
                          name=name, size=info.file_size // 2**20, limit=_BYTES[name] // 2**20)  # fmt: skip
    with archive.open(info) as member:
        shape, in_columns, dtype = _npy_header(member)
        n = 1
        for length in shape:
            n *= length
        if dtype.hasobject or dtype.kind not in _KINDS[name] or n < 0:
            raise FormatError("its '{name}' has the type {dtype}", name=name, dtype=str(dtype)[:40])
        if n * dtype.itemsize > info.file_size:
            raise FormatError("its '{name}' claims {n} values, more than it has", name=name, n=n)
        data = member.read(n * dtype.itemsize)
        if len(data) != n * dtype.itemsize:
            raise FormatError("its '{name}' ends too early", name=name)
        member.read(1)  # reaching the end checks the checksum
    return np.frombuffer(data, dtype).reshape(shape, order="F" if in_columns else "C")


def _npy_header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(member)
    if version == (1, 0):
        return npy.read_array_header_1_0(member)
    if version == (2, 0):
        return npy.read_array_header_2_0(member)
    raise FormatError("an array of it is of version {version}", version=version)
