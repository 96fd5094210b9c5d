SELECT 'in' AS place, 'referential_rows' AS reason, COUNT(*) AS row_count, 0 AS euros
FROM ir_ben_r AS b
UNION ALL
SELECT
    CASE WHEN o.reason IS NULL THEN 'used' ELSE 'filtered' END AS place,
    COALESCE(o.reason, 'linked') AS reason,
    SUM(o.row_count) AS row_count,
    0 AS euros
FROM output AS o
GROUP BY o.reason
UNION ALL
SELECT 'filtered' AS place, 'no_pseudonym' AS reason, COUNT(*) AS row_count, 0 AS euros
FROM ir_ben_r AS b
WHERE b.BEN_NIR_PSA IS NULL
