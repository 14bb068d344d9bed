"""Morse over spikes: one spike is a dot, a few quick ones are a dash."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from luiapp.errors import ParameterError
from luiapp.model.library.claims import Spikes
from luiapp.texts import tr

# International Morse code, ITU-R M.1677-1.
CODE = {
    "A": ".-", "B": "-...", "C": "-.-.", "D": "-..", "E": ".", "F": "..-.", "G": "--.", "H": "....", "I": "..",
    "J": ".---", "K": "-.-", "L": ".-..", "M": "--", "N": "-.", "O": "---", "P": ".--.", "Q": "--.-", "R": ".-.",
    "S": "...", "T": "-", "U": "..-", "V": "...-", "W": ".--", "X": "-..-", "Y": "-.--", "Z": "--..",
}  # fmt: skip
_LETTERS = {sign: letter for letter, sign in CODE.items()}
_DASH = 3  # pulses
_STEP = 0.08  # s, between the pulses of a dash
_SIGN_GAP = 0.25  # s, from the end of a sign to the next
_LETTER_GAP = 0.7  # s, from the end of a letter to the next


def morse_times(word: str, *, start: float = 0.0) -> list[float]:
    """When to pulse [s] so that `word` (letters A to Z) is sent; `ParameterError` at any other character."""
    times, now = [], start
    for letter in word.upper():
        if letter not in CODE:
            raise ParameterError("there is no Morse for '{letter}'; letters from A to Z can be sent", letter=letter)
        for sign in CODE[letter]:
            n = _DASH if sign == "-" else 1
            times += [round(now + _STEP * k, 6) for k in range(n)]
            now = times[-1] + _SIGN_GAP
        now += _LETTER_GAP - _SIGN_GAP
    return times


def read_morse(times: list[float]) -> str:
    """The word that spikes at `times` [s], sorted, spell; what is no letter becomes a question mark."""
    if not times:
        return ""
    word, letter, n = "", "", 1
    for gap in [b - a for a, b in pairwise(times)] + [10 * _LETTER_GAP]:
        if gap < (_STEP + _SIGN_GAP) / 2:
            n += 1
            continue
        letter += "." if n == 1 else "-"
        n = 1
        if gap > (_SIGN_GAP + _LETTER_GAP) / 2:
            word += _LETTERS.get(letter, "?")
            letter = ""
    return word


@dataclass(frozen=True)
class Reads:
    """The spikes of board `name` spell `word`."""

    name: str
    word: str

    def __call__(self, spikes: Spikes) -> list[str]:
        read = read_morse([float(t) for t in spikes[self.name]])
        if read == self.word:
            return []
        return [tr("'{word}' was sent, and '{read}' arrived", word=self.word, read=read)]
