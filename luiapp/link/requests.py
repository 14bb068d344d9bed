"""Requests to a device: no more at a time than it has room for, and what became of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from luiapp.link import messages as msg
from luiapp.link.message import Message
from luiapp.texts import mark, tr

ANSWER = 1.0  # s for an answer
MOST_UNANSWERED = 3  # requests; their frames fit into the 64 bytes that a device has room for
# The device does nothing else meanwhile.
_SLOW = (msg.SelfTest.ID, msg.SetId.ID, msg.CalibrationSet.ID)
# Answers that don't name their request.
_ASKED = {msg.Calibration.ID: msg.CalibrationGet.ID, msg.SelfTestResult.ID: msg.SelfTest.ID,
          msg.Status.ID: msg.StatusGet.ID}  # fmt: skip
_REASONS = {
    1: mark("its firmware doesn't know '{request}'; update it with 'luiapp firmware flash'"),
    2: mark("its firmware is newer or older than expected ('{request}' is too short)"),
    3: mark("a value of '{request}' is out of range (field {detail})"),
    4: mark("'{request}' is too fast for it; the shortest period is {detail} µs"),
    5: mark("'{request}' can't be done while it streams"),
    6: mark("it speaks version {detail} of the protocol only; update the app or its firmware"),
    7: mark("its memory could not be written"),
}


@dataclass(frozen=True)
class Refusal:
    """A request that an adapter did not obey, and why, in a sentence."""

    request: int
    code: int
    detail: int
    text: str


def refusal(nack: msg.Nack) -> Refusal:
    """What a `Nack` says."""
    known = msg.MESSAGES.get(nack.request)
    reason = _REASONS.get(nack.code, mark("it refused '{request}' (reason {code})"))
    text = tr(reason, code=nack.code, request=known.__name__ if known else f"0x{nack.request:02x}", detail=nack.detail)
    return Refusal(nack.request, nack.code, nack.detail, text)


class Requests:
    """Requests that wait to be sent, and those that wait for an answer."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, int, bytes]] = deque()  # message, sequence number, body
        self._sent: dict[int, tuple[int, float]] = {}  # by sequence number: message, when

    def clear(self) -> None:
        """Forget all."""
        self._waiting.clear()
        self._sent.clear()

    def put(self, id: int, seq: int, body: bytes) -> None:
        """One more."""
        self._waiting.append((id, seq, body))

    def due(self, now: float) -> Iterator[tuple[int, int, bytes]]:
        """What may be sent now."""
        while self._waiting and len(self._sent) < MOST_UNANSWERED:
            id, seq, body = self._waiting[0]
            if any(request in _SLOW for request, _ in self._sent.values()) or (id in _SLOW and self._sent):
                return
            self._waiting.popleft()
            self._sent[seq] = id, now
            yield id, seq, body

    def answered(self, message: Message) -> None:
        """A message came that may be the answer to one of them."""
        if isinstance(message, msg.Ack | msg.Nack):
            self._sent.pop(message.request_seq, None)
        elif message.ID in _ASKED:
            asked = _ASKED[message.ID]
            seq = next((seq for seq, (request, _) in self._sent.items() if request == asked), None)
            if seq is not None:
                del self._sent[seq]

    def expire(self, now: float) -> int:
        """Give up those that were sent too long ago; returns how many."""
        late = [seq for seq, (_, sent) in self._sent.items() if now - sent > ANSWER]
        for seq in late:
            del self._sent[seq]
        return len(late)
