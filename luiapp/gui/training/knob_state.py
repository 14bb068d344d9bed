"""Which knobs there are, what they offer, and how a value is said. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from luiapp.gui.training.data_state import KINDS
from luiapp.texts import mark, tr


@dataclass(frozen=True)
class Knob:
    """One knob.

    Attributes
    ----------
    name : str, a field of `Setup`
    text, help : str, what stands over it and in its tool tip
    values : tuple, what it offers; a link or a file may bring others
    words : dict, texts of values that are no numbers
    dear : bool, whether it is always seen; the others fold away
    """

    name: str
    text: str
    help: str
    values: tuple[Any, ...]
    words: dict[Any, str]
    dear: bool = False


NO_YES = {False: mark("no"), True: mark("yes")}
TABLE = (
    Knob("data", mark("Data"), mark("What is to be told apart; the network begins anew"), KINDS,
         {"yinyang": mark("Yin-Yang"), "painted": mark("painted points"), "digits": mark("digits, 8×8"),
          "randman": "Randman"}, True),
    Knob("method", mark("Learns by"), mark("How the network finds out what each weight did"),
         ("surrogate", "ttfs", "eventprop"),
         {"surrogate": mark("surrogate gradient"), "ttfs": mark("first spike times"), "eventprop": "EventProp"}, True),
    Knob("surrogate", mark("Surrogate"), mark("What stands in for the derivative of a spike"),
         ("superspike", "sigmoid", "esser", "arctan", "triangular", "asymptotic", "none"),
         {"superspike": "SuperSpike", "sigmoid": mark("sigmoid"), "esser": "Esser", "arctan": mark("arctangent"),
          "triangular": mark("triangle"), "asymptotic": mark("asymptotic"), "none": mark("none at all")}, True),
    Knob("beta", mark("Steepness β"), mark("The larger, the closer to threshold a membrane must be in order to learn"),
         (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 500.0), {}, True),
    Knob("delays", mark("Delays"), mark("Whether delays are learned beside the weights"),
         ("none", "axonal", "dendritic", "synaptic", "inputs"),
         {"none": mark("fixed"), "axonal": mark("of axons"), "dendritic": mark("of dendrites"),
          "synaptic": mark("of synapses"), "inputs": mark("of inputs")}, True),
    Knob("hidden", mark("Hidden neurons"), mark("Neurons between inputs and answer; the network begins anew"),
         (2, 5, 10, 20, 30, 60, 120, 200, 400), {}, True),
    Knob("rate", mark("Learning rate"), mark("How far the weights go in one step"),
         (1e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1, 0.5), {}, True),
    Knob("seed", mark("Seed"), mark("Chooses the first weights and the order of samples; the same seed, the same run"),
         (*range(10), 42), {}, True),
    Knob("code", mark("Code"), mark("How a coordinate becomes spikes: by one spike's time, or by how many there are"),
         ("latency", "rate"), {"latency": mark("spike times"), "rate": mark("rates")}),
    Knob("loss", mark("Answer read"), mark("What of the output's membrane counts as the answer"),
         ("maximum", "mean", "last", "first spike"),
         {"maximum": mark("at its highest"), "mean": mark("on average"), "last": mark("at the end"),
          "first spike": mark("who fires first")}),
    Knob("patience", mark("Early stop"),
         mark("After so many epochs without a better answer it stops and goes back to the best"),
         (0, 2, 5, 10, 20), {0: mark("never")}),
    Knob("at_most", mark("Spikes at most"), mark("More spikes per hidden neuron and sample cost; 0: no bound"),
         (0.0, 0.1, 0.2, 0.5, 1.0, 2.0), {}),
    Knob("at_least", mark("Spikes at least"), mark("Fewer spikes per hidden neuron and sample cost; 0: no bound"),
         (0.0, 0.1, 0.2, 0.5, 1.0), {}),
    Knob("dropout", mark("Dropout"), mark("Share of hidden neurons that are unheard in a mini-batch"),
         (0.0, 0.1, 0.2, 0.3, 0.5), {}),
    Knob("decay", mark("Rate decay"), mark("What remains of the learning rate after an epoch"),
         (0.9, 0.93, 0.96, 0.98, 1.0), {}),
    Knob("attached", mark("Reset learns"), mark("Whether the reset takes part in the gradient"), (False, True), NO_YES),
    Knob("recurrent", mark("Recurrent"), mark("Whether hidden neurons reach each other; the network begins anew"),
         (False, True), NO_YES),
    Knob("normalise", mark("Normalised"),
         mark("Whether currents of hidden neurons are normalised over a mini-batch, step by step; the network begins "
              "anew"), (False, True), NO_YES),
)  # fmt: skip
BY_NAME = {one.name: one for one in TABLE}


def said(knob: Knob, value: Any, decimal: str = ".") -> str:
    """A value in words or figures."""
    word = knob.words.get(value)
    if word is not None:
        return tr(word)
    return f"{value:.6g}".replace(".", decimal) if isinstance(value, float) else str(value)


def offered(knob: Knob, value: Any) -> list[Any]:
    """What the knob offers, `value` among it."""
    if value in knob.values:
        return list(knob.values)
    return sorted([*knob.values, value])
