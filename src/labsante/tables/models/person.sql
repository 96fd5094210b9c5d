-- One row for each real person: attributes arbitrated over every pseudonym they had.
-- The row that speaks is the one last processed (MAX_TRT_DTD, else BEN_DTE_MAJ); sex, birth and
-- residence each come from the last row where they are known.
WITH rows_read AS (
    SELECT
        l.person_id,
        b.BEN_NIR_PSA AS pseudonym,
        b.BEN_RNG_GEM AS rank,
        COALESCE(date_text(COALESCE(known_date(b.MAX_TRT_DTD), known_date(b.BEN_DTE_MAJ))), '')
            || '|' || b.BEN_NIR_PSA || '|' || COALESCE(text_of(b.BEN_RNG_GEM), '') AS recency,
        CASE
            WHEN b.BEN_SEX_COD = 1 THEN '1'
            WHEN b.BEN_SEX_COD = 2 THEN '2'
        END AS sex,
        CASE
            WHEN to_int_strict(b.BEN_NAI_ANN) BETWEEN 1850 AND 2100
                THEN to_int_strict(b.BEN_NAI_ANN)
        END AS birth_year,
        CASE
            WHEN to_int_strict(b.BEN_NAI_MOI) BETWEEN 1 AND 12 THEN to_int_strict(b.BEN_NAI_MOI)
        END AS birth_month,
        COALESCE(
            known_date(b.BEN_DCD_DTE),
            known_date(read_date(b.BEN_DCD_AME, 'YYYYMM'))
        ) AS death_date,
        CASE WHEN trimmed(b.BEN_CDI_NIR) = '00' THEN 1 ELSE 0 END AS certified,
        CASE WHEN b.BEN_IDT_TOP = 1 THEN 1 ELSE 0 END AS own_number,
        trimmed(b.BEN_RES_DPT) AS residence_departement,
        trimmed(b.BEN_RES_COM) AS residence_commune,
        trimmed(b.ORG_AFF_BEN) AS fund
    FROM ir_ben_r AS b
    INNER JOIN person_link AS l ON l.pseudonym = b.BEN_NIR_PSA AND l.rank = b.BEN_RNG_GEM
    WHERE l.person_id IS NOT NULL
),

arbitrated AS (
    SELECT
        r.person_id,
        COUNT(DISTINCT r.pseudonym) AS pseudonyms,
        MAX(CASE WHEN r.sex IS NOT NULL THEN r.recency || '#' || r.sex END) AS last_sex,
        MAX(CASE
            WHEN r.birth_year IS NOT NULL
                THEN r.recency || '#' || text_of(r.birth_year)
                    || pad_left(COALESCE(text_of(r.birth_month), '0'), 2, '0')
        END) AS last_birth,
        MAX(CASE
            WHEN r.residence_departement IS NOT NULL
                THEN r.recency || '#' || pad_left(text_part(r.residence_departement, 1, 3), 3, ' ')
                    || pad_left(text_part(COALESCE(r.residence_commune, ''), 1, 3), 3, ' ')
        END) AS last_residence,
        MAX(CASE WHEN r.fund IS NOT NULL THEN r.recency || '#' || pad_left(r.fund, 9, ' ') END)
            AS last_fund,
        MAX(CASE
            WHEN r.death_date IS NOT NULL THEN r.recency || '#' || date_text(r.death_date)
        END) AS last_death,
        COUNT(DISTINCT r.sex) AS sexes,
        COUNT(DISTINCT r.birth_year * 100 + COALESCE(r.birth_month, 0)) AS births,
        MAX(r.certified) AS certified,
        MAX(r.own_number) AS own_number
    FROM rows_read AS r
    GROUP BY r.person_id
),

causes AS (
    SELECT
        hash60(trimmed(k.BEN_IDT_ANO)) AS person_id,
        MAX(known_date(k.BEN_DCD_DTE)) AS death_date
    FROM ki_cci_r AS k
    WHERE k.DCD_IDT_TOP = 1 AND trimmed(k.BEN_IDT_ANO) IS NOT NULL
    GROUP BY hash60(trimmed(k.BEN_IDT_ANO))
),

