"""The page for people at /api/v2: the calls with an example of each, made of what the OpenAPI document is made of."""

from functools import cache
from html import escape

from gateway.exports.known import FORMATS
from gateway.jsonapi.calls import CALLS, ID, Call
from gateway.jsonapi.openapi import openapi

_STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{background:#f4f4f6;padding:.75rem;overflow:auto}h2{font-size:1.1rem;margin-top:2rem}code{font-size:.9rem}
@media(prefers-color-scheme:dark){body{background:#16161a;color:#eee}pre{background:#26262c}a{color:#9cf}}"""
ORIGIN = "{origin}"  # stands for it until the page is asked for
_QUERIES = {
    "time_entries": "?filter[after]=2025-08-01&filter[person_id]=4,5&sort=-date&include=person,service.deal",
}
_QUERIES_OF_PATHS = {
    "/time_entry_reports": "?group=person,date:month&filter[after]=2025-08-01&sort=-time",
    **{
        f"/time_entries.{format_.suffix}": "?filter[after]=2025-08-01&filter[before]=2025-08-31&sort=date"
        for format_ in FORMATS
    },
}
_BODIES = {
    "NewTimeEntry": '{"data":{"type":"time_entries","attributes":{"date":"2025-08-01","time":60},"relationships":'
    '{"person":{"data":{"type":"people","id":"4"}},"service":{"data":{"type":"services","id":"1"}}}}}',
    "TimeEntryChange": '{"data":{"type":"time_entries","attributes":{"time":90,"note":"with tests"}}}',
    "Rejection": '{"data":{"type":"time_entries","attributes":{"rejected_reason":"Whose hours are these?"}}}',
    "Ids": '{"ids":[325,326]}',
    "NewTimer": '{"data":{"type":"timers","relationships":{"service":{"data":{"type":"services","id":"1"}}}}}',
    "NewTimesheet": '{"data":{"type":"timesheets","attributes":{"date":"2025-08-01"},"relationships":'
    '{"person":{"data":{"type":"people","id":"4"}}}}}',
}


def page(origin: str) -> str:
    """Return the page as HTML; its examples ask the origin that was asked for it."""
    return _page().replace(ORIGIN, escape(origin))


@cache
def _page() -> str:
    document = openapi()
    calls = "".join(map(_call, CALLS))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(document["info"]["title"])}: the documented API</title><style>{_STYLE}</style></head><body>
<h1>{escape(document["info"]["title"])}: the documented API</h1>
<p>Point a tool that speaks the documented JSON:API here. A token goes into <code>X-Auth-Token</code>.
All of it in a form for machines: <a href="/api/v2/openapi.json">openapi.json</a>.</p>
{calls}</body></html>
"""


def _call(call: Call) -> str:
    return (
        f"<h2><code>{call.method} /api/v2{escape(call.path)}</code></h2><p>{escape(call.summary)}</p>"
        f"<pre>{escape(_example(call))}</pre>"
    )


def _example(call: Call) -> str:
    of_list = _QUERIES.get(call.type_.name, "") if call.is_list and call.kind == "query" else ""
    path = call.path.replace(ID, "1") + _QUERIES_OF_PATHS.get(call.path, of_list)
    lines = [f'curl -g -X {call.method} -H "X-Auth-Token: $TOKEN"' + (" -o FILE" if call.is_file else "")]
    if call.body in _BODIES:
        lines.append(f"-H 'Content-Type: application/vnd.api+json' -d '{_BODIES[call.body]}'")
    return " \\\n  ".join([*lines, f"'{ORIGIN}/api/v2{path}'"])
