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
    """Who is there? Stops streaming and drops all stimuli. Answered by Info, or by Nack if no version is shared.

    Message to the device.

    Attributes
    ----------
    proto_min : int
        Oldest version that the host speaks.
    proto_max : int
        Newest version that the host speaks.
    """

    ID: ClassVar[int] = 0x01
    FORMAT: ClassVar[str] = "<BB"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'proto_min': (1, 255), 'proto_max': (1, 255)}

    proto_min: int
    proto_max: int


@dataclass(frozen=True)
class Info(Message):
    """What the device is: the answer to Hello, and unasked once after a start.

    Message to the host.

    Attributes
    ----------
    proto : int
        Version in use from here on.
    flags : int
        Bit 0: just started, 1: has a uid, 2: is calibrated, 3: is simulated.
    board : int
        1: ATmega328P, 2: RP2040, 99: a program on a computer.
    firmware : bytes
        Version of the firmware: major, minor, patch.
    n_adc : int
        Membranes that can be sampled.
    adc_bits : int
        Bits of a code.
    n_spike : int
        Spike inputs.
    n_stim : int
        Stimulus lines.
    tick_hz : int [Hz]
        Rate of the device's clock.
    vref_uv : int [µV]
        Full scale of the converter.
    max_scan_sps : int [1/s]
        Samples a second, all channels together.
    uid : bytes
        Identity, given once by a host; zero before.
    label : bytes
        Name for people, UTF-8, padded with zeros.
    """

    ID: ClassVar[int] = 0x02
    FORMAT: ClassVar[str] = "<BBB3sBBBBIII8s12s"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'proto': (1, 255), 'flags': (0, 255), 'board': (0, 255), 'n_adc': (0, 255), 'adc_bits': (8, 16), 'n_spike': (0, 255), 'n_stim': (0, 255), 'tick_hz': (1000, 4294967295), 'vref_uv': (0, 4294967295), 'max_scan_sps': (1, 4294967295)}

    proto: int
    flags: int
    board: int
    firmware: bytes
    n_adc: int
    adc_bits: int
    n_spike: int
    n_stim: int
    tick_hz: int
    vref_uv: int
    max_scan_sps: int
    uid: bytes
    label: bytes


@dataclass(frozen=True)
class Start(Message):
    """Stream. Answered by Ack, or by Nack whose detail is the shortest possible period.

    Message to the device.

    Attributes
    ----------
    period_us : int [µs]
        From one set of samples to the next.
    adc_mask : int
        Bit k: sample channel k.
    flags : int
        Bit 0: send samples, 1: send spikes.
    reserved : int
        Zero.
    """

    ID: ClassVar[int] = 0x03
    FORMAT: ClassVar[str] = "<IBBH"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'period_us': (100, 1000000), 'adc_mask': (0, 255), 'flags': (0, 3), 'reserved': (0, 0)}

    period_us: int
    adc_mask: int
    flags: int
    reserved: int


@dataclass(frozen=True)
class Stop(Message):
    """Stop streaming; stimuli go on.

    Message to the device.

    """

    ID: ClassVar[int] = 0x04
    FORMAT: ClassVar[str] = "<"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}


@dataclass(frozen=True)
class Stim(Message):
    """Pulses on one line; takes the place of what the line was doing.

    Message to the device.

    Attributes
    ----------
    line : int
        3 · board + synapse.
    width_10us : int [10 µs]
        How long the line is high.
    n : int
        How many pulses; 0: none, the line goes low; 65535: without end.
    period_100us : int [100 µs]
        From one rising edge to the next; for more than one pulse longer than the width.
    t_start : int [tick]
        Of the first rising edge, on the device's clock; 0: now.
    """

    ID: ClassVar[int] = 0x05
    FORMAT: ClassVar[str] = "<BHHHI"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'line': (0, 23), 'width_10us': (1, 65535), 'n': (0, 65535), 'period_100us': (0, 65535), 't_start': (0, 4294967295)}

    line: int
    width_10us: int
    n: int
    period_100us: int
    t_start: int


@dataclass(frozen=True)
class Ping(Message):
    """Keeps the stimuli alive and measures the clock; answered by Pong.

    Message to the device.

    Attributes
    ----------
    cookie : int
        Comes back unchanged.
    """

    ID: ClassVar[int] = 0x06
    FORMAT: ClassVar[str] = "<Q"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'cookie': (0, 18446744073709551615)}

    cookie: int


@dataclass(frozen=True)
class Pong(Message):
    """The answer to Ping.

    Message to the host.

    Attributes
    ----------
    cookie : int
        That of the Ping.
    t_rx : int [tick]
        When the Ping's last byte was taken.
    t_tx : int [tick]
        When this was put on its way.
    """

    ID: ClassVar[int] = 0x07
    FORMAT: ClassVar[str] = "<QII"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'cookie': (0, 18446744073709551615), 't_rx': (0, 4294967295), 't_tx': (0, 4294967295)}

    cookie: int
    t_rx: int
    t_tx: int


