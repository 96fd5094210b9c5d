"""The site and the API: what a publication says, as pages, charts, tables and files.

Reads the publication (and the desk's requests) and nothing else.
"""
