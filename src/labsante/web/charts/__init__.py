"""Charts as SVG text: pure functions of figures, the same on screen, in print and as a file."""
