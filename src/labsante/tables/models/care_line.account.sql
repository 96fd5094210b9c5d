WITH details AS (
    SELECT c.LINE_ID FROM er_cam_f AS c
    UNION ALL
    SELECT b.LINE_ID FROM er_bio_f AS b
    UNION ALL
    SELECT t.LINE_ID FROM er_tip_f AS t
    UNION ALL
    SELECT d.LINE_ID FROM er_dtr_f AS d
),

detailed AS (
    SELECT d.LINE_ID, COUNT(*) AS detail_count
    FROM details AS d
    GROUP BY d.LINE_ID
)

SELECT 'in' AS place, 'claim_lines' AS reason, COUNT(*) AS row_count, SUM(COALESCE(p.PRS_PAI_MNT, 0)) AS euros
FROM er_prs_f AS p
UNION ALL
SELECT 'in' AS place, 'further_details_of_a_line' AS reason, SUM(d.detail_count - 1) AS row_count, 0 AS euros
FROM detailed AS d
INNER JOIN er_prs_f AS p ON p.LINE_ID = d.LINE_ID
UNION ALL
SELECT
    CASE WHEN o.outcome IS NULL THEN 'used' ELSE 'filtered' END AS place,
    COALESCE(o.outcome, 'to_netting') AS reason,
    COUNT(*) AS row_count,
    SUM(o.amount_paid) AS euros
FROM output AS o
GROUP BY o.outcome
UNION ALL
SELECT 'note' AS place, 'details_without_a_line' AS reason, SUM(d.detail_count) AS row_count, 0 AS euros
FROM detailed AS d
LEFT JOIN er_prs_f AS p ON p.LINE_ID = d.LINE_ID
WHERE p.LINE_ID IS NULL
