"""NumPy networks: their layers, what they draw at random, many runs side by side, and other normalizations."""
