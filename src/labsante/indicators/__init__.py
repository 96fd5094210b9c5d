"""Indicators: definitions as data, additive cells, and the statistics that read them."""

from labsante.indicators.definitions import catalogue
from labsante.indicators.documents import definition_document
from labsante.indicators.form import Indicator
from labsante.indicators.reader import read_indicator
from labsante.indicators.results import derive
from labsante.indicators.rollup import candidate_rows
from labsante.indicators.store import compute_cells, read_cells, read_cells_manifest

__all__ = [
    "Indicator",
    "candidate_rows",
    "catalogue",
    "compute_cells",
    "definition_document",
    "derive",
    "read_cells",
    "read_cells_manifest",
    "read_indicator",
]
