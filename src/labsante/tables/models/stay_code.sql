-- Every code of a stay: principal, related and associated diagnoses of the stay and of each
-- unit, acts with their date, authorised units. Identical rows are one row with a count.
WITH codes AS (
    SELECT b.ETA_NUM, b.RSA_NUM, 'DP' AS kind, normalise_code(b.DGN_PAL) AS code, 0 AS unit_rank, NULL AS delay, '' AS activity, 1 AS code_rank
    FROM t_mcoaab AS b
    UNION ALL
    SELECT b.ETA_NUM, b.RSA_NUM, 'DR' AS kind, normalise_code(b.DGN_REL) AS code, 0 AS unit_rank, NULL AS delay, '' AS activity, 1 AS code_rank
    FROM t_mcoaab AS b
    UNION ALL
    SELECT d.ETA_NUM, d.RSA_NUM, 'DAS' AS kind, normalise_code(d.ASS_DGN) AS code, 0 AS unit_rank, NULL AS delay, '' AS activity, COALESCE(d.DGN_ASS_NUM, 0) AS code_rank
    FROM t_mcoaad AS d
    UNION ALL
    SELECT u.ETA_NUM, u.RSA_NUM, 'DP_UNIT' AS kind, normalise_code(u.DGN_PAL) AS code, COALESCE(u.UM_ORD_NUM, 0) AS unit_rank, NULL AS delay, '' AS activity, 1 AS code_rank
    FROM t_mcoaaum AS u
    UNION ALL
    SELECT u.ETA_NUM, u.RSA_NUM, 'DR_UNIT' AS kind, normalise_code(u.DGN_REL) AS code, COALESCE(u.UM_ORD_NUM, 0) AS unit_rank, NULL AS delay, '' AS activity, 1 AS code_rank
    FROM t_mcoaaum AS u
    UNION ALL
    SELECT u.ETA_NUM, u.RSA_NUM, 'UNIT' AS kind, normalise_code(u.AUT_TYP1_UM) AS code, COALESCE(u.UM_ORD_NUM, 0) AS unit_rank, NULL AS delay, '' AS activity, 1 AS code_rank
    FROM t_mcoaaum AS u
    UNION ALL
    SELECT a.ETA_NUM, a.RSA_NUM, 'CCAM' AS kind, text_part(normalise_code(a.CDC_ACT), 1, 7) AS code, 0 AS unit_rank, a.ENT_DAT_DEL AS delay, COALESCE(trimmed(a.ACV_ACT), '') AS activity, 0 AS code_rank
    FROM t_mcoaaa AS a
),

grouped AS (
    SELECT
        c.ETA_NUM,
        c.RSA_NUM,
        c.kind,
        c.code,
        c.unit_rank,
        c.delay,
        c.activity,
        MIN(c.code_rank) AS code_rank,
        COUNT(*) AS occurrences
    FROM codes AS c
    WHERE c.code IS NOT NULL
    GROUP BY c.ETA_NUM, c.RSA_NUM, c.kind, c.code, c.unit_rank, c.delay, c.activity
)

SELECT
    s.stay_id,
    s.person_id,
    s.year,
    g.kind,
    g.code,
    g.unit_rank,
    CASE WHEN g.kind = 'CCAM' THEN add_days(s.entry_date, COALESCE(g.delay, 0)) END AS code_date,
    g.code_rank AS rank,
    g.activity AS act_activity,
    COALESCE(g.delay, -1) AS days_after_entry,
    g.occurrences
FROM grouped AS g
INNER JOIN stay AS s
    ON s.stay_id = hash60(
        'MCO|' || text_of(:year) || '|' || g.ETA_NUM || '|' || g.RSA_NUM
    )
