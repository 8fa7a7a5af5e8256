"""What may be asked of timesheets, the days that people submitted; newest first."""

from gateway.catalog.managers import manager_of
from gateway.querying.column_types import DATE_TYPE, ID_TYPE
from gateway.querying.conditions import Subject
from gateway.querying.filters import Filter, FilterSet
from gateway.querying.kinds import DateKind, IdKind
from gateway.querying.sorts import Order, SortKey
from gateway.store.schema.tables import TIMESHEETS

ROW = TIMESHEETS.c
FILTERS = FilterSet(
    "Timesheet",
    (
        Filter(
            "personId", IdKind("Person"), Subject("person_id", ROW.person_id, ID_TYPE),
            "Person whose day it is.", "person_id",
        ),
        Filter(
            "managerId", IdKind("Person"), manager_of(ROW.person_id),
            "Direct manager of the person whose day it is.", "manager_id", is_documented=False,
        ),
        Filter("date", DateKind(), Subject("date", ROW.date, DATE_TYPE), "The day.", "date"),
    ),
)  # fmt: skip
NEWEST_FIRST = Order(((SortKey("date", ROW.date, DATE_TYPE), True), (SortKey("id", ROW.id, ID_TYPE), False)))
