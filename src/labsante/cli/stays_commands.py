"""``stays …``: length of stay, on any table of stays or on the workspace's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from labsante.cli.context import common, print_json

stays_app = typer.Typer(
    no_args_is_help=True, help="Length of stay: models with intervals, fair comparison."
)


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.add_typer(stays_app, name="stays")


@stays_app.command("bench")
def bench_command(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="Parquet or CSV file of stays.")],
    spec: Annotated[Path, typer.Option(help="TOML file that describes it.")],
    moment: Annotated[
        list[str] | None, typer.Option(help="Only these moments; default: those of the spec.")
    ] = None,
    baselines: Annotated[bool, typer.Option(help="Compare with the baselines.")] = True,
    report: Annotated[
        Path | None, typer.Option(help="Folder for report.html, card and artefacts.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Judge the models on any table. Example: labsante stays bench stays.parquet --spec s.toml"""
    from labsante.stays.bench import bench
    from labsante.stays.spec import read_spec

    options = common(context)
    with options.reporting() as reporter:
        result = bench(
            path, read_spec(spec), moments=moment, baselines=baselines, reporter=reporter
        )
    if report is not None:
        from labsante.stays.report import write_report

        write_report(result, report)
    if json:
        print_json(result.as_dict())
        return
    for item in result.as_dict()["moments"].items():
        _print_scores(*item)
    if report is not None:
        typer.echo(f"Report: {report / 'report.html'}")


def _print_scores(moment: str, facts: dict[str, Any]) -> None:
    totals, typical = facts["scores"]["totals"], facts["scores"]["typical_stay"]
    interval = facts["scores"]["interval"]
    typer.echo(
        f"{moment}: R² {totals['r_squared']['value']:.3f}  "
        f"RMSE {totals['rmse']['value']:.3f}  "
        f"MAE (mean) {totals['mae_of_mean']['value']:.3f}  "
        f"MAE (median) {typical['mae_of_median']['value']:.3f}  "
        f"O/E {totals['observed_expected']['value']:.3f}  "
        f"interval {interval['coverage']:.1%} for {interval['nominal']:.0%}, "
        f"width {interval['mean_width']:.2f}"
    )
    for item in facts["baselines"]:
        if "why_not" in item:
            typer.echo(f"  {item['name']:<28} did not run: {item['why_not']}")
        else:
            typer.echo(
                f"  {item['name']:<28} R² {item['r_squared']:.3f}  "
                f"MAE (median) {item['mae_of_median']:.3f}  O/E {item['observed_expected']:.3f}"
            )


