"""A placed network as a script for the real chip: hxtorch.snn, or PyNN for BrainScaleS-2.

The scripts are written after those programs' public interfaces. They read their whole weights from a file that
`save_weights` writes.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from luiapp.chip.place import Placed
from luiapp.chip.spec import SPEC
from luiapp.data.archive import write_archive
from luiapp.errors import NetworkError

_ONE_SPIKE = 32e-6  # s, the longest refractory time stands in for an infinite one


def blocks(placed: Placed) -> list[Any]:
    """Whole weights (n_in, n) of each layer, a last row for the bias where there is one.

    Raises
    ------
    NetworkError
        If a layer is recurrent.
    """
    net, wiring = placed.net, placed.wiring
    recurrent = [i for i, layer in enumerate(net.layers) if layer.loop is not None]
    if recurrent:
        raise NetworkError("layer {layer} is recurrent, and these scripts know layers one after the other only; "
                           "train without --recurrent", layer=recurrent[0] + 1)  # fmt: skip
    source, neuron = wiring.ends()
    full = np.zeros((wiring.n_inputs + wiring.n, wiring.n), np.int64)
    full[source, neuron] = wiring.weight
    biased = [i for i, layer in enumerate(net.layers) if layer.bias is not None]
    found = []
    for i, layer in enumerate(net.layers):
        a, b = int(wiring.segment[i]), int(wiring.segment[i + 1])
        at = 0 if i == 0 else wiring.n_inputs + int(wiring.segment[i - 1])
        rows = list(range(at, at + layer.n_in)) + ([net.n_in + biased.index(i)] if i in biased else [])
        found.append(full[rows, a:b])
    return found


def save_weights(path: str | Path, placed: Placed) -> Path:
    """Write the whole weights for the scripts: ``layer_0``, ``layer_1`` …

    Raises
    ------
    FileError
        If it can't be written.
    """
    return write_archive(path, {f"layer_{i}": block for i, block in enumerate(blocks(placed))})


def hxtorch_code(placed: Placed, weights: str = "weights.npz") -> str:
    """The network as a script for hxtorch.snn.

    Parameters
    ----------
    weights : str
        The file that `save_weights` wrote.
    """
    targets, net = placed.targets, placed.net
    lines = [
        '"""Runs one batch on BrainScaleS-2. Inputs: spikes (steps, samples, inputs), all copies of an input alike."""',
        "",
        "from functools import partial",
        "",
        "import hxtorch",
        "import hxtorch.spiking as hxsnn",
        "import numpy as np",
        "import torch",
        "from hxtorch.spiking.transforms import weight_transforms",
        "",
        f"DT = 1e-6  # s; a sample lasts {1e6 * net.duration / placed.time_scale:g} µs",
        f"STEPS = {math.ceil(net.duration / placed.time_scale * 1e6 - 1e-9)}",
        f"INPUTS = {blocks(placed)[0].shape[0] * placed.repeat[0]}"
        f"  # each of {blocks(placed)[0].shape[0]} repeated {placed.repeat[0]} times",
        f"with np.load({weights!r}) as file:",
        "    arrays = dict(file)",
        "",
        "hxtorch.init_hardware()",
        "experiment = hxsnn.Experiment(mock=False, dt=DT)",
        "round_and_clip = partial(weight_transforms.linear_saturating, scale=1.0)",
    ]
    for i, (layer, block) in enumerate(zip(net.layers, blocks(placed), strict=True)):
        n_in = block.shape[0] * placed.repeat[i]
        kind = "LIF" if layer.kind == "lif" else "LI"
        more = (
            f", threshold={targets.threshold:g}, refractory_time={min(targets.tau_ref, _ONE_SPIKE):g}"
            if kind == "LIF"
            else ""
        )
        lines += [
            f"synapse_{i} = hxsnn.Synapse({n_in}, {layer.n}, experiment, transform=round_and_clip)",
            f'whole = np.repeat(arrays["layer_{i}"], {placed.repeat[i]}, axis=0) / {placed.repeat[i]}',
            f"synapse_{i}.weight.data = torch.tensor(whole.T, dtype=torch.float32)",
            f"neurons_{i} = hxsnn.{kind}({layer.n}, experiment, leak={targets.leak:g}, reset={targets.reset:g}{more},",
            f"    tau_mem={targets.tau_mem:g}, tau_syn={targets.tau_syn:g}, synapse_dac_bias={SPEC.bias_code:g})",
        ]
    lines += [
        "",
        "",
        "def run(spikes):",
        '    """spikes: (STEPS, samples, INPUTS); returns what the last layer shows."""',
        "    now = hxsnn.LIFObservables(spikes=spikes)",
        *[f"    now = neurons_{i}(synapse_{i}(now))" for i in range(len(net.layers))],
        "    hxsnn.run(experiment, STEPS)",
        "    return now",
    ]
    return "\n".join(lines) + "\n"


def pynn_code(placed: Placed, weights: str = "weights.npz") -> str:
    """The network as a script for PyNN on BrainScaleS-2; times in milliseconds of hardware, as there."""
    targets, net = placed.targets, placed.net
    tau_ref = min(targets.tau_ref, _ONE_SPIKE)
    first = blocks(placed)[0].shape[0]
    lines = [
        '"""Runs one sample on BrainScaleS-2; put the spike times of the inputs into TIMES."""',
        "",
        "import numpy as np",
        "import pynn_brainscales.brainscales2 as pynn",
        "",
        f"with np.load({weights!r}) as file:",
        "    arrays = dict(file)",
        f"TIMES = [[] for _ in range({first})]  # ms; one list for each input, the bias last",
        f"REPEAT = {placed.repeat[0]}  # rows for each input",
        "",
        "pynn.setup()",
        "before = pynn.Population(len(TIMES) * REPEAT, pynn.cells.SpikeSourceArray(",
        "    spike_times=[times for times in TIMES for _ in range(REPEAT)]))",
        "populations = []",
    ]
    for i, layer in enumerate(net.layers):
        threshold = targets.threshold if layer.kind == "lif" else SPEC.threshold_range[1]
        lines += [
            f"layer = pynn.Population({layer.n}, pynn.cells.CalibHXNeuronCuba(  # times in µs",
            f"    v_rest={targets.leak:g}, v_reset={targets.reset:g}, v_thresh={threshold:g}, "
            f"tau_m={1e6 * targets.tau_mem:g},",
            f"    tau_syn_E={1e6 * targets.tau_syn:g}, tau_syn_I={1e6 * targets.tau_syn:g}, "
            f"tau_refrac={1e6 * tau_ref:g}))",
            'layer.record(["spikes"])',
            f'weight = np.repeat(arrays["layer_{i}"], {placed.repeat[i]}, axis=0) / {placed.repeat[i]}',
            'for sign, name in ((1, "excitatory"), (-1, "inhibitory")):',
            "    part = np.rint(np.clip(sign * weight, 0, 63)) * sign",
            "    pynn.Projection(before, layer, pynn.AllToAllConnector(), receptor_type=name,",
            "                    synapse_type=pynn.standardmodels.synapses.StaticSynapse(weight=part))",
            "before = layer",
            "populations.append(layer)",
        ]
    lines += [
        f"pynn.run({1e3 * net.duration / placed.time_scale:g})",
        'spikes = [one.get_data("spikes").segments[0].spiketrains for one in populations]',
        "pynn.end()",
    ]
    return "\n".join(lines) + "\n"


CODES = {"hxtorch": hxtorch_code, "pynn": pynn_code}
