"""numba lives here and nowhere else: plain arrays in, plain arrays out."""
