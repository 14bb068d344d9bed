"""Learning, GUI-free: data sets, spike codes, surrogate gradients, exact spike times. Arrays in, arrays out."""
