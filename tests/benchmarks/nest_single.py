"""Networks in NEST on one thread. Run as a program, since NEST keeps its state in the process.

    python nest_single.py ARRAYS.npz OUT.npz

ARRAYS is what `brian_standalone.py` takes. Prints the seconds that the simulation took.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

CAPACITY = 200.0  # pF; any value does


def main(arrays: dict[str, Any], out: Path) -> None:
    import nest

    nest.set_verbosity("M_ERROR")
    nest.ResetKernel()
    nest.SetKernelStatus({"resolution": float(arrays["dt"]) * 1e3, "local_num_threads": 1, "print_time": False})
    n, tau = int(arrays["n"]), float(arrays["tau_mem"]) * 1e3
    in_mv = {name: float(arrays[name]) * 1e3 for name in ("v_leak", "v_threshold", "v_reset")}
    cells = nest.Create("iaf_psc_exp", n, params={
        "E_L": in_mv["v_leak"], "V_th": in_mv["v_threshold"], "V_reset": in_mv["v_reset"], "C_m": CAPACITY,
        "tau_m": tau, "t_ref": float(arrays["tau_ref"]) * 1e3, "tau_syn_ex": float(arrays["tau_0"]) * 1e3,
        "tau_syn_in": float(arrays["tau_1"]) * 1e3})  # fmt: skip
    cells.V_m = (arrays["v0"] * 1e3).tolist()
    # iaf_psc_exp chooses the receptor by the sign of the weight.
    weight = arrays["weight"] * 1e3 * CAPACITY / tau
    assert ((weight > 0) == (arrays["synapse"] == 0)).all()
    first = cells[0].global_id
    nest.Connect(arrays["pre"] + first, arrays["post"] + first, "one_to_one",
                 {"synapse_model": "static_synapse", "weight": weight, "delay": arrays["delay"] * 1e3})  # fmt: skip
    recorder = nest.Create("spike_recorder")
    nest.Connect(cells, recorder)
    if bool(arrays["record"]):
        meter = nest.Create("multimeter", params={"record_from": ["V_m"], "interval": float(arrays["dt"]) * 1e3})
        nest.Connect(meter, cells)
    nest.Prepare()
    began = time.process_time()
    nest.Run(float(arrays["duration"]) * 1e3)
    took = time.process_time() - began
    nest.Cleanup()
    events = recorder.events
    steps = np.rint(np.asarray(events["times"]) * 1e-3 / float(arrays["dt"])).astype(np.int64)
    np.savez(out, step=steps, neuron=np.asarray(events["senders"], np.int64) - first)
    sys.stdout.write(f"\nseconds {took}\n")


if __name__ == "__main__":
    with np.load(sys.argv[1]) as stored:
        main({name: stored[name] for name in stored.files}, Path(sys.argv[2]))
