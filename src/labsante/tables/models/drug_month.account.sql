SELECT 'in' AS place, 'dispensings' AS reason, COUNT(*) AS row_count, SUM(d.amount_paid) AS euros
FROM dispensing AS d
UNION ALL
SELECT 'in' AS place, 'hospital_drugs' AS reason, COUNT(*) AS row_count, SUM(h.amount_paid) AS euros
FROM hospital_drug AS h
WHERE h.care_month = :month_start
UNION ALL
SELECT 'used' AS place, 'drug_months' AS reason, SUM(o.line_count) AS row_count, SUM(o.amount_paid) AS euros
FROM output AS o
UNION ALL
SELECT 'filtered' AS place, 'negative' AS reason, COUNT(*) AS row_count, SUM(d.amount_paid) AS euros
FROM dispensing AS d
WHERE NOT (d.boxes > 0 OR d.loose_units > 0)
UNION ALL
SELECT 'filtered' AS place, 'unlinked' AS reason, COUNT(*) AS row_count, SUM(h.amount_paid) AS euros
FROM hospital_drug AS h
WHERE h.person_id IS NULL AND h.care_month = :month_start
