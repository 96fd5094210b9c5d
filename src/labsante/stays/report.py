"""The HTML report of a bench: one self-contained page, French first, for the secure area."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from labsante.base.files import write_json, write_text
from labsante.stays.artefacts import save_model
from labsante.stays.bench import BenchResult, MomentResult
from labsante.stays.card import card
from labsante.stays.charts import calibration_chart, funnel, histogram
from labsante.stays.explain import importance, in_words
from labsante.stays.hospital import HospitalIndex, hospital_index
from labsante.stays.table import TEST, labels

EXPLAINED = 500
LAST_BAR = 30

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#1d2733;max-width:62rem;
margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem}h2{font-size:1.3rem;margin-top:2.2rem}h3{font-size:1.05rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;margin:.6rem 0}
th,td{text-align:right;padding:.25rem .6rem;border-bottom:1px solid #d6dce2}
th:first-child,td:first-child{text-align:left}svg{max-width:36rem;width:100%;font-size:12px}
.note{color:#4b5967}.bad{color:#a32a12;font-weight:600}
@media(prefers-color-scheme:dark){body{background:#11161c;color:#e6ebf0}th,td{border-color:#36424e}
.note{color:#a9b6c2}svg text{fill:#e6ebf0}}
"""


def case_mix_index(result: BenchResult) -> HospitalIndex | None:
    """The index on the test rows by the discharge model; None without hospitals or model."""
    item = next((item for item in result.moments if item.moment == "discharge"), None)
    test = result.stays.where(TEST)
    if item is None or (test.hospital.codes < 0).all():
        return None
    names = [name for name in result.spec.group if name in test.columns]
    group = labels(test, names[0]) if names else None
    severity = labels(test, "ghm") if "ghm" in test.columns else None
    return hospital_index(test, item.predicted.mean, group=group, severity_group=severity)


def write_report(result: BenchResult, folder: Path) -> None:
    """Write ``report.html``, ``metrics.json``, and by moment a card and the model's files."""
    folder.mkdir(parents=True, exist_ok=True)
    index = case_mix_index(result)
    for item in result.moments:
        save_model(item.model, folder / f"model-{item.moment}")
        write_text(folder / f"card-{item.moment}.md", card(item.model, item.scores))
    if index is not None:
        write_json(folder / "hospital_index.json", index.as_dict())
    write_json(folder / "metrics.json", result.as_dict())
    write_text(folder / "report.html", report_html(result, index))


