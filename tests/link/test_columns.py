"""What columns are taken for: units, uses, time stamps."""

from __future__ import annotations

import numpy as np
import pytest

from luiapp.link.columns import BoardSettings, ColumnSettings, infer_columns, letter, misfits
from luiapp.link.setup import make_setup, stamp_advance, stamp_interval


def column(*values: float) -> np.ndarray:
    return np.tile(np.array(values, float), 20)[:, None]


@pytest.mark.parametrize(
    ("values", "vref", "volts"),
    [
        ((0, 317, 512), None, 512 * 5 / 1024),  # the two-line sketch on an Uno: 10 bits, 5 V
        ((0, 317, 512), 3.3, 512 * 3.3 / 1024),  # the same sketch on a Pico
        ((0, 1923, 2048), None, 2048 * 3.3 / 4096),  # 12 bits
        ((0, 1550, 1250), 5.0, 1.250),  # an Uno gives at most 1023: these are millivolts
        ((0, 5200, 1250), None, 1.250),
        ((0.0, 1.55, 1.25), None, 1.25),
        ((0.1, 1550.5, 1250.25), None, 1.25025),
        ((0, 30784, 65535), None, 65535 * 3.3 / 65536),  # MicroPython's read_u16
    ],
)
def test_numbers_become_volts(values, vref, volts):
    (one,) = infer_columns([""], column(*values), vref=vref)
    assert one.unit == "V" and one.use == "membrane"
    assert values[-1] * one.scale + one.offset == pytest.approx(volts)


def test_labels_say_more_than_numbers():
    labels = ["V", "VLeak", "VSyn", "VDD", "spike", "soma_mV"]
    columns = infer_columns(labels, np.tile([1.02, 0.6, 1.5, 3.0, 0, 1020], (20, 1)))
    assert [c.use for c in columns] == ["membrane", "signal", "signal", "signal", "spike", "membrane"]
    assert [c.quantity for c in columns[:4]] == ["membrane", "signal", "synapse", "supply"]
    assert columns[5].scale == 1e-3


def test_what_a_person_sets_wins_and_the_port_s_own_setting_wins_over_all():
    settings = BoardSettings(
        columns={
            "A": ColumnSettings(scale=2.0, unit="mA", use="signal"),
            "ttyACM1 A": ColumnSettings(name="soma", scale=0.5, offset=0.1),
        },
        vref=4.5,
    )
    (one,) = infer_columns([""], column(0, 300), settings=settings, port="ttyACM0")
    assert (one.use, one.scale, one.unit, one.name) == ("signal", 2.0, "mA", "A")
    (two,) = infer_columns([""], column(0, 300), settings=settings, port="ttyACM1")
    assert (two.use, two.scale, two.offset, two.unit, two.name) == ("membrane", 0.5, 0.1, "V", "soma")
    (_, b) = infer_columns(["", ""], np.tile([1.0, 300.0], (9, 1)), settings=settings)
    assert b.scale == 4.5 / 1024


def test_values_outside_the_range_believed_are_seen():
    (one,) = infer_columns([""], column(0, 317, 512))
    assert misfits(one, np.array([0.0, 1023.0, np.nan])) == 0
    assert misfits(one, np.array([1024.0, 0.5, -1.0, 3.0])) == 3


@pytest.mark.parametrize(
    ("label", "unit", "rate"),
    [("t_us", 1e-6, 1000), ("ms", 1e-3, 500), ("time", 1e-3, 100), ("micros", 1e-6, 100), ("t", 1.0, 50),
     ("", 1e-6, 800), ("", 1e-3, 1000), ("", 1e-3, 100)],
)  # fmt: skip
def test_a_time_stamp_is_recognised_with_its_unit(label, unit, rate):
    stamps = 1234.0 + np.arange(600) / rate
    printed = np.round(stamps / unit, 0 if unit < 1 else 4)
    values = np.column_stack([printed, np.full(600, 317.0)])
    clock, membrane = infer_columns([label, ""], values, rate=rate * 1.004)
    assert (clock.use, clock.scale) == ("time", unit) and membrane.use == "membrane" and membrane.name == "A"
    assert 1 / stamp_interval(printed * unit) == pytest.approx(rate, rel=2e-3)


@pytest.mark.parametrize(("full", "tau"), [(1860, 0.5), (600, 0.15), (1000, 0.6)])
def test_a_charging_membrane_is_no_clock(full, tau):
    """The second rises by 1000 counts a second on the average, as a clock of milliseconds would."""
    t = np.arange(600) / 1000
    rising = np.rint(full * (1 - np.exp(-t / tau)))
    columns = infer_columns(["", ""], np.column_stack([rising, rising]), rate=1000.0)
    assert [c.use for c in columns] == ["membrane", "membrane"]


def test_what_rises_in_steps_is_no_clock():
    rising = np.cumsum(np.where(np.arange(600) % 5 == 0, 5.0, 0.0))
    columns = infer_columns(["", ""], np.column_stack([rising, rising]), rate=1000.0)
    assert [c.use for c in columns] == ["membrane", "membrane"]


def test_stamps_show_missing_lines_and_coarse_or_wrapped_ones_show_none():
    advance = stamp_advance(np.array([1.0, 2.0, 5.0, 6.0]) * 1e-3, 0.0, 1e-3, 1e-6)
    assert advance.tolist() == [1, 1, 3, 1]
    jitter = np.cumsum([0, 1, 2, 0, 1, 1, 2, 0]) * 1e-3
    assert stamp_advance(jitter, -1e-3, 1e-3, 1e-3).tolist() == [1] * 8
    wrapped = (np.arange(4) * 1000.0 + 2**32 - 2000) % 2**32 * 1e-6
    assert stamp_advance(wrapped, wrapped[0] - 1e-3, 1e-3, 1e-6).tolist() == [1, 1, 1, 1]
    assert stamp_advance(np.array([0.001]), 17.0, 1e-3, 1e-6).tolist() == [0]  # the board began anew
    assert stamp_interval(np.array([3.0, 3.0, 3.0])) is None


def test_names_are_stable_and_unique():
    columns = infer_columns(["", "", ""], np.tile([317.0, 300, 200], (9, 1)))
    setup = make_setup(("", "", ""), columns, 1e-3, "ttyACM0")
    assert setup.neurons == ("ttyACM0 A", "ttyACM0 B", "ttyACM0 C")
    doubled = make_setup(("V", "V"), infer_columns(["V", "V"], np.tile([1.5, 0.5], (9, 1))), 1e-3, "")
    assert doubled.neurons == ("V", "V (2)")
    assert [letter(i) for i in (0, 25, 26)] == ["A", "Z", "C27"]


def test_spike_columns_belong_to_the_membranes_in_order():
    labels = ("V1", "spike1", "V2", "spike2", "spike3")
    setup = make_setup(labels, infer_columns(labels, np.tile([1.5, 0, 1.2, 0, 0], (9, 1))), 1e-3, "")
    assert setup.neurons == ("V1", "V2", "spike3")
    assert setup.spike_columns == ((1, 0), (3, 1), (4, 2)) and setup.membrane_traces == (-1, -1, -1)
    assert [t.name for t in setup.traces] == ["V1", "V2"]
