"""LINE_ID: sixty bits of MD5 over the nine keys, computed once at reception.

Canonical text: dates ``YYYY-MM-DD``, integers without leading zeros, ORG_CLE_NUM trimmed,
``|`` between. A collision inside a flux month makes the month use the next salt.
"""

from __future__ import annotations

import hashlib

from labsante.snds import NINE_KEYS

_DATES = ("FLX_DIS_DTD", "FLX_TRT_DTD")


def key_text_sql() -> str:
    """SQL: the nine keys in canonical text, from typed columns; none may be NULL."""
    parts = []
    for name in NINE_KEYS:
        if name == "ORG_CLE_NUM":
            parts.append(f"trim({name})")
        else:
            parts.append(f"CAST({name} AS VARCHAR)")
    return " || '|' || ".join(parts)


def line_id_sql(salt: int = 0) -> str:
    """SQL: LINE_ID from the typed nine keys; a salt other than 0 is one more field."""
    text = key_text_sql()
    if salt:
        text += f" || '|{salt}'"
    return f"CAST('0x' || substr(md5({text}), 1, 15) AS BIGINT)"


def line_id(keys: tuple[str, ...], salt: int = 0) -> int:
    """The same in plain Python, from the nine keys already in canonical text."""
    text = "|".join((*keys, str(salt)) if salt else keys)
    return int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:15], 16)
