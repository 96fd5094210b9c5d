"""The cells: their columns, and the codes of what is unknown."""

from __future__ import annotations

import pyarrow as pa

UNKNOWN_TERRITORY = "UNK"
UNKNOWN_SEX = "9"
UNKNOWN_AGE = "UNK"

SUM_TYPE = pa.decimal128(38, 6)
CELLS_SCHEMA = pa.schema(
    [
        ("indicator", pa.string()),
        ("period", pa.string()),
        ("territory", pa.string()),
        ("sex", pa.string()),
        ("age_band", pa.string()),
        ("n_den", pa.int64()),
        ("n_num", pa.int64()),
        ("s_x", SUM_TYPE),
        ("s_x2", SUM_TYPE),
    ]
)
KEYS = ("indicator", "period", "territory", "sex", "age_band")
