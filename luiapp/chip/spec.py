"""Every constant of the emulated core, with its unit and where it comes from.

Potentials are in LSB of the CADC, as the chip's users see them; times in seconds of hardware. A source that begins with
"measured" was read from public calibration files or logs of real chips; "inferred" marks a conclusion, or a choice
where nothing is published.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

_THESIS = "Billaudelle, thesis, Heidelberg 2022"
_CRAMER = "Cramer et al., PNAS 119 (2022) e2109194119"
_CALIX = "calix, default targets of spiking calibrations"
_CODES = "measured: spread of codes in calibrations of five chips"
_LOG = "measured: public logs of one chip"
_RANGE = "brainscales2-demos, ts_06: dynamic range"
_FP = "brainscales2-demos, fp_calibration"
_NEAREST = "inferred"


def _is(value: Any, unit: str, source: str) -> Any:
    return dataclasses.field(default=value, metadata={"unit": unit, "source": source})


@dataclass(frozen=True)
class ChipSpec:
    """A core as it is built. The unit and the source of each constant stand beside it, and in `facts`."""

    # Size.
    n_circuits: int = _is(512, "", "brainscales2-demos, fp_brainscales")
    n_quadrants: int = _is(4, "", "brainscales2-demos, fp_brainscales")
    n_halves: int = _is(2, "", _THESIS)
    n_rows: int = _is(256, "per half", _THESIS)
    n_drivers: int = _is(128, "per half, two rows each", _THESIS)
    n_padi: int = _is(4, "buses per half, 32 drivers each", "halco, padi.h")
    n_labels: int = _is(64, "per row", "halco, event.h: 6 bits")
    weight_max: int = _is(63, "", "haldls, synapse.h: 6 bits")
    code_max: int = _is(1022, "", "haldls, capmem.h: 10 bits, 1023 switches the refresh off")
    n_merged_max: int = _is(8, "circuits", "brainscales2-demos, ts_13")
    n_background: int = _is(8, "sources, one a bus", "halco, background.cpp")
    background_period: int = _is(65535, "ticks at most", "haldls, background.h: 16 bits")
    background_rate: int = _is(255, "of a bin's chance to hold an event", "haldls, background.h: 8 bits")
    background_labels: int = _is(256, "labels at most that a source draws from", "haldls, background.h: mask of 8 bits")
    bus_queue: int = _is(16, "events that wait for a bus, which takes one a tick", _THESIS + "; depth inferred")

    # Time.
    tick: float = _is(8e-9, "s", "fisch, constants.h: 125 cycles per µs")
    events_per_tick: int = _is(3, "", "haldls, spike containers")
    jitter: float = _is(60e-9, "s, uniform from 0", "fastAndDeep, hardware-aware configuration; shape inferred")
    latency: float = _is(80e-9, "s, from a spike to where it arrives", "jaxsnn, time correction of 50 to 80 ns")
    speedup: float = _is(1000.0, "times biology", _THESIS)
    refractory_max: float = _is(32e-6, "s", "calix, spiking/neuron.py")
    sample_spacing: float = _is(200e-6, "s, usual", _CRAMER)

    # Ranges and usual targets.
    leak_range: tuple[float, float] = _is((50.0, 160.0), "LSB", _CALIX)
    reset_range: tuple[float, float] = _is((50.0, 160.0), "LSB", _CALIX)
    threshold_range: tuple[float, float] = _is((50.0, 220.0), "LSB", _CALIX)
    tau_mem_range: tuple[float, float] = _is((0.5e-6, 60e-6), "s", _CALIX)
    tau_syn_range: tuple[float, float] = _is((0.3e-6, 30e-6), "s", _CALIX)

    # From codes to potentials: LSB = slope * code + offset. And to time constants: tau = tau_0 (code_0 / code)^power.
    leak_law: tuple[float, float] = _is((0.333, -110.3), "LSB per code, LSB", _FP)
    reset_law: tuple[float, float] = _is((0.371, -139.8), "LSB per code, LSB", _FP)
    threshold_law: tuple[float, float] = _is((0.417, -9.2), "LSB per code, LSB", "calix: codes 70, 550 are 20, 220 LSB")
    tau_mem_law: tuple[float, float, float] = _is((6e-6, 177.0, 0.85), "s, code, power", _CODES)
    tau_syn_law: tuple[float, float, float] = _is((6e-6, 140.0, 0.9), "s, code, power", _CODES + "; power inferred")
    gain_code: float = _is(500.0, "code at the usual gain", _CALIX)
    bias_code: float = _is(
        1000.0, "code of the synapses' bias at the usual gain", "calibration 'spiking2' of the demos"
    )
    peak: float = _is(23.8, "LSB, peak of an event of weight 63: 0.34 of a gap of 70", "hxtorch, Yin-Yang weight scale")

    # Fixed pattern: standard deviations, in a quadrant and between quadrants.
    leak_spread: tuple[float, float] = _is((11.0, 8.0), "LSB", _CODES)
    reset_spread: tuple[float, float] = _is((10.0, 9.0), "LSB", _CODES)
    threshold_spread: tuple[float, float] = _is((6.5, 10.0), "LSB", _CODES)
    leak_reset: float = _is(0.8, "correlation", _CODES)
    leak_threshold: float = _is(0.6, "correlation", _CODES)
    reset_threshold: float = _is(0.6, "correlation", _NEAREST + ": as of leak and threshold")
    tau_mem_spread: float = _is(0.14, "relative", _CODES)
    tau_syn_spread: float = _is(0.20, "relative", _CODES)
    tau_syn_correlation: float = _is(0.3, "of excitatory and inhibitory", _CODES)
    gain_spread: tuple[float, float] = _is((0.06, 0.09), "relative, excitatory and inhibitory", _CODES)
    gain_quadrants: float = _is(0.20, "relative, shared by both signs", _CODES)
    gain_correlation: float = _is(
        0.6, "of both signs in a quadrant", _NEAREST + ": so that 0.83 to 0.97 come out overall"
    )
    synapse_spread: float = _is(0.05, "relative", _NEAREST + ": no figure is published")

    # Saturation of synaptic inputs, in weights that arrive at once: linear up to the first, never above the sum.
    excitation: tuple[float, float] = _is((290.0, 200.0), "weights", _RANGE + "; shape inferred")
    inhibition: tuple[float, float] = _is((74.0, 16.0), "weights", _RANGE + "; shape inferred")
    excitation_spread: float = _is(0.05, "relative", _NEAREST)
    inhibition_spread: float = _is(0.10, "relative", _NEAREST)

    # What writing the analogue parameters leaves to chance: standard deviation in codes, or relative.
    leak_written: float = _is(6.0, "codes", _CODES + ": repeatability of calibrations; share inferred")
    reset_written: float = _is(2.0, "codes", _CODES + ": repeatability of calibrations; share inferred")
    threshold_written: float = _is(1.6, "codes", _CODES + ": repeatability of calibrations; share inferred")
    tau_mem_written: float = _is(0.006, "relative", _CODES + ": repeatability of calibrations; share inferred")
    tau_syn_written: float = _is(0.006, "relative", _CODES + ": repeatability of calibrations; share inferred")
    gain_written: tuple[float, float] = _is(
        (0.015, 0.03), "relative, by sign", _CODES + ": repeatability; share inferred"
    )

    # Noise from trial to trial.
    threshold_noise: float = _is(0.9, "LSB, new after every spike", _LOG)

    # Read-back.
    cadc_max: int = _is(255, "LSB", "thesis; 8 bits")
    cadc_period: float = _is(1.7e-6, "s", _CRAMER)
    cadc_noise: float = _is(0.75, "LSB", _LOG)
    cadc_offset: float = _is(9.8, "LSB, standard deviation over channels", _CODES)
    cadc_gain: float = _is(0.03, "relative, standard deviation over channels", _NEAREST)
    cadc_trim: int = _is(128, "LSB, offsets that can be trimmed", "calix, cadc.py: -128 to 127")
    cadc_range: tuple[float, float] = _is((30.0, 210.0), "LSB that can be relied upon", "calix, constants.py")
    madc_max: int = _is(1023, "LSB", "thesis; 10 bits")
    madc_rate: float = _is(500e6 / 17, "samples per second", "haldls, madc.h: 500 MHz / (5 + 12)")
    madc_channels: int = _is(2, "one even and one odd circuit", _THESIS)
    madc_law: tuple[float, float] = _is((2.374, 81.8), "LSB per LSB of the CADC, LSB", _FP)
    madc_noise: float = _is(1.75, "LSB", "calix, madc_characterization: below 2")
    madc_dropped: int = _is(120, "samples at the beginning", "haldls, known issue 4008")
    madc_samples: int = _is(65535, "samples per trigger", "haldls, madc.h")

    # Loss of events: the chance grows with the fill of a quadrant's queue, which drains exponentially.
    queue_free: float = _is(20.0, "events that pass without loss", _LOG)
    queue_slope: float = _is(
        50.0, "events beyond, at which all are lost", "calix: 250 of 512 at once get through; shape inferred"
    )
    queue_drain: float = _is(10e-6, "s", _NEAREST)

    # Energy.
    power: float = _is(0.2, "W", _CRAMER)

    @property
    def fan_in(self) -> int:
        """Signed inputs of a circuit: a signed weight takes two rows."""
        return self.n_rows // 2

    @property
    def n_columns(self) -> int:
        """Circuits of a half."""
        return self.n_circuits // self.n_halves


SPEC = ChipSpec()


def facts(spec: ChipSpec = SPEC) -> list[tuple[str, Any, str, str]]:
    """(name, value, unit, source) of every constant."""
    return [(f.name, getattr(spec, f.name), f.metadata["unit"], f.metadata["source"]) for f in dataclasses.fields(spec)]
