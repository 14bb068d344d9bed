"""Protocols that any rig can run, what they end with, and the fit of a board twin."""
