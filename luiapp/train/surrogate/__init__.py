"""Surrogate gradients: time-stepped LIF networks, back-propagation through time with a stand-in for the spike."""
