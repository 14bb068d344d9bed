"""Everything that can stand on the table: simulated, real, or played back."""
