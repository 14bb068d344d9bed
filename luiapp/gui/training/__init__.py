"""The learning studio: a network of spiking neurons learns while it is watched and steered."""
