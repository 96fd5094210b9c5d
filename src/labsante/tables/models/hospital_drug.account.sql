SELECT 'in' AS place, 'claims' AS reason, COUNT(*) AS row_count, SUM(l.amount_paid) AS euros
FROM ucd_line AS l
WHERE l.outcome IS NULL AND l.care_year = :year
UNION ALL
SELECT 'in' AS place, 'on_top_of_public_stays' AS reason, COUNT(*) AS row_count, SUM(amount(COALESCE(m.ADM_NBR_PRI, 0) * ratio(1, COALESCE(NULLIF(m.NBR_SEJ, 0), 1)))) AS euros
FROM t_mcoaamed AS m
UNION ALL
SELECT 'in' AS place, 'early_access_in_public_stays' AS reason, COUNT(*) AS row_count, SUM(amount(COALESCE(m.ACH_PRI_ADM, 0) * ratio(1, COALESCE(NULLIF(m.SEJ_NBR, 0), 1)))) AS euros
FROM t_mcoaamedatu AS m
UNION ALL
SELECT 'used' AS place, o.circuit AS reason, SUM(o.line_count) AS row_count, SUM(o.amount_paid) AS euros
FROM output AS o
GROUP BY o.circuit
UNION ALL
SELECT 'netted' AS place, 'nothing_left' AS reason, SUM(z.row_count) AS row_count, SUM(z.euros) AS euros
FROM (
    SELECT COUNT(*) AS row_count, SUM(l.amount_paid) AS euros
    FROM ucd_line AS l
    WHERE l.outcome IS NULL AND l.care_year = :year
    GROUP BY l.circuit, l.person_id, l.care_date, l.ucd7, l.facility
    HAVING SUM(l.quantity) = 0 AND SUM(l.amount_paid) = 0
) AS z
