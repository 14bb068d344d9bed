"""Run the board's circuit in ngspice, for the tests."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

TEMPLATE = Path(__file__).parents[2] / "hardware" / "spice" / "board.cir.in"


@dataclass(frozen=True)
class Setting:
    """One board as set, and what its dendrites get: per dendrite a list of (start, width) [s]."""

    values: dict[str, float]
    pulses: tuple[tuple[tuple[float, float], ...], ...] = ((), (), ())
    duration: float = 2.0


@dataclass(frozen=True)
class Traces:
    """Columns on a regular grid: time [s], membrane, synaptic node, output and supply [V]."""

    time: NDArray[np.float64]
    mem: NDArray[np.float64]
    vsyn: NDArray[np.float64]
    out: NDArray[np.float64]
    vdd: NDArray[np.float64]

    @property
    def spikes(self) -> NDArray[np.float64]:
        """Where the output rises above 1 V, interpolated [s]."""
        k = np.flatnonzero((self.out[:-1] < 1.0) & (self.out[1:] >= 1.0))
        share = (1.0 - self.out[k]) / (self.out[k + 1] - self.out[k])
        return self.time[k] + share * (self.time[k + 1] - self.time[k])


def _source(k: int, pulses: tuple[tuple[float, float], ...], edge: float = 2e-6) -> str:
    points = ["0 0"]
    for start, width in pulses:
        for t, v in ((start, 0), (start + edge, 3), (start + width, 3), (start + width + edge, 0)):
            points.append(f"{t:.9f} {v}")
    return f"Vin{k} in{k} 0 pwl({' '.join(points)})"


def deck(setting: Setting, result: Path, *, step: float, max_step: float) -> str:
    """The netlist of one setting."""
    v = setting.values
    fields = {name: f"{max(v[name], 50.0 if name in ('r_leak', 'r_tsyn') else 1e-3):.6g}"
              for name in ("v_cell", "r_cell", "r_vleak", "r_leak", "r_tsyn", "r_w1", "r_w2", "r_w3")}  # fmt: skip
    fields["r_vleak_high"] = f"{max(100e3 - v['r_vleak'], 1e-3):.6g}"
    fields["v_half"] = f"{v['v_cell'] / 2:.6g}"
    for k in (1, 2, 3):
        fields[f"side_{k}"] = "vdd" if v[f"sign_{k}"] > 0 else "0"
    fields |= {"step": f"{step:g}", "max_step": f"{max_step:g}", "duration": f"{setting.duration:g}",
               "result": str(result)}  # fmt: skip
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("* @stimuli@", "\n".join(_source(k + 1, p) for k, p in enumerate(setting.pulses)))
    for name, value in fields.items():
        text = text.replace(f"@{name}@", value)
    return text


def run_board(setting: Setting, folder: Path, *, step: float = 1e-4, max_step: float = 1e-4) -> Traces:
    """The traces of one setting, on a grid of `step` seconds."""
    netlist, result = folder / "board.cir", folder / "board.txt"
    netlist.write_text(deck(setting, result, step=step, max_step=max_step), encoding="utf-8")
    done = subprocess.run(["ngspice", "-b", str(netlist)], cwd=folder, capture_output=True, text=True, timeout=120,
                          check=False)  # fmt: skip
    if not result.exists() or "aborted" in done.stdout + done.stderr:  # a cut run leaves zeros
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    columns = np.loadtxt(result, skiprows=1)
    return Traces(*(np.ascontiguousarray(columns[:, k]) for k in range(5)))
