"""How surrogate gradients are made and used: the options of ``train`` that only they understand."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from luiapp.cli.parser import count
from luiapp.errors import ParameterError
from luiapp.texts import tr

if TYPE_CHECKING:
    from luiapp.train.surrogate.network import Bound
    from luiapp.train.task import SurrogateTask

SURROGATES = ("superspike", "sigmoid", "esser", "arctan", "triangular", "asymptotic", "none")  # without numba
LOSSES = ("maximum", "last", "mean", "first-spike")
_OF_BOUNDS = ("strength", "power", "population")
OPTIONS = ("recurrent", "surrogate", "beta", "attached_reset", "loss", "at_least", "at_most", *_OF_BOUNDS, "dropout",
           "normalise", "rate", "weight_decay", "patience")  # fmt: skip


def ruled(task: SurrogateTask, options: Namespace) -> SurrogateTask:
    """The task with what the options say; what they don't mention stays as it is."""
    rule = _given(surrogate=options.surrogate, beta=options.beta, dropout=options.dropout,
                  loss=options.loss and options.loss.replace("-", " "))  # fmt: skip
    adam = _given(rate=options.rate, weight_decay=options.weight_decay)
    return replace(
        task,
        net=replace(task.net, recurrent=options.recurrent, normalise=options.normalise),
        rule=replace(task.rule, attached=options.attached_reset, bounds=_bounds(options) or task.rule.bounds, **rule),
        schedule=replace(task.schedule, adam=replace(task.schedule.adam, **adam), **_given(patience=options.patience)),
    )


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _bounds(options: Namespace) -> tuple[Bound, ...]:
    from luiapp.train.surrogate.network import Bound

    wanted = [(options.at_least, False), (options.at_most, True)]
    if options.at_least is None and options.at_most is None:
        for name in _OF_BOUNDS:
            if getattr(options, name) not in (None, False):
                raise ParameterError("'--{option}' goes with '--at-least' and '--at-most'", option=name)
    shape = _given(power=options.power)
    strength = 0.1 if options.strength is None else options.strength
    return tuple(
        Bound(n, strength, upper=upper, population=options.population, **shape)
        for n, upper in wanted
        if n is not None
    )  # fmt: skip


def add_arguments(parser: ArgumentParser) -> None:
    """What only surrogate gradients understand."""
    group = parser.add_argument_group(tr("with surrogate gradients"))
    group.add_argument("--recurrent", action="store_true", help=tr("let hidden neurons reach each other"))
    group.add_argument("--surrogate", choices=SURROGATES,
                       help=tr("what stands in for the derivative of a spike (superspike)"))  # fmt: skip
    group.add_argument("--beta", type=float, metavar="X", help=tr("its steepness (10)"))
    group.add_argument("--attached-reset", action="store_true", help=tr("let the reset take part in the gradient"))
    group.add_argument("--loss", choices=LOSSES, help=tr("what of the readout tells the classes apart (maximum)"))
    group.add_argument("--at-least", type=float, metavar="N", help=tr("spikes that each hidden neuron should fire"))
    group.add_argument("--at-most", type=float, metavar="N", help=tr("spikes that each hidden neuron may fire"))
    group.add_argument("--strength", type=float, metavar="X", help=tr("what a spike beyond costs (0.1)"))
    group.add_argument("--power", type=int, choices=(1, 2), help=tr("whether the cost grows evenly or squared (2)"))
    group.add_argument("--population", action="store_true", help=tr("bind the layer's mean instead of each neuron"))
    group.add_argument("--dropout", type=float, metavar="X",
                       help=tr("share of hidden neurons unheard in a mini-batch, in all its steps (0)"))  # fmt: skip
    group.add_argument("--normalise", action="store_true", help=tr("batch normalisation through time"))
    group.add_argument("--rate", type=float, metavar="X", help=tr("learning rate"))
    group.add_argument("--weight-decay", type=float, metavar="X", help=tr("what weights lose, per learning rate (0)"))
    group.add_argument("--patience", type=count(), metavar="N",
                       help=tr("stop after so many epochs without progress, and keep the best"))  # fmt: skip
