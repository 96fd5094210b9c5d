-- Professionals of a year: what the register says of each practice, and what claims show of it.
WITH months AS (
    SELECT
        trimmed(d.PFS_PFS_NUM) AS professional,
        MAX(d.DTE_MOI_FIN) AS last_month
    FROM da_pra_r AS d
    WHERE d.DTE_ANN_TRT = text_of(:year) AND trimmed(d.PFS_PFS_NUM) IS NOT NULL
    GROUP BY trimmed(d.PFS_PFS_NUM)
),

register AS (
    SELECT
        m.professional,
        MIN(trimmed(d.PFS_PRA_SPE)) AS speciality,
        MIN(trimmed(d.CNV_CNV_COD)) AS sector,
        MIN(CASE WHEN d.IPP_SEX_COD IN ('1', '2') THEN d.IPP_SEX_COD END) AS sex,
        MIN(to_int_strict(d.IPP_ANN_NAI)) AS birth_year,
        MIN(trimmed(d.PFS_EXC_COM)) AS commune,
        MIN(trimmed(d.PRA_MEP_COD)) AS practice_mode,
        MIN(trimmed(d.EXC_EXC_NAT)) AS practice_nature
    FROM months AS m
    INNER JOIN da_pra_r AS d
        ON trimmed(d.PFS_PFS_NUM) = m.professional
        AND d.DTE_ANN_TRT = text_of(:year)
        AND d.DTE_MOI_FIN = m.last_month
    GROUP BY m.professional
),

activity AS (
    SELECT
        c.executant AS professional,
        MAX(c.executant_speciality) AS claim_speciality,
        MAX(c.executant_activity) AS claim_activity,
        SUM(c.quantity) AS quantity,
        COUNT(DISTINCT c.person_id) AS patients,
        SUM(c.amount_paid) AS amount_paid,
        SUM(c.amount_base) AS amount_base
    FROM care AS c
    WHERE c.executant IS NOT NULL AND c.executant <> '00000000'
    GROUP BY c.executant
),

names AS (
    SELECT r.professional FROM register AS r
    UNION
    SELECT a.professional FROM activity AS a
)

SELECT
    n.professional,
    :year AS year,
    COALESCE(to_int_strict(r.speciality), a.claim_speciality) AS speciality,
    a.claim_activity AS activity_nature,
    r.sector,
    r.sex,
    CASE WHEN r.birth_year BETWEEN 1900 AND 2010 THEN r.birth_year END AS birth_year,
    r.commune,
    CASE
        WHEN text_part(r.commune, 1, 2) = '97' AND code_in(text_part(r.commune, 1, 3), 'departement')
            THEN text_part(r.commune, 1, 3)
        WHEN code_in(text_part(r.commune, 1, 2), 'departement') THEN text_part(r.commune, 1, 2)
    END AS departement,
    r.practice_mode,
    r.practice_nature,
    CASE WHEN r.professional IS NULL THEN 0 ELSE 1 END AS in_register,
    COALESCE(a.quantity, 0) AS quantity,
    COALESCE(a.patients, 0) AS patients,
    COALESCE(a.amount_paid, 0) AS amount_paid,
    COALESCE(a.amount_base, 0) AS amount_base
FROM names AS n
LEFT JOIN register AS r ON r.professional = n.professional
LEFT JOIN activity AS a ON a.professional = n.professional
