-- Resident population by territory, sex and age band: the denominators that claims do not give.
SELECT
    'DEP-' || p.departement AS territory,
    p.departement,
    p.year,
    p.sex,
    p.age_band,
    p.persons,
    p.source
FROM population AS p
