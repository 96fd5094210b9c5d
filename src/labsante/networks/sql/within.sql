-- @name within
-- @grain ordered pair of actors
-- dst is seen by the patient from 0 to :window days after src; a same-day pair counts both ways.
-- Visits are met through blocks of :window + 1 days, so that a patient seen every day all year
-- is compared with two blocks of days and not with the whole year.
WITH first_side AS (
    SELECT patient, actor, day, block FROM visit
    UNION ALL
    SELECT patient, actor, day, block + 1 FROM visit
),
pair AS (
    SELECT
        a.actor AS src,
        b.actor AS dst,
        a.patient AS patient,
        COUNT(*) AS n_pairs,
        SUM(CASE WHEN a.day = b.day THEN 1 ELSE 0 END) AS n_same_day,
        SUM(b.day - a.day) AS sum_wait,
        SUM((b.day - a.day) * (b.day - a.day)) AS sum_wait_squared
    FROM first_side AS a
    JOIN visit AS b
        ON a.patient = b.patient
        AND a.block = b.block
        AND b.day >= a.day
        AND b.day <= a.day + :window
        AND a.actor <> b.actor
    GROUP BY a.actor, b.actor, a.patient
)
SELECT
    src,
    dst,
    COUNT(*) AS n_patients,
    SUM(n_pairs) AS n_pairs,
    SUM(n_same_day) AS n_same_day,
    SUM(sum_wait) AS sum_wait,
    SUM(sum_wait_squared) AS sum_wait_squared
FROM pair
GROUP BY src, dst
