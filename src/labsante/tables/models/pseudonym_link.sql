-- One row for each pseudonym, whatever the rank: what hospital rows join, which have no rank.
SELECT
    l.pseudonym,
    CASE
        WHEN COUNT(DISTINCT l.person_id) = 1
            AND MAX(CASE WHEN l.reason = 'several_identities' THEN 1 ELSE 0 END) = 0
            THEN MAX(l.person_id)
    END AS person_id,
    CASE
        WHEN MAX(CASE WHEN l.reason = 'several_identities' THEN 1 ELSE 0 END) = 1
            THEN 'several_identities'
        WHEN COUNT(DISTINCT l.person_id) > 1 THEN 'twin_ambiguous'
        WHEN COUNT(DISTINCT l.person_id) = 0 THEN 'fictitious'
    END AS reason
FROM person_link AS l
GROUP BY l.pseudonym
