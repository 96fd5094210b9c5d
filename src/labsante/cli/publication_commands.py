"""``publish``, ``approve``, ``rollback``, ``versions``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from labsante.cli.context import common, print_json

_SAID = {
    "published": "publiée / published",
    "prepared": "préparée, en attente d’une seconde personne / prepared, waits for approval",
    "unchanged": "inchangée, rien n’a été écrit / unchanged, nothing was written",
}
_Json = Annotated[bool, typer.Option("--json", help="For a program.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command("publish")(publish)
    app.command("approve")(approve)
    app.command("rollback")(rollback)
    app.command("versions")(versions)


def publish(
    context: typer.Context,
    account: Annotated[str | None, typer.Option("--as", help="Who publishes.")] = None,
    as_json: _Json = False,
) -> None:
    """Protect, audit and publish every computed indicator. Example: labsante publish"""
    from labsante.publication.release import publish as run

    with common(context).reporting() as reporter:
        done = run(common(context).workspace(), reporter, account=account)
    if as_json:
        print_json(asdict(done))
        return
    typer.echo(f"Version {done.version} : {_SAID[done.state]}")
    for name, shares in sorted(done.suppressed.items()):
        told = ", ".join(f"{level} {100 * share:.0f} %" for level, share in sorted(shares.items()))
        typer.echo(f"  {name:<16} secret : {told}")
    if done.state == "prepared":
        typer.echo(f"  labsante approve {done.version} --as NOM")


def approve(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="The prepared version.")],
    name: Annotated[str, typer.Option("--as", help="The second person.")],
) -> None:
    """Approve a prepared version. Example: labsante approve 0002 --as "A. Durand" """
    from labsante.publication.versions import approve as run

    run(common(context).workspace().publication, version, name)
    typer.echo(f"Version {version} : {_SAID['published']}")


def rollback(
    context: typer.Context,
    version: Annotated[str | None, typer.Argument(help="None means the one before.")] = None,
) -> None:
    """Go back to an earlier published version. Example: labsante rollback 0001"""
    from labsante.publication.versions import rollback as run

    now = run(common(context).workspace().publication, version)
    typer.echo(f"Version {now} : version courante / current version")


def versions(context: typer.Context, as_json: _Json = False) -> None:
    """List the versions. Example: labsante versions"""
    from labsante.publication.manifests import current_version, read_manifest, version_names

    folder = common(context).workspace().publication
    current = current_version(folder)
    found = [read_manifest(folder, name) for name in version_names(folder)]
    listed = [
        {
            "version": m["version"],
            "state": m["state"],
            "current": m["version"] == current,
            "origin": m["origin"],
            "as_of": m["as_of"],
            "indicators": len(m["indicators"]),
            "content_sha256": m["content_sha256"],
        }
        for m in found
    ]
    if as_json:
        print_json(listed)
        return
    for m in listed:
        mark = "→" if m["current"] else " "
        typer.echo(f"{mark} {m['version']}  {m['state']:<10} {m['as_of']}  {m['indicators']}")
