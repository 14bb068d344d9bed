"""The messages between host and adapter, as dataclasses.

Made from firmware/protocol by generate.py; change it there.
"""

# fmt: off
# ruff: noqa: E501
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from luiapp.link.message import Message

VERSION = 1
LONGEST_BODY = 120


@dataclass(frozen=True)
class Hello(Message):
    """Who is there? Stops streaming and drops all stimuli. Answered by Info, or by Nack if no version is shared. (To the device.)"""

    ID: ClassVar[int] = 0x01
    FORMAT: ClassVar[str] = "<BB"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'proto_min': (1, 255), 'proto_max': (1, 255)}
    proto_min: int  # oldest version that the host speaks
    proto_max: int  # newest version that the host speaks


@dataclass(frozen=True)
class Info(Message):
    """What the device is: the answer to Hello, and unasked once after a start. (To the host.)"""

    ID: ClassVar[int] = 0x02
    FORMAT: ClassVar[str] = "<BBB3sBBBBIII8s12s"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'proto': (1, 255), 'flags': (0, 255), 'board': (0, 255), 'n_adc': (0, 255), 'adc_bits': (8, 16), 'n_spike': (0, 255), 'n_stim': (0, 255), 'tick_hz': (1000, 4294967295), 'vref_uv': (0, 4294967295), 'max_scan_sps': (1, 4294967295)}
    proto: int  # version in use from here on
    flags: int  # bit 0: just started, 1: has a uid, 2: is calibrated, 3: is simulated
    board: int  # 1: ATmega328P, 2: RP2040, 99: a program on a computer
    firmware: bytes  # version of the firmware: major, minor, patch
    n_adc: int  # membranes that can be sampled
    adc_bits: int  # bits of a code
    n_spike: int  # spike inputs
    n_stim: int  # stimulus lines
    tick_hz: int  # rate of the device's clock [Hz]
    vref_uv: int  # full scale of the converter [µV]
    max_scan_sps: int  # samples a second, all channels together [1/s]
    uid: bytes  # identity, given once by a host; zero before
    label: bytes  # name for people, UTF-8, padded with zeros


@dataclass(frozen=True)
class Start(Message):
    """Stream. Answered by Ack, or by Nack whose detail is the shortest possible period. (To the device.)"""

    ID: ClassVar[int] = 0x03
    FORMAT: ClassVar[str] = "<IBBH"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'period_us': (100, 1000000), 'adc_mask': (0, 255), 'flags': (0, 3), 'reserved': (0, 0)}
    period_us: int  # from one set of samples to the next [µs]
    adc_mask: int  # bit k: sample channel k
    flags: int  # bit 0: send samples, 1: send spikes
    reserved: int  # zero


@dataclass(frozen=True)
class Stop(Message):
    """Stop streaming; stimuli go on. (To the device.)"""

    ID: ClassVar[int] = 0x04
    FORMAT: ClassVar[str] = "<"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}


@dataclass(frozen=True)
class Stim(Message):
    """Pulses on one line; takes the place of what the line was doing. (To the device.)"""

    ID: ClassVar[int] = 0x05
    FORMAT: ClassVar[str] = "<BHHHI"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'line': (0, 23), 'width_10us': (1, 65535), 'n': (0, 65535), 'period_100us': (0, 65535), 't_start': (0, 4294967295)}
    line: int  # 3 · board + synapse
    width_10us: int  # how long the line is high [10 µs]
    n: int  # how many pulses; 0: none, the line goes low; 65535: without end
    period_100us: int  # from one rising edge to the next; for more than one pulse longer than the width [100 µs]
    t_start: int  # of the first rising edge, on the device's clock; 0: now [tick]


@dataclass(frozen=True)
class Ping(Message):
    """Keeps the stimuli alive and measures the clock; answered by Pong. (To the device.)"""

    ID: ClassVar[int] = 0x06
    FORMAT: ClassVar[str] = "<Q"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'cookie': (0, 18446744073709551615)}
    cookie: int  # comes back unchanged


