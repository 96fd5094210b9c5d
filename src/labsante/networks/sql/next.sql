-- @name next
-- @grain ordered pair of actors
-- dst is seen on the patient's next day of care after src, at most :window days later. Actors of
-- one day are never each other's next: a date says nothing of the order within it.
WITH care_day AS (
    SELECT DISTINCT patient, day FROM visit
),
step AS (
    SELECT
        patient,
        day,
        LEAD(day) OVER (PARTITION BY patient ORDER BY day) AS next_day
    FROM care_day
),
pair AS (
    SELECT
        a.actor AS src,
        b.actor AS dst,
        a.patient AS patient,
        COUNT(*) AS n_pairs,
        SUM(b.day - a.day) AS sum_wait,
        SUM((b.day - a.day) * (b.day - a.day)) AS sum_wait_squared
    FROM step AS s
    JOIN visit AS a ON a.patient = s.patient AND a.day = s.day
    JOIN visit AS b ON b.patient = s.patient AND b.day = s.next_day AND a.actor <> b.actor
    WHERE s.next_day - s.day <= :window
    GROUP BY a.actor, b.actor, a.patient
)
SELECT
    src,
    dst,
    COUNT(*) AS n_patients,
    SUM(n_pairs) AS n_pairs,
    0 AS n_same_day,
    SUM(sum_wait) AS sum_wait,
    SUM(sum_wait_squared) AS sum_wait_squared
FROM pair
GROUP BY src, dst
