-- Every claim line of a flux month that is not a drug, with its detail (act, biology, device,
-- transport) and its share of the line's amounts, its person, and the one place where it ends.
WITH facilities AS (
    SELECT
        e.LINE_ID,
        MAX(CASE WHEN e.ETE_IND_TAA = 1 THEN 1 ELSE 0 END) AS public_billing,
        MAX(e.ETB_EXE_FIN) AS facility,
        MAX(e.ETE_CAT_COD) AS facility_category
    FROM er_ete_f AS e
    GROUP BY e.LINE_ID
),

other_payers AS (
    SELECT r.LINE_ID, SUM(COALESCE(r.ARO_REM_MNT, 0)) AS paid_by_others
    FROM er_aro_f AS r
    GROUP BY r.LINE_ID
),

drug_lines AS (
    SELECT a.LINE_ID FROM er_pha_f AS a GROUP BY a.LINE_ID
),

hospital_drug_lines AS (
    SELECT u.LINE_ID FROM er_ucd_f AS u GROUP BY u.LINE_ID
),

details AS (
    SELECT
        c.LINE_ID,
        'CCAM' AS code_system,
        COALESCE(text_part(normalise_code(c.CAM_PRS_IDE), 1, 7), '') AS code,
        COALESCE(text_of(c.CAM_ACT_COD), '') AS activity,
        COALESCE(c.CAM_ORD_NUM, 0) AS detail_order,
        0 AS detail_quantity,
        COALESCE(c.CAM_REM_BSE, 0) AS weight
    FROM er_cam_f AS c
    UNION ALL
    SELECT
        b.LINE_ID,
        'NABM' AS code_system,
        COALESCE(text_of(b.BIO_PRS_IDE), '') AS code,
        '' AS activity,
        COALESCE(b.BIO_ORD_NUM, 0) AS detail_order,
        COALESCE(b.BIO_ACT_QSN, 0) AS detail_quantity,
        COALESCE(b.BIO_ACT_QSN, 0) AS weight
    FROM er_bio_f AS b
    UNION ALL
    SELECT
        t.LINE_ID,
        'LPP' AS code_system,
        COALESCE(text_of(t.TIP_PRS_IDE), '') AS code,
        '' AS activity,
        COALESCE(t.TIP_ORD_NUM, 0) AS detail_order,
        COALESCE(t.TIP_ACT_QSN, 0) AS detail_quantity,
        COALESCE(t.TIP_ACT_QSN, 0) * COALESCE(t.TIP_ACT_PRU, 0) AS weight
    FROM er_tip_f AS t
    UNION ALL
    SELECT
        d.LINE_ID,
        'TRANSPORT' AS code_system,
        COALESCE(text_of(d.TRS_PRS_IDE), '') AS code,
        '' AS activity,
        COALESCE(d.TRS_ORD_NUM, 0) AS detail_order,
        COALESCE(d.TRS_ACT_QSN, 0) AS detail_quantity,
        COALESCE(d.TRS_ACT_QSN, 0) * COALESCE(d.TRS_ACT_PRU, 0) AS weight
    FROM er_dtr_f AS d
),

ranked AS (
    SELECT
        d.LINE_ID,
        d.code_system,
        d.code,
        d.activity,
        d.detail_quantity,
        d.weight,
        ROW_NUMBER() OVER (
            PARTITION BY d.LINE_ID
            ORDER BY d.code_system, d.detail_order, d.code, d.activity, d.detail_quantity, d.weight
        ) AS detail_rank,
        COUNT(*) OVER (PARTITION BY d.LINE_ID) AS detail_count,
        SUM(d.weight) OVER (PARTITION BY d.LINE_ID) AS total_weight
    FROM details AS d
),