@dataclass(frozen=True)
class StatusGet(Message):
    """Asks for a Status now.

    Message to the device.

    """

    ID: ClassVar[int] = 0x08
    FORMAT: ClassVar[str] = "<"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}


@dataclass(frozen=True)
class Ack(Message):
    """Done.

    Message to the host.

    Attributes
    ----------
    request : int
        Id of the message that was obeyed.
    request_seq : int
        Its sequence number.
    t : int [tick]
        When.
    """

    ID: ClassVar[int] = 0x09
    FORMAT: ClassVar[str] = "<BBI"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'request': (0, 255), 'request_seq': (0, 255), 't': (0, 4294967295)}

    request: int
    request_seq: int
    t: int


@dataclass(frozen=True)
class Nack(Message):
    """Not done, and why.

    Message to the host.

    Attributes
    ----------
    request : int
        Id of the message.
    request_seq : int
        Its sequence number.
    t : int [tick]
        When.
    code : int
        1: unknown message, 2: too short, 3: a value is out of range, 4: too fast, 5: not while streaming, 6: no shared version, 7: memory failed.
    detail : int
        With code 3 the field's number, with code 4 the shortest period in µs.
    """

    ID: ClassVar[int] = 0x0A
    FORMAT: ClassVar[str] = "<BBIBI"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'request': (0, 255), 'request_seq': (0, 255), 't': (0, 4294967295), 'code': (0, 255), 'detail': (0, 4294967295)}

    request: int
    request_seq: int
    t: int
    code: int
    detail: int


@dataclass(frozen=True)
class CalibrationGet(Message):
    """Asks for the Calibration of a channel.

    Message to the device.

    Attributes
    ----------
    channel : int
        Which.
    """

    ID: ClassVar[int] = 0x0B
    FORMAT: ClassVar[str] = "<B"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'channel': (0, 7)}

    channel: int


@dataclass(frozen=True)
class CalibrationSet(Message):
    """Stores a calibration for good; answered by Ack. Not while streaming.

    Message to the device.

    Attributes
    ----------
    channel : int
        Which; 255: all, and the two below are the reference.
    gain_ppm : int [ppm]
        V = ideal · (1 + gain) + offset.
    offset_uv : int [µV]
        See gain; for channel 255 the reference.
    """

    ID: ClassVar[int] = 0x0C
    FORMAT: ClassVar[str] = "<Bii"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'channel': (0, 255), 'gain_ppm': (-500000, 500000), 'offset_uv': (-500000, 5000000)}

    channel: int
    gain_ppm: int
    offset_uv: int


@dataclass(frozen=True)
class SelfTest(Message):
    """Looks at itself for about 60 ms; answered by SelfTestResult. Not while streaming; takes the lines low, and with a plug from line 0 to input 0 it hears itself.

    Message to the device.

    """

    ID: ClassVar[int] = 0x0D
    FORMAT: ClassVar[str] = "<"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}


@dataclass(frozen=True)
class SetId(Message):
    """Stores identity and label for good; answered by Ack. Not while streaming.

    Message to the device.

    Attributes
    ----------
    uid : bytes
        Drawn at random by the host.
    label : bytes
        Name for people, UTF-8, padded with zeros.
    """

    ID: ClassVar[int] = 0x0E
    FORMAT: ClassVar[str] = "<8s12s"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}

    uid: bytes
    label: bytes


@dataclass(frozen=True)
class Reset(Message):
    """Starts the device anew, as after power-on.

    Message to the device.

    """

    ID: ClassVar[int] = 0x0F
    FORMAT: ClassVar[str] = "<"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {}


@dataclass(frozen=True)
class Calibration(Message):
    """The answer to CalibrationGet.

    Message to the host.

    Attributes
    ----------
    channel : int
        Which.
    gain_ppm : int [ppm]
        V = ideal · (1 + gain) + offset.
    offset_uv : int [µV]
        See gain.
    """

    ID: ClassVar[int] = 0x10
    FORMAT: ClassVar[str] = "<Bii"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'channel': (0, 7), 'gain_ppm': (-2147483648, 2147483647), 'offset_uv': (-2147483648, 2147483647)}

    channel: int
    gain_ppm: int
    offset_uv: int


@dataclass(frozen=True)
class SelfTestResult(Message):
    """The answer to SelfTest.

    Message to the host.

    Attributes
    ----------
    vref_mv : int [mV]
        Full scale, measured against the internal reference; 0: has none.
    loopback : int
        Bit k: spike input k followed line 0.
    reset_cause : int
        As the chip tells it.
    free_ram : int [B]
        Never used since the start.
    channels : bytes
        For each channel u16 mean of 64 codes, times 16, and u16 their standard deviation, times 256.
    """

    ID: ClassVar[int] = 0x11
    FORMAT: ClassVar[str] = "<HBBH"
    REST: ClassVar[str] = "channels"
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'vref_mv': (0, 65535), 'loopback': (0, 255), 'reset_cause': (0, 255), 'free_ram': (0, 65535)}

    vref_mv: int
    loopback: int
    reset_cause: int
    free_ram: int
    channels: bytes


