"""Protocols that any rig can run."""
