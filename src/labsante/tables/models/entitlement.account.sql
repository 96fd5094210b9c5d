SELECT 'in' AS place, 'exemptions_received' AS reason, COUNT(*) AS row_count, 0 AS euros
FROM ir_imb_r AS i
UNION ALL
SELECT 'used' AS place, 'ald' AS reason, SUM(o.row_count) AS row_count, 0 AS euros
FROM output AS o
UNION ALL
SELECT 'filtered' AS place, w.reason, COUNT(*) AS row_count, 0 AS euros
FROM (
    SELECT
        CASE
            WHEN i.IMB_ETM_NAT IS NULL OR i.IMB_ETM_NAT NOT IN (41, 43, 45) THEN 'other_nature'
            WHEN known_date(i.IMB_ALD_DTD) IS NULL THEN 'no_start_date'
            WHEN known_date(i.IMB_ALD_DTF) < i.IMB_ALD_DTD THEN 'ends_before_start'
            WHEN l.pseudonym IS NULL THEN 'unlinked_not_in_referential'
            ELSE 'unlinked_' || l.reason
        END AS reason
    FROM ir_imb_r AS i
    LEFT JOIN person_link AS l ON l.pseudonym = i.BEN_NIR_PSA AND l.rank = i.BEN_RNG_GEM
) AS w
WHERE w.reason IS NOT NULL
GROUP BY w.reason
