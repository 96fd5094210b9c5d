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

ranked AS (
    SELECT
        d.LINE_ID,
        d.cip13,
        d.cip7,
        d.boxes,
        d.loose_units,
        d.weight,
        ROW_NUMBER() OVER (
            PARTITION BY d.LINE_ID
            ORDER BY d.drug_order, d.cip13, d.cip7, d.boxes, d.loose_units, d.weight
        ) AS drug_rank,
        COUNT(*) OVER (PARTITION BY d.LINE_ID) AS drug_count,
        SUM(d.weight) OVER (PARTITION BY d.LINE_ID) AS total_weight
    FROM drugs AS d
),

lines AS (
    SELECT
        p.LINE_ID,
        p.BEN_NIR_PSA AS pseudonym,
        p.BEN_RNG_GEM AS rank,
        known_date(p.EXE_SOI_DTD) AS care_date,
        p.PRS_NAT_REF AS nature,
        p.DPN_QLF AS qualifier,
        p.PRS_DPN_QLP AS transmitted_qualifier,
        p.CPL_MAJ_TOP AS surcharge,
        p.BEN_CDI_NIR AS nir_quality,
        COALESCE(p.PFS_EXE_NUM, '') AS pharmacy,
        COALESCE(p.PFS_PRE_NUM, '') AS prescriber,
        p.PSP_SPE_COD AS prescriber_speciality,
        p.ETB_PRE_FIN AS prescriber_facility,
        p.FLX_DIS_DTD AS flux_date,
        COALESCE(p.PRS_PAI_MNT, 0) AS paid,
        COALESCE(p.BSE_REM_BSE, 0) + COALESCE(p.CPL_REM_BSE, 0) AS base,
        COALESCE(p.BSE_REM_MNT, 0) + COALESCE(p.CPL_REM_MNT, 0) AS reimbursed
    FROM er_prs_f AS p
),

joined AS (
    SELECT
        r.LINE_ID AS line_id,
        r.drug_rank,
        r.drug_count,
        r.boxes,
        r.loose_units,
        CASE WHEN r.cip13 <> '' THEN 'CIP13' WHEN r.cip7 > 0 THEN 'CIP7' ELSE 'NONE' END
            AS code_kind,
        CASE
            WHEN r.cip13 <> '' THEN pad_left(r.cip13, 13, '0')
            WHEN r.cip7 > 0 THEN pad_left(text_of(r.cip7), 7, '0')
            ELSE ''
        END AS code,
        CASE
            WHEN r.drug_count = 1 THEN 1
            WHEN r.total_weight = 0 THEN ratio(1, r.drug_count)
            ELSE ratio(r.weight, r.total_weight)
        END AS share,
        CASE
            WHEN l.LINE_ID IS NULL THEN 'orphan'
            WHEN l.qualifier IN (71, 72) OR l.transmitted_qualifier IN (71, 72)
                THEN 'for_information'
            WHEN f.public_billing = 1 THEN 'counted_in_pmsi'
            WHEN l.surcharge >= 2 THEN 'surcharge'
            WHEN l.nir_quality NOT IN ('00', '03', '04') THEN 'unlinked_fictitious'
            WHEN k.pseudonym IS NULL THEN 'unlinked_not_in_referential'
            WHEN k.reason IS NOT NULL THEN 'unlinked_' || k.reason
            WHEN l.care_date IS NULL THEN 'no_care_date'
        END AS outcome,
        l.care_date,
        k.person_id,
        l.nature,
        l.pharmacy,
        l.prescriber,
        l.prescriber_speciality,
        l.prescriber_facility,
        l.flux_date,
        COALESCE(l.paid, 0) AS paid,
        COALESCE(l.base, 0) AS base,
        COALESCE(l.reimbursed, 0) AS reimbursed
    FROM ranked AS r
    LEFT JOIN lines AS l ON l.LINE_ID = r.LINE_ID
    LEFT JOIN facilities AS f ON f.LINE_ID = r.LINE_ID
    LEFT JOIN person_link AS k ON k.pseudonym = l.pseudonym AND k.rank = l.rank
),

shared AS (
    SELECT
        j.line_id,
        j.drug_rank,
        j.drug_count,
        j.boxes,
        j.loose_units,
        j.code_kind,
        j.code,
        j.outcome,
        j.care_date,
        j.person_id,
        j.nature,
        j.pharmacy,
        j.prescriber,
        j.prescriber_speciality,
        j.prescriber_facility,
        j.flux_date,
        j.paid,
        j.base,
        j.reimbursed,
        amount(j.paid * j.share) AS paid_share,
        amount(j.base * j.share) AS base_share,
        amount(j.reimbursed * j.share) AS reimbursed_share
    FROM joined AS j
),

totals AS (
    SELECT
        s.line_id,
        SUM(s.paid_share) AS paid_total,
        SUM(s.base_share) AS base_total,
        SUM(s.reimbursed_share) AS reimbursed_total
    FROM shared AS s
    WHERE s.drug_count > 1
    GROUP BY s.line_id
)

SELECT
    CASE WHEN s.outcome IS NULL THEN month_start(s.care_date) END AS care_month,
    s.line_id,
    s.drug_rank,
    s.outcome,
    s.person_id,
    s.care_date,
    s.nature,
    s.code_kind,
    s.code,
    s.boxes,
    s.loose_units,
    s.pharmacy,
    s.prescriber,
    s.prescriber_speciality,
    s.prescriber_facility,
    s.flux_date AS flux_month,
    CASE
        WHEN s.drug_count > 1 AND s.drug_rank = s.drug_count
            THEN s.paid_share + s.paid - t.paid_total
        ELSE s.paid_share
    END AS amount_paid,
    CASE
        WHEN s.drug_count > 1 AND s.drug_rank = s.drug_count
            THEN s.base_share + s.base - t.base_total
        ELSE s.base_share
    END AS amount_base,
    CASE
        WHEN s.drug_count > 1 AND s.drug_rank = s.drug_count
            THEN s.reimbursed_share + s.reimbursed - t.reimbursed_total
        ELSE s.reimbursed_share
    END AS amount_reimbursed
FROM shared AS s
LEFT JOIN totals AS t ON t.line_id = s.line_id
