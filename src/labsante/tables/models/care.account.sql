SELECT 'in' AS place, 'to_netting' AS reason, COUNT(*) AS row_count, SUM(l.amount_paid) AS euros
FROM care_line AS l
WHERE l.outcome IS NULL AND l.care_month = :month_start
UNION ALL
SELECT 'used' AS place, 'care' AS reason, SUM(o.line_count) AS row_count, SUM(o.amount_paid) AS euros
FROM output AS o
UNION ALL
SELECT 'netted' AS place, 'nothing_left' AS reason, SUM(z.row_count) AS row_count, SUM(z.euros) AS euros
FROM (
    SELECT COUNT(*) AS row_count, SUM(l.amount_paid) AS euros
    FROM care_line AS l
    WHERE l.outcome IS NULL AND l.care_month = :month_start
    GROUP BY
        l.person_id,
        l.care_date,
        l.service,
        l.is_surcharge,
        l.code_system,
        l.code,
        l.activity,
        l.executant,
        l.prescriber
    HAVING
        SUM(l.quantity) = 0
        AND SUM(l.amount_paid) = 0
        AND SUM(l.amount_reimbursed) = 0
) AS z
