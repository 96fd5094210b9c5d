-- Hospital stays of a year (MCO), chained or not. A stay that does not count says why in
-- excluded_reason; a stay that names no person says why in link_reason. Nothing is dropped.
WITH units AS (
    SELECT
        u.ETA_NUM,
        u.RSA_NUM,
        MIN(CASE WHEN u.UM_ORD_NUM = 1 THEN trimmed(u.ETA_NUM_GEO) END) AS site,
        COUNT(*) AS unit_count,
        MAX(CASE
            WHEN text_part(u.AUT_TYP1_UM, 1, 2) IN ('01', '13') THEN 1
            ELSE 0
        END) AS intensive_unit
    FROM t_mcoaaum AS u
    GROUP BY u.ETA_NUM, u.RSA_NUM
),

chaining AS (
    SELECT
        c.ETA_NUM,
        c.RSA_NUM,
        MAX(c.NIR_ANO_17) AS pseudonym,
        MAX(COALESCE(known_date(c.EXE_SOI_DTD), known_date(c.ENT_DAT))) AS entry_date,
        MAX(COALESCE(known_date(c.EXE_SOI_DTF), known_date(c.SOR_DAT))) AS exit_date,
        MAX(CASE
            WHEN
                COALESCE(c.NIR_RET, '0') = '0'
                AND COALESCE(c.NAI_RET, '0') = '0'
                AND COALESCE(c.SEX_RET, '0') = '0'
                AND COALESCE(c.SEJ_RET, '0') = '0'
                AND COALESCE(c.FHO_RET, '0') = '0'
                AND COALESCE(c.PMS_RET, '0') = '0'
                AND COALESCE(c.DAT_RET, '0') = '0'
                AND COALESCE(c.COH_NAI_RET, '0') = '0'
                AND COALESCE(c.COH_SEX_RET, '0') = '0'
                THEN 0
            ELSE 1
        END) AS return_code
    FROM t_mcoaac AS c
    GROUP BY c.ETA_NUM, c.RSA_NUM
),

joined AS (
    SELECT
        hash60(
            'MCO|' || text_of(b.DATA_YEAR) || '|' || b.ETA_NUM || '|' || b.RSA_NUM
        ) AS stay_id,
        b.DATA_YEAR AS year,
        b.ETA_NUM AS finess,
        COALESCE(u.site, b.ETA_NUM) AS finess_site,
        CASE
            WHEN c.return_code = 0 AND NOT code_in(c.pseudonym, 'missing_pseudonym')
                THEN k.person_id
        END AS person_id,
        CASE
            WHEN c.RSA_NUM IS NULL THEN 'no_chaining_row'
            WHEN c.return_code = 1 THEN 'return_code'
            WHEN c.pseudonym IS NULL OR code_in(c.pseudonym, 'missing_pseudonym')
                THEN 'missing_pseudonym'
            WHEN k.pseudonym IS NULL THEN 'not_in_referential'
            ELSE k.reason
        END AS link_reason,
        c.entry_date,
        c.exit_date,
        trimmed(b.ENT_MOD) AS entry_mode,
        trimmed(b.ENT_PRV) AS origin,
        trimmed(b.SOR_MOD) AS exit_mode,
        trimmed(b.SOR_DES) AS destination,
        b.SEJ_NBJ AS nights,
        b.NBR_SEA AS sessions,
        normalise_code(b.GRG_GHM) AS ghm,
        trimmed(b.GHS_NUM) AS ghs,
        normalise_code(b.DGN_PAL) AS principal_diagnosis,
        normalise_code(b.DGN_REL) AS related_diagnosis,
        CASE WHEN b.COD_SEX IN ('1', '2') THEN b.COD_SEX END AS sex,
        CASE
            WHEN b.AGE_ANN BETWEEN 0 AND 130 THEN b.AGE_ANN
            WHEN b.AGE_ANN IS NULL AND b.AGE_JOU IS NOT NULL THEN 0
        END AS age,
        CASE
            WHEN b.BDI_DEP = '9A' THEN '971'
            WHEN b.BDI_DEP = '9B' THEN '972'
            WHEN b.BDI_DEP = '9C' THEN '973'
            WHEN b.BDI_DEP = '9D' THEN '974'
            WHEN b.BDI_DEP = '9F' THEN '976'
            WHEN code_in(b.BDI_DEP, 'departement') THEN b.BDI_DEP
        END AS departement,
        trimmed(b.BDI_COD) AS postal_zone,
        trimmed(b.SEJ_TYP) AS stay_type,
        CASE WHEN COALESCE(trimmed(b.TYP_GEN_RSA), '0') <> '0' THEN 1 ELSE 0 END AS generated,
        CASE WHEN b.ENT_PRV = '5' THEN 1 ELSE 0 END AS emergency,
        CASE WHEN b.UHCD_TOP = '1' THEN 1 ELSE 0 END AS short_stay_unit,
        CASE WHEN b.PAS_LIT_DED = '1' THEN 1 ELSE 0 END AS palliative_bed,
        CASE WHEN u.intensive_unit = 1 OR b.NBR_SUP_REA > 0 THEN 1 ELSE 0 END AS intensive_care,
        COALESCE(u.unit_count, b.NBR_RUM) AS unit_count
    FROM t_mcoaab AS b
    LEFT JOIN chaining AS c ON c.ETA_NUM = b.ETA_NUM AND c.RSA_NUM = b.RSA_NUM
    LEFT JOIN units AS u ON u.ETA_NUM = b.ETA_NUM AND u.RSA_NUM = b.RSA_NUM
    LEFT JOIN pseudonym_link AS k ON k.pseudonym = c.pseudonym
)

SELECT
    j.stay_id,
    'MCO' AS field,
    j.year,
    j.finess,
    j.finess_site,
    j.person_id,
    j.link_reason,
    j.entry_date,
    j.exit_date,
    j.entry_mode,
    j.origin,
    j.exit_mode,
    j.destination,
    CASE WHEN text_part(j.ghm, 1, 2) <> '28' OR j.ghm IS NULL THEN j.nights END AS nights,
    j.sessions,
    j.ghm,
    text_part(j.ghm, 1, 5) AS ghm_root,
    text_part(j.ghm, 1, 2) AS cmd,
    text_part(j.ghm, 6, 1) AS severity,
    text_part(j.ghm, 3, 1) AS activity,
    j.ghs,
    j.principal_diagnosis,
    j.related_diagnosis,
    j.sex,
    j.age,
    j.departement,
    j.postal_zone,
    CASE
        WHEN j.year <= 2017 AND code_in(j.finess, 'duplicate_finess') THEN 'duplicate_finess'
        WHEN text_part(j.ghm, 1, 2) = '90' THEN 'ghm_error'
        WHEN j.stay_type = 'B' THEN 'inter_hospital'
        WHEN j.generated = 1 THEN 'generated_record'
        WHEN text_part(j.ghm, 1, 2) = '28' THEN 'session'
    END AS excluded_reason,
    j.emergency,
    j.short_stay_unit,
    j.palliative_bed,
    j.intensive_care,
    j.unit_count
FROM joined AS j
