SELECT 'in' AS place, 'drug_rows' AS reason, COUNT(*) AS row_count, 0 AS euros
FROM er_ucd_f AS u
UNION ALL
SELECT 'in' AS place, 'claim_lines_with_drugs' AS reason, 0 AS row_count, SUM(COALESCE(p.PRS_PAI_MNT, 0)) AS euros
FROM er_prs_f AS p
INNER JOIN (SELECT u.LINE_ID FROM er_ucd_f AS u GROUP BY u.LINE_ID) AS d ON d.LINE_ID = p.LINE_ID
UNION ALL
SELECT
    CASE
        WHEN o.outcome IS NULL THEN 'used'
        WHEN o.outcome = 'orphan' THEN 'orphan'
        ELSE 'filtered'
    END AS place,
    COALESCE(o.outcome, 'to_netting') AS reason,
    COUNT(*) AS row_count,
    SUM(o.amount_paid) AS euros
FROM output AS o
GROUP BY o.outcome
