-- Deaths: persons known to be dead, with their certificate where it is matched, and the
-- certificates that name nobody, without which national statistics would be too low.
WITH causes AS (
    SELECT
        e.DCD_IDT_ENC,
        normalise_code(e.ECD_CIM_COD) AS code,
        ROW_NUMBER() OVER (
            PARTITION BY e.DCD_IDT_ENC
            ORDER BY e.CER_LIG_NUM, e.ECD_CAU_RNG, normalise_code(e.ECD_CIM_COD)
        ) AS cause_rank
    FROM ki_ecd_r AS e
),

mentioned AS (
    SELECT
        c.DCD_IDT_ENC,
        COUNT(*) AS cause_count,
        MAX(CASE WHEN c.cause_rank = 1 THEN c.code END) AS cause_1,
        MAX(CASE WHEN c.cause_rank = 2 THEN c.code END) AS cause_2,
        MAX(CASE WHEN c.cause_rank = 3 THEN c.code END) AS cause_3,
        MAX(CASE WHEN c.cause_rank = 4 THEN c.code END) AS cause_4,
        MAX(CASE WHEN c.cause_rank = 5 THEN c.code END) AS cause_5,
        MAX(CASE WHEN c.cause_rank = 6 THEN c.code END) AS cause_6
    FROM causes AS c
    GROUP BY c.DCD_IDT_ENC
),

certificates AS (
    SELECT
        k.DCD_IDT_ENC,
        CASE
            WHEN k.DCD_IDT_TOP = 1 AND trimmed(k.BEN_IDT_ANO) IS NOT NULL
                THEN hash60(trimmed(k.BEN_IDT_ANO))
        END AS person_id,
        known_date(k.BEN_DCD_DTE) AS death_date,
        normalise_code(k.DCD_CIM_COD) AS underlying_cause,
        k.DCD_LIE_COD AS place_kind,
        trimmed(k.DCD_DPT_COD) AS place_departement,
        CASE WHEN k.BEN_SEX_COD IN (1, 2) THEN text_of(k.BEN_SEX_COD) END AS sex,
        to_int_strict(k.BEN_NAI_ANN) AS birth_year
    FROM ki_cci_r AS k
),

matched AS (
    SELECT c.person_id, MIN(c.DCD_IDT_ENC) AS certificate
    FROM certificates AS c
    INNER JOIN person AS p ON p.person_id = c.person_id
    GROUP BY c.person_id
),

together AS (
    SELECT
        p.person_id,
        m.certificate,
        p.death_date,
        p.death_source AS source,
        p.sex,
        p.birth_year
    FROM person AS p
    LEFT JOIN matched AS m ON m.person_id = p.person_id
    WHERE p.death_date IS NOT NULL
    UNION ALL
    SELECT
        NULL AS person_id,
        c.DCD_IDT_ENC AS certificate,
        c.death_date,
        'KI_CCI_R' AS source,
        c.sex,
        c.birth_year
    FROM certificates AS c
    LEFT JOIN matched AS m ON m.certificate = c.DCD_IDT_ENC
    WHERE m.certificate IS NULL
)

SELECT
    hash60(
        COALESCE('P|' || text_of(t.person_id), 'C|' || t.certificate)
    ) AS death_id,
    t.person_id,
    t.death_date,
    year_of(t.death_date) AS year,
    t.source,
    t.sex,
    CASE
        WHEN t.birth_year BETWEEN 1850 AND 2100 THEN year_of(t.death_date) - t.birth_year
    END AS age,
    c.underlying_cause,
    n.cause_1,
    n.cause_2,
    n.cause_3,
    n.cause_4,
    n.cause_5,
    n.cause_6,
    COALESCE(n.cause_count, 0) AS cause_count,
    c.place_kind,
    c.place_departement,
    CASE WHEN t.certificate IS NULL THEN 0 ELSE 1 END AS has_certificate
FROM together AS t
LEFT JOIN certificates AS c ON c.DCD_IDT_ENC = t.certificate
LEFT JOIN mentioned AS n ON n.DCD_IDT_ENC = t.certificate
