-- Every drug row of a flux month with its claim line, its share of the line's amounts, its
-- person, and the one place where it ends: outcome is NULL for a row that goes on to netting.
WITH facilities AS (
    SELECT
        e.LINE_ID,
        MAX(CASE WHEN e.ETE_IND_TAA = 1 THEN 1 ELSE 0 END) AS public_billing
    FROM er_ete_f AS e
    GROUP BY e.LINE_ID
),

drugs AS (
    SELECT
        a.LINE_ID,
        COALESCE(a.PHA_ORD_NUM, 0) AS drug_order,
        COALESCE(NULLIF(NULLIF(trimmed(a.PHA_PRS_C13), '0'), '0000000000000'), '') AS cip13,
        CASE WHEN a.PHA_PRS_IDE > 0 THEN a.PHA_PRS_IDE ELSE 0 END AS cip7,
        COALESCE(a.PHA_ACT_QSN, 0) AS boxes,
        CASE WHEN a.PHA_DEC_TOP = 'D' THEN COALESCE(a.PHA_DEC_QSU, 0) ELSE 0 END AS loose_units,
        CASE
            WHEN a.PHA_DEC_TOP = 'D'
                THEN COALESCE(a.PHA_DEC_QSU, 0) * COALESCE(a.PHA_DEC_PRU, 0)
            ELSE COALESCE(a.PHA_ACT_QSN, 0) * COALESCE(a.PHA_ACT_PRU, 0)
        END AS weight
    FROM er_pha_f AS a
),

several AS (
    SELECT d.LINE_ID, COUNT(*) AS drug_count, SUM(d.weight) AS total_weight
    FROM drugs AS d
    GROUP BY d.LINE_ID
    HAVING COUNT(*) > 1
),

ranked AS (
    SELECT
        d.LINE_ID,
        d.cip13,
        d.cip7,
        d.boxes,
        d.loose_units,
        ROW_NUMBER() OVER (
            PARTITION BY d.LINE_ID
            ORDER BY d.drug_order, d.cip13, d.cip7, d.boxes, d.loose_units, d.weight
        ) AS drug_rank,
        n.drug_count,
        CASE
            WHEN n.total_weight = 0 THEN ratio(1, n.drug_count)
            ELSE ratio(d.weight, n.total_weight)
        END AS share
    FROM drugs AS d
    INNER JOIN several AS n ON n.LINE_ID = d.LINE_ID
),

priced AS (
    SELECT
        r.LINE_ID,
        r.cip13,
        r.cip7,
        r.boxes,
        r.loose_units,
        r.drug_rank,
        r.drug_count,
        COALESCE(p.PRS_PAI_MNT, 0) AS paid,
        COALESCE(p.BSE_REM_BSE, 0) + COALESCE(p.CPL_REM_BSE, 0) AS base,
        COALESCE(p.BSE_REM_MNT, 0) + COALESCE(p.CPL_REM_MNT, 0) AS reimbursed,
        amount(COALESCE(p.PRS_PAI_MNT, 0) * r.share) AS paid_share,
        amount((COALESCE(p.BSE_REM_BSE, 0) + COALESCE(p.CPL_REM_BSE, 0)) * r.share) AS base_share,
        amount((COALESCE(p.BSE_REM_MNT, 0) + COALESCE(p.CPL_REM_MNT, 0)) * r.share)
            AS reimbursed_share
    FROM ranked AS r
    LEFT JOIN er_prs_f AS p ON p.LINE_ID = r.LINE_ID
),

totals AS (
    SELECT
        s.LINE_ID,
        SUM(s.paid_share) AS paid_total,
        SUM(s.base_share) AS base_total,
        SUM(s.reimbursed_share) AS reimbursed_total
    FROM priced AS s
    GROUP BY s.LINE_ID
),