@stays_app.command("build")
def build_command(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Make the table of stays with their history. Example: labsante stays build"""
    from labsante.stays.build import build_stays

    account = build_stays(common(context).workspace())
    if json:
        print_json(account)
        return
    for step, rows in account["account"].items():
        typer.echo(f"{rows:>10}  {step}")


@stays_app.command("audit")
def audit_command(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Look for leaks, duplicates and drift; fails on a leak. Example: labsante stays audit"""
    from labsante.stays.workshop import audit_workspace

    reports = audit_workspace(common(context).workspace())
    if json:
        print_json([report.as_dict() for report in reports])
        return
    for report in reports:
        typer.echo(f"{report.moment}: {len(report.columns)} columns, no leak")
        for finding in report.findings:
            typer.echo(f"  {finding.level}  {finding.check}  {finding.column}  {finding.why}")


@stays_app.command("train")
def train_command(
    context: typer.Context,
    moment: Annotated[list[str] | None, typer.Option(help="admission, discharge.")] = None,
) -> None:
    """Fit the admission and case-mix models. Example: labsante stays train"""
    from labsante.stays.workshop import model_folder, train

    options = common(context)
    workspace = options.workspace()
    with options.reporting() as reporter:
        models = train(workspace, moment or (), reporter)
    for model in models:
        typer.echo(
            f"{model.moment}: {model.train_rows} stays, {model_folder(workspace, model.moment)}"
        )


@stays_app.command("evaluate")
def evaluate_command(
    context: typer.Context,
    moment: Annotated[str, typer.Option(help="admission or discharge.")] = "discharge",
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Judge a saved model on the last year. Example: labsante stays evaluate --moment admission"""
    from labsante.stays.workshop import evaluate_workspace

    scores = evaluate_workspace(common(context).workspace(), moment)
    if json:
        print_json(scores)
    else:
        _print_scores(moment, {"scores": scores, "baselines": []})


@stays_app.command("index")
def index_command(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Observed over expected by hospital, reference lengths. Example: labsante stays index"""
    from labsante.stays.workshop import index_workspace

    index = index_workspace(common(context).workspace())
    if json:
        print_json(index.as_dict())
        return
    typer.echo(
        f"{len(index.rows)} hospitals; spread between hospitals (sd of log) "
        f"{index.between**0.5:.3f}; outside 95 %: {index.outside95:.1%}, "
        f"outside 99.8 %: {index.outside998:.1%}"
    )


@stays_app.command("report")
def report_command(context: typer.Context) -> None:
    """Everything in one HTML page, French first. Example: labsante stays report"""
    from labsante.stays.bench import bench
    from labsante.stays.build import stays_folder
    from labsante.stays.report import write_report
    from labsante.stays.workshop import stays_path, workspace_spec

    options = common(context)
    workspace = options.workspace()
    with options.reporting() as reporter:
        result = bench(stays_path(workspace), workspace_spec(workspace), reporter=reporter)
    folder = stays_folder(workspace) / "report"
    write_report(result, folder)
    typer.echo(f"Report: {folder / 'report.html'}")


@stays_app.command("predict")
def predict_command(
    context: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(help="Stays of the same form; or give --profile.")
    ] = None,
    moment: Annotated[str, typer.Option(help="admission or discharge.")] = "admission",
    out: Annotated[Path, typer.Option(help="Parquet file of predictions.")] = Path(
        "predictions.parquet"
    ),
    profile: Annotated[
        list[str] | None, typer.Option(help="column=value, repeated: one invented stay.")
    ] = None,
) -> None:
    """Predict a file or one profile. Example: labsante stays predict --profile age=80"""
    from labsante.base.errors import UsageError
    from labsante.stays.artefacts import load_model
    from labsante.stays.workshop import (
        model_folder,
        predict_file,
        profile_in_words,
        profile_stays,
    )

    workspace = common(context).workspace()
    if (path is None) == (not profile):
        raise UsageError("give a file of stays, or --profile, and not both")
    if path is not None:
        typer.echo(f"{predict_file(workspace, moment, path, out)} stays: {out}")
        return
    pairs = [item.partition("=") for item in profile or []]
    if any(not mark for _, mark, _ in pairs):
        raise UsageError("--profile is written column=value", hint="for example --profile age=80")
    model = load_model(model_folder(workspace, moment))
    stays = profile_stays(model, {name: value for name, _, value in pairs})
    print_json(profile_in_words(model, stays)[0])


@stays_app.command("simulate")
def simulate_command(
    context: typer.Context,
    hospital: Annotated[str, typer.Option(help="FINESS number.")],
    start: Annotated[str, typer.Option("--from", help="First day, YYYY-MM-DD.")] = "",
    horizon: Annotated[int, typer.Option(help="Nights.", min=1, max=366)] = 28,
    json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Beds of a hospital over 28 nights. Example: labsante stays simulate --hospital 350000741"""
    from datetime import date

    from labsante.base.errors import UsageError
    from labsante.stays.workshop import simulate_hospital

    try:
        first = date.fromisoformat(start) if start else None
    except ValueError:
        raise UsageError("--from is not a date", hint="write YYYY-MM-DD") from None
    beds = simulate_hospital(common(context).workspace(), hospital, first, horizon)
    if json:
        print_json(
            {
                name: [round(float(value), 2) for value in getattr(beds, name)]
                for name in ("mean", "low", "median", "high")
            }
        )
        return
    for night in range(horizon):
        typer.echo(
            f"{night + 1:>3}  {beds.mean[night]:7.1f}  "
            f"[{beds.low[night]:.0f}, {beds.high[night]:.0f}]"
        )
