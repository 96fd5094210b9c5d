-- One row for each person alive in the year: born on or before 31 December, not dead before
-- 1 January. Residence is the last claim of the year that gives a valid département, else the
-- referential, else the fund.
WITH present AS (
    SELECT
        p.person_id,
        p.sex,
        p.birth_date,
        p.death_date,
        p.residence_departement,
        p.residence_commune,
        p.residence_fund
    FROM person AS p
    WHERE
        p.birth_date <= :year_end
        AND (p.death_date IS NULL OR p.death_date >= :year_start)
),

told AS (
    SELECT
        c.person_id,
        c.residence_departement AS dep,
        c.residence_commune AS com,
        c.last_care_date AS told_on
    FROM claim_residence AS c
    WHERE c.care_year = :year
    UNION ALL
    SELECT
        p.person_id,
        p.residence_departement AS dep,
        p.residence_commune AS com,
        DATE '1901-01-01' AS told_on
    FROM present AS p
    UNION ALL
    SELECT
        p.person_id,
        CASE
            WHEN text_part(p.residence_fund, 4, 2) IN ('97', '20')
                THEN text_part(p.residence_fund, 4, 3)
            ELSE '0' || text_part(p.residence_fund, 4, 2)
        END AS dep,
        '' AS com,
        DATE '1900-01-01' AS told_on
    FROM present AS p
),

read_codes AS (
    SELECT
        t.person_id,
        t.told_on,
        CASE
            WHEN t.dep IN ('02A', '201') THEN '2A'
            WHEN t.dep IN ('02B', '202') THEN '2B'
            WHEN t.dep = '097' THEN '97' || text_part(t.com, 1, 1)
            WHEN text_part(t.dep, 1, 1) = '0' THEN text_part(t.dep, 2, 2)
            ELSE t.dep
        END AS departement,
        t.dep,
        t.com
    FROM told AS t
),

valid AS (
    SELECT
        r.person_id,
        r.told_on,
        r.departement,
        CASE
            WHEN to_int_strict(r.com) IS NULL OR to_int_strict(r.com) = 0 OR r.com = '999' THEN ''
            WHEN text_length(r.departement) = 2 THEN r.departement || r.com
            WHEN text_part(r.com, 1, 1) = text_part(r.departement, 3, 1) THEN '97' || r.com
            ELSE r.departement || text_part(r.com, 2, 2)
        END AS commune
    FROM read_codes AS r
    WHERE code_in(r.departement, 'departement')
),

residence AS (
    SELECT
        v.person_id,
        MAX(date_text(v.told_on) || pad_left(v.departement, 3, ' ') || v.commune) AS last_told
    FROM valid AS v
    GROUP BY v.person_id
),

exempt AS (
    SELECT e.person_id
    FROM entitlement AS e
    WHERE
        e.right = 'ALD'
        AND e.start_date <= :year_end
        AND (e.end_date IS NULL OR e.end_date >= :year_start)
    GROUP BY e.person_id
),

described AS (
    SELECT
        p.person_id,
        p.sex,
        age_at(p.birth_date, :year_end) AS age,
        trimmed(text_part(r.last_told, 11, 3)) AS departement,
        trimmed(text_part(r.last_told, 14, 5)) AS commune,
        days_between(
            CASE WHEN p.birth_date > :year_start THEN p.birth_date ELSE :year_start END,
            CASE WHEN p.death_date < :year_end THEN p.death_date ELSE :year_end END
        ) + 1 AS days_present,
        CASE WHEN x.person_id IS NOT NULL THEN 1 ELSE 0 END AS has_ald,
        CASE WHEN p.death_date <= :year_end THEN 1 ELSE 0 END AS died_in_year
    FROM present AS p
    LEFT JOIN residence AS r ON r.person_id = p.person_id
    LEFT JOIN exempt AS x ON x.person_id = p.person_id
)

SELECT
    d.person_id,
    :year AS year,
    d.sex,
    d.age,
    CASE
        WHEN d.age >= 90 THEN '90+'
        WHEN d.age >= 85 THEN '85-89'
        WHEN d.age >= 80 THEN '80-84'
        WHEN d.age >= 75 THEN '75-79'
        WHEN d.age >= 70 THEN '70-74'
        WHEN d.age >= 65 THEN '65-69'
        WHEN d.age >= 60 THEN '60-64'
        WHEN d.age >= 55 THEN '55-59'
        WHEN d.age >= 50 THEN '50-54'
        WHEN d.age >= 45 THEN '45-49'
        WHEN d.age >= 40 THEN '40-44'
        WHEN d.age >= 35 THEN '35-39'
        WHEN d.age >= 30 THEN '30-34'
        WHEN d.age >= 25 THEN '25-29'
        WHEN d.age >= 20 THEN '20-24'
        WHEN d.age >= 15 THEN '15-19'
        WHEN d.age >= 10 THEN '10-14'
        WHEN d.age >= 5 THEN '05-09'
        WHEN d.age >= 0 THEN '00-04'
    END AS age_band,
    d.departement,
    CASE
        WHEN d.departement = '971' THEN '01'
        WHEN d.departement = '972' THEN '02'
        WHEN d.departement = '973' THEN '03'
        WHEN d.departement = '974' THEN '04'
        WHEN d.departement = '976' THEN '06'
        WHEN d.departement IN ('75', '77', '78', '91', '92', '93', '94', '95') THEN '11'
        WHEN d.departement IN ('18', '28', '36', '37', '41', '45') THEN '24'
        WHEN d.departement IN ('21', '25', '39', '58', '70', '71', '89', '90') THEN '27'
        WHEN d.departement IN ('14', '27', '50', '61', '76') THEN '28'
        WHEN d.departement IN ('02', '59', '60', '62', '80') THEN '32'
        WHEN d.departement IN ('08', '10', '51', '52', '54', '55', '57', '67', '68', '88')
            THEN '44'
        WHEN d.departement IN ('44', '49', '53', '72', '85') THEN '52'
        WHEN d.departement IN ('22', '29', '35', '56') THEN '53'
        WHEN d.departement IN
            ('16', '17', '19', '23', '24', '33', '40', '47', '64', '79', '86', '87') THEN '75'
        WHEN d.departement IN
            ('09', '11', '12', '30', '31', '32', '34', '46', '48', '65', '66', '81', '82')
            THEN '76'
        WHEN d.departement IN
            ('01', '03', '07', '15', '26', '38', '42', '43', '63', '69', '73', '74') THEN '84'
        WHEN d.departement IN ('04', '05', '06', '13', '83', '84') THEN '93'
        WHEN d.departement IN ('2A', '2B') THEN '94'
    END AS region,
    d.commune,
    d.days_present,
    d.has_ald,
    d.died_in_year
FROM described AS d
