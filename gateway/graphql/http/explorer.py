"""The explorer over HTTP: its page at /graphql, its files below /explorer/, all from the gateway's own origin.

Nothing here needs a token: the page holds no data. It asks for one and sends it with each operation.
"""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from gateway.explorer import files
from gateway.http.artefacts import Artefact

# The one style that GraphiQL's dialogs write into the page, by its digest: the body does not scroll behind them.
DIALOG_STYLE = "'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='"
CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {DIALOG_STYLE}; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
FILE_HEADERS = {
    "cross-origin-resource-policy": "same-origin",
    "vary": "Accept-Encoding",
    "x-content-type-options": "nosniff",
}
FOR_GOOD = "public, max-age=31536000, immutable"


async def explorer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer any request with the page: an ASGI application."""
    response = await explorer_page(Request(scope, receive))
    await response(scope, receive, send)


async def explorer_page(_request: Request) -> Response:
    return Response(files.page(), media_type="text/html", headers=PAGE_HEADERS)


def explorer_routes() -> list[Route]:
    """Return the routes of the files that the page asks for."""
    return [Route("/explorer/{version}/{name}", explorer_file, methods=["GET"])]


async def explorer_file(request: Request) -> Response:
    """Answer with a listed file; it may be kept for good when it was asked for by its present version."""
    path = files.find(request.path_params["name"])
    if path is None or not path.exists():
        return PlainTextResponse("The explorer has no such file.\n", status_code=404)
    is_present = request.path_params["version"] == files.version()
    headers = FILE_HEADERS | {"cache-control": FOR_GOOD if is_present else "no-cache"}
    return await _artefact(path, files.version()).respond(request, headers)


@cache
def _artefact(path: Path, _version: str) -> Artefact:
    return Artefact(path.read_bytes, files.CONTENT_TYPES[path.suffix])
