SELECT 'in' AS place, 'stays_received' AS reason, COUNT(*) AS row_count, 0 AS euros
FROM t_mcoaab AS b
UNION ALL
SELECT
    CASE WHEN o.excluded_reason IS NULL THEN 'used' ELSE 'filtered' END AS place,
    COALESCE(o.excluded_reason, 'stays') AS reason,
    COUNT(*) AS row_count,
    0 AS euros
FROM output AS o
GROUP BY o.excluded_reason
UNION ALL
SELECT 'note' AS place, COALESCE('unlinked_' || o.link_reason, 'linked') AS reason, COUNT(*) AS row_count, 0 AS euros
FROM output AS o
GROUP BY o.link_reason