@dataclass(frozen=True)
class Pong(Message):
    """The answer to Ping. (To the host.)"""

    ID: ClassVar[int] = 0x07
    FORMAT: ClassVar[str] = "<QII"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'cookie': (0, 18446744073709551615), 't_rx': (0, 4294967295), 't_tx': (0, 4294967295)}
    cookie: int  # that of the Ping
    t_rx: int  # when the Ping's last byte was taken [tick]
    t_tx: int  # when this was put on its way [tick]


@dataclass(frozen=True)
class StatusGet(Message):
    """Asks for a Status now. (To the device.)"""

    ID: ClassVar[int] = 0x08
    FORMAT: ClassVar[str] = "<"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}


@dataclass(frozen=True)
class Ack(Message):
    """Done. (To the host.)"""

    ID: ClassVar[int] = 0x09
    FORMAT: ClassVar[str] = "<BBI"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'request': (0, 255), 'request_seq': (0, 255), 't': (0, 4294967295)}
    request: int  # id of the message that was obeyed
    request_seq: int  # its sequence number
    t: int  # when [tick]


@dataclass(frozen=True)
class Nack(Message):
    """Not done, and why. (To the host.)"""

    ID: ClassVar[int] = 0x0A
    FORMAT: ClassVar[str] = "<BBIBI"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'request': (0, 255), 'request_seq': (0, 255), 't': (0, 4294967295), 'code': (0, 255), 'detail': (0, 4294967295)}
    request: int  # id of the message
    request_seq: int  # its sequence number
    t: int  # when [tick]
    code: int  # 1: unknown message, 2: too short, 3: a value is out of range, 4: too fast, 5: not while streaming, 6: no shared version, 7: memory failed
    detail: int  # with code 3 the field's number, with code 4 the shortest period in µs


@dataclass(frozen=True)
class CalibrationGet(Message):
    """Asks for the Calibration of a channel. (To the device.)"""

    ID: ClassVar[int] = 0x0B
    FORMAT: ClassVar[str] = "<B"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'channel': (0, 7)}
    channel: int  # which


@dataclass(frozen=True)
class CalibrationSet(Message):
    """Stores a calibration for good; answered by Ack. Not while streaming. (To the device.)"""

    ID: ClassVar[int] = 0x0C
    FORMAT: ClassVar[str] = "<Bii"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'channel': (0, 255), 'gain_ppm': (-500000, 500000), 'offset_uv': (-500000, 5000000)}
    channel: int  # which; 255: all, and the two below are the reference
    gain_ppm: int  # V = ideal · (1 + gain) + offset [ppm]
    offset_uv: int  # see gain; for channel 255 the reference [µV]


@dataclass(frozen=True)
class SelfTest(Message):
    """Looks at itself for about 60 ms; answered by SelfTestResult. Not while streaming; takes the lines low, and with a plug from line 0 to input 0 it hears itself. (To the device.)"""

    ID: ClassVar[int] = 0x0D
    FORMAT: ClassVar[str] = "<"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}


@dataclass(frozen=True)
class SetId(Message):
    """Stores identity and label for good; answered by Ack. Not while streaming. (To the device.)"""

    ID: ClassVar[int] = 0x0E
    FORMAT: ClassVar[str] = "<8s12s"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}
    uid: bytes  # drawn at random by the host
    label: bytes  # name for people, UTF-8, padded with zeros


@dataclass(frozen=True)
class Reset(Message):
    """Starts the device anew, as after power-on. (To the device.)"""

    ID: ClassVar[int] = 0x0F
    FORMAT: ClassVar[str] = "<"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}


@dataclass(frozen=True)
class Calibration(Message):
    """The answer to CalibrationGet. (To the host.)"""

    ID: ClassVar[int] = 0x10
    FORMAT: ClassVar[str] = "<Bii"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'channel': (0, 7), 'gain_ppm': (-2147483648, 2147483647), 'offset_uv': (-2147483648, 2147483647)}
    channel: int  # which
    gain_ppm: int  # V = ideal · (1 + gain) + offset [ppm]
    offset_uv: int  # see gain [µV]


