"""Timings, side by side in one run: one module a claim, each with ``run() -> list[Row]``.

Ratios travel between machines, absolute seconds do not: every row says both sides.
"""
