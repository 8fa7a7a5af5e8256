"""The indexes of entries: each leads one kind of request to its rows; what each costs is in decision 40."""

from collections.abc import Iterator

from sqlalchemy import Index, column, literal_column

from gateway.querying.dialects import descending

# What came from Jira: an entry has all of these, or none.
JIRA = ("jira_issue_id", "jira_issue_status", "jira_issue_summary", "jira_worklog_id")
LACKING = f"num_nulls({', '.join(JIRA)})"  # how many of them an entry is without, in PostgreSQL's words
IS_PARTLY_FROM_JIRA = f"{LACKING} IN (1, 2, 3)"
# What PostgreSQL has beside the keys of an index, so that many entries are sorted, passed over or added up off it
# alone: what other orders begin with, what is tested in an order that says nothing of it, what sums and groups read.
WRITTEN = ("updated_at", "created_at")
SORTED_BY = ("date", *WRITTEN)
FROM_JIRA = JIRA[:3]  # by which entries are ordered
INVOICED = ("invoicing_status_id", "invoice_id", "invoice_attribution_id")
ADDED_UP = (
    "person_id", "project_id", "currency", "currency_default", "time", "billable_time", "cost_unrounded",
    "cost_default_unrounded", *WRITTEN,
)  # fmt: skip


def _by_date(column: str, *tested: str, beside: tuple[str, ...]) -> Index:
    """Declare the index of a record's entries by date, from which they are sorted in every other order, too."""
    name = f"ix_time_entries__organization_id_{column}_date_id"
    return Index(name, "organization_id", column, "date", "id", *tested, postgresql_include=(*beside, *FROM_JIRA))


def _name_downwards(column: str) -> str:
    return f"ix_time_entries__{column}_desc"


def _from_jira(column: str) -> Iterator[Index]:
    """Declare the two indexes of an order: among the entries of an issue, say, those of a status are found in it."""
    others = [other for other in FROM_JIRA if other != column]
    yield Index(None, "organization_id", column, "id", postgresql_include=(*SORTED_BY, "time", *others))
    last = descending(column, nullable=True)
    yield Index(_name_downwards(column), "organization_id", last, "id", postgresql_include=others)


# Orders that SQLite reads downwards off the index of the other direction: see `pages/downwards.py`.
UPWARDS = frozenset({"updated_at", "created_at", "time"})


def _downwards(column: str) -> Index:
    """Declare the index of an order downwards, with the smaller id first all the same."""
    info = {"dialect": "postgresql"} if column in UPWARDS else {}
    return Index(_name_downwards(column), "organization_id", descending(column), "id", info=info)


ENTRY_INDEXES = (
    Index(None, "organization_id", "id", "date"),  # read in the order of ids, most are passed over by their day
    Index(None, "organization_id", "date", "id"),
    # What alternatives of a filter mostly test follows the id.
    _by_date("person_id", "billing_type_id", "time", beside=WRITTEN),
    _by_date("project_id", "billing_type_id", "time", beside=WRITTEN),
    _by_date("service_id", beside=("time", *WRITTEN)),
    _by_date("deal_id", beside=("time", *WRITTEN)),
    _by_date("creator_id", beside=("time", *WRITTEN)),
    _by_date("company_id", beside=ADDED_UP),
    _by_date("responsible_id", beside=ADDED_UP),
    Index(None, "organization_id", "status_id", "date", "id", postgresql_include=ADDED_UP),
    Index(None, "organization_id", "updated_at", "id"),
    Index(None, "organization_id", "created_at", "id"),  # in both directions: few entries share an instant
    Index(None, "organization_id", "last_activity_at", "id"),
    Index(None, "organization_id", "last_actor_id", "id", postgresql_include=(*SORTED_BY, "time")),
    Index(None, "organization_id", "approver_id", "id", postgresql_include=(*SORTED_BY, "time")),
    Index(None, "organization_id", "approved_at", "id"),
    Index(None, "organization_id", "started_at", "id"),
    Index(None, "organization_id", "invoicing_status_id", "id"),
    Index(None, "organization_id", "invoicing_status_id", "date", "id", postgresql_include=WRITTEN),
    Index(None, "organization_id", "invoice_id", "id"),
    Index(None, "organization_id", "invoice_attribution_id", "id"),
    Index(None, "organization_id", "booking_id", "id"),
    Index(None, "organization_id", "billing_type_id", "id", postgresql_include=SORTED_BY),
    Index(None, "organization_id", "track_method_id", "id", postgresql_include=SORTED_BY),
    Index(None, "organization_id", "autotracked", "id", postgresql_include=SORTED_BY),
    Index(None, "organization_id", "time", "id", postgresql_include=(*SORTED_BY, *INVOICED)),
    *_from_jira("jira_issue_id"),
    *_from_jira("jira_issue_status"),
    *_from_jira("jira_issue_summary"),
    Index(None, "organization_id", "jira_worklog_id", "id"),
    Index(None, "organization_id", "task_id", "id", "time"),  # with what a task's minutes are added up of
    _downwards("date"),
    _downwards("updated_at"),
    _downwards("time"),
    Index(
        "ix_time_entries__partly_from_jira",
        "organization_id",
        "id",
        postgresql_where=literal_column(IS_PARTLY_FROM_JIRA),
        info={"dialect": "postgresql"},
    ),
    Index(
        "ix_time_entries__running_timer",
        # With no fewer columns than other indexes have of what is asked, or SQLite takes one of those.
        "organization_id",
        "person_id",
        sqlite_where=column("timer_started_at").is_not(None),
        postgresql_where=column("timer_started_at").is_not(None),
    ),
)
