"""Two models that use most of the subset."""

from __future__ import annotations

from datetime import date

from labsante.engine import CodeList

STAYS = """\
-- @grain person_id, month
-- @tie_break stay_id
WITH linked AS (
  -- only what a person carries
  SELECT s.stay_id, s.person_id, s.entry_date, s.diagnosis, s.cost, s.right
  FROM stay AS s
  WHERE s.entry_date >= :start AND s.kind IN ('C', :kind)
    AND NOT EXISTS (SELECT 1 FROM refused AS r WHERE r.stay_id = s.stay_id)
), ranked AS (
  SELECT *, row_number() OVER (PARTITION BY person_id ORDER BY entry_date DESC, stay_id) AS place
  FROM linked
)
SELECT
  p.person_id,
  month_start(r.entry_date) AS month,
  age_at(p.birth_date, max(r.entry_date)) AS age,
  count(*) FILTER (WHERE code_in(normalise_code(r.diagnosis), 'diabetes')) AS diabetes_stays,
  ratio(sum(r.cost), count(*)) AS mean_cost,
  p.sex || '-' || max(r.right) AS label,
  CASE WHEN p.sex IS DISTINCT FROM '1' THEN 1 ELSE 0 END AS not_a_man
FROM person AS p
LEFT JOIN ranked AS r ON r.person_id = p.person_id AND r.place <= 3
GROUP BY p.person_id, month_start(r.entry_date), p.birth_date, p.sex
"""

DIABETES = CodeList("diabetes", ("E10", "E11", "E14", "=O24", "O240", "E109"), ("E115",))
PARAMETERS = {"start": date(2021, 1, 1), "kind": "it's \\ M"}
RELATIONS = {"stay": "lake_stay_2021", "person": "person_all"}
