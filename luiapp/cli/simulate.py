"""The verb ``simulate``: a network from a file or the library, for a while, into a file."""

from __future__ import annotations

import sys
import threading
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import Verb, count, quantity
from luiapp.cli.paths import add_overwrite, new_file
from luiapp.cli.report import Report, table
from luiapp.errors import FileError
from luiapp.texts import mark, tr
from luiapp.units import format_quantity

if TYPE_CHECKING:
    from luiapp.model.network import Network

_IMPATIENCE = 2.5  # s until somebody who waits is told why
_OPTIONS = ("dt", "record_every", "seed", "dtype", "threads")


def simulate(options: Namespace) -> Report:
    """Run it, write what came out, and say how it went."""
    from luiapp.data.analysis import summary
    from luiapp.simulate import Options, run

    out = new_file(options.out, overwrite=options.overwrite) if options.out else None
    network = find_network(options.network)
    chosen = Options(**{name: getattr(options, name) for name in _OPTIONS if getattr(options, name) is not None})
    _compile(network, chosen)
    begun = time.perf_counter()
    recording = run(network, options.duration, options=chosen)
    wall = time.perf_counter() - begun
    files: list[Path] = []
    if out is not None:
        from luiapp.files import write_recording

        files = write_recording(out, recording)
    data: dict[str, Any] = {
        "network": options.network,
        "file": out,
        "files": files,
        "n_neurons": network.n_neurons,
        "n_samples": recording.samples.shape[0],
        "n_spikes": len(recording.spike_times),
        "duration": recording.duration,
        "wall_time": wall,
        "real_time_factor": recording.duration / wall if wall > 0 else None,
        "summary": summary(recording),
    }
    return Report(data, _lines(data, network))


def _compile(network: Network, options: Any) -> None:
    """Have the simulation compiled, so that its time isn't counted; who has to wait for it is told why."""
    from luiapp.simulate import run

    word = tr("compiling the simulation; this happens once and may take half a minute …")
    telling = threading.Timer(_IMPATIENCE, print, (word,), {"file": sys.stderr, "flush": True})
    telling.daemon = True
    telling.start()
    try:
        run(network, options.dt * options.record_every, options=options)
    finally:
        telling.cancel()
        telling.join()


def find_network(text: str) -> Network:
    """The network in the file `text`, the example of that name, or the circuit that was shared as that text."""
    from luiapp.files.share import is_shared, network_from_text
    from luiapp.model.library import EXAMPLES

    if is_shared(text) and len(text) > 40:
        return network_from_text(text)
    path = Path(text)
    if path.is_file():
        from luiapp.files import read_network

        return read_network(path)
    if text in EXAMPLES:
        return EXAMPLES[text].build()
    raise FileError(
        "there is neither a file nor an example '{name}'; the examples are {names}",
        name=text, names=", ".join(sorted(EXAMPLES)),
    )  # fmt: skip


def _lines(data: dict[str, Any], network: Network) -> list[str]:
    rate = data["n_spikes"] / data["duration"] / max(1, data["n_neurons"])
    rows = [
        (tr("circuit"), f"{network.name or data['network']}: {data['n_neurons']} × {tr(network.kind.about)}"),
        (tr("simulated"), format_quantity(data["duration"], "s")),
        (tr("took"), format_quantity(data["wall_time"], "s")),
        (tr("spikes"), f"{data['n_spikes']} ({format_quantity(rate, 'Hz')})"),
    ]
    if data["file"] is not None:
        rows.append((tr("written to"), ", ".join(map(str, data["files"]))))
    return table(rows)


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "network", metavar=tr("NETWORK"), help=tr("a file such as circuit.json, or an example such as 'single'")
    )
    parser.add_argument(
        "--duration", type=quantity("s"), required=True, metavar=tr("TIME"), help=tr("how long, such as '2 s'")
    )
    parser.add_argument(
        "--out", metavar=tr("FILE"), help=tr("where to, such as run.npz or run.csv; without it only the summary")
    )
    parser.add_argument("--dt", type=quantity("s"), metavar=tr("TIME"), help=tr("step of the integration (100 us)"))
    parser.add_argument("--record-every", type=count(), metavar="N", help=tr("keep every N-th step of the traces (1)"))
    parser.add_argument("--dtype", choices=("float64", "float32"), help=tr("precision (float64)"))
    parser.add_argument("--threads", type=count(), metavar="N", help=tr("threads; results don't depend on it (1)"))
    parser.add_argument("--seed", type=count(0), metavar="N", help=tr("seed of the simulation's own noise (0)"))
    add_overwrite(parser)


CIRCUIT = """\
  {"format": "luiapp-network", "model": "lif",
   "neurons": [{"name": "A", "parameters": {"v_leak": 2.0, "tau_mem": 0.2}}, {"name": "B"}],
   "connections": [{"from": "A", "to": "B", "weight": 10.0, "delay": 0.005}],
   "stimuli": [{"to": "B", "stimulus": {"kind": "step", "amplitude": 0.0001, "start": 0.5}}],
   "probes": [{"neuron": "A"}, {"neuron": "B"}]}"""


def _about_circuits() -> str:
    return tr(
        "A circuit is a JSON file. What is left out takes its default; neurons go by their names:\n{example}\n"
        "'model' is 'lif', the textbook neuron, or 'lui', the board, with its trimmers in ohms; all is in SI\n"
        "units. The window writes such files with Ctrl+S.",
        example=CIRCUIT,
    )


SIMULATE = Verb(
    simulate,
    mark("simulate a circuit and write down what it does"),
    _arguments,
    (
        ('luiapp simulate single --duration "2 s" --out run.npz', mark("two seconds of one Lu.i, for numpy")),
        ("luiapp simulate circuit.json --duration 10s --out run.csv", mark("your own circuit, for a spreadsheet")),
        ("luiapp simulate ring --duration 1s --json", mark("only the figures, for a script")),
    ),
    more=_about_circuits,
)
