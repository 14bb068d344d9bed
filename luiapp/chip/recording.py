"""What a chip was read of one sample, as a `Recording`: in units of its hardware, or of the model that it runs."""

from __future__ import annotations

from typing import Literal

import numpy as np

from luiapp.chip.place import Placed
from luiapp.chip.readout import Readout
from luiapp.chip.spec import SPEC
from luiapp.data.chunk import Layout, Trace
from luiapp.data.recording import Recording
from luiapp.errors import ParameterError


def recording(out: Readout, placed: Placed, i_sample: int = 0, *, units: Literal["hardware", "model"] = "hardware",
              source: Literal["cadc", "madc"] = "cadc") -> Recording:  # fmt: skip
    """One sample of a run.

    Parameters
    ----------
    units : str
        ``"hardware"``: LSB of the converter and seconds of the chip. ``"model"``: thresholds above rest, and seconds of
        the network, as many times slower as the chip is faster.
    source : str
        Which converter's membranes.

    Returns
    -------
    Recording
        With all spikes that arrived; neurons are called after layer and place, such as ``"1.7"``, ``"out.2"``.

    Raises
    ------
    ParameterError
        If there is no such sample, or that converter read nothing.
    """
    if not 0 <= i_sample < out.n_samples:
        raise ParameterError("there is no sample {value}; the run has {n}", value=i_sample, n=out.n_samples)
    slow = source == "cadc"
    if (not slow and out.madc.shape[2] == 0) or (slow and out.cadc.shape[1] == 0):
        raise ParameterError("that converter read no membrane in this run; ask for it before")
    read = np.asarray(out.cadc[i_sample] if slow else out.madc[i_sample], np.float32)
    neurons = out.recorded if slow else out.traced
    stretch = 1.0 if units == "hardware" else placed.time_scale
    if units == "model":
        level = read if slow else (read - SPEC.madc_law[1]) / SPEC.madc_law[0]
        read = ((level - placed.targets.leak) / placed.targets.gap).astype(np.float32)
    dt = (SPEC.cadc_period if slow else 1.0 / SPEC.madc_rate) * stretch
    names = _names(placed)
    unit = "LSB" if units == "hardware" else "1"
    layout = Layout(dt, tuple(Trace(names[j], unit, "membrane", int(j)) for j in neurons), tuple(names), "chip")
    mine = slice(int(out.first[i_sample]), int(out.first[i_sample + 1]))
    order = np.argsort(out.time[mine], kind="stable")
    about = {"chip": {"units": units, "converter": source, "time_scale": placed.time_scale,
                      "lost_events": int(out.lost.sum())}}  # fmt: skip
    return Recording(layout, read, out.time[mine][order] * stretch, out.neuron[mine][order].astype(np.int32), (), about)


def _names(placed: Placed) -> list[str]:
    last = len(placed.net.layers) - 1
    return [
        f"{'out' if i == last else i + 1}.{k + 1}" for i, layer in enumerate(placed.net.layers) for k in range(layer.n)
    ]
