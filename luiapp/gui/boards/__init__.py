"""The panel of boards."""
