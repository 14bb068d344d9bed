"""The board twin against the full circuit in ngspice, over random trimmer settings.

The twin is resynchronised at the circuit's spikes: its membrane is sent to the threshold when the circuit fires, so
that a small error in one spike's time isn't counted in everything after it. From each release on, a copy of the twin
with its own threshold says when it would have fired.
"""

from __future__ import annotations

import copy
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from board_spice import Setting, Traces, run_board

from luiapp.kernels import twin_columns as col
from luiapp.model.lui import LUI
from luiapp.model.network import Network
from luiapp.model.stimulus import spike_train
from luiapp.simulate.twin import TwinOptions, TwinSimulation

pytestmark = [
    pytest.mark.spice,
    pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed"),
]
DT = 1e-4
KINDS = ("plain", "floor", "inhibition", "bursts", "weak cell", "weak cell and bursts")
N_EACH = 4


@dataclass(frozen=True)
class Outcome:
    """Of one setting: rms errors [V], spike counts, and spike deviations [s] with what is allowed for each."""

    kind: str
    rms_mem: float
    rms_syn: float
    n_circuit: int
    n_twin: int
    n_free: int
    late: np.ndarray
    allowed: np.ndarray


def random_setting(kind: str, seed: int) -> Setting:
    """A setting of one kind; the same seed gives the same setting."""
    bits = np.random.Generator(np.random.Philox(np.random.SeedSequence((2025, KINDS.index(kind), seed))))

    def between(low: float, high: float) -> float:
        return float(bits.uniform(low, high))

    values = {p.name: p.default for p in LUI.parameters}
    values |= {"r_vleak": between(20e3, 75e3), "r_leak": between(1e3, 50e3), "r_tsyn": between(0.5e3, 22e3)}
    values |= {f"r_w{k}": between(0, 22e3) for k in (1, 2, 3)}
    values |= {f"sign_{k}": 1.0 if bits.random() < 0.7 else -1.0 for k in (1, 2, 3)}
    if kind == "floor":
        values["r_vleak"] = between(0, 15e3)
    if kind == "inhibition":
        values |= {"r_vleak": between(50e3, 80e3), "sign_1": -1.0, "sign_2": -1.0, "r_w1": between(0, 5e3)}
    if "bursts" in kind:
        values |= {"r_w1": between(0, 3e3), "r_w2": between(0, 3e3), "sign_1": 1.0, "r_tsyn": between(3e3, 22e3)}
    if "weak" in kind:
        values |= {"r_cell": between(10, 40), "v_cell": between(2.7, 3.1), "r_vleak": between(40e3, 75e3)}
    pulses = []
    for k in range(3):
        count = int(bits.integers(3, 9))
        if "bursts" in kind and k < 2:
            starts = np.concatenate([s + np.arange(5) * between(17e-3, 30e-3) for s in bits.uniform(0.1, 1.7, 2)])
        else:
            starts = bits.uniform(0.05, 1.9, count)
        train: list[tuple[float, float]] = []
        for start in sorted(starts):  # pulses at one dendrite don't overlap; those of two do
            width = 15.9e-3 if bits.random() < 0.6 else between(2e-3, 40e-3)
            if not train or start > train[-1][0] + train[-1][1] + 1e-3:
                train.append((float(start), width))
        pulses.append(tuple(train))
    return Setting(values, tuple(pulses), 2.0)


def twin_of(setting: Setting) -> TwinSimulation:
    net = Network(model="lui")
    net.neuron(**setting.values)
    for quantity in ("membrane", "synapse", "supply"):
        net.probe(0, quantity)
    for k, train in enumerate(setting.pulses):
        for start, width in train:
            net.stimulus(spike_train([start], width=width), to=0, synapse=k)
    return TwinSimulation(net, TwinOptions(dt=DT, initial={"power_on": 1}))


