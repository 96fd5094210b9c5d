"""The application: routes, headers, errors. Pages are functions in ``pages``."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Query, Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from labsante import __version__
from labsante.base.errors import LabError
from labsante.web import api, geometry
from labsante.web.content import Content, Source
from labsante.web.documents import JSON, LONG, SVG, Document, Packed, PackedCache
from labsante.web.pages import (
    dictionary,
    errors,
    explorer,
    hospital,
    indicator,
    innovations,
    lists,
    prevention,
    prose,
    quality,
    territory,
    theme,
)
from labsante.web.rendering import asset
from labsante.web.state import ParameterError, UnknownPageError

PageFunction = Callable[..., Document]

# Nothing from another origin, nothing inline.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MEDIA = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": SVG,
}
LONGEST_QUERY = 2_000
# Pages made at the same time in a process: more would only fight for the interpreter.
PAGES_AT_ONCE = 2

# Parameters of a view, for the description of the API.
PARAMETERS: dict[str, str] = {
    "territoire": "FRA, REG-53, DEP-35 : le territoire choisi",
    "niveau": "REG ou DEP : le niveau des lignes",
    "periode": "une période de l’indicateur ; la dernière par défaut",
    "sexe": "all, 1 ou 2",
    "age": "all, ou une tranche de l’indicateur",
    "taux": "brut, ou std",
    "tri": "valeur, effectif ou territoire",
    "langue": "fr ou en",
}


class Site:
    """What the handlers share: where content comes from, and answers already made."""

    def __init__(self, folder: Path) -> None:
        self.source = Source(folder)
        self.cache = PackedCache()
        self.threads = CapacityLimiter(PAGES_AT_ONCE)

    async def answer(self, request: Request, function: PageFunction, **path: str) -> Response:
        """Answer from the cache, or make the page in a thread and keep it."""
        query = dict(request.query_params)
        try:
            content = self.source.content()
        except LabError as error:
            document = errors.page(None, query, request.url.path, error)
            return Packed.of(document).respond(request)
        key = (
            content.publication.version,
            str(content.manifest.get("content_sha256")),
            request.url.path,
            str(sorted(query.items())),
        )
        packed = self.cache.get(key)
        if packed is None:
            packed = await to_thread.run_sync(
                self._make, content, function, request, query, path, limiter=self.threads
            )
            if packed.status == 200:
                self.cache.put(key, packed)
        return packed.respond(request)

    def _make(
        self,
        content: Content,
        function: PageFunction,
        request: Request,
        query: dict[str, str],
        path: dict[str, str],
    ) -> Packed:
        try:
            if len(request.url.query) > LONGEST_QUERY:
                raise ParameterError("adresse", "…")
            document = function(content, query, **path)
        except (ParameterError, UnknownPageError) as error:
            document = errors.page(content, query, request.url.path, error)
        return Packed.of(document)

    def content_or_none(self) -> Content | None:
        """The content, for pages that stand without it."""
        try:
            return self.source.content()
        except LabError:
            return None


def create_app(folder: Path) -> FastAPI:
    """The site of a publication's folder. Nothing is read before the first request."""
    app = FastAPI(
        title="Lab Santé",
        version=__version__,
        summary="Indicateurs de santé publiés : lecture seule.",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
    )
    site = Site(Path(folder))
    app.add_middleware(SecurityHeaders)
    _add_errors(app, site)
    _add_static(app)
    pages: dict[str, PageFunction] = {
        "/": lists.home,
        "/indicateurs": lists.indicators,
        "/territoires": lists.territories,
        "/qualite": quality.page,
        "/dictionnaire": dictionary.page,
        "/dictionnaire/{name}": dictionary.table,
        "/dictionnaire/{name}/{column}": dictionary.variable,
        "/recherche": dictionary.search,
        "/innovations": innovations.page,
        "/prevention": prevention.page,
        "/hopital": hospital.page,
        "/explorer": explorer.page,
        "/catalogue.jsonld": api.catalogue,
        "/indicateurs/{id}.csv": indicator.as_csv,
        "/indicateurs/{id}.json": indicator.as_json,
        "/indicateurs/{id}.svg": indicator.as_svg,
        "/indicateurs/{id}": indicator.page,
        "/territoires/{code}.csv": territory.as_csv,
        "/territoires/{code}.json": territory.as_json,
        "/territoires/{code}": territory.page,
        **{path: prose.page_of(path) for path in prose.PAGES},
        **{path: theme.page_of(path) for path in theme.THEMES},
    }
    for path, function in pages.items():
        _add(app, site, path, function, in_schema=False)
    described: dict[str, tuple[PageFunction, bool]] = {
        "/api/v1/indicators": (api.indicators, False),
        "/api/v1/indicators/{id}": (api.indicator, False),
        "/api/v1/indicators/{id}/data": (api.data, True),
        "/api/v1/indicators/{id}/data.csv": (api.data_csv, True),
        "/api/v1/indicators/{id}/data.parquet": (api.data_parquet, False),
        "/api/v1/indicators/{id}/schema": (api.schema, False),
        "/api/v1/territories": (api.territories, False),
    }
    for path, (function, has_view) in described.items():
        _add(app, site, path, function, in_schema=True, has_view=has_view)
    return app


