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