hospital AS (
    SELECT
        l.person_id,
        MAX(h.death_date) AS death_date
    FROM hospital_death AS h
    INNER JOIN pseudonym_link AS l ON l.pseudonym = h.pseudonym
    WHERE l.person_id IS NOT NULL
    GROUP BY l.person_id
),

parts AS (
    SELECT
        a.person_id,
        a.pseudonyms,
        a.sexes,
        a.births,
        a.certified,
        a.own_number,
        text_part(a.last_sex, text_length(a.last_sex), 1) AS sex,
        to_int_strict(text_part(a.last_birth, text_length(a.last_birth) - 5, 4)) AS birth_year,
        NULLIF(to_int_strict(text_part(a.last_birth, text_length(a.last_birth) - 1, 2)), 0)
            AS birth_month,
        text_part(a.last_residence, text_length(a.last_residence) - 5, 6) AS residence,
        text_part(a.last_fund, text_length(a.last_fund) - 8, 9) AS fund,
        read_date(text_part(a.last_death, text_length(a.last_death) - 9, 10), 'YYYY-MM-DD')
            AS referential_death,
        c.death_date AS causes_death,
        h.death_date AS hospital_death
    FROM arbitrated AS a
    LEFT JOIN causes AS c ON c.person_id = a.person_id
    LEFT JOIN hospital AS h ON h.person_id = a.person_id
),

dated AS (
    SELECT
        p.person_id,
        p.pseudonyms,
        p.sexes,
        p.births,
        p.certified,
        p.own_number,
        p.sex,
        p.birth_year,
        p.birth_month,
        p.residence,
        p.fund,
        CASE
            WHEN p.birth_year IS NULL OR year_of(p.referential_death) >= p.birth_year
                THEN p.referential_death
        END AS referential_death,
        CASE
            WHEN p.birth_year IS NULL OR year_of(p.causes_death) >= p.birth_year
                THEN p.causes_death
        END AS causes_death,
        CASE
            WHEN p.birth_year IS NULL OR year_of(p.hospital_death) >= p.birth_year
                THEN p.hospital_death
        END AS hospital_death,
        CASE
            WHEN p.birth_year > COALESCE(
                year_of(p.referential_death), year_of(p.causes_death), year_of(p.hospital_death)
            ) THEN 1
            ELSE 0
        END AS death_before_birth
    FROM parts AS p
)

SELECT
    d.person_id,
    d.sex,
    d.birth_year,
    d.birth_month,
    make_day(d.birth_year, COALESCE(d.birth_month, 1), 1) AS birth_date,
    COALESCE(d.referential_death, d.causes_death, d.hospital_death) AS death_date,
    CASE
        WHEN d.referential_death IS NOT NULL THEN 'IR_BEN_R'
        WHEN d.causes_death IS NOT NULL THEN 'KI_CCI_R'
        WHEN d.hospital_death IS NOT NULL THEN 'PMSI'
    END AS death_source,
    d.pseudonyms,
    CASE
        WHEN d.sex IS NULL OR d.birth_year IS NULL THEN 3
        WHEN d.sexes > 1 OR d.births > 1 OR d.death_before_birth = 1 THEN 2
        WHEN d.certified = 0 OR d.own_number = 0 THEN 1
        ELSE 0
    END AS identity_quality,
    CASE
        WHEN d.birth_year IS NULL THEN 'birth_unknown'
        WHEN d.sex IS NULL THEN 'sex_unknown'
        WHEN d.sexes > 1 THEN 'sex_variation'
        WHEN d.births > 1 THEN 'birth_variation'
        WHEN d.death_before_birth = 1 THEN 'death_before_birth'
        WHEN d.certified = 0 THEN 'number_not_certified'
        WHEN d.own_number = 0 THEN 'number_not_own'
    END AS identity_reason,
    trimmed(text_part(d.residence, 1, 3)) AS residence_departement,
    trimmed(text_part(d.residence, 4, 3)) AS residence_commune,
    trimmed(d.fund) AS residence_fund
FROM dated AS d
