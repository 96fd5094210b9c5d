-- Long-term illness exemptions (ALD) by person and code; overlapping or contiguous periods of
-- one code are one period. An end of 1600-01-01, of 2099 or later, or none, is an open end.
WITH rows_read AS (
    SELECT
        l.person_id,
        text_of(i.IMB_ETM_NAT) AS sub_right,
        COALESCE(normalise_code(i.MED_MTF_COD), '') AS code,
        CASE WHEN i.IMB_ALD_NUM BETWEEN 1 AND 32 THEN i.IMB_ALD_NUM END AS number,
        known_date(i.IMB_ALD_DTD) AS start_date,
        COALESCE(known_date(i.IMB_ALD_DTF), DATE '9999-12-31') AS end_date,
        COALESCE(date_text(known_date(i.INS_DTE)), '') AS inserted
    FROM ir_imb_r AS i
    INNER JOIN person_link AS l ON l.pseudonym = i.BEN_NIR_PSA AND l.rank = i.BEN_RNG_GEM
    WHERE
        i.IMB_ETM_NAT IN (41, 43, 45)
        AND known_date(i.IMB_ALD_DTD) IS NOT NULL
        AND l.person_id IS NOT NULL
        AND (known_date(i.IMB_ALD_DTF) IS NULL OR i.IMB_ALD_DTF >= i.IMB_ALD_DTD)
),

latest AS (
    SELECT
        r.person_id,
        r.sub_right,
        r.code,
        r.start_date,
        MAX(r.inserted || '#' || date_text(r.end_date)) AS last_end,
        MAX(r.number) AS number,
        COUNT(*) AS row_count
    FROM rows_read AS r
    GROUP BY r.person_id, r.sub_right, r.code, r.start_date
),

periods AS (
    SELECT
        t.person_id,
        t.sub_right,
        t.code,
        t.start_date,
        t.number,
        t.row_count,
        read_date(text_part(t.last_end, text_length(t.last_end) - 9, 10), 'YYYY-MM-DD') AS end_date
    FROM latest AS t
),

seen AS (
    SELECT
        p.person_id,
        p.sub_right,
        p.code,
        p.start_date,
        p.end_date,
        p.number,
        p.row_count,
        MAX(p.end_date) OVER (
            PARTITION BY p.person_id, p.sub_right, p.code
            ORDER BY p.start_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS end_before
    FROM periods AS p
),

marked AS (
    SELECT
        s.person_id,
        s.sub_right,
        s.code,
        s.start_date,
        s.end_date,
        s.number,
        s.row_count,
        SUM(CASE
            WHEN s.end_before IS NULL THEN 1
            WHEN s.end_before = DATE '9999-12-31' THEN 0
            WHEN days_between(s.end_before, s.start_date) > 1 THEN 1
            ELSE 0
        END) OVER (
            PARTITION BY s.person_id, s.sub_right, s.code
            ORDER BY s.start_date
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS period_number
    FROM seen AS s
)

SELECT
    m.person_id,
    'ALD' AS right,
    m.sub_right,
    NULLIF(m.code, '') AS code,
    COALESCE(MAX(m.number), CASE WHEN m.sub_right = '43' THEN 31 END) AS number,
    MIN(m.start_date) AS start_date,
    NULLIF(MAX(m.end_date), DATE '9999-12-31') AS end_date,
    SUM(m.row_count) AS row_count,
    'IR_IMB_R' AS source
FROM marked AS m
GROUP BY m.person_id, m.sub_right, m.code, m.period_number
