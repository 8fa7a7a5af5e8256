"""What a careful person would write by hand for two calls of the documented API: SQL, rows to documents, no more."""

from collections.abc import Sequence
from typing import Any

from gateway.domain.instants import zone
from tests.bench.workloads import ORGANIZATION, ZONE

Row = Sequence[Any]
instant = zone(ZONE).render
NOT = {"meta": {"included": False}}
_AMOUNTS = [
    f"t.{amount}{suffix}"
    for amount in ("cost", "work_cost", "overhead_cost", "internal_overhead_cost", "facility_overhead_cost")
    for suffix in ("", "_default", "_normalized")
]
_ENTRY = f"""t.id, t.date, t.created_at, t.time, t.billable_time, t.note, t.track_method_id, t.started_at,
  t.timer_started_at, t.timer_stopped_at, t.approved, t.approved_at, t.updated_at, t.calendar_event_id,
  t.invoice_attribution_id, t.invoicing_status_id, t.overhead, t.rejected, t.rejected_reason, t.rejected_at,
  t.last_activity_at, t.submitted, t.currency, t.currency_default, t.currency_normalized, {", ".join(_AMOUNTS)},
  t.organization_id"""
LIST = f"""
SELECT {_ENTRY},
  t.person_id, p.first_name, p.last_name, p.email, p.title, p.role, p.can_see_costs,
  t.service_id, s.name, s.billing_type_id, s.deal_id, d.name, d.currency, d.budget, d.deal_type_id, d.time_approval,
  d.company_id, c.name
FROM time_entries t JOIN people p ON p.id = t.person_id JOIN services s ON s.id = t.service_id
  JOIN deals d ON d.id = s.deal_id LEFT JOIN companies c ON c.id = d.company_id
WHERE t.organization_id = ? ORDER BY t.date DESC, t.id LIMIT 101
"""
ONE = f"SELECT {_ENTRY} FROM time_entries t WHERE t.id = ? AND t.organization_id = ?"


def listed(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the document of a page, with each person, service, deal and company once."""
    data: list[dict[str, Any]] = []
    people: dict[int, Any] = {}
    services: dict[int, Any] = {}
    deals: dict[int, Any] = {}
    companies: dict[int, Any] = {}
    organization = {"data": {"type": "organizations", "id": str(ORGANIZATION)}}
    for row in rows[:100]:
        person, first, last, email, title, role, costs, service, service_name, billing, deal, *rest = row[41:]
        record = _entry(row)
        links = record["relationships"]
        links["person"] = {"data": {"type": "people", "id": str(person)}}
        links["service"] = {"data": {"type": "services", "id": str(service)}}
        data.append(record)
        if person not in people:
            people[person] = {
                "id": str(person),
                "type": "people",
                "attributes": {
                    "first_name": first,
                    "last_name": last,
                    "email": email,
                    "title": title,
                    "role": role.lower(),
                    "can_see_costs": bool(costs),
                },
                "relationships": {"organization": organization, "subsidiary": NOT, "manager": NOT},
            }
        if service not in services:
            services[service] = {
                "id": str(service),
                "type": "services",
                "attributes": {"name": service_name, "billing_type_id": billing},
                "relationships": {
                    "organization": organization,
                    "deal": {"data": {"type": "deals", "id": str(deal)}},
                },
            }
        if deal not in deals:
            name, currency, budget, kind, approval, company, company_name = rest
            deals[deal] = {
                "id": str(deal),
                "type": "deals",
                "attributes": {
                    "name": name,
                    "currency": currency,
                    "budget": bool(budget),
                    "deal_type_id": kind,
                    "time_approval": bool(approval),
                },
                "relationships": {
                    "organization": organization,
                    "project": NOT,
                    "company": {"data": None if company is None else {"type": "companies", "id": str(company)}},
                    "responsible": NOT,
                    "subsidiary": NOT,
                },
            }
            if company is not None and company not in companies:
                companies[company] = {
                    "id": str(company),
                    "type": "companies",
                    "attributes": {"name": company_name},
                    "relationships": {"organization": organization},
                }
    included = [*people.values(), *services.values(), *deals.values(), *companies.values()]
    return {
        "data": data,
        "included": included,
        "links": {"next": f"/api/v2/time_entries?page[after]={rows[99][0]}"} if len(rows) > 100 else {},
        "meta": {"page_size": 100, "max_page_size": 200},
    }


def one(row: Row) -> dict[str, Any]:
    """Return the document of a record."""
    return {"data": _entry(row), "meta": {}}


def _entry(row: Row) -> dict[str, Any]:
    (
        number, date, created, time, billable, note, method, started, timer_started, timer_stopped, approved,
        approved_at, updated, calendar, attribution, invoicing, overhead, rejected, reason, rejected_at, activity,
        submitted, currency, currency_default, currency_normalized, cost, cost_default, cost_normalized, work,
        work_default, work_normalized, over, over_default, over_normalized, internal, internal_default,
        internal_normalized, facility, facility_default, facility_normalized, organization,
    ) = row[:41]  # fmt: skip
    return {
        "id": str(number),
        "type": "time_entries",
        "attributes": {
            "date": date,
            "created_at": instant(created),
            "time": time,
            "billable_time": billable,
            "note": note,
            "track_method_id": method,
            "started_at": None if started is None else instant(started),
            "timer_started_at": None if timer_started is None else instant(timer_started),
            "timer_stopped_at": None if timer_stopped is None else instant(timer_stopped),
            "approved": bool(approved),
            "approved_at": None if approved_at is None else instant(approved_at),
            "updated_at": instant(updated),
            "calendar_event_id": calendar,
            "invoice_attribution_id": None if attribution is None else str(attribution),
            "invoiced": invoicing != 1,
            "overhead": bool(overhead),
            "rejected": bool(rejected),
            "rejected_reason": reason,
            "rejected_at": None if rejected_at is None else instant(rejected_at),
            "last_activity_at": instant(activity),
            "submitted": bool(submitted),
            "currency": currency,
            "currency_default": currency_default,
            "currency_normalized": currency_normalized,
            "cost": cost,
            "cost_default": cost_default,
            "cost_normalized": cost_normalized,
            "work_cost": work,
            "work_cost_default": work_default,
            "work_cost_normalized": work_normalized,
            "overhead_cost": over,
            "overhead_cost_default": over_default,
            "overhead_cost_normalized": over_normalized,
            "internal_overhead_cost": internal,
            "internal_overhead_cost_default": internal_default,
            "internal_overhead_cost_normalized": internal_normalized,
            "facility_overhead_cost": facility,
            "facility_overhead_cost_default": facility_default,
            "facility_overhead_cost_normalized": facility_normalized,
        },
        "relationships": {
            "organization": {"data": {"type": "organizations", "id": str(organization)}},
            "person": NOT,
            "service": NOT,
            "task": NOT,
            "approver": NOT,
            "updater": NOT,
            "rejecter": NOT,
            "creator": NOT,
            "last_actor": NOT,
            "person_subsidiary": NOT,
            "deal_subsidiary": NOT,
            "timesheet": NOT,
            "approval_statuses": NOT,
        },
    }
