"""The resources that an import reads: their attributes and relationships, and the columns these go into."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.domain.access import Role
from gateway.domain.attributes import ATTRIBUTES
from gateway.domain.attributes import Kind as AttributeKind
from gateway.domain.codes import BillingType, DealType
from gateway.domain.rounding import INTERVALS, RoundingMethod
from gateway.jsonapi import kinds
from gateway.jsonapi.kinds import Kind

# Documented names that are another column's name in the store.
RENAMED = {("exchange_rates", "from"): "from_currency", ("exchange_rates", "to"): "to_currency"}


@dataclass(frozen=True, slots=True)
class Resource:
    """One type: its attributes by kind, its to-one relationships by the type they lead to."""

    attributes: Mapping[str, Kind]
    relationships: Mapping[str, str] = field(default_factory=dict)


def _own(**relationships: str) -> dict[str, str]:
    return {"organization": "organizations", **relationships}


TIME_ENTRY = Resource(
    {
        **{
            attribute.name: kinds.of_attribute(attribute)
            for attribute in ATTRIBUTES
            if attribute.kind is not AttributeKind.REFERENCE
        },
        "invoiced": kinds.flag,  # it follows from the invoice
    },
    _own(
        **{
            attribute.name.removesuffix("_id"): attribute.points_to
            for attribute in ATTRIBUTES
            if attribute.points_to is not None
        }
    ),
)

RESOURCES: Mapping[str, Resource] = {
    "organizations": Resource(
        {
            "name": kinds.NAME,
            "currency": kinds.currency,
            "time_zone": kinds.time_zone,
            "timesheet_submission": kinds.flag,
            "lock_approved": kinds.flag,
            "reapprove_edited": kinds.flag,
            "reporting_currency": kinds.currency,
            "rounding_method": kinds.one_of(*RoundingMethod),
            "rounding_interval": kinds.code(*INTERVALS),
            "internal_overhead_per_hour": kinds.HOURLY,
            "facility_overhead_per_hour": kinds.HOURLY,
        }
    ),
    "subsidiaries": Resource({"name": kinds.NAME}, _own()),
    "people": Resource(
        {
            "first_name": kinds.NAME,
            "last_name": kinds.NAME,
            "email": kinds.NAME,
            "title": kinds.NAME,
            "role": kinds.one_of(*(role.value.lower() for role in Role), write=str.upper),
            "can_see_costs": kinds.flag,
        },
        _own(subsidiary="subsidiaries", manager="people"),
    ),
    "companies": Resource({"name": kinds.NAME}, _own()),
    "projects": Resource({"name": kinds.NAME, "number": kinds.label_or_number}, _own(company="companies")),
    "deals": Resource(
        {
            "name": kinds.NAME,
            "currency": kinds.currency,
            "budget": kinds.flag,
            "deal_type_id": kinds.code(*DealType),
            "time_approval": kinds.flag,
        },
        _own(project="projects", company="companies", responsible="people", subsidiary="subsidiaries"),
    ),
    "services": Resource({"name": kinds.NAME, "billing_type_id": kinds.code(*BillingType)}, _own(deal="deals")),
    "tasks": Resource(
        {
            "title": kinds.NAME,
            "number": kinds.label_or_number,
            "initial_estimate": kinds.MINUTES,
            "remaining_time": kinds.REMAINING,
            "closed": kinds.flag,
        },
        _own(project="projects"),
    ),
    "bookings": Resource(
        {"started_on": kinds.date, "ended_on": kinds.date, "autotracking": kinds.flag},
        _own(person="people", service="services"),
    ),
    "invoices": Resource({"number": kinds.label_or_number, "finalized_on": kinds.date}, _own(company="companies")),
    "invoice_attributions": Resource({"amount": kinds.AMOUNT}, _own(invoice="invoices", deal="deals")),
    "timesheets": Resource({"date": kinds.date, "created_at": kinds.instant}, _own(person="people", creator="people")),
    "approval_statuses": Resource(
        {"approved_at": kinds.instant, "rejected_at": kinds.instant, "note": kinds.NOTE},
        _own(time_entry="time_entries", approver="people"),
    ),
    "salaries": Resource(
        {
            "cost": kinds.HOURLY,
            "currency": kinds.currency,
            "overhead": kinds.flag,
            "started_on": kinds.date,
            "ended_on": kinds.date,
        },
        _own(person="people"),
    ),
    "deal_cost_rates": Resource(
        {"cost": kinds.HOURLY, "currency": kinds.currency}, _own(person="people", deal="deals")
    ),
    "exchange_rates": Resource(
        {"from": kinds.currency, "to": kinds.currency, "rate": kinds.rate, "date": kinds.date}, _own()
    ),
    "time_entries": TIME_ENTRY,
}
# The to-many relationship that is read: each of these belongs to the entry that names it.
ENTRY_OF_STATUS = ("time_entries", "approval_statuses", "time_entry_id")
