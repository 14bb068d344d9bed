"""The page where a network moves onto an emulated chip: chosen, calibrated, placed, run, taught in the loop."""
