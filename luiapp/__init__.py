"""luiapp: neurons into people's hands."""

__version__ = "0.1.0"
