-- Where each person's claims of a flux month say that they live, by year of care.
SELECT
    year_of(known_date(p.EXE_SOI_DTD)) AS care_year,
    k.person_id,
    COALESCE(trimmed(p.BEN_RES_DPT), '') AS residence_departement,
    COALESCE(trimmed(p.BEN_RES_COM), '') AS residence_commune,
    MAX(p.EXE_SOI_DTD) AS last_care_date,
    COUNT(*) AS line_count
FROM er_prs_f AS p
INNER JOIN person_link AS k ON k.pseudonym = p.BEN_NIR_PSA AND k.rank = p.BEN_RNG_GEM
WHERE known_date(p.EXE_SOI_DTD) IS NOT NULL AND k.person_id IS NOT NULL
GROUP BY
    k.person_id,
    year_of(known_date(p.EXE_SOI_DTD)),
    COALESCE(trimmed(p.BEN_RES_DPT), ''),
    COALESCE(trimmed(p.BEN_RES_COM), '')
