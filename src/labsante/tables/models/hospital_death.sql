-- Stays that ended in death, by pseudonym: SOR_MOD '9', with the exit date of the chaining file.
SELECT
    c.NIR_ANO_17 AS pseudonym,
    known_date(c.EXE_SOI_DTF) AS death_date,
    COUNT(*) AS stays
FROM t_mcoaab AS b
INNER JOIN t_mcoaac AS c ON c.ETA_NUM = b.ETA_NUM AND c.RSA_NUM = b.RSA_NUM
WHERE
    b.SOR_MOD = '9'
    AND known_date(c.EXE_SOI_DTF) IS NOT NULL
    AND c.NIR_ANO_17 IS NOT NULL
    AND COALESCE(c.NIR_RET, '0') = '0'
    AND COALESCE(c.NAI_RET, '0') = '0'
    AND COALESCE(c.SEX_RET, '0') = '0'
    AND COALESCE(c.SEJ_RET, '0') = '0'
    AND COALESCE(c.FHO_RET, '0') = '0'
    AND COALESCE(c.PMS_RET, '0') = '0'
    AND COALESCE(c.DAT_RET, '0') = '0'
    AND COALESCE(c.COH_NAI_RET, '0') = '0'
    AND COALESCE(c.COH_SEX_RET, '0') = '0'
GROUP BY c.NIR_ANO_17, known_date(c.EXE_SOI_DTF)
