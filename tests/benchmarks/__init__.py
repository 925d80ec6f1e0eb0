"""Figures, measured on the machine that runs them: `make bench`."""