def compare(kind: str, setting: Setting, circuit: Traces) -> Outcome:
    """Both models of one setting, resynchronised at the circuit's spikes."""
    n = round(setting.duration / DT)
    free = twin_of(setting).advance(n)
    twin = twin_of(setting)
    held = twin._par[0, col.P_THO]
    parts, deviations, allowed, n_twin = [], [], [], 1  # the first is the spike at power-on
    spikes = circuit.spikes
    twin.advance(0)
    done = 0
    for spike in (*spikes, np.inf):
        awake = copy.deepcopy(twin)
        stop = n if spike == np.inf else round(spike / DT)
        own = awake.advance(min(stop + 1000, n) - done).spike_times
        own = own[own > 1e-3]
        if spike == np.inf:
            n_twin += int((own < setting.duration - 5e-3).sum())
        else:
            n_twin += 1 if len(own) else 0
            slope = (np.interp(spike - 2e-4, circuit.time, circuit.mem)
                     - np.interp(spike - 2.2e-3, circuit.time, circuit.mem)) / 2e-3  # fmt: skip
            deviations.append(own[0] - spike if len(own) else np.inf)
            allowed.append(max(1e-3, 3e-3 / max(slope, 1e-9)))
        twin._par[0, col.P_THO] = 10.0  # no spike but the circuit's
        twin._state[0, col.S_DIRTY] = 1.0
        parts.append(twin.advance(stop - done).samples)
        twin._par[0, col.P_THO] = held
        twin.kick(0)
        done = stop
        if stop < n:  # over the pulse with the threshold where it was
            m = min(200, n - stop)
            parts.append(twin.advance(m).samples)
            done += m
    samples = np.concatenate(parts)
    keep = np.ones(n, bool)
    for spike in (0.0, *spikes):  # between spikes: from 1 ms after the release
        keep[max(round(spike / DT) - 2, 0) : round((spike + 17e-3) / DT)] = False
    error = samples[:, 0] - circuit.mem[:n]
    error_syn = samples[:, 1] - circuit.vsyn[:n]
    return Outcome(kind, float(np.sqrt(np.mean(error[keep] ** 2))), float(np.sqrt(np.mean(error_syn[keep] ** 2))),
                   len(spikes) + 1, n_twin, len(free.spike_times), np.array(deviations), np.array(allowed))  # fmt: skip


def table(outcomes: list[Outcome]) -> str:
    """For people."""
    rows = ["| setting | membrane, mV rms | synaptic node, mV rms | spikes circuit / twin / twin left alone "
            "| worst spike, ms (allowed) |", "|---|---|---|---|---|"]  # fmt: skip
    for i, one in enumerate(outcomes):
        worst = int(np.argmax(np.abs(one.late) / one.allowed)) if len(one.late) else -1
        last = f"{1e3 * one.late[worst]:+.2f} ({1e3 * one.allowed[worst]:.2f})" if worst >= 0 else "–"
        rows.append(f"| {one.kind} {i % N_EACH + 1} | {1e3 * one.rms_mem:.2f} | {1e3 * one.rms_syn:.2f} "
                    f"| {one.n_circuit} / {one.n_twin} / {one.n_free} | {last} |")  # fmt: skip
    return "\n".join(rows)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> list[Outcome]:
    settings = [(kind, random_setting(kind, seed)) for kind in KINDS for seed in range(N_EACH)]

    def circuit(setting: Setting) -> Traces:
        return run_board(setting, Path(tmp_path_factory.mktemp("board")))

    with ThreadPoolExecutor(2) as pool:
        traces = list(pool.map(circuit, [s for _, s in settings]))
    result = [compare(kind, setting, trace) for (kind, setting), trace in zip(settings, traces, strict=True)]
    print("\n" + table(result))  # noqa: T201 - shown with -s
    return result


@pytest.mark.parametrize("i", range(len(KINDS) * N_EACH))
def test_twin_follows_the_circuit(outcomes: list[Outcome], i: int) -> None:
    one = outcomes[i]
    assert one.rms_mem <= 5e-3
    assert one.n_twin == one.n_circuit == one.n_free
    assert (np.abs(one.late) <= one.allowed).all()
