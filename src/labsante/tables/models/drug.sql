-- Presentations of medicines with the period in which each row of the referential holds: the
-- periods of one code never overlap, so a join by code and date never multiplies a dispensing.
WITH codes AS (
    SELECT
        'CIP13' AS code_kind,
        pad_left(trimmed(r.PHA_CIP_C13), 13, '0') AS code,
        pad_left(trimmed(r.PHA_CIP_C13), 13, '0') AS cip13,
        COALESCE(normalise_code(r.PHA_ATC_C07), normalise_code(r.PHA_ATC_CLA)) AS atc,
        CASE WHEN r.PHA_CND_TOP = 'GC' OR r.PHA_GRD_CND IN ('1', 'O', 'GC') THEN 1 ELSE 0 END
            AS large_pack,
        COALESCE(
            known_date(read_date(r.PHA_INS_DTD, 'YYYYMMDD')),
            known_date(read_date(r.PHA_INS_DTD, 'YYYY-MM-DD')),
            known_date(read_date(r.PHA_INS_DTD, 'DD/MM/YYYY')),
            DATE '1900-01-01'
        ) AS valid_from
    FROM ir_pha_r AS r
    WHERE to_int_strict(r.PHA_CIP_C13) > 0
    UNION ALL
    SELECT
        'CIP7' AS code_kind,
        pad_left(text_of(r.PHA_PRS_IDE), 7, '0') AS code,
        CASE WHEN to_int_strict(r.PHA_CIP_C13) > 0 THEN pad_left(trimmed(r.PHA_CIP_C13), 13, '0') END AS cip13,
        COALESCE(normalise_code(r.PHA_ATC_C07), normalise_code(r.PHA_ATC_CLA)) AS atc,
        CASE WHEN r.PHA_CND_TOP = 'GC' OR r.PHA_GRD_CND IN ('1', 'O', 'GC') THEN 1 ELSE 0 END
            AS large_pack,
        COALESCE(
            known_date(read_date(r.PHA_INS_DTD, 'YYYYMMDD')),
            known_date(read_date(r.PHA_INS_DTD, 'YYYY-MM-DD')),
            known_date(read_date(r.PHA_INS_DTD, 'DD/MM/YYYY')),
            DATE '1900-01-01'
        ) AS valid_from
    FROM ir_pha_r AS r
    WHERE r.PHA_PRS_IDE > 0
    UNION ALL
    SELECT
        'UCD7' AS code_kind,
        trimmed(r.PHA_CIP_UCD) AS code,
        CASE WHEN to_int_strict(r.PHA_CIP_C13) > 0 THEN pad_left(trimmed(r.PHA_CIP_C13), 13, '0') END AS cip13,
        COALESCE(normalise_code(r.PHA_ATC_C07), normalise_code(r.PHA_ATC_CLA)) AS atc,
        CASE WHEN r.PHA_CND_TOP = 'GC' OR r.PHA_GRD_CND IN ('1', 'O', 'GC') THEN 1 ELSE 0 END
            AS large_pack,
        COALESCE(
            known_date(read_date(r.PHA_INS_DTD, 'YYYYMMDD')),
            known_date(read_date(r.PHA_INS_DTD, 'YYYY-MM-DD')),
            known_date(read_date(r.PHA_INS_DTD, 'DD/MM/YYYY')),
            DATE '1900-01-01'
        ) AS valid_from
    FROM ir_pha_r AS r
    WHERE to_int_strict(r.PHA_CIP_UCD) > 0
),

dated AS (
    SELECT
        c.code_kind,
        c.code,
        c.valid_from,
        MIN(c.cip13) AS cip13,
        MIN(c.atc) AS atc,
        MAX(c.large_pack) AS large_pack,
        COUNT(DISTINCT c.atc) AS atc_codes
    FROM codes AS c
    GROUP BY c.code_kind, c.code, c.valid_from
),

ranked AS (
    SELECT
        d.code_kind,
        d.code,
        d.cip13,
        d.atc,
        d.large_pack,
        d.atc_codes,
        d.valid_from,
        ROW_NUMBER() OVER (PARTITION BY d.code_kind, d.code ORDER BY d.valid_from) AS position_in_code,
        LEAD(d.valid_from) OVER (PARTITION BY d.code_kind, d.code ORDER BY d.valid_from)
            AS next_from
    FROM dated AS d
)

SELECT
    k.code_kind,
    k.code,
    k.cip13,
    k.atc,
    k.large_pack,
    CASE WHEN k.position_in_code = 1 THEN DATE '1900-01-01' ELSE k.valid_from END AS valid_from,
    COALESCE(add_days(k.next_from, -1), DATE '9999-12-31') AS valid_to,
    CASE WHEN k.atc_codes > 1 THEN 1 ELSE 0 END AS ambiguous
FROM ranked AS k
