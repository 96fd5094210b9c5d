/* stays.sql */
WITH linked AS (
  SELECT
    s.stay_id,
    s.person_id,
    s.entry_date,
    s.diagnosis,
    s.cost,
    s.`right`
  FROM lake_stay_2021 AS s
  WHERE
    s.entry_date >= CAST('2021-01-01' AS DATE)
    AND s.kind IN ('C', 'it\'s \\ M')
    AND NOT EXISTS(
      SELECT
        1
      FROM refused AS r
      WHERE
        r.stay_id = s.stay_id
    )
), ranked AS (
  SELECT
    *,
    ROW_NUMBER() OVER (PARTITION BY person_id ORDER BY entry_date DESC, stay_id NULLS LAST) AS place
  FROM linked
)
SELECT
  p.person_id,
  trunc(r.entry_date, 'MM') AS month,
  (CAST(year((MAX(r.entry_date))) AS BIGINT) - CAST(year(p.birth_date) AS BIGINT) - CASE WHEN CAST(month((MAX(r.entry_date))) AS BIGINT) * 100 + CAST(day((MAX(r.entry_date))) AS BIGINT) < CAST(month(p.birth_date) AS BIGINT) * 100 + CAST(day(p.birth_date) AS BIGINT) THEN 1 ELSE 0 END) AS age,
  COUNT(*) FILTER(WHERE
    (((nullif(translate(r.diagnosis, 'abcdefghijklmnopqrstuvwxyz. ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), '')) IN ('O24') OR SUBSTR((nullif(translate(r.diagnosis, 'abcdefghijklmnopqrstuvwxyz. ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), '')), 1, 3) IN ('E10', 'E11', 'E14') OR SUBSTR((nullif(translate(r.diagnosis, 'abcdefghijklmnopqrstuvwxyz. ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), '')), 1, 4) IN ('O240')) AND NOT (SUBSTR((nullif(translate(r.diagnosis, 'abcdefghijklmnopqrstuvwxyz. ', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), '')), 1, 4) IN ('E115')))) AS diabetes_stays,
  (CASE WHEN (COUNT(*)) = 0 THEN NULL ELSE CAST(CASE WHEN ((SUM(r.cost)) < 0) <> ((COUNT(*)) < 0) THEN -1 ELSE 1 END * CAST(((CAST(abs(CAST((SUM(r.cost)) AS DECIMAL(24, 6))) * 1000000 AS DECIMAL(30, 0)) * CAST(2000000 AS DECIMAL(7, 0)) + CAST(abs(CAST((COUNT(*)) AS DECIMAL(24, 6))) * 1000000 AS DECIMAL(30, 0))) - (CAST(abs(CAST((SUM(r.cost)) AS DECIMAL(24, 6))) * 1000000 AS DECIMAL(30, 0)) * CAST(2000000 AS DECIMAL(7, 0)) + CAST(abs(CAST((COUNT(*)) AS DECIMAL(24, 6))) * 1000000 AS DECIMAL(30, 0))) % (CAST(abs(CAST((COUNT(*)) AS DECIMAL(24, 6))) * 1000000 AS DECIMAL(30, 0)) * 2)) / (CAST(abs(CAST((COUNT(*)) AS DECIMAL(24, 6))) * 1000000 AS DECIMAL(30, 0)) * 2) AS DECIMAL(31, 0)) * CAST(0.000001 AS DECIMAL(6, 6)) AS DECIMAL(38, 6)) END) AS mean_cost,
  p.sex || '-' || MAX(r.`right`) AS label,
  CASE WHEN p.sex IS DISTINCT FROM '1' THEN 1 ELSE 0 END AS not_a_man
FROM person_all AS p
LEFT JOIN ranked AS r
  ON r.person_id = p.person_id AND r.place <= 3
GROUP BY
  p.person_id,
  trunc(r.entry_date, 'MM'),
  p.birth_date,
  p.sex
