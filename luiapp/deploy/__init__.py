"""A trained network on the emulated chip: carried over, judged, and taught in the loop."""
