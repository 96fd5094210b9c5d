"""Words that one of the engines reserves: a name that is one of them goes out in quotes.

Sources: ``duckdb_keywords()`` of DuckDB 2.0 (reserved and type_function), the ANSI keyword table
of the Spark 4 SQL reference (reserved and strict non-reserved), the Oracle Database 19c SQL
Language Reference, appendix E.
"""

from __future__ import annotations

_DUCKDB = """
all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case
cast check collate collation column columns concurrently constraint create cross default
deferrable desc describe distinct do else end except false fetch for foreign freeze from full
generated glob group having ilike in initially inner intersect into is isnull join lambda lateral
leading left like limit map natural not notnull null offset on only or order outer overlaps pivot
pivot_longer pivot_wider placing positional primary qualify references returning right select semi
show similar some struct summarize symmetric table tablesample then to trailing true try_cast
tuple union unique unpack unpivot using variadic verbose when where window with
"""

_SPARK = """
all and anti any as authorization both case cast check collate collation column constraint create
cross current_date current_time current_timestamp current_user distinct else end escape except
execute false fetch filter for foreign from full grant group having in inner intersect into is
join lateral leading left minus natural not null offset on only or order outer overlaps primary
references right select semi session_user some sql table then time to trailing union unique
unknown user using when where with within
"""

_ORACLE = """
access add all alter and any as asc audit between by char check cluster column column_value
comment compress connect create current date decimal default delete desc distinct drop else
exclusive exists file float for from grant group having identified immediate in increment index
initial insert integer intersect into is level like lock long maxextents minus mlslabel mode
modify nested_table_id noaudit nocompress not nowait null number of offline on online option or
order pctfree prior public raw rename resource revoke row rowid rownum rows select session set
share size smallint start successful synonym sysdate table then to trigger uid union unique update
user validate values varchar varchar2 view whenever where with
"""

RESERVED = frozenset((_DUCKDB + _SPARK + _ORACLE).split())
