-- Medicines by person, month and ATC code, in the community and in hospital.
WITH lines AS (
    SELECT
        d.person_id,
        COALESCE(d.atc, '') AS atc,
        d.care_date,
        d.boxes,
        d.large_pack,
        d.amount_paid,
        d.amount_reimbursed,
        'community' AS circuit
    FROM dispensing AS d
    WHERE d.boxes > 0 OR d.loose_units > 0
    UNION ALL
    SELECT
        h.person_id,
        COALESCE(h.atc, '') AS atc,
        h.care_date,
        0 AS boxes,
        0 AS large_pack,
        h.amount_paid,
        h.amount_reimbursed,
        'hospital' AS circuit
    FROM hospital_drug AS h
    WHERE h.person_id IS NOT NULL AND h.care_month = :month_start
)

SELECT
    l.person_id,
    :month_start AS month,
    l.atc,
    COUNT(DISTINCT CASE WHEN l.circuit = 'community' THEN l.care_date END) AS dispensing_dates,
    COUNT(DISTINCT CASE WHEN l.circuit = 'hospital' THEN l.care_date END) AS hospital_dates,
    MIN(l.care_date) AS first_date,
    SUM(l.boxes) AS boxes,
    MAX(l.large_pack) AS large_pack,
    SUM(l.amount_paid) AS amount_paid,
    SUM(l.amount_reimbursed) AS amount_reimbursed,
    COUNT(*) AS line_count
FROM lines AS l
GROUP BY l.person_id, l.atc
