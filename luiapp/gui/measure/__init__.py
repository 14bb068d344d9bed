"""The panel of measurements."""
