-- Community dispensings of a month of care, netted over every flux: identical lines add up,
-- reversals subtract, and a group whose quantity is zero is gone. A negative group is kept.
WITH netted AS (
    SELECT
        l.person_id,
        l.care_date,
        l.nature,
        l.code_kind,
        l.code,
        l.pharmacy,
        l.prescriber,
        SUM(l.boxes) AS boxes,
        SUM(l.loose_units) AS loose_units,
        MAX(l.prescriber_speciality) AS prescriber_speciality,
        MAX(l.prescriber_facility) AS prescriber_facility,
        SUM(l.amount_paid) AS amount_paid,
        SUM(l.amount_base) AS amount_base,
        SUM(l.amount_reimbursed) AS amount_reimbursed,
        MAX(l.flux_month) AS flux_month,
        COUNT(*) AS line_count
    FROM dispensing_line AS l
    WHERE l.outcome IS NULL AND l.care_month = :month_start
    GROUP BY
        l.person_id, l.care_date, l.nature, l.code_kind, l.code, l.pharmacy, l.prescriber
    HAVING SUM(l.boxes) <> 0 OR SUM(l.loose_units) <> 0
)

SELECT
    hash60(
        text_of(n.person_id) || '|' || date_text(n.care_date) || '|'
        || COALESCE(text_of(n.nature), '') || '|' || n.code || '|' || n.pharmacy || '|'
        || n.prescriber
    ) AS dispensing_id,
    n.person_id,
    n.care_date,
    month_start(n.care_date) AS care_month,
    n.nature,
    CASE WHEN n.code_kind = 'CIP13' THEN n.code ELSE d.cip13 END AS cip13,
    d.atc,
    n.boxes,
    n.loose_units,
    COALESCE(d.large_pack, 0) AS large_pack,
    NULLIF(n.prescriber, '') AS prescriber,
    n.prescriber_speciality,
    n.prescriber_facility,
    NULLIF(n.pharmacy, '') AS pharmacy,
    n.amount_paid,
    n.amount_base,
    n.amount_reimbursed,
    n.flux_month,
    n.line_count,
    CASE WHEN n.boxes < 0 OR n.loose_units < 0 THEN 1 ELSE 0 END AS is_negative,
    CASE
        WHEN d.code IS NULL THEN 'code_unknown'
        WHEN d.atc IS NULL THEN 'no_atc'
        WHEN d.ambiguous = 1 THEN 'several_atc'
    END AS atc_reason
FROM netted AS n
LEFT JOIN drug AS d
    ON d.code_kind = n.code_kind
    AND d.code = n.code
    AND n.care_date BETWEEN d.valid_from AND d.valid_to
