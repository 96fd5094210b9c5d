-- @name shared
-- @grain unordered pair of actors (src < dst)
-- Patients seen by both. Pairs of days are counted without building them: for one patient,
-- days with one times days with the other.
WITH presence AS (
    SELECT patient, actor, COUNT(*) AS n_days
    FROM visit
    GROUP BY patient, actor
),
together AS (
    SELECT a.actor AS src, b.actor AS dst, COUNT(*) AS n_patients, SUM(a.n_days * b.n_days) AS n_pairs
    FROM presence AS a
    JOIN presence AS b ON a.patient = b.patient AND a.actor < b.actor
    GROUP BY a.actor, b.actor
),
same_day AS (
    SELECT a.actor AS src, b.actor AS dst, COUNT(*) AS n_same_day
    FROM visit AS a
    JOIN visit AS b ON a.patient = b.patient AND a.day = b.day AND a.actor < b.actor
    GROUP BY a.actor, b.actor
)
SELECT
    t.src AS src,
    t.dst AS dst,
    t.n_patients AS n_patients,
    t.n_pairs AS n_pairs,
    COALESCE(s.n_same_day, 0) AS n_same_day,
    0 AS sum_wait,
    0 AS sum_wait_squared
FROM together AS t
LEFT JOIN same_day AS s ON t.src = s.src AND t.dst = s.dst
