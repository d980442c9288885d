"""The one look of all figures, and what several lessons draw."""
