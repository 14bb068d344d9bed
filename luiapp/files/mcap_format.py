"""How a recording lies in an MCAP file.

MCAP (mcap.dev) is an open, append-only container of time-stamped messages in compressed, checksummed blocks, with an
index at the end that is a convenience only: a file whose writer died has no index and is still read up to the cut.
What is particular to us:

=============  ====================  =================================================================================
topic          message encoding      content
=============  ====================  =================================================================================
``/metadata``  ``json``              object: ``network`` (its description), ``created``, ``software``, …; a later
                                     message adds to and replaces fields of the earlier ones
``/layout``    ``json``              object: what the columns mean from here on (``dt`` in s, ``traces``, ``neurons``,
                                     ``kind``). Repeated whenever columns, rate or clock start anew: each begins a
                                     *segment*, which is a recording of its own
``/samples``   ``luiapp.samples``    little endian: int64 index of the first sample, uint32 n_samples, uint32 n_traces,
                                     then float32[n_samples][n_traces] in the units of the layout (not-a-number where
                                     nothing was measured). Sample i was taken at i·dt
``/spikes``    ``luiapp.spikes``     little endian, one after the other: float64 time in s, int32 index of the neuron
``/events``    ``json``              list of objects ``time, kind, target, name, value``: knobs, markers, stimuli, gaps
=============  ====================  =================================================================================

``log_time`` is the time on the stream's clock in ns (0 where negative), ``publish_time`` the wall clock when the
message was written. A gap in the samples shows as a jump of the index. The profile in the header is ``luiapp``.
"""

from __future__ import annotations

import struct

import numpy as np

PROFILE = "luiapp"
VERSION = 1
METADATA, LAYOUT, SAMPLES, SPIKES, EVENTS = "/metadata", "/layout", "/samples", "/spikes", "/events"
SAMPLES_HEADER = struct.Struct("<qII")
SPIKE = np.dtype([("time", "<f8"), ("neuron", "<i4")])

# topic: (name of the schema, its encoding, its text, message encoding)
SCHEMAS = {
    METADATA: ("luiapp.Metadata", "jsonschema", '{"type": "object"}', "json"),
    LAYOUT: (
        "luiapp.Layout",
        "jsonschema",
        '{"type": "object", "required": ["dt", "traces", "neurons"], "properties": {"dt": {"type": "number"}, '
        '"traces": {"type": "array"}, "neurons": {"type": "array", "items": {"type": "string"}}, '
        '"kind": {"type": "string"}}}',
        "json",
    ),
    SAMPLES: (
        "luiapp.Samples",
        "luiapp.text",
        "little endian: int64 i_first, uint32 n_samples, uint32 n_traces, float32[n_samples][n_traces]",
        "luiapp.samples",
    ),
    SPIKES: (
        "luiapp.Spikes",
        "luiapp.text",
        "little endian, repeated: float64 time_s, int32 i_neuron",
        "luiapp.spikes",
    ),
    EVENTS: ("luiapp.Events", "jsonschema", '{"type": "array", "items": {"type": "object"}}', "json"),
}
