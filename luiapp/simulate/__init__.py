"""Numerical simulation of a network."""

from luiapp.simulate.engine import Options, Simulation, build, run

__all__ = ["Options", "Simulation", "build", "run"]
