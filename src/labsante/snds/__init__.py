"""What the source is: raw tables, columns, keys, nomenclatures, code lists, territories.

Data files and the few pure functions that read them. No engine, no path, no I/O elsewhere.
"""