@dataclass(frozen=True)
class Samples(Message):
    """Codes of the converter, set after set.

    Message to the host.

    Attributes
    ----------
    t0 : int [tick]
        When the first set began.
    set_index : int
        Sets since Start before the first one here; a jump is a loss.
    mask : int
        Channels in a set.
    n_sets : int
        Sets here.
    codes : bytes
        For each set and each channel, the lowest first: u16.
    """

    ID: ClassVar[int] = 0x20
    FORMAT: ClassVar[str] = "<IIBB"
    REST: ClassVar[str] = "codes"
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'t0': (0, 4294967295), 'set_index': (0, 4294967295), 'mask': (0, 255), 'n_sets': (0, 255)}

    t0: int
    set_index: int
    mask: int
    n_sets: int
    codes: bytes


@dataclass(frozen=True)
class Spikes(Message):
    """Edges at the spike inputs.

    Message to the host.

    Attributes
    ----------
    n_lost : int
        Edges lost since the last Spikes.
    edges : bytes
        For each edge u32 ticks and u8: bits 0–4 the input, bit 7 set where a spike begins.
    """

    ID: ClassVar[int] = 0x21
    FORMAT: ClassVar[str] = "<B"
    REST: ClassVar[str] = "edges"
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'n_lost': (0, 255)}

    n_lost: int
    edges: bytes


@dataclass(frozen=True)
class StimDone(Message):
    """A pulse has ended.

    Message to the host.

    Attributes
    ----------
    line : int
        3 · board + synapse.
    n_left : int
        Pulses to come; 65535: without end.
    t_rise : int [tick]
        When the line truly rose.
    t_fall : int [tick]
        When it truly fell.
    """

    ID: ClassVar[int] = 0x22
    FORMAT: ClassVar[str] = "<BHII"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'line': (0, 255), 'n_left': (0, 65535), 't_rise': (0, 4294967295), 't_fall': (0, 4294967295)}

    line: int
    n_left: int
    t_rise: int
    t_fall: int


@dataclass(frozen=True)
class Status(Message):
    """How the device is doing: once a second, and when asked. All counters since the start; they stop at their end.

    Message to the host.

    Attributes
    ----------
    now : int [tick]
        The device's clock.
    wraps : int
        How often it began anew at 0.
    lost_sets : int
        Sets for which no room was left.
    overruns : int
        Sets not begun since the one before wasn't finished.
    lost_frames : int
        Frames for which the line was too slow.
    lost_spikes : int
        Edges for which no room was left.
    lost_reports : int
        Pulses given but not told by StimDone.
    late_edges : int
        Edges of stimuli more than 10 µs late.
    bad_rx : int
        Frames received that were broken.
    rx_overflows : int
        Bytes received for which no room was left.
    tx_highwater : int [B]
        The most that waited to be sent.
    watchdog : int
        How often stimuli were dropped since the host was silent for 3 s.
    running : int
        Streams.
    mask : int
        Of channels.
    period_us : int [µs]
        Of sets.
    stim_active : int
        Bit k: line k has pulses to come.
    vref_mv : int [mV]
        Full scale, measured at the start; 0: can't be.
    """

    ID: ClassVar[int] = 0x28
    FORMAT: ClassVar[str] = "<IHHHHHHHHHHHBBIIH"
    REST: ClassVar[str] = ""
    RANGES: ClassVar[dict[str, tuple[int, int]]] = {'now': (0, 4294967295), 'wraps': (0, 65535), 'lost_sets': (0, 65535), 'overruns': (0, 65535), 'lost_frames': (0, 65535), 'lost_spikes': (0, 65535), 'lost_reports': (0, 65535), 'late_edges': (0, 65535), 'bad_rx': (0, 65535), 'rx_overflows': (0, 65535), 'tx_highwater': (0, 65535), 'watchdog': (0, 65535), 'running': (0, 1), 'mask': (0, 255), 'period_us': (0, 4294967295), 'stim_active': (0, 4294967295), 'vref_mv': (0, 65535)}

    now: int
    wraps: int
    lost_sets: int
    overruns: int
    lost_frames: int
    lost_spikes: int
    lost_reports: int
    late_edges: int
    bad_rx: int
    rx_overflows: int
    tx_highwater: int
    watchdog: int
    running: int
    mask: int
    period_us: int
    stim_active: int
    vref_mv: int


MESSAGES: dict[int, type[Message]] = {one.ID: one for one in (Hello, Info, Start, Stop, Stim, Ping, Pong, StatusGet, Ack, Nack, CalibrationGet, CalibrationSet, SelfTest, SetId, Reset, Calibration, SelfTestResult, Samples, Spikes, StimDone, Status)}
