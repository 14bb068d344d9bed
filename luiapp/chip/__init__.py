"""One BrainScaleS-2 core, emulated: unequal, noisy, saturating, quantised, and a thousand times faster than biology."""