joined AS (
    SELECT
        p.LINE_ID AS line_id,
        COALESCE(r.detail_rank, 1) AS detail_rank,
        COALESCE(r.detail_count, 1) AS detail_count,
        COALESCE(r.code_system, '') AS code_system,
        COALESCE(r.code, '') AS code,
        COALESCE(r.activity, '') AS activity,
        CASE
            WHEN r.code_system IN ('NABM', 'LPP', 'TRANSPORT') THEN r.detail_quantity
            ELSE COALESCE(p.PRS_ACT_QTE, 0)
        END AS quantity,
        CASE
            WHEN COALESCE(r.detail_count, 1) = 1 THEN 1
            WHEN r.total_weight = 0 THEN ratio(1, r.detail_count)
            ELSE ratio(r.weight, r.total_weight)
        END AS share,
        CASE
            WHEN a.LINE_ID IS NOT NULL THEN 'counted_in_dispensing'
            WHEN u.LINE_ID IS NOT NULL THEN 'counted_in_hospital_drug'
            WHEN p.DPN_QLF IN (71, 72) OR p.PRS_DPN_QLP IN (71, 72) THEN 'for_information'
            WHEN f.public_billing = 1 THEN 'counted_in_pmsi'
            WHEN p.BEN_CDI_NIR NOT IN ('00', '03', '04') THEN 'unlinked_fictitious'
            WHEN k.pseudonym IS NULL THEN 'unlinked_not_in_referential'
            WHEN k.reason IS NOT NULL THEN 'unlinked_' || k.reason
            WHEN known_date(p.EXE_SOI_DTD) IS NULL THEN 'no_care_date'
        END AS outcome,
        known_date(p.EXE_SOI_DTD) AS care_date,
        k.person_id,
        p.PRS_NAT_REF AS service,
        CASE WHEN COALESCE(p.CPL_MAJ_TOP, 0) = 0 THEN 0 ELSE 1 END AS is_surcharge,
        COALESCE(p.PFS_EXE_NUM, '') AS executant,
        p.PSE_SPE_COD AS executant_speciality,
        p.PSE_ACT_NAT AS executant_activity,
        COALESCE(p.PFS_PRE_NUM, '') AS prescriber,
        p.PSP_SPE_COD AS prescriber_speciality,
        f.facility,
        f.facility_category,
        p.RGO_ASU_NAT AS risk,
        p.EXO_MTF AS exemption,
        p.FLX_DIS_DTD AS flux_date,
        COALESCE(p.PRS_PAI_MNT, 0) AS paid,
        COALESCE(p.BSE_REM_BSE, 0) + COALESCE(p.CPL_REM_BSE, 0) AS base,
        COALESCE(p.BSE_REM_MNT, 0) + COALESCE(p.CPL_REM_MNT, 0) AS reimbursed,
        COALESCE(o.paid_by_others, 0) AS others
    FROM er_prs_f AS p
    LEFT JOIN ranked AS r ON r.LINE_ID = p.LINE_ID
    LEFT JOIN drug_lines AS a ON a.LINE_ID = p.LINE_ID
    LEFT JOIN hospital_drug_lines AS u ON u.LINE_ID = p.LINE_ID
    LEFT JOIN facilities AS f ON f.LINE_ID = p.LINE_ID
    LEFT JOIN other_payers AS o ON o.LINE_ID = p.LINE_ID
    LEFT JOIN person_link AS k ON k.pseudonym = p.BEN_NIR_PSA AND k.rank = p.BEN_RNG_GEM
),

totals AS (
    SELECT
        j.line_id,
        SUM(amount(j.paid * j.share)) AS paid_total,
        SUM(amount(j.base * j.share)) AS base_total,
        SUM(amount(j.reimbursed * j.share)) AS reimbursed_total,
        SUM(amount(j.others * j.share)) AS others_total
    FROM joined AS j
    WHERE j.detail_count > 1
    GROUP BY j.line_id
)

SELECT
    CASE WHEN j.outcome IS NULL THEN month_start(j.care_date) END AS care_month,
    j.line_id,
    j.detail_rank,
    j.outcome,
    j.person_id,
    j.care_date,
    j.service,
    j.is_surcharge,
    j.code_system,
    j.code,
    j.activity,
    j.quantity,
    j.executant,
    j.executant_speciality,
    j.executant_activity,
    j.prescriber,
    j.prescriber_speciality,
    j.facility,
    j.facility_category,
    j.risk,
    j.exemption,
    j.flux_date AS flux_month,
    CASE
        WHEN j.detail_count > 1 AND j.detail_rank = j.detail_count
            THEN amount(j.paid * j.share) + j.paid - t.paid_total
        ELSE amount(j.paid * j.share)
    END AS amount_paid,
    CASE
        WHEN j.detail_count > 1 AND j.detail_rank = j.detail_count
            THEN amount(j.base * j.share) + j.base - t.base_total
        ELSE amount(j.base * j.share)
    END AS amount_base,
    CASE
        WHEN j.detail_count > 1 AND j.detail_rank = j.detail_count
            THEN amount(j.reimbursed * j.share) + j.reimbursed - t.reimbursed_total
        ELSE amount(j.reimbursed * j.share)
    END AS amount_reimbursed,
    CASE
        WHEN j.detail_count > 1 AND j.detail_rank = j.detail_count
            THEN amount(j.others * j.share) + j.others - t.others_total
        ELSE amount(j.others * j.share)
    END AS amount_other_payers
FROM joined AS j
LEFT JOIN totals AS t ON t.line_id = j.line_id
