"""Trimmer settings that several examples share, chosen for the parts of a hundred lots and more, in % of each turn."""

from __future__ import annotations

from collections.abc import Iterable

from luiapp.model.library.example import Setting
from luiapp.model.stimulus import Train

# Fires by itself: leak above the threshold, tau_mem about 230 ms.
OWN_RHYTHM: Setting = {"leak": 55.5, "tau_mem": 21, "tau_syn": 22.7}
# Answers each pulse at dendrite 1 with one spike, about 20 ms later.
ONE_FOR_ONE: Setting = {"leak": 42, "tau_mem": 5, "tau_syn": 18.2, "w1": 97.7}
# The same in 12 ms, give or take 2, fourteen times a second: rests just below the threshold, with a short memory.
QUICK: Setting = {"leak": 47.5, "tau_mem": 2, "tau_syn": 12, "w1": 98}
# Fires if dendrites 1 and 2 are hit within a few milliseconds. One alone is too little, by the same factor as two
# are more than enough.
BOTH: Setting = {"leak": 46, "tau_mem": 2, "tau_syn": 2.5, "w1": 98, "w2": 98}


def pulses(period: float, *times: float) -> Train:
    """Pulses at `times` [s], again after every `period` seconds."""
    return Train(period, tuple(sorted(times)))


def burst(start: float, n: int, gap: float) -> Iterable[float]:
    """`n` times from `start` on, `gap` seconds apart."""
    return [round(start + gap * k, 6) for k in range(n)]
