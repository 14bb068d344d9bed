"""The stream: sources and rigs, the pump that moves chunks, and what listens."""