def from_environment() -> FastAPI:
    """The application of ``LABSANTE_PUBLICATION``: what several processes start from."""
    return create_app(Path(os.environ["LABSANTE_PUBLICATION"]))


def _add(
    app: FastAPI,
    site: Site,
    path: str,
    function: PageFunction,
    *,
    in_schema: bool,
    has_view: bool = False,
) -> None:
    """One route; its description comes from the function's docstring."""

    async def handler(request: Request, **_: Any) -> Response:
        return await site.answer(request, function, **request.path_params)

    parameters = [inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)]
    for name in [part[1:].split("}")[0] for part in path.split("/") if part.startswith("{")]:
        parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=str))
    if in_schema:
        for name, description in PARAMETERS.items():
            if has_view or name == "langue":
                parameters.append(
                    inspect.Parameter(
                        name,
                        inspect.Parameter.KEYWORD_ONLY,
                        default=Query(None, description=description),
                        annotation=str | None,
                    )
                )
    handler.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    name = path.strip("/").replace("/", "_").replace("{", "").replace("}", "")
    app.add_api_route(
        path,
        handler,
        methods=["GET"],
        include_in_schema=in_schema,
        summary=(function.__doc__ or path).splitlines()[0],
        operation_id=name,
        response_class=Response,
        responses={200: {"content": {JSON.split(";")[0]: {}}}},
    )
    app.add_api_route(path, handler, methods=["HEAD"], include_in_schema=False, name=f"{name}_head")


class SecurityHeaders:
    """Adds the security headers to every answer, as the answer starts."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; complete the headers on the way back."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _add_errors(app: FastAPI, site: Site) -> None:
    @app.exception_handler(HTTPException)
    async def missing(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 404)
        if status == 405:
            return PlainTextResponse("Méthode non permise", 405, {"Allow": "GET, HEAD"})
        query: Mapping[str, str] = dict(request.query_params)
        document = errors.page(site.content_or_none(), query, request.url.path, None)
        return Packed.of(document).respond(request)


def _add_static(app: FastAPI) -> None:
    packed: dict[str, Packed] = {}

    @app.api_route("/static/{hash}/{name}", methods=["GET", "HEAD"], include_in_schema=False)
    async def static(request: Request, name: str) -> Response:
        if name not in packed:
            content = _static_content(name)
            if content is None:
                raise HTTPException(404)
            media = MEDIA[name.rsplit(".", 1)[-1]]
            packed[name] = Packed.of(Document(content, media, cache=LONG))
        return packed[name].respond(request)

    @app.api_route("/health", methods=["GET", "HEAD"], include_in_schema=False)
    async def health() -> Response:
        return PlainTextResponse("ok", headers={"Cache-Control": "no-store"})

    @app.api_route("/robots.txt", methods=["GET", "HEAD"], include_in_schema=False)
    async def robots() -> Response:
        return PlainTextResponse("User-agent: *\nDisallow: /api/\n")

    @app.api_route("/.well-known/security.txt", methods=["GET", "HEAD"], include_in_schema=False)
    async def security() -> Response:
        return PlainTextResponse(asset("security.txt").decode())


def _static_content(name: str) -> bytes | None:
    if name in ("site.css", "site.js", "icon.svg"):
        return asset(name)
    if name in ("carte-REG.svg", "carte-DEP.svg"):
        return geometry.symbols(name[6:9]).encode()
    return None
