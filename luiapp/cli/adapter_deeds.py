"""What the verb ``adapter`` does. Apart from it, so that its help needs no ports."""

from __future__ import annotations

import math
import secrets
import struct
import time
from argparse import Namespace
from typing import TypeVar

from luiapp.cli.report import Report
from luiapp.errors import LinkError, ParameterError
from luiapp.link import messages as msg
from luiapp.link.adapter import Adapter, answers_as_adapter, label_bytes
from luiapp.link.calibration import corrected
from luiapp.link.message import Message
from luiapp.link.requests import Refusal
from luiapp.texts import mark, tr

_PATIENCE = 3.5  # s; opening the port starts some devices anew
_ANSWER = 2.0  # s; storing takes some tenths of a second
M = TypeVar("M", bound=Message)


def adapter(options: Namespace) -> Report:
    """Tell what an adapter is; name, test or calibrate it."""
    wanted = _open(options.port)
    try:
        info = wanted.info
        assert info is not None
        lines = [
            tr("{label} at {port}: firmware {version}, {n} membranes, {m} stimulus lines", label=wanted.label,
               port=options.port, version=".".join(map(str, info.firmware)), n=info.n_adc, m=info.n_stim),
        ]  # fmt: skip
        data: dict[str, object] = {"label": wanted.label, "uid": info.uid.hex(), "virtual": wanted.is_virtual,
                                   "vref_v": info.vref_uv * 1e-6, "n_membranes": info.n_adc}  # fmt: skip
        if options.name is not None:
            lines.append(_rename(wanted, options.name))
            data["label"] = options.name
        if options.vref is not None:
            lines.append(_set_reference(wanted, options.vref))
            data["vref_v"] = options.vref
        for text in options.calibrate or ():
            lines.append(_calibrate(wanted, text))
        if options.self_test:
            test, more = _self_test(wanted)
            data["self_test"] = test
            lines += more
        return Report(data, lines)
    finally:
        wanted.close()


def _open(path: str) -> Adapter:
    from luiapp.rigs.adapter import NAME
    from luiapp.rigs.virtual import virtual_adapter

    wanted = virtual_adapter() if path == NAME else Adapter(path)
    if answers_as_adapter(wanted, _PATIENCE):
        return wanted
    notes = [note.text for note in wanted.notes]
    wanted.close()
    reason = notes[-1] if notes else tr("nothing answered")
    raise LinkError(mark("no adapter at {port}: {reason}"), port=path, reason=reason, fault="other")


def _ask(wanted: Adapter, request: Message, kind: type[M]) -> M:
    """The answer; raises `LinkError` where it is refused or doesn't come."""
    wanted.send(request)
    until = time.monotonic() + _ANSWER
    while time.monotonic() < until:
        for message in wanted.poll(time.monotonic()):
            if isinstance(message, Refusal) and message.request == request.ID:
                raise LinkError(mark("{port}: {text}"), port=wanted.label, text=message.text, fault="other")
            if isinstance(message, kind) and (not isinstance(message, msg.Ack) or message.request == request.ID):
                return message
        time.sleep(0.005)
    raise LinkError(mark("{port} didn't answer; unplug it and plug it in again"), port=wanted.label, fault="other")


def _rename(wanted: Adapter, name: str) -> str:
    label = label_bytes(name)
    assert wanted.info is not None
    uid = wanted.info.uid if any(wanted.info.uid) else secrets.token_bytes(8)
    _ask(wanted, msg.SetId(uid, label), msg.Ack)
    return tr("It is called {name} from now on.", name=name)


def _set_reference(wanted: Adapter, volts: float) -> str:
    if not 0.5 <= volts <= 5.0:
        raise ParameterError("a reference lies between 0.5 and 5 V, not {value} V", value=f"{volts:g}")
    _ask(wanted, msg.CalibrationSet(0xFF, 0, round(volts * 1e6)), msg.Ack)
    return tr("Its reference is {value} V from now on.", value=f"{volts:.3f}")


def _calibrate(wanted: Adapter, text: str) -> str:
    """``BOARD=VOLTS``: what a meter shows there now; the offset is stored."""
    board, _, volts = text.partition("=")
    try:
        channel, true = int(board) - 1, float(volts)
    except ValueError:
        channel, true = -1, math.nan
    assert wanted.info is not None
    if not 0 <= channel < wanted.info.n_adc or not 0 <= true <= 5:
        raise ParameterError("'{text}' is no calibration; write BOARD=VOLTS, such as 3=1.204", text=text)
    mean = _channels(_ask(wanted, msg.SelfTest(), msg.SelfTestResult))[channel][0]
    ideal = (mean + 0.5) * wanted.info.vref_uv * 1e-6 / (1 << wanted.info.adc_bits)
    offset = corrected(channel + 1, ideal, true)
    _ask(wanted, msg.CalibrationSet(channel, 0, round(offset * 1e6)), msg.Ack)
    return tr("Board {board}: {mv} mV are added from now on.", board=board, mv=f"{1000 * offset:+.1f}")


def _channels(result: msg.SelfTestResult) -> list[tuple[float, float]]:
    """Mean code and its standard deviation, channel by channel."""
    whole = result.channels[: len(result.channels) // 4 * 4]
    return [(mean / 16, sigma / 256) for mean, sigma in struct.iter_unpack("<HH", whole)]


def _self_test(wanted: Adapter) -> tuple[dict[str, object], list[str]]:
    assert wanted.info is not None
    result = _ask(wanted, msg.SelfTest(), msg.SelfTestResult)
    lsb = wanted.info.vref_uv * 1e-6 / (1 << wanted.info.adc_bits)
    channels = [((mean + 0.5) * lsb, sigma * lsb) for mean, sigma in _channels(result)]
    heard = [k + 1 for k in range(8) if result.loopback >> k & 1]
    lines = [tr("Reference: {mv} mV by its own measure (± 10 %)", mv=result.vref_mv),
             tr("Memory never used: {n} bytes", n=result.free_ram)]  # fmt: skip
    lines += [tr("Board {k}: {v} V, noise {mv} mV", k=k + 1, v=f"{mean:.3f}", mv=f"{1000 * sigma:.1f}")
              for k, (mean, sigma) in enumerate(channels)]  # fmt: skip
    lines.append(tr("With the plug from line 1 it hears itself at spike input {n}.", n=", ".join(map(str, heard)))
                 if heard else tr("No plug from line 1 to a spike input was found."))  # fmt: skip
    data: dict[str, object] = {"vref_mv": result.vref_mv, "free_ram": result.free_ram, "loopback": heard,
                               "channels_v": [round(mean, 4) for mean, _ in channels],
                               "noise_v": [round(sigma, 5) for _, sigma in channels]}  # fmt: skip
    return data, lines
