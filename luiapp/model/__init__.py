"""What is wired: plain data, validated, JSON. Nothing evolves here."""
