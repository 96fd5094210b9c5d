/* stays.sql */
WITH linked AS (
  SELECT
    s.stay_id,
    s.person_id,
    s.entry_date,
    s.diagnosis,
    s.cost,
    s."RIGHT"
  FROM lake_stay_2021 s
  WHERE
    s.entry_date >= CAST('2021-01-01' AS DATE)
    AND s.kind IN ('C', 'it''s \ M')
    AND NOT EXISTS(
      SELECT
        1
      FROM refused r
      WHERE
        r.stay_id = s.stay_id
    )
), ranked AS (
  SELECT
    linked.*,
    ROW_NUMBER() OVER (PARTITION BY person_id ORDER BY entry_date DESC NULLS LAST, stay_id) AS place
  FROM linked
)
SELECT
  p.person_id,
  TRUNC(r.entry_date, 'MM') AS month,
  (EXTRACT(YEAR FROM (MAX(r.entry_date))) - EXTRACT(YEAR FROM p.birth_date) - CASE WHEN EXTRACT(MONTH FROM (MAX(r.entry_date))) * 100 + EXTRACT(DAY FROM (MAX(r.entry_date))) < EXTRACT(MONTH FROM p.birth_date) * 100 + EXTRACT(DAY FROM p.birth_date) THEN 1 ELSE 0 END) AS age,
  COUNT(
    CASE
      WHEN (((TRANSLATE(r.diagnosis, 'abcdefghijklmnopqrstuvwxyz. ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')) IN ('O24') OR SUBSTR((TRANSLATE(r.diagnosis, 'abcdefghijklmnopqrstuvwxyz. ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')), 1, 3) IN ('E10', 'E11', 'E14') OR SUBSTR((TRANSLATE(r.diagnosis, 'abcdefghijklmnopqrstuvwxyz. ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')), 1, 4) IN ('O240')) AND NOT (SUBSTR((TRANSLATE(r.diagnosis, 'abcdefghijklmnopqrstuvwxyz. ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')), 1, 4) IN ('E115')))
      THEN 1
    END
  ) AS diabetes_stays,
  (CASE WHEN (COUNT(*)) = 0 THEN NULL ELSE ROUND((SUM(r.cost)) / (COUNT(*)), 6) END) AS mean_cost,
  CASE
    WHEN p.sex IS NULL OR MAX(r."RIGHT") IS NULL
    THEN NULL
    ELSE p.sex || '-' || MAX(r."RIGHT")
  END AS label,
  CASE WHEN DECODE(p.sex, '1', 1, 0) = 0 THEN 1 ELSE 0 END AS not_a_man
FROM person_all p
LEFT JOIN ranked r
  ON r.person_id = p.person_id AND r.place <= 3
GROUP BY
  p.person_id,
  TRUNC(r.entry_date, 'MM'),
  p.birth_date,
  p.sex
