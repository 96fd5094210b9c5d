-- Conditions of a person in a year, by the rules of condition_rule: exemptions, hospital codes,
-- dispensing dates. One query for every condition: a new condition is new rows of rules.
-- The year before is evaluated too, to say which persons are new.
WITH targets AS (
    SELECT :year AS target
    UNION ALL
    SELECT :year - 1 AS target
),

exemptions AS (
    SELECT
        g.target,
        e.person_id,
        r.condition,
        r.criterion,
        r.requires,
        e.start_date AS first_date
    FROM entitlement AS e
    INNER JOIN condition_rule AS r
        ON r.source = 'ALD'
        AND r.code_start = text_part(e.code, 1, 3)
        AND starts_with(e.code, r.code)
    INNER JOIN targets AS g
        ON year_of(e.start_date) <= g.target
        AND (e.end_date IS NULL OR year_of(e.end_date) >= g.target)
        AND (r.started_within IS NULL OR year_of(e.start_date) >= g.target - r.started_within)
),

hospital_codes AS (
    SELECT
        s.stay_id,
        s.person_id,
        s.year,
        s.kind,
        s.code
    FROM stay_code AS s
    WHERE
        s.person_id IS NOT NULL
        AND s.kind IN ('DP', 'DR', 'DAS', 'DP_UNIT', 'DR_UNIT')
),

hospital_matches AS (
    SELECT
        h.stay_id,
        h.person_id,
        h.year,
        r.condition,
        r.criterion,
        r.requires,
        r.role,
        r.pair,
        r.from_back,
        r.to_back
    FROM hospital_codes AS h
    INNER JOIN condition_rule AS r
        ON r.source = h.kind
        AND r.code_start = text_part(h.code, 1, 3)
        AND starts_with(h.code, r.code)
    GROUP BY
        h.stay_id, h.person_id, h.year, r.condition, r.criterion, r.requires, r.role, r.pair,
        r.from_back, r.to_back
),

helpers AS (
    SELECT m.stay_id, m.condition, m.pair
    FROM hospital_matches AS m
    WHERE m.role = 'helper'
    GROUP BY m.stay_id, m.condition, m.pair
),

controls AS (
    SELECT m.stay_id, m.condition
    FROM hospital_matches AS m
    WHERE m.role = 'control'
    GROUP BY m.stay_id, m.condition
),

stay_dates AS (
    SELECT s.stay_id, s.entry_date
    FROM stay AS s
),

hospital AS (
    SELECT
        g.target,
        m.person_id,
        m.condition,
        m.criterion,
        m.requires,
        d.entry_date AS first_date
    FROM hospital_matches AS m
    INNER JOIN targets AS g
        ON m.year BETWEEN g.target - m.to_back AND g.target - m.from_back
    LEFT JOIN helpers AS h
        ON h.stay_id = m.stay_id AND h.condition = m.condition AND h.pair = m.pair
    LEFT JOIN controls AS x ON x.stay_id = m.stay_id AND x.condition = m.condition
    LEFT JOIN stay_dates AS d ON d.stay_id = m.stay_id
    WHERE
        m.role = 'main'
        AND (m.pair IS NULL OR h.stay_id IS NOT NULL)
        AND x.stay_id IS NULL
),

drug_matches AS (
    SELECT
        d.person_id,
        year_of(d.care_date) AS year,
        d.care_date,
        d.large_pack,
        r.condition,
        r.criterion,
        r.requires,
        r.from_back,
        r.to_back,
        r.minimum,
        r.minimum_large,
        MAX(CASE WHEN r.role = 'not' THEN 1 ELSE 0 END) AS refused
    FROM dispensing AS d
    INNER JOIN condition_rule AS r
        ON r.source = 'DRUG'
        AND r.code_start = text_part(d.atc, 1, 3)
        AND starts_with(d.atc, r.code)
    WHERE d.boxes > 0
    GROUP BY
        d.person_id, d.atc, d.care_date, d.large_pack, r.condition, r.criterion, r.requires,
        r.from_back, r.to_back, r.minimum, r.minimum_large
),

