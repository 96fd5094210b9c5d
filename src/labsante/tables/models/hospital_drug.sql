-- Expensive hospital drugs of a year: those paid on top of public stays (PMSI), those that the
-- claims hold (retrocession, private hospitals), netted; each euro has one source.
WITH claims AS (
    SELECT
        l.circuit,
        l.person_id,
        NULL AS stay_id,
        l.care_date,
        l.ucd7,
        l.facility AS finess,
        SUM(l.quantity) AS quantity,
        SUM(l.amount_paid) AS amount_paid,
        SUM(l.amount_reimbursed) AS amount_reimbursed,
        COUNT(*) AS line_count
    FROM ucd_line AS l
    WHERE l.outcome IS NULL AND l.care_year = :year
    GROUP BY l.circuit, l.person_id, l.care_date, l.ucd7, l.facility
    HAVING SUM(l.quantity) <> 0 OR SUM(l.amount_paid) <> 0
),

administered AS (
    SELECT
        'on_top' AS circuit,
        m.ETA_NUM,
        m.RSA_NUM,
        COALESCE(
            trimmed(m.UCD_COD),
            CASE
                WHEN text_length(trimmed(m.UCD_UCD_COD)) = 13
                    THEN text_part(trimmed(m.UCD_UCD_COD), 7, 7)
                ELSE trimmed(m.UCD_UCD_COD)
            END,
            ''
        ) AS ucd7,
        m.DELAI AS delay,
        COALESCE(m.ADM_NBR, 0) AS quantity,
        COALESCE(m.ADM_NBR_PRI, 0) AS price,
        COALESCE(NULLIF(m.NBR_SEJ, 0), 1) AS stays_of_record
    FROM t_mcoaamed AS m
    UNION ALL
    SELECT
        'early_access' AS circuit,
        m.ETA_NUM,
        m.RSA_NUM,
        COALESCE(
            trimmed(m.UCD_COD),
            CASE
                WHEN text_length(trimmed(m.UCD_UCD_COD)) = 13
                    THEN text_part(trimmed(m.UCD_UCD_COD), 7, 7)
                ELSE trimmed(m.UCD_UCD_COD)
            END,
            ''
        ) AS ucd7,
        m.DAT_DELAI AS delay,
        COALESCE(m.ADM_NBR, 0) AS quantity,
        COALESCE(m.ACH_PRI_ADM, 0) AS price,
        COALESCE(NULLIF(m.SEJ_NBR, 0), 1) AS stays_of_record
    FROM t_mcoaamedatu AS m
),

stays AS (
    SELECT
        a.circuit,
        s.person_id,
        s.stay_id,
        add_days(s.entry_date, COALESCE(a.delay, 0)) AS care_date,
        a.ucd7,
        a.ETA_NUM AS finess,
        SUM(a.quantity) AS quantity,
        SUM(amount(a.price * ratio(1, a.stays_of_record))) AS amount_paid,
        SUM(amount(a.price * ratio(1, a.stays_of_record))) AS amount_reimbursed,
        COUNT(*) AS line_count
    FROM administered AS a
    LEFT JOIN stay AS s
        ON s.stay_id = hash60('MCO|' || text_of(:year) || '|' || a.ETA_NUM || '|' || a.RSA_NUM)
    GROUP BY
        a.circuit, s.person_id, s.stay_id, add_days(s.entry_date, COALESCE(a.delay, 0)), a.ucd7,
        a.ETA_NUM
),

together AS (
    SELECT
        c.circuit, c.person_id, c.stay_id, c.care_date, c.ucd7, c.finess, c.quantity,
        c.amount_paid, c.amount_reimbursed, c.line_count
    FROM claims AS c
    UNION ALL
    SELECT
        s.circuit, s.person_id, s.stay_id, s.care_date, s.ucd7, s.finess, s.quantity,
        s.amount_paid, s.amount_reimbursed, s.line_count
    FROM stays AS s
)

SELECT
    hash60(
        t.circuit || '|' || COALESCE(text_of(t.person_id), '') || '|'
        || COALESCE(text_of(t.stay_id), '') || '|' || COALESCE(date_text(t.care_date), '') || '|'
        || t.ucd7 || '|' || COALESCE(t.finess, '')
    ) AS hospital_drug_id,
    t.person_id,
    t.stay_id,
    :year AS year,
    t.care_date,
    month_start(t.care_date) AS care_month,
    t.circuit,
    NULLIF(t.ucd7, '') AS ucd7,
    COALESCE(d.atc, u.atc) AS atc,
    t.quantity,
    t.finess,
    t.amount_paid,
    t.amount_reimbursed,
    t.line_count
FROM together AS t
LEFT JOIN drug AS d
    ON d.code_kind = 'UCD7'
    AND d.code = t.ucd7
    AND t.care_date BETWEEN d.valid_from AND d.valid_to
LEFT JOIN ucd_atc AS u ON u.ucd7 = t.ucd7
