SELECT 'in' AS place, 'flat_fees' AS reason, COUNT(*) AS row_count, SUM(COALESCE(b.HON_MNT, 0)) AS euros
FROM t_mcoaafbstc AS b
UNION ALL
SELECT 'in' AS place, 'consultations' AS reason, COUNT(*) AS row_count, SUM(COALESCE(c.HON_MNT, 0)) AS euros
FROM t_mcoaafcstc AS c
UNION ALL
SELECT 'in' AS place, 'acts' AS reason, COUNT(*) AS row_count, 0 AS euros
FROM t_mcoaafmstc AS m
UNION ALL
SELECT
    CASE WHEN o.excluded_reason IS NULL THEN 'used' ELSE 'filtered' END AS place,
    COALESCE(o.excluded_reason, 'visits') AS reason,
    SUM(o.line_count) AS row_count,
    SUM(o.amount_paid) AS euros
FROM output AS o
GROUP BY o.excluded_reason
UNION ALL
SELECT 'note' AS place, COALESCE('unlinked_' || o.link_reason, 'linked') AS reason, SUM(o.line_count) AS row_count, SUM(o.amount_paid) AS euros
FROM output AS o
GROUP BY o.link_reason
