"""IR_PHA_R: one row a presentation of the synthetic France."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from labsante.synthetic.columns import Constant, Text, Value, arrow_table
from labsante.synthetic.references import drugs, read_table


def medicine_table() -> pa.Table:
    """IR_PHA_R, sorted by CIP13."""
    table = drugs()
    order = np.argsort(table.cip13)
    count = len(order)
    labels = {row["code"]: row["label"] for row in read_table("atc_labels.csv")}
    atc = table.atc[order].tolist()
    every = np.arange(count)
    antidiabetic = np.char.startswith(table.atc[order], "A10")
    columns: dict[str, Value] = {
        "PHA_CIP_C13": Text(every, [str(c) for c in table.cip13[order].tolist()]),
        "PHA_PRS_IDE": table.cip7[order],
        "PHA_MED_NOM": Text(every, table.label[order].tolist()),
        "PHA_ATC_C07": Text(every, atc),
        "PHA_ATC_L07": Text(every, [labels.get(code, "") for code in atc]),
        "PHA_ATC_C03": Text(every, [code[:3] for code in atc]),
        "PHA_ATC_L03": Text(every, [labels.get(code[:3], "") for code in atc]),
        "PHA_ATC_CLA": Text(every, atc),
        "PHA_CND_TOP": Text(np.where(table.large_pack[order], 0, -1), ["GC"]),
        "PHA_PRI_UNI": Text(every, [f"{c / 100:.2f}" for c in table.price_cents[order].tolist()]),
        "PHA_TAU_COD": Text(every, [str(rate) for rate in table.rate[order].tolist()]),
        "PHA_DIA_TOP": antidiabetic.astype(np.int64),
        "PHA_INS_DTD": Constant("20000101"),
        "PHA_INS_DTF": Constant(None),
    }
    return arrow_table("IR_PHA_R", count, columns)