def report_html(result: BenchResult, index: HospitalIndex | None) -> str:
    """The page."""
    spec = result.spec
    unit = "jours" if spec.target.unit == "days" else "nuits"
    parts = [
        f"<h1>Durées de séjour : {escape(spec.title.fr)}</h1>",
        f'<p class="note">{escape(spec.title.en)}. Document de la zone sécurisée : il ne se publie '
        "pas tel quel. <span lang=en>For the secure area only.</span></p>",
        _population(result, unit),
        *(_moment(item, result, unit) for item in result.moments),
        _canary(result),
        _hospitals(index),
        _limits(),
    ]
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Durées de séjour : {escape(spec.title.fr)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{''.join(parts)}</main></body></html>\n"
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    top = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _number(value: float | None, digits: int = 3) -> str:
    if value is None or not np.isfinite(value):
        return "–"
    return f"{value:.{digits}f}".replace(".", ",")


def _bounds(item: dict[str, float], digits: int = 3) -> str:
    low, high = _number(item["low95"], digits), _number(item["high95"], digits)
    return f"{_number(item['value'], digits)} [{low} ; {high}]"


def _population(result: BenchResult, unit: str) -> str:
    spec, length = result.spec, result.stays.length
    rows = [[step, f"{count}"] for step, count in result.stays.flow]
    counts = np.bincount(np.minimum(length, LAST_BAR).astype(int), minlength=LAST_BAR + 1)
    trim = "aucune" if spec.trim.method == "none" else spec.trim.method
    zero = float((length == 0).mean())
    return (
        "<h2>La population <span lang=en>(population)</span></h2>"
        + _table(["étape", "séjours"], rows)
        + f"<p>Moyenne {_number(float(length.mean()), 2)} {unit}, médiane "
        f"{_number(float(np.median(length)), 1)}, 90e centile "
        f"{_number(float(np.quantile(length, 0.9)), 1)}, maximum "
        f"{_number(float(length.max()), 0)}. "
        f"Séjours sans nuit : {_number(100 * zero, 1)} %. Troncature : {escape(trim)}. "
        f"Décès : {escape(spec.population.death)}. Transferts : "
        f"{escape(spec.population.transfer)}.</p>" + histogram(counts.tolist(), unit)
    )


def _moment(item: MomentResult, result: BenchResult, unit: str) -> str:
    scores = item.scores
    totals, typical, interval = scores["totals"], scores["typical_stay"], scores["interval"]
    who = {"hospital": "par hôpital", "patient": "par patient"}[scores["bootstrap"]]
    head = [
        "modèle",
        "R²",
        f"erreur de la moyenne ({unit})",
        "erreur de la médiane",
        "observé/attendu",
    ]
    rows = [
        [
            "le modèle",
            _bounds(totals["r_squared"]),
            _bounds(totals["mae_of_mean"]),
            _bounds(typical["mae_of_median"]),
            _bounds(totals["observed_expected"]),
        ]
    ]
    for base in item.baselines:
        if "why_not" in base:
            rows.append([base["name"], f"non calculé ({base['why_not']})", "–", "–", "–"])
        else:
            rows.append(
                [base["name"]]
                + [
                    _number(base[key])
                    for key in ("r_squared", "mae_of_mean", "mae_of_median", "observed_expected")
                ]
            )
    groups = [
        [
            f"{row['column']} = {row['level'] or 'non renseigné'}",
            f"{row['rows']}",
            _number(row["observed"], 2),
            _number(row["observed_expected"]),
            _number(row["mae_of_median"], 2),
            f"{_number(100 * row['coverage'], 1)} %",
            _number(row["mean_width"], 1),
        ]
        for row in scores["groups"]
    ]
    test = result.stays.where(TEST)
    sample = test.take(np.arange(min(EXPLAINED, len(test))))
    weights = importance(item.model, sample)[:10]
    named = [
        [in_words(item.model, name, 1.0)["fr"].split(" :")[0], _number(weight)]
        for name, weight in weights
    ]
    intro = {
        "admission": "Ce qui est connu à l'entrée : pour prévoir les lits.",
        "discharge": "Patients comparables, sans l'hôpital ni la sévérité : pour comparer.",
    }.get(item.moment, "Diagnostic : mesure ce que valent les colonnes que la durée a faites.")
    return (
        f"<h2>Modèle « {escape(item.moment)} »</h2><p>{intro} {len(item.model.columns)} colonnes, "
        f"{item.model.train_rows} séjours appris, {scores['rows']} jugés. Intervalles à 95 % par "
        f"tirage {who}.</p>" + _table(head, rows) + f"<p>Intervalles à {interval['nominal']:.0%} : "
        f"{_number(100 * interval['coverage'], 1)} % des séjours y tombent ; "
        f"largeur moyenne {_number(interval['mean_width'], 2)} {unit}. "
        f"Pente de calibration {_number(scores['calibration']['slope'])} ; kappa pondéré "
        f"{_number(typical['weighted_kappa'])} ; D² gamma {_number(totals['d2_gamma'])}.</p>"
        + calibration_chart(scores["calibration"]["deciles"], unit)
        + "<h3>Équité : couverture et justesse par groupe</h3>"
        + _table(
            ["groupe", "séjours", "observé", "obs./attendu", "erreur", "couverture", "largeur"],
            groups,
        )
        + "<h3>Ce qui pèse le plus</h3>"
        + _table(["colonne", "effet moyen (log)"], named)
        + _drift(item)
        + _findings(item)
    )


def _drift(item: MomentResult) -> str:
    if not item.drift:
        return ""
    rows = [
        [
            f"{row['year']}",
            f"{row['rows']}",
            _number(row["observed_expected"]),
            "à réapprendre" if row["refit"] else "",
        ]
        for row in item.drift
    ]
    return "<h3>Dérive</h3>" + _table(["année d'entrée", "séjours", "obs./attendu", ""], rows)


def _findings(item: MomentResult) -> str:
    if not item.audit.findings:
        return "<p>Audit : ni fuite, ni doublon, ni dérive.</p>"
    rows = [
        [finding.check, finding.column or "table", finding.level, _number(finding.figure)]
        for finding in item.audit.findings
    ]
    return "<h3>Audit</h3>" + _table(["contrôle", "colonne", "gravité", "mesure"], rows)


def _canary(result: BenchResult) -> str:
    facts: dict[str, Any] = result.canary
    missed = ", ".join(facts["missed"]) or "aucune"
    wrong = ", ".join(facts["false_flags"]) or "aucune"
    return (
        "<h2>Le canari <span lang=en>(leak canary)</span></h2>"
        f"<p>{len(facts['planted'])} fuites plantées et données pour connues à l'entrée. "
        f"Non vues : {escape(missed)}. Colonnes d'entrée accusées à tort : {escape(wrong)}.</p>"
    )


def _hospitals(index: HospitalIndex | None) -> str:
    if index is None:
        return ""
    data = [asdict(row) for row in index.rows]
    rows = [
        [
            row.hospital,
            f"{row.stays}",
            _number(row.ratio, 2),
            f"{_number(row.shrunk, 2)} [{_number(row.low95, 2)} ; {_number(row.high95, 2)}]",
            _number(row.ip_dms, 2),
            _number(row.ip_dms_severity, 2),
        ]
        for row in index.rows
        if row.stays >= 30
    ]
    return (
        "<h2>Hôpitaux : observé sur attendu <span lang=en>(hospital index)</span></h2>"
        "<p>Dans l'ordre des identifiants : ce n'est pas un classement. Les limites tiennent "
        f"compte de l'écart habituel entre hôpitaux (écart type du log "
        f"{_number(index.between**0.5)}). "
        f"Hors des limites à 95 % : {_number(100 * index.outside95, 1)} % ; à 99,8 % : "
        f"{_number(100 * index.outside998, 1)} %.</p>"
        + funnel(data)
        + _table(
            [
                "hôpital",
                "séjours",
                "obs./attendu",
                "estimation [95 %]",
                "IP-DMS (groupe)",
                "IP-DMS (avec sévérité)",
            ],
            rows,
        )
        + "<p class=note>L'écart entre les deux dernières colonnes dit le poids du codage.</p>"
    )


def _limits() -> str:
    return (
        "<h2>Limites</h2><ul><li>Un modèle apprend les pratiques passées ; il ne dit pas la durée "
        "souhaitable.</li><li>Le diagnostic principal est codé à la sortie : il n'est lu que par "
        "le modèle de comparaison.</li><li>La médiane décrit un séjour habituel ; seuls les totaux "
        "de la moyenne font des journées-lits.</li><li>Écarter les décès conditionne sur "
        "l'avenir : ils sont gardés sauf mention.</li></ul>"
    )
