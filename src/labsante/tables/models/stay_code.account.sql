WITH codes AS (
    SELECT b.ETA_NUM, b.RSA_NUM, normalise_code(b.DGN_PAL) AS code FROM t_mcoaab AS b
    UNION ALL
    SELECT b.ETA_NUM, b.RSA_NUM, normalise_code(b.DGN_REL) AS code FROM t_mcoaab AS b
    UNION ALL
    SELECT d.ETA_NUM, d.RSA_NUM, normalise_code(d.ASS_DGN) AS code FROM t_mcoaad AS d
    UNION ALL
    SELECT u.ETA_NUM, u.RSA_NUM, normalise_code(u.DGN_PAL) AS code FROM t_mcoaaum AS u
    UNION ALL
    SELECT u.ETA_NUM, u.RSA_NUM, normalise_code(u.DGN_REL) AS code FROM t_mcoaaum AS u
    UNION ALL
    SELECT u.ETA_NUM, u.RSA_NUM, normalise_code(u.AUT_TYP1_UM) AS code FROM t_mcoaaum AS u
    UNION ALL
    SELECT a.ETA_NUM, a.RSA_NUM, normalise_code(a.CDC_ACT) AS code FROM t_mcoaaa AS a
)

SELECT 'in' AS place, 'codes_received' AS reason, COUNT(*) AS row_count, 0 AS euros
FROM codes AS c
WHERE c.code IS NOT NULL
UNION ALL
SELECT 'used' AS place, 'codes' AS reason, SUM(o.occurrences) AS row_count, 0 AS euros
FROM output AS o
UNION ALL
SELECT 'orphan' AS place, 'no_stay' AS reason, COUNT(*) AS row_count, 0 AS euros
FROM codes AS c
LEFT JOIN t_mcoaab AS b ON b.ETA_NUM = c.ETA_NUM AND b.RSA_NUM = c.RSA_NUM
WHERE c.code IS NOT NULL AND b.RSA_NUM IS NULL