@dataclass(frozen=True)
class SelfTestResult(Message):
    """The answer to SelfTest. (To the host.)"""

    ID: ClassVar[int] = 0x11
    FORMAT: ClassVar[str] = "<HBBH"
    REST: ClassVar[str] = "channels"
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'vref_mv': (0, 65535), 'loopback': (0, 255), 'reset_cause': (0, 255), 'free_ram': (0, 65535)}
    vref_mv: int  # full scale, measured against the internal reference; 0: has none [mV]
    loopback: int  # bit k: spike input k followed line 0
    reset_cause: int  # as the chip tells it
    free_ram: int  # never used since the start [B]
    channels: bytes  # for each channel u16 mean of 64 codes, times 16, and u16 their standard deviation, times 256


@dataclass(frozen=True)
class Samples(Message):
    """Codes of the converter, set after set. (To the host.)"""

    ID: ClassVar[int] = 0x20
    FORMAT: ClassVar[str] = "<IIBB"
    REST: ClassVar[str] = "codes"
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'t0': (0, 4294967295), 'set_index': (0, 4294967295), 'mask': (0, 255), 'n_sets': (0, 255)}
    t0: int  # when the first set began [tick]
    set_index: int  # sets since Start before the first one here; a jump is a loss
    mask: int  # channels in a set
    n_sets: int  # sets here
    codes: bytes  # for each set and each channel, the lowest first: u16


@dataclass(frozen=True)
class Spikes(Message):
    """Edges at the spike inputs. (To the host.)"""

    ID: ClassVar[int] = 0x21
    FORMAT: ClassVar[str] = "<B"
    REST: ClassVar[str] = "edges"
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'n_lost': (0, 255)}
    n_lost: int  # edges lost since the last Spikes
    edges: bytes  # for each edge u32 ticks and u8: bits 0–4 the input, bit 7 set where a spike begins


@dataclass(frozen=True)
class StimDone(Message):
    """A pulse has ended. (To the host.)"""

    ID: ClassVar[int] = 0x22
    FORMAT: ClassVar[str] = "<BHII"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'line': (0, 255), 'n_left': (0, 65535), 't_rise': (0, 4294967295), 't_fall': (0, 4294967295)}
    line: int  # 3 · board + synapse
    n_left: int  # pulses to come; 65535: without end
    t_rise: int  # when the line truly rose [tick]
    t_fall: int  # when it truly fell [tick]


@dataclass(frozen=True)
class Status(Message):
    """How the device is doing: once a second, and when asked. All counters since the start; they stop at their end. (To the host.)"""

    ID: ClassVar[int] = 0x28
    FORMAT: ClassVar[str] = "<IHHHHHHHHHHHBBIIH"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'now': (0, 4294967295), 'wraps': (0, 65535), 'lost_sets': (0, 65535), 'overruns': (0, 65535), 'lost_frames': (0, 65535), 'lost_spikes': (0, 65535), 'lost_reports': (0, 65535), 'late_edges': (0, 65535), 'bad_rx': (0, 65535), 'rx_overflows': (0, 65535), 'tx_highwater': (0, 65535), 'watchdog': (0, 65535), 'running': (0, 1), 'mask': (0, 255), 'period_us': (0, 4294967295), 'stim_active': (0, 4294967295), 'vref_mv': (0, 65535)}
    now: int  # the device's clock [tick]
    wraps: int  # how often it began anew at 0
    lost_sets: int  # sets for which no room was left
    overruns: int  # sets not begun since the one before wasn't finished
    lost_frames: int  # frames for which the line was too slow
    lost_spikes: int  # edges for which no room was left
    lost_reports: int  # pulses given but not told by StimDone
    late_edges: int  # edges of stimuli more than 10 µs late
    bad_rx: int  # frames received that were broken
    rx_overflows: int  # bytes received for which no room was left
    tx_highwater: int  # the most that waited to be sent [B]
    watchdog: int  # how often stimuli were dropped since the host was silent for 3 s
    running: int  # streams
    mask: int  # of channels
    period_us: int  # of sets [µs]
    stim_active: int  # bit k: line k has pulses to come
    vref_mv: int  # full scale, measured at the start; 0: can't be [mV]


MESSAGES: dict[int, type[Message]] = {one.ID: one for one in (Hello, Info, Start, Stop, Stim, Ping, Pong, StatusGet, Ack, Nack, CalibrationGet, CalibrationSet, SelfTest, SetId, Reset, Calibration, SelfTestResult, Samples, Spikes, StimDone, Status)}