drug_years AS (
    SELECT
        g.target,
        m.person_id,
        m.year,
        m.condition,
        m.criterion,
        m.requires,
        m.minimum,
        m.minimum_large,
        COUNT(DISTINCT m.care_date) AS dates,
        MAX(m.large_pack) AS large_pack,
        MIN(m.care_date) AS first_date
    FROM drug_matches AS m
    INNER JOIN targets AS g
        ON m.year BETWEEN g.target - m.to_back AND g.target - m.from_back
    WHERE m.refused = 0
    GROUP BY
        g.target, m.person_id, m.year, m.condition, m.criterion, m.requires, m.minimum,
        m.minimum_large
),

evidence AS (
    SELECT
        e.target, e.person_id, e.condition, e.criterion, e.requires, e.first_date,
        1 AS by_exemption, 0 AS by_hospital, 0 AS by_drug
    FROM exemptions AS e
    UNION ALL
    SELECT
        h.target, h.person_id, h.condition, h.criterion, h.requires, h.first_date,
        0 AS by_exemption, 1 AS by_hospital, 0 AS by_drug
    FROM hospital AS h
    UNION ALL
    SELECT
        d.target, d.person_id, d.condition, d.criterion, d.requires, d.first_date,
        0 AS by_exemption, 0 AS by_hospital, 1 AS by_drug
    FROM drug_years AS d
    WHERE d.dates >= d.minimum OR (d.dates >= d.minimum_large AND d.large_pack = 1)
),

free_standing AS (
    SELECT e.target, e.person_id, e.condition
    FROM evidence AS e
    WHERE e.requires IS NULL
    GROUP BY e.target, e.person_id, e.condition
),

kept AS (
    SELECT
        e.target, e.person_id, e.condition, e.first_date, e.by_exemption, e.by_hospital,
        e.by_drug
    FROM evidence AS e
    LEFT JOIN free_standing AS f
        ON f.target = e.target AND f.person_id = e.person_id AND f.condition = e.requires
    WHERE e.requires IS NULL OR f.person_id IS NOT NULL
),

met AS (
    SELECT
        k.target,
        k.person_id,
        k.condition,
        MIN(k.first_date) AS first_date,
        MAX(k.by_exemption) AS by_exemption,
        MAX(k.by_hospital) AS by_hospital,
        MAX(k.by_drug) AS by_drug
    FROM kept AS k
    GROUP BY k.target, k.person_id, k.condition
),

described AS (
    SELECT
        m.target,
        m.person_id,
        m.condition,
        c.family,
        c.algorithm,
        m.first_date,
        m.by_exemption,
        m.by_hospital,
        m.by_drug
    FROM met AS m
    INNER JOIN condition_list AS c ON c.condition = m.condition
    INNER JOIN person AS p ON p.person_id = m.person_id
    LEFT JOIN met AS beaten
        ON beaten.target = m.target
        AND beaten.person_id = m.person_id
        AND beaten.condition = c.excluded_by
    WHERE (c.sex IS NULL OR p.sex = c.sex) AND beaten.person_id IS NULL
),

families_before AS (
    SELECT d.person_id, d.family
    FROM described AS d
    WHERE d.target = :year - 1
    GROUP BY d.person_id, d.family
)

SELECT
    d.person_id,
    :year AS year,
    d.condition,
    d.by_exemption,
    d.by_hospital,
    d.by_drug,
    CASE WHEN b.person_id IS NULL THEN 1 ELSE 0 END AS is_incident,
    d.first_date,
    d.algorithm
FROM described AS d
INNER JOIN person_year AS y ON y.person_id = d.person_id
LEFT JOIN families_before AS b ON b.person_id = d.person_id AND b.family = d.family
WHERE d.target = :year
