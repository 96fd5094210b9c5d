-- Hospital outpatient acts, consultations and emergency visits of a year (external PMSI files):
-- without them, figures are too low where hospitals do the work of offices.
WITH chaining AS (
    SELECT
        c.ETA_NUM,
        c.SEQ_NUM,
        MAX(c.NIR_ANO_17) AS pseudonym,
        MAX(COALESCE(known_date(c.EXE_SOI_DTD), known_date(c.ENT_DAT))) AS care_date,
        MAX(CASE
            WHEN
                COALESCE(c.NIR_RET, '0') = '0'
                AND COALESCE(c.NAI_RET, '0') = '0'
                AND COALESCE(c.SEX_RET, '0') = '0'
                AND COALESCE(c.IAS_RET, '0') = '0'
                AND COALESCE(c.ENT_DAT_RET, '0') = '0'
                THEN 0
            ELSE 1
        END) AS return_code
    FROM t_mcoaacstc AS c
    GROUP BY c.ETA_NUM, c.SEQ_NUM
),

acts AS (
    SELECT
        b.ETA_NUM,
        b.SEQ_NUM,
        'FLAT' AS code_system,
        COALESCE(normalise_code(b.ACT_COD), '') AS code,
        COALESCE(b.DEL_DAT_ENT, 0) AS delay,
        '' AS activity,
        '' AS speciality,
        COALESCE(b.ACT_NBR, 0) AS quantity,
        COALESCE(b.HON_MNT, 0) AS paid,
        COALESCE(b.REM_BAS, 0) AS base,
        COALESCE(b.AMO_MNR, 0) AS reimbursed
    FROM t_mcoaafbstc AS b
    UNION ALL
    SELECT
        c.ETA_NUM,
        c.SEQ_NUM,
        'NGAP' AS code_system,
        COALESCE(normalise_code(c.ACT_COD), '') AS code,
        COALESCE(c.DEL_DAT_ENT, 0) AS delay,
        '' AS activity,
        COALESCE(trimmed(c.EXE_SPE), '') AS speciality,
        COALESCE(c.ACT_NBR, 0) AS quantity,
        COALESCE(c.HON_MNT, 0) AS paid,
        COALESCE(c.REM_BAS, 0) AS base,
        COALESCE(c.AMO_MNR, 0) AS reimbursed
    FROM t_mcoaafcstc AS c
    UNION ALL
    SELECT
        m.ETA_NUM,
        m.SEQ_NUM,
        'CCAM' AS code_system,
        COALESCE(text_part(normalise_code(m.CCAM_COD), 1, 7), '') AS code,
        COALESCE(m.DEL_DAT_ENT, 0) AS delay,
        COALESCE(trimmed(m.ACV_ACT), '') AS activity,
        '' AS speciality,
        1 AS quantity,
        0 AS paid,
        0 AS base,
        0 AS reimbursed
    FROM t_mcoaafmstc AS m
),

grouped AS (
    SELECT
        a.ETA_NUM,
        a.SEQ_NUM,
        a.code_system,
        a.code,
        a.delay,
        a.activity,
        a.speciality,
        SUM(a.quantity) AS quantity,
        SUM(a.paid) AS paid,
        SUM(a.base) AS base,
        SUM(a.reimbursed) AS reimbursed,
        COUNT(*) AS line_count
    FROM acts AS a
    GROUP BY a.ETA_NUM, a.SEQ_NUM, a.code_system, a.code, a.delay, a.activity, a.speciality
),

invoices AS (
    SELECT
        i.ETA_NUM,
        i.SEQ_NUM,
        MAX(CASE WHEN i.COD_SEX IN ('1', '2') THEN i.COD_SEX END) AS sex,
        MAX(i.AGE_ANN) AS age,
        MAX(i.BDI_DEP) AS bdi_dep
    FROM t_mcoaafastc AS i
    GROUP BY i.ETA_NUM, i.SEQ_NUM
)

SELECT
    hash60(
        'ACE|' || text_of(:year) || '|' || g.ETA_NUM || '|' || g.SEQ_NUM
    ) AS visit_id,
    CASE
        WHEN c.return_code = 0 AND NOT code_in(c.pseudonym, 'missing_pseudonym') THEN k.person_id
    END AS person_id,
    CASE
        WHEN c.SEQ_NUM IS NULL THEN 'no_chaining_row'
        WHEN c.return_code = 1 THEN 'return_code'
        WHEN c.pseudonym IS NULL OR code_in(c.pseudonym, 'missing_pseudonym')
            THEN 'missing_pseudonym'
        WHEN k.pseudonym IS NULL THEN 'not_in_referential'
        ELSE k.reason
    END AS link_reason,
    :year AS year,
    add_days(c.care_date, g.delay) AS care_date,
    g.ETA_NUM AS finess,
    g.code_system,
    g.code,
    g.delay AS days_after_entry,
    g.activity,
    NULLIF(g.speciality, '') AS speciality,
    g.quantity,
    CASE WHEN g.code_system = 'FLAT' AND g.code = 'ATU' THEN 1 ELSE 0 END AS is_emergency,
    i.sex,
    i.age,
    CASE
        WHEN i.bdi_dep = '9A' THEN '971'
        WHEN i.bdi_dep = '9B' THEN '972'
        WHEN i.bdi_dep = '9C' THEN '973'
        WHEN i.bdi_dep = '9D' THEN '974'
        WHEN i.bdi_dep = '9F' THEN '976'
        WHEN code_in(i.bdi_dep, 'departement') THEN i.bdi_dep
    END AS departement,
    CASE
        WHEN :year <= 2017 AND code_in(g.ETA_NUM, 'duplicate_finess') THEN 'duplicate_finess'
    END AS excluded_reason,
    g.paid AS amount_paid,
    g.base AS amount_base,
    g.reimbursed AS amount_reimbursed,
    g.line_count
FROM grouped AS g
LEFT JOIN chaining AS c ON c.ETA_NUM = g.ETA_NUM AND c.SEQ_NUM = g.SEQ_NUM
LEFT JOIN invoices AS i ON i.ETA_NUM = g.ETA_NUM AND i.SEQ_NUM = g.SEQ_NUM
LEFT JOIN pseudonym_link AS k ON k.pseudonym = c.pseudonym
