"""Networks in Brian2's C++ standalone mode. Run as a program, since Brian2 keeps its state in the process.

    python brian_standalone.py ARRAYS.npz OUT.npz FOLDER

ARRAYS holds what `problem` below names. The built program in FOLDER can be run again; it leaves its own time of the
simulation loop in ``results/last_run_info.txt``.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np


def main(arrays: dict[str, Any], out: Path, folder: Path) -> None:
    import brian2 as b

    b.set_device("cpp_standalone", build_on_run=False, directory=str(folder))
    b.prefs.devices.cpp_standalone.openmp_threads = 0
    b.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-ffast-math", "-march=native", "-std=c++11"]
    b.prefs.core.default_float_dtype = np.dtype(str(arrays["dtype"])).type
    b.defaultclock.dt = float(arrays["dt"]) * b.second
    n = int(arrays["n"])
    namespace = {name: float(arrays[name]) * b.second for name in ("tau_mem", "tau_0", "tau_1")}
    namespace |= {name: float(arrays[name]) * b.volt for name in ("v_leak", "v_threshold", "v_reset")}
    group = b.NeuronGroup(
        n,
        """dv/dt = (v_leak - v + i_0 + i_1) / tau_mem : volt (unless refractory)
           di_0/dt = -i_0 / tau_0 : volt
           di_1/dt = -i_1 / tau_1 : volt""",
        threshold="v >= v_threshold",
        reset="v = v_reset",
        # Brian2 counts the step of the spike itself as refractory.
        refractory=(float(arrays["tau_ref"]) + float(arrays["dt"])) * b.second,
        method="exact",
        namespace=namespace,
    )
    group.v = arrays["v0"] * b.volt
    objects = [group]
    for k in range(2):
        mine = arrays["synapse"] == k
        if not mine.any():
            continue
        weight, delay = arrays["weight"][mine], arrays["delay"][mine]
        alike = (weight == weight[0]).all() and (delay == delay[0]).all()
        model = "" if alike else "w : volt"
        on_pre = f"i_{k}_post += {float(weight[0])!r}*volt" if alike else f"i_{k}_post += w"
        synapses = b.Synapses(group, group, model, on_pre=on_pre)
        synapses.connect(i=arrays["pre"][mine], j=arrays["post"][mine])
        if alike:
            synapses.delay = float(delay[0]) * b.second
        else:
            synapses.w = weight * b.volt
            synapses.delay = delay * b.second
        objects.append(synapses)
    spikes = b.SpikeMonitor(group)
    objects.append(spikes)
    if bool(arrays["record"]):
        trace = b.StateMonitor(group, "v", record=True)
        objects.append(trace)
    net = b.Network(*objects)
    net.run(float(arrays["duration"]) * b.second)
    b.device.build(directory=str(folder), compile=True, run=True, debug=False)
    # Brian2 stamps a spike with the beginning of the step that it was found in, we with the end.
    steps = np.rint(np.asarray(spikes.t / b.second) / float(arrays["dt"])).astype(np.int64) + 1
    traces = {"v": np.asarray(trace.v / b.volt)} if bool(arrays["record"]) else {}
    np.savez(out, step=steps, neuron=np.asarray(spikes.i), **traces)


if __name__ == "__main__":
    with np.load(sys.argv[1]) as stored:
        main({name: stored[name] for name in stored.files}, Path(sys.argv[2]), Path(sys.argv[3]))
