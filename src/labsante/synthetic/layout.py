"""Where each file of the delivery lies under ``raw/``, without its suffix."""

from __future__ import annotations

from labsante.synthetic.calendar import month_text


def referential_path(table: str) -> str:
    """``REFERENTIALS/IR_BEN_R``."""
    return f"REFERENTIALS/{table}"


def flux_path(table: str, flux_month: int) -> str:
    """``DCIR/2021-02/ER_PRS_F``; the month is that of FLX_DIS_DTD."""
    return f"DCIR/{month_text(flux_month)}/{table}"


def hospital_path(table: str, year: int) -> str:
    """``PMSI/2021/T_MCO21B``."""
    return f"PMSI/{year}/{table.replace('aa', f'{year % 100:02d}', 1)}"


def certificate_path(table: str, year: int) -> str:
    """``CEPIDC/2021/KI_CCI_R``."""
    return f"CEPIDC/{year}/{table}"


def landing_path(table: str) -> str:
    """``LANDING/LANDING_MDPH``."""
    return f"LANDING/{table}"


def cartography_path(table: str, year: int) -> str:
    """``CARTOGRAPHIE/2021/CT_IND_2021_G11``."""
    return f"CARTOGRAPHIE/{year}/{table.replace('AAAA', str(year)).replace('GN', 'G11')}"
