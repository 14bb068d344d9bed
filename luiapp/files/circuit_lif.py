"""Boards as textbook neurons: what other programs know of a Lu.i."""

from __future__ import annotations

import math

import numpy as np

from luiapp.model import lui
from luiapp.model.network import Network


def as_lif(network: Network) -> Network:
    """A circuit of boards as a ``"lif"`` network of the same names, wires and stimuli; others unchanged (a copy).

    Linear, and for nominal parts: a spike of 15.9 ms moves the synaptic node by `lui.synaptic_step`, at most by half
    the supply, which the two current stages and R_leak turn into volts. The synaptic drive jumps so far that the area
    of its answer is the board's. What a textbook neuron lacks (the floor, saturation, the width of a pulse, the supply
    under load) is lost.
    """
    if network.model != "lui":
        return network.copy()
    net = Network("lif", network.name)
    weights = np.zeros((network.n_neurons, lui.N_SYNAPSES))
    for i, name in enumerate(network.names):
        p = {one.name: float(network.parameter(one.name)[i]) for one in network.kind.parameters}
        vdd = float(lui.supply_voltage(p["v_cell"], p["r_cell"]))
        r_leak, tau_syn = max(p["r_leak"], lui.R_END), lui.tau_syn(p["r_tsyn"])
        for k in range(lui.N_SYNAPSES):
            step = min(lui.synaptic_step(lui.SPIKE_WIDTH, r_w=p[f"r_w{k + 1}"], r_tsyn=p["r_tsyn"], vdd=vdd), vdd / 2)
            step *= lui.SPIKE_WIDTH / tau_syn / -math.expm1(-lui.SPIKE_WIDTH / tau_syn)
            weights[i, k] = (1 if p[f"sign_{k + 1}"] >= 0 else -1) * step * 2 * lui.K_LADDER / lui.R_SOURCE * r_leak
        net.neuron(
            name, position=network.positions[i], tau_mem=lui.tau_mem(p["r_leak"]), tau_syn=tau_syn, tau_syn_1=tau_syn,
            tau_ref=lui.SPIKE_WIDTH, v_leak=lui.v_leak(p["r_vleak"], vdd=vdd) + lui.I_BIAS * r_leak,
            v_threshold=float(lui.v_threshold(vdd)), v_reset=0.0, r_leak=r_leak,
        )  # fmt: skip
    every = network.connections
    if len(every):
        net.connect(every.pre, every.post, weight=weights[every.post, every.synapse], delay=every.delay)
    for link in network.stimuli:
        weight = float(weights[link.i_neuron, link.synapse]) if link.stimulus.is_event else 0.0
        net.stimulus(link.stimulus, to=link.i_neuron, weight=weight)
    for probe in network.probes:
        if probe.quantity == "membrane":
            net.probe(probe.i_neuron)
    return net
