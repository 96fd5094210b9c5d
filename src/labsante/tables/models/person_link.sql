-- One row for each (pseudonym, rank) of the beneficiary referential: the person it names, or
-- the reason why it names none.
WITH rows_read AS (
    SELECT
        b.BEN_NIR_PSA AS pseudonym,
        b.BEN_RNG_GEM AS rank,
        trimmed(b.BEN_IDT_ANO) AS identity,
        trimmed(b.BEN_CDI_NIR) AS nir_quality
    FROM ir_ben_r AS b
    WHERE b.BEN_NIR_PSA IS NOT NULL
),

pairs AS (
    SELECT
        r.pseudonym,
        r.rank,
        MIN(r.identity) AS identity,
        COUNT(DISTINCT r.identity) AS identities,
        MAX(CASE
            WHEN r.nir_quality IS NULL OR r.nir_quality IN ('00', '03', '04') THEN 0
            ELSE 1
        END) AS fictitious,
        COUNT(*) AS row_count
    FROM rows_read AS r
    GROUP BY r.pseudonym, r.rank
),

judged AS (
    SELECT
        p.pseudonym,
        p.rank,
        p.row_count,
        CASE
            WHEN p.fictitious = 1 THEN 'fictitious'
            WHEN p.identities > 1 THEN 'several_identities'
        END AS reason,
        hash60(COALESCE(
            p.identity, p.pseudonym || COALESCE(text_of(p.rank), '')
        )) AS candidate
    FROM pairs AS p
)

SELECT
    j.pseudonym,
    j.rank,
    CASE WHEN j.reason IS NULL THEN j.candidate END AS person_id,
    j.reason,
    j.row_count
FROM judged AS j
