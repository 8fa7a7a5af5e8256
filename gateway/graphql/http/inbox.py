"""The approval inbox over HTTP: a page that was built from `examples/approval-inbox`, under the explorer's policy.

Like the explorer it holds no data: it asks for a token and sends it with each operation.
"""

import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gateway.graphql.http.explorer import FILE_HEADERS, FOR_GOOD, PAGE_HEADERS

INBOX_PATH = "/inbox"
HASHED = "assets"  # whose files have a hash of their content in their names


def inbox_routes(folder: Path) -> list[BaseRoute]:
    """Return the routes of a built page: its document, and the files below it."""
    return [
        Route(INBOX_PATH, lambda _: RedirectResponse(f"{INBOX_PATH}/"), methods=["GET"]),
        Mount(INBOX_PATH, app=_Inbox(directory=folder, html=True)),
    ]


class _Inbox(StaticFiles):
    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        is_page = Headers(raw=response.raw_headers).get("content-type", "").startswith("text/html")
        is_for_good = Path(full_path).parent.name == HASHED
        response.headers.update(
            PAGE_HEADERS if is_page else FILE_HEADERS | {"cache-control": FOR_GOOD if is_for_good else "no-cache"}
        )
        return response
