"""The window's copy of a circuit, kept in step with what its stream tells: a replay turns knobs too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from luiapp.data.chunk import Event
from luiapp.model.network import Network

if TYPE_CHECKING:
    from luiapp.gui.live import Live


def follow(live: Live, events: Sequence[Event]) -> None:
    """Do to `live.network` what these events did to the circuit of the stream."""
    for event in events:
        if live.network is None:
            return
        if event.kind == "parameter" and event.target in live.network.names:
            i_neuron = live.network.names.index(event.target)
            live.network.set_parameter(i_neuron, event.name, float(event.value))
            live.parameter_changed.emit(i_neuron, event.name)
        elif event.kind == "network":
            live.network = Network.from_dict(event.value)
            live.network_changed.emit()
