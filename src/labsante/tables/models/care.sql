-- Community care of a month, netted over every flux. Surcharges and flat participations stay,
-- as lines of their own: they count in amounts, not in acts.
WITH netted AS (
    SELECT
        l.person_id,
        l.care_date,
        l.service,
        l.is_surcharge,
        l.code_system,
        l.code,
        l.activity,
        l.executant,
        l.prescriber,
        SUM(l.quantity) AS quantity,
        MAX(l.executant_speciality) AS executant_speciality,
        MAX(l.executant_activity) AS executant_activity,
        MAX(l.prescriber_speciality) AS prescriber_speciality,
        MAX(l.facility) AS facility,
        MAX(l.facility_category) AS facility_category,
        MAX(l.risk) AS risk,
        MAX(l.exemption) AS exemption,
        SUM(l.amount_paid) AS amount_paid,
        SUM(l.amount_base) AS amount_base,
        SUM(l.amount_reimbursed) AS amount_reimbursed,
        SUM(l.amount_other_payers) AS amount_other_payers,
        MAX(l.flux_month) AS flux_month,
        COUNT(*) AS line_count
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
        SUM(l.quantity) <> 0
        OR SUM(l.amount_paid) <> 0
        OR SUM(l.amount_reimbursed) <> 0
)

SELECT
    hash60(
        text_of(n.person_id) || '|' || date_text(n.care_date) || '|'
        || COALESCE(text_of(n.service), '') || '|' || text_of(n.is_surcharge) || '|'
        || n.code_system || '|' || n.code || '|' || n.activity || '|' || n.executant || '|'
        || n.prescriber
    ) AS care_id,
    n.person_id,
    n.care_date,
    month_start(n.care_date) AS care_month,
    CASE
        WHEN n.is_surcharge = 1 THEN 'surcharge'
        WHEN n.service IN
            (1191, 1192, 1096, 1157, 1164, 3103, 3104, 3105, 1056, 1057) THEN 'teleconsultation'
        WHEN n.service IN (1193, 1194, 1097, 1158, 1165, 1166, 1197, 1198, 1199)
            THEN 'teleexpertise'
        WHEN n.service BETWEEN 1209 AND 1216 OR n.service IN (1221, 1222) THEN 'visit'
        WHEN n.service BETWEEN 1089 AND 1105 OR n.service BETWEEN 1107 AND 1115
            OR n.service IN (1117, 1118, 1122, 1123, 1140, 1168, 2414, 2426, 4316)
            THEN 'consultation'
        WHEN n.service IN (1411, 1422, 1424, 1431, 1432, 1433, 1434, 1461, 9421) THEN 'dental'
        WHEN n.code_system = 'NABM' OR n.service IN (3211, 3212, 3221, 3222, 3223, 3225)
            THEN 'biology'
        WHEN n.code_system = 'LPP' OR n.service BETWEEN 3500 AND 3599 THEN 'device'
        WHEN n.code_system = 'TRANSPORT' OR n.service BETWEEN 4211 AND 4219 THEN 'transport'
        WHEN n.service IN (3121, 3122, 3125, 3123, 3140, 3141, 3142, 3143)
            THEN 'physiotherapist'
        WHEN n.service IN (3111, 3112, 3115, 3116, 3117, 3120) THEN 'nurse'
        WHEN n.service IN (1511, 1911, 3113) THEN 'midwife'
        WHEN n.service BETWEEN 3131 AND 3139 THEN 'allied_health'
        WHEN n.service BETWEEN 6111 AND 6120 THEN 'sick_leave'
        WHEN n.service IN (6211, 6212) THEN 'parental_leave'
        WHEN n.service BETWEEN 2111 AND 2299 THEN 'private_hospital'
        WHEN n.service BETWEEN 3311 AND 3399 OR n.service = 4382 THEN 'dispensing_fee'
        WHEN n.code_system = 'CCAM' OR n.service IN
            (1311, 1312, 1321, 1322, 1323, 1324, 1331, 1335, 1341, 1351, 1352) THEN 'act'
        ELSE 'other'
    END AS nature,
    n.service,
    NULLIF(n.code_system, '') AS code_system,
    NULLIF(n.code, '') AS code,
    NULLIF(n.activity, '') AS activity,
    CASE WHEN n.is_surcharge = 1 THEN 0 ELSE n.quantity END AS quantity,
    NULLIF(n.executant, '') AS executant,
    n.executant_speciality,
    n.executant_activity,
    NULLIF(n.prescriber, '') AS prescriber,
    n.prescriber_speciality,
    n.facility,
    CASE
        WHEN n.facility IS NULL THEN 'office'
        WHEN n.facility_category IN
            (124, 125, 130, 132, 133, 134, 142, 223, 224, 228, 230, 268, 269, 289, 297, 347, 413,
            414, 433, 438, 439, 700) THEN 'health_centre'
        ELSE 'facility'
    END AS setting,
    n.risk,
    n.exemption,
    n.amount_paid,
    n.amount_base,
    n.amount_reimbursed,
    n.amount_other_payers,
    n.flux_month,
    n.line_count,
    CASE WHEN n.quantity < 0 THEN 1 ELSE 0 END AS is_negative
FROM netted AS n
