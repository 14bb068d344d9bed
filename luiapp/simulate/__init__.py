"""Numerical simulation of a network."""
