-- What a person's care of a year cost, by item. Each euro has one source: community care and
-- private hospitals in the claims, public hospitals in the PMSI valuation.
WITH visits AS (
    SELECT
        o.visit_id,
        MAX(o.person_id) AS person_id,
        MAX(CASE WHEN o.excluded_reason IS NULL THEN 0 ELSE 1 END) AS is_excluded
    FROM outpatient_visit AS o
    GROUP BY o.visit_id
),

lines AS (
    SELECT
        d.person_id,
        'medicine' AS item,
        d.amount_paid,
        d.amount_base,
        d.amount_reimbursed,
        0 AS amount_other_payers
    FROM dispensing AS d
    UNION ALL
    SELECT
        c.person_id,
        c.nature AS item,
        c.amount_paid,
        c.amount_base,
        c.amount_reimbursed,
        c.amount_other_payers
    FROM care AS c
    UNION ALL
    SELECT
        h.person_id,
        'hospital_medicine' AS item,
        h.amount_paid,
        h.amount_paid AS amount_base,
        h.amount_reimbursed,
        0 AS amount_other_payers
    FROM hospital_drug AS h
    WHERE h.person_id IS NOT NULL
    UNION ALL
    SELECT
        s.person_id,
        'public_hospital_stay' AS item,
        COALESCE(v.MNT_TOT_BR, v.MNT_TOT_AM, 0) AS amount_paid,
        COALESCE(v.MNT_TOT_BR, v.MNT_TOT_AM, 0) AS amount_base,
        COALESCE(v.MNT_TOT_AM, 0) AS amount_reimbursed,
        0 AS amount_other_payers
    FROM t_mcoaavalo AS v
    INNER JOIN stay AS s
        ON s.stay_id = hash60('MCO|' || text_of(:year) || '|' || v.ETA_NUM || '|' || v.RSA_NUM)
    WHERE s.person_id IS NOT NULL AND (v.VALO <> '0' OR v.VALO IS NULL)
    UNION ALL
    SELECT
        o.person_id,
        'hospital_outpatient' AS item,
        COALESCE(a.mnt_br, 0) AS amount_paid,
        COALESCE(a.mnt_br, 0) AS amount_base,
        COALESCE(a.mnt_remb, 0) AS amount_reimbursed,
        0 AS amount_other_payers
    FROM t_mcoaavaloace AS a
    INNER JOIN visits AS o
        ON o.visit_id = hash60('ACE|' || text_of(:year) || '|' || a.ETA_NUM || '|' || a.SEQ_NUM)
    WHERE o.person_id IS NOT NULL AND o.is_excluded = 0
)

SELECT
    l.person_id,
    :year AS year,
    l.item,
    SUM(l.amount_paid) AS amount_paid,
    SUM(l.amount_base) AS amount_base,
    SUM(l.amount_reimbursed) AS amount_reimbursed,
    SUM(l.amount_other_payers) AS amount_other_payers,
    SUM(l.amount_paid) - SUM(l.amount_base) AS amount_excess,
    SUM(l.amount_paid) - SUM(l.amount_reimbursed) - SUM(l.amount_other_payers)
        AS out_of_pocket,
    COUNT(*) AS line_count
FROM lines AS l
GROUP BY l.person_id, l.item
