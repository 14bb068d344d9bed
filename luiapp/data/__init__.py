"""What was measured: arrays with units, and functions on them."""
