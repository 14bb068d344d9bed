"""What the bench says in words: bubbles, names for assistive technology, the empty bench."""

from __future__ import annotations

from luiapp.gui.bench.scene import Part, Scene
from luiapp.gui.bench.state import knob_text, supply_of
from luiapp.gui.live import Live
from luiapp.model.lui import KNOBS, knob
from luiapp.model.wiring import refused
from luiapp.stream.source import Description
from luiapp.texts import tr


def can_do(live: Live, i_neuron: int) -> Description:
    """What the open rig can do with a neuron, which may be one of the real ones among simulated ones."""
    of_one = getattr(live.rig, "describe_neuron", None)
    return live.lock.narrowed(of_one(i_neuron)) if of_one is not None else live.describe()


def by_wire(live: Live, parameter: str, i_neuron: int) -> bool:
    """Whether the open rig lets us set a parameter of a neuron."""
    return live.network is not None and can_do(live, i_neuron).parameters.get(parameter) == "by wire"


def why_fixed(live: Live, parameter: str, i_neuron: int) -> str:
    """Why a parameter can't be set here and what to do; empty where it can."""
    if by_wire(live, parameter, i_neuron):
        return ""
    if live.rig is None:
        return tr("not running yet")
    if live.lock.holds:
        return tr("locked by the teacher")
    if live.rig.kind == "replay":
        return tr("a recording can't be turned")
    return tr("turn it on the board")


def count_text(n: int, *, boards: bool) -> str:
    """How many boards or neurons."""
    if boards:
        return tr("1 board") if n == 1 else tr("{n} boards", n=n)
    return tr("1 neuron") if n == 1 else tr("{n} neurons", n=n)


def describe_scene(scene: Scene) -> str:
    """The bench in a few words."""
    n = len(scene.names)
    return tr("Bench") if n == 0 else tr("Bench: {count}", count=count_text(n, boards=scene.kind == "boards"))


def empty_text(live: Live, scene: Scene) -> tuple[str, str]:
    """Title and hint of a bench on which nothing is drawn."""
    if scene.kind == "many":
        n, network = len(scene.names), live.network
        hint = tr("Too many to draw one by one; the scope and the raster show them.")
        if network is not None:
            hint = tr("{n} connections.", n=len(network.connections)) + " " + hint
        return count_text(n, boards=network is not None and network.model == "lui"), hint
    if live.rig is None:
        return tr("The bench is empty"), tr("Open an example or connect a board.")
    if live.network is None:
        return tr("Waiting for the first samples …"), tr("As soon as a board speaks, it appears here.")
    if live.describe().can_rewire:
        if live.network.model == "lif":
            return tr("Press B for a neuron"), tr("Then press the space bar to make it spike.")
        return tr("Press B for a board"), tr("Then press the space bar to make it spike.")
    return tr("The bench is empty"), tr("This source has no neurons.")


def describe_part(live: Live, scene: Scene, part: Part) -> str:
    """A part and its setting, such as ``τ mem 220 ms · 20 %``."""
    network = live.network
    name = scene.names[part.i] if part.i < len(scene.names) else ""
    if part.kind in ("body", "plate"):
        told = _describe_board(live, scene, part.i, name)
        return f"{told} · {scene.real[part.i].told()}" if part.i in scene.real else told
    if part.kind == "pad":
        if network is not None and network.model == "lui":
            excites = float(network.parameter(f"sign_{part.number + 1}")[part.i]) >= 0
            kind = tr("excites") if excites else tr("inhibits")
            return tr("dendrite {n} of {name}, {kind}: click for a pulse", n=part.number + 1, name=name, kind=kind)
        return tr("dendrite {n} of {name}", n=part.number + 1, name=name)
    if part.kind == "pin":
        if not live.describe().can_rewire:
            return tr("axon of {name}", name=name)
        return tr("axon of {name}: drag to a dendrite for a wire", name=name)
    if network is None or network.model != "lui":
        return why_fixed(live, "", part.i)
    if part.kind == "switch":
        sign = float(network.parameter(part.name)[part.i])
        text = tr("dendrite {n} excites (+)", n=part.number + 1)
        if sign < 0:
            text = tr("dendrite {n} inhibits (−)", n=part.number + 1)
        parameter = part.name
    else:
        one = knob(part.name)
        text = knob_text(one, float(network.parameter(one.parameter)[part.i]), supply_of(network, part.i))
        parameter = one.parameter
    why = why_fixed(live, parameter, part.i)
    return f"{text} · {why}" if why else text


def _describe_board(live: Live, scene: Scene, i: int, name: str) -> str:
    network = live.network
    if network is None or network.model != "lui":
        return name
    vdd = supply_of(network, i)
    return name + ": " + ", ".join(knob_text(k, float(network.parameter(k.parameter)[i]), vdd) for k in KNOBS)


def ear_text(live: Live, pre: int, name: str) -> str:
    """What happens to a wire that is being drawn by keys to a lamp or the like."""
    if live.network is None:
        return ""
    heard = any(item.name == name and pre in item.hears for item in live.network.items)
    fields = {"pre": live.network.names[pre], "post": name}
    if heard:
        return tr("{pre} → {post}: Enter unplugs, arrows choose, Esc leaves", **fields)
    return tr("{pre} → {post}: Enter plugs in, arrows choose, Esc leaves", **fields)


def wire_text(live: Live, pre: int | str, target: Part) -> str:
    """What happens to the wire that is being drawn by keys, from a neuron or the sensor of that name."""
    network = live.network
    if network is None:
        return ""
    every = network.connections
    if isinstance(pre, int):
        name = network.names[pre]
        there = bool(((every.pre == pre) & (every.post == target.i) & (every.synapse == target.number)).any())
    else:
        name = pre
        there = any((link.item, link.i_neuron, link.synapse) == (pre, target.i, target.number)
                    for link in network.stimuli)  # fmt: skip
    fields = {"pre": name, "post": network.names[target.i], "n": target.number + 1}
    if there:
        return tr("{pre} → dendrite {n} of {post}: Enter unplugs, arrows choose, Esc leaves", **fields)
    why = refused(network, pre, target.i, target.number)
    if why is not None:
        return str(why)
    return tr("{pre} → dendrite {n} of {post}: Enter plugs in, arrows choose, Esc leaves", **fields)
