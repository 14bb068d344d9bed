"""luiapp: neurons into people's hands.

What lessons, scripts and notebooks use; each name is loaded when it is first asked for, so ``import luiapp`` is quick::

    import luiapp as lui

    net = lui.Network()
    a = net.neuron(tau_mem=200e-3, v_leak=2.0)
    net.probe(a, "membrane")
    recording = lui.run(net, 1.0)
    print(recording.spike_train(a.name))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from luiapp.version import __version__ as __version__

if TYPE_CHECKING:
    from luiapp.data.analysis import summary
    from luiapp.data.recording import Recording
    from luiapp.deploy.easy import learn_on_chip, measure_chip
    from luiapp.errors import FileError, FormatError, LinkError, LuiError, NetworkError, ParameterError, RigError
    from luiapp.files import read_network, read_recording, write_network, write_recording
    from luiapp.model.library import EXAMPLES
    from luiapp.model.network import Network, Neuron
    from luiapp.model.stimulus import HandDrawn, Noise, Poisson, Ramp, Sine, Step, Train, spike_train
    from luiapp.rigs.registry import open_rig
    from luiapp.simulate import Options, run
    from luiapp.stream.record import record
    from luiapp.stream.source import Kick, Pulse, Rig, SetParameter
    from luiapp.texts import set_language
    from luiapp.train.datasets import painted, randman, yin_yang
    from luiapp.train.easy import learn
    from luiapp.units import format_quantity, parse_quantity

_HOMES = {
    "luiapp.data.analysis": ("summary",),
    "luiapp.data.recording": ("Recording",),
    "luiapp.deploy.easy": ("learn_on_chip", "measure_chip"),
    "luiapp.errors": (
        *("FileError", "FormatError", "LinkError", "LuiError", "NetworkError", "ParameterError", "RigError"),
    ),
    "luiapp.files": ("read_network", "read_recording", "write_network", "write_recording"),
    "luiapp.model.library": ("EXAMPLES",),
    "luiapp.model.network": ("Network", "Neuron"),
    "luiapp.model.stimulus": (*("HandDrawn", "Noise", "Poisson", "Ramp", "Sine", "Step", "Train", "spike_train"),),
    "luiapp.rigs.registry": ("open_rig",),
    "luiapp.simulate": ("Options", "run"),
    "luiapp.stream.record": ("record",),
    "luiapp.stream.source": ("Kick", "Pulse", "Rig", "SetParameter"),
    "luiapp.texts": ("set_language",),
    "luiapp.train.datasets": ("painted", "randman", "yin_yang"),
    "luiapp.train.easy": ("learn",),
    "luiapp.units": ("format_quantity", "parse_quantity"),
}
_WHERE = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "EXAMPLES",
    "FileError",
    "FormatError",
    "HandDrawn",
    "Kick",
    "LinkError",
    "LuiError",
    "Network",
    "NetworkError",
    "Neuron",
    "Noise",
    "Options",
    "ParameterError",
    "Poisson",
    "Pulse",
    "Ramp",
    "Recording",
    "Rig",
    "RigError",
    "SetParameter",
    "Sine",
    "Step",
    "Train",
    "format_quantity",
    "learn",
    "learn_on_chip",
    "measure_chip",
    "open_rig",
    "painted",
    "parse_quantity",
    "randman",
    "read_network",
    "read_recording",
    "record",
    "run",
    "set_language",
    "spike_train",
    "summary",
    "write_network",
    "write_recording",
    "yin_yang",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'luiapp' has no attribute '{name}'")
    value = getattr(importlib.import_module(_WHERE[name]), name)
    globals()[name] = value  # the next look-up doesn't come here
    return value


def __dir__() -> list[str]:
    """What Tab completes: the public names, without what this file needs itself."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
