"""Statistics on arrays: pure functions, no I/O, no knowledge of where the counts come from.

Every function is vectorised (scalars, arrays, anything that broadcasts), works in double
precision in a fixed order, and gives NaN where a value is not defined rather than raising.
"""
