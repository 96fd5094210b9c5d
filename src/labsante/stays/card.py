"""The model card: what the model is for, what it reads, what it is worth, where it fails."""

from __future__ import annotations

from typing import Any

from labsante.stays.model import LosModel

_MOMENT = {
    "admission": (
        "prévoir les lits à l'entrée du patient",
        "plan beds when the patient arrives",
    ),
    "h24": ("réviser la prévision au bout d'un jour", "revise the forecast after one day"),
    "discharge": (
        "comparer des hôpitaux à patients comparables",
        "compare hospitals on comparable patients",
    ),
    "retrospective": (
        "mesurer ce que vaut une fuite : ni prévoir, ni comparer",
        "measure what a leak is worth: neither plan nor compare",
    ),
}


def card(model: LosModel, scores: dict[str, Any]) -> str:
    """The card in Markdown, French first, English second."""
    spec, totals, interval = model.spec, scores["totals"], scores["interval"]
    uses = _MOMENT[model.moment]
    columns = ", ".join(f"`{column.name}` ({column.known_at})" for column in model.columns)
    weak = [row for row in scores["groups"] if row["coverage_z"] < -2.6]
    weak_fr = ", ".join(f"{row['column']} = {row['level']}" for row in weak) or "aucun"
    weak_en = ", ".join(f"{row['column']} = {row['level']}" for row in weak) or "none"
    r2, ratio = totals["r_squared"], totals["observed_expected"]
    mae = scores["typical_stay"]["mae_of_median"]
    return f"""# {spec.title.fr} : modèle « {model.moment} »

- Usage : {uses[0]}. Aucun autre usage, et jamais une décision sur une personne.
- Cible : {spec.target.unit}, séjours sans nuit : {spec.target.zero_day} ; décès : \
{spec.population.death} ; transferts : {spec.population.transfer} ; troncature : \
{spec.trim.method}.
- Apprentissage : {model.train_rows} séjours ; jugé sur {scores["rows"]} séjours jamais vus.
- R² {r2["value"]:.3f} ({r2["low95"]:.3f} à {r2["high95"]:.3f}) ; erreur absolue moyenne de la \
médiane {mae["value"]:.2f} ; observé/attendu {ratio["value"]:.3f} ({ratio["low95"]:.3f} à \
{ratio["high95"]:.3f}).
- Intervalles à {interval["nominal"]:.0%} : {interval["coverage"]:.1%} des séjours, largeur \
moyenne {interval["mean_width"]:.1f}. Groupes moins bien couverts : {weak_fr}.
- Colonnes lues : {columns}.
- Limites : le modèle apprend les pratiques passées ; il ne dit pas la durée qu'il faudrait. Les \
longues queues restent mal prévues. À réapprendre quand l'observé/attendu annuel s'écarte de 3 %.

# {spec.title.en}: model "{model.moment}"

- Use: {uses[1]}. No other use, and never a decision about a person.
- Target: {spec.target.unit}, stays without a night: {spec.target.zero_day}; deaths: \
{spec.population.death}; transfers: {spec.population.transfer}; trim: {spec.trim.method}.
- Learnt from {model.train_rows} stays; judged on {scores["rows"]} stays never seen.
- R² {r2["value"]:.3f} ({r2["low95"]:.3f} to {r2["high95"]:.3f}); mean absolute error of the \
median {mae["value"]:.2f}; observed/expected {ratio["value"]:.3f} ({ratio["low95"]:.3f} to \
{ratio["high95"]:.3f}).
- {interval["nominal"]:.0%} intervals: {interval["coverage"]:.1%} of stays, mean width \
{interval["mean_width"]:.1f}. Groups covered less: {weak_en}.
- Limits: the model learns past practice; it does not say how long a stay should be. Long tails \
stay badly foreseen. Refit when the yearly observed/expected drifts by 3%.
"""
