"""Adapters to talk to: in Python, as a program, and as the real image in a simulator. For tests."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from luiapp.link import messages as msg
from luiapp.link.adapter import Adapter, answers_as_adapter
from luiapp.link.message import Message
from luiapp.link.requests import Refusal
from luiapp.rigs.virtual import virtual_adapter

FIRMWARE = Path(__file__).parents[2] / "firmware"
NEEDS = {"native": ("gcc",), "simavr": ("gcc", "avr-gcc")}
M = TypeVar("M")


def lacking(kind: str) -> str:
    """What a kind of device needs and this computer hasn't; or nothing."""
    names = [name for name in NEEDS.get(kind, ()) if shutil.which(name) is None]
    if kind == "simavr" and not Path("/usr/include/simavr/sim_avr.h").exists():
        names.append("libsimavr-dev")
    return ", ".join(names)


@contextlib.contextmanager
def process(command: list[str], link: Path) -> Iterator[str]:
    """A device behind a pty named `link`, until the block ends."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as device:
        try:
            until = time.monotonic() + 10
            while not link.exists():
                assert device.poll() is None and time.monotonic() < until, "the device didn't start"
                time.sleep(0.01)
            yield str(link)
        finally:
            assert device.stdin is not None and device.stderr is not None
            device.stdin.close()
            code = device.wait(10)
            errors = device.stderr.read().decode()
    assert code == 0 and "ERROR" not in errors and "runtime error" not in errors, errors


@contextlib.contextmanager
def device(kind: str, build: Path, folder: Path, *more: str, name: str = "port") -> Iterator[Callable[[], Adapter]]:
    """A running device; what is yielded makes a client for it."""
    link = folder / name
    if kind == "virtual":
        one = virtual_adapter()
        yield lambda: one
    elif kind == "native":
        with process([str(build / "adapter-host"), "pty", str(link), *more], link) as path:
            yield lambda: Adapter(path)
    else:
        with process([str(build / "simrun"), str(build / "adapter.elf"), str(link), *more], link) as path:
            yield lambda: Adapter(path)


class Talk:
    """A greeted adapter, and everything that it sends."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.heard: list[Message | Refusal] = []
        assert answers_as_adapter(adapter, 5.0), [note.text for note in adapter.notes]

    def listen(self, seconds: float) -> None:
        """Go on for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.heard += self.adapter.poll(time.monotonic())
            time.sleep(0.002)

    def wait(self, kind: type[M], patience: float = 5.0) -> M:
        """The next message of a kind; earlier ones are dropped."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            self.heard += self.adapter.poll(time.monotonic())
            for i, message in enumerate(self.heard):
                if isinstance(message, kind):
                    del self.heard[: i + 1]
                    return message
            time.sleep(0.002)
        raise AssertionError(f"no {kind.__name__} came within {patience} s; {len(self.heard)} others did")

    def ask(self, request: Message, kind: type[M]) -> M:
        """The answer to a request; what came before it is no answer."""
        self.heard = [message for message in self.heard if not isinstance(message, kind)]
        self.adapter.send(request)
        return self.wait(kind)

    def all(self, kind: type[M]) -> list[M]:
        """Every message of a kind that came."""
        return [message for message in self.heard if isinstance(message, kind)]

    def status(self) -> msg.Status:
        return self.ask(msg.StatusGet(), msg.Status)
