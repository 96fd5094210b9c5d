WITH visits AS (
    SELECT
        o.visit_id,
        MAX(o.person_id) AS person_id,
        MAX(CASE WHEN o.excluded_reason IS NULL THEN 0 ELSE 1 END) AS is_excluded
    FROM outpatient_visit AS o
    GROUP BY o.visit_id
)

SELECT 'in' AS place, 'medicine' AS reason, COUNT(*) AS row_count, SUM(d.amount_paid) AS euros
FROM dispensing AS d
UNION ALL
SELECT 'in' AS place, 'care' AS reason, COUNT(*) AS row_count, SUM(c.amount_paid) AS euros
FROM care AS c
UNION ALL
SELECT 'in' AS place, 'hospital_medicine' AS reason, COUNT(*) AS row_count, SUM(h.amount_paid) AS euros
FROM hospital_drug AS h
UNION ALL
SELECT 'in' AS place, 'public_hospital_stay' AS reason, COUNT(*) AS row_count, SUM(COALESCE(v.MNT_TOT_BR, v.MNT_TOT_AM, 0)) AS euros
FROM t_mcoaavalo AS v
UNION ALL
SELECT 'in' AS place, 'hospital_outpatient' AS reason, COUNT(*) AS row_count, SUM(COALESCE(a.mnt_br, 0)) AS euros
FROM t_mcoaavaloace AS a
UNION ALL
SELECT 'used' AS place, o.item AS reason, SUM(o.line_count) AS row_count, SUM(o.amount_paid) AS euros
FROM output AS o
GROUP BY o.item
UNION ALL
SELECT 'filtered' AS place, 'hospital_medicine_unlinked' AS reason, COUNT(*) AS row_count, SUM(h.amount_paid) AS euros
FROM hospital_drug AS h
WHERE h.person_id IS NULL
UNION ALL
SELECT 'filtered' AS place, w.reason, COUNT(*) AS row_count, SUM(w.euros) AS euros
FROM (
    SELECT
        CASE
            WHEN v.VALO = '0' THEN 'stay_not_valued'
            WHEN s.stay_id IS NULL THEN 'valuation_without_stay'
            WHEN s.person_id IS NULL THEN 'stay_unlinked'
        END AS reason,
        COALESCE(v.MNT_TOT_BR, v.MNT_TOT_AM, 0) AS euros
    FROM t_mcoaavalo AS v
    LEFT JOIN stay AS s
        ON s.stay_id = hash60('MCO|' || text_of(:year) || '|' || v.ETA_NUM || '|' || v.RSA_NUM)
) AS w
WHERE w.reason IS NOT NULL
GROUP BY w.reason
UNION ALL
SELECT 'filtered' AS place, w.reason, COUNT(*) AS row_count, SUM(w.euros) AS euros
FROM (
    SELECT
        CASE
            WHEN o.visit_id IS NULL THEN 'outpatient_without_acts'
            WHEN o.is_excluded = 1 THEN 'outpatient_excluded'
            WHEN o.person_id IS NULL THEN 'outpatient_unlinked'
        END AS reason,
        COALESCE(a.mnt_br, 0) AS euros
    FROM t_mcoaavaloace AS a
    LEFT JOIN visits AS o
        ON o.visit_id = hash60('ACE|' || text_of(:year) || '|' || a.ETA_NUM || '|' || a.SEQ_NUM)
) AS w
WHERE w.reason IS NOT NULL
GROUP BY w.reason
