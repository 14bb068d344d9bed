"""Networks that Lu.i boards can carry: three dendrites, trimmers in steps, parts with tolerances."""
