SELECT 'in' AS place, 'to_netting' AS reason, COUNT(*) AS row_count, SUM(l.amount_paid) AS euros
FROM dispensing_line AS l
WHERE l.outcome IS NULL AND l.care_month = :month_start
UNION ALL
SELECT 'used' AS place, 'dispensings' AS reason, SUM(o.line_count) AS row_count, SUM(o.amount_paid) AS euros
FROM output AS o
UNION ALL
SELECT 'netted' AS place, 'quantity_zero' AS reason, SUM(z.row_count) AS row_count, SUM(z.euros) AS euros
FROM (
    SELECT COUNT(*) AS row_count, SUM(l.amount_paid) AS euros
    FROM dispensing_line AS l
    WHERE l.outcome IS NULL AND l.care_month = :month_start
    GROUP BY
        l.person_id, l.care_date, l.nature, l.code_kind, l.code, l.pharmacy, l.prescriber
    HAVING SUM(l.boxes) = 0 AND SUM(l.loose_units) = 0
) AS z