shared AS (
    SELECT
        d.LINE_ID,
        d.cip13,
        d.cip7,
        d.boxes,
        d.loose_units,
        1 AS drug_rank,
        NULL AS paid_share,
        NULL AS base_share,
        NULL AS reimbursed_share
    FROM drugs AS d
    LEFT JOIN several AS n ON n.LINE_ID = d.LINE_ID
    WHERE n.LINE_ID IS NULL
    UNION ALL
    SELECT
        s.LINE_ID,
        s.cip13,
        s.cip7,
        s.boxes,
        s.loose_units,
        s.drug_rank,
        CASE
            WHEN s.drug_rank = s.drug_count THEN s.paid_share + s.paid - t.paid_total
            ELSE s.paid_share
        END AS paid_share,
        CASE
            WHEN s.drug_rank = s.drug_count THEN s.base_share + s.base - t.base_total
            ELSE s.base_share
        END AS base_share,
        CASE
            WHEN s.drug_rank = s.drug_count
                THEN s.reimbursed_share + s.reimbursed - t.reimbursed_total
            ELSE s.reimbursed_share
        END AS reimbursed_share
    FROM priced AS s
    INNER JOIN totals AS t ON t.LINE_ID = s.LINE_ID
),

joined AS (
    SELECT
        r.LINE_ID AS line_id,
        r.drug_rank,
        r.boxes,
        r.loose_units,
        CASE WHEN r.cip13 <> '' THEN 'CIP13' WHEN r.cip7 > 0 THEN 'CIP7' ELSE 'NONE' END
            AS code_kind,
        CASE
            WHEN text_length(r.cip13) = 13 THEN r.cip13
            WHEN r.cip13 <> '' THEN pad_left(r.cip13, 13, '0')
            WHEN r.cip7 > 0 THEN pad_left(text_of(r.cip7), 7, '0')
            ELSE ''
        END AS code,
        CASE
            WHEN p.LINE_ID IS NULL THEN 'orphan'
            WHEN p.DPN_QLF IN (71, 72) OR p.PRS_DPN_QLP IN (71, 72) THEN 'for_information'
            WHEN f.public_billing = 1 THEN 'counted_in_pmsi'
            WHEN p.CPL_MAJ_TOP >= 2 THEN 'surcharge'
            WHEN p.BEN_CDI_NIR NOT IN ('00', '03', '04') THEN 'unlinked_fictitious'
            WHEN k.pseudonym IS NULL THEN 'unlinked_not_in_referential'
            WHEN k.reason IS NOT NULL THEN 'unlinked_' || k.reason
            WHEN known_date(p.EXE_SOI_DTD) IS NULL THEN 'no_care_date'
        END AS outcome,
        known_date(p.EXE_SOI_DTD) AS care_date,
        k.person_id,
        p.PRS_NAT_REF AS nature,
        COALESCE(p.PFS_EXE_NUM, '') AS pharmacy,
        COALESCE(p.PFS_PRE_NUM, '') AS prescriber,
        p.PSP_SPE_COD AS prescriber_speciality,
        p.ETB_PRE_FIN AS prescriber_facility,
        p.FLX_DIS_DTD AS flux_month,
        COALESCE(r.paid_share, p.PRS_PAI_MNT, 0) AS amount_paid,
        COALESCE(
            r.base_share, COALESCE(p.BSE_REM_BSE, 0) + COALESCE(p.CPL_REM_BSE, 0)
        ) AS amount_base,
        COALESCE(
            r.reimbursed_share, COALESCE(p.BSE_REM_MNT, 0) + COALESCE(p.CPL_REM_MNT, 0)
        ) AS amount_reimbursed
    FROM shared AS r
    LEFT JOIN er_prs_f AS p ON p.LINE_ID = r.LINE_ID
    LEFT JOIN facilities AS f ON f.LINE_ID = r.LINE_ID
    LEFT JOIN person_link AS k ON k.pseudonym = p.BEN_NIR_PSA AND k.rank = p.BEN_RNG_GEM
)

SELECT
    CASE WHEN j.outcome IS NULL THEN month_start(j.care_date) END AS care_month,
    j.line_id,
    j.drug_rank,
    j.outcome,
    j.person_id,
    j.care_date,
    j.nature,
    j.code_kind,
    j.code,
    j.boxes,
    j.loose_units,
    j.pharmacy,
    j.prescriber,
    j.prescriber_speciality,
    j.prescriber_facility,
    j.flux_month,
    j.amount_paid,
    j.amount_base,
    j.amount_reimbursed
FROM joined AS j
