"""Named code lists, and what is built on them: pathology algorithms, cohorts."""

from labsante.conditions.lists import CodeEntry, NamedCodeList, code_lists

__all__ = ["CodeEntry", "NamedCodeList", "code_lists"]
