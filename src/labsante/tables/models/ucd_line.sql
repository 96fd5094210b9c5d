-- Hospital drugs in the claims of a flux month: dispensed to outpatients by a hospital pharmacy,
-- or billed on top of a stay by a private hospital.
WITH facilities AS (
    SELECT
        e.LINE_ID,
        MAX(CASE WHEN e.ETE_IND_TAA = 1 AND e.PRS_PPU_SEC = 1 THEN 1 ELSE 0 END) AS public_billing,
        MAX(e.ETB_EXE_FIN) AS facility
    FROM er_ete_f AS e
    GROUP BY e.LINE_ID
),

joined AS (
    SELECT
        u.LINE_ID AS line_id,
        CASE
            WHEN p.LINE_ID IS NULL THEN 'orphan'
            WHEN p.DPN_QLF IN (71, 72) OR p.PRS_DPN_QLP IN (71, 72) THEN 'for_information'
            WHEN u.UCD_TOP_UCD = 1 AND f.public_billing = 1 THEN 'counted_in_pmsi'
            WHEN p.BEN_CDI_NIR NOT IN ('00', '03', '04') THEN 'unlinked_fictitious'
            WHEN k.pseudonym IS NULL THEN 'unlinked_not_in_referential'
            WHEN k.reason IS NOT NULL THEN 'unlinked_' || k.reason
            WHEN known_date(p.EXE_SOI_DTD) IS NULL THEN 'no_care_date'
        END AS outcome,
        k.person_id,
        known_date(p.EXE_SOI_DTD) AS care_date,
        CASE
            WHEN p.PRS_NAT_REF IN (3336, 3351, 3421) THEN 'early_access'
            WHEN u.UCD_TOP_UCD = 1 THEN 'on_top_private'
            ELSE 'retrocession'
        END AS circuit,
        COALESCE(
            CASE
                WHEN text_length(trimmed(u.UCD_UCD_COD)) = 13
                    THEN text_part(trimmed(u.UCD_UCD_COD), 7, 7)
                ELSE trimmed(u.UCD_UCD_COD)
            END,
            ''
        ) AS ucd7,
        COALESCE(u.UCD_DLV_NBR, 0) AS quantity,
        COALESCE(u.UCD_TTF_MNT, 0) AS paid,
        COALESCE(p.PRS_PAI_MNT, 0) AS line_paid,
        COALESCE(p.BSE_REM_MNT, 0) + COALESCE(p.CPL_REM_MNT, 0) AS line_reimbursed,
        f.facility
    FROM er_ucd_f AS u
    LEFT JOIN er_prs_f AS p ON p.LINE_ID = u.LINE_ID
    LEFT JOIN facilities AS f ON f.LINE_ID = u.LINE_ID
    LEFT JOIN person_link AS k ON k.pseudonym = p.BEN_NIR_PSA AND k.rank = p.BEN_RNG_GEM
),

ranked AS (
    SELECT
        j.line_id,
        j.outcome,
        j.person_id,
        j.care_date,
        j.circuit,
        j.ucd7,
        j.quantity,
        j.paid,
        j.line_paid,
        j.line_reimbursed,
        j.facility,
        ROW_NUMBER() OVER (PARTITION BY j.line_id ORDER BY j.ucd7, j.quantity, j.paid) AS drug_rank,
        COUNT(*) OVER (PARTITION BY j.line_id) AS drug_count,
        SUM(j.paid) OVER (PARTITION BY j.line_id) AS total_paid
    FROM joined AS j
),

shared AS (
    SELECT
        r.line_id,
        r.drug_rank,
        r.drug_count,
        r.outcome,
        r.person_id,
        r.care_date,
        r.circuit,
        r.ucd7,
        r.quantity,
        r.facility,
        r.line_paid,
        r.line_reimbursed,
        CASE
            WHEN r.drug_count = 1 THEN 1
            WHEN r.total_paid = 0 THEN ratio(1, r.drug_count)
            ELSE ratio(r.paid, r.total_paid)
        END AS share
    FROM ranked AS r
),

totals AS (
    SELECT
        s.line_id,
        SUM(amount(s.line_paid * s.share)) AS paid_total,
        SUM(amount(s.line_reimbursed * s.share)) AS reimbursed_total
    FROM shared AS s
    WHERE s.drug_count > 1
    GROUP BY s.line_id
)

SELECT
    CASE WHEN s.outcome IS NULL THEN year_of(s.care_date) END AS care_year,
    s.line_id,
    s.drug_rank,
    s.outcome,
    s.person_id,
    s.care_date,
    s.circuit,
    s.ucd7,
    s.quantity,
    s.facility,
    CASE
        WHEN s.drug_count > 1 AND s.drug_rank = s.drug_count
            THEN amount(s.line_paid * s.share) + s.line_paid - t.paid_total
        ELSE amount(s.line_paid * s.share)
    END AS amount_paid,
    CASE
        WHEN s.drug_count > 1 AND s.drug_rank = s.drug_count
            THEN amount(s.line_reimbursed * s.share) + s.line_reimbursed - t.reimbursed_total
        ELSE amount(s.line_reimbursed * s.share)
    END AS amount_reimbursed
FROM shared AS s
LEFT JOIN totals AS t ON t.line_id = s.line_id
