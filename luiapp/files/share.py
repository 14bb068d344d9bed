"""A circuit as a short text, for a chat, a mail or a worksheet.

``LUI1.`` and then, in URL-safe base64 without padding: CRC-32 of the rest (4 bytes, big-endian), and the network's JSON
in UTF-8, deflated with `_WORDS` as preset dictionary. Spaces and line breaks anywhere in the text don't matter.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib

from luiapp.errors import FormatError
from luiapp.files.codec import from_json
from luiapp.files.networks import MAX_JSON_NEURONS
from luiapp.model.network import Network

MARK = "LUI1."
MAX_SHARED = 100_000  # characters of a text
_MAX_CONTENT = 8 * 2**20  # bytes of the JSON in it
# What every circuit says, so that it needn't be sent. Part of the format: never to be changed while the mark is LUI1.
_WORDS = (
    b'"kind":"poisson","rate":"kind":"step","amplitude":"kind":"spike_train","times":[,"start":0.0,"jitter":0.0,"seed":0,'
    b'"hold":"model":"lif","parameters":{"tau_mem":0.02,"v_leak":"v_threshold":"v_reset":"weight":0.0,"delay":0.0},{'
    b'"interval":4.0,"times":[0.5,2.5],"width":0.0159},"to":0,"synapse":0,"weight":0.0}],"probes":[{"neuron":0,'
    b'"quantity":"membrane"},{"neuron":1,"quantity":"membrane"}]}"connections":[{"from":0,"to":1,"synapse":0,'
    b'"weight":0.0,"delay":0.0}],"stimuli":[{"stimulus":{"kind":"train",{"format":"luiapp-network","version":1,'
    b'"model":"lui","name":"","synapse_shape":"exponential","neurons":[{"name":"N1","parameters":{"r_vleak":41000.0,'
    b'"r_leak":3000.0,"r_tsyn":4000.0,"r_w1":11000.0,"r_w2":11000.0,"r_w3":11000.0,"sign_1":1.0,"sign_2":1.0,'
    b'"sign_3":1.0,"v_cell":3.0,"r_cell":0.1,"noise":0.0,"parts_seed":1.0},"position":[300.0,0.0]},{"name":"N2",'
)


def network_to_text(network: Network) -> str:
    """`network` as one line of text, all of it; a `FormatError` if it is too large to be shared like this."""
    content = json.dumps(network.to_dict(), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS, zdict=_WORDS)
    packed = packer.compress(content.encode("utf-8", "replace")) + packer.flush()
    whole = zlib.crc32(packed).to_bytes(4, "big") + packed
    text = MARK + base64.urlsafe_b64encode(whole).decode("ascii").rstrip("=")
    if len(text) > MAX_SHARED or len(content) > _MAX_CONTENT:
        raise FormatError("the circuit is too large for a text: {n} characters, and {limit} is the most; send the file",
                          n=len(text), limit=MAX_SHARED)  # fmt: skip
    return text


def is_shared(text: str) -> bool:
    """Whether `text` looks like a circuit that somebody shared, of any version."""
    return re.match(r"\s*LUI\d+\.", text) is not None


def network_from_text(text: str) -> Network:
    """The network in a text of `network_to_text`.

    Raises
    ------
    FormatError
        If it is no such text, of a later version, incomplete or changed, or too large.
    """
    if len(text) > 2 * MAX_SHARED:
        raise FormatError("a circuit as text has {limit} characters at most; this one has {n}",
                          limit=MAX_SHARED, n=len(text))  # fmt: skip
    joined = "".join(text.split())
    if not joined.startswith(MARK):
        if is_shared(joined):
            raise FormatError("this text was written by a later version of the program; update this one")
        raise FormatError("this is no circuit: the text must begin with {mark}", mark=MARK)
    body = joined[len(MARK) :]
    try:
        whole = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise FormatError("the text is damaged: it holds signs that don't belong there; copy all of it again") from None
    packed = whole[4:]
    if len(whole) < 5 or zlib.crc32(packed) != int.from_bytes(whole[:4], "big"):
        raise FormatError("the text is incomplete or was changed on its way; copy all of it again")
    return Network.from_dict(_unpacked(packed))


def _unpacked(packed: bytes) -> dict[str, object]:
    unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS, zdict=_WORDS)
    try:
        content = unpacker.decompress(packed, _MAX_CONTENT)
    except zlib.error as error:
        raise FormatError("the text can't be unpacked ({reason})", reason=error) from None
    if not unpacker.eof:
        raise FormatError("what is in the text is too large: {limit} bytes is the most", limit=_MAX_CONTENT)
    data = from_json(content)
    neurons = data.get("neurons") if isinstance(data, dict) else None
    if isinstance(neurons, list) and len(neurons) > MAX_JSON_NEURONS:
        raise FormatError("it has {n} neurons; {limit} is the most that can be read",
                          n=len(neurons), limit=MAX_JSON_NEURONS)  # fmt: skip
    if not isinstance(data, dict):
        raise FormatError("this is not a network: its field 'format' is not '{format}'", format="luiapp-network")
    return data
