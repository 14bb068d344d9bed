"""The troubleshooter at staged illnesses: what it says, and at how many of random boards it is right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from virtual_table import QuickRig, quick

from luiapp.data.chunk import Chunk
from luiapp.experiments.finding import Finding
from luiapp.experiments.trouble import ILLS, Ill, diagnose, expected, hum
from luiapp.model import lui
from luiapp.model.network import Network

Stage = Callable[[Network, QuickRig, np.random.Generator], Ill | None]


def planned(seed: int) -> Network:
    """One board as a plan has it: at rest below its threshold, weights that can be told apart, both signs."""
    rng = np.random.default_rng(1000 + seed)
    net = Network(model="lui")
    weights = rng.permutation([4e3, 9e3, 17e3]) * rng.uniform(0.85, 1.15, 3)
    i = net.neuron(r_vleak=rng.uniform(36e3, 45e3), r_leak=rng.uniform(4e3, 12e3), r_tsyn=rng.uniform(2e3, 6e3),
                   noise=1e-3, r_w1=weights[0], r_w2=weights[1], r_w3=weights[2])  # fmt: skip
    net.set_parameter(i, "parts_seed", seed + 1)
    net.set_parameter(i, f"sign_{rng.integers(1, 4)}", -1.0)
    net.probe([0], "membrane")
    return net


def put(rig: QuickRig, name: str, value: float) -> None:
    rig.device._twins.set_parameter(0, name, value)


def nothing(plan: Network, rig: QuickRig, rng: np.random.Generator) -> Ill | None:
    return None


def no_ground(plan: Network, rig: QuickRig, rng: np.random.Generator) -> Ill:
    """Half the mains' swing on everything, and pulses that have nothing to refer to."""
    read, phase = rig.read, rng.uniform(0, 6)
    rig.device._twins.pulse = lambda *_a, **_k: None  # type: ignore[method-assign, assignment]

    def humming(timeout: float) -> Chunk | None:
        chunk = read(timeout)
        if chunk is not None:
            time = (chunk.i_first + np.arange(chunk.n_samples)) * chunk.layout.dt
            chunk.samples[:] += (0.25 * np.sin(2 * np.pi * 50 * time + phase))[:, None].astype(np.float32)
        return chunk

    rig.read = humming  # type: ignore[method-assign]
    return Ill("ground")


def empty(plan: Network, rig: QuickRig, rng: np.random.Generator) -> Ill:
    put(rig, "v_cell", rng.uniform(2.2, 2.4))
    put(rig, "r_cell", rng.uniform(20, 40))
    return Ill("battery")


def flipped(plan: Network, rig: QuickRig, rng: np.random.Generator) -> Ill:
    k = int(rng.integers(3))
    put(rig, f"sign_{k + 1}", -float(plan.parameter(f"sign_{k + 1}")[0]))
    return Ill("sign", k)


def leaky(plan: Network, rig: QuickRig, rng: np.random.Generator) -> Ill:
    put(rig, "r_vleak", rng.uniform(60e3, 90e3))
    return Ill("leak")


def exchanged(plan: Network, rig: QuickRig, rng: np.random.Generator) -> Ill:
    a, b = sorted(rng.permutation(3)[:2].tolist())
    pulse = rig.device._twins.pulse
    way = {a: b, b: a}
    rig.device._twins.pulse = lambda i, k, **more: pulse(i, way.get(k, k), **more)  # type: ignore[method-assign]
    return Ill("dendrite", a, b)


def at_stop(plan: Network, rig: QuickRig, rng: np.random.Generator) -> Ill:
    k = min(range(3), key=lambda k: float(plan.parameter(f"r_w{k + 1}")[0]))  # the strongest: the others hardly differ
    put(rig, f"r_w{k + 1}", lui.knob("w1").track)
    return Ill("stop_left", k)


def unplugged(plan: Network, rig: QuickRig, rng: np.random.Generator) -> Ill:
    k, pulse = int(rng.integers(3)), rig.device._twins.pulse
    rig.device._twins.pulse = lambda i, n, **more: None if n == k else pulse(i, n, **more)  # type: ignore[method-assign, assignment]
    return Ill("open", k)


def forgetful(plan: Network, rig: QuickRig, rng: np.random.Generator) -> Ill:
    put(rig, "r_leak", 0.0)
    return Ill("tau_mem")


STAGES = (nothing, no_ground, empty, flipped, leaky, exchanged, at_stop, unplugged, forgetful)


def diagnosed(seed: int, stage: Stage) -> tuple[bool, Finding]:
    """Whether the gravest thing said is the one that was staged, and what was said."""
    plan = planned(seed)
    with quick(plan) as (rig, session):
        rig.apply(plan)
        session.network = plan.copy()
        wanted = stage(plan, rig, np.random.default_rng(seed))
        session._read = rig.read
        *_, found = diagnose(session)
    assert isinstance(found, Finding)
    rows = found.table[1:]
    if wanted is None:
        return found.well and not rows, found
    return bool(rows) and rows[0] == (wanted.name, str(wanted.k + 1)), found


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
def test_each_illness_is_told(stage: Stage) -> None:
    right = [diagnosed(seed, stage)[0] for seed in range(3)]
    assert sum(right) >= 2


def test_what_is_told_is_what_to_do() -> None:
    _, found = diagnosed(1, leaky)
    assert found.headline == "The leak of N1 is too high: it fires by itself." and "left" in found.lines[0]
    assert not found.well and all(what and do for what, do in ILLS.values())


def test_mains_are_told_from_a_membrane() -> None:
    time = np.arange(2000) * 1e-3
    wave = 1.0 + 0.2 * np.sin(2 * np.pi * 50 * time + 1)
    assert hum(time, wave) == pytest.approx(0.2, rel=0.01)
    assert hum(time, 1.5 * (1 - np.exp(-(time % 0.13) / 0.1))) < 0.05


def test_sizes_follow_the_equation() -> None:
    net = planned(0)
    plan = {p.name: float(net.parameter(p.name)[0]) for p in net.kind.parameters}
    gain = 289.9e-6 / 22e-6 * plan["r_tsyn"]
    wanted = gain * 1.5 / (plan["r_w2"] + 490) * plan["sign_2"]
    assert expected(plan, 1) == pytest.approx(wanted, rel=1e-3)
