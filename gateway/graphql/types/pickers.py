"""The connections of timesheets, and of the lists to choose from, by the names that the schema has for them."""

from collections.abc import Mapping
from typing import Any

from gateway.catalog.records import PICKERS
from gateway.graphql.types.references import RECORD_TYPES
from gateway.graphql.types.relay import connection_type


def _connection(name: str) -> Any:
    picker = PICKERS[name]
    type_ = RECORD_TYPES[picker.type_name]
    return connection_type(type_, picker.type_name.lower(), name, ordered_by=picker.sort.name)


PersonConnection = _connection("people")
ServiceConnection = _connection("services")
TaskConnection = _connection("tasks")
ProjectConnection = _connection("projects")
DealConnection = _connection("deals")
CompanyConnection = _connection("companies")

TimesheetConnection = connection_type(
    RECORD_TYPES["Timesheet"], "timesheet", "timesheets", ordered_by="day, the newest first"
)

CONNECTIONS: Mapping[str, Any] = {
    "people": PersonConnection,
    "services": ServiceConnection,
    "tasks": TaskConnection,
    "projects": ProjectConnection,
    "deals": DealConnection,
    "companies": CompanyConnection,
}
