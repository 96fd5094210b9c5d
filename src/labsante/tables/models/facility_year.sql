-- Facilities of a year: the register, what the hospital files say, and stays of the year.
WITH register AS (
    SELECT
        trimmed(b.IDE_ETA_NUM) AS finess,
        MIN(trimmed(b.IDE_PSH_CAT)) AS category,
        MIN(trimmed(b.IDE_PSH_STJ)) AS legal_status,
        MIN(trimmed(b.IDE_INS_COM)) AS commune,
        MIN(trimmed(b.IDE_GES_NUM)) AS legal_entity,
        MIN(trimmed(b.IDE_ETA_NOM)) AS name
    FROM be_ide_r AS b
    WHERE trimmed(b.IDE_ETA_NUM) IS NOT NULL
    GROUP BY trimmed(b.IDE_ETA_NUM)
),

hospitals AS (
    SELECT
        trimmed(e.ETA_NUM) AS finess,
        MIN(trimmed(e.STA_ETA)) AS sector,
        MIN(trimmed(e.SOC_RAI)) AS name,
        MIN(trimmed(e.REG_ETA)) AS region
    FROM t_mcoaae AS e
    WHERE trimmed(e.ETA_NUM) IS NOT NULL
    GROUP BY trimmed(e.ETA_NUM)
),

activity AS (
    SELECT
        s.finess,
        SUM(CASE WHEN s.excluded_reason IS NULL THEN 1 ELSE 0 END) AS stays,
        SUM(CASE WHEN s.excluded_reason = 'session' THEN 1 ELSE 0 END) AS sessions,
        SUM(CASE WHEN s.excluded_reason IS NULL THEN COALESCE(s.nights, 0) ELSE 0 END) AS nights,
        COUNT(DISTINCT s.person_id) AS patients
    FROM stay AS s
    GROUP BY s.finess
),

names AS (
    SELECT r.finess FROM register AS r
    UNION
    SELECT h.finess FROM hospitals AS h
    UNION
    SELECT a.finess FROM activity AS a
)

SELECT
    n.finess,
    :year AS year,
    COALESCE(h.name, r.name) AS name,
    r.category,
    r.legal_status,
    r.legal_entity,
    h.sector,
    r.commune,
    CASE
        WHEN text_part(r.commune, 1, 2) = '97' AND code_in(text_part(r.commune, 1, 3), 'departement')
            THEN text_part(r.commune, 1, 3)
        WHEN code_in(text_part(r.commune, 1, 2), 'departement') THEN text_part(r.commune, 1, 2)
    END AS departement,
    h.region,
    COALESCE(a.stays, 0) AS stays,
    COALESCE(a.sessions, 0) AS sessions,
    COALESCE(a.nights, 0) AS nights,
    COALESCE(a.patients, 0) AS patients
FROM names AS n
LEFT JOIN register AS r ON r.finess = n.finess
LEFT JOIN hospitals AS h ON h.finess = n.finess
LEFT JOIN activity AS a ON a.finess = n.finess
