"""JSON:API documents as the documented API answers them with `include=`, made to order."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.domain.costs import AMOUNTS, SUFFIXES

Json = dict[str, Any]
Links = Mapping[str, tuple[str, int] | None]


def link(type: str, id: int | str) -> Json:
    return {"data": {"type": type, "id": str(id)}}


def resource(type: str, id: int, *, links: Links | None = None, **attributes: Any) -> Json:
    """A resource; `links` are its to-one relationships as (type, id)."""
    relationships = {
        name: {"data": None} if target is None else link(*target) for name, target in (links or {}).items()
    }
    return {"id": str(id), "type": type, "attributes": attributes, "relationships": relationships}


def office() -> list[Json]:
    """An organization, two people, a company, a project, a client deal, two services, a task, rates."""
    mine = {"organization": ("organizations", 1)}
    return [
        resource("organizations", 1, name="Adria", currency="USD", time_zone="Europe/Berlin"),
        resource("subsidiaries", 3, name="Office", links=mine),
        resource(
            "people",
            11,
            first_name="Ana",
            last_name="Župan",
            role="admin",
            email="ana@example.org",
            links=mine | {"subsidiary": ("subsidiaries", 3)},
        ),
        resource("people", 12, first_name="Iva", last_name="Kos", links=mine | {"manager": ("people", 11)}),
        resource("companies", 21, name="Client", links=mine),
        resource("projects", 31, name="Site", number="P-1", links=mine | {"company": ("companies", 21)}),
        resource(
            "deals",
            41,
            name="Site, delivery",
            currency="EUR",
            links=mine
            | {"project": ("projects", 31), "company": ("companies", 21), "responsible": ("people", 11)}
            | {"subsidiary": ("subsidiaries", 3)},
        ),
        resource("services", 51, name="Design", billing_type_id=2, links=mine | {"deal": ("deals", 41)}),
        resource("services", 52, name="Meetings", billing_type_id=3, links=mine | {"deal": ("deals", 41)}),
        resource("tasks", 61, title="Home page", remaining_time=600, links=mine | {"project": ("projects", 31)}),
        resource("salaries", 71, cost=2000, currency="EUR", started_on="2010-01-01", links={"person": ("people", 12)}),
        resource("exchange_rates", 81, **{"from": "EUR"}, to="USD", rate="1.25", date="2016-01-01", links=mine),
    ]


def entry(id: int, *, links: Links | None = None, **attributes: Any) -> Json:
    """An entry of person 12 on service 51 that says only what it must, unless said otherwise."""
    hung = {"organization": ("organizations", 1), "person": ("people", 12), "service": ("services", 51)}
    return resource(
        "time_entries", id, links={**hung, **(links or {})}, **{"date": "2016-10-01", "time": 480} | attributes
    )


def amounts(**some: int) -> Json:
    """All fifteen amounts, 0 unless said."""
    return {f"{name}{suffix}": 0 for name in AMOUNTS for suffix in SUFFIXES} | some


def document(*data: Json, included: list[Json] | None = None) -> Json:
    return {"data": list(data), "included": office() if included is None else included, "meta": {}}


def save(path: Path, *documents: Json) -> str:
    """Write a file, one document a line where there are several; return its name as a command line has it."""
    path.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in documents), encoding="utf-8")
    return str(path)
